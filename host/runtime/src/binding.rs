//! A policy's artifact, bound for one tenant to parameters, limits and the requests that it applies to.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use lictor_artifact::{Admitted, Fetched, Manifest, SignedRollback, Verified};
use lictor_engine::{CONTRACT_VERSION, Engine, Loaded, Prepared, Refusal, Start, fingerprint};
use lictor_policy::{
    CONDITIONS_MAX, Condition, Digest, Document, Fault, JsonBounds, Kind, Limits, PolicyName,
    Request, Version, all_apply,
};
use lictor_state::{KeptFile, KeptVersion};

use crate::admit::Pace;
use crate::error::BindError;

/// What is to be bound.
#[derive(Clone, Debug)]
pub struct BindingSpec {
    artifact: Fetched,
    parameters: Vec<u8>,
    limits: Limits,
    conditions: Vec<Condition>,
    rollback: Option<SignedRollback>,
}

impl BindingSpec {
    /// A binding of this artifact with no parameters, within the default limits, and for all requests. Whether anybody who is
    /// trusted signed it for the tenant is found out when it is bound.
    pub fn new(artifact: Fetched) -> Self {
        Self {
            artifact,
            parameters: b"{}".to_vec(),
            limits: Limits::default(),
            conditions: Vec::new(),
            rollback: None,
        }
    }

    /// The parameters: the text of a JSON object. Default `{}`.
    #[must_use]
    pub fn parameters(mut self, json: impl Into<Vec<u8>>) -> Self {
        self.parameters = json.into();
        self
    }

    /// The limits that are granted: the binding gets what the artifact asks for of them, and all of them where it asks for
    /// nothing. One that asks for more is refused. Default [`Limits::default`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Which requests the binding applies to: those that meet all conditions. For others it abstains and isn't run.
    #[must_use]
    pub fn applies_when(mut self, conditions: impl Into<Vec<Condition>>) -> Self {
        self.conditions = conditions.into();
        self
    }

    /// An operator's signed leave to install a version lower than the highest that the tenant has had.
    #[must_use]
    pub fn rollback(mut self, rollback: SignedRollback) -> Self {
        self.rollback = Some(rollback);
        self
    }

    pub(crate) fn artifact(&self) -> &Fetched {
        &self.artifact
    }

    pub(crate) fn leave(&self) -> Option<&SignedRollback> {
        self.rollback.as_ref()
    }

    /// Which policy it is said to be; nobody has vouched for that.
    pub(crate) fn policy(&self) -> &PolicyName {
        &self.artifact.manifest().policy
    }

    pub(crate) fn refused(&self, refusal: Refusal) -> BindError {
        BindError::Refused {
            policy: self.policy().clone(),
            version: self.artifact.manifest().version.to_string(),
            refusal: Box::new(refusal),
        }
    }

    /// The limits that the artifact gets.
    pub(crate) fn limits_granted(&self, manifest: &Manifest) -> Result<Limits, BindError> {
        let granted = manifest.limits.within(&self.limits);
        granted.map_err(|source| BindError::Limits {
            policy: self.policy().clone(),
            source,
        })
    }

    /// How it is bound again after a restart: as this was, by whom and when, from this file.
    pub(crate) fn to_be_kept(
        &self,
        binding: &Binding,
        file: Digest,
        (by, why): (&str, Option<&str>),
        at_ms: u64,
    ) -> KeptVersion {
        let BoundPolicy {
            version,
            artifact,
            component,
            revision,
            ..
        } = BoundPolicy::clone(&binding.described);
        // What is refused was never prepared.
        let parameters = binding.prepared().map(Prepared::parameters);
        KeptVersion {
            version,
            artifact,
            component,
            revision,
            file,
            parameters: parameters.map_or_else(|_| "{}".to_owned(), Document::to_json),
            limits: self.limits,
            conditions: self.conditions.clone(),
            at_ms,
            by: by.to_owned(),
            why: why.map(str::to_owned),
        }
    }

    fn parameters_document(&self) -> Result<Document, BindError> {
        let refuse = |detail: String| BindError::Parameters {
            policy: self.policy().clone(),
            detail,
        };
        let document = Document::parse(&self.parameters, &JsonBounds::PARAMETERS)
            .map_err(|error| refuse(error.to_string()))?;
        if document.root().kind() != Kind::Object {
            return Err(refuse("they must be a JSON object".to_owned()));
        }
        match self.artifact.manifest().check_parameters(&document) {
            Ok(()) => Ok(document),
            Err(violations) => {
                let said: Vec<String> = violations.iter().map(ToString::to_string).collect();
                Err(refuse(said.join("; ")))
            }
        }
    }
}

/// Which layer a policy belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The operator's, for every tenant. It can only tighten.
    Base,
    /// The tenant's own.
    Tenant,
}

/// Which version of a policy it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The one that is in use.
    #[default]
    Stable,
    /// The one that a rollout would put in its place.
    Candidate,
}

/// What is bound, for people and records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundPolicy {
    /// The policy's name.
    pub policy: PolicyName,
    /// Its version.
    pub version: Version,
    /// The digest of the artifact: of the statement that was signed.
    pub artifact: Digest,
    /// The digest of the component in it.
    pub component: Digest,
    /// The digest of the binding: artifact, parameters, limits, conditions, engine and contract.
    pub revision: Digest,
    /// How each evaluation starts.
    pub start: Start,
}

/// What is evaluated.
#[derive(Debug)]
pub(crate) struct Binding {
    pub(crate) described: Arc<BoundPolicy>,
    /// Nothing where it could not be restored; then it is stopped.
    body: Option<Body>,
    /// Why it may not run, or not any more.
    stopped: OnceLock<Fault>,
    /// How it is bound again after a restart, where the host has a store.
    kept: Option<KeptVersion>,
    /// Its artifact's file, which stays for as long as the binding may be bound again.
    _file: Option<KeptFile>,
    conditions: Vec<Condition>,
    decided: AtomicBool,
    /// How long its evaluations take.
    pub(crate) pace: Pace,
}

/// What runs of a binding.
#[derive(Debug)]
struct Body {
    prepared: Prepared,
    /// What was admitted, to be checked again when the keyring changes.
    admitted: Admitted,
    /// Holds the compiled code for other bindings of the same artifact to share.
    _loaded: Loaded,
}

impl Binding {
    /// Prepares a binding of an artifact that was verified.
    pub(crate) fn prepare(
        engine: &Engine,
        verified: &Verified,
        spec: &BindingSpec,
        loaded: Loaded,
    ) -> Result<Self, BindError> {
        let manifest = verified.manifest();
        let count = spec.conditions.len();
        if count > CONDITIONS_MAX {
            return Err(BindError::TooManyConditions {
                policy: manifest.policy.clone(),
                count,
                max: CONDITIONS_MAX,
            });
        }
        let parameters = spec.parameters_document()?;
        let limits = spec.limits_granted(manifest)?;
        let revision = revision(verified, &spec.conditions, &limits, &parameters);
        let prepared = engine
            .prepare(&loaded, &parameters, &limits, revision)
            .map_err(|refusal| spec.refused(refusal))?;
        let described = BoundPolicy {
            policy: manifest.policy.clone(),
            version: manifest.version.clone(),
            artifact: verified.artifact(),
            component: verified.component_digest(),
            revision,
            start: prepared.start().clone(),
        };
        let body = Body {
            prepared,
            admitted: verified.admitted().clone(),
            _loaded: loaded,
        };
        Ok(Self {
            body: Some(body),
            ..Self::bodiless(described, spec.conditions.clone())
        })
    }

    /// A binding that could not be restored, and that answers with this fault wherever it applies: a policy must not be
    /// switched off by damage.
    pub(crate) fn not_restored(
        described: BoundPolicy,
        conditions: Vec<Condition>,
        detail: String,
    ) -> Self {
        Self {
            stopped: OnceLock::from(Fault::NotRestored { detail }),
            ..Self::bodiless(described, conditions)
        }
    }

    fn bodiless(described: BoundPolicy, conditions: Vec<Condition>) -> Self {
        Self {
            described: Arc::new(described),
            body: None,
            stopped: OnceLock::new(),
            kept: None,
            _file: None,
            conditions,
            decided: AtomicBool::new(false),
            pace: Pace::default(),
        }
    }

    /// The same binding, with how it is bound again after a restart, and with the file for that.
    pub(crate) fn kept_as(self, kept: KeptVersion, file: KeptFile) -> Self {
        Self {
            kept: Some(kept),
            _file: Some(file),
            ..self
        }
    }

    /// How it is bound again after a restart, where the host has a store.
    pub(crate) fn kept(&self) -> Option<&KeptVersion> {
        self.kept.as_ref()
    }

    /// What is evaluated.
    ///
    /// # Errors
    /// It could not be restored. Whoever looks at [`Binding::revoked`] first never sees that.
    pub(crate) fn prepared(&self) -> Result<&Prepared, Fault> {
        let missing = || Fault::NotRestored {
            detail: "the policy".to_owned(),
        };
        let body = self.body.as_ref();
        body.map(|body| &body.prepared).ok_or_else(missing)
    }

    /// What was admitted; nothing where it could not be restored.
    pub(crate) fn admitted(&self) -> Option<&Admitted> {
        Some(&self.body.as_ref()?.admitted)
    }

    /// Stops it: from its next decision on there is this fault. It can't be undone; a binding that is trusted again is a new one.
    pub(crate) fn revoke(&self, detail: String) {
        // Whoever was first has said why.
        let _ = self.stopped.set(Fault::Revoked { detail });
    }

    /// Why it may not run, or not any more, if that is so.
    pub(crate) fn revoked(&self) -> Option<&Fault> {
        self.stopped.get()
    }

    /// Whether the binding applies to the request.
    pub(crate) fn applies(&self, request: &Request) -> bool {
        all_apply(&self.conditions, request)
    }

    /// Remembers that the binding has decided without a fault.
    pub(crate) fn note_decided(&self) {
        // Read first: a write on each evaluation would make the threads fight for the cache line.
        if !self.decided.load(Ordering::Relaxed) {
            self.decided.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the binding has ever decided without a fault.
    pub(crate) fn has_decided(&self) -> bool {
        self.decided.load(Ordering::Relaxed)
    }
}

/// The revision: the digest of everything that a decision of this binding can depend on besides what it asks.
///
/// Each part is written with its length before it, so that no two different bindings have the same bytes.
fn revision(
    verified: &Verified,
    conditions: &[Condition],
    limits: &Limits,
    parameters: &Document,
) -> Digest {
    let limits = serde_json::to_vec(limits).expect("limits are plain numbers");
    let conditions = serde_json::to_vec(conditions).expect("conditions are plain texts");
    let parameters = parameters.to_json();
    let host = format!("{} {CONTRACT_VERSION}", fingerprint());
    let artifact = verified.artifact();
    let mut hasher = blake3::Hasher::new();
    // The artifact's digest covers the policy's name, its version and the component.
    let parts: [&[u8]; 7] = [
        b"lictor revision 2",
        verified.tenant().as_str().as_bytes(),
        artifact.as_bytes(),
        parameters.as_bytes(),
        &limits,
        &conditions,
        host.as_bytes(),
    ];
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}
