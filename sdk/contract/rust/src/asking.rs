//! Asks what the parameters say and tells what came. Must never ask anything else of the request, the data or the clock.

use lictor_sdk::{
    Ask, Decision, Fault, Found, Kind, Mismatch, Operand, ParameterError, Parameters, Presence,
    Property, Test, Value, pointer,
};

/// One question of a scenario.
#[derive(Debug)]
pub struct Question {
    ask: String,
    pointer: String,
    unix_ms: u64,
    relation: String,
    operand: Option<Value>,
    operand_at: String,
    presence: Strictness,
}

/// What is made of a value that isn't there.
#[derive(Clone, Copy, Debug)]
enum Strictness {
    Required,
    Optional,
    Nullable,
}

/// Answers the questions of a scenario.
#[allow(dead_code, reason = "the prepared policy reads its questions ahead")]
pub fn evaluate(ask: &Ask) -> Result<Decision, Fault> {
    answer(&read(&ask.parameters)?, ask)
}

/// Reads the questions.
pub(crate) fn read(parameters: &Parameters) -> Result<Vec<Question>, ParameterError> {
    let count = parameters.count("/questions").unwrap_or_default();
    (0..count)
        .map(|place| read_question(parameters, place))
        .collect()
}

fn read_question(parameters: &Parameters, place: u32) -> Result<Question, ParameterError> {
    let member = |name: &str| pointer!("/questions", place, name);
    let text_or_empty = |name: &str| -> Result<String, Mismatch> {
        let text = parameters.text(&member(name)).optional()?;
        Ok(text.unwrap_or_default())
    };
    let presence = match parameters.text(&member("presence")).optional()?.as_deref() {
        None => Strictness::Required,
        Some("optional") => Strictness::Optional,
        Some("nullable") => Strictness::Nullable,
        Some(_) => return Err(ParameterError::at(&member("presence"), "is unknown")),
    };
    Ok(Question {
        ask: parameters.text(&member("ask"))?,
        pointer: text_or_empty("pointer")?,
        unix_ms: u64::try_from(
            parameters
                .integer(&member("unix_ms"))
                .optional()?
                .unwrap_or_default(),
        )?,
        relation: text_or_empty("relation")?,
        operand: parameters.get(&member("operand")),
        operand_at: text_or_empty("operand_at")?,
        presence,
    })
}

/// Asks the questions in order.
pub(crate) fn answer(questions: &[Question], ask: &Ask) -> Result<Decision, Fault> {
    let mut decision = Decision::abstain();
    for (place, question) in questions.iter().enumerate() {
        decision = decision.annotate(place.to_string(), question.answer(ask)?);
    }
    Ok(decision)
}

macro_rules! answer_from {
    ($question:expr, $place:expr, $function:expr) => {{
        let (question, place) = ($question, $place);
        let pointer = question.pointer.as_str();
        match $function {
            "get" => Ok(place.get(pointer).map_or_else(absent, told)),
            "count" => Ok(place
                .count(pointer)
                .map_or_else(absent, |count| format!("count {count}"))),
            "keys" => Ok(place
                .keys(pointer)
                .map_or_else(absent, |keys| format!("keys {}", list(&keys)))),
            "text" => Ok(question.typed(place.text(pointer), |text| format!("text {text}"))),
            "boolean" => Ok(question.typed(place.boolean(pointer), |boolean| {
                format!("boolean {boolean}")
            })),
            "integer" => Ok(question.typed(place.integer(pointer), |integer| {
                format!("integer {integer}")
            })),
            "decimal" => Ok(question.typed(place.decimal(pointer), |decimal| {
                format!("decimal {decimal}")
            })),
            "texts" => Ok(question.typed(place.texts(pointer), |texts| {
                format!("texts {}", list(&texts))
            })),
            _ => Err(Fault::new(format!("`{}` is unknown", question.ask))),
        }
    }};
}

macro_rules! put {
    ($question:expr, $test:expr, $operand:expr) => {{
        let (test, operand): (Test<'_, _>, Operand<'_>) = ($test, $operand);
        Ok(match $question.relation.as_str() {
            "equal" => test.is(operand),
            "less" => test.is_below(operand),
            "at-most" => test.is_at_most(operand),
            "greater" => test.is_above(operand),
            "at-least" => test.is_at_least(operand),
            "in" => test.is_in(operand),
            "prefix" => test.starts_with(operand),
            "suffix" => test.ends_with(operand),
            "glob" => test.matches(operand),
            "network" => test.is_in_network(operand),
            "within" => test.is_within(operand),
            _ => return Err(Fault::new(format!("`{}` is unknown", $question.relation))),
        })
    }};
}

impl Question {
    fn answer(&self, ask: &Ask) -> Result<String, Fault> {
        match self.ask.split_once('.') {
            Some(("request", "test")) => {
                self.tested(|pointer, operand| put!(self, ask.request.test(pointer), operand))
            }
            Some(("data", "test")) => {
                self.tested(|pointer, operand| put!(self, ask.data.test(pointer), operand))
            }
            Some(("request", function)) => answer_from!(self, &ask.request, function),
            Some(("data", function)) => answer_from!(self, &ask.data, function),
            Some(("parameters", function)) => answer_from!(self, &ask.parameters, function),
            Some(("clock", "now")) => Ok(format!("time {}", ask.clock.now())),
            Some(("clock", "before")) if ask.clock.before(self.unix_ms) => Ok("yes".to_owned()),
            Some(("clock", "before")) => Ok("no".to_owned()),
            _ => Err(Fault::new(format!("`{}` is unknown", self.ask))),
        }
    }

    fn tested<'a>(
        &'a self,
        put: impl FnOnce(&'a str, Operand<'a>) -> Result<Result<bool, Mismatch>, Fault>,
    ) -> Result<String, Fault> {
        let answer = put(&self.pointer, self.operand()?)?;
        Ok(self.typed(answer, |yes| if yes { "yes" } else { "no" }.to_owned()))
    }

    fn operand(&self) -> Result<Operand<'_>, Fault> {
        Ok(match &self.operand {
            Some(Value::Null) => Operand::json("null"),
            Some(Value::Boolean(boolean)) => (*boolean).into(),
            Some(Value::Integer(integer)) => (*integer).into(),
            Some(Value::Decimal(decimal)) => decimal.into(),
            Some(Value::Text(text)) => text.into(),
            Some(Value::List(json) | Value::Object(json)) => Operand::json(json.as_str()),
            None => match self.operand_at.split_once(' ') {
                Some(("request", pointer)) => Operand::request(pointer),
                Some(("data", pointer)) => Operand::data(pointer),
                Some(("parameters", pointer)) => Operand::parameters(pointer),
                _ => return Err(Fault::new(format!("`{}` is no place", self.operand_at))),
            },
        })
    }

    fn typed<T>(&self, answer: Result<T, Mismatch>, tell: impl FnOnce(T) -> String) -> String {
        let answer = match self.presence {
            Strictness::Required => answer.map(Some),
            Strictness::Optional => answer.optional(),
            Strictness::Nullable => answer.nullable(),
        };
        match answer {
            Ok(answer) => answer.map_or_else(absent, tell),
            Err(mismatch) if mismatch.place() == "rule" => {
                format!("mismatch {} operand", found(mismatch.found()))
            }
            Err(mismatch) => format!(
                "mismatch {} {}",
                found(mismatch.found()),
                mismatch.pointer()
            ),
        }
    }
}

fn absent() -> String {
    "absent".to_owned()
}

fn told(value: Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Boolean(boolean) => format!("boolean {boolean}"),
        Value::Integer(integer) => format!("integer {integer}"),
        Value::Decimal(decimal) => format!("decimal {decimal}"),
        Value::Text(text) => format!("text {text}"),
        Value::List(json) => format!("list {json}"),
        Value::Object(json) => format!("object {json}"),
    }
}

fn found(found: Found) -> &'static str {
    match found {
        Found::Absent => "absent",
        Found::Null | Found::Other(Kind::Null) => "null",
        Found::Other(Kind::Boolean) => "boolean",
        Found::Other(Kind::Integer) => "integer",
        Found::Other(Kind::Decimal) => "decimal",
        Found::Other(Kind::Text) => "text",
        Found::Other(Kind::List) => "list",
        Found::Other(Kind::Object) => "object",
        Found::Malformed => "malformed",
        Found::TooLarge => "too large",
    }
}

fn list(texts: &[String]) -> String {
    Property::from(texts).as_json().to_owned()
}
