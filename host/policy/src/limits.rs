//! Every limit of an evaluation, with its default, in one place.
//!
//! The defaults deny: what a policy needs beyond them an operator grants by name.

use serde::{Deserialize, Serialize};

/// One kibibyte.
const KIB: usize = 1024;
/// One mebibyte.
const MIB: usize = 1024 * KIB;

/// What one binding may use.
///
/// Every field is part of the binding's revision. `Default` is the set for compiled languages; [`Limits::interpreted`] is
/// the named profile for policies that carry an interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Fuel of one evaluation: about one unit per WebAssembly operator, and the host's price for each question.
    /// Default 10,000,000.
    pub fuel: u64,
    /// Bytes of all linear memories of an instance together. Default 16 MiB, at most [`Limits::MEMORY_BYTES_MAX`].
    pub memory_bytes: usize,
    /// Elements of all tables of an instance together. Default 20,000.
    pub table_elements: usize,
    /// Wall-clock time of one evaluation in milliseconds. Default 50, at least 1.
    pub deadline_ms: u64,
    /// Bytes of all texts of a decision together. Default 64 KiB.
    pub decision_bytes: usize,
    /// Bytes of log lines that one evaluation keeps; the rest is dropped and counted. Default 16 KiB.
    pub log_bytes: usize,
    /// Bytes of the answer to one question. Default 64 KiB.
    pub answer_bytes: usize,
    /// Bytes of all questions and answers of one evaluation together, which the host keeps until the decision is recorded.
    /// Default 1 MiB.
    pub observation_bytes: usize,
    /// Questions that one evaluation may ask. Default 1,024.
    pub questions: u32,
    /// Bytes of the component itself. Default 8 MiB.
    pub component_bytes: usize,
    /// Fuel of `check`, and of `prepare`. Default 100,000,000.
    pub setup_fuel: u64,
    /// Wall-clock time of `check`, and of `prepare`, in milliseconds. Default 5,000.
    pub setup_deadline_ms: u64,
}

impl Limits {
    /// The most memory that any binding can be granted: what a slot of the pool reserves.
    pub const MEMORY_BYTES_MAX: usize = 256 * MIB;
    /// The most table elements that any binding can be granted: what a slot of the pool reserves.
    pub const TABLE_ELEMENTS_MAX: usize = 100_000;
    /// The longest deadline of an evaluation that any binding can be granted, in milliseconds.
    pub const DEADLINE_MS_MAX: u64 = 60_000;

    /// The profile for policies that carry an interpreter (JavaScript, Python, whole rule engines): a larger component, more
    /// memory, ten times the fuel and five times the time.
    pub const fn interpreted() -> Self {
        Self {
            fuel: 100_000_000,
            memory_bytes: 64 * MIB,
            deadline_ms: 250,
            component_bytes: 32 * MIB,
            setup_fuel: 1_000_000_000,
            setup_deadline_ms: 20_000,
            ..Self::compiled()
        }
    }

    /// The profile for compiled languages, which is also the default.
    pub const fn compiled() -> Self {
        Self {
            fuel: 10_000_000,
            memory_bytes: 16 * MIB,
            table_elements: 20_000,
            deadline_ms: 50,
            decision_bytes: 64 * KIB,
            log_bytes: 16 * KIB,
            answer_bytes: 64 * KIB,
            observation_bytes: MIB,
            questions: 1_024,
            component_bytes: 8 * MIB,
            setup_fuel: 100_000_000,
            setup_deadline_ms: 5_000,
        }
    }

    /// These limits, once none is beyond what any host can grant.
    ///
    /// # Errors
    /// The first limit that is out of range, by its name.
    pub fn checked(self) -> Result<Self, LimitError> {
        let within = |limit, value: u64, min: u64, max: u64| {
            if (min..=max).contains(&value) {
                Ok(())
            } else {
                Err(LimitError {
                    limit,
                    value,
                    min,
                    max,
                })
            }
        };
        within("fuel", self.fuel, 1, u64::MAX / 4)?;
        within(
            "memory_bytes",
            self.memory_bytes as u64,
            1,
            Self::MEMORY_BYTES_MAX as u64,
        )?;
        within(
            "table_elements",
            self.table_elements as u64,
            0,
            Self::TABLE_ELEMENTS_MAX as u64,
        )?;
        within("deadline_ms", self.deadline_ms, 1, Self::DEADLINE_MS_MAX)?;
        within("decision_bytes", self.decision_bytes as u64, 1, MIB as u64)?;
        within("log_bytes", self.log_bytes as u64, 0, MIB as u64)?;
        within("answer_bytes", self.answer_bytes as u64, 1, MIB as u64)?;
        within(
            "observation_bytes",
            self.observation_bytes as u64,
            1,
            64 * MIB as u64,
        )?;
        within("questions", u64::from(self.questions), 0, 65_536)?;
        within(
            "component_bytes",
            self.component_bytes as u64,
            1,
            256 * MIB as u64,
        )?;
        within("setup_fuel", self.setup_fuel, 1, u64::MAX / 4)?;
        within("setup_deadline_ms", self.setup_deadline_ms, 1, 600_000)?;
        Ok(self)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::compiled()
    }
}

/// A limit that no host can grant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the limit `{limit}` is {value}, it must be between {min} and {max}")]
pub struct LimitError {
    /// The limit's name.
    pub limit: &'static str,
    /// What was asked for.
    pub value: u64,
    /// The least that is accepted.
    pub min: u64,
    /// The most that is accepted.
    pub max: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_documented_ones() {
        let limits = Limits::default();
        assert_eq!(limits.fuel, 10_000_000);
        assert_eq!(limits.memory_bytes, 16 << 20);
        assert_eq!(limits.deadline_ms, 50);
        assert_eq!(limits.decision_bytes, 64 << 10);
        assert_eq!(limits.log_bytes, 16 << 10);
        assert_eq!(limits.answer_bytes, 64 << 10);
        assert_eq!(limits.observation_bytes, 1 << 20);
        assert_eq!(limits.questions, 1_024);
        assert_eq!(limits.component_bytes, 8 << 20);
        assert_eq!(
            (limits.setup_fuel, limits.setup_deadline_ms),
            (100_000_000, 5_000)
        );
    }

    #[test]
    fn both_profiles_can_be_granted() {
        assert!(Limits::compiled().checked().is_ok());
        assert!(Limits::interpreted().checked().is_ok());
    }

    #[test]
    fn a_limit_out_of_range_is_named() {
        let refused = |limits: Limits| limits.checked().unwrap_err().limit;
        assert_eq!(
            refused(Limits {
                memory_bytes: usize::MAX,
                ..Limits::default()
            }),
            "memory_bytes"
        );
        assert_eq!(
            refused(Limits {
                deadline_ms: 0,
                ..Limits::default()
            }),
            "deadline_ms"
        );
        assert_eq!(
            refused(Limits {
                fuel: 0,
                ..Limits::default()
            }),
            "fuel"
        );
    }
}
