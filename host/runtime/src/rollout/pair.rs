//! One request as both versions decided it. Must never be kept: it borrows from the two evaluations.

use std::time::Duration;

use lictor_policy::{Decision, Observations, Request};

/// One request that stable and candidate decided under the same view and time.
#[derive(Clone, Debug)]
pub(crate) struct Pair<'a> {
    /// Names the subject: the first 8 bytes of a keyed hash of the sticky attribute. The key has to be a secret of the host, for
    /// subjects are sampled by this number.
    pub(crate) subject: u64,
    /// What was decided.
    pub(crate) request: &'a Request,
    /// How stable decided.
    pub(crate) stable: Side<'a>,
    /// How the candidate decided.
    pub(crate) candidate: Side<'a>,
}

/// How one version decided.
#[derive(Clone, Debug)]
pub(crate) struct Side<'a> {
    /// The tenant's combined decision, with the base layer and with what the failure policy answered after a fault.
    pub(crate) decision: &'a Decision,
    /// Whether one of the policies that are rolled out had a fault that the policy is to blame for.
    pub(crate) faulted: bool,
    /// What each of the tenant's policies asked and was answered.
    pub(crate) asked: Vec<Asked<'a>>,
    /// The fuel of the policies that are rolled out.
    pub(crate) fuel_used: u64,
    /// How long they took.
    pub(crate) duration: Duration,
    /// Whether they all were evaluated, none recalled, so that fuel and time can be compared.
    pub(crate) evaluated: bool,
}

/// What one policy asked and was answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// The policy's name.
    pub(crate) policy: &'a str,
    /// Its observations.
    pub(crate) observations: &'a Observations,
}

impl Pair<'_> {
    /// Whether fuel and time of the two can be compared.
    pub(crate) fn is_evaluated(&self) -> bool {
        self.stable.evaluated && self.candidate.evaluated
    }
}
