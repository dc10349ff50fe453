//! A record as a line of JSON. `FORMAT.md` beside this file says what each member means.

use lictor_policy::{Answer, Decision, Effect, Fault, Observation, Question, Value};
use serde::Serialize;

use super::Record;
use super::hidden::{self, Hidden};
use super::redact::{Redaction, Shown};
use crate::binding::Layer;
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
    reasons: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    obligations: Vec<&'a str>,
    policies: Vec<Policy<'a>>,
    duration_us: u128,
    #[serde(skip_serializing_if = "is_zero")]
    lost: u64,
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
    layer: Layer,
    artifact: String,
    revision: String,
    applies: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<Effect>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<&'a str>,
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

impl<'a> Line<'a> {
    pub(super) fn new(record: &'a Record, redaction: &Redaction, lost: u64) -> Self {
        let request = &record.request;
        let hidden = Hidden::of(record, redaction);
        let show = |pointer: &str, text: &str| shown_text(redaction, pointer, text);
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
            reasons: codes(&record.outcome.decision),
            obligations: record
                .outcome
                .decision
                .obligations
                .iter()
                .map(|it| it.id.as_str())
                .collect(),
            policies: record
                .outcome
                .policies
                .iter()
                .map(|policy| Policy::new(policy, redaction, &hidden))
                .collect(),
            duration_us: record.outcome.duration.as_micros(),
            lost,
        }
    }
}

impl<'a> Policy<'a> {
    fn new(outcome: &'a PolicyOutcome, redaction: &Redaction, hidden: &Hidden) -> Self {
        let decision = outcome.verdict.decision();
        Self {
            policy: outcome.bound.policy.as_str(),
            version: outcome.bound.version.to_string(),
            layer: outcome.layer,
            artifact: outcome.bound.artifact.to_string(),
            revision: outcome.bound.revision.to_string(),
            applies: outcome.verdict != Verdict::NotApplicable,
            effect: decision.map(|decision| decision.effect),
            reasons: decision.map(codes).unwrap_or_default(),
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

fn codes(decision: &Decision) -> Vec<&str> {
    decision
        .reasons
        .iter()
        .map(|reason| reason.code.as_str())
        .collect()
}

impl Faulted {
    fn new(fault: &Fault, hidden: &Hidden) -> Self {
        Self {
            code: fault.code(),
            blame: fault.blame().to_string(),
            message: hidden.hide(&fault.to_string()),
        }
    }
}

impl Observed {
    fn new(observation: Observation, redaction: &Redaction, hidden: &Hidden) -> Self {
        let asked = hidden.hide(&observation.question.to_string());
        let answered = match &observation.question {
            Question::Look { pointer, .. } => answered(observation.answer, pointer, redaction),
            Question::Now | Question::Before(_) => plain(observation.answer),
        };
        Self { asked, answered }
    }
}

/// The answer about an attribute, as far as the rules allow.
fn answered(answer: Answer, pointer: &str, redaction: &Redaction) -> Answered {
    let (text, is_json) = match &answer {
        Answer::Value(value) => hidden::plain(value.clone()),
        Answer::Keys(names) => (names.join(" "), false),
        _ => return plain(answer),
    };
    match redaction.show(pointer, &text, is_json) {
        Shown::Whole => plain(answer),
        Shown::Instead(text) => Answered::Text(text),
    }
}

fn plain(answer: Answer) -> Answered {
    match answer {
        Answer::Absent => Answered::Absent { absent: true },
        Answer::Value(Value::Null) => Answered::Null,
        Answer::Value(Value::Boolean(boolean)) | Answer::Before(boolean) => {
            Answered::Boolean(boolean)
        }
        Answer::Value(Value::Integer(integer)) => Answered::Integer(integer),
        Answer::Value(Value::Decimal(text) | Value::Text(text) | Value::Json(text)) => {
            Answered::Text(text)
        }
        Answer::Count(count) => Answered::Number(count.into()),
        Answer::Time(unix_ms) => Answered::Number(unix_ms),
        Answer::Keys(keys) => Answered::Texts(keys),
    }
}

fn shown_text(redaction: &Redaction, pointer: &str, text: &str) -> String {
    match redaction.show(pointer, text, false) {
        Shown::Whole => text.to_owned(),
        Shown::Instead(text) => text,
    }
}
