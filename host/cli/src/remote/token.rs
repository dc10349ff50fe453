//! What is shown to a server: a token from a file, from standard input or from the environment.
//!
//! Must never take one from an argument, which every process sees.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use reqwest::header::HeaderValue;
use zeroize::Zeroizing;

use crate::arguments::RemoteArguments;
use crate::exit::Exit;
use crate::failure::Failure;

/// The variable that may hold a token.
const VARIABLE: &str = "LICTOR_TOKEN";
/// More than any token has.
const BYTES_MAX: u64 = 4 << 10;

/// The header that shows the token; nothing where a certificate is shown.
///
/// # Errors
/// There is no token, or its file can't be read or is others' to read.
pub(super) fn authorization(typed: &RemoteArguments) -> Result<Option<HeaderValue>, Failure> {
    let token = match &typed.token_file {
        Some(path) => Some(in_file(path)?),
        None => std::env::var(VARIABLE).ok().map(Zeroizing::new),
    };
    let Some(token) = token.filter(|it| !it.trim().is_empty()) else {
        if typed.client_certificate.is_some() {
            return Ok(None);
        }
        let failure = Failure::new(Exit::Usage, "there is no token to show to the server");
        return Err(failure.hint(
            "give one with `--token-file FILE` or in the environment variable `LICTOR_TOKEN`",
        ));
    };
    let shown = Zeroizing::new(format!("Bearer {}", token.trim()));
    let header = HeaderValue::from_str(&shown);
    let mut header = header
        .map_err(|_| Failure::input("the token isn't one: it has a line break or other signs"))?;
    header.set_sensitive(true);
    Ok(Some(header))
}

fn in_file(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let shown = path.display();
    let unreadable =
        |error: io::Error| Failure::input(format!("the token in `{shown}` can't be read: {error}"));
    if path == Path::new("-") {
        return text(io::stdin().lock()).map_err(unreadable);
    }
    let file = File::open(path).map_err(unreadable)?;
    let found = file.metadata().map_err(unreadable)?;
    if found.is_file() && found.mode() & 0o077 != 0 {
        let mode = found.mode() & 0o777;
        let message = format!(
            "the token file `{shown}` has mode {mode:03o}: others than its owner can read or change it, set it to 600"
        );
        return Err(Failure::input(message));
    }
    text(file).map_err(unreadable)
}

fn text(from: impl Read) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    from.take(BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}
