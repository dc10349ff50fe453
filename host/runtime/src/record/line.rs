//! A record as a line of JSON. `FORMAT.md` beside this file says what each member means.

use std::borrow::Cow;

use lictor_policy::{
    Answer, Decision, Effect, Fault, Observation, Operand, Predicate, Question, Source, Value,
};
use serde::Serialize;
use serde_json::value::RawValue;

use super::Record;
use super::hidden::{self, Hidden};
use super::redact::{MASK, Redaction, Shown};
use crate::binding::{BoundPolicy, Layer, Side};
use crate::decision_id::DecisionId;
use crate::outcome::{PolicyOutcome, Verdict};

/// The version of the format.
const FORMAT: u32 = 1;

#[derive(Serialize)]
pub(super) struct Line<'a> {
    record: u32,
    unix_ms: u64,
    decision_id: DecisionId,
    tenant: &'a str,
    subject: Entity,
    action: String,
    resource: Entity,
    effect: Effect,
    reasons: Vec<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    obligations: Vec<Cow<'a, str>>,
    policies: Vec<Policy<'a>>,
    duration_us: u128,
    #[serde(skip_serializing_if = "is_zero")]
    lost: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "is_no")]
    request_hidden: bool,
}

#[derive(Serialize)]
struct Entity {
    r#type: String,
    id: String,
}

#[derive(Serialize)]
struct Policy<'a> {
    policy: &'a str,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    answered_by: Option<AnsweredBy>,
    layer: Layer,
    #[serde(skip_serializing_if = "is_stable")]
    side: Side,
    artifact: String,
    revision: String,
    applies: bool,
    #[serde(skip_serializing_if = "is_no")]
    recalled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<Effect>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Faulted>,
    fuel_used: u64,
    duration_us: u128,
    observations: Vec<Observed>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    log: Vec<LogLine<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    log_dropped: u64,
}

/// The last good version, where it answered after a fault.
#[derive(Serialize)]
struct AnsweredBy {
    version: String,
    artifact: String,
}

#[derive(Serialize)]
struct Faulted {
    code: &'static str,
    blame: String,
    message: String,
}

#[derive(Serialize)]
struct Observed {
    asked: String,
    answered: Answered,
}

/// What was answered, in the JSON type that fits.
#[derive(Serialize)]
#[serde(untagged)]
enum Answered {
    Absent { absent: bool },
    Neither { neither: String },
    Null,
    Boolean(bool),
    Integer(i64),
    Number(u64),
    Text(String),
    Texts(Vec<String>),
}

#[derive(Serialize)]
struct LogLine<'a> {
    level: String,
    message: &'a str,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn is_stable(side: &Side) -> bool {
    *side == Side::Stable
}

fn is_no(answer: &bool) -> bool {
    !answer
}

impl<'a> Line<'a> {
    pub(super) fn new(record: &'a Record, redaction: &Redaction, lost: u64) -> Self {
        let request = &record.request;
        let policies = record.outcome.policies.iter();
        let hidden = Hidden::of(request, policies.map(|it| &*it.observations), redaction);
        let show = |pointer: &str, text: &str| match redaction.show(pointer, text, false) {
            Shown::Whole => hidden.label(text).into_owned(),
            Shown::Instead(text) => text,
        };
        let whole = redaction
            .shows_requests()
            .then(|| request.document().to_json());
        let shown = whole.as_ref().filter(|whole| hidden.spares(whole));
        Self {
            record: FORMAT,
            unix_ms: record.unix_ms,
            decision_id: record.outcome.decision_id,
            tenant: record.tenant.as_str(),
            subject: Entity {
                r#type: show("/subject/type", request.subject_type()),
                id: show("/subject/id", request.subject_id()),
            },
            action: show("/action/name", request.action_name()),
            resource: Entity {
                r#type: show("/resource/type", request.resource_type()),
                id: show("/resource/id", request.resource_id()),
            },
            effect: record.outcome.decision.effect,
            reasons: codes(&record.outcome.decision, &hidden),
            obligations: record
                .outcome
                .decision
                .obligations
                .iter()
                .map(|it| hidden.label(&it.id))
                .collect(),
            policies: record
                .outcome
                .policies
                .iter()
                .map(|policy| Policy::new(policy, redaction, &hidden))
                .collect(),
            duration_us: record.outcome.duration.as_micros(),
            lost,
            request_hidden: whole.is_some() && shown.is_none(),
            request: shown.and_then(|whole| RawValue::from_string(whole.clone()).ok()),
        }
    }
}

impl<'a> Policy<'a> {
    fn new(outcome: &'a PolicyOutcome, redaction: &Redaction, hidden: &Hidden) -> Self {
        let decision = outcome.verdict.decision();
        Self {
            policy: outcome.bound.policy.as_str(),
            version: outcome.bound.version.to_string(),
            answered_by: match &outcome.verdict {
                Verdict::Faulted { by: Some(by), .. } => Some(AnsweredBy::new(by)),
                _ => None,
            },
            layer: outcome.layer,
            side: outcome.side,
            artifact: outcome.bound.artifact.to_string(),
            revision: outcome.bound.revision.to_string(),
            applies: outcome.verdict != Verdict::NotApplicable,
            recalled: outcome.recalled,
            effect: decision.map(|decision| decision.effect),
            reasons: decision
                .map(|decision| codes(decision, hidden))
                .unwrap_or_default(),
            fault: outcome
                .verdict
                .fault()
                .map(|fault| Faulted::new(fault, hidden)),
            fuel_used: outcome.fuel_used,
            duration_us: outcome.duration.as_micros(),
            observations: outcome
                .observations
                .iter()
                .map(|it| Observed::new(it, redaction, hidden))
                .collect(),
            log: outcome
                .log
                .lines()
                .iter()
                .map(|line| LogLine {
                    level: line.level.to_string(),
                    message: &line.message,
                })
                .collect(),
            log_dropped: outcome.log.dropped(),
        }
    }
}

fn codes<'a>(decision: &'a Decision, hidden: &Hidden) -> Vec<Cow<'a, str>> {
    decision
        .reasons
        .iter()
        .map(|reason| hidden.label(&reason.code))
        .collect()
}

impl AnsweredBy {
    fn new(by: &BoundPolicy) -> Self {
        Self {
            version: by.version.to_string(),
            artifact: by.artifact.to_string(),
        }
    }
}

impl Faulted {
    fn new(fault: &Fault, hidden: &Hidden) -> Self {
        Self {
            code: fault.code(),
            blame: fault.blame().to_string(),
            message: hidden.message(&fault.to_string(), fault.code()),
        }
    }
}

impl Observed {
    fn new(observation: Observation, redaction: &Redaction, hidden: &Hidden) -> Self {
        match observation {
            Observation {
                question:
                    Question::Look {
                        source,
                        aspect,
                        pointer,
                    },
                answer,
            } => {
                let shown = hidden.pointer(&pointer);
                Self {
                    asked: format!("{}.{} {shown}", source.as_str(), aspect.as_str()),
                    answered: answered(answer, &pointer, redaction, hidden),
                }
            }
            Observation {
                question:
                    Question::Test {
                        source,
                        pointer,
                        predicate,
                    },
                answer,
            } => Self::tested(source, &pointer, &predicate, answer, redaction, hidden),
            Observation { question, answer } => Self {
                asked: question.to_string(),
                answered: plain(answer),
            },
        }
    }

    /// A yes or no about a hidden value tells of it, and so does what a policy compares it with: neither is shown.
    fn tested(
        source: Source,
        pointer: &str,
        predicate: &Predicate,
        answer: Answer,
        redaction: &Redaction,
        hidden: &Hidden,
    ) -> Self {
        let compared_with = match &predicate.operand {
            Operand::At(_, operand) => redaction.hides(operand),
            Operand::Given(_) => false,
        };
        let is_hidden = redaction.hides(pointer) || compared_with;
        let operand = match &predicate.operand {
            Operand::At(source, operand) => {
                format!("{} {}", source.as_str(), hidden.pointer(operand))
            }
            Operand::Given(_) if is_hidden => MASK.to_owned(),
            Operand::Given(Value::Text(text)) => {
                Value::Text(hidden.free(text).into_owned()).to_string()
            }
            Operand::Given(value) => hidden.free(&value.to_string()).into_owned(),
        };
        Self {
            asked: format!(
                "{}.test {} {} {operand}",
                source.as_str(),
                hidden.pointer(pointer),
                predicate.relation.as_str()
            ),
            answered: if is_hidden {
                Answered::Text(MASK.to_owned())
            } else {
                plain(answer)
            },
        }
    }
}

/// The answer about an attribute, as far as the rules allow.
fn answered(answer: Answer, pointer: &str, redaction: &Redaction, hidden: &Hidden) -> Answered {
    let (text, is_json) = match &answer {
        Answer::Value(value) => hidden::plain(value.clone()),
        Answer::Keys(names) => (names.join(" "), false),
        _ => return plain(answer),
    };
    match redaction.show(pointer, &text, is_json) {
        Shown::Whole => without(answer, hidden),
        Shown::Instead(text) => Answered::Text(text),
    }
}

/// An answer that no rule covers, without the values that are hidden elsewhere.
fn without(answer: Answer, hidden: &Hidden) -> Answered {
    match answer {
        Answer::Value(Value::Text(text) | Value::Json(text)) => {
            Answered::Text(hidden.free(&text).into_owned())
        }
        Answer::Value(value @ (Value::Integer(_) | Value::Decimal(_))) => {
            match hidden.instead_of(&value.to_string()) {
                Some(shown) => Answered::Text(shown.to_owned()),
                None => plain(Answer::Value(value)),
            }
        }
        Answer::Keys(names) => {
            let shown = names.iter().map(|name| hidden.free(name).into_owned());
            Answered::Texts(shown.collect())
        }
        other => plain(other),
    }
}

fn plain(answer: Answer) -> Answered {
    match answer {
        Answer::Absent => Answered::Absent { absent: true },
        Answer::Value(Value::Null) => Answered::Null,
        Answer::Value(Value::Boolean(boolean))
        | Answer::Before(boolean)
        | Answer::Test(Ok(boolean)) => Answered::Boolean(boolean),
        Answer::Test(Err(error)) => Answered::Neither {
            neither: error.to_string(),
        },
        Answer::Value(Value::Integer(integer)) => Answered::Integer(integer),
        Answer::Value(Value::Decimal(text) | Value::Text(text) | Value::Json(text)) => {
            Answered::Text(text)
        }
        Answer::Count(count) => Answered::Number(count.into()),
        Answer::Time(unix_ms) => Answered::Number(unix_ms),
        Answer::Keys(keys) => Answered::Texts(keys),
    }
}
