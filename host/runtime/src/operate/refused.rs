//! Why a verb was not done, for whoever asked: whose turn it is, and what to do.

use serde::{Deserialize, Serialize};

use lictor_artifact::{KeyId, RollbackError, Standing, UpdateError};
use lictor_engine::Refusal;
use lictor_policy::Blame;
use lictor_state::{StateError, TrustError};

use crate::error::{BindError, HostError};
use crate::record::RecordError;
use crate::rollout::RolloutError;

/// Whose turn it is, or what kind of no this is. The command line makes an exit code of it, a server a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// What was given can't be used: the caller gives something else.
    Caller,
    /// What the verb names isn't there.
    Unknown,
    /// The verb isn't legal as things are now.
    Conflict,
    /// A component, its parameters or its signatures are refused: its author or whoever signs looks at it.
    Author,
    /// The policy had a fault while it was checked or prepared.
    Policy,
    /// The host or its machine can't do it: the operator looks at them.
    Host,
}

/// A verb that was not done; nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[error("{message}")]
pub struct Refused {
    /// Whose turn it is.
    pub turn: Turn,
    /// What happened and why, one sentence.
    pub message: String,
    /// What to do about it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Refused {
    /// A refusal. A text that has its hint on a line of its own, as the libraries write it, is taken apart.
    pub fn new(turn: Turn, text: impl std::fmt::Display) -> Self {
        let text = text.to_string();
        let (message, hint) = match text.split_once("\nhint: ") {
            Some((message, hint)) => (message.to_owned(), Some(hint.to_owned())),
            None => (text, None),
        };
        Self {
            turn,
            message,
            hint,
        }
    }

    /// With what to do about it, unless that is said already.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert_with(|| hint.into());
        self
    }
}

impl From<HostError> for Refused {
    fn from(error: HostError) -> Self {
        let turn = match &error {
            HostError::UnknownTenant { .. } | HostError::UnknownPolicy { .. } => Turn::Unknown,
            HostError::UnknownDocument { .. }
            | HostError::NotSuspended { .. }
            | HostError::UnknownToken { .. } => Turn::Unknown,
            HostError::TooManySuspensions { .. } => Turn::Conflict,
            HostError::TenantExists { .. }
            | HostError::PolicyTaken { .. }
            | HostError::DocumentTaken { .. }
            | HostError::DocumentBusy { .. }
            | HostError::TooManyTokens { .. } => Turn::Conflict,
            HostError::MissingDocument { .. } => Turn::Host,
            // A name or a reason that no journal takes is the caller's.
            HostError::State(StateError::Text { .. }) => Turn::Caller,
            HostError::State(_) => Turn::Host,
            _ => Turn::Caller,
        };
        let refused = Self::new(turn, &error);
        match &error {
            HostError::UnknownTenant { .. } => refused
                .hint("`lictor tenant list` shows the tenants, `lictor tenant add` takes one in"),
            HostError::NotSuspended { .. } => {
                refused.hint("`lictor suspensions` shows what is suspended")
            }
            HostError::TooManySuspensions { .. } => refused.hint(
                "suspend the tenant or the policy, or lift what is over with `lictor unsuspend`",
            ),
            HostError::TenantExists { .. } => {
                refused.hint("`lictor tenant set` changes its settings")
            }
            HostError::PolicyTaken { .. } | HostError::DocumentTaken { .. } => refused.hint(
                "wait for it, or end it with `lictor rollout promote` or `lictor rollout abort`",
            ),
            HostError::UnknownToken { .. } => {
                refused.hint("`lictor token list` shows those that are good")
            }
            HostError::DataTooLarge { .. } => {
                refused.hint("`lictor tenant set --data-bytes` grants more")
            }
            _ => refused,
        }
    }
}

impl From<BindError> for Refused {
    fn from(error: BindError) -> Self {
        match error {
            BindError::Host(error) => error.into(),
            BindError::Build(error) => Self::new(Turn::Host, error),
            BindError::Untrusted { ref source, .. } => {
                let turn = turn_of_trust(source);
                Self::new(turn, &error)
            }
            BindError::Refused { ref refusal, .. } => Self::new(turn_of_refusal(refusal), &error),
            BindError::TooManyPolicies { .. } => Self::new(Turn::Conflict, &error),
            error => Self::new(Turn::Author, &error),
        }
    }
}

impl From<RolloutError> for Refused {
    fn from(error: RolloutError) -> Self {
        let turn = match error {
            RolloutError::Host(error) => return error.into(),
            RolloutError::Bind(error) => return error.into(),
            RolloutError::Trust(error) => return error.into(),
            RolloutError::Unknown { .. }
            | RolloutError::UnknownPolicy { .. }
            | RolloutError::UnknownDocument { .. } => Turn::Unknown,
            RolloutError::Nothing | RolloutError::Twice { .. } | RolloutError::Major { .. } => {
                Turn::Caller
            }
            RolloutError::SameVersion { .. } => Turn::Author,
            _ => Turn::Conflict,
        };
        let refused = Self::new(turn, &error);
        match &error {
            RolloutError::Unknown { .. } | RolloutError::Move(_) => {
                refused.hint("`lictor rollout status` shows where each stands")
            }
            _ => refused,
        }
    }
}

impl From<TrustError> for Refused {
    fn from(error: TrustError) -> Self {
        let refused = Self::new(turn_of_trust(&error), &error);
        match &error {
            TrustError::Update(UpdateError::Threshold {
                needed,
                counted,
                signatures,
            }) => {
                let more = match needed.saturating_sub(*counted) {
                    1 => "1 more key must sign".to_owned(),
                    missing => format!("{missing} more keys must sign"),
                };
                refused.signed_by(signatures).hint(format!(
                    "{more}: write the change with `--output FILE`, have it signed with `lictor keys cosign FILE`, and put it into effect with `lictor keys install FILE`"
                ))
            }
            TrustError::Rollback(RollbackError::Threshold { signatures, .. }) => refused
                .signed_by(signatures)
                .hint("`lictor keys cosign` adds signatures to a rollback"),
            _ => refused,
        }
    }
}

impl Refused {
    /// With what each signature counted for, a line each.
    fn signed_by(mut self, signatures: &[(KeyId, Standing)]) -> Self {
        for (key, standing) in signatures {
            self.message.push_str(&format!("\n  {key}: {standing}"));
        }
        self
    }
}

impl From<RecordError> for Refused {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::None => Self::new(Turn::Unknown, error)
                .hint("a host that is started with `--records FILE` writes them"),
            RecordError::Place { .. } => Self::new(Turn::Caller, error),
            RecordError::Read(_) => Self::new(Turn::Host, error),
        }
    }
}

impl From<StateError> for Refused {
    fn from(error: StateError) -> Self {
        Self::new(turn_of_state(&error), &error)
    }
}

fn turn_of_trust(error: &TrustError) -> Turn {
    match error {
        TrustError::NoKeyring => Turn::Unknown,
        TrustError::HasKeyring { .. } => Turn::Conflict,
        TrustError::State(error) => turn_of_state(error),
        TrustError::Keyring(_) => Turn::Host,
        _ => Turn::Author,
    }
}

fn turn_of_state(error: &StateError) -> Turn {
    match error {
        StateError::Text { .. } | StateError::Import { .. } => Turn::Caller,
        _ => Turn::Host,
    }
}

fn turn_of_refusal(refusal: &Refusal) -> Turn {
    match refusal {
        Refusal::Fault { fault, .. } => match fault.blame() {
            Blame::Caller | Blame::Tenant => Turn::Caller,
            Blame::Policy => Turn::Policy,
            Blame::Host => Turn::Host,
        },
        refusal if refusal.is_hosts() => Turn::Host,
        _ => Turn::Author,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_on_its_own_line_is_told_apart() {
        let refused = Refused::new(Turn::Host, "the disk is full\nhint: make room");
        assert_eq!(refused.message, "the disk is full");
        assert_eq!(refused.hint.as_deref(), Some("make room"));
        assert_eq!(refused.clone().hint("other"), refused);
    }
}
