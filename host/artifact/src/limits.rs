//! The limits that an artifact asks for. Must never grant anything: a host does, within its own bounds.

use lictor_policy::{LimitError, Limits};
use serde::{Deserialize, Serialize};

/// The limits that a manifest names; what it leaves out is the host's default.
///
/// A list of its own, and not [`Limits`], because it is part of a signed format: a limit that hosts learn later must not change
/// how an old manifest is spelled. Units and meaning are those of [`Limits`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "each is documented where `Limits` has it")]
pub struct WantedLimits {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table_elements: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observation_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub questions: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setup_fuel: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setup_deadline_ms: Option<u64>,
}

impl WantedLimits {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These limits, and the base's where nothing is asked for.
    ///
    /// # Errors
    /// The first limit that no host can grant, by its name.
    pub fn over(&self, base: Limits) -> Result<Limits, LimitError> {
        Limits {
            fuel: self.fuel.unwrap_or(base.fuel),
            memory_bytes: self.memory_bytes.unwrap_or(base.memory_bytes),
            table_elements: self.table_elements.unwrap_or(base.table_elements),
            deadline_ms: self.deadline_ms.unwrap_or(base.deadline_ms),
            decision_bytes: self.decision_bytes.unwrap_or(base.decision_bytes),
            log_bytes: self.log_bytes.unwrap_or(base.log_bytes),
            answer_bytes: self.answer_bytes.unwrap_or(base.answer_bytes),
            observation_bytes: self.observation_bytes.unwrap_or(base.observation_bytes),
            questions: self.questions.unwrap_or(base.questions),
            component_bytes: self.component_bytes.unwrap_or(base.component_bytes),
            setup_fuel: self.setup_fuel.unwrap_or(base.setup_fuel),
            setup_deadline_ms: self.setup_deadline_ms.unwrap_or(base.setup_deadline_ms),
        }
        .checked()
    }

    /// The limits that a binding gets of those that its operator grants: what is asked for, and all that is granted where nothing
    /// is asked for.
    ///
    /// # Errors
    /// The first limit of which more is asked for than is granted.
    pub fn within(&self, granted: &Limits) -> Result<Limits, GrantError> {
        let size = |bytes: Option<usize>| bytes.map(|bytes| bytes as u64);
        let asked = [
            ("fuel", self.fuel, granted.fuel),
            (
                "memory_bytes",
                size(self.memory_bytes),
                granted.memory_bytes as u64,
            ),
            (
                "table_elements",
                size(self.table_elements),
                granted.table_elements as u64,
            ),
            ("deadline_ms", self.deadline_ms, granted.deadline_ms),
            (
                "decision_bytes",
                size(self.decision_bytes),
                granted.decision_bytes as u64,
            ),
            ("log_bytes", size(self.log_bytes), granted.log_bytes as u64),
            (
                "answer_bytes",
                size(self.answer_bytes),
                granted.answer_bytes as u64,
            ),
            (
                "observation_bytes",
                size(self.observation_bytes),
                granted.observation_bytes as u64,
            ),
            (
                "questions",
                self.questions.map(u64::from),
                u64::from(granted.questions),
            ),
            (
                "component_bytes",
                size(self.component_bytes),
                granted.component_bytes as u64,
            ),
            ("setup_fuel", self.setup_fuel, granted.setup_fuel),
            (
                "setup_deadline_ms",
                self.setup_deadline_ms,
                granted.setup_deadline_ms,
            ),
        ];
        for (limit, wanted, granted) in asked {
            if let Some(wanted) = wanted.filter(|wanted| *wanted > granted) {
                return Err(GrantError::NotGranted {
                    limit,
                    wanted,
                    granted,
                });
            }
        }
        Ok(self.over(*granted)?)
    }
}

/// Why an artifact doesn't get the limits that it asks for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// It asks for more than its binding is granted.
    #[error(
        "it asks for `{limit}` {wanted} and {granted} is granted: raise the binding's limit, or sign it with a lower one"
    )]
    NotGranted {
        /// The limit.
        limit: &'static str,
        /// What is asked for.
        wanted: u64,
        /// What is granted.
        granted: u64,
    },
    /// The limits are such as no host can grant.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

/// Asks for each of them by name.
impl From<Limits> for WantedLimits {
    fn from(limits: Limits) -> Self {
        Self {
            fuel: Some(limits.fuel),
            memory_bytes: Some(limits.memory_bytes),
            table_elements: Some(limits.table_elements),
            deadline_ms: Some(limits.deadline_ms),
            decision_bytes: Some(limits.decision_bytes),
            log_bytes: Some(limits.log_bytes),
            answer_bytes: Some(limits.answer_bytes),
            observation_bytes: Some(limits.observation_bytes),
            questions: Some(limits.questions),
            component_bytes: Some(limits.component_bytes),
            setup_fuel: Some(limits.setup_fuel),
            setup_deadline_ms: Some(limits.setup_deadline_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_the_base_s() {
        let wanted = WantedLimits {
            fuel: Some(5),
            ..WantedLimits::default()
        };
        let limits = wanted.over(Limits::interpreted()).unwrap();
        assert_eq!(limits.fuel, 5);
        assert_eq!(limits.memory_bytes, Limits::interpreted().memory_bytes);
        assert_eq!(serde_json::to_string(&wanted).unwrap(), "{\"fuel\":5}");
    }

    #[test]
    fn every_limit_can_be_asked_for() {
        let interpreted = Limits::interpreted();
        let wanted = WantedLimits::from(interpreted);
        assert_eq!(wanted.over(Limits::compiled()), Ok(interpreted));
        // A limit that `Limits` learns must be added here, under a new name of the manifest's type or as an optional member.
        let all = serde_json::to_value(interpreted).unwrap();
        assert_eq!(serde_json::to_value(wanted).unwrap(), all);
    }

    #[test]
    fn what_no_host_grants_is_refused() {
        let wanted = WantedLimits {
            deadline_ms: Some(u64::MAX),
            ..WantedLimits::default()
        };
        assert_eq!(
            wanted.over(Limits::default()).unwrap_err().limit,
            "deadline_ms"
        );
    }
}
