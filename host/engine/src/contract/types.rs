//! The interface `types`, as the canonical ABI moves it, and what it becomes on the host's side.

use lictor_policy as policy;
use wasmtime::component::{ComponentType, Lift, Lower};

#[derive(ComponentType, Lower)]
#[component(variant)]
pub(super) enum Value {
    #[component(name = "null")]
    Null,
    #[component(name = "boolean")]
    Boolean(bool),
    #[component(name = "integer")]
    Integer(i64),
    #[component(name = "decimal")]
    Decimal(String),
    #[component(name = "text")]
    Text(String),
    #[component(name = "json")]
    Json(String),
}

impl From<policy::Value> for Value {
    fn from(value: policy::Value) -> Self {
        match value {
            policy::Value::Null => Value::Null,
            policy::Value::Boolean(boolean) => Value::Boolean(boolean),
            policy::Value::Integer(integer) => Value::Integer(integer),
            policy::Value::Decimal(text) => Value::Decimal(text),
            policy::Value::Text(text) => Value::Text(text),
            policy::Value::Json(text) => Value::Json(text),
        }
    }
}

#[derive(ComponentType, Lift, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "the canonical ABI makes them from their numbers")]
pub(super) enum Effect {
    #[component(name = "abstain")]
    Abstain,
    #[component(name = "allow")]
    Allow,
    #[component(name = "review")]
    Review,
    #[component(name = "deny")]
    Deny,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(super) struct Reason {
    code: String,
    message: String,
    annotations: Vec<(String, String)>,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(super) struct Obligation {
    id: String,
    kind: String,
    properties: String,
    annotations: Vec<(String, String)>,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(super) struct Decision {
    effect: Effect,
    reasons: Vec<Reason>,
    obligations: Vec<Obligation>,
    annotations: Vec<(String, String)>,
}

impl From<Decision> for policy::Decision {
    fn from(decision: Decision) -> Self {
        policy::Decision {
            effect: decision.effect.into(),
            reasons: decision.reasons.into_iter().map(Into::into).collect(),
            obligations: decision.obligations.into_iter().map(Into::into).collect(),
            annotations: decision.annotations,
        }
    }
}

impl From<Effect> for policy::Effect {
    fn from(effect: Effect) -> Self {
        match effect {
            Effect::Abstain => policy::Effect::Abstain,
            Effect::Allow => policy::Effect::Allow,
            Effect::Review => policy::Effect::Review,
            Effect::Deny => policy::Effect::Deny,
        }
    }
}

impl From<Reason> for policy::Reason {
    fn from(
        Reason {
            code,
            message,
            annotations,
        }: Reason,
    ) -> Self {
        policy::Reason {
            code,
            message,
            annotations,
        }
    }
}

impl From<Obligation> for policy::Obligation {
    fn from(
        Obligation {
            id,
            kind,
            properties,
            annotations,
        }: Obligation,
    ) -> Self {
        policy::Obligation {
            id,
            kind,
            properties,
            annotations,
        }
    }
}
