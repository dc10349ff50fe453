//! Keys as files: making one and showing its public half.

use std::io::{self, Write};

use lictor::PrivateKey;
use lictor_artifact::KeyFileError;
use zeroize::Zeroizing;

use crate::arguments::{KeysExportArguments, KeysNewArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{random, secret, terminal};

/// Makes a key in a file of its own.
pub fn new(typed: &KeysNewArguments) -> Result<Exit, Failure> {
    let passphrase = secret::passphrase(&typed.passphrase)?;
    let seed = Zeroizing::new(random::bytes()?);
    let key = PrivateKey::from_seed(&seed);
    let created = match &passphrase {
        Some(passphrase) => key.create_locked_file(&typed.file, passphrase, &random::bytes()?),
        None => key.create_file(&typed.file),
    };
    created.map_err(|error| match &error {
        KeyFileError::Io { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => {
            let message = format!("`{}` is there already", typed.file.display());
            Failure::input(message)
                .hint("a key is never replaced: name a file that isn't there yet")
        }
        _ => Failure::new(Exit::HostFault, error),
    })?;
    let file = typed.file.display();
    terminal::note(format_args!(
        "the private key is in `{file}`; whoever has that file can sign"
    ));
    writeln!(anstream::stdout(), "{}", key.id())?;
    Ok(Exit::Done)
}

/// Shows the public half of a key.
pub fn export(typed: &KeysExportArguments) -> Result<Exit, Failure> {
    let key = secret::key(&typed.file, &typed.passphrase)?;
    writeln!(anstream::stdout(), "{}", key.id())?;
    Ok(Exit::Done)
}
