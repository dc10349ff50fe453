//! The digest that registries speak: SHA-256, as OCI descriptors have it.
//!
//! Names an image manifest, a config or the bytes of a file. It is not the artifact's identity: that one is the digest of
//! the signed statement, and adding a signature changes the file but not the artifact.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::hex::{self, Hex};

/// A SHA-256 hash of 32 bytes, written as `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256Digest([u8; 32]);

/// A text is no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no digest: here a digest is `sha256:` and 64 lower-case hexadecimal digits")]
pub struct Sha256DigestError(String);

impl Sha256Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 64 hexadecimal digits alone, as file names have them.
    pub fn hex(&self) -> String {
        Hex(&self.0).to_string()
    }
}

impl fmt::Display for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", Hex(&self.0))
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Sha256Digest {
    type Err = Sha256DigestError;

    fn from_str(text: &str) -> Result<Self, Sha256DigestError> {
        let refuse = || Sha256DigestError(text.chars().take(100).collect());
        let digits = text.strip_prefix("sha256:").ok_or_else(refuse)?;
        hex::parse(digits).map(Self).ok_or_else(refuse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let digest = Sha256Digest::of(b"");
        let text = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest.to_string(), text);
        assert_eq!(text.parse::<Sha256Digest>().unwrap(), digest);
    }

    #[test]
    fn one_spelling_only() {
        let text = Sha256Digest::of(b"x").to_string();
        for bad in [
            "",
            "sha256:",
            "sha256:../../../../etc/passwd",
            &text[..70],
            &format!("{text}0"),
            &text.replace("sha256", "SHA256"),
            &text.to_uppercase().replace("SHA256", "sha256"),
            &text.replace("sha256", "sha512"),
            &text.replace(&text[7..9], "é"),
        ] {
            assert!(bad.parse::<Sha256Digest>().is_err(), "{bad}");
        }
    }
}
