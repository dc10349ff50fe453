//! Signed policy artifacts: the format of the file, the keys that sign it, the keyring that says what they may sign, and
//! the registries that carry it.
//!
//! Knows bytes, keys, signatures and registries. Must never know how a component is compiled or evaluated, and never read a
//! clock or draw randomness: both come as parameters. `FORMAT.md` beside this crate writes the format down.
//!
//! Progress is typed: [`Fetched`] is a file whose claims can be shown, and nothing more; [`Verified`] is what a
//! [`Keyring`] accepted for one tenant, and the only thing that an engine should take.

mod hex;
mod time;

mod envelope;
mod section;

mod limits;
mod manifest;
mod provenance;
mod schema;
mod statement;

mod key;
mod key_file;

mod admitted;
mod fetched;
mod keyring;
mod local;
mod verify;

mod clock_guard;

pub mod registry;

pub use admitted::Admitted;
pub use clock_guard::{CLOCK_TOLERANCE_MS, ClockGuard, ClockReading, Jump};
pub use envelope::{EnvelopeError, SIGNATURES_MAX, Signature};
pub use fetched::{FetchError, Fetched, SignError};
pub use key::{KeyError, KeyId, PrivateKey, PublicKey};
pub use key_file::{KEY_FILE_BYTES_MAX, KeyFileError, Passphrase};
pub use keyring::{
    KEYRING_BYTES_MAX, Keyring, KeyringDifference, KeyringDocument, KeyringError, OWNER_BYTES_MAX,
    Rollback, RollbackClaim, RollbackError, Scope, ScopeError, SignedKeyring, SignedRollback,
    Standing, TrustedKey, UpdateError,
};
pub use limits::{GrantError, WantedLimits};
pub use local::{LocalError, ThrowAwayKey};
pub use manifest::{
    IMPORT_BYTES_MAX, IMPORTS_MAX, ImportError, Manifest, ManifestError, VERSION_BYTES_MAX,
    Validity,
};
pub use provenance::{PROVENANCE_BYTES_MAX, PROVENANCE_TYPE, Provenance, ProvenanceError};
pub use schema::{
    ParameterSchema, SCHEMA_BYTES_MAX, SCHEMA_STEPS_MAX, SCHEMA_WEIGHT_MAX, SchemaError,
    VIOLATIONS_MAX, Violation,
};
pub use section::{COMPONENT_HEADER, SECTION_NAME, SIGNATURE_SECTION_BYTES_MAX, SectionError};
pub use statement::{MANIFEST_TYPE, STATEMENT_BYTES_MAX, STATEMENT_TYPE, StatementError, Subject};
pub use time::{TimeError, UnixMs};
pub use verify::{Admission, Verified, VerifyError};
