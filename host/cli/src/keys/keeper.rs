//! Who keeps the keyring of a state folder: the host that runs there, or where none runs, this command.
//!
//! Must never decide anything about trust by itself, and never do anything in one case that it doesn't do in the other.

use std::path::Path;

use lictor::{Keyring, Part, Reply, SignedKeyring, SignedRollback, StoppedLine, Verb};
use lictor_state::Trust;

use crate::arguments::{ReasonArguments, RemoteArguments};
use crate::failure::Failure;
use crate::session::{self, Holder, Running};
use crate::trusted;

/// Keeps a keyring.
pub(super) enum Keeper {
    /// A host, which is asked.
    Running(Running),
    /// The folder, which is held meanwhile.
    Resting(Box<Trust>),
}

/// What a change of the keyring would do.
pub(super) struct Outlook {
    /// In what the next keyring differs, a sentence each.
    pub(super) differences: Vec<String>,
    /// What it would stop. A running host says what it has bound; of a folder at rest it is what was last admitted of each policy of
    /// each tenant.
    pub(super) stopped: Vec<StoppedLine>,
    /// Whether it would be accepted.
    pub(super) accepted: Result<(), Failure>,
}

impl Keeper {
    /// Finds who keeps the keyring of a state folder, or of a server.
    ///
    /// # Errors
    /// There is no state, it can't be used, or somebody holds it who takes no orders.
    pub(super) fn find(state: Option<&Path>, remote: &RemoteArguments) -> Result<Self, Failure> {
        Ok(match session::holder(state, remote)? {
            Holder::Host(running) => Self::Running(running),
            Holder::Us(store) => Self::Resting(Box::new(Trust::open(store, trusted::now())?)),
        })
    }

    /// The keyring that is in use.
    ///
    /// # Errors
    /// There is none, or the host can't be reached any more.
    pub(super) fn keyring(&mut self) -> Result<Keyring, Failure> {
        match self {
            Self::Running(running) => match running.ask(Verb::KeyringShow {})? {
                Reply::Keyring { keyring, .. } => {
                    Keyring::parse(keyring.bytes()?).map_err(Failure::input)
                }
                reply => Err(session::unexpected(&reply)),
            },
            Self::Resting(trust) => Ok(trust.keyring()?.clone()),
        }
    }

    /// What a change would do, which does nothing.
    ///
    /// # Errors
    /// There is no keyring yet, or the host can't be reached any more.
    pub(super) fn preview(
        &mut self,
        next: &SignedKeyring,
        rollback: Option<&SignedRollback>,
    ) -> Result<Outlook, Failure> {
        match self {
            Self::Running(running) => {
                let verb = Verb::KeyringPreview {
                    keyring: Part::new(next.to_bytes()),
                    rollback: rollback.map(|it| Part::new(it.to_bytes())),
                };
                match running.ask(verb)? {
                    Reply::KeyringPreview {
                        differences,
                        would_stop,
                        refused,
                        ..
                    } => Ok(Outlook {
                        differences,
                        stopped: would_stop,
                        accepted: refused.map_or(Ok(()), |refused| Err(refused.into())),
                    }),
                    reply => Err(session::unexpected(&reply)),
                }
            }
            Self::Resting(trust) => {
                let differences = trust.keyring()?.differences(next.unchecked());
                let accepted = trust.next_keyring(next, rollback, trusted::now());
                Ok(Outlook {
                    differences: differences.iter().map(ToString::to_string).collect(),
                    stopped: stopped_by(trust, next.unchecked()),
                    accepted: accepted.map(drop).map_err(Failure::from),
                })
            }
        }
    }

    /// Puts a change into effect, and says what it stopped.
    ///
    /// # Errors
    /// It isn't accepted, or can't be written.
    pub(super) fn update(
        &mut self,
        next: &SignedKeyring,
        rollback: Option<&SignedRollback>,
        reason: &ReasonArguments,
    ) -> Result<Vec<StoppedLine>, Failure> {
        match self {
            Self::Running(running) => {
                let verb = Verb::KeyringUpdate {
                    keyring: Part::new(next.to_bytes()),
                    rollback: rollback.map(|it| Part::new(it.to_bytes())),
                };
                match running.operate(verb, reason)? {
                    Reply::KeyringUpdated { stopped, .. } => Ok(stopped),
                    reply => Err(session::unexpected(&reply)),
                }
            }
            Self::Resting(trust) => {
                let stopped = stopped_by(trust, next.unchecked());
                let (by, why) = (trusted::by(reason), reason.why.clone());
                trust.update(next, rollback, trusted::now(), &by, why)?;
                Ok(stopped)
            }
        }
    }
}

fn stopped_by(trust: &Trust, next: &Keyring) -> Vec<StoppedLine> {
    let stopped = trust.stopped_by(next).into_iter();
    let line = |(admitted, why): (lictor::Admitted, lictor::VerifyError)| StoppedLine {
        tenant: admitted.tenant().clone(),
        policy: admitted.policy().clone(),
        version: admitted.version().clone(),
        why: why.to_string(),
    };
    stopped.map(line).collect()
}
