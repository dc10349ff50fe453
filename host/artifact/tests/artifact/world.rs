//! The tenants, keys and keyring that the tests share.

use lictor_artifact::{
    Admission, Fetched, Keyring, KeyringDocument, PrivateKey, Scope, TrustedKey, UnixMs, Validity,
    Verified,
};
use lictor_policy::{PolicyName, TenantName};

/// When everything happens.
pub const NOW: UnixMs = UnixMs(1_800_000_000_000);
pub const FILE_BYTES_MAX: usize = 1 << 20;

/// Seeds of the keys, by what the keyring says of them.
pub const AUTHOR: u8 = 1;
pub const SECOND_AUTHOR: u8 = 2;
pub const OF_SHOP: u8 = 3;
pub const OF_OTHER_POLICY: u8 = 4;
pub const EXPIRED: u8 = 5;
pub const NOT_YET_VALID: u8 = 6;
pub const REVOKED: u8 = 7;
pub const OPERATOR: u8 = 8;
pub const SECOND_OPERATOR: u8 = 9;
/// Not in the keyring.
pub const STRANGER: u8 = 10;
/// Revoked, and no longer named among the keys.
pub const FORGOTTEN: u8 = 11;

pub fn key(seed: u8) -> PrivateKey {
    PrivateKey::from_seed(&[seed; 32])
}

pub fn tenant(name: &str) -> TenantName {
    name.parse().unwrap()
}

pub fn policy(name: &str) -> PolicyName {
    name.parse().unwrap()
}

pub fn document() -> KeyringDocument {
    let bank = || Scope::only([tenant("bank")]);
    let mut document = KeyringDocument::empty();
    document.version = 5;
    let mut add = |seed: u8, trusted: TrustedKey| {
        document.keys.insert(key(seed).public(), trusted);
    };
    add(AUTHOR, TrustedKey::new("author", bank()));
    add(SECOND_AUTHOR, TrustedKey::new("second author", bank()));
    add(
        OF_SHOP,
        TrustedKey::new("shop", Scope::only([tenant("shop")])),
    );
    add(
        OF_OTHER_POLICY,
        TrustedKey {
            policies: Scope::only([policy("other")]),
            ..TrustedKey::new("author of another policy", bank())
        },
    );
    add(
        EXPIRED,
        TrustedKey {
            validity: Validity {
                not_before_unix_ms: None,
                not_after_unix_ms: Some(UnixMs(NOW.0 - 1)),
            },
            ..TrustedKey::new("retired author", bank())
        },
    );
    add(
        NOT_YET_VALID,
        TrustedKey {
            validity: Validity {
                not_before_unix_ms: Some(UnixMs(NOW.0 + 1)),
                not_after_unix_ms: None,
            },
            ..TrustedKey::new("coming author", bank())
        },
    );
    add(REVOKED, TrustedKey::new("careless author", bank()));
    add(OPERATOR, TrustedKey::operator("operator"));
    add(SECOND_OPERATOR, TrustedKey::operator("second operator"));
    document.revoked_keys = [key(REVOKED).id(), key(FORGOTTEN).id()].into();
    document
}

pub fn keyring() -> Keyring {
    Keyring::new(document()).unwrap()
}

/// What becomes of a file, with the first message where it is refused.
pub fn verify(file: &[u8], keyring: &Keyring) -> Result<Verified, String> {
    let bank = tenant("bank");
    verify_for(file, keyring, Admission::new(&bank, NOW))
}

pub fn verify_for(
    file: &[u8],
    keyring: &Keyring,
    admission: Admission<'_>,
) -> Result<Verified, String> {
    let fetched =
        Fetched::parse(file.to_vec(), FILE_BYTES_MAX).map_err(|error| error.to_string())?;
    // What is read is written again to the byte, so that there is one encoding.
    assert_eq!(fetched.to_bytes(), file);
    keyring
        .verify(&fetched, admission)
        .map_err(|error| error.to_string())
}
