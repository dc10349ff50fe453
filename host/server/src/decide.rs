//! What all protocols have in common once it is known who asks for what: the host decides, and it is counted.
//!
//! Every request that a protocol has decided goes through here.

use lictor::{Fault, Outcome, Request, Semantics};

use crate::caller::Caller;
use crate::served::Served;

impl Served {
    /// Has one request decided for a caller: in place where it is recalled, else on the host's own threads.
    pub(crate) async fn decide(
        &self,
        caller: &Caller,
        request: &Request,
    ) -> Result<Outcome, Fault> {
        let call = self.host.call(&caller.tenant).priority(caller.priority);
        call.evaluate_async(request).await
    }

    /// Has several requests decided for a caller under one view of the tenant.
    pub(crate) async fn decide_all(
        &self,
        caller: &Caller,
        requests: Vec<Request>,
        semantics: Semantics,
    ) -> Result<Vec<Outcome>, Fault> {
        let call = self.host.call(&caller.tenant).priority(caller.priority);
        call.evaluate_all_async(requests, semantics).await
    }
}
