//! Bytes that belong to a verb or a reply but don't stand in its text: artifacts and documents.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::refused::{Refused, Turn};

/// The most bytes of one part: an artifact of the largest component with its signatures, or the largest document.
pub const PART_BYTES_MAX: u64 = 300 << 20;

/// A file's bytes beside a verb or a reply.
///
/// In the text stands how many bytes they are; the bytes themselves follow the text, those of the part that stands first
/// in it first. What was read from a text is empty until its bytes are put in, and nothing can be done with it before.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Part {
    announced: u64,
    bytes: Vec<u8>,
}

impl Part {
    /// A part with its bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self {
            announced: bytes.len() as u64,
            bytes,
        }
    }

    /// How many bytes it has, also before they are put in.
    pub fn byte_len(&self) -> u64 {
        self.announced
    }

    /// Puts the bytes in that followed the text.
    pub fn fill(&mut self, bytes: Vec<u8>) {
        self.bytes = bytes;
    }

    /// The bytes.
    ///
    /// # Errors
    /// They aren't as many as the text says, so that something is missing.
    pub fn bytes(&self) -> Result<&[u8], Refused> {
        if self.bytes.len() as u64 == self.announced {
            return Ok(&self.bytes);
        }
        let (there, announced) = (self.bytes.len(), self.announced);
        let message = format!("a part of {announced} bytes came with {there} bytes");
        Err(Refused::new(Turn::Caller, message))
    }

    /// The bytes, taken out.
    ///
    /// # Errors
    /// As for [`Part::bytes`].
    pub fn into_bytes(self) -> Result<Vec<u8>, Refused> {
        self.bytes()?;
        Ok(self.bytes)
    }
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What is in it may be a tenant's.
        write!(f, "Part({} bytes)", self.announced)
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.announced)
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let announced = u64::deserialize(deserializer)?;
        if announced > PART_BYTES_MAX {
            let message =
                format!("a part of {announced} bytes, and at most {PART_BYTES_MAX} are taken");
            return Err(serde::de::Error::custom(message));
        }
        Ok(Self {
            announced,
            bytes: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_was_only_announced_is_no_bytes() {
        let mut part: Part = serde_json::from_str("3").unwrap();
        assert!(part.bytes().is_err());
        part.fill(b"ab".to_vec());
        assert!(part.bytes().is_err());
        part.fill(b"abc".to_vec());
        assert_eq!(part.bytes().unwrap(), b"abc");
    }

    #[test]
    fn a_part_may_not_be_larger_than_anything_that_is_taken() {
        let text = (PART_BYTES_MAX + 1).to_string();
        assert!(serde_json::from_str::<Part>(&text).is_err());
        assert!(serde_json::from_str::<Part>(&PART_BYTES_MAX.to_string()).is_ok());
    }
}
