//! Between the contract's types and those that authors hold. Must never change a value.

use crate::decimal::Decimal;
use crate::decision::Decision;
use crate::effect::Effect;
use crate::guest::bindings;
use crate::guest::bindings::lictor::policy::{log, types};
use crate::log::Level;
use crate::obligation::Obligation;
use crate::reason::Reason;
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
