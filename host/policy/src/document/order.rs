//! Puts the members of an object in the order of their names. Must never keep two of one name.

use super::layout::{SAMPLE_STRIDE, read_key, sample, shared, skip};

/// Sorts the offsets of members by the members' names, and gives the first name that stands twice.
///
/// UTF-8 sorts as its code points do, so comparing bytes is enough.
pub(super) fn sort<'a>(buffer: &'a [u8], offsets: &mut [u32]) -> Option<&'a [u8]> {
    offsets.sort_unstable_by_key(|offset| key(buffer, *offset));
    let neighbours = offsets.iter().zip(offsets.iter().skip(1));
    let mut keys = neighbours.map(|(left, right)| (key(buffer, *left), key(buffer, *right)));
    keys.find(|(left, right)| left == right).map(|(key, _)| key)
}

/// Moves the members that fill the buffer from `body_start` on into the order of the offsets.
pub(super) fn rearrange(buffer: &mut Vec<u8>, body_start: usize, offsets: &[u32]) {
    let body = buffer.split_off(body_start);
    for offset in offsets {
        let member = body
            .get(*offset as usize - body_start..)
            .unwrap_or_default();
        let length = member.len() - skip(read_key(member).1).len();
        buffer.extend_from_slice(member.get(..length).unwrap_or_default());
    }
}

/// Appends the samples of the names at sorted offsets.
pub(super) fn write_samples(buffer: &mut Vec<u8>, offsets: &[u32]) {
    let (Some(first), Some(last)) = (offsets.first(), offsets.last()) else {
        return;
    };
    let shared = shared(key(buffer, *first), key(buffer, *last));
    for offset in offsets
        .iter()
        .skip(SAMPLE_STRIDE - 1)
        .step_by(SAMPLE_STRIDE)
    {
        let sample = sample(key(buffer, *offset), shared);
        buffer.extend_from_slice(&sample.to_le_bytes());
    }
}

fn key(buffer: &[u8], offset: u32) -> &[u8] {
    read_key(buffer.get(offset as usize..).unwrap_or_default()).0
}
