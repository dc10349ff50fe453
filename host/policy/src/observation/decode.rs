//! Reads observations that `encode` wrote. The layout stands at [`Observations`](super::Observations).

use super::encode::{
    ABSENT, ASK_BEFORE, ASK_NOW, BEFORE, COUNT, DECIMAL, FALSE, INTEGER, JSON, KEYS, NOT_BEFORE,
    NULL, TEXT, TIME, TRUE,
};
use super::{Answer, Aspect, Observation, Question, Source};
use crate::Value;

/// The observations that are still to be read.
pub(super) struct Observations<'a> {
    rest: &'a [u8],
}

impl<'a> Observations<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*first)
    }

    fn length(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(self.length()?).ok()?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        String::from_utf8(text.to_vec()).ok()
    }

    fn question(&mut self) -> Option<Question> {
        match self.byte()? {
            ASK_NOW => Some(Question::Now),
            ASK_BEFORE => self
                .array()
                .map(|bytes| Question::Before(u64::from_le_bytes(bytes))),
            tag => {
                let (source, aspect) = look(tag)?;
                Some(Question::Look {
                    source,
                    aspect,
                    pointer: self.text()?,
                })
            }
        }
    }

    fn answer(&mut self) -> Option<Answer> {
        Some(match self.byte()? {
            ABSENT => Answer::Absent,
            NULL => Answer::Value(Value::Null),
            FALSE => Answer::Value(Value::Boolean(false)),
            TRUE => Answer::Value(Value::Boolean(true)),
            INTEGER => Answer::Value(Value::Integer(i64::from_le_bytes(self.array()?))),
            DECIMAL => Answer::Value(Value::Decimal(self.text()?)),
            TEXT => Answer::Value(Value::Text(self.text()?)),
            JSON => Answer::Value(Value::Json(self.text()?)),
            COUNT => Answer::Count(self.length()?),
            KEYS => Answer::Keys(
                (0..self.length()?)
                    .map(|_| self.text())
                    .collect::<Option<_>>()?,
            ),
            TIME => Answer::Time(u64::from_le_bytes(self.array()?)),
            NOT_BEFORE => Answer::Before(false),
            BEFORE => Answer::Before(true),
            _ => return None,
        })
    }
}

/// Observations that are still to be split into questions and answers.
pub(super) struct Raw<'a> {
    all: Observations<'a>,
}

impl<'a> Raw<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            all: Observations::new(bytes),
        }
    }
}

impl<'a> Iterator for Raw<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let from_question = self.all.rest;
        self.all.question()?;
        let from_answer = self.all.rest;
        self.all.answer()?;
        let before =
            |rest: &'a [u8], after: &[u8]| rest.get(..rest.len().saturating_sub(after.len()));
        Some((
            before(from_question, from_answer)?,
            before(from_answer, self.all.rest)?,
        ))
    }
}

/// Reads one question that fills the bytes.
pub(super) fn question(bytes: &[u8]) -> Option<Question> {
    let mut all = Observations::new(bytes);
    let question = all.question()?;
    all.rest.is_empty().then_some(question)
}

impl Iterator for Observations<'_> {
    type Item = Observation;

    fn next(&mut self) -> Option<Observation> {
        let question = self.question()?;
        let answer = self.answer()?;
        Some(Observation { question, answer })
    }
}

fn look(tag: u8) -> Option<(Source, Aspect)> {
    let source = match tag / 4 {
        0 => Source::Request,
        1 => Source::Data,
        2 => Source::Parameters,
        _ => return None,
    };
    let aspect = match tag % 4 {
        0 => Aspect::Get,
        1 => Aspect::Count,
        2 => Aspect::Keys,
        _ => return None,
    };
    Some((source, aspect))
}

#[cfg(test)]
mod tests {
    use super::super::Observations;
    use super::*;

    #[test]
    fn what_was_recorded_is_read_again() {
        let mut all = Observations::new();
        let values = [
            Value::Null,
            Value::Boolean(false),
            Value::Boolean(true),
            Value::Integer(-5),
            Value::Decimal("0.1".into()),
            Value::Text("ä".into()),
            Value::Json("[1]".into()),
        ];
        for value in &values {
            all.push_get(Source::Request, "/a", Some(value));
        }
        all.push_get(Source::Data, "", None);
        all.push_count(Source::Data, "/b", Some(7));
        all.push_count(Source::Data, "/b", None);
        all.push_keys(
            Source::Request,
            "/c",
            Some(&["x".to_owned(), String::new()]),
        );
        all.push_keys(Source::Request, "/c", None);
        all.push_now(9);
        all.push_before(10, true);
        all.push_before(11, false);

        let read: Vec<String> = all
            .iter()
            .map(|observation| observation.to_string())
            .collect();
        assert_eq!(
            read,
            [
                "request.get /a = null",
                "request.get /a = false",
                "request.get /a = true",
                "request.get /a = -5",
                "request.get /a = 0.1",
                "request.get /a = \"ä\"",
                "request.get /a = [1]",
                "data.get  = absent",
                "data.count /b = 7",
                "data.count /b = absent",
                "request.keys /c = [\"x\", \"\"]",
                "request.keys /c = absent",
                "clock.now = 9",
                "clock.before 10 = true",
                "clock.before 11 = false",
            ]
        );
        assert_eq!(all.len() as usize, read.len());
    }

    #[test]
    fn different_observations_have_different_bytes() {
        let encode = |fill: &dyn Fn(&mut Observations)| {
            let mut all = Observations::new();
            fill(&mut all);
            all.as_bytes().to_vec()
        };
        let get = |value: Option<Value>| {
            encode(&|all| all.push_get(Source::Request, "/a", value.as_ref()))
        };
        let distinct = [
            get(None),
            get(Some(Value::Null)),
            get(Some(Value::Text(String::new()))),
            get(Some(Value::Text("1".into()))),
            get(Some(Value::Integer(1))),
            get(Some(Value::Decimal("1".into()))),
            get(Some(Value::Json("1".into()))),
            get(Some(Value::Boolean(false))),
            encode(&|all| all.push_count(Source::Request, "/a", Some(0))),
            encode(&|all| all.push_count(Source::Request, "/a", None)),
            encode(&|all| all.push_keys(Source::Request, "/a", Some(&[]))),
            encode(&|all| all.push_keys(Source::Request, "/a", Some(&["ab".into()]))),
            encode(&|all| all.push_keys(Source::Request, "/a", Some(&["a".into(), "b".into()]))),
            encode(&|all| all.push_get(Source::Data, "/a", None)),
        ];
        let unique: std::collections::BTreeSet<_> = distinct.iter().collect();
        assert_eq!(unique.len(), distinct.len());
    }
}
