//! Reads observations that `encode` wrote. The layout stands at [`Observations`](super::Observations).

use super::encode::{
    ABSENT, ASK_BEFORE, ASK_NOW, ASK_TEST, AT, BEFORE, COUNT, DECIMAL, FALSE, INTEGER, IS_ABSENT,
    IS_MALFORMED, IS_OF_KIND, JSON, KEYS, NEITHER, NO, NOT_BEFORE, NULL, OF_OPERAND, OF_VALUE,
    TEXT, TIME, TOO_LARGE, TRUE, YES,
};
use super::{Answer, Aspect, Observation, Question, Source};
use crate::{Kind, Operand, Predicate, Problem, Relation, TestError, Value};

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
            tag if tag % 4 == ASK_TEST => Some(Question::Test {
                source: source(tag / 4)?,
                pointer: self.text()?,
                predicate: self.predicate()?,
            }),
            tag => Some(Question::Look {
                source: source(tag / 4)?,
                aspect: aspect(tag % 4)?,
                pointer: self.text()?,
            }),
        }
    }

    fn predicate(&mut self) -> Option<Predicate> {
        Some(Predicate {
            relation: *Relation::ALL.get(usize::from(self.byte()?))?,
            operand: self.operand()?,
        })
    }

    fn operand(&mut self) -> Option<Operand> {
        let tag = self.byte()?;
        Some(match tag.checked_sub(AT) {
            Some(at) => Operand::At(source(at)?, self.text()?),
            None => Operand::Given(self.value(tag)?),
        })
    }

    fn answer(&mut self) -> Option<Answer> {
        Some(match self.byte()? {
            ABSENT => Answer::Absent,
            COUNT => Answer::Count(self.length()?),
            KEYS => Answer::Keys(
                (0..self.length()?)
                    .map(|_| self.text())
                    .collect::<Option<_>>()?,
            ),
            TIME => Answer::Time(u64::from_le_bytes(self.array()?)),
            NOT_BEFORE => Answer::Before(false),
            BEFORE => Answer::Before(true),
            NO => Answer::Test(Ok(false)),
            YES => Answer::Test(Ok(true)),
            NEITHER => Answer::Test(Err(reason(self.byte()?)?)),
            tag => Answer::Value(self.value(tag)?),
        })
    }

    fn value(&mut self, tag: u8) -> Option<Value> {
        Some(match tag {
            NULL => Value::Null,
            FALSE => Value::Boolean(false),
            TRUE => Value::Boolean(true),
            INTEGER => Value::Integer(i64::from_le_bytes(self.array()?)),
            DECIMAL => Value::Decimal(self.text()?),
            TEXT => Value::Text(self.text()?),
            JSON => Value::Json(self.text()?),
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

fn source(number: u8) -> Option<Source> {
    Some(match number {
        0 => Source::Request,
        1 => Source::Data,
        2 => Source::Parameters,
        _ => return None,
    })
}

fn aspect(number: u8) -> Option<Aspect> {
    Some(match number {
        0 => Aspect::Get,
        1 => Aspect::Count,
        2 => Aspect::Keys,
        _ => return None,
    })
}

fn reason(byte: u8) -> Option<TestError> {
    let problem = |number| match number {
        IS_ABSENT => Some(Problem::Absent),
        IS_MALFORMED => Some(Problem::Malformed),
        _ => {
            let kind = usize::from(u8::checked_sub(number, IS_OF_KIND)?);
            Kind::ALL.get(kind).copied().map(Problem::OtherKind)
        }
    };
    match byte {
        TOO_LARGE => Some(TestError::TooLarge),
        OF_OPERAND.. => problem(byte - OF_OPERAND).map(TestError::Operand),
        OF_VALUE.. => problem(byte - OF_VALUE).map(TestError::Value),
        _ => None,
    }
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

    fn given(relation: Relation, value: Value) -> Predicate {
        Predicate {
            relation,
            operand: Operand::Given(value),
        }
    }

    fn at(relation: Relation, source: Source, pointer: &str) -> Predicate {
        Predicate {
            relation,
            operand: Operand::At(source, pointer.to_owned()),
        }
    }

    #[test]
    fn tests_are_read_again() {
        let text = |text: &str| Value::Text(text.to_owned());
        let cases = [
            (given(Relation::AtMost, Value::Integer(10_000)), Ok(true)),
            (
                given(Relation::Less, Value::Decimal("1e400".into())),
                Ok(false),
            ),
            (
                given(Relation::Equal, Value::Null),
                Err(TestError::TooLarge),
            ),
            (
                given(Relation::Equal, Value::Boolean(false)),
                Err(TestError::Value(Problem::Absent)),
            ),
            (
                given(Relation::Equal, Value::Boolean(true)),
                Err(TestError::Operand(Problem::Absent)),
            ),
            (
                given(Relation::Glob, text("a*\n")),
                Err(TestError::Operand(Problem::Malformed)),
            ),
            (
                given(Relation::In, Value::Json(r#"["a","b"]"#.into())),
                Err(TestError::Value(Problem::Malformed)),
            ),
            (at(Relation::In, Source::Data, "/users"), Ok(true)),
            (
                at(Relation::Greater, Source::Parameters, "/limit"),
                Ok(true),
            ),
            (at(Relation::Equal, Source::Request, ""), Ok(false)),
        ];
        let mut all = Observations::new();
        for (predicate, answer) in &cases {
            all.push_test(Source::Request, "/a", predicate, *answer);
        }
        all.push_now(9);
        let read: Vec<Observation> = all.iter().collect();
        assert_eq!(read.len(), cases.len() + 1);
        for ((predicate, answer), observation) in cases.into_iter().zip(&read) {
            let question = Question::Test {
                source: Source::Request,
                pointer: "/a".to_owned(),
                predicate,
            };
            assert_eq!(observation.question, question);
            assert_eq!(observation.answer, Answer::Test(answer));
        }
        let shown: Vec<String> = read.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "request.test /a <= 10000 = yes",
                "request.test /a < 1e400 = no",
                "request.test /a == null = neither: too large",
                "request.test /a == false = neither: value absent",
                "request.test /a == true = neither: operand absent",
                r#"request.test /a matches "a*\n" = neither: operand malformed"#,
                r#"request.test /a in ["a","b"] = neither: value malformed"#,
                "request.test /a in data /users = yes",
                "request.test /a > parameters /limit = yes",
                "request.test /a == request  = no",
                "clock.now = 9",
            ]
        );
    }

    #[test]
    fn every_relation_source_and_reason_has_a_byte_of_its_own() {
        let problems = || {
            let kinds = Kind::ALL.into_iter().map(Problem::OtherKind);
            [Problem::Absent, Problem::Malformed]
                .into_iter()
                .chain(kinds)
        };
        let reasons = problems()
            .map(TestError::Value)
            .chain(problems().map(TestError::Operand))
            .chain([TestError::TooLarge]);
        let answers: Vec<_> = reasons.map(Err).chain([Ok(false), Ok(true)]).collect();
        let sources = [Source::Request, Source::Data, Source::Parameters];
        let mut encoded = std::collections::BTreeSet::new();
        for relation in Relation::ALL {
            for (source, answer) in sources
                .iter()
                .flat_map(|source| answers.iter().map(move |answer| (*source, *answer)))
            {
                let predicate = at(relation, source, "/b");
                let mut one = Observations::new();
                one.push_test(source, "/a", &predicate, answer);
                let read = one.iter().next().expect("it can be read");
                assert_eq!(read.answer, Answer::Test(answer));
                assert!(
                    matches!(read.question, Question::Test { source: read, predicate: of, .. } if read == source && of == predicate)
                );
                encoded.insert(one.as_bytes().to_vec());
            }
        }
        assert_eq!(
            encoded.len(),
            Relation::ALL.len() * sources.len() * answers.len()
        );
    }

    #[test]
    fn an_encoding_cut_short_is_not_read() {
        let mut one = Observations::new();
        let predicate = given(Relation::In, Value::Json("[1]".into()));
        one.push_test(Source::Data, "/a", &predicate, Err(TestError::TooLarge));
        let whole = one.as_bytes();
        assert_eq!(super::Observations::new(whole).count(), 1);
        for end in 0..whole.len() {
            assert_eq!(super::Observations::new(&whole[..end]).count(), 0, "{end}");
        }
    }

    /// What collides where operands are joined as text: each differs from every other in its bytes.
    #[test]
    fn different_predicates_have_different_bytes() {
        let json = |text: &str| Value::Json(text.to_owned());
        let text = |text: &str| Value::Text(text.to_owned());
        let equal = |value| given(Relation::Equal, value);
        let tests = [
            ("/a", equal(Value::Null)),
            ("/a", equal(text(""))),
            ("/a", equal(text("null"))),
            ("/a", equal(json("null"))),
            ("/a", equal(Value::Boolean(false))),
            ("/a", equal(text("false"))),
            ("/a", equal(Value::Integer(0))),
            ("/a", equal(Value::Integer(1))),
            ("/a", equal(Value::Decimal("1".into()))),
            ("/a", equal(text("1"))),
            ("/a", equal(json("1"))),
            ("/a", equal(json(r#"["a","b"]"#))),
            ("/a", equal(json(r#"["a\",\"b"]"#))),
            ("/a", equal(text(r#"["a","b"]"#))),
            ("/a", given(Relation::In, json(r#"["a","b"]"#))),
            ("/a", equal(text("é"))),
            ("/a", equal(text("e\u{301}"))),
            ("/a", equal(text("data /b"))),
            ("/a", at(Relation::Equal, Source::Data, "/b")),
            ("/a", at(Relation::Equal, Source::Request, "/b")),
            ("/a", at(Relation::Equal, Source::Parameters, "/b")),
            ("/a", at(Relation::Less, Source::Data, "/b")),
            ("/a /b", at(Relation::Equal, Source::Data, "")),
            ("/a == data /b", at(Relation::Equal, Source::Data, "/b")),
            // A text that holds the encoding of an operand.
            ("/a", equal(text("\u{11}\u{2}\0\0\0/b"))),
            ("/a\0\u{11}\u{2}\0\0\0/b", equal(Value::Null)),
        ];
        let mut encoded = std::collections::BTreeSet::new();
        for (pointer, predicate) in &tests {
            let mut one = Observations::new();
            one.push_test(Source::Request, pointer, predicate, Ok(true));
            assert!(
                encoded.insert(one.as_bytes().to_vec()),
                "{pointer} {predicate}"
            );
        }
        // Nor is a test the beginning of another, so that no list of observations is also a different list.
        for (left, right) in encoded
            .iter()
            .flat_map(|left| encoded.iter().map(move |right| (left, right)))
        {
            assert!(left == right || !right.starts_with(left));
        }
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
