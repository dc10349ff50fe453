//! Does what a table in its parameters says. `/rules` is a list; the first rule comes first, and each has one of:
//!
//! - `get`, `count` or `keys`: a pointer. `of` says `request` or `data`; with `on`, the last answer is its last token. The
//!   rule that `then` names for the answer comes next, else `else`;
//! - `before`: a time; `yes` or `no` comes next;
//! - `now`: the rule that comes after asking for the time;
//! - `fail`: there is no decision;
//! - `decide`: an effect. The decision's reason has the table's `/code`, and as its message every answer.

use lictor_sdk::{Ask, Decision, Effect, Fault, Place, Presence, Questions, Value, pointer};

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

struct Run<'a> {
    ask: &'a Ask,
    rule: i64,
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
        let answer = match self.text("of")?.as_deref() {
            Some("data") => self.answer(&self.ask.data)?,
            _ => self.answer(&self.ask.request)?,
        };
        self.note(&answer);
        let then = pointer!("/rules", self.rule, "then", &self.last);
        match self.ask.parameters.integer(&then).optional()? {
            Some(next) => self.rule = next,
            None => return self.go("else"),
        }
        Ok(None)
    }

    fn answer<P: Place>(&self, place: &Questions<P>) -> Result<String, Fault> {
        for aspect in ["get", "count", "keys"] {
            let Some(mut at) = self.text(aspect)? else {
                continue;
            };
            if self.text("on")?.is_some() {
                at = pointer!(&at, &self.last);
            }
            return Ok(match aspect {
                "get" => shown(place.get(&at)),
                "count" => format!("{:?}", place.count(&at)),
                _ => format!("{:?}", place.keys(&at)),
            });
        }
        Err(Fault::new("the rule says nothing"))
    }

    fn note(&mut self, answer: &str) {
        self.last = answer.to_owned();
        self.answers.push_str(answer);
        self.answers.push(';');
    }

    fn go(&mut self, member: &str) -> Result<Option<Decision>, Fault> {
        let next = self.number(member)?;
        self.rule = next.ok_or_else(|| Fault::new("the rule leads nowhere"))?;
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
