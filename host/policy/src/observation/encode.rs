//! Writes observations. The layout stands at [`Observations`](super::Observations).

use super::{Aspect, Observations, Source};
use crate::{Operand, Predicate, Problem, TestError, Value};

pub(super) const ABSENT: u8 = 0x00;
pub(super) const NULL: u8 = 0x01;
pub(super) const FALSE: u8 = 0x02;
pub(super) const TRUE: u8 = 0x03;
pub(super) const INTEGER: u8 = 0x04;
pub(super) const DECIMAL: u8 = 0x05;
pub(super) const TEXT: u8 = 0x06;
pub(super) const JSON: u8 = 0x07;
pub(super) const COUNT: u8 = 0x08;
pub(super) const KEYS: u8 = 0x09;
pub(super) const TIME: u8 = 0x0a;
pub(super) const NOT_BEFORE: u8 = 0x0b;
pub(super) const BEFORE: u8 = 0x0c;
pub(super) const NO: u8 = 0x0d;
pub(super) const YES: u8 = 0x0e;
pub(super) const NEITHER: u8 = 0x0f;

/// What follows `NEITHER`.
pub(super) const TOO_LARGE: u8 = 0x00;
pub(super) const OF_VALUE: u8 = 0x10;
pub(super) const OF_OPERAND: u8 = 0x20;
/// What is added to the one whose problem it is.
pub(super) const IS_ABSENT: u8 = 0x00;
pub(super) const IS_MALFORMED: u8 = 0x01;
pub(super) const IS_OF_KIND: u8 = 0x08;

/// What a test is asked by, besides its source.
pub(super) const ASK_TEST: u8 = 0x03;
/// What stands for an operand at a pointer, besides its source.
pub(super) const AT: u8 = 0x10;

pub(super) const ASK_NOW: u8 = 0x20;
pub(super) const ASK_BEFORE: u8 = 0x21;

impl Observations {
    /// Records that a value was asked for, and what it is; `None` where nothing stands.
    pub fn push_get(&mut self, source: Source, pointer: &str, answer: Option<&Value>) {
        self.look(source, Aspect::Get, pointer);
        match answer {
            None => self.bytes.push(ABSENT),
            Some(value) => self.value(value),
        }
    }

    /// Records that a number of items or members was asked for, and what it is.
    pub fn push_count(&mut self, source: Source, pointer: &str, answer: Option<u32>) {
        self.look(source, Aspect::Count, pointer);
        match answer {
            None => self.bytes.push(ABSENT),
            Some(count) => self.tagged(COUNT, &count.to_le_bytes()),
        }
    }

    /// Records that names of members were asked for, and what they are.
    pub fn push_keys(&mut self, source: Source, pointer: &str, answer: Option<&[String]>) {
        self.look(source, Aspect::Keys, pointer);
        let Some(keys) = answer else {
            self.bytes.push(ABSENT);
            return;
        };
        self.tagged(KEYS, &length(keys.len()));
        for key in keys {
            self.text(key);
        }
    }

    /// Records that a value was tested, and what came of it.
    pub fn push_test(
        &mut self,
        source: Source,
        pointer: &str,
        predicate: &Predicate,
        answer: Result<bool, TestError>,
    ) {
        self.count += 1;
        self.tagged_text(source as u8 * 4 + ASK_TEST, pointer);
        self.bytes.push(predicate.relation as u8);
        match &predicate.operand {
            Operand::Given(value) => self.value(value),
            Operand::At(source, pointer) => self.tagged_text(AT + *source as u8, pointer),
        }
        match answer {
            Ok(false) => self.bytes.push(NO),
            Ok(true) => self.bytes.push(YES),
            Err(error) => self.bytes.extend_from_slice(&neither(error)),
        }
    }

    /// Records that the time was asked for, and what it is in milliseconds since 1970.
    pub fn push_now(&mut self, unix_ms: u64) {
        self.count += 1;
        self.bytes.push(ASK_NOW);
        self.tagged(TIME, &unix_ms.to_le_bytes());
    }

    /// Records that the time was compared with the given one, and whether it comes before.
    pub fn push_before(&mut self, unix_ms: u64, answer: bool) {
        self.count += 1;
        self.tagged(ASK_BEFORE, &unix_ms.to_le_bytes());
        self.bytes.push(if answer { BEFORE } else { NOT_BEFORE });
    }

    fn look(&mut self, source: Source, aspect: Aspect, pointer: &str) {
        self.count += 1;
        self.bytes.push(source as u8 * 4 + aspect as u8);
        self.text(pointer);
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.bytes.push(NULL),
            Value::Boolean(false) => self.bytes.push(FALSE),
            Value::Boolean(true) => self.bytes.push(TRUE),
            Value::Integer(integer) => self.tagged(INTEGER, &integer.to_le_bytes()),
            Value::Decimal(text) => self.tagged_text(DECIMAL, text),
            Value::Text(text) => self.tagged_text(TEXT, text),
            Value::Json(text) => self.tagged_text(JSON, text),
        }
    }

    fn tagged(&mut self, tag: u8, bytes: &[u8]) {
        self.bytes.push(tag);
        self.bytes.extend_from_slice(bytes);
    }

    fn tagged_text(&mut self, tag: u8, text: &str) {
        self.bytes.push(tag);
        self.text(text);
    }

    fn text(&mut self, text: &str) {
        self.bytes.extend_from_slice(&length(text.len()));
        self.bytes.extend_from_slice(text.as_bytes());
    }
}

/// Why a test says neither yes nor no.
pub(super) fn neither(error: TestError) -> [u8; 2] {
    let problem = |problem| match problem {
        Problem::Absent => IS_ABSENT,
        Problem::Malformed => IS_MALFORMED,
        Problem::OtherKind(kind) => IS_OF_KIND + kind as u8,
    };
    let reason = match error {
        TestError::TooLarge => TOO_LARGE,
        TestError::Value(of_value) => OF_VALUE + problem(of_value),
        TestError::Operand(of_operand) => OF_OPERAND + problem(of_operand),
    };
    [NEITHER, reason]
}

fn length(bytes: usize) -> [u8; 4] {
    // Answers and pointers are bounded far below this by the limits.
    u32::try_from(bytes)
        .expect("an observation is bounded by the limits")
        .to_le_bytes()
}
