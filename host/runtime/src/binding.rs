//! A policy's artifact, bound for one tenant to parameters, limits and the requests that it applies to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lictor_engine::{CONTRACT_VERSION, Engine, Loaded, Prepared, Refusal, Start, fingerprint};
use lictor_policy::{
    CONDITIONS_MAX, Condition, Digest, Document, JsonBounds, Kind, Limits, PolicyName, Request,
    Version, all_apply,
};

use crate::error::BindError;

/// What is to be bound.
#[derive(Clone, Debug)]
pub struct BindingSpec {
    policy: PolicyName,
    version: Version,
    component: Vec<u8>,
    parameters: Vec<u8>,
    limits: Limits,
    conditions: Vec<Condition>,
}

impl BindingSpec {
    /// A binding of this component with no parameters, the default limits, and for all requests.
    pub fn new(policy: PolicyName, version: Version, component: impl Into<Vec<u8>>) -> Self {
        Self {
            policy,
            version,
            component: component.into(),
            parameters: b"{}".to_vec(),
            limits: Limits::default(),
            conditions: Vec::new(),
        }
    }

    /// The parameters: the text of a JSON object. Default `{}`.
    #[must_use]
    pub fn parameters(mut self, json: impl Into<Vec<u8>>) -> Self {
        self.parameters = json.into();
        self
    }

    /// The limits. Default [`Limits::default`].
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

    /// The component's digest, which is what compiled code is shared by.
    pub(crate) fn artifact(&self) -> Digest {
        Digest::of(&self.component)
    }

    pub(crate) fn component(&self) -> &[u8] {
        &self.component
    }

    pub(crate) fn limits_wanted(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn policy(&self) -> &PolicyName {
        &self.policy
    }

    pub(crate) fn refused(&self, refusal: Refusal) -> BindError {
        BindError::Refused {
            policy: self.policy.clone(),
            version: self.version.to_string(),
            refusal: Box::new(refusal),
        }
    }

    fn parameters_document(&self) -> Result<Document, BindError> {
        let refuse = |detail: String| BindError::Parameters {
            policy: self.policy.clone(),
            detail,
        };
        let document = Document::parse(&self.parameters, &JsonBounds::PARAMETERS)
            .map_err(|error| refuse(error.to_string()))?;
        match document.root().kind() {
            Kind::Object => Ok(document),
            _ => Err(refuse("they must be a JSON object".to_owned())),
        }
    }
}

/// Which layer a policy belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The operator's, for every tenant. It can only tighten.
    Base,
    /// The tenant's own.
    Tenant,
}

/// What is bound, for people and records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundPolicy {
    /// The policy's name.
    pub policy: PolicyName,
    /// Its version.
    pub version: Version,
    /// The digest of the artifact.
    pub artifact: Digest,
    /// The digest of the binding: artifact, parameters, limits, conditions, engine and contract.
    pub revision: Digest,
    /// How each evaluation starts.
    pub start: Start,
}

/// What is evaluated.
#[derive(Debug)]
pub(crate) struct Binding {
    pub(crate) described: Arc<BoundPolicy>,
    pub(crate) prepared: Prepared,
    /// Holds the compiled code for other bindings of the same artifact to share.
    pub(crate) _loaded: Loaded,
    conditions: Vec<Condition>,
    decided: AtomicBool,
    distrusted: AtomicBool,
}

impl Binding {
    /// Prepares a binding. `owner` is the tenant's name, or nothing for the base layer.
    pub(crate) fn prepare(
        engine: &Engine,
        owner: &str,
        spec: &BindingSpec,
        loaded: Loaded,
    ) -> Result<Self, BindError> {
        let count = spec.conditions.len();
        if count > CONDITIONS_MAX {
            return Err(BindError::TooManyConditions {
                policy: spec.policy.clone(),
                count,
                max: CONDITIONS_MAX,
            });
        }
        let parameters = spec.parameters_document()?;
        let artifact = loaded.digest();
        let revision = revision(owner, spec, artifact, &parameters);
        let prepared = engine
            .prepare(&loaded, &parameters, &spec.limits, revision)
            .map_err(|refusal| spec.refused(refusal))?;
        let described = BoundPolicy {
            policy: spec.policy.clone(),
            version: spec.version.clone(),
            artifact,
            revision,
            start: prepared.start().clone(),
        };
        Ok(Self {
            described: Arc::new(described),
            prepared,
            _loaded: loaded,
            conditions: spec.conditions.clone(),
            decided: AtomicBool::new(false),
            distrusted: AtomicBool::new(false),
        })
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

    /// Stops recalling it: it decided or asked otherwise than it did after the same answers before.
    pub(crate) fn distrust(&self) {
        self.distrusted.store(true, Ordering::Relaxed);
    }

    /// Whether it may be recalled.
    pub(crate) fn is_trusted(&self) -> bool {
        !self.distrusted.load(Ordering::Relaxed)
    }

    /// Whether the binding has ever decided without a fault.
    pub(crate) fn has_decided(&self) -> bool {
        self.decided.load(Ordering::Relaxed)
    }
}

/// The revision: the digest of everything that a decision of this binding can depend on besides what it asks.
///
/// Each part is written with its length before it, so that no two different bindings have the same bytes.
fn revision(owner: &str, spec: &BindingSpec, artifact: Digest, parameters: &Document) -> Digest {
    let limits = serde_json::to_vec(&spec.limits).expect("limits are plain numbers");
    let conditions = serde_json::to_vec(&spec.conditions).expect("conditions are plain texts");
    let version = spec.version.to_string();
    let parameters = parameters.to_json();
    let host = format!("{} {CONTRACT_VERSION}", fingerprint());
    let mut hasher = blake3::Hasher::new();
    let parts: [&[u8]; 9] = [
        b"lictor revision 1",
        owner.as_bytes(),
        spec.policy.as_str().as_bytes(),
        version.as_bytes(),
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
