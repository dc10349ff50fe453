//! Threads that evaluate for asynchronous callers, so that no reactor thread ever runs a guest.

use std::io;
use std::slice;
use std::sync::Arc;
use std::thread;

use lictor_policy::{Fault, Priority, Request, TenantName};
use tokio::sync::oneshot;

use super::{AdmissionSettings, Admitted, Caller, FairQueue, Kept, Lane, Places};
use crate::batch::Semantics;
use crate::clock::Clock;
use crate::host::Host;
use crate::outcome::Outcome;

/// Long-lived evaluator threads behind one bounded queue that serves tenants in turn.
#[derive(Debug)]
pub(crate) struct Workers {
    queue: Arc<FairQueue>,
}

impl Workers {
    /// Starts this many threads with room for so many waiting evaluations. They end when the host is gone.
    pub(crate) fn start(
        threads: usize,
        waiting: usize,
        settings: &AdmissionSettings,
        clock: &Arc<dyn Clock>,
    ) -> io::Result<Self> {
        let clock = Arc::clone(clock);
        // Made first, so that the threads that were started end if another can't be.
        let workers = Self {
            queue: Arc::new(FairQueue::of_evaluators(threads, waiting, settings, clock)),
        };
        for number in 0..threads {
            let queue = Arc::clone(&workers.queue);
            thread::Builder::new()
                .name(format!("lictor-evaluate-{number}"))
                .spawn(move || while queue.run_next() {})?;
        }
        Ok(workers)
    }

    pub(crate) fn queue(&self) -> &FairQueue {
        &self.queue
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// A request that waits for an evaluator thread.
struct Waiting {
    kept: Kept,
    places: Places,
    weight: u32,
    lane: Lane,
}

/// What became of a request on the caller's own thread.
#[expect(
    clippy::large_enum_variant,
    reason = "it lives for one call, and a box would allocate for what is recalled"
)]
enum Here {
    Decided(Outcome),
    Waits(Waiting),
}

impl Host {
    /// Decides at once where everything is recalled, else on an evaluator thread.
    pub(super) async fn decide_async(
        &self,
        tenant: &TenantName,
        priority: Priority,
        request: &Request,
    ) -> Result<Outcome, Fault> {
        let here = self.admit(tenant, |admitted| {
            let requests = slice::from_ref(request);
            self.ration(&admitted, requests)?;
            Ok(match self.decide_here(admitted, request)? {
                Some(outcome) => Here::Decided(outcome),
                None => Here::Waits(self.wait(admitted, priority, requests)?),
            })
        })?;
        match here {
            Here::Decided(outcome) => Ok(outcome),
            Here::Waits(waiting) => {
                let request = request.clone();
                self.on_worker(tenant, priority, waiting, move |host, admitted, places| {
                    host.decide(admitted, places, &request)
                })
                .await
            }
        }
    }

    /// Decides several requests on an evaluator thread.
    pub(super) async fn decide_all_async(
        &self,
        tenant: &TenantName,
        priority: Priority,
        requests: Vec<Request>,
        semantics: Semantics,
    ) -> Result<Vec<Outcome>, Fault> {
        let waiting = self.admit(tenant, |admitted| {
            self.ration(&admitted, &requests)?;
            self.wait(admitted, priority, &requests)
        })?;
        self.on_worker(tenant, priority, waiting, move |host, admitted, places| {
            host.decide_all(admitted, places, &requests, semantics)
        })
        .await
    }

    /// Takes the tenant's place at once, so that its waiting evaluations count towards its concurrency. Where it has none left,
    /// what matters less and waits gives way.
    fn wait(
        &self,
        admitted: Admitted<'_>,
        priority: Priority,
        requests: &[Request],
    ) -> Result<Waiting, Fault> {
        let caller = admitted.caller(self, priority, requests);
        let mut places = Places::of(priority);
        if let Err(busy) = places.enter(&admitted) {
            if !self.state.workers.queue.give_way(caller) {
                return Err(busy);
            }
            places.enter(&admitted)?;
        }
        Ok(Waiting {
            kept: admitted.keep(),
            places,
            weight: caller.weight,
            lane: caller.lane,
        })
    }

    async fn on_worker<T: Send + 'static>(
        &self,
        tenant: &TenantName,
        priority: Priority,
        waiting: Waiting,
        evaluate: impl FnOnce(&Host, Admitted<'_>, &mut Places) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let caller = Caller {
            tenant,
            weight: waiting.weight,
            priority,
            lane: waiting.lane,
        };
        let host = self.clone();
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move |turn: Result<(), Fault>| {
            let Waiting {
                kept, mut places, ..
            } = waiting;
            // Whoever asked may have gone away in the meantime.
            if answer.is_closed() {
                return;
            }
            let evaluated = turn.and_then(|()| evaluate(&host, kept.admitted(), &mut places));
            drop(places);
            let _ = answer.send(evaluated);
        });
        self.state.workers.queue.push(caller, job)?;
        answered.await.unwrap_or_else(|_| {
            Err(Fault::Internal {
                detail: "the evaluation was lost".to_owned(),
            })
        })
    }
}
