//! The plans that are ready-made.

use std::time::Duration;

use super::{Phase, Plan, PlanError, Reach, Strict};
use crate::rollout::guard::Guards;

impl Plan {
    /// The names of the plans that need no more than their name. `cohort` is made by [`Plan::cohort`].
    pub const READY: [&'static str; 3] = ["careful", "blue-green", "immediate"];

    /// The plan of this name: see [`Plan::careful`], [`Plan::blue_green`] and [`Plan::immediate`].
    ///
    /// # Errors
    /// There is none.
    pub fn ready(name: &str) -> Result<Self, PlanError> {
        match name {
            "careful" => Ok(Self::careful()),
            "blue-green" => Ok(Self::blue_green()),
            "immediate" => Ok(Self::immediate()),
            _ => Err(PlanError::Unknown {
                name: name.to_owned(),
            }),
        }
    }

    /// Shadow for 24 h, then 10 % for 24 h, 50 % for 48 h and 90 % for 24 h, in the strict mode *fleet*. It goes back when more
    /// than 1 % of the subjects meet a fault, when the candidate is more than twice as dear for most of them, or when more than
    /// 10 subjects are newly allowed something.
    pub fn careful() -> Self {
        let phase = |reach, hours: u64| Phase {
            pairs_min: 100,
            guards: Guards {
                fault_rate: Some(0.01),
                divergence_rate: None,
                loosened_max: Some(10),
                latency_ratio: Some(2.0),
            },
            ..Phase::new(reach, Duration::from_secs(hours * 3_600))
        };
        let phases = vec![
            phase(Reach::Shadow, 24),
            phase(Reach::percent(10.0), 24),
            phase(Reach::percent(50.0), 48),
            phase(Reach::percent(90.0), 24),
        ];
        Self::made("careful", Strict::Fleet, phases)
    }

    /// 10, 50 and 100 % for an hour each. It goes back when more than 1 % of the subjects meet a fault. Stable is kept warm, as
    /// after every promotion.
    pub fn blue_green() -> Self {
        let phase = |percent| Phase {
            guards: Guards {
                fault_rate: Some(0.01),
                ..Guards::default()
            },
            ..Phase::new(Reach::percent(percent), Duration::from_secs(3_600))
        };
        let phases = [10.0, 50.0, 100.0].map(phase).to_vec();
        Self::made("blue-green", Strict::Off, phases)
    }

    /// These subjects for an hour, then all. It goes back when more than 1 % of them meet a fault.
    ///
    /// # Errors
    /// There are none, or too many.
    pub fn cohort(subjects: impl IntoIterator<Item = String>) -> Result<Self, PlanError> {
        let reach = Reach::Canary {
            percent: 0.0,
            subjects: subjects.into_iter().collect(),
        };
        let phase = Phase {
            guards: Guards {
                fault_rate: Some(0.01),
                ..Guards::default()
            },
            ..Phase::new(reach, Duration::from_secs(3_600))
        };
        Self::made("cohort", Strict::Off, vec![phase]).checked()
    }

    /// All at once, without a phase: for PATCH and MINOR versions, and for other parameters or limits of the same version.
    pub fn immediate() -> Self {
        Self::made("immediate", Strict::Off, Vec::new())
    }
}
