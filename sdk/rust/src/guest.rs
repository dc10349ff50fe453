//! The guest's end of the contract: its imports become the world that rules ask, its exports run the rules.
//!
//! Compiled for wasm32 only. Must never hold state: whatever a rule learns, it learns from an import.

pub mod bindings;
mod convert;
#[cfg(feature = "panic-message")]
mod panic;

use std::cell::OnceCell;

use crate::ask::Ask;
use crate::fault::Fault;
use crate::log::Level;
use crate::operand::Operand;
use crate::parameter_error::ParameterError;
use crate::place::{OfData, OfParameters, OfRequest, Place, Testable};
use crate::policy::{Policy, Rules};
use crate::relation::{Relation, TestError};
use crate::value::Value;
use bindings::lictor::policy as imports;

/// The host. There is one, so nothing has to be held.
#[derive(Clone, Debug)]
pub struct World;

impl World {
    pub(crate) fn now(&self) -> u64 {
        imports::clock::now()
    }

    pub(crate) fn before(&self, unix_ms: u64) -> bool {
        imports::clock::before(unix_ms)
    }

    pub(crate) fn log(&self, level: Level, line: &str) {
        imports::log::write(level.into(), line);
    }
}

macro_rules! ask_host {
    ($place:ty, $interface:ident) => {
        impl Place for $place {
            const NAME: &'static str = stringify!($interface);

            fn get(_: &World, pointer: &str) -> Option<Value> {
                imports::$interface::get(pointer).map(Value::from)
            }

            fn count(_: &World, pointer: &str) -> Option<u32> {
                imports::$interface::count(pointer)
            }

            fn keys(_: &World, pointer: &str) -> Option<Vec<String>> {
                imports::$interface::keys(pointer)
            }
        }
    };
}

ask_host!(OfRequest, request);
ask_host!(OfData, data);
ask_host!(OfParameters, parameters);

macro_rules! test_by_host {
    ($place:ty, $interface:ident) => {
        impl Testable for $place {
            fn test(
                _: &World,
                pointer: &str,
                relation: Relation,
                operand: &Operand<'_>,
            ) -> Result<bool, TestError> {
                let operand = imports::types::Operand::from(operand);
                imports::$interface::test(pointer, relation.into(), &operand)
                    .map_err(TestError::from)
            }
        }
    };
}

test_by_host!(OfRequest, request);
test_by_host!(OfData, data);

// --- What the exports run ------------------------------------------------------------------------------------------

/// `evaluator.check`
pub fn check<R: Rules<V>, V>(_: V) -> Result<(), String> {
    R::check(&begin().parameters).map_err(ParameterError::into_message)
}

/// `evaluator.evaluate`
pub fn evaluate<R: Rules<V>, V>(value: V) -> Result<bindings::Decision, String> {
    R::evaluate(value, &begin())
        .map(Into::into)
        .map_err(Fault::into_message)
}

/// `preparation.prepare`
pub fn prepare<P: Policy>(prepared: &OnceCell<P>) -> Result<(), String> {
    let policy = P::from_parameters(&begin().parameters).map_err(ParameterError::into_message)?;
    // Where the host can't snapshot it may prepare more than once, each time from the same parameters.
    prepared.set(policy).or(Ok(()))
}

/// `evaluator.evaluate` of a policy that is prepared.
pub fn evaluate_prepared<P: Policy>(prepared: &OnceCell<P>) -> Result<bindings::Decision, String> {
    let policy = prepared
        .get()
        .ok_or_else(|| String::from("the policy is asked before it was prepared"))?;
    policy
        .evaluate(&begin())
        .map(Into::into)
        .map_err(Fault::into_message)
}

fn begin() -> Ask {
    #[cfg(feature = "panic-message")]
    panic::write_to_log();
    Ask::of(&World)
}
