//! What waits for an evaluator thread: a queue for each tenant, served in turn.
//!
//! A tenant that has much waiting makes others wait for one of its evaluations at a time, not for all of them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use lictor_policy::{Fault, TenantName};

/// What an evaluator thread does for somebody.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// The queues. They are bounded together, and each by itself.
pub(crate) struct FairQueue {
    limit: usize,
    of_tenant_max: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: usize,
    of_tenant: HashMap<TenantName, VecDeque<Job>>,
    /// The tenants that have something waiting, each once, the next to be served first.
    turn: VecDeque<TenantName>,
    /// Threads that wait for a job. Waking is a system call even when nobody waits, so it is done only for somebody.
    idle: usize,
    closed: bool,
}

impl State {
    /// The oldest job of the tenant whose turn it is.
    fn next(&mut self) -> Option<Job> {
        let tenant = self.turn.pop_front()?;
        let jobs = self.of_tenant.get_mut(&tenant)?;
        let job = jobs.pop_front();
        if jobs.is_empty() {
            self.of_tenant.remove(&tenant);
        } else {
            self.turn.push_back(tenant);
        }
        self.waiting -= 1;
        job
    }
}

impl FairQueue {
    /// For so many jobs together, of which each tenant may have as many as its concurrency allows.
    pub(crate) fn new(limit: usize) -> Self {
        Self::shared(limit, usize::MAX)
    }

    /// For so many jobs together, and so many of each tenant.
    pub(crate) fn shared(limit: usize, of_tenant_max: usize) -> Self {
        Self {
            limit,
            of_tenant_max,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Puts a job behind the others of its tenant.
    ///
    /// # Errors
    /// As many jobs are waiting as may, of all tenants or of this one.
    pub(crate) fn push(&self, tenant: &TenantName, job: Job) -> Result<(), Fault> {
        let mut state = self.lock();
        let of_tenant = state.of_tenant.get(tenant).map_or(0, VecDeque::len);
        if state.waiting >= self.limit || of_tenant >= self.of_tenant_max {
            let waiting = u32::try_from(state.waiting).unwrap_or(u32::MAX);
            return Err(Fault::QueueFull { waiting });
        }
        state.waiting += 1;
        match state.of_tenant.get_mut(tenant) {
            Some(jobs) => jobs.push_back(job),
            None => {
                state
                    .of_tenant
                    .insert(tenant.clone(), VecDeque::from([job]));
                state.turn.push_back(tenant.clone());
            }
        }
        let awaited = state.idle > 0;
        drop(state);
        if awaited {
            self.changed.notify_one();
        }
        Ok(())
    }

    /// Waits for the next job: the oldest of the tenant whose turn it is. Nothing comes any more once the queue is closed and
    /// empty.
    pub(crate) fn pop(&self) -> Option<Job> {
        let mut state = self.lock();
        state.idle += 1;
        state = self
            .changed
            .wait_while(state, |state| state.waiting == 0 && !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        state.idle -= 1;
        state.next()
    }

    /// The next job, where there is one.
    pub(crate) fn try_pop(&self) -> Option<Job> {
        self.lock().next()
    }

    /// Lets the threads that wait go, once nothing is waiting any more.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No job is run while the lock is held, so nothing can panic in between.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for FairQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FairQueue")
            .field("waiting", &self.lock().waiting)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn tenants_are_served_in_turn_and_each_in_order() {
        let queue = FairQueue::new(100);
        let served = Arc::new(Mutex::new(Vec::new()));
        let push = |tenant: &str, number: u32| {
            let served = Arc::clone(&served);
            let entry = format!("{tenant}{number}");
            let job = Box::new(move || served.lock().unwrap().push(entry));
            queue.push(&tenant.parse().unwrap(), job)
        };
        (1..=4).for_each(|number| push("a", number).unwrap());
        push("b", 1).unwrap();
        push("c", 1).unwrap();
        push("b", 2).unwrap();
        queue.close();
        while let Some(job) = queue.pop() {
            job();
        }
        assert_eq!(
            *served.lock().unwrap(),
            ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]
        );
    }

    #[test]
    fn a_full_queue_takes_nothing() {
        let queue = FairQueue::new(1);
        let tenant = "a".parse().unwrap();
        queue.push(&tenant, Box::new(|| ())).unwrap();
        assert_eq!(
            queue.push(&tenant, Box::new(|| ())),
            Err(Fault::QueueFull { waiting: 1 })
        );
        assert!(queue.pop().is_some());
        assert!(queue.push(&tenant, Box::new(|| ())).is_ok());
    }

    #[test]
    fn one_tenant_leaves_room_for_others() {
        let queue = FairQueue::shared(100, 2);
        let push = |tenant: &str| queue.push(&tenant.parse().unwrap(), Box::new(|| ()));
        assert_eq!([push("a"), push("a")], [Ok(()), Ok(())]);
        assert_eq!(push("a"), Err(Fault::QueueFull { waiting: 2 }));
        assert_eq!(push("b"), Ok(()));
        assert!(queue.pop().is_some());
        assert_eq!(push("a"), Ok(()));
    }
}
