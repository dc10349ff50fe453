//! Why something that an operator asked of the host was not done.

use std::io;

use lictor_artifact::GrantError;
use lictor_engine::{EngineError, Refusal};
use lictor_policy::{
    DocumentName, Effect, JsonError, PolicyName, RolloutName, TenantName, Version,
};
use lictor_state::{StateError, SuspensionTarget, TrustError};

/// Why there is no host.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The engine can't be set up.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A thread can't be started.
    #[error("a thread can't be started: {0}")]
    Thread(#[from] io::Error),
    /// The operating system gives no random numbers.
    #[error("the operating system gives no random numbers: {detail}")]
    Random {
        /// What it says.
        detail: String,
    },
    /// The state folder can't be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// A setting is out of range.
    #[error("the setting `{setting}` is {value}, it must be at least 1")]
    Setting {
        /// The setting's name.
        setting: &'static str,
        /// What was asked for.
        value: u64,
    },
}

/// Why a change to a tenant was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// There is no such tenant.
    #[error("the tenant `{tenant}` is not known")]
    UnknownTenant {
        /// The tenant.
        tenant: TenantName,
    },
    /// The name means the base layer.
    #[error("a tenant may not be named `{tenant}`: that means the base layer")]
    ReservedTenant {
        /// The name.
        tenant: TenantName,
    },
    /// There is such a tenant already.
    #[error("the tenant `{tenant}` exists already")]
    TenantExists {
        /// The tenant.
        tenant: TenantName,
    },
    /// The tenant has no such policy.
    #[error("the policy `{policy}` is not bound")]
    UnknownPolicy {
        /// The policy.
        policy: PolicyName,
    },
    /// Nothing of exactly this is suspended.
    #[error("{target} is not suspended")]
    NotSuspended {
        /// What was named.
        target: SuspensionTarget,
    },
    /// A suspension that would be over before it began.
    #[error("the end of the suspension is in the past")]
    SuspensionOver,
    /// More suspensions than a host may have.
    #[error("there are {max} suspensions already, which is the most that may be")]
    TooManySuspensions {
        /// How many there may be.
        max: usize,
    },
    /// An agent's id is too long to be suspended.
    #[error("the agent's id has more than {max} bytes")]
    AgentTooLong {
        /// How many it may have.
        max: usize,
    },
    /// There is no such token.
    #[error("there is no token `{id}`")]
    UnknownToken {
        /// The token.
        id: String,
    },
    /// As many tokens are good as may be.
    #[error("{max} tokens are good already, and no more may be")]
    TooManyTokens {
        /// How many may be.
        max: usize,
    },
    /// A token would be good for no time, or for too long.
    #[error("a token is good for a second at least and {days_max} days at most")]
    TokenValidity {
        /// How many days it may be good for.
        days_max: u64,
    },
    /// What a token is for is no text that a list can show.
    #[error("what a token is for may have {bytes_max} bytes at most and no control characters")]
    TokenLabel {
        /// How many bytes it may have.
        bytes_max: usize,
    },
    /// A default that is no decision.
    #[error("the default effect can't be `{effect}`")]
    DefaultEffect {
        /// What was asked for.
        effect: Effect,
    },
    /// A document isn't acceptable JSON.
    #[error("the document `{document}` is refused: {source}")]
    Document {
        /// The document.
        document: DocumentName,
        /// What is wrong.
        source: JsonError,
    },
    /// A document's name is reserved.
    #[error(
        "the document name `{document}` is refused: names that begin with `tenant.` are the tenants' own"
    )]
    DocumentName {
        /// The document.
        document: DocumentName,
    },
    /// More documents than a tenant may have.
    #[error("there would be {count} documents, at most {max} may be")]
    TooManyDocuments {
        /// How many there would be.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// Another rollout replaces the policy.
    #[error("the policy `{policy}` is being replaced by the rollout `{rollout}`")]
    PolicyTaken {
        /// The policy.
        policy: PolicyName,
        /// The other rollout.
        rollout: RolloutName,
    },
    /// Another rollout replaces the document.
    #[error("the document `{document}` is being replaced by the rollout `{rollout}`")]
    DocumentTaken {
        /// The document.
        document: DocumentName,
        /// The other rollout.
        rollout: RolloutName,
    },
    /// There is no such document.
    #[error("there is no document `{document}`")]
    UnknownDocument {
        /// The document.
        document: DocumentName,
    },
    /// There is such a document, but it could not be restored.
    #[error(
        "the document `{document}` could not be restored: {detail}\nhint: put it again as a whole, or take it away"
    )]
    MissingDocument {
        /// The document.
        document: DocumentName,
        /// What is wrong.
        detail: String,
    },
    /// A document that was to be patched was changed by others all the time.
    #[error("the document `{document}` is being changed by others, so it was not patched")]
    DocumentBusy {
        /// The document.
        document: DocumentName,
    },
    /// The change could not be written to the state folder, so it was not made.
    #[error(transparent)]
    State(#[from] StateError),
    /// The tenant's documents would take more memory than they may.
    #[error("the documents would take {bytes} bytes in memory, the tenant may have {limit}")]
    DataTooLarge {
        /// What they would take.
        bytes: usize,
        /// What they may take.
        limit: usize,
    },
}

/// Why a policy was not bound.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// The tenant isn't there, or something else about it.
    #[error(transparent)]
    Host(#[from] HostError),
    /// There is no host to bind it in.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Nobody who is trusted signed it for this tenant, or a check of what was signed fails.
    #[error("the artifact of `{policy}` {version} is not trusted for `{tenant}`: {source}")]
    Untrusted {
        /// The tenant, `base` for the base layer.
        tenant: TenantName,
        /// The policy that it is said to be.
        policy: PolicyName,
        /// The version that it is said to be.
        version: String,
        /// Why.
        source: Box<TrustError>,
    },
    /// A MAJOR version would take over without having been compared.
    #[error(
        "`{policy}` {to} is a MAJOR change from {from}, which can't take over at once\nhint: roll it out by a plan that starts in shadow, such as `careful`"
    )]
    Major {
        /// The policy.
        policy: PolicyName,
        /// The version in use.
        from: Box<Version>,
        /// The new version.
        to: Box<Version>,
    },
    /// The artifact asks for more than it is granted.
    #[error("the artifact of `{policy}` is refused: {source}")]
    Limits {
        /// The policy.
        policy: PolicyName,
        /// What it asks for.
        source: GrantError,
    },
    /// The component, its limits or its parameters are refused.
    #[error("the policy `{policy}` {version} is refused: {refusal}")]
    Refused {
        /// The policy.
        policy: PolicyName,
        /// Its version.
        version: String,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// The parameters aren't acceptable JSON, or no object.
    #[error("the parameters of `{policy}` are refused: {detail}")]
    Parameters {
        /// The policy.
        policy: PolicyName,
        /// What is wrong.
        detail: String,
    },
    /// More policies than a layer may have.
    #[error("{count} policies are bound, at most {max} may be")]
    TooManyPolicies {
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// More conditions than a binding may have.
    #[error("the binding of `{policy}` has {count} conditions, at most {max} are accepted")]
    TooManyConditions {
        /// The policy.
        policy: PolicyName,
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
}
