//! Threads that evaluate for asynchronous callers, so that no reactor thread ever runs a guest.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use lictor_policy::{Fault, Request, TenantName};
use tokio::sync::oneshot;

use crate::admit::{Admitted, Kept, Places};
use crate::batch::{self, Semantics};
use crate::host::Host;
use crate::outcome::Outcome;
use crate::queue::FairQueue;

/// Long-lived evaluator threads behind one bounded queue that serves tenants in turn.
#[derive(Debug)]
pub(crate) struct Workers {
    queue: Arc<FairQueue>,
}

impl Workers {
    /// Starts this many threads with room for so many waiting evaluations. They end when the host is gone.
    pub(crate) fn start(threads: usize, waiting: usize) -> io::Result<Self> {
        // Made first, so that the threads that were started end if another can't be.
        let workers = Self {
            queue: Arc::new(FairQueue::new(waiting)),
        };
        for number in 0..threads {
            let queue = Arc::clone(&workers.queue);
            thread::Builder::new()
                .name(format!("lictor-evaluate-{number}"))
                .spawn(move || work(&queue))?;
        }
        Ok(workers)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.queue.close();
    }
}

fn work(queue: &FairQueue) {
    while let Some(job) = queue.pop() {
        // A panic is a bug of this host; it must not cost the thread. The caller sees that its answer never came.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

/// A request that waits for an evaluator thread.
struct Waiting {
    kept: Kept,
    places: Places,
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
    /// Decides a request for a tenant: at once where all its policies are recalled and that takes some microseconds, else on one
    /// of the host's evaluator threads, under the same view.
    ///
    /// The future needs no particular runtime and may be dropped: what waits in the queue is then not evaluated.
    ///
    /// # Errors
    /// As for [`Host::evaluate`], and when the queue of the evaluator threads is full.
    pub async fn evaluate_async(
        &self,
        tenant: &TenantName,
        request: &Request,
    ) -> Result<Outcome, Fault> {
        let here = self.admit(tenant, |admitted| {
            Ok(match self.decide_here(admitted, request)? {
                Some(outcome) => Here::Decided(outcome),
                None => Here::Waits(self.wait(admitted)?),
            })
        })?;
        match here {
            Here::Decided(outcome) => Ok(outcome),
            Here::Waits(waiting) => {
                let request = request.clone();
                self.on_worker(tenant, waiting, move |host, admitted, places| {
                    host.decide(admitted, places, &request)
                })
                .await
            }
        }
    }

    /// Decides several requests as [`Host::evaluate_all`] does, on one of the host's evaluator threads.
    ///
    /// # Errors
    /// As for [`Host::evaluate_all`], and when the queue of the evaluator threads is full.
    pub async fn evaluate_all_async(
        &self,
        tenant: &TenantName,
        requests: Vec<Request>,
        semantics: Semantics,
    ) -> Result<Vec<Outcome>, Fault> {
        batch::check_size(&requests)?;
        let waiting = self.admit(tenant, |admitted| self.wait(admitted))?;
        self.on_worker(tenant, waiting, move |host, admitted, places| {
            host.decide_all(admitted, places, &requests, semantics)
        })
        .await
    }

    /// Takes the tenant's place at once, so that its waiting evaluations count towards its concurrency.
    fn wait(&self, admitted: Admitted<'_>) -> Result<Waiting, Fault> {
        let mut places = Places::default();
        places.enter(&admitted)?;
        Ok(Waiting {
            kept: admitted.keep(),
            places,
        })
    }

    async fn on_worker<T: Send + 'static>(
        &self,
        tenant: &TenantName,
        waiting: Waiting,
        evaluate: impl FnOnce(&Host, Admitted<'_>, &mut Places) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let host = self.clone();
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move || {
            // Whoever asked may have gone away in the meantime.
            if !answer.is_closed() {
                let Waiting { kept, mut places } = waiting;
                let evaluated = evaluate(&host, kept.admitted(), &mut places);
                drop(places);
                let _ = answer.send(evaluated);
            }
        });
        self.state.workers.queue.push(tenant, job)?;
        answered.await.unwrap_or_else(|_| {
            Err(Fault::Internal {
                detail: "the evaluation was lost".to_owned(),
            })
        })
    }
}
