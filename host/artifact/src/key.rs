//! Ed25519 keys: what signs, what verifies, and the name that both share.
//!
//! A key's id is its public half, so no two keys share an id and nothing has to be looked up to check one. Must never
//! draw randomness: seeds come as parameters.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::hex::{self, Hex};

const KEY_BYTES: usize = 32;
const PREFIX: &str = "ed25519:";

/// What names a key: `ed25519:` and the 64 lower-case hexadecimal digits of its public half.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId([u8; KEY_BYTES]);

/// A key that verifies; written like its id.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey {
    id: KeyId,
    point: VerifyingKey,
}

/// A key that signs. Wiped from memory when dropped; `Debug` shows its id alone.
pub struct PrivateKey(SigningKey);

/// Why a text is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It isn't written like one.
    #[error("`{0}` is no key: a key is `ed25519:` and 64 lower-case hexadecimal digits")]
    Text(String),
    /// The digits are no point of the curve, or one of the few that verify more than they should.
    #[error("`{0}` names no usable Ed25519 key")]
    Unusable(KeyId),
}

// --- KeyId

impl KeyId {
    /// The first twelve hexadecimal digits, for people; they name nothing for certain.
    pub fn short(&self) -> String {
        Hex(&self.0).to_string().chars().take(12).collect()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", Hex(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for KeyId {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        text.strip_prefix(PREFIX)
            .and_then(hex::parse)
            .map(Self)
            .ok_or_else(|| KeyError::Text(text.chars().take(100).collect()))
    }
}

impl TryFrom<String> for KeyId {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> String {
        id.to_string()
    }
}

// --- PublicKey

impl PublicKey {
    /// The key's name.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Whether the signature is this key's over the message, judged strictly (`verify_strict`): neither a weak key nor a second
    /// form of a signature is accepted.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.point.verify_strict(message, &signature).is_ok()
    }
}

impl TryFrom<KeyId> for PublicKey {
    type Error = KeyError;

    fn try_from(id: KeyId) -> Result<Self, KeyError> {
        match VerifyingKey::from_bytes(&id.0) {
            // A second encoding of the same point would be a second id for one key.
            Ok(point) if !point.is_weak() && point.to_edwards().compress().0 == id.0 => {
                Ok(Self { id, point })
            }
            _ => Err(KeyError::Unusable(id)),
        }
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        text.parse::<KeyId>()?.try_into()
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> String {
        key.id.to_string()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for PublicKey {}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.id.cmp(&other.id)
    }
}

/// So that a map of keys is asked by id; both order alike.
impl Borrow<KeyId> for PublicKey {
    fn borrow(&self) -> &KeyId {
        &self.id
    }
}

// --- PrivateKey

impl PrivateKey {
    /// The key that a seed of 32 random bytes makes. Whoever has the seed has the key.
    pub fn from_seed(seed: &[u8; KEY_BYTES]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The key's name.
    pub fn id(&self) -> KeyId {
        KeyId(self.0.verifying_key().to_bytes())
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey {
            id: self.id(),
            point: self.0.verifying_key(),
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    pub(crate) fn signing_key(&self) -> &SigningKey {
        &self.0
    }
}

impl From<SigningKey> for PrivateKey {
    fn from(key: SigningKey) -> Self {
        Self(key)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({}, secret)", self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_text_and_back() {
        let key = PrivateKey::from_seed(&[7; 32]);
        let text = key.id().to_string();
        assert_eq!(text.len(), 72);
        assert_eq!(text.parse::<KeyId>(), Ok(key.id()));
        assert_eq!(text.parse::<PublicKey>(), Ok(key.public()));
        for bad in [
            &text[1..],
            &text[..71],
            &text.to_uppercase(),
            "ed25519:",
            "",
        ] {
            assert!(matches!(bad.parse::<PublicKey>(), Err(KeyError::Text(_))));
        }
    }

    #[test]
    fn points_that_verify_too_much_are_no_keys() {
        let with = |first: u8, last: u8| {
            let mut bytes = [0; 32];
            (bytes[0], bytes[31]) = (first, last);
            PublicKey::try_from(KeyId(bytes))
        };
        // The neutral point, a point of order 4, a y that is no point, and the neutral point with its y written as p + 1.
        assert!(with(1, 0).is_err());
        assert!(with(0, 0).is_err());
        assert!(with(2, 0).is_err());
        let mut second = [0xff; 32];
        (second[0], second[31]) = (0xee, 0x7f);
        assert!(PublicKey::try_from(KeyId(second)).is_err());
    }

    #[test]
    fn a_signature_over_whatever_its_maker_likes_is_none() {
        use curve25519_dalek::Scalar;
        use ed25519_dalek::Verifier;
        use sha2::{Digest, Sha512};
        // With the neutral point as R, whoever has the key makes one R serve for all messages; a lax verifier takes it.
        let key = PrivateKey::from_seed(&[7; 32]);
        let mut signature = [0; 64];
        signature[0] = 1;
        let hash = Sha512::new()
            .chain_update(&signature[..32])
            .chain_update(key.id().0)
            .chain_update(b"message")
            .finalize();
        let challenge = Scalar::from_bytes_mod_order_wide(&hash.into());
        let scalar = challenge * key.0.to_scalar();
        signature[32..].copy_from_slice(scalar.as_bytes());
        let lax = ed25519_dalek::Signature::from_bytes(&signature);
        assert!(key.public().point.verify(b"message", &lax).is_ok());
        assert!(!key.public().verify(b"message", &signature));
    }

    #[test]
    fn nothing_secret_is_shown() {
        let key = PrivateKey::from_seed(&[0xab; 32]);
        let shown = format!("{key:?}");
        assert!(shown.contains(&key.id().to_string()));
        assert!(!shown.contains("abab") && !shown.contains("171"));
    }

    #[test]
    fn the_first_vector_of_rfc_8032() {
        let seed = hex::parse("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let key = PrivateKey::from_seed(&seed.unwrap());
        assert_eq!(
            key.id().to_string(),
            "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
        let signature = key.sign(b"");
        assert!(Hex(&signature).to_string().starts_with("e5564300c360ac72"));
        assert!(key.public().verify(b"", &signature));
        assert!(!key.public().verify(b"x", &signature));
    }
}
