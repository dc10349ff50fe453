//! The words that Lictor is made of, and their rules.
//!
//! This crate alone says what a request, a value, a decision and a fault are, how numbers and JSON are spelled, and how
//! several decisions become one. It knows no files, sockets, WebAssembly or time: whatever it is given is a parameter.

mod combine;
mod condition;
mod decision;
mod digest;
mod effect;
mod fault;
mod limits;
mod name;
mod observation;

pub use combine::{combine, tighten};
pub use condition::{CONDITIONS_MAX, Condition, ConditionError, Test, all_apply};
pub use decision::{
    ANNOTATIONS_MAX, Annotations, DECISION_ITEMS_MAX, Decision, DecisionError, LABEL_BYTES_MAX, Obligation,
    RESERVED_PREFIX, Reason,
};
pub use digest::{Digest, DigestError};
pub use effect::Effect;
pub use fault::{Blame, Fault};
pub use limits::{LimitError, Limits};
pub use name::{NAME_BYTES_MAX, NameError, PolicyName, TenantName};
pub use observation::{Answer, Aspect, Observation, Observations, Question, Source};
pub use semver::Version;
