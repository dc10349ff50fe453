//! Random bytes from the operating system. Nothing else in this crate draws any.

use crate::exit::Exit;
use crate::failure::Failure;

/// Fresh random bytes.
///
/// # Errors
/// The system gives none.
pub fn bytes<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        let message = format!("the system gives no random numbers: {error}");
        Failure::new(Exit::HostFault, message)
    })?;
    Ok(bytes)
}
