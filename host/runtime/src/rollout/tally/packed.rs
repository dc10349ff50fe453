//! Numbers as one base64 text, so that thousands of them are stored in a few bytes each.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// A text that doesn't hold what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PackedError {
    /// It is no base64, or is cut.
    #[error("the packed subjects can't be read")]
    Malformed,
    /// It holds more than it may.
    #[error("there are more packed subjects than may be")]
    TooMany,
}

/// Writes records of a fixed number of bytes.
pub(super) fn write<const N: usize>(records: impl Iterator<Item = [u8; N]>) -> String {
    STANDARD_NO_PAD.encode(records.flatten().collect::<Vec<u8>>())
}

/// Reads records of a fixed number of bytes, at most so many.
pub(super) fn read<const N: usize>(
    text: &str,
    records_max: usize,
) -> Result<Vec<[u8; N]>, PackedError> {
    // Before anything is decoded: four characters are three bytes.
    if text.len() > (records_max.saturating_mul(N) / 3 + 1).saturating_mul(4) {
        return Err(PackedError::TooMany);
    }
    let bytes = STANDARD_NO_PAD
        .decode(text)
        .map_err(|_| PackedError::Malformed)?;
    let (records, rest) = bytes.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(PackedError::Malformed);
    }
    if records.len() > records_max {
        return Err(PackedError::TooMany);
    }
    Ok(records.to_vec())
}
