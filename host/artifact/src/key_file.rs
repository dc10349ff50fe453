//! Private keys as PKCS #8 in PEM: files that nobody else can read, or whatever a secret manager writes to a pipe.
//!
//! Must never write a key where others can read it, nor use one that they could have read or changed.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::KeypairBytes;
use pkcs8::SecretDocument;
use pkcs8::pkcs5::pbes2::{EncryptionScheme, Kdf, Parameters, ScryptParams};
use pkcs8::{EncodePrivateKey, EncryptedPrivateKeyInfoRef, LineEnding, PrivateKeyInfoRef};
use zeroize::Zeroizing;

use crate::PrivateKey;

/// The most bytes of a key file: 16 KiB.
pub const KEY_FILE_BYTES_MAX: usize = 16 << 10;

const PLAIN: &str = "PRIVATE KEY";
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

/// What a passphrase is stretched with: scrypt with N = 2^15, r = 8, p = 1, which takes 32 MiB.
const SCRYPT_N: u64 = 1 << 15;
const SCRYPT_R: u16 = 8;
/// A key file says how dear it is to open, so there is a most: 128 MiB and four passes, or ten million rounds.
const SCRYPT_BYTES_MAX: u64 = 128 << 20;
const SCRYPT_PASSES_MAX: u16 = 4;
const PBKDF2_ROUNDS_MAX: u32 = 10_000_000;

/// What a key file is locked with. Wiped from memory when dropped, never shown.
pub struct Passphrase(Zeroizing<String>);

/// Why a private key can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The system said no.
    #[error("the key file `{path}` can't be {verb}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        verb: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// What should hold a key can't be read.
    #[error("the key can't be read: {0}")]
    Read(#[source] io::Error),
    /// Others than the owner can read or change it.
    #[error(
        "the key file `{path}` has mode {mode:03o}: others than its owner can read or change it, set it to 600"
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is a folder, a pipe or something else.
    #[error("`{0}` is no regular file")]
    NotFile(PathBuf),
    /// It is longer than [`KEY_FILE_BYTES_MAX`].
    #[error("a key has {KEY_FILE_BYTES_MAX} bytes at most")]
    TooLarge,
    /// It isn't a private key in PEM.
    #[error(
        "this is no private key: PKCS #8 in PEM is expected, as `openssl genpkey -algorithm ed25519` writes it"
    )]
    NotKey,
    /// It is a key of another algorithm.
    #[error("this is no Ed25519 key")]
    Algorithm,
    /// It is locked and no passphrase was given.
    #[error("the key is under a passphrase")]
    Locked,
    /// The passphrase doesn't open it.
    #[error("the passphrase doesn't open the key")]
    Passphrase,
    /// Opening it would take more time or memory than a key should.
    #[error("the key's encryption asks for too much time or memory")]
    TooDear,
    /// Encoding failed.
    #[error("the key can't be encoded")]
    Encode,
}

impl Passphrase {
    /// Takes a passphrase; the text it came from should be wiped by whoever had it.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(secret)")
    }
}

impl PrivateKey {
    /// Reads a key in PEM, for example from standard input. The passphrase is used only where the key is under one.
    ///
    /// # Errors
    /// It isn't an Ed25519 key in PKCS #8, too long, or the passphrase is missing or wrong.
    pub fn read(source: impl Read, passphrase: Option<&Passphrase>) -> Result<Self, KeyFileError> {
        let mut text = Zeroizing::new(String::with_capacity(KEY_FILE_BYTES_MAX + 1));
        let limit = KEY_FILE_BYTES_MAX as u64 + 1;
        match source.take(limit).read_to_string(&mut text) {
            Ok(_) if text.len() > KEY_FILE_BYTES_MAX => Err(KeyFileError::TooLarge),
            Ok(_) => decode(&text, passphrase),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(KeyFileError::NotKey),
            Err(error) => Err(KeyFileError::Read(error)),
        }
    }

    /// Reads a key file. Its mode must be 600 or stricter. A symbolic link is followed, as secret managers mount keys so; what
    /// counts is the file that was opened.
    ///
    /// # Errors
    /// As [`PrivateKey::read`], or the file isn't a regular one, or others can read or change it.
    pub fn read_file(path: &Path, passphrase: Option<&Passphrase>) -> Result<Self, KeyFileError> {
        let failed = |source| KeyFileError::Io {
            path: path.to_owned(),
            verb: "read",
            source,
        };
        // Asked before opening too, since opening a pipe waits for whoever writes to it.
        if !fs::metadata(path).map_err(failed)?.is_file() {
            return Err(KeyFileError::NotFile(path.to_owned()));
        }
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(KeyFileError::NotFile(path.to_owned()));
        }
        let mode = metadata.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Open {
                path: path.to_owned(),
                mode,
            });
        }
        Self::read(file, passphrase).map_err(|error| match error {
            KeyFileError::Read(source) => failed(source),
            other => other,
        })
    }

    /// Writes the key to a new file with mode 600 and waits until it is on disk. A file that exists is never replaced.
    ///
    /// # Errors
    /// The file exists or can't be written.
    pub fn create_file(&self, path: &Path) -> Result<(), KeyFileError> {
        create(path, &self.to_pem()?)
    }

    /// The same under a passphrase. The randomness is 32 fresh random bytes, never used for anything else.
    ///
    /// # Errors
    /// The file exists or can't be written.
    pub fn create_locked_file(
        &self,
        path: &Path,
        passphrase: &Passphrase,
        randomness: &[u8; 32],
    ) -> Result<(), KeyFileError> {
        create(path, &self.to_locked_pem(passphrase, randomness)?)
    }

    /// The key as PKCS #8 in PEM. Whoever has the text has the key.
    ///
    /// # Errors
    /// Encoding failed.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyFileError> {
        self.to_document()?
            .to_pem(PLAIN, LineEnding::LF)
            .map_err(|_| KeyFileError::Encode)
    }

    /// The key as PKCS #8 in PEM under a passphrase: PBES2 with scrypt and AES-256-CBC, which OpenSSL reads too.
    ///
    /// # Errors
    /// Encoding failed.
    pub fn to_locked_pem(
        &self,
        passphrase: &Passphrase,
        randomness: &[u8; 32],
    ) -> Result<Zeroizing<String>, KeyFileError> {
        let [salt, iv] = halves(randomness);
        let parameters = Parameters {
            kdf: Kdf::Scrypt(ScryptParams {
                salt: salt
                    .as_slice()
                    .try_into()
                    .map_err(|_| KeyFileError::Encode)?,
                cost_parameter: SCRYPT_N,
                block_size: SCRYPT_R,
                parallelization: 1,
                key_length: None,
            }),
            encryption: EncryptionScheme::Aes256Cbc { iv },
        };
        let document = self.to_document()?;
        let plain =
            PrivateKeyInfoRef::try_from(document.as_bytes()).map_err(|_| KeyFileError::Encode)?;
        plain
            .encrypt_with_params(parameters, passphrase.0.as_bytes())
            .and_then(|locked| Ok(locked.to_pem(ENCRYPTED, LineEnding::LF)?))
            .map_err(|_| KeyFileError::Encode)
    }

    /// Version 1 of the format, without the public half, as tools commonly write and read it.
    fn to_document(&self) -> Result<SecretDocument, KeyFileError> {
        let bytes = KeypairBytes {
            secret_key: self.signing_key().to_bytes(),
            public_key: None,
        };
        bytes.to_pkcs8_der().map_err(|_| KeyFileError::Encode)
    }
}

fn halves(randomness: &[u8; 32]) -> [[u8; 16]; 2] {
    let mut halves = [[0; 16]; 2];
    for (half, bytes) in halves.iter_mut().zip(randomness.chunks_exact(16)) {
        half.copy_from_slice(bytes);
    }
    halves
}

fn create(path: &Path, pem: &str) -> Result<(), KeyFileError> {
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(pem.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|source| KeyFileError::Io {
        path: path.to_owned(),
        verb: "written",
        source,
    })
}

fn decode(text: &str, passphrase: Option<&Passphrase>) -> Result<PrivateKey, KeyFileError> {
    let (label, document) =
        SecretDocument::from_pem(text.trim()).map_err(|_| KeyFileError::NotKey)?;
    match (label, passphrase) {
        (PLAIN, _) => key_of(&document),
        (ENCRYPTED, None) => Err(KeyFileError::Locked),
        (ENCRYPTED, Some(passphrase)) => {
            let locked = EncryptedPrivateKeyInfoRef::try_from(document.as_bytes())
                .map_err(|_| KeyFileError::NotKey)?;
            check_cost(&locked)?;
            // A wrong passphrase gives garbage, which now and then is padded well and is no key then.
            let opened = locked
                .decrypt(passphrase.0.as_bytes())
                .map_err(|_| KeyFileError::Passphrase)?;
            key_of(&opened)
        }
        _ => Err(KeyFileError::NotKey),
    }
}

fn key_of(document: &SecretDocument) -> Result<PrivateKey, KeyFileError> {
    let info =
        PrivateKeyInfoRef::try_from(document.as_bytes()).map_err(|_| KeyFileError::NotKey)?;
    let key = SigningKey::try_from(info).map_err(|_| KeyFileError::Algorithm)?;
    Ok(key.into())
}

fn check_cost(locked: &EncryptedPrivateKeyInfoRef<'_>) -> Result<(), KeyFileError> {
    let parameters = locked
        .encryption_algorithm
        .pbes2()
        .ok_or(KeyFileError::NotKey)?;
    let bearable = match &parameters.kdf {
        Kdf::Scrypt(scrypt) => {
            let bytes = scrypt
                .cost_parameter
                .saturating_mul(u64::from(scrypt.block_size))
                .saturating_mul(128);
            scrypt.cost_parameter > 0
                && bytes <= SCRYPT_BYTES_MAX
                && scrypt.parallelization <= SCRYPT_PASSES_MAX
        }
        Kdf::Pbkdf2(pbkdf2) => pbkdf2.iteration_count <= PBKDF2_ROUNDS_MAX,
        _ => false,
    };
    if bearable {
        Ok(())
    } else {
        Err(KeyFileError::TooDear)
    }
}
