//! Questions that are asked again: read once, put to one view after another. Must never allocate where an answer is a scalar
//! or a number, and must answer byte for byte what an evaluation records.

use std::fmt;

use super::encode::{
    ABSENT, BEFORE, COUNT, DECIMAL, FALSE, INTEGER, JSON, KEYS, NO, NOT_BEFORE, NULL, TEXT, TIME,
    TRUE, YES, neither,
};
use super::{Aspect, Question, Source};
use crate::document::Shape;
use crate::json::write_item;
use crate::{Criterion, DocumentKeys, Item, Keys, Pointer, PointerError, Sources, TooLarge};

/// A question that is ready to be put to any view.
#[derive(Clone, Debug)]
pub struct Inquiry {
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Look {
        source: Source,
        aspect: Aspect,
        pointer: Pointer,
    },
    Test {
        source: Source,
        pointer: Pointer,
        criterion: Criterion,
    },
    Now,
    Before(u64),
}

/// Encoded answers, one behind the other, of which there may be so many bytes. The encoding is that of
/// [`Observations`](super::Observations).
#[derive(Clone, Debug)]
pub struct Answers {
    bytes: Vec<u8>,
    bytes_max: usize,
    tested_bytes: usize,
}

impl Inquiry {
    /// Reads a question.
    ///
    /// # Errors
    /// Its pointer is malformed, which no recorded question's is.
    pub fn new(question: &Question) -> Result<Self, PointerError> {
        let kind = match question {
            Question::Look {
                source,
                aspect,
                pointer,
            } => Kind::Look {
                source: *source,
                aspect: *aspect,
                pointer: Pointer::parse(pointer)?,
            },
            Question::Test {
                source,
                pointer,
                predicate,
            } => Kind::Test {
                source: *source,
                pointer: Pointer::parse(pointer)?,
                criterion: Criterion::new(predicate)?,
            },
            Question::Now => Kind::Now,
            Question::Before(unix_ms) => Kind::Before(*unix_ms),
        };
        Ok(Self { kind })
    }

    /// Writes the answer of this view behind those that are there; `now_ms` is asked only where the question is about time. After an error, what was written of it is undone.
    ///
    /// # Errors
    /// There would be more bytes than there may be; no more than that were looked at.
    pub fn answer(
        &self,
        sources: &Sources<'_>,
        now_ms: impl FnOnce() -> u64,
        answers: &mut Answers,
    ) -> Result<(), TooLarge> {
        self.answer_within(sources, now_ms, usize::MAX, answers)
    }

    /// The same, unless a test would have to look at more than so many bytes: that is refused like an answer that is too large.
    ///
    /// # Errors
    /// As for [`answer`](Self::answer).
    #[inline]
    pub fn answer_within(
        &self,
        sources: &Sources<'_>,
        now_ms: impl FnOnce() -> u64,
        test_bytes_max: usize,
        answers: &mut Answers,
    ) -> Result<(), TooLarge> {
        let before = answers.bytes.len();
        let written = self.write(sources, now_ms, test_bytes_max, answers);
        if written.is_err() {
            answers.bytes.truncate(before);
        }
        written
    }

    #[inline]
    fn write(
        &self,
        sources: &Sources<'_>,
        now_ms: impl FnOnce() -> u64,
        test_bytes_max: usize,
        answers: &mut Answers,
    ) -> Result<(), TooLarge> {
        match &self.kind {
            Kind::Look {
                source,
                aspect: Aspect::Get,
                pointer,
            } => match sources.find(*source, pointer) {
                None => answers.byte(ABSENT),
                Some(item) => answers.value(item),
            },
            Kind::Look {
                source,
                aspect: Aspect::Count,
                pointer,
            } => match count(sources, *source, pointer) {
                None => answers.byte(ABSENT),
                Some(count) => answers.tagged(COUNT, &count.to_le_bytes()),
            },
            Kind::Look {
                source: Source::Data,
                aspect: Aspect::Keys,
                pointer,
            } => answers.keys(sources.data.keys(pointer)),
            Kind::Look {
                source,
                aspect: Aspect::Keys,
                pointer,
            } => answers.keys(sources.find(*source, pointer).and_then(Item::keys)),
            Kind::Test {
                source,
                pointer,
                criterion,
            } => {
                let value = sources.find(*source, pointer);
                let tested = criterion.test_within(value, sources, test_bytes_max);
                let tested = tested.ok_or_else(|| answers.too_large())?;
                answers.tested_bytes = answers.tested_bytes.saturating_add(tested.bytes);
                match tested.answer {
                    Ok(true) => answers.byte(YES),
                    Ok(false) => answers.byte(NO),
                    Err(error) => answers.push(&neither(error)),
                }
            }
            Kind::Now => answers.tagged(TIME, &now_ms().to_le_bytes()),
            Kind::Before(unix_ms) => answers.byte(if now_ms() < *unix_ms {
                BEFORE
            } else {
                NOT_BEFORE
            }),
        }
    }
}

fn count(sources: &Sources<'_>, source: Source, pointer: &Pointer) -> Option<u32> {
    match source {
        Source::Data => sources.data.count(pointer),
        _ => sources.find(source, pointer)?.count(),
    }
}

/// Names of members, wherever they stand.
trait Names<'a>: ExactSizeIterator<Item = &'a str> {}

impl<'a> Names<'a> for Keys<'a> {}
impl<'a> Names<'a> for DocumentKeys<'a> {}

impl Answers {
    /// No answers, and room for so many bytes of them.
    pub fn new(bytes_max: usize) -> Self {
        Self {
            bytes: Vec::new(),
            bytes_max,
            tested_bytes: 0,
        }
    }

    /// The same memory without answers, and with room for so many bytes.
    #[inline]
    pub fn clear(&mut self, bytes_max: usize) {
        self.bytes.clear();
        self.bytes_max = bytes_max;
        self.tested_bytes = 0;
    }

    /// How many bytes of values the tests looked at for these answers. An evaluation pays for each.
    #[inline]
    pub fn tested_bytes(&self) -> usize {
        self.tested_bytes
    }

    /// The answers, encoded.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn room(&self) -> usize {
        self.bytes_max.saturating_sub(self.bytes.len())
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), TooLarge> {
        if bytes.len() > self.room() {
            return Err(self.too_large());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn byte(&mut self, byte: u8) -> Result<(), TooLarge> {
        self.push(&[byte])
    }

    fn tagged(&mut self, tag: u8, bytes: &[u8]) -> Result<(), TooLarge> {
        self.byte(tag)?;
        self.push(bytes)
    }

    fn text(&mut self, text: &str) -> Result<(), TooLarge> {
        let length = u32::try_from(text.len()).map_err(|_| self.too_large())?;
        self.push(&length.to_le_bytes())?;
        self.push(text.as_bytes())
    }

    #[inline]
    fn value(&mut self, item: Item<'_>) -> Result<(), TooLarge> {
        match item.as_text_bytes() {
            Some(text) => self.text_value(text),
            None => self.other_value(item),
        }
    }

    /// A text, which most answers are: in two steps, not in five.
    fn text_value(&mut self, text: &[u8]) -> Result<(), TooLarge> {
        let length = u32::try_from(text.len()).map_err(|_| self.too_large())?;
        let [a, b, c, d] = length.to_le_bytes();
        let head = [TEXT, a, b, c, d];
        if head.len() + text.len() > self.room() {
            return Err(self.too_large());
        }
        self.bytes.extend_from_slice(&head);
        self.bytes.extend_from_slice(text);
        Ok(())
    }

    fn other_value(&mut self, item: Item<'_>) -> Result<(), TooLarge> {
        match item.shape() {
            Shape::Null => self.byte(NULL),
            Shape::Boolean(false) => self.byte(FALSE),
            Shape::Boolean(true) => self.byte(TRUE),
            Shape::Integer(integer) => self.tagged(INTEGER, &integer.to_le_bytes()),
            Shape::Decimal(text) => {
                self.byte(DECIMAL)?;
                self.text(text)
            }
            Shape::Text(text) => {
                self.byte(TEXT)?;
                self.text(text)
            }
            Shape::List(_) | Shape::Object(_) => self.json(item),
        }
    }

    /// The length is known only once the text is written.
    fn json(&mut self, item: Item<'_>) -> Result<(), TooLarge> {
        self.tagged(JSON, &[0; 4])?;
        let at = self.bytes.len();
        write_item(item, self).map_err(|_| self.too_large())?;
        let length = u32::try_from(self.bytes.len() - at).map_err(|_| self.too_large())?;
        if let Some(place) = self.bytes.get_mut(at - 4..at) {
            place.copy_from_slice(&length.to_le_bytes());
        }
        Ok(())
    }

    fn keys<'a>(&mut self, names: Option<impl Names<'a>>) -> Result<(), TooLarge> {
        let Some(names) = names else {
            return self.byte(ABSENT);
        };
        let count = u32::try_from(names.len()).map_err(|_| self.too_large())?;
        self.tagged(KEYS, &count.to_le_bytes())?;
        for name in names {
            self.text(name)?;
        }
        Ok(())
    }

    fn too_large(&self) -> TooLarge {
        TooLarge {
            bytes_max: self.bytes_max,
        }
    }
}

impl fmt::Write for Answers {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes()).map_err(|_| fmt::Error)
    }
}

#[cfg(test)]
mod tests;
