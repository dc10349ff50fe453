//! Changes that travel in files: more signatures, and putting them into effect.

use std::io::Write;

use lictor::PrivateKey;

use crate::arguments::{KeysCosignArguments, KeysInstallArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::keys::keeper::Keeper;
use crate::keys::stop::{self, Stops};
use crate::trusted::{self, Signed};
use crate::write::write;
use crate::{secret, terminal};

/// Adds signatures to what is in a file.
pub fn cosign(typed: &KeysCosignArguments) -> Result<Exit, Failure> {
    let keys = secret::keys(&typed.keys)?;
    let (bytes, what) = match trusted::read_signed(&typed.file)? {
        Signed::Keyring(mut signed) => {
            sign(&keys, |key| signed.sign(key))?;
            let version = signed.unchecked().version();
            (signed.to_bytes(), format!("keyring version {version}"))
        }
        Signed::Rollback(mut signed) => {
            sign(&keys, |key| signed.sign(key))?;
            let allowed = trusted::allowed(signed.unchecked());
            (signed.to_bytes(), format!("rollback: {allowed}"))
        }
        Signed::Bare(_) => {
            let file = typed.file.display();
            let message = format!("`{file}` is a keyring without signatures, and no change");
            return Err(Failure::input(message));
        }
    };
    write(&typed.file, &bytes)?;
    for key in &keys {
        terminal::note(format_args!("`{}` has signed {what}", key.id()));
    }
    writeln!(anstream::stdout(), "{}", typed.file.display())?;
    Ok(Exit::Done)
}

fn sign<E: std::fmt::Display>(
    keys: &[PrivateKey],
    mut add: impl FnMut(&PrivateKey) -> Result<(), E>,
) -> Result<(), Failure> {
    keys.iter()
        .try_for_each(|key| add(key).map_err(Failure::input))
}

/// Puts a change into effect.
pub fn install(typed: &KeysInstallArguments) -> Result<Exit, Failure> {
    let version = if typed.first {
        let keyring = trusted::keyring(&typed.file)?;
        let version = keyring.version();
        let mut trust = trusted::open_or_create(trusted::founded(&typed.place)?)?;
        trust.found(keyring, trusted::now(), &trusted::by(&typed.reason))?;
        version
    } else {
        let Signed::Keyring(signed) = trusted::read_signed(&typed.file)? else {
            let file = typed.file.display();
            let message = format!("`{file}` is no signed keyring");
            return Err(Failure::input(message));
        };
        let rollback = typed
            .rollback
            .as_deref()
            .map(trusted::rollback)
            .transpose()?;
        let mut keeper = Keeper::find(typed.place.state.as_deref(), &typed.place.remote)?;
        let outlook = keeper.preview(&signed, rollback.as_ref())?;
        outlook.accepted?;
        for difference in &outlook.differences {
            terminal::note(format_args!("{difference}"));
        }
        let stops = Stops::new(outlook.stopped, &typed.stop, false);
        if !stops.go_on()? {
            return Ok(Exit::Done);
        }
        stop::tell(&keeper.update(&signed, rollback.as_ref(), &typed.reason)?);
        signed.unchecked().version()
    };
    terminal::note(format_args!("keyring version {version} is in effect"));
    Ok(Exit::Done)
}
