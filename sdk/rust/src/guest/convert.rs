//! Between the contract's types and those that authors hold. Must never change a value.

use crate::decimal::Decimal;
use crate::decision::Decision;
use crate::effect::Effect;
use crate::guest::bindings;
use crate::guest::bindings::lictor::policy::{log, types};
use crate::kind::Kind;
use crate::log::Level;
use crate::obligation::Obligation;
use crate::operand::{Given, Inner, Operand};
use crate::reason::Reason;
use crate::relation::{Problem, Relation, TestError};
use crate::value::Value;

impl From<types::Value> for Value {
    fn from(value: types::Value) -> Self {
        match value {
            types::Value::Null => Self::Null,
            types::Value::Boolean(boolean) => Self::Boolean(boolean),
            types::Value::Integer(integer) => Self::Integer(integer),
            types::Value::Decimal(text) => Self::Decimal(Decimal::from_canonical(text)),
            types::Value::Text(text) => Self::Text(text),
            types::Value::Json(text) => Self::from_json(text),
        }
    }
}

impl From<Level> for log::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Debug => Self::Debug,
            Level::Info => Self::Info,
            Level::Warn => Self::Warn,
            Level::Error => Self::Error,
        }
    }
}

impl From<Decision> for bindings::Decision {
    fn from(decision: Decision) -> Self {
        Self {
            effect: decision.effect.into(),
            reasons: decision.reasons.into_iter().map(Into::into).collect(),
            obligations: decision.obligations.into_iter().map(Into::into).collect(),
            annotations: decision.annotations,
        }
    }
}

impl From<Effect> for types::Effect {
    fn from(effect: Effect) -> Self {
        match effect {
            Effect::Abstain => Self::Abstain,
            Effect::Allow => Self::Allow,
            Effect::Review => Self::Review,
            Effect::Deny => Self::Deny,
        }
    }
}

impl From<Reason> for types::Reason {
    fn from(reason: Reason) -> Self {
        Self {
            code: reason.code,
            message: reason.message,
            annotations: reason.annotations,
        }
    }
}

impl From<Obligation> for types::Obligation {
    fn from(obligation: Obligation) -> Self {
        Self {
            id: obligation.id,
            kind: obligation.kind,
            properties: obligation.properties,
            annotations: obligation.annotations,
        }
    }
}

impl From<Relation> for types::Relation {
    fn from(relation: Relation) -> Self {
        match relation {
            Relation::Equal => Self::Equal,
            Relation::Less => Self::Less,
            Relation::AtMost => Self::AtMost,
            Relation::Greater => Self::Greater,
            Relation::AtLeast => Self::AtLeast,
            Relation::In => Self::In,
            Relation::Prefix => Self::Prefix,
            Relation::Suffix => Self::Suffix,
            Relation::Glob => Self::Glob,
            Relation::Network => Self::Network,
            Relation::Within => Self::Within,
        }
    }
}

impl From<&Operand<'_>> for types::Operand {
    fn from(operand: &Operand<'_>) -> Self {
        match &operand.inner {
            Inner::Given(given) => Self::Given(given.into()),
            Inner::Request(pointer) => Self::Request(pointer.to_string()),
            Inner::Data(pointer) => Self::Data(pointer.to_string()),
            Inner::Parameters(pointer) => Self::Parameters(pointer.to_string()),
        }
    }
}

impl From<&Given<'_>> for types::Value {
    fn from(given: &Given<'_>) -> Self {
        match given {
            Given::Boolean(boolean) => Self::Boolean(*boolean),
            Given::Integer(integer) => Self::Integer(*integer),
            Given::Decimal(decimal) => Self::Decimal(decimal.to_string()),
            Given::Text(text) => Self::Text(text.to_string()),
            Given::Json(json) => Self::Json(json.to_string()),
        }
    }
}

impl From<types::TestError> for TestError {
    fn from(error: types::TestError) -> Self {
        match error {
            types::TestError::Value(problem) => Self::Value(problem.into()),
            types::TestError::Operand(problem) => Self::Operand(problem.into()),
            types::TestError::TooLarge => Self::TooLarge,
        }
    }
}

impl From<types::Problem> for Problem {
    fn from(problem: types::Problem) -> Self {
        match problem {
            types::Problem::Absent => Self::Absent,
            types::Problem::OtherKind(kind) => Self::OtherKind(kind.into()),
            types::Problem::Malformed => Self::Malformed,
        }
    }
}

impl From<types::Kind> for Kind {
    fn from(kind: types::Kind) -> Self {
        match kind {
            types::Kind::Null => Self::Null,
            types::Kind::Boolean => Self::Boolean,
            types::Kind::Integer => Self::Integer,
            types::Kind::Decimal => Self::Decimal,
            types::Kind::Text => Self::Text,
            types::Kind::List => Self::List,
            types::Kind::Object => Self::Object,
        }
    }
}
