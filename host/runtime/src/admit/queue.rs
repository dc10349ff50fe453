//! What waits for a thread that evaluates, proves or compares: a queue for each tenant, served in turn.
//!
//! A tenant that has much waiting makes others wait for one of its evaluations at a time, not for all of them. Who is next, `line.rs`
//! says.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lictor_policy::{Fault, Priority, TenantName};

use super::delay::Patience;
use super::line::{Caller, Full, Line, Next, Rules, Ticket};
use super::report::PriorityReport;
use super::{AdmissionSettings, RETRY_AFTER_MS};
use crate::clock::Clock;

/// How long a thread naps between two looks at a queue for whose jobs nobody waits.
const NAP: Duration = Duration::from_millis(1);
/// After so many naps in a row without a job it sleeps until it is woken.
const NAPS: u32 = 50;

/// What a thread does for somebody, or why it won't be done.
pub(crate) type Job = Box<dyn FnOnce(Result<(), Fault>) + Send>;

/// The queues. They are bounded together, and each by itself.
pub(crate) struct FairQueue {
    /// Nothing where it doesn't matter how long something waits.
    clock: Option<Arc<dyn Clock>>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    line: Line<Job>,
    /// How many of each priority were served, and how long they waited together.
    served: [(u64, Duration); 4],
    /// Threads that wait for a job. Waking is a system call even when nobody waits, so it is done only for somebody.
    idle: usize,
    closed: bool,
}

/// A job whose turn it is.
struct Work {
    job: Job,
    ticket: Ticket,
}

impl FairQueue {
    /// The queue of this many evaluator threads.
    pub(crate) fn of_evaluators(
        threads: usize,
        waiting: usize,
        settings: &AdmissionSettings,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let spare = u32::try_from(threads).unwrap_or(u32::MAX).saturating_sub(1);
        let rules = Rules {
            waiting,
            of_tenant: settings.waiting_of_tenant.max(1),
            serving: spare.max(1),
            patience: settings.patience(),
        };
        Self {
            clock: Some(clock),
            ..Self::new(rules)
        }
    }

    /// For so many jobs together, and so many of each tenant, however long they wait.
    pub(crate) fn shared(waiting: usize, of_tenant: usize) -> Self {
        Self::new(Rules {
            waiting,
            of_tenant,
            serving: u32::MAX,
            patience: Patience::ENDLESS,
        })
    }

    fn new(rules: Rules) -> Self {
        Self {
            clock: None,
            state: Mutex::new(State {
                line: Line::new(rules),
                served: Default::default(),
                idle: 0,
                closed: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// Says whether there is more than one tenant, who leave each other an evaluator.
    pub(crate) fn share(&self, is_shared: bool) {
        self.lock().line.is_shared = is_shared;
        self.changed.notify_all();
    }

    /// Puts a job behind the others of its tenant.
    ///
    /// # Errors
    /// As many jobs are waiting as may, of all tenants or of this one, and none that matters less.
    pub(crate) fn push(&self, caller: Caller<'_>, job: Job) -> Result<(), Fault> {
        let mut state = self.lock();
        let pushed = state.line.push(caller, self.now(), job);
        let (_, gave_way) = pushed.map_err(|Full(_)| Fault::QueueFull {
            waiting: u32::try_from(state.line.len()).unwrap_or(u32::MAX),
            retry_after_ms: RETRY_AFTER_MS,
        })?;
        let awaited = state.idle > 0;
        drop(state);
        if awaited {
            self.changed.notify_one();
        }
        refuse(gave_way);
        Ok(())
    }

    /// Refuses what a tenant has waiting with a lower priority than this, to make room for it: one, if there is any.
    pub(crate) fn give_way(&self, caller: Caller<'_>) -> bool {
        let gave_way = self.lock().line.give_way(caller.tenant, caller.priority);
        let has = gave_way.is_some();
        refuse(gave_way);
        has
    }

    /// Waits for the next job and does it: nothing is left to do once this says so, since the queue is closed.
    pub(crate) fn run_next(&self) -> bool {
        let Some(work) = self.pop() else {
            return false;
        };
        // A panic is a bug of this host; it must not cost the thread. The caller sees that its answer never came.
        let _ = catch_unwind(AssertUnwindSafe(|| self.run(work)));
        true
    }

    /// Does the next job, where there is one.
    pub(crate) fn try_run_next(&self) -> bool {
        let Popped { served, shed } = self.next(&mut self.lock());
        refuse(shed);
        match served {
            Some(work) => {
                self.run(work);
                true
            }
            None => false,
        }
    }

    /// Lets the threads that wait go, once nothing is waiting any more.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// How much waits and has waited, the lowest priority first.
    pub(super) fn report(&self) -> [PriorityReport; 4] {
        let now = self.now();
        let state = self.lock();
        let waiting = state.line.waiting();
        let mut all = Priority::ALL.map(PriorityReport::of);
        for (report, (waiting, oldest)) in all.iter_mut().zip(waiting) {
            report.waiting = waiting;
            report.oldest = oldest.map_or(Duration::ZERO, |since| now.saturating_sub(since));
        }
        for (report, (served, waited)) in all.iter_mut().zip(state.served) {
            report.served = served;
            report.waited = waited;
        }
        all
    }

    /// How much of a tenant waits.
    pub(super) fn len_of(&self, tenant: &TenantName) -> usize {
        self.lock().line.len_of(tenant)
    }

    /// Waits for the next job. Where it doesn't matter how long that takes, and while jobs keep coming, the thread looks for them now
    /// and then by itself, so that whoever pushes one doesn't have to wake it: that would be most of what pushing takes.
    fn pop(&self) -> Option<Work> {
        let mut state = self.lock();
        let mut naps = if self.clock.is_none() { NAPS } else { 0 };
        loop {
            let Popped { served, shed } = self.next(&mut state);
            if served.is_some() || !shed.is_empty() {
                drop(state);
                refuse(shed);
                if served.is_some() {
                    return served;
                }
                state = self.lock();
                continue;
            }
            if state.closed && state.line.len() == 0 {
                return None;
            }
            if naps > 0 {
                naps -= 1;
                let napped = self.changed.wait_timeout(state, NAP);
                (state, _) = napped.unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            state.idle += 1;
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    fn next(&self, state: &mut State) -> Popped {
        let Next { served, shed } = state.line.next(self.now());
        let served = served.map(|(ticket, job, waited)| {
            if let Some((count, time)) = state.served.get_mut(waited.priority as usize) {
                *count += 1;
                *time = time.saturating_add(waited.time);
            }
            Work { job, ticket }
        });
        Popped { served, shed }
    }

    fn run(&self, Work { job, ticket }: Work) {
        let _serving = Serving {
            queue: self,
            ticket,
        };
        job(Ok(()));
    }

    fn now(&self) -> Duration {
        let clock = self.clock.as_ref();
        clock.map_or(Duration::ZERO, |clock| clock.monotonic())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No job is run while the lock is held, so nothing can panic in between.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Popped {
    served: Option<Work>,
    shed: Vec<(Job, Priority)>,
}

/// A job that is being done.
struct Serving<'a> {
    queue: &'a FairQueue,
    ticket: Ticket,
}

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.line.done(&self.ticket);
        // Its tenant may have another evaluator now.
        let awaited = state.idle > 0 && state.line.len() > 0;
        drop(state);
        if awaited {
            self.queue.changed.notify_one();
        }
    }
}

/// Tells those who waited that it is in vain. Called without the lock, since a job may be anything.
fn refuse(shed: impl IntoIterator<Item = (Job, Priority)>) {
    for (job, priority) in shed {
        job(Err(Fault::Shed {
            priority,
            retry_after_ms: RETRY_AFTER_MS,
        }));
    }
}

impl std::fmt::Debug for FairQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FairQueue")
            .field("waiting", &self.lock().line.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Job {
        Box::new(|_| ())
    }

    fn push(queue: &FairQueue, tenant: &str, job: Job) -> Result<(), Fault> {
        let tenant: TenantName = tenant.parse().unwrap();
        queue.push(Caller::of(&tenant), job)
    }

    #[test]
    fn tenants_are_served_in_turn_and_each_in_order() {
        let queue = FairQueue::shared(100, 100);
        let served = Arc::new(Mutex::new(Vec::new()));
        for entry in ["a1", "a2", "a3", "a4", "b1", "c1", "b2"] {
            let served = Arc::clone(&served);
            let job = Box::new(move |_| served.lock().unwrap().push(entry));
            push(&queue, &entry[..1], job).unwrap();
        }
        queue.close();
        while queue.run_next() {}
        assert_eq!(
            *served.lock().unwrap(),
            ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]
        );
    }

    #[test]
    fn who_naps_gets_every_job_and_is_let_go() {
        let queue = Arc::new(FairQueue::shared(1_000, 1_000));
        let served = Arc::new(Mutex::new(0));
        let napping = {
            let queue = Arc::clone(&queue);
            std::thread::spawn(move || while queue.run_next() {})
        };
        for round in 1..=100 {
            let counted = Arc::clone(&served);
            push(
                &queue,
                "a",
                Box::new(move |_| *counted.lock().unwrap() += 1),
            )
            .unwrap();
            // Now and then it falls asleep in between, and has to be woken for the next.
            while round % 50 == 0 && (*served.lock().unwrap() < round || queue.lock().idle == 0) {
                std::thread::yield_now();
            }
        }
        queue.close();
        napping.join().unwrap();
        assert_eq!(*served.lock().unwrap(), 100);
    }

    #[test]
    fn a_full_queue_takes_nothing() {
        let queue = FairQueue::shared(1, 100);
        push(&queue, "a", nothing()).unwrap();
        let full = push(&queue, "a", nothing());
        assert!(matches!(full, Err(Fault::QueueFull { waiting: 1, .. })));
        assert!(queue.try_run_next());
        assert!(push(&queue, "a", nothing()).is_ok());
    }

    #[test]
    fn one_tenant_leaves_room_for_others() {
        let queue = FairQueue::shared(100, 2);
        let put = |tenant: &str| push(&queue, tenant, nothing());
        assert_eq!([put("a"), put("a")], [Ok(()), Ok(())]);
        assert!(matches!(put("a"), Err(Fault::QueueFull { waiting: 2, .. })));
        assert_eq!(put("b"), Ok(()));
        assert!(queue.try_run_next());
        assert_eq!(put("a"), Ok(()));
    }

    #[test]
    fn a_job_that_panics_costs_neither_the_thread_nor_its_place() {
        let settings = AdmissionSettings::default();
        let clock = Arc::new(crate::clock::ManualClock::at(0));
        let queue = FairQueue::of_evaluators(2, 100, &settings, clock);
        queue.share(true);
        push(&queue, "a", Box::new(|_| panic!("a test wants it so"))).unwrap();
        push(&queue, "a", nothing()).unwrap();
        queue.close();
        assert!(queue.run_next() && queue.run_next());
        assert!(!queue.run_next());
    }

    #[test]
    fn what_gives_way_is_told_so() {
        let queue = FairQueue::shared(1, 1);
        let told = Arc::new(Mutex::new(None));
        let tell = Arc::clone(&told);
        let tenant: TenantName = "a".parse().unwrap();
        let low = Caller {
            priority: Priority::Low,
            ..Caller::of(&tenant)
        };
        let job = Box::new(move |how| *tell.lock().unwrap() = Some(how));
        queue.push(low, job).unwrap();
        queue.push(Caller::of(&tenant), nothing()).unwrap();
        let told = told.lock().unwrap().take();
        assert!(matches!(
            told,
            Some(Err(Fault::Shed {
                priority: Priority::Low,
                ..
            }))
        ));
    }
}
