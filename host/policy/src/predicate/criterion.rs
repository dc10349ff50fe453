//! A predicate that is read once and put to values. Must never allocate in proportion to the values that it is put to.

use super::order::{alike, equal, order, other_kind};
use super::work::Work;
use super::{
    Operand, Predicate, Problem, Relation, TEST_BYTES_MAX, TestError, glob, network, time,
};
use crate::document::Shape;
use crate::{Document, Item, JsonBounds, Node, Number, Pointer, PointerError, Sources, Value};

/// A predicate that is ready to be put to values.
#[derive(Clone, Debug)]
pub struct Criterion {
    relation: Relation,
    standard: Standard,
}

/// The operand, read.
#[derive(Clone, Debug)]
enum Standard {
    Given(Document),
    Malformed,
    At(crate::Source, Pointer),
}

/// What came of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tested {
    /// Yes or no, or why neither.
    pub answer: Result<bool, TestError>,
    /// How many bytes of values were looked at.
    pub bytes: usize,
}

impl Criterion {
    /// Reads a predicate. A given operand that is malformed is no error here but the answer of every test.
    ///
    /// # Errors
    /// The operand's pointer is malformed.
    pub fn new(predicate: &Predicate) -> Result<Self, PointerError> {
        let standard = match &predicate.operand {
            Operand::Given(value) => read(value).map_or(Standard::Malformed, Standard::Given),
            Operand::At(source, pointer) => Standard::At(*source, Pointer::parse(pointer)?),
        };
        Ok(Self {
            relation: predicate.relation,
            standard,
        })
    }

    /// Puts it to a value, `None` where nothing stands. The operand, where it isn't given, is looked up in the sources.
    pub fn test(&self, value: Option<Item<'_>>, sources: &Sources<'_>) -> Tested {
        self.put(value, sources, TEST_BYTES_MAX)
    }

    /// The same, unless it would have to look at more bytes than these: then no more were looked at, and there is no answer.
    pub fn test_within(
        &self,
        value: Option<Item<'_>>,
        sources: &Sources<'_>,
        bytes_max: usize,
    ) -> Option<Tested> {
        let tested = self.put(value, sources, bytes_max);
        // What goes beyond what any test may look at has an answer, which says so.
        let is_cut_short = bytes_max < TEST_BYTES_MAX && tested.answer == Err(TestError::TooLarge);
        (!is_cut_short).then_some(tested)
    }

    fn put(&self, value: Option<Item<'_>>, sources: &Sources<'_>, bytes_max: usize) -> Tested {
        let mut work = Work::at_most(bytes_max);
        let answer = self.answer(value, self.operand(sources), &mut work);
        Tested {
            answer,
            bytes: work.bytes(),
        }
    }

    fn operand<'a>(&'a self, sources: &Sources<'a>) -> Result<Item<'a>, Problem> {
        match &self.standard {
            Standard::Given(document) => Ok(document.root()),
            Standard::Malformed => Err(Problem::Malformed),
            Standard::At(source, pointer) => sources.find(*source, pointer).ok_or(Problem::Absent),
        }
    }

    fn answer(
        &self,
        value: Option<Item<'_>>,
        operand: Result<Item<'_>, Problem>,
        work: &mut Work,
    ) -> Result<bool, TestError> {
        let value = value.ok_or(TestError::Value(Problem::Absent))?;
        let operand = operand.map_err(TestError::Operand)?;
        hold(self.relation, value, operand, work)
    }
}

/// The most JSON that an operand has.
const OPERAND: JsonBounds = JsonBounds {
    noun: "operand",
    ..JsonBounds::REQUEST
};

fn read(value: &Value) -> Option<Document> {
    let node = match value {
        Value::Json(text) => return Document::parse(text.as_bytes(), &OPERAND).ok(),
        Value::Null => Node::Null,
        Value::Boolean(boolean) => Node::Boolean(*boolean),
        Value::Integer(integer) => Node::Integer(*integer),
        Value::Decimal(text) => Node::Number(Number::parse(text).ok()?),
        Value::Text(text) => Node::Text(text.clone()),
    };
    Document::from_node_bounded(&node, &OPERAND).ok()
}

/// Whether the value stands to the operand in this relation.
fn hold(
    relation: Relation,
    value: Item<'_>,
    operand: Item<'_>,
    work: &mut Work,
) -> Result<bool, TestError> {
    let in_order = |work: &mut Work| {
        work.take(value.byte_len().min(operand.byte_len()))?;
        order(value, operand)
    };
    match relation {
        Relation::Equal => {
            work.take(value.byte_len().min(operand.byte_len()))?;
            equal(value, operand)
        }
        Relation::Less => Ok(in_order(work)?.is_lt()),
        Relation::AtMost => Ok(in_order(work)?.is_le()),
        Relation::Greater => Ok(in_order(work)?.is_gt()),
        Relation::AtLeast => Ok(in_order(work)?.is_ge()),
        Relation::In => is_in(value, operand, work),
        Relation::Prefix => any_text(value, operand, work, begins_with),
        Relation::Suffix => any_text(value, operand, work, ends_with),
        Relation::Glob => any_text(value, operand, work, matches),
        Relation::Network => {
            let address = value.as_text().map(network::parse_address);
            let address = address.ok_or_else(|| other_kind(value))?;
            let address = address.ok_or(TestError::Value(Problem::Malformed))?;
            any_text(value, operand, work, |_, network, _| {
                let network = network::Network::parse(network).ok_or(MALFORMED)?;
                Ok(network.contains(address))
            })
        }
        Relation::Within => within(value, operand, work),
    }
}

const MALFORMED: TestError = TestError::Operand(Problem::Malformed);

/// What comparing a name with those on the way to it in an object may take, in lengths of the name.
const NAMES_ON_THE_WAY: usize = 32;

fn is_in(value: Item<'_>, operand: Item<'_>, work: &mut Work) -> Result<bool, TestError> {
    match operand.shape() {
        Shape::List(mut items) => {
            work.take(operand.byte_len())?;
            let is_empty = items.len() == 0;
            let mut says_something = is_empty;
            let found = items.any(|item| {
                says_something |= alike(item.kind(), value.kind());
                item == value
            });
            // A list of texts says nothing of a number, neither that it is banned nor that it isn't.
            if says_something {
                Ok(found)
            } else {
                Err(other_kind(value))
            }
        }
        Shape::Object(_) => {
            let name = value.as_text().ok_or_else(|| other_kind(value))?;
            work.take(name.len().saturating_mul(NAMES_ON_THE_WAY))?;
            Ok(operand.member(name).is_some())
        }
        _ => Err(TestError::Operand(Problem::OtherKind(operand.kind()))),
    }
}

// --- Texts ---------------------------------------------------------------------------------------------------------

/// What an item of a list costs besides its bytes.
const ITEM_BYTES: usize = 8;

/// Whether a text stands to the operand, or to one of the list that it is, as `holds` says of two texts.
///
/// All of them are looked at, also after one that holds: a malformed one is found whatever stands before it.
fn any_text(
    value: Item<'_>,
    operand: Item<'_>,
    work: &mut Work,
    holds: impl Fn(&str, &str, &mut Work) -> Result<bool, TestError>,
) -> Result<bool, TestError> {
    let items = match operand.shape() {
        Shape::Text(_) => None,
        Shape::List(items) => Some(items),
        _ => return Err(TestError::Operand(Problem::OtherKind(operand.kind()))),
    };
    let text = value.as_text().ok_or_else(|| other_kind(value))?;
    let one = |item: Item<'_>, work: &mut Work| {
        let wanted = item.as_text().ok_or(MALFORMED)?;
        work.take(wanted.len() + ITEM_BYTES)?;
        holds(text, wanted, work)
    };
    match items {
        None => one(operand, work),
        Some(mut items) => items.try_fold(false, |any, item| Ok(one(item, work)? || any)),
    }
}

fn begins_with(text: &str, prefix: &str, _: &mut Work) -> Result<bool, TestError> {
    Ok(text.starts_with(prefix))
}

fn ends_with(text: &str, suffix: &str, _: &mut Work) -> Result<bool, TestError> {
    Ok(text.ends_with(suffix))
}

fn matches(text: &str, pattern: &str, work: &mut Work) -> Result<bool, TestError> {
    work.take(text.len())?;
    glob::matches(pattern, text).ok_or(MALFORMED)
}

// --- Times ---------------------------------------------------------------------------------------------------------

fn within(value: Item<'_>, operand: Item<'_>, work: &mut Work) -> Result<bool, TestError> {
    let mut ends = operand
        .items()
        .ok_or(TestError::Operand(Problem::OtherKind(operand.kind())))?;
    let (Some(from), Some(until), None) = (ends.next(), ends.next(), ends.next()) else {
        return Err(MALFORMED);
    };
    // A moment may have as many digits behind the second as somebody likes.
    let value_bytes = value.as_text().map_or(0, str::len);
    work.take(from.byte_len() + until.byte_len() + value_bytes)?;
    let (from, until) = (end_of_window(from)?, end_of_window(until)?);
    if from.zip(until).is_some_and(|(from, until)| from > until) {
        return Err(MALFORMED);
    }
    let moment = match value.shape() {
        Shape::Integer(unix_ms) => unix_ms,
        Shape::Text(text) => time::parse(text).ok_or(TestError::Value(Problem::Malformed))?,
        _ => return Err(other_kind(value)),
    };
    Ok(from.is_none_or(|from| from <= moment) && until.is_none_or(|until| moment < until))
}

/// One end of a window; `null` is none.
fn end_of_window(item: Item<'_>) -> Result<Option<i64>, TestError> {
    match item.shape() {
        Shape::Null => Ok(None),
        Shape::Integer(unix_ms) => Ok(Some(unix_ms)),
        Shape::Text(text) => time::parse(text).map(Some).ok_or(MALFORMED),
        _ => Err(MALFORMED),
    }
}
