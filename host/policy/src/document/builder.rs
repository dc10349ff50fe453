//! Writes a document front to back, and refuses what a document must not hold: members of one name, too much depth.
//!
//! Must never know where values come from: the parser and hand-built trees both end here, so that equal JSON gets equal
//! answers.

use std::sync::Arc;

use super::layout::{
    FALSE, LARGE_HEAD_BYTES, LARGE_LIST, LARGE_OBJECT, LIST_STRIDE, NULL, SMALL_BYTES_MAX,
    SMALL_COUNT_MAX, SMALL_HEAD_BYTES, SMALL_LIST, SMALL_OBJECT, SORTED_BYTES_MAX,
    SORTED_COUNT_MAX, TABLE_OBJECT, TRUE, as_str, read_key, write_bytes, write_decimal,
    write_integer, write_text,
};
use super::{Document, Item, order};
use crate::json::Place;
use crate::pointer::push_token;
use crate::{JsonBounds, JsonError, Number};

/// A document in the making.
pub(crate) struct Builder {
    buffer: Vec<u8>,
    open: Vec<Open>,
    /// Offsets in the buffer for the containers that are open, the innermost last: of each member of an object, of every
    /// 16th item of a list.
    offsets: Vec<u32>,
    bounds: JsonBounds,
}

/// A container that is open.
struct Open {
    is_object: bool,
    /// Where its head begins.
    start: usize,
    /// Where its own offsets begin.
    offsets_start: usize,
    count: u32,
    /// Whether its members have come sorted so far.
    sorted: bool,
}

impl Open {
    fn body_start(&self) -> usize {
        self.start + LARGE_HEAD_BYTES
    }
}

/// What surrounds the value that comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Around {
    Nothing,
    List,
    Object,
}

impl Builder {
    /// A builder that expects about this many bytes of JSON text.
    pub(crate) fn new(text_bytes: usize, bounds: &JsonBounds) -> Self {
        // Some JSON is a little longer here than there: numbers with exponents, tables of tiny members.
        let capacity = text_bytes + text_bytes / 8 + 64;
        Self {
            buffer: Vec::with_capacity(capacity),
            open: Vec::with_capacity(8),
            offsets: Vec::with_capacity(32),
            bounds: *bounds,
        }
    }

    pub(crate) fn around(&self) -> Around {
        match self.open.last() {
            None => Around::Nothing,
            Some(open) if open.is_object => Around::Object,
            Some(_) => Around::List,
        }
    }

    pub(crate) fn null(&mut self) -> Result<(), JsonError> {
        self.begin_value()?;
        self.buffer.push(NULL);
        Ok(())
    }

    pub(crate) fn boolean(&mut self, boolean: bool) -> Result<(), JsonError> {
        self.begin_value()?;
        self.buffer.push(if boolean { TRUE } else { FALSE });
        Ok(())
    }

    pub(crate) fn number(&mut self, number: &Number) -> Result<(), JsonError> {
        self.begin_value()?;
        match number {
            Number::Integer(integer) => write_integer(&mut self.buffer, *integer),
            Number::Decimal(text) => write_decimal(&mut self.buffer, text),
        }
        Ok(())
    }

    pub(crate) fn text(&mut self, text: &str) -> Result<(), JsonError> {
        self.begin_value()?;
        write_text(&mut self.buffer, text);
        Ok(())
    }

    /// Writes a value of another document as it stands there. Nothing in it says where it stands; it must not be deeper inside
    /// this document than it was in that one.
    pub(super) fn copy(&mut self, item: Item<'_>) -> Result<(), JsonError> {
        self.begin_value()?;
        self.buffer.extend_from_slice(item.encoded());
        Ok(())
    }

    pub(crate) fn open_list(&mut self) -> Result<(), JsonError> {
        self.open(false)
    }

    pub(crate) fn open_object(&mut self) -> Result<(), JsonError> {
        self.open(true)
    }

    /// Begins a member of the innermost container, which is an object; its value comes next.
    pub(crate) fn key(&mut self, key: &str) -> Result<(), JsonError> {
        let offset = self.offset()?;
        // Equal names are out of order too: sorting finds them.
        let in_order = self.last_key().is_none_or(|last| last < key.as_bytes());
        if let Some(open) = self.open.last_mut() {
            open.sorted &= in_order;
            open.count += 1;
        }
        self.offsets.push(offset);
        write_bytes(&mut self.buffer, key.as_bytes());
        Ok(())
    }

    /// Ends the innermost container.
    pub(crate) fn close(&mut self) -> Result<(), JsonError> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let body_bytes = self.buffer.len() - open.body_start();
        if open.is_object && !open.sorted {
            self.sort(&open)?;
        }
        if open.count <= SMALL_COUNT_MAX && body_bytes <= SMALL_BYTES_MAX {
            self.seal_small(&open, body_bytes);
        } else {
            self.seal_large(&open, body_bytes)?;
        }
        self.offsets.truncate(open.offsets_start);
        Ok(())
    }

    /// The document, once its only value is complete.
    pub(crate) fn finish(mut self) -> Document {
        // A request lives too briefly for giving back less than a page to be worth a copy.
        const SLACK_BYTES_MAX: usize = 4_096;
        if self.buffer.capacity() - self.buffer.len() > SLACK_BYTES_MAX {
            self.buffer.shrink_to_fit();
        }
        Document {
            buffer: Arc::new(self.buffer),
        }
    }

    // --- Places ----------------------------------------------------------------------------------------------------

    /// The value that began last.
    pub(crate) fn place(&self) -> Place {
        self.place_within(self.open.len())
    }

    /// The innermost container.
    pub(crate) fn container(&self) -> Place {
        self.place_within(self.open.len().saturating_sub(1))
    }

    fn place_within(&self, depth: usize) -> Place {
        let mut pointer = String::new();
        for open in self.open.iter().take(depth).filter(|open| open.count > 0) {
            let last = open.count - 1;
            if open.is_object {
                push_token(
                    &mut pointer,
                    as_str(self.key_at(open.offsets_start + last as usize)),
                );
            } else {
                push_token(&mut pointer, &last.to_string());
            }
        }
        Place::new(pointer)
    }

    fn key_at(&self, index: usize) -> &[u8] {
        let offset = self.offsets.get(index).map_or(0, |offset| *offset as usize);
        read_key(self.buffer.get(offset..).unwrap_or_default()).0
    }

    fn last_key(&self) -> Option<&[u8]> {
        let open = self.open.last().filter(|open| open.count > 0)?;
        Some(self.key_at(open.offsets_start + open.count as usize - 1))
    }

    // --- Writing ---------------------------------------------------------------------------------------------------

    fn open(&mut self, is_object: bool) -> Result<(), JsonError> {
        self.begin_value()?;
        let depth_max = self.bounds.depth();
        if self.open.len() >= depth_max {
            return Err(JsonError::TooDeep {
                place: self.place(),
                depth_max,
            });
        }
        let start = self.buffer.len();
        self.open.push(Open {
            is_object,
            start,
            offsets_start: self.offsets.len(),
            count: 0,
            sorted: true,
        });
        self.buffer.extend_from_slice(&[0; LARGE_HEAD_BYTES]);
        Ok(())
    }

    /// Counts an item where the innermost container is a list; a member was counted with its key.
    fn begin_value(&mut self) -> Result<(), JsonError> {
        let offset = self.offset()?;
        if let Some(open) = self.open.last_mut().filter(|open| !open.is_object) {
            if open.count > 0 && open.count % LIST_STRIDE == 0 {
                self.offsets.push(offset);
            }
            open.count += 1;
        }
        Ok(())
    }

    /// Where the next byte goes. A count never exceeds it, so counts fit 32 bits as well.
    fn offset(&self) -> Result<u32, JsonError> {
        u32::try_from(self.buffer.len()).map_err(|_| self.too_large())
    }

    fn too_large(&self) -> JsonError {
        JsonError::TooLarge {
            noun: self.bounds.noun,
            bytes: self.buffer.len(),
            bytes_max: u32::MAX as usize,
        }
    }

    /// Sorts the offsets of an object's members by name, and its members too where it gets no table.
    fn sort(&mut self, open: &Open) -> Result<(), JsonError> {
        let offsets = self
            .offsets
            .get_mut(open.offsets_start..)
            .unwrap_or_default();
        if let Some(key) = order::sort(&self.buffer, offsets) {
            let mut pointer = self.place().as_str().to_owned();
            push_token(&mut pointer, as_str(key));
            return Err(JsonError::Duplicate {
                place: Place::new(pointer),
            });
        }
        let body_bytes = self.buffer.len() - open.body_start();
        if !needs_table(open.count, body_bytes) {
            order::rearrange(&mut self.buffer, open.body_start(), offsets);
        }
        Ok(())
    }

    fn seal_small(&mut self, open: &Open, body_bytes: usize) {
        let kind = if open.is_object {
            SMALL_OBJECT
        } else {
            SMALL_LIST
        };
        let (count, length) = (small_byte(open.count as usize), small_byte(body_bytes));
        self.patch(open.start, &[kind + count, length]);
        self.buffer
            .copy_within(open.body_start().., open.start + SMALL_HEAD_BYTES);
        self.buffer
            .truncate(open.start + SMALL_HEAD_BYTES + body_bytes);
    }

    fn seal_large(&mut self, open: &Open, body_bytes: usize) -> Result<(), JsonError> {
        let kind = match (open.is_object, needs_table(open.count, body_bytes)) {
            (false, _) => LARGE_LIST,
            (true, false) => LARGE_OBJECT,
            (true, true) => TABLE_OBJECT,
        };
        if kind != LARGE_OBJECT {
            self.write_table(open)?;
        }
        let length =
            u32::try_from(self.buffer.len() - open.body_start()).map_err(|_| self.too_large())?;
        self.patch(open.start, &[kind]);
        self.patch(open.start + 1, &open.count.to_le_bytes());
        self.patch(open.start + 5, &length.to_le_bytes());
        Ok(())
    }

    fn write_table(&mut self, open: &Open) -> Result<(), JsonError> {
        let body_start = u32::try_from(open.body_start()).map_err(|_| self.too_large())?;
        let offsets = self.offsets.get(open.offsets_start..).unwrap_or_default();
        self.buffer.reserve(5 * offsets.len());
        if open.is_object {
            order::write_samples(&mut self.buffer, offsets);
        }
        for offset in offsets {
            self.buffer
                .extend_from_slice(&(offset - body_start).to_le_bytes());
        }
        Ok(())
    }

    fn patch(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.buffer.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }
}

fn needs_table(count: u32, body_bytes: usize) -> bool {
    count > SORTED_COUNT_MAX || body_bytes > SORTED_BYTES_MAX
}

fn small_byte(number: usize) -> u8 {
    u8::try_from(number).expect("a small container is small")
}
