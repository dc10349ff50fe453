//! Wall-clock deadlines, and whose fault it is when one passes.
//!
//! A deadline is counted in epochs. At the first epoch that an evaluation lives to see, the processor time of its thread is
//! read; at the last one it is read again. Evaluations that end within one epoch, nearly all, never pay for that.

use std::time::Duration;

use lictor_policy::Fault;
use rustix::time::{ClockId, clock_gettime};
use wasmtime::{Store, UpdateDeadline};

use crate::guest::Guest;
use crate::ticker;

/// Sets the deadline of what the store runs next.
pub(crate) fn arm(store: &mut Store<Guest>, deadline_ms: u64) {
    let mut at_first_epoch = None;
    store.epoch_deadline_callback(move |_| {
        let now = thread_time();
        let Some(before) = at_first_epoch.replace(now) else {
            return Ok(UpdateDeadline::Continue(ticker::epochs(deadline_ms)));
        };
        Err(wasmtime::Error::new(judge(
            deadline_ms,
            now.saturating_sub(before),
        )))
    });
    store.set_epoch_deadline(1);
}

/// The fault of an evaluation whose deadline passed: the policy's only if the thread had the processor for at least half of
/// that time, the host's otherwise.
fn judge(limit_ms: u64, used: Duration) -> Fault {
    let used_ms = u64::try_from(used.as_millis()).unwrap_or(u64::MAX);
    if used_ms.saturating_mul(2) >= limit_ms {
        Fault::DeadlineExceeded { limit_ms }
    } else {
        Fault::Starved { limit_ms, used_ms }
    }
}

/// The processor time that this thread has used.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_blamed_only_for_processor_time_that_it_had() {
        let judged = |used_ms| judge(50, Duration::from_millis(used_ms));
        assert_eq!(judged(50), Fault::DeadlineExceeded { limit_ms: 50 });
        assert_eq!(judged(25), Fault::DeadlineExceeded { limit_ms: 50 });
        assert_eq!(
            judged(24),
            Fault::Starved {
                limit_ms: 50,
                used_ms: 24
            }
        );
        assert_eq!(
            judged(0),
            Fault::Starved {
                limit_ms: 50,
                used_ms: 0
            }
        );
    }

    #[test]
    fn thread_time_stands_still_while_the_thread_does_nothing() {
        let before = thread_time();
        let mut sum = 0u64;
        while thread_time() == before {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(thread_time() > before);
    }
}
