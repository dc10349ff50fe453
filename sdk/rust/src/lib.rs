#![doc = include_str!("../README.md")]

#[cfg(all(target_arch = "wasm32", feature = "allocator"))]
mod allocator;
mod ask;
mod clock;
mod decimal;
mod decision;
mod effect;
mod excerpt;
#[cfg(not(target_arch = "wasm32"))]
mod fake;
mod fault;
#[cfg(target_arch = "wasm32")]
mod guest;
mod json;
mod kind;
mod log;
mod mismatch;
mod obligation;
mod operand;
mod parameter_error;
mod place;
mod pointer;
mod policy;
mod questions;
#[cfg(feature = "serde")]
mod read;
mod reason;
mod relation;
mod test;
mod value;

pub use ask::{Ask, Data, Parameters, Request};
pub use clock::Clock;
pub use decimal::{Decimal, DecimalError};
pub use decision::Decision;
pub use effect::Effect;
pub use excerpt::excerpt;
#[cfg(not(target_arch = "wasm32"))]
pub use fake::{Fake, IntoRequest, LogLine, Node, RequestBuilder};
pub use fault::Fault;
pub use kind::Kind;
pub use log::{Level, Log};
pub use mismatch::{Found, Mismatch, Presence};
pub use obligation::{Obligation, Property};
pub use operand::Operand;
pub use parameter_error::ParameterError;
pub use pointer::{POINTER_BYTES_MAX, Pointer, Token};
pub use policy::{Outcome, Policy};
pub use questions::Questions;
#[cfg(feature = "serde")]
pub use read::ReadError;
pub use reason::Reason;
pub use test::Test;
pub use value::Value;

/// What [`policy!`] expands to; no part of the interface.
#[doc(hidden)]
pub mod __private {
    #[cfg(target_arch = "wasm32")]
    pub use crate::guest::bindings::exports::lictor::policy::evaluator;
    #[cfg(target_arch = "wasm32")]
    pub use crate::guest::bindings::prepared::export_preparation;
    #[cfg(target_arch = "wasm32")]
    pub use crate::guest::bindings::prepared::exports::lictor::policy::preparation;
    #[cfg(target_arch = "wasm32")]
    pub use crate::guest::bindings::{self, export_evaluator};
    #[cfg(target_arch = "wasm32")]
    pub use crate::guest::{check, evaluate, evaluate_prepared, prepare};
    pub use crate::policy::{Rules, fallback, is_policy};
}
