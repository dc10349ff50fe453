//! The verbs about whom the host trusts.

use lictor_artifact::SignedKeyring;

use super::{Operator, Part, Refused, Reply, StoppedLine, Turn, signed_rollback};
use crate::host::Host;

impl Host {
    pub(super) fn show_keyring(&self) -> Result<Reply, Refused> {
        let keyring = self.keyring().ok_or(lictor_state::TrustError::NoKeyring)?;
        Ok(Reply::Keyring {
            version: keyring.version(),
            keyring: Part::new(keyring.to_bytes()),
        })
    }

    pub(super) fn preview_trust(
        &self,
        keyring: &Part,
        rollback: Option<&Part>,
    ) -> Result<Reply, Refused> {
        let current = self.keyring().ok_or(lictor_state::TrustError::NoKeyring)?;
        let next = signed_keyring(keyring)?;
        let rollback = rollback.map(signed_rollback).transpose()?;
        let refused = self.preview_keyring(&next, rollback.as_ref()).err();
        let differences = current.differences(next.unchecked());
        let would_stop = self.stopped_by(next.unchecked());
        Ok(Reply::KeyringPreview {
            version: next.unchecked().version(),
            differences: differences.iter().map(ToString::to_string).collect(),
            would_stop: would_stop.into_iter().map(StoppedLine::from).collect(),
            refused: refused.map(Refused::from),
        })
    }

    pub(super) fn update_trust(
        &self,
        keyring: &Part,
        rollback: Option<&Part>,
        operator: &Operator,
    ) -> Result<Reply, Refused> {
        let next = signed_keyring(keyring)?;
        let rollback = rollback.map(signed_rollback).transpose()?;
        let why = operator.why.clone();
        let stopped = self.update_keyring(&next, rollback.as_ref(), &operator.by, why)?;
        Ok(Reply::KeyringUpdated {
            version: next.unchecked().version(),
            stopped: stopped.into_iter().map(StoppedLine::from).collect(),
        })
    }
}

fn signed_keyring(part: &Part) -> Result<SignedKeyring, Refused> {
    SignedKeyring::parse(part.bytes()?).map_err(|error| Refused::new(Turn::Caller, error))
}
