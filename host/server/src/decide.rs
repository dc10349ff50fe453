//! What all protocols have in common once it is known who asks for what: the host decides, and it is counted.
//!
//! Every request that a protocol has decided goes through here.

use lictor::{Fault, Outcome, Request, Semantics};
use tokio::time::Instant;

use crate::caller::Caller;
use crate::served::Served;

impl Served {
    /// Has one request decided for a caller: in place where it is recalled, else on the host's own threads.
    pub(crate) async fn decide(
        &self,
        caller: &Caller,
        request: &Request,
    ) -> Result<Outcome, Fault> {
        let begun = Instant::now();
        let call = self.host.call(&caller.tenant).priority(caller.priority);
        let decided = call.evaluate_async(request).await;
        match &decided {
            Ok(outcome) => self
                .metrics
                .decided(&caller.tenant, outcome, begun.elapsed()),
            Err(fault) => self.metrics.refused(&caller.tenant, fault),
        }
        decided
    }

    /// Has several requests decided for a caller under one view of the tenant.
    pub(crate) async fn decide_all(
        &self,
        caller: &Caller,
        requests: Vec<Request>,
        semantics: Semantics,
    ) -> Result<Vec<Outcome>, Fault> {
        let call = self.host.call(&caller.tenant).priority(caller.priority);
        let decided = call.evaluate_all_async(requests, semantics).await;
        match &decided {
            Ok(outcomes) => {
                for outcome in outcomes {
                    self.metrics.counted(&caller.tenant, outcome);
                }
            }
            Err(fault) => self.metrics.refused(&caller.tenant, fault),
        }
        decided
    }
}
