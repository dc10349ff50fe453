//! Lictor as a library: a host that decides requests for many tenants with sandboxed policies.
//!
//! ```no_run
//! use lictor::{BindingSpec, Fetched, Host, Keyring, Request, TenantSettings};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // First thing in `main`: components are compiled by this program, started again as a worker.
//! lictor::compile_worker_if_asked();
//!
//! let keyring = Keyring::parse(&std::fs::read("keyring.json")?)?;
//! let host = Host::builder().keyring(keyring).build()?;
//! let bank = "bank".parse()?;
//! host.add_tenant(&bank, TenantSettings::default())?;
//! let artifact = Fetched::parse(std::fs::read("spend-limit-1.0.0.wasm")?, 8 << 20)?;
//! host.bind(&bank, BindingSpec::new(artifact))?;
//!
//! let request = Request::builder()
//!     .subject("agent", "agent-7")
//!     .action("purchase")
//!     .resource("order", "4711")
//!     .context("amount", 250)
//!     .build()?;
//! let outcome = host.evaluate(&bank, &request)?;
//! println!("{}", outcome.decision.effect);
//! # Ok(())
//! # }
//! ```
//!
//! The path of a request stands in one file, `evaluate.rs`. Hot state is a snapshot that is read once per request; no lock
//! is held across an evaluation. This crate knows no HTTP, no flags and no exit codes.

mod admit;
mod batch;
mod binding;
mod breaker;
mod builder;
mod clock;
mod decision_id;
mod error;
mod evaluate;
mod host;
mod judge;
mod missing;
mod notice;
mod operate;
mod outcome;
mod recall;
mod record;
mod retire;
mod rollout;
mod stage;
mod suspend;
mod tenant;
mod view;

pub use admit::{
    AdmissionCounts, AdmissionReport, AdmissionSettings, Call, PriorityReport, Rate, RateError,
    RateLimitCounts, ShedCounts, SlotUse, TenantAdmission, WaitTargets,
};
pub use batch::{BATCH_MAX, Semantics};
pub use binding::{BindingSpec, BoundPolicy, Layer, Side};
pub use breaker::{BreakerReport, BreakerSettings, CircuitState};
pub use builder::{HostBuilder, HostSettings, RolloutSettings};
pub use clock::{Clock, ManualClock, SystemClock};
pub use decision_id::DecisionId;
pub use error::{BindError, BuildError, HostError};
pub use host::{
    AGENT_BYTES_MAX, DataReport, Host, IssuedToken, Preview, SUSPENSIONS_MAX, Stopped, Suspension,
    TOKEN_VALID_MAX, TOKENS_MAX, TokenGrant, Trouble, Troubled,
};
pub use judge::FailurePolicy;
pub use operate::{
    BindingOrder, BoundReport, BreakerLine, DocumentLine, HostStatus, Operator, PART_BYTES_MAX,
    Part, RecallLine, Refused, RefusedLine, Reply, Role, RolloutOrder, SettingsReport, StoppedLine,
    SuspensionLine, TenantChange, TenantLine, TenantReport, TokenLine, Turn, Verb,
};
pub use outcome::{Outcome, Policies, PolicyOutcome, Verdict};
pub use recall::{Distrust, FanOut, RecallCounts, RecallReport, RecallSettings, TenantRecall};
pub use record::{
    Record, RecordError, RecordPage, Redact, Redaction, RedactionRule, Sink, WhenFull,
};
pub use rollout::{
    ClassReport, Difference, Divergence, DivergenceReport, Explanation, Guard, Guards, GuardsError,
    Label, Move, MoveError, Moved, Opinion, PHASES_MAX, PairCounts, Phase, Plan, PlanError,
    Progress, ROLLOUTS_MAX, Reach, Reading, ReasonChange, ReasonCount, Replaced, ReplacedBinding,
    RolloutError, RolloutSpec, RolloutStatus, SUBJECTS_MAX, Said, Sample, Stage, Standing, Strict,
    Tripped,
};
pub use tenant::TenantSettings;

// The words that a user of this crate needs, so that one dependency is enough.
pub use lictor_artifact::{
    Admission, Admitted, FetchError, Fetched, Jump, KeyId, Keyring, KeyringDifference,
    KeyringDocument, LocalError, Manifest, ParameterSchema, PrivateKey, PublicKey, RollbackClaim,
    Scope, SignError, SignedKeyring, SignedRollback, ThrowAwayKey, TrustedKey, UnixMs, Validity,
    Verified, VerifyError, WantedLimits,
};
pub use lictor_engine::{
    CONTRACT_VERSION, CacheCounts, CacheEntry, CacheError, CacheSettings, Compiler, Engine,
    EngineError, Export, Fences, Filled, KeyError, Level, Line, Loaded, Log, PoolUse, Prepared,
    Refusal, Settings, Start, check_bytes, compile_worker, compile_worker_if_asked, fingerprint,
    manifest,
};
pub use lictor_policy::{
    Annotations, Answer, Aspect, Blame, Condition, ConditionError, Decision, DecisionError, Digest,
    DigestError, Document, DocumentName, DocumentNameError, Documents, Effect, Fault, Item,
    JsonBounds, JsonError, Kind, LimitError, Limits, NameError, Node, Number, NumberError,
    Obligation, Observation, Observations, Pointer, PointerError, PointerRef, PolicyName, Priority,
    PriorityError, Question, RateScope, Reason, Request, RequestBuilder, RequestError, RolloutName,
    Source, TenantName, Test, Tokens, Value, Version,
};
pub use lictor_state::{
    Edit, JournalEntry, KeptSuspension, StateError, Store, SuspensionTarget, TrustError,
};
