//! A signed file as it came: its claims can be read and shown, and more signatures added. Nothing here is trusted.
//!
//! Must never be what a host runs: only a keyring makes a [`crate::Verified`] of it.

use std::io::{self, Read};
use std::sync::{Arc, OnceLock};

use lictor_policy::Digest;

use crate::envelope::{self, Envelope, Kind};
use crate::provenance::PROVENANCE_BYTES_MAX;
use crate::statement::{self, Digests, PAYLOAD_TYPE, STATEMENT_BYTES_MAX};
use crate::{
    EnvelopeError, KeyId, Manifest, PrivateKey, Provenance, ProvenanceError, SectionError,
    Signature, StatementError, Subject, section,
};

/// The envelopes of a file, in order.
const KINDS: [Kind; 2] = [
    Kind {
        payload_type: PAYLOAD_TYPE,
        payload_bytes_max: STATEMENT_BYTES_MAX,
    },
    Kind {
        payload_type: PAYLOAD_TYPE,
        payload_bytes_max: PROVENANCE_BYTES_MAX,
    },
];

/// A signed file whose form is right: sizes, sections, envelopes and statements.
///
/// Whether the component is the one that the statement names, and whether anybody trusted signed it, is not known yet.
#[derive(Clone)]
pub struct Fetched {
    component: Arc<[u8]>,
    /// Of the component's bytes, which never change: computed once for all who verify this and its clones.
    digests: Arc<OnceLock<Digests>>,
    envelope: Envelope,
    digest: Digest,
    subject: Subject,
    manifest: Arc<Manifest>,
    provenance: Option<Carried>,
}

/// Provenance as it travels.
#[derive(Clone)]
pub(crate) struct Carried {
    pub(crate) envelope: Envelope,
    pub(crate) provenance: Provenance,
}

/// Why a file is no signed artifact.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// It can't be read.
    #[error("the artifact can't be read: {0}")]
    Read(#[from] io::Error),
    /// It is larger than the caller accepts.
    #[error("an artifact may have {bytes_max} bytes at most")]
    TooLarge {
        /// The most that is accepted.
        bytes_max: usize,
    },
    /// Its sections are refused.
    #[error(transparent)]
    Section(#[from] SectionError),
    /// It is a component that nobody signed.
    #[error("the component isn't signed")]
    Unsigned,
    /// Its envelopes are refused.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The policy's statement is refused.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The provenance is refused.
    #[error(transparent)]
    Provenance(#[from] ProvenanceError),
}

/// Why a component or file isn't signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// It is no component.
    #[error(transparent)]
    Section(#[from] SectionError),
    /// It has a signature section already.
    #[error(
        "the component is signed already: add a signature to it, or take the section off first"
    )]
    Signed,
    /// The manifest can't be signed.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// It has all the signatures that it may have.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The statement is about another component.
    #[error("the statement is about other bytes than these, a signature would be worth nothing")]
    OtherComponent,
    /// The provenance is refused.
    #[error(transparent)]
    Provenance(#[from] ProvenanceError),
}

impl Fetched {
    /// Signs a component with its manifest.
    ///
    /// # Errors
    /// The bytes are no component or signed already, or the manifest is out of bounds.
    pub fn new(
        component: impl Into<Arc<[u8]>>,
        manifest: Manifest,
        key: &PrivateKey,
    ) -> Result<Self, SignError> {
        let component = component.into();
        if section::walk(&component)?.is_some() {
            return Err(SignError::Signed);
        }
        let statement = statement::encode(&component, &manifest)?;
        // Read back, so that nothing is signed that couldn't be read.
        let (subject, manifest) = statement::decode(&statement)?;
        let mut envelope = Envelope::unsigned(PAYLOAD_TYPE, statement);
        envelope.sign(key)?;
        Ok(Self {
            component,
            digests: Arc::default(),
            digest: Digest::of(envelope.payload()),
            envelope,
            subject,
            manifest: Arc::new(manifest),
            provenance: None,
        })
    }

    /// Takes a file of at most this many bytes apart.
    ///
    /// # Errors
    /// The first thing that is wrong with its form.
    pub fn parse(mut file: Vec<u8>, bytes_max: usize) -> Result<Self, FetchError> {
        if file.len() > bytes_max {
            return Err(FetchError::TooLarge { bytes_max });
        }
        let split = section::walk(&file)?.ok_or(FetchError::Unsigned)?;
        let contents = file.get(split.contents).unwrap_or_default();
        let mut envelopes = envelope::decode_list(contents, &KINDS)?.into_iter();
        let envelope = envelopes.next().ok_or(FetchError::Unsigned)?;
        let (subject, manifest) = statement::decode(envelope.payload())?;
        let provenance = match envelopes.next() {
            None => None,
            Some(envelope) => Some(Carried {
                provenance: Provenance::decode(envelope.payload(), subject.digests())?,
                envelope,
            }),
        };
        file.truncate(split.component_bytes);
        Ok(Self {
            component: file.into(),
            digests: Arc::default(),
            digest: Digest::of(envelope.payload()),
            envelope,
            subject,
            manifest: Arc::new(manifest),
            provenance,
        })
    }

    /// Reads a file of at most this many bytes.
    ///
    /// # Errors
    /// It can't be read, or its form is wrong.
    pub fn read(source: impl Read, bytes_max: usize) -> Result<Self, FetchError> {
        let mut file = Vec::new();
        let limit = (bytes_max as u64).saturating_add(1);
        source.take(limit).read_to_end(&mut file)?;
        Self::parse(file, bytes_max)
    }

    /// Adds a signature over the same statement; the artifact stays the same one. Signing twice with one key changes nothing.
    ///
    /// # Errors
    /// The statement is about another component, or there are too many signatures.
    pub fn sign(&mut self, key: &PrivateKey) -> Result<(), SignError> {
        if !self.is_consistent() {
            return Err(SignError::OtherComponent);
        }
        Ok(self.envelope.sign(key)?)
    }

    /// Attaches a builder's provenance, an in-toto statement about the same component, signed by the key; it takes the place of
    /// what was attached before.
    ///
    /// # Errors
    /// The statement isn't SLSA provenance about this component.
    pub fn attach_provenance(
        &mut self,
        statement: Vec<u8>,
        key: &PrivateKey,
    ) -> Result<(), SignError> {
        let provenance = Provenance::decode(&statement, self.digests())?;
        let mut envelope = Envelope::unsigned(PAYLOAD_TYPE, statement);
        envelope.sign(key)?;
        self.provenance = Some(Carried {
            envelope,
            provenance,
        });
        Ok(())
    }

    /// The file: what was read, byte for byte, or what was signed.
    pub fn to_bytes(&self) -> Vec<u8> {
        let provenance = self.provenance.iter().map(|carried| &carried.envelope);
        let contents = envelope::encode_list(std::iter::once(&self.envelope).chain(provenance));
        let mut file = Vec::with_capacity(self.component.len() + contents.len() + 32);
        file.extend_from_slice(&self.component);
        section::append(&mut file, &contents);
        file
    }

    /// What names the artifact: the digest of its statement. Adding signatures or provenance doesn't change it.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// What the file claims to be.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What the statement is about.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The signed statement, as JSON.
    pub fn statement(&self) -> &[u8] {
        self.envelope.payload()
    }

    /// The keys that are said to have signed it, in order of their ids.
    pub fn signers(&self) -> impl Iterator<Item = KeyId> + '_ {
        self.envelope.signatures().iter().map(Signature::key)
    }

    /// The provenance that travels with it, and the keys that are said to have signed that.
    pub fn provenance(&self) -> Option<(&Provenance, impl Iterator<Item = KeyId> + '_)> {
        self.provenance.as_ref().map(|carried| {
            let signers = carried.envelope.signatures().iter().map(Signature::key);
            (&carried.provenance, signers)
        })
    }

    /// The component's bytes, without the signature section. Nobody has vouched for them.
    pub fn component(&self) -> &Arc<[u8]> {
        &self.component
    }

    /// Whether the component is the one that the statement is about.
    pub fn is_consistent(&self) -> bool {
        self.digests() == self.subject.digests()
    }

    /// The digests of the component's bytes.
    pub(crate) fn digests(&self) -> Digests {
        *self.digests.get_or_init(|| Digests::of(&self.component))
    }

    pub(crate) fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    pub(crate) fn shared_manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }

    pub(crate) fn carried(&self) -> Option<&Carried> {
        self.provenance.as_ref()
    }
}

impl std::fmt::Debug for Fetched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetched")
            .field("digest", &self.digest)
            .field("policy", &self.manifest.policy)
            .field("version", &self.manifest.version)
            .finish_non_exhaustive()
    }
}
