//! Threads that evaluate for asynchronous callers, so that no reactor thread ever runs a guest.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use lictor_policy::{Fault, Request, TenantName};
use tokio::sync::oneshot;

use crate::admit::Admitted;
use crate::batch::Semantics;
use crate::host::Host;
use crate::outcome::Outcome;

type Job = Box<dyn FnOnce() + Send>;

/// Long-lived evaluator threads behind one bounded queue.
#[derive(Debug)]
pub(crate) struct Workers {
    queue: Sender<Job>,
}

impl Workers {
    /// Starts this many threads with room for so many waiting evaluations. They end when the host is gone.
    pub(crate) fn start(threads: usize, waiting: usize) -> io::Result<Self> {
        let (queue, jobs) = bounded::<Job>(waiting);
        for number in 0..threads {
            let jobs = jobs.clone();
            thread::Builder::new()
                .name(format!("lictor-evaluate-{number}"))
                .spawn(move || work(&jobs))?;
        }
        Ok(Self { queue })
    }

    /// Queues a job.
    ///
    /// # Errors
    /// The queue is full.
    fn submit(&self, job: Job) -> Result<(), Fault> {
        self.queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Fault::QueueFull {
                waiting: u32::try_from(self.queue.len()).unwrap_or(u32::MAX),
            },
            TrySendError::Disconnected(_) => Fault::Internal {
                detail: "the evaluator threads are gone".to_owned(),
            },
        })
    }
}

fn work(jobs: &Receiver<Job>) {
    for job in jobs {
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
        self.state.workers.submit(Box::new(move || {
            // Whoever asked may have gone away in the meantime.
            if !answer.is_closed() {
                let _ = answer.send(evaluate(&host, admitted));
            }
        }))?;
        answered.await.unwrap_or_else(|_| {
            Err(Fault::Internal {
                detail: "the evaluation was lost".to_owned(),
            })
        })
    }
}
