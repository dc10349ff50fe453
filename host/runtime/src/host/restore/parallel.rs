//! Doing many like things on all processors.

use std::sync::{Mutex, PoisonError};
use std::thread;

/// Does each job, in any order, and gives what came of them, in any order.
pub(super) fn each<J: Send, R: Send>(jobs: Vec<J>, work: impl Fn(J) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let done = Mutex::new(Vec::with_capacity(jobs.len()));
    let left = Mutex::new(jobs.into_iter());
    let work_off = || {
        loop {
            let next = left.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(job) = next else { return };
            let result = work(job);
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(result);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work_off);
        }
        work_off();
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}
