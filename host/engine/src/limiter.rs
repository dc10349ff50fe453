//! Bounds on what an instance may allocate, over all its memories and over all its tables.

use lictor_policy::Fault;
use wasmtime::{Error, ResourceLimiter};

/// Counts what an instance has allocated and refuses what goes beyond its limits.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory_bytes: Budget,
    table_elements: Budget,
}

#[derive(Debug)]
struct Budget {
    used: usize,
    limit: usize,
}

impl Budget {
    /// Takes what growing from `current` to `desired` needs, or says what the total would have come to.
    fn take(&mut self, current: usize, desired: usize) -> Result<(), usize> {
        let wanted = self.used.saturating_sub(current).saturating_add(desired);
        if wanted > self.limit {
            return Err(wanted);
        }
        self.used = wanted;
        Ok(())
    }
}

impl Limiter {
    pub(crate) fn new(memory_bytes: usize, table_elements: usize) -> Self {
        Self {
            memory_bytes: Budget {
                used: 0,
                limit: memory_bytes,
            },
            table_elements: Budget {
                used: 0,
                limit: table_elements,
            },
        }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let limit = maximum.unwrap_or(usize::MAX).min(self.memory_bytes.limit);
        if maximum.is_some_and(|maximum| desired > maximum) {
            let wanted = desired;
            return Err(Error::new(Fault::MemoryExceeded { wanted, limit }));
        }
        match self.memory_bytes.take(current, desired) {
            Ok(()) => Ok(true),
            // A guest that is refused memory would only trap later, with a message that explains less.
            Err(wanted) => Err(Error::new(Fault::MemoryExceeded { wanted, limit })),
        }
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let limit = maximum.unwrap_or(usize::MAX).min(self.table_elements.limit);
        if maximum.is_some_and(|maximum| desired > maximum) {
            let wanted = desired;
            return Err(Error::new(Fault::TableExceeded { wanted, limit }));
        }
        match self.table_elements.take(current, desired) {
            Ok(()) => Ok(true),
            Err(wanted) => Err(Error::new(Fault::TableExceeded { wanted, limit })),
        }
    }

    fn memory_grow_failed(&mut self, error: Error) -> wasmtime::Result<()> {
        Err(exhausted(&error))
    }

    fn table_grow_failed(&mut self, error: Error) -> wasmtime::Result<()> {
        Err(exhausted(&error))
    }
}

/// What is within the limits and can't be given all the same is the host's fault.
fn exhausted(error: &Error) -> Error {
    Error::new(Fault::Internal {
        detail: format!("memory can't be grown: {error:#}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_memories_share_one_budget() {
        let mut limiter = Limiter::new(100, 10);
        assert!(limiter.memory_growing(0, 60, None).is_ok());
        assert!(limiter.memory_growing(0, 40, None).is_ok());
        assert!(limiter.memory_growing(40, 41, None).is_err());
        assert!(limiter.memory_growing(60, 60, None).is_ok());
    }

    #[test]
    fn a_maximum_of_the_guests_own_is_its_own_limit() {
        let mut limiter = Limiter::new(100, 10);
        let error = limiter.memory_growing(0, 60, Some(50)).unwrap_err();
        let expected = Fault::MemoryExceeded {
            wanted: 60,
            limit: 50,
        };
        assert_eq!(error.downcast_ref(), Some(&expected));
        assert!(limiter.table_growing(0, 6, Some(5)).is_err());
        assert!(limiter.table_growing(0, 5, Some(5)).is_ok());
    }

    #[test]
    fn several_tables_share_one_budget() {
        let mut limiter = Limiter::new(100, 10);
        assert!(limiter.table_growing(0, 10, None).is_ok());
        let error = limiter.table_growing(0, 1, None).unwrap_err();
        assert_eq!(
            error.downcast_ref(),
            Some(&Fault::TableExceeded {
                wanted: 11,
                limit: 10
            })
        );
    }
}
