//! Does what a table in its parameters says. `/rules` is a list; the first rule comes first, and each has one of:
//!
//! - `get`, `count` or `keys`: a pointer. `of` says `request` or `data`; with `on`, the last answer is its last token. The
//!   rule that `then` names for the answer comes next, else `else`;
//! - `test`: a pointer, of the request or with `of: data` of the documents, whose value is to stand in the relation `relation`
//!   (else: at most) to the rule's own `limit`, or to what stands at the pointer `in_request` or `in_data`; `yes`, `no` or
//!   `else` comes next;
//! - `before`: a time; `yes` or `no` comes next;
//! - `now`: the rule that comes after asking for the time;
//! - `fail`: there is no decision;
//! - `decide`: an effect. The decision's reason has the table's `/code`, and as its message every answer.

use lictor_sdk::{Ask, Decision, Effect, Fault, Operand, Presence, Value, pointer};

lictor_sdk::policy!(evaluate);

/// The most rules on a way through the table.
const STEPS_MAX: usize = 64;

fn evaluate(ask: &Ask) -> Result<Decision, Fault> {
    let mut run = Run {
        ask,
        rule: 0,
        last: String::new(),
        answers: String::new(),
    };
    for _ in 0..STEPS_MAX {
        if let Some(decision) = run.step()? {
            return Ok(decision);
        }
    }
    Err(Fault::new("the table has no end"))
}

/// Puts a test of the request or of the documents, which are of two types.
macro_rules! put {
    ($test:expr, $relation:expr, $operand:expr) => {{
        let test = $test;
        match $relation {
            Some("equal") => test.is($operand),
            Some("less") => test.is_below($operand),
            Some("greater") => test.is_above($operand),
            Some("at-least") => test.is_at_least($operand),
            Some("in") => test.is_in($operand),
            Some("prefix") => test.starts_with($operand),
            Some("suffix") => test.ends_with($operand),
            Some("glob") => test.matches($operand),
            Some("network") => test.is_in_network($operand),
            Some("within") => test.is_within($operand),
            _ => test.is_at_most($operand),
        }
    }};
}

struct Run<'a> {
    ask: &'a Ask,
    rule: usize,
    last: String,
    answers: String,
}

impl Run<'_> {
    fn step(&mut self) -> Result<Option<Decision>, Fault> {
        if let Some(effect) = self.text("decide")? {
            let code = self.ask.parameters.text("/code")?;
            let effect = match effect.as_str() {
                "abstain" => Effect::Abstain,
                "allow" => Effect::Allow,
                "review" => Effect::Review,
                _ => Effect::Deny,
            };
            return Ok(Some(Decision::of(effect).reason(code, &*self.answers)));
        }
        if self.text("fail")?.is_some() {
            return Err(Fault::new("as the table says"));
        }
        if let Some(unix_ms) = self.number("before")? {
            let before = self.ask.clock.before(u64::try_from(unix_ms)?);
            return self.go(if before { "yes" } else { "no" });
        }
        if self.number("now")?.is_some() {
            self.note(&self.ask.clock.now().to_string());
            return self.go("now");
        }
        if let Some(at) = self.text("test")? {
            return self.test(&at);
        }
        let answer = self.answer()?;
        self.note(&answer);
        let then = pointer!("/rules", self.rule, "then", &self.last);
        match self.ask.parameters.integer(&then).optional()? {
            Some(next) => self.rule = usize::try_from(next)?,
            None => return self.go("else"),
        }
        Ok(None)
    }

    fn test(&mut self, at: &str) -> Result<Option<Decision>, Fault> {
        let limit = pointer!("/rules", self.rule, "limit");
        let (in_request, in_data) = (self.text("in_request")?, self.text("in_data")?);
        let operand = match (&in_request, &in_data) {
            (Some(pointer), _) => Operand::request(pointer),
            (_, Some(pointer)) => Operand::data(pointer),
            _ => Operand::parameters(&limit),
        };
        let relation = self.text("relation")?;
        let relation = relation.as_deref();
        let holds = match self.text("of")?.as_deref() {
            Some("data") => put!(self.ask.data.test(at), relation, operand),
            _ => put!(self.ask.request.test(at), relation, operand),
        };
        self.go(match holds {
            Ok(true) => "yes",
            Ok(false) => "no",
            Err(_) => "else",
        })
    }

    fn answer(&self) -> Result<String, Fault> {
        let of_data = self.text("of")?.as_deref() == Some("data");
        let (request, data) = (&self.ask.request, &self.ask.data);
        if let Some(mut at) = self.text("get")? {
            if self.text("on")?.is_some() {
                at = pointer!(at.as_str(), &self.last).as_str().to_owned();
            }
            let value = if of_data {
                data.get(&at)
            } else {
                request.get(&at)
            };
            return Ok(shown(value));
        }
        if let Some(at) = self.text("count")? {
            let count = if of_data {
                data.count(&at)
            } else {
                request.count(&at)
            };
            return Ok(format!("{count:?}"));
        }
        let at = self.text("keys")?;
        let at = at.ok_or_else(|| Fault::new("the rule says nothing"))?;
        let keys = if of_data {
            data.keys(&at)
        } else {
            request.keys(&at)
        };
        Ok(format!("{keys:?}"))
    }

    fn note(&mut self, answer: &str) {
        self.last = answer.to_owned();
        self.answers.push_str(answer);
        self.answers.push(';');
    }

    fn go(&mut self, member: &str) -> Result<Option<Decision>, Fault> {
        let next = self.number(member)?;
        let next = next.ok_or_else(|| Fault::new("the rule leads nowhere"))?;
        self.rule = usize::try_from(next)?;
        Ok(None)
    }

    fn text(&self, member: &str) -> Result<Option<String>, Fault> {
        let at = pointer!("/rules", self.rule, member);
        Ok(self.ask.parameters.text(&at).optional()?)
    }

    fn number(&self, member: &str) -> Result<Option<i64>, Fault> {
        let at = pointer!("/rules", self.rule, member);
        Ok(self.ask.parameters.integer(&at).optional()?)
    }
}

/// An answer as a short text.
fn shown(value: Option<Value>) -> String {
    match value {
        None => "absent".to_owned(),
        Some(Value::Text(text)) => text,
        Some(other) => format!("{other:?}"),
    }
}
