//! Several requests of one tenant decided under one view.

use lictor_policy::{Effect, Fault, Request};
use serde::{Deserialize, Serialize};

use crate::admit::{Admitted, Places};
use crate::host::Host;
use crate::outcome::Outcome;

/// The most requests of one batch. From the first policy on that isn't recalled, a batch holds one place of its tenant, one
/// slot and one thread for as long as it takes.
pub const BATCH_MAX: usize = 256;

/// When a batch ends early: the evaluation semantics of AuthZEN 1.0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Semantics {
    /// Never: every request is decided.
    #[default]
    ExecuteAll,
    /// After the first decision that doesn't permit.
    DenyOnFirstDeny,
    /// After the first decision that permits.
    PermitOnFirstPermit,
}

impl Semantics {
    fn ends_with(self, effect: Effect) -> bool {
        match self {
            Semantics::ExecuteAll => false,
            Semantics::DenyOnFirstDeny => effect != Effect::Allow,
            Semantics::PermitOnFirstPermit => effect == Effect::Allow,
        }
    }
}

impl Host {
    /// Decides several requests that were admitted together.
    pub(crate) fn decide_all(
        &self,
        admitted: Admitted<'_>,
        places: &mut Places,
        requests: &[Request],
        semantics: Semantics,
    ) -> Result<Vec<Outcome>, Fault> {
        let mut outcomes = Vec::with_capacity(requests.len());
        for request in requests {
            let outcome = self.decide(admitted, places, request)?;
            let ends = semantics.ends_with(outcome.decision.effect);
            outcomes.push(outcome);
            if ends {
                break;
            }
        }
        Ok(outcomes)
    }
}

/// Refuses a batch that is too large.
pub(crate) fn check_size(requests: &[Request]) -> Result<(), Fault> {
    let count = requests.len();
    if count > BATCH_MAX {
        return Err(Fault::BatchTooLarge {
            count,
            limit: BATCH_MAX,
        });
    }
    Ok(())
}
