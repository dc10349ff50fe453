//! What a host and its worker say to each other: a head and the component's bytes, then one answer. All numbers are
//! little-endian. The worker believes the host; the host believes nothing that it can check.

use crate::configuration::MemoryStart;
use crate::fences::Fences;
use crate::fingerprint::Fingerprint;

/// What both begin with. Another form gets another number.
const MAGIC: [u8; 8] = *b"lictorC1";
/// The bytes of a head.
pub(crate) const HEAD_BYTES: usize = 8 + 32 + 2 + 3 * 8;
/// The bytes of an answer before its payload.
pub(crate) const ANSWER_HEAD_BYTES: usize = 8 + 2 + 8;
/// The longest text of a refusal.
const TEXT_BYTES_MAX: usize = 4096;

/// What a worker must know before it gets the component's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) start: MemoryStart,
    pub(crate) demanded: Fences,
    pub(crate) memory_bytes: u64,
    pub(crate) processor_seconds: u64,
    pub(crate) component_bytes: u64,
}

impl Head {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES);
        bytes.extend(MAGIC);
        bytes.extend(self.fingerprint.as_bytes());
        bytes.push(u8::from(self.start == MemoryStart::Imaged));
        bytes.push(self.demanded.to_bits());
        for number in [
            self.memory_bytes,
            self.processor_seconds,
            self.component_bytes,
        ] {
            bytes.extend(number.to_le_bytes());
        }
        bytes
    }

    pub(crate) fn decode(bytes: &[u8; HEAD_BYTES]) -> Option<Self> {
        let rest = bytes.strip_prefix(&MAGIC)?;
        let (fingerprint, rest) = rest.split_first_chunk::<32>()?;
        let (&[start, demanded], rest) = rest.split_first_chunk::<2>()?;
        let start = match start {
            0 => MemoryStart::Copied,
            1 => MemoryStart::Imaged,
            _ => return None,
        };
        let (memory_bytes, rest) = number(rest)?;
        let (processor_seconds, rest) = number(rest)?;
        let (component_bytes, rest) = number(rest)?;
        rest.is_empty().then_some(Self {
            fingerprint: Fingerprint::from(*fingerprint),
            start,
            demanded: Fences::from_bits(demanded),
            memory_bytes,
            processor_seconds,
            component_bytes,
        })
    }
}

/// What a worker answers, once, at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The fences that are up.
    pub(crate) fences: Fences,
    pub(crate) outcome: Outcome,
}

/// What became of the component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Its native code.
    Native(Vec<u8>),
    /// The compiler doesn't accept it, and why.
    Refused(String),
    /// There wasn't enough memory.
    OutOfMemory,
    /// The worker would compile otherwise than the host expects. It has read none of the component.
    OtherEngine,
    /// Fences are missing that are demanded. It has read none of the component.
    Unfenced,
}

impl Answer {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let (kind, payload): (u8, &[u8]) = match &self.outcome {
            Outcome::Native(code) => (0, code),
            Outcome::Refused(text) => (1, text.as_bytes()),
            Outcome::OutOfMemory => (2, &[]),
            Outcome::OtherEngine => (3, &[]),
            Outcome::Unfenced => (4, &[]),
        };
        let payload = match kind {
            1 => payload.get(..TEXT_BYTES_MAX).unwrap_or(payload),
            _ => payload,
        };
        let mut bytes = Vec::with_capacity(ANSWER_HEAD_BYTES + payload.len());
        bytes.extend(MAGIC);
        bytes.extend([kind, self.fences.to_bits()]);
        bytes.extend((payload.len() as u64).to_le_bytes());
        bytes.extend(payload);
        bytes
    }

    /// The answer that these bytes are, all of them and no more.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(&MAGIC)?;
        let (&[kind, fences], rest) = rest.split_first_chunk::<2>()?;
        let (len, payload) = number(rest)?;
        if len != payload.len() as u64 {
            return None;
        }
        let outcome = match (kind, payload) {
            (0, code) => Outcome::Native(code.to_vec()),
            (1, text) if text.len() <= TEXT_BYTES_MAX => {
                Outcome::Refused(String::from_utf8_lossy(text).into_owned())
            }
            (2, []) => Outcome::OutOfMemory,
            (3, []) => Outcome::OtherEngine,
            (4, []) => Outcome::Unfenced,
            _ => return None,
        };
        Some(Self {
            fences: Fences::from_bits(fences),
            outcome,
        })
    }
}

fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<8>()?;
    Some((u64::from_le_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        Head {
            fingerprint: Fingerprint::from([7; 32]),
            start: MemoryStart::Imaged,
            demanded: Fences::DEMANDED,
            memory_bytes: 1 << 31,
            processor_seconds: 30,
            component_bytes: 34_000,
        }
    }

    #[test]
    fn a_head_is_read_as_it_was_written() {
        let bytes: [u8; HEAD_BYTES] = head().encode().try_into().unwrap();
        assert_eq!(Head::decode(&bytes), Some(head()));
        let mut other = bytes;
        other[0] ^= 1;
        assert_eq!(Head::decode(&other), None);
        let mut other = bytes;
        other[40] = 2;
        assert_eq!(Head::decode(&other), None);
    }

    #[test]
    fn an_answer_is_read_as_it_was_written_and_never_in_part() {
        for outcome in [
            Outcome::Native(vec![1, 2, 3]),
            Outcome::Refused("no".to_owned()),
            Outcome::OutOfMemory,
            Outcome::OtherEngine,
            Outcome::Unfenced,
        ] {
            let answer = Answer {
                fences: Fences::DEMANDED,
                outcome,
            };
            let mut bytes = answer.encode();
            for end in 0..bytes.len() {
                assert_eq!(Answer::decode(&bytes[..end]), None, "{answer:?}, {end}");
            }
            assert_eq!(Answer::decode(&bytes), Some(answer));
            bytes.push(0);
            assert_eq!(Answer::decode(&bytes), None);
        }
    }

    #[test]
    fn a_refusals_text_is_bounded() {
        let answer = Answer {
            fences: Fences::NONE,
            outcome: Outcome::Refused("x".repeat(10_000)),
        };
        let read = Answer::decode(&answer.encode()).unwrap();
        assert!(matches!(read.outcome, Outcome::Refused(text) if text.len() == 4096));
    }
}
