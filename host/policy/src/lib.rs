//! The words that Lictor is made of, and their rules.
//!
//! This crate alone says what a request, a value, a decision and a fault are, how numbers and JSON are spelled, and how
//! several decisions become one. It knows no files, sockets, WebAssembly or time: whatever it is given is a parameter.

mod combine;
mod condition;
mod decision;
mod digest;
mod document;
mod documents;
mod effect;
mod fault;
mod json;
mod kind;
mod limits;
mod name;
mod node;
mod number;
mod observation;
mod pointer;
mod predicate;
mod priority;
mod request;
mod sources;
mod value;

pub use combine::{combine, stricter, tighten};
pub use condition::{CONDITIONS_MAX, Condition, ConditionError, Test, all_apply};
pub use decision::{
    ANNOTATIONS_MAX, Annotations, DECISION_ITEMS_MAX, Decision, DecisionError, LABEL_BYTES_MAX,
    Obligation, RESERVED_PREFIX, Reason,
};
pub use digest::{Digest, DigestError};
pub use document::{Document, Item, Items, Keys, Members};
pub use documents::{
    DOCUMENT_NAME_BYTES_MAX, DocumentKeys, DocumentName, DocumentNameError, Documents,
};
pub use effect::Effect;
pub use fault::{Blame, Fault, RateScope};
pub use json::{JSON_DEPTH_MAX, JsonBounds, JsonError, Place};
pub use kind::Kind;
pub use limits::{LimitError, Limits};
pub use name::{NAME_BYTES_MAX, NameError, PolicyName, RolloutName, TenantName};
pub use node::Node;
pub use number::{NUMBER_DIGITS_MAX, NUMBER_EXPONENT_MAX, Number, NumberError};
pub use observation::{
    Answer, Answers, Aspect, Inquiry, Observation, Observations, Question, Source,
};
pub use pointer::{POINTER_BYTES_MAX, Pointer, PointerError, PointerRef, Tokens};
pub use predicate::{
    Criterion, OPERAND_BYTES_MAX, Operand, Predicate, Problem, Relation, TEST_BYTES_MAX, TestError,
    Tested,
};
pub use priority::{Priority, PriorityError};
pub use request::{Request, RequestBuilder, RequestError};
pub use semver::Version;
pub use sources::Sources;
pub use value::{TooLarge, Value};
