//! An operator's word that something older may take the place of something newer.

use std::io::Write;

use lictor::{RollbackClaim, SignedRollback};

use crate::arguments::KeysAllowRollbackArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::write::write;
use crate::{secret, terminal, trusted};

/// Writes a signed rollback.
pub fn allow(typed: &KeysAllowRollbackArguments) -> Result<Exit, Failure> {
    let claim = claim(typed)?;
    let keys = secret::keys(&typed.keys)?;
    let none = || Failure::new(Exit::Usage, "no key was given");
    let (first, others) = keys.split_first().ok_or_else(none)?;
    let mut signed = SignedRollback::new(claim, first).map_err(Failure::input)?;
    for key in others {
        signed.sign(key).map_err(Failure::input)?;
    }
    write(&typed.output, &signed.to_bytes())?;
    terminal::note(format_args!("{}", trusted::allowed(signed.unchecked())));
    writeln!(anstream::stdout(), "{}", typed.output.display())?;
    Ok(Exit::Done)
}

fn claim(typed: &KeysAllowRollbackArguments) -> Result<RollbackClaim, Failure> {
    let refuse = |what: &str| {
        let message = format!("`--from {}` is no {what}", typed.from);
        Failure::new(Exit::Usage, message)
    };
    let not_after_unix_ms = typed.until;
    match (&typed.to_keyring, &typed.tenant, &typed.policy, &typed.to) {
        (Some(file), ..) => {
            let keyring = trusted::keyring(file)?;
            Ok(RollbackClaim::Keyring {
                from: typed
                    .from
                    .parse()
                    .map_err(|_| refuse("version of a keyring"))?,
                to: keyring.version(),
                digest: keyring.digest(),
                not_after_unix_ms,
            })
        }
        (None, Some(tenant), Some(policy), Some(to)) => Ok(RollbackClaim::Policy {
            tenant: tenant.clone(),
            policy: policy.clone(),
            from: typed.from.parse().map_err(|_| refuse("version"))?,
            to: to.clone(),
            not_after_unix_ms,
        }),
        _ => {
            let message = "`--tenant`, `--policy` and `--to` go together";
            Err(Failure::new(Exit::Usage, message))
        }
    }
}
