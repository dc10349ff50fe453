//! Threads that evaluate for asynchronous callers, so that no reactor thread ever runs a guest.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use lictor_policy::{Fault, Request, TenantName};
use tokio::sync::oneshot;

use crate::admit::Admitted;
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

impl Host {
    /// Decides a request for a tenant on one of the host's evaluator threads.
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
        let request = request.clone();
        self.on_worker(tenant, move |host, admitted| {
            let running = host.start(admitted)?;
            host.decide(&running, &request)
        })
        .await
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
        self.on_worker(tenant, move |host, admitted| {
            host.decide_all(admitted, &requests, semantics)
        })
        .await
    }

    /// Admits at once, so that a tenant's waiting evaluations count towards its concurrency, and evaluates later.
    async fn on_worker<T: Send + 'static>(
        &self,
        tenant: &TenantName,
        evaluate: impl FnOnce(&Host, Admitted) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let admitted = self.admit(tenant)?;
        let host = self.clone();
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move || {
            // Whoever asked may have gone away in the meantime.
            if !answer.is_closed() {
                let _ = answer.send(evaluate(&host, admitted));
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
