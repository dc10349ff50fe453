//! The bytes of a document: what the builder writes and the cursor reads. Must never depend on what came before a value.
//!
//! | first byte | value | then |
//! |---|---|---|
//! | `00` `01` `02` | null, false, true | |
//! | `03` | integer | zigzag varint |
//! | `04` | decimal | varint length, canonical text |
//! | `05` | text of 128 bytes or more | varint length, UTF-8 |
//! | `06` | large list | `u32` count, `u32` length, items, `u32` offset of each 16th item after the first |
//! | `07` | large object, sorted | `u32` count, `u32` length, members |
//! | `08` | large object, table | `u32` count, `u32` length, members, `u64` sample of each 8th name, `u32` offset of each member in sorted order |
//! | `20`..`3f` | list of 0 to 31 items | length byte, items |
//! | `40`..`5f` | object of 0 to 31 members | length byte, members sorted |
//! | `60`..`7f` | integer from 0 to 31 | |
//! | `80`..`ff` | text of 0 to 127 bytes | UTF-8 |
//!
//! A member is a varint length, its name in UTF-8 and its value. Integers of fixed width are little-endian; varints are
//! LEB128 in their shortest form; offsets count from the first item; lengths cover all that follows them. A sample is the
//! 8 bytes of a name after the prefix that all names of the object share, as a number that sorts as they do.

use std::iter::repeat;
use std::ops::Range;

/// The first bytes of values.
pub(super) const NULL: u8 = 0x00;
pub(super) const FALSE: u8 = 0x01;
pub(super) const TRUE: u8 = 0x02;
pub(super) const INTEGER: u8 = 0x03;
pub(super) const DECIMAL: u8 = 0x04;
pub(super) const LONG_TEXT: u8 = 0x05;
pub(super) const LARGE_LIST: u8 = 0x06;
pub(super) const LARGE_OBJECT: u8 = 0x07;
pub(super) const TABLE_OBJECT: u8 = 0x08;
pub(super) const SMALL_LIST: u8 = 0x20;
pub(super) const SMALL_OBJECT: u8 = 0x40;
pub(super) const SMALL_INTEGER: u8 = 0x60;
pub(super) const SHORT_TEXT: u8 = 0x80;

/// An object without members is this and a zero.
pub(super) const EMPTY_OBJECT: u8 = SMALL_OBJECT;

/// How many items a small container holds at most, and how many bytes.
pub(super) const SMALL_COUNT_MAX: u32 = 31;
pub(super) const SMALL_BYTES_MAX: usize = 255;

/// What stands in front of a large container: first byte, count, length.
pub(super) const LARGE_HEAD_BYTES: usize = 9;
pub(super) const SMALL_HEAD_BYTES: usize = 2;

/// A large object of more members or bytes than these has a table. Below, walking 32 names is as quick as searching, and
/// sorting moves no more than a page.
pub(super) const SORTED_COUNT_MAX: u32 = 32;
pub(super) const SORTED_BYTES_MAX: usize = 4_096;

/// Every how many names a table samples one. A search walks the samples, which lie close together, and then looks at 3 names,
/// which don't: in a directory of a million each of those is a miss of every cache.
pub(super) const SAMPLE_STRIDE: usize = 8;

/// Every how many items a large list notes an offset.
pub(super) const LIST_STRIDE: u32 = 16;

const BUILT: &str = "the builder wrote it whole";

/// A container: how many items or members, their bytes, and for a large one what follows them.
#[derive(Clone, Copy)]
pub(super) struct Span<'a> {
    pub(super) count: u32,
    pub(super) body: &'a [u8],
    pub(super) samples: Samples<'a>,
    pub(super) table: Table<'a>,
}

/// A decoded value; texts are UTF-8.
pub(super) enum View<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    Decimal(&'a [u8]),
    Text(&'a [u8]),
    List(Span<'a>),
    Object(Span<'a>),
}

/// Decodes the value at the front and gives what follows it.
#[inline]
pub(super) fn view(bytes: &[u8]) -> (View<'_>, &[u8]) {
    let (first, rest) = bytes.split_first().expect(BUILT);
    match *first {
        text @ SHORT_TEXT.. => {
            let (text, rest) = split(rest, usize::from(text - SHORT_TEXT));
            (View::Text(text), rest)
        }
        integer @ SMALL_INTEGER..SHORT_TEXT => {
            (View::Integer(i64::from(integer - SMALL_INTEGER)), rest)
        }
        object @ SMALL_OBJECT..SMALL_INTEGER => {
            let (span, rest) = small(object - SMALL_OBJECT, rest);
            (View::Object(span), rest)
        }
        list @ SMALL_LIST..SMALL_OBJECT => {
            let (span, rest) = small(list - SMALL_LIST, rest);
            (View::List(span), rest)
        }
        other => view_long(other, rest),
    }
}

fn view_long(first: u8, rest: &[u8]) -> (View<'_>, &[u8]) {
    match first {
        FALSE | TRUE => (View::Boolean(first == TRUE), rest),
        INTEGER => {
            let (zigzag, rest) = read_varint(rest);
            (
                View::Integer((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed()),
                rest,
            )
        }
        DECIMAL => {
            let (text, rest) = read_bytes(rest);
            (View::Decimal(text), rest)
        }
        LONG_TEXT => {
            let (text, rest) = read_bytes(rest);
            (View::Text(text), rest)
        }
        LARGE_LIST => {
            let (span, rest) = large(rest, |count| (0, count.saturating_sub(1) / LIST_STRIDE));
            (View::List(span), rest)
        }
        LARGE_OBJECT => {
            let (span, rest) = large(rest, |_| (0, 0));
            (View::Object(span), rest)
        }
        TABLE_OBJECT => {
            let (span, rest) = large(rest, |count| (count as usize / SAMPLE_STRIDE, count));
            (View::Object(span), rest)
        }
        _ => (View::Null, rest),
    }
}

#[inline]
fn small(count: u8, rest: &[u8]) -> (Span<'_>, &[u8]) {
    let (length, rest) = rest.split_first().expect(BUILT);
    let (body, rest) = split(rest, usize::from(*length));
    (
        Span {
            count: u32::from(count),
            body,
            samples: Samples(&[]),
            table: Table(&[]),
        },
        rest,
    )
}

/// `follow` says how many samples and how many offsets stand after that many items.
fn large(rest: &[u8], follow: impl Fn(u32) -> (usize, u32)) -> (Span<'_>, &[u8]) {
    let (count, rest) = read_u32(rest);
    let (length, rest) = read_u32(rest);
    let (content, rest) = split(rest, length as usize);
    let (samples, offsets) = follow(count);
    let (content, table) = split(content, content.len() - 4 * offsets as usize);
    let (body, samples) = split(content, content.len() - 8 * samples);
    (
        Span {
            count,
            body,
            samples: Samples(samples),
            table: Table(table),
        },
        rest,
    )
}

/// What follows the value at the front.
#[inline]
pub(super) fn skip(bytes: &[u8]) -> &[u8] {
    let (first, rest) = bytes.split_first().expect(BUILT);
    match *first {
        text @ SHORT_TEXT.. => split(rest, usize::from(text - SHORT_TEXT)).1,
        SMALL_INTEGER..SHORT_TEXT => rest,
        SMALL_LIST..SMALL_INTEGER => {
            let (length, rest) = rest.split_first().expect(BUILT);
            split(rest, usize::from(*length)).1
        }
        _ => view(bytes).1,
    }
}

/// Reads a member's name; the value stands at the front of what follows.
#[inline]
pub(super) fn read_key(bytes: &[u8]) -> (&[u8], &[u8]) {
    read_bytes(bytes)
}

/// Texts went in as `str` and come out as they went in.
#[inline]
pub(super) fn as_str(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect(BUILT)
}

// --- Tables --------------------------------------------------------------------------------------------------------

/// The offsets after a large container's items.
#[derive(Clone, Copy)]
pub(super) struct Table<'a>(&'a [u8]);

impl Table<'_> {
    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    #[inline]
    pub(super) fn get(self, index: usize) -> Option<usize> {
        let entry = self.0.get(4 * index..)?.first_chunk()?;
        Some(u32::from_le_bytes(*entry) as usize)
    }
}

/// The samples of a large object's names.
#[derive(Clone, Copy)]
pub(super) struct Samples<'a>(&'a [u8]);

impl Samples<'_> {
    /// Which of the sorted members may have a name of this sample, where sample `n` is that of name `8 * n + 7`.
    pub(super) fn narrow(self, sample: u64, count: usize) -> Range<usize> {
        let (samples, _) = self.0.as_chunks();
        let below = samples.partition_point(|one| u64::from_le_bytes(*one) < sample);
        let rest = samples.get(below..).unwrap_or_default();
        let tied = rest
            .first()
            .is_some_and(|one| u64::from_le_bytes(*one) == sample);
        let tied = if tied {
            rest.partition_point(|one| u64::from_le_bytes(*one) == sample)
        } else {
            0
        };
        let above = (below + tied) * SAMPLE_STRIDE + SAMPLE_STRIDE - 1;
        below * SAMPLE_STRIDE..above.min(count)
    }
}

/// The sample of a name whose first `shared` bytes every name of the object has.
pub(super) fn sample(name: &[u8], shared: usize) -> u64 {
    let own = name.get(shared..).unwrap_or_default();
    own.first_chunk().map_or_else(
        || {
            own.iter()
                .chain(repeat(&0))
                .take(8)
                .fold(0, |number, byte| number << 8 | u64::from(*byte))
        },
        |own| u64::from_be_bytes(*own),
    )
}

/// How many bytes two names share at their beginnings.
pub(super) fn shared(left: &[u8], right: &[u8]) -> usize {
    left.iter()
        .zip(right)
        .take_while(|(left, right)| left == right)
        .count()
}

// --- Primitives ----------------------------------------------------------------------------------------------------

#[inline]
fn split(bytes: &[u8], at: usize) -> (&[u8], &[u8]) {
    bytes.split_at_checked(at).expect(BUILT)
}

fn read_u32(bytes: &[u8]) -> (u32, &[u8]) {
    let (number, rest) = bytes.split_first_chunk().expect(BUILT);
    (u32::from_le_bytes(*number), rest)
}

#[inline]
fn read_bytes(bytes: &[u8]) -> (&[u8], &[u8]) {
    let (length, rest) = read_varint(bytes);
    split(rest, usize::try_from(length).expect(BUILT))
}

#[inline]
fn read_varint(bytes: &[u8]) -> (u64, &[u8]) {
    match bytes.split_first() {
        Some((byte, rest)) if *byte < 0x80 => (u64::from(*byte), rest),
        _ => read_long_varint(bytes),
    }
}

fn read_long_varint(mut bytes: &[u8]) -> (u64, &[u8]) {
    let mut number = 0;
    let mut shift = 0;
    loop {
        let (byte, rest) = bytes.split_first().expect(BUILT);
        number |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        bytes = rest;
        if *byte < 0x80 {
            return (number, bytes);
        }
    }
}

pub(super) fn write_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] & 0x7f | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).expect("it is below 0x80"));
}

pub(super) fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

pub(super) fn write_integer(out: &mut Vec<u8>, integer: i64) {
    match u8::try_from(integer) {
        Ok(small) if small < 32 => out.push(SMALL_INTEGER + small),
        _ => {
            out.push(INTEGER);
            write_varint(
                out,
                (integer.cast_unsigned() << 1) ^ (integer >> 63).cast_unsigned(),
            );
        }
    }
}

pub(super) fn write_text(out: &mut Vec<u8>, text: &str) {
    match u8::try_from(text.len()) {
        Ok(length) if length < SHORT_TEXT => {
            out.push(SHORT_TEXT + length);
            out.extend_from_slice(text.as_bytes());
        }
        _ => {
            out.push(LONG_TEXT);
            write_bytes(out, text.as_bytes());
        }
    }
}

pub(super) fn write_decimal(out: &mut Vec<u8>, text: &str) {
    out.push(DECIMAL);
    write_bytes(out, text.as_bytes());
}
