//! Signed messages in the Dead Simple Signing Envelope (DSSE 1.0), in one encoding.
//!
//! Whatever decodes encodes to the same bytes again: members stand in one order without white space, base64 is strict, every
//! signature names its key, and signatures are sorted by key, each key once. Must never judge whether a key is trusted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{KeyId, PrivateKey, PublicKey};

/// The most signatures of one message.
pub const SIGNATURES_MAX: usize = 16;

const SIGNATURE_BYTES: usize = 64;

/// A signature with the key that is said to have made it.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    key: KeyId,
    bytes: [u8; SIGNATURE_BYTES],
}

/// Why a text is no envelope, or not spelled the one way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Something else was expected.
    #[error("the envelope isn't in its one encoding: `{expected}` should stand at byte {at}")]
    Expected {
        /// What should stand there.
        expected: String,
        /// Where, counted in bytes from the beginning of the text.
        at: usize,
    },
    /// The payload is larger than its kind may be.
    #[error("the payload of an envelope may have {bytes_max} bytes at most")]
    PayloadTooLarge {
        /// The most that is accepted.
        bytes_max: usize,
    },
    /// The payload isn't strict base64.
    #[error("the payload at byte {at} isn't strict base64")]
    Payload {
        /// Where it begins.
        at: usize,
    },
    /// A key id isn't `ed25519:` and 64 digits.
    #[error("the key id at byte {at} isn't `ed25519:` and 64 lower-case hexadecimal digits")]
    KeyId {
        /// Where it begins.
        at: usize,
    },
    /// A signature isn't 64 bytes in strict base64.
    #[error("the signature at byte {at} isn't 64 bytes in strict base64")]
    Signature {
        /// Where it begins.
        at: usize,
    },
    /// There are more than [`SIGNATURES_MAX`] signatures.
    #[error("an envelope may have {SIGNATURES_MAX} signatures at most")]
    TooManySignatures,
    /// Signatures aren't sorted by key, or a key has two.
    #[error("signatures are sorted by key, each key once; that of `{key}` isn't")]
    Order {
        /// The key that is out of order.
        key: KeyId,
    },
}

/// A message of one type with its signatures.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Envelope {
    payload_type: &'static str,
    payload: Vec<u8>,
    signatures: Vec<Signature>,
}

/// What one kind of envelope holds.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    /// DSSE's payload type, which keeps a signature over one kind from passing for another.
    pub(crate) payload_type: &'static str,
    /// The most bytes of the payload.
    pub(crate) payload_bytes_max: usize,
}

impl Signature {
    /// The key that is said to have made it.
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// The 64 bytes.
    pub fn as_bytes(&self) -> &[u8; SIGNATURE_BYTES] {
        &self.bytes
    }
}

impl std::fmt::Debug for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signature({})", self.key)
    }
}

// --- Envelope

impl Envelope {
    /// A message that nobody has signed yet; it can't be encoded so that it decodes.
    pub(crate) fn unsigned(payload_type: &'static str, payload: Vec<u8>) -> Self {
        Self {
            payload_type,
            payload,
            signatures: Vec::new(),
        }
    }

    pub(crate) fn payload(&self) -> &[u8] {
        &self.payload
    }

    pub(crate) fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature, or replaces that of the same key, which is the same again since Ed25519 draws no randomness.
    pub(crate) fn sign(&mut self, key: &PrivateKey) -> Result<(), EnvelopeError> {
        let signature = Signature {
            key: key.id(),
            bytes: key.sign(&self.signed_bytes()),
        };
        match self
            .signatures
            .binary_search_by_key(&key.id(), Signature::key)
        {
            Ok(place) => {
                if let Some(old) = self.signatures.get_mut(place) {
                    *old = signature;
                }
            }
            Err(_) if self.signatures.len() >= SIGNATURES_MAX => {
                return Err(EnvelopeError::TooManySignatures);
            }
            Err(place) => self.signatures.insert(place, signature),
        }
        Ok(())
    }

    /// Whether a signature over this message is that of a key.
    pub(crate) fn holds(
        &self,
        signed_bytes: &[u8],
        signature: &Signature,
        key: &PublicKey,
    ) -> bool {
        key.verify(signed_bytes, &signature.bytes)
    }

    /// What is signed: DSSE's pre-authentication encoding of type and payload.
    pub(crate) fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = format!(
            "DSSEv1 {} {} {} ",
            self.payload_type.len(),
            self.payload_type,
            self.payload.len()
        )
        .into_bytes();
        bytes.extend_from_slice(&self.payload);
        bytes
    }

    /// The one encoding.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut text = String::with_capacity(self.payload.len() * 4 / 3 + 256);
        self.write(&mut text);
        text.into_bytes()
    }

    fn write(&self, text: &mut String) {
        text.push_str("{\"payloadType\":\"");
        text.push_str(self.payload_type);
        text.push_str("\",\"payload\":\"");
        STANDARD.encode_string(&self.payload, text);
        text.push_str("\",\"signatures\":[");
        for (index, signature) in self.signatures.iter().enumerate() {
            text.push_str(if index == 0 { "" } else { "," });
            text.push_str("{\"keyid\":\"");
            text.push_str(&signature.key.to_string());
            text.push_str("\",\"sig\":\"");
            STANDARD.encode_string(signature.bytes, text);
            text.push_str("\"}");
        }
        text.push_str("]}");
    }

    /// Reads one envelope, and nothing beside it.
    pub(crate) fn decode(text: &[u8], kind: Kind) -> Result<Self, EnvelopeError> {
        let mut reader = Reader { text, at: 0 };
        let envelope = reader.envelope(kind)?;
        reader.end()?;
        Ok(envelope)
    }
}

/// A list of envelopes in its one encoding.
pub(crate) fn encode_list<'a>(envelopes: impl Iterator<Item = &'a Envelope>) -> Vec<u8> {
    let mut text = String::from("[");
    for (index, envelope) in envelopes.enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        envelope.write(&mut text);
    }
    text.push(']');
    text.into_bytes()
}

/// Reads a list whose first envelope is of the first kind, and so on; the first must be there, each other may be.
pub(crate) fn decode_list(text: &[u8], kinds: &[Kind]) -> Result<Vec<Envelope>, EnvelopeError> {
    let mut reader = Reader { text, at: 0 };
    let mut envelopes = Vec::new();
    for kind in kinds {
        let before = if envelopes.is_empty() { "[" } else { "," };
        if !envelopes.is_empty() && reader.peek() != Some(b',') {
            break;
        }
        reader.expect(before)?;
        envelopes.push(reader.envelope(*kind)?);
    }
    reader.expect("]")?;
    reader.end()?;
    Ok(envelopes)
}

// --- Reader

/// Reads the one encoding from front to back: literals as they must stand, and texts without escapes between them.
struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn expect(&mut self, literal: &str) -> Result<(), EnvelopeError> {
        if !self.rest().starts_with(literal.as_bytes()) {
            return Err(EnvelopeError::Expected {
                expected: literal.to_owned(),
                at: self.at,
            });
        }
        self.at += literal.len();
        Ok(())
    }

    fn end(&self) -> Result<(), EnvelopeError> {
        if self.rest().is_empty() {
            return Ok(());
        }
        Err(EnvelopeError::Expected {
            expected: "the end".to_owned(),
            at: self.at,
        })
    }

    /// What stands before the next quotation mark, which is not taken.
    fn text(&mut self) -> Result<&'a [u8], EnvelopeError> {
        let rest = self.rest();
        let length = rest.iter().position(|byte| *byte == b'"');
        let text = length.and_then(|length| rest.get(..length));
        let text = text.ok_or_else(|| EnvelopeError::Expected {
            expected: "\"".to_owned(),
            at: self.text.len(),
        })?;
        self.at += text.len();
        Ok(text)
    }

    fn envelope(&mut self, kind: Kind) -> Result<Envelope, EnvelopeError> {
        self.expect("{\"payloadType\":\"")?;
        self.expect(kind.payload_type)?;
        self.expect("\",\"payload\":\"")?;
        let payload = self.payload(kind.payload_bytes_max)?;
        self.expect("\",\"signatures\":[")?;
        let mut signatures = vec![self.signature()?];
        while self.peek() == Some(b',') {
            self.expect(",")?;
            let signature = self.signature()?;
            if signatures.last().map(Signature::key) >= Some(signature.key) {
                return Err(EnvelopeError::Order { key: signature.key });
            }
            if signatures.len() >= SIGNATURES_MAX {
                return Err(EnvelopeError::TooManySignatures);
            }
            signatures.push(signature);
        }
        self.expect("]}")?;
        Ok(Envelope {
            payload_type: kind.payload_type,
            payload,
            signatures,
        })
    }

    fn payload(&mut self, bytes_max: usize) -> Result<Vec<u8>, EnvelopeError> {
        let at = self.at;
        let text = self.text()?;
        if text.len() > bytes_max.div_ceil(3).saturating_mul(4) {
            return Err(EnvelopeError::PayloadTooLarge { bytes_max });
        }
        let payload = STANDARD
            .decode(text)
            .map_err(|_| EnvelopeError::Payload { at })?;
        if payload.len() > bytes_max {
            return Err(EnvelopeError::PayloadTooLarge { bytes_max });
        }
        Ok(payload)
    }

    fn signature(&mut self) -> Result<Signature, EnvelopeError> {
        self.expect("{\"keyid\":\"")?;
        let at = self.at;
        let key = std::str::from_utf8(self.text()?).ok();
        let key = key
            .and_then(|text| text.parse().ok())
            .ok_or(EnvelopeError::KeyId { at })?;
        self.expect("\",\"sig\":\"")?;
        let at = self.at;
        let bytes = decode_signature(self.text()?).ok_or(EnvelopeError::Signature { at })?;
        self.expect("\"}")?;
        Ok(Signature { key, bytes })
    }
}

fn decode_signature(text: &[u8]) -> Option<[u8; SIGNATURE_BYTES]> {
    // 64 bytes are 88 characters; anything longer isn't decoded at all.
    (text.len() == 88).then_some(())?;
    STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests;
