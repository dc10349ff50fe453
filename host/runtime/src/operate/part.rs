//! Bytes that belong to a verb or a reply but don't stand in its text: artifacts and documents.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::refused::{Refused, Turn};

/// The most bytes of one part: an artifact of the largest component with its signatures, or the largest document.
pub const PART_BYTES_MAX: u64 = 300 << 20;

/// A file's bytes beside a verb or a reply, or in it.
///
/// Beside it, a number stands in the text: how many bytes they are. The bytes themselves follow the text, those of the part that
/// stands first in it first. What was read from such a text is empty until its bytes are put in, and nothing can be done with it
/// before. In it, a text stands for itself, and other bytes as `{"base64": "…"}` (RFC 4648, section 4).
#[derive(Clone, Default)]
pub struct Part {
    announced: u64,
    bytes: Vec<u8>,
    is_inside: bool,
}

/// Two parts are the same if their bytes are, wherever they stand.
impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        (self.announced, &self.bytes) == (other.announced, &other.bytes)
    }
}

impl Eq for Part {}

impl Part {
    /// A part with its bytes, which stand beside the text.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self {
            announced: bytes.len() as u64,
            bytes,
            is_inside: false,
        }
    }

    fn inside(bytes: Vec<u8>) -> Self {
        Self {
            is_inside: true,
            ..Self::new(bytes)
        }
    }

    /// Has the bytes stand in the text itself from now on.
    pub fn put_inside(&mut self) {
        self.is_inside = true;
    }

    /// Whether the bytes stand in the text itself.
    pub fn is_inside(&self) -> bool {
        self.is_inside
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

/// How a part stands in a text.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Beside(u64),
    Text(String),
    Bytes(Encoded),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Encoded {
    base64: String,
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.is_inside {
            return serializer.serialize_u64(self.announced);
        }
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => Encoded {
                base64: STANDARD.encode(&self.bytes),
            }
            .serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let refuse = serde::de::Error::custom;
        match Written::deserialize(deserializer) {
            Ok(Written::Beside(announced)) if announced > PART_BYTES_MAX => Err(refuse(format!(
                "a part of {announced} bytes, and at most {PART_BYTES_MAX} are taken"
            ))),
            Ok(Written::Beside(announced)) => Ok(Self {
                announced,
                ..Self::default()
            }),
            Ok(Written::Text(text)) => Ok(Self::inside(text.into_bytes())),
            Ok(Written::Bytes(Encoded { base64 })) => match STANDARD.decode(base64) {
                Ok(bytes) => Ok(Self::inside(bytes)),
                Err(error) => Err(refuse(format!("that is no base64: {error}"))),
            },
            Err(_) => Err(refuse(
                "a part is a text, or an object with the member `base64`".to_owned(),
            )),
        }
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

    #[test]
    fn a_part_may_stand_in_the_text_itself() {
        for (bytes, text) in [
            (&b"{\"a\": 1}"[..], r#""{\"a\": 1}""#),
            (b"", r#""""#),
            (&[0xff, 0, 1], r#"{"base64":"/wAB"}"#),
        ] {
            let mut part = Part::new(bytes);
            part.put_inside();
            assert_eq!(serde_json::to_string(&part).unwrap(), text);
            let read: Part = serde_json::from_str(text).unwrap();
            assert!(read.is_inside());
            assert_eq!(read.into_bytes().unwrap(), bytes);
        }
        for text in [
            r#"{"base64":"/w"}"#,
            r#"{"base64":"a b="}"#,
            "{}",
            "[1]",
            "-1",
            r#"{"base64":"","hex":""}"#,
        ] {
            assert!(serde_json::from_str::<Part>(text).is_err(), "{text}");
        }
    }
}
