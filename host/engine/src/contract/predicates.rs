//! Tests in the interfaces `request` and `data`: whether a value stands in a relation to an operand.
//!
//! What the relations mean is `lictor-policy`'s to say. Here predicates are read from the guest's memory and answers handed
//! over.

use lictor_policy as policy;
use wasmtime::component::{ComponentType, Lift, Lower, WasmStr};
use wasmtime::{Error, StoreContextMut};

use super::questions::Asked;
use crate::guest::Guest;
use crate::price;

type Asking<'a> = StoreContextMut<'a, Guest>;

pub(super) fn test(
    mut store: Asking<'_>,
    source: policy::Source,
    pointer: &WasmStr,
    relation: Relation,
    operand: &Operand,
) -> wasmtime::Result<(Result<bool, TestError>,)> {
    let (answer, cost) = {
        let asked = Asked::new(&store, source, "test", pointer)?;
        let predicate = policy::Predicate {
            relation: relation.into(),
            operand: operand.read(&store)?,
        };
        let tested = asked.test(&predicate)?;
        asked.record(|observations| {
            observations.push_test(source, &asked.pointer, &predicate, tested.answer);
        })?;
        let pointer_bytes = asked.pointer.len();
        let cost = price::test(source, pointer_bytes, &predicate.operand, tested.bytes);
        (tested.answer, cost)
    };
    price::charge(&mut store, cost)?;
    Ok((answer.map_err(TestError::from),))
}

impl Operand {
    /// Copies it out of the guest's memory.
    ///
    /// # Errors
    /// It is no UTF-8, or longer than an operand may be.
    fn read(&self, store: &Asking<'_>) -> wasmtime::Result<policy::Operand> {
        use policy::{Operand, Source, Value};
        let text = |text: &WasmStr| read_text(text, store);
        Ok(match self {
            Self::Given(Given::Null) => Operand::Given(Value::Null),
            Self::Given(Given::Boolean(boolean)) => Operand::Given(Value::Boolean(*boolean)),
            Self::Given(Given::Integer(integer)) => Operand::Given(Value::Integer(*integer)),
            Self::Given(Given::Decimal(decimal)) => Operand::Given(Value::Decimal(text(decimal)?)),
            Self::Given(Given::Text(given)) => Operand::Given(Value::Text(text(given)?)),
            Self::Given(Given::Json(json)) => Operand::Given(Value::Json(text(json)?)),
            Self::Request(pointer) => Operand::At(Source::Request, text(pointer)?),
            Self::Data(pointer) => Operand::At(Source::Data, text(pointer)?),
            Self::Parameters(pointer) => Operand::At(Source::Parameters, text(pointer)?),
        })
    }
}

fn read_text(text: &WasmStr, store: &Asking<'_>) -> wasmtime::Result<String> {
    let text = text.to_str(store)?;
    if text.len() > policy::OPERAND_BYTES_MAX {
        let limit = policy::OPERAND_BYTES_MAX;
        return Err(Error::new(policy::Fault::TooLarge { limit }));
    }
    Ok(text.into_owned())
}

// --- What a guest hands over ----------------------------------------------------------------------------------------

/// A value that a policy hands over. Its texts are read where they stand.
#[derive(ComponentType, Lift)]
#[component(variant)]
pub(super) enum Given {
    #[component(name = "null")]
    Null,
    #[component(name = "boolean")]
    Boolean(bool),
    #[component(name = "integer")]
    Integer(i64),
    #[component(name = "decimal")]
    Decimal(WasmStr),
    #[component(name = "text")]
    Text(WasmStr),
    #[component(name = "json")]
    Json(WasmStr),
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(super) enum Operand {
    #[component(name = "given")]
    Given(Given),
    #[component(name = "request")]
    Request(WasmStr),
    #[component(name = "data")]
    Data(WasmStr),
    #[component(name = "parameters")]
    Parameters(WasmStr),
}

#[derive(ComponentType, Lift, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "the canonical ABI makes them from their numbers")]
pub(super) enum Relation {
    #[component(name = "equal")]
    Equal,
    #[component(name = "less")]
    Less,
    #[component(name = "at-most")]
    AtMost,
    #[component(name = "greater")]
    Greater,
    #[component(name = "at-least")]
    AtLeast,
    #[component(name = "in")]
    In,
    #[component(name = "prefix")]
    Prefix,
    #[component(name = "suffix")]
    Suffix,
    #[component(name = "glob")]
    Glob,
    #[component(name = "network")]
    Network,
    #[component(name = "within")]
    Within,
}

impl From<Relation> for policy::Relation {
    fn from(relation: Relation) -> Self {
        match relation {
            Relation::Equal => policy::Relation::Equal,
            Relation::Less => policy::Relation::Less,
            Relation::AtMost => policy::Relation::AtMost,
            Relation::Greater => policy::Relation::Greater,
            Relation::AtLeast => policy::Relation::AtLeast,
            Relation::In => policy::Relation::In,
            Relation::Prefix => policy::Relation::Prefix,
            Relation::Suffix => policy::Relation::Suffix,
            Relation::Glob => policy::Relation::Glob,
            Relation::Network => policy::Relation::Network,
            Relation::Within => policy::Relation::Within,
        }
    }
}

// --- What it is answered --------------------------------------------------------------------------------------------

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
pub(super) enum Kind {
    #[component(name = "null")]
    Null,
    #[component(name = "boolean")]
    Boolean,
    #[component(name = "integer")]
    Integer,
    #[component(name = "decimal")]
    Decimal,
    #[component(name = "text")]
    Text,
    #[component(name = "list")]
    List,
    #[component(name = "object")]
    Object,
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(variant)]
pub(super) enum Problem {
    #[component(name = "absent")]
    Absent,
    #[component(name = "other-kind")]
    OtherKind(Kind),
    #[component(name = "malformed")]
    Malformed,
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(variant)]
pub(super) enum TestError {
    #[component(name = "value")]
    Value(Problem),
    #[component(name = "operand")]
    Operand(Problem),
    #[component(name = "too-large")]
    TooLarge,
}

impl From<policy::Kind> for Kind {
    fn from(kind: policy::Kind) -> Self {
        match kind {
            policy::Kind::Null => Kind::Null,
            policy::Kind::Boolean => Kind::Boolean,
            policy::Kind::Integer => Kind::Integer,
            policy::Kind::Decimal => Kind::Decimal,
            policy::Kind::Text => Kind::Text,
            policy::Kind::List => Kind::List,
            policy::Kind::Object => Kind::Object,
        }
    }
}

impl From<policy::Problem> for Problem {
    fn from(problem: policy::Problem) -> Self {
        match problem {
            policy::Problem::Absent => Problem::Absent,
            policy::Problem::OtherKind(kind) => Problem::OtherKind(kind.into()),
            policy::Problem::Malformed => Problem::Malformed,
        }
    }
}

impl From<policy::TestError> for TestError {
    fn from(error: policy::TestError) -> Self {
        match error {
            policy::TestError::Value(problem) => TestError::Value(problem.into()),
            policy::TestError::Operand(problem) => TestError::Operand(problem.into()),
            policy::TestError::TooLarge => TestError::TooLarge,
        }
    }
}
