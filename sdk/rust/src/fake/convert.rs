//! Between the host's types and those that authors hold. Must never change a value.

use lictor_policy::Source;

use crate::decimal::Decimal;
use crate::kind::Kind;
use crate::operand::{Given, Inner, Operand};
use crate::relation::{Problem, Relation, TestError};
use crate::value::Value;

pub(super) fn value(value: lictor_policy::Value) -> Value {
    match value {
        lictor_policy::Value::Null => Value::Null,
        lictor_policy::Value::Boolean(boolean) => Value::Boolean(boolean),
        lictor_policy::Value::Integer(integer) => Value::Integer(integer),
        lictor_policy::Value::Decimal(text) => Value::Decimal(Decimal::from_canonical(text)),
        lictor_policy::Value::Text(text) => Value::Text(text),
        lictor_policy::Value::Json(text) => Value::from_json(text),
    }
}

pub(super) fn relation(relation: Relation) -> lictor_policy::Relation {
    match relation {
        Relation::Equal => lictor_policy::Relation::Equal,
        Relation::Less => lictor_policy::Relation::Less,
        Relation::AtMost => lictor_policy::Relation::AtMost,
        Relation::Greater => lictor_policy::Relation::Greater,
        Relation::AtLeast => lictor_policy::Relation::AtLeast,
        Relation::In => lictor_policy::Relation::In,
        Relation::Prefix => lictor_policy::Relation::Prefix,
        Relation::Suffix => lictor_policy::Relation::Suffix,
        Relation::Glob => lictor_policy::Relation::Glob,
        Relation::Network => lictor_policy::Relation::Network,
        Relation::Within => lictor_policy::Relation::Within,
    }
}

pub(super) fn operand(operand: &Operand<'_>) -> lictor_policy::Operand {
    let at = |source, pointer: &str| lictor_policy::Operand::At(source, pointer.to_owned());
    match &operand.inner {
        Inner::Given(given) => lictor_policy::Operand::Given(match given {
            Given::Boolean(boolean) => lictor_policy::Value::Boolean(*boolean),
            Given::Integer(integer) => lictor_policy::Value::Integer(*integer),
            Given::Decimal(decimal) => lictor_policy::Value::Decimal(decimal.to_string()),
            Given::Text(text) => lictor_policy::Value::Text(text.to_string()),
            Given::Json(json) => lictor_policy::Value::Json(json.to_string()),
        }),
        Inner::Request(pointer) => at(Source::Request, pointer),
        Inner::Data(pointer) => at(Source::Data, pointer),
        Inner::Parameters(pointer) => at(Source::Parameters, pointer),
    }
}

pub(super) fn test_error(error: lictor_policy::TestError) -> TestError {
    match error {
        lictor_policy::TestError::Value(of_value) => TestError::Value(problem(of_value)),
        lictor_policy::TestError::Operand(of_operand) => TestError::Operand(problem(of_operand)),
        lictor_policy::TestError::TooLarge => TestError::TooLarge,
    }
}

fn problem(problem: lictor_policy::Problem) -> Problem {
    match problem {
        lictor_policy::Problem::Absent => Problem::Absent,
        lictor_policy::Problem::OtherKind(of) => Problem::OtherKind(kind(of)),
        lictor_policy::Problem::Malformed => Problem::Malformed,
    }
}

fn kind(kind: lictor_policy::Kind) -> Kind {
    match kind {
        lictor_policy::Kind::Null => Kind::Null,
        lictor_policy::Kind::Boolean => Kind::Boolean,
        lictor_policy::Kind::Integer => Kind::Integer,
        lictor_policy::Kind::Decimal => Kind::Decimal,
        lictor_policy::Kind::Text => Kind::Text,
        lictor_policy::Kind::List => Kind::List,
        lictor_policy::Kind::Object => Kind::Object,
    }
}
