//! A plan as it is written down, before anybody has looked whether it makes sense.

use std::collections::BTreeSet;

use lictor_policy::Pointer;
use serde::{Deserialize, Serialize};

use super::{Phase, Plan, PlanError, Reach, STICKY, Strict};
use crate::rollout::guard::Guards;

/// The members of a plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    name: String,
    #[serde(default = "sticky")]
    sticky: String,
    #[serde(default)]
    strict: Strict,
    #[serde(default)]
    phases: Vec<WrittenPhase>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPhase {
    kind: WrittenKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    percent: Option<f64>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    subjects: BTreeSet<String>,
    time: String,
    #[serde(default)]
    pairs_min: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sample: Option<f64>,
    #[serde(default)]
    wait: bool,
    #[serde(default, skip_serializing_if = "Guards::is_empty")]
    guards: Guards,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WrittenKind {
    Shadow,
    Canary,
}

fn sticky() -> String {
    STICKY.to_owned()
}

impl TryFrom<Written> for Plan {
    type Error = PlanError;

    fn try_from(written: Written) -> Result<Self, PlanError> {
        let sticky = match Pointer::parse(&written.sticky) {
            Ok(pointer) if !pointer.is_root() => pointer,
            _ => {
                return Err(PlanError::Sticky {
                    pointer: written.sticky,
                });
            }
        };
        let phases = written.phases.into_iter().zip(1..);
        let phases = phases
            .map(|(phase, number)| {
                Phase::try_from(phase).map_err(|detail| PlanError::Phase { number, detail })
            })
            .collect::<Result<_, _>>()?;
        let plan = Self {
            name: written.name,
            sticky,
            strict: written.strict,
            phases,
        };
        plan.checked()
    }
}

impl TryFrom<WrittenPhase> for Phase {
    type Error = String;

    fn try_from(written: WrittenPhase) -> Result<Self, String> {
        let reach = match written.kind {
            WrittenKind::Shadow if written.percent.is_some() || !written.subjects.is_empty() => {
                return Err("nobody meets the candidate in a shadow phase, so it has neither `percent` nor `subjects`".to_owned());
            }
            WrittenKind::Shadow => Reach::Shadow,
            WrittenKind::Canary => Reach::Canary {
                percent: written.percent.unwrap_or_default(),
                subjects: written.subjects,
            },
        };
        let time = humantime::parse_duration(&written.time)
            .map_err(|error| format!("`time` is `{}`: {error}", written.time))?;
        Ok(Self {
            sample: written.sample.unwrap_or_else(|| reach.sample()),
            reach,
            time,
            pairs_min: written.pairs_min,
            guards: written.guards,
            wait: written.wait,
        })
    }
}

impl From<Plan> for Written {
    fn from(plan: Plan) -> Self {
        Self {
            name: plan.name,
            sticky: plan.sticky.as_str().to_owned(),
            strict: plan.strict,
            phases: plan.phases.into_iter().map(WrittenPhase::from).collect(),
        }
    }
}

impl From<Phase> for WrittenPhase {
    fn from(phase: Phase) -> Self {
        let (kind, percent, subjects) = match phase.reach {
            Reach::Shadow => (WrittenKind::Shadow, None, BTreeSet::new()),
            Reach::Canary { percent, subjects } => {
                let percent = (percent > 0.0).then_some(percent);
                (WrittenKind::Canary, percent, subjects)
            }
        };
        Self {
            kind,
            percent,
            subjects,
            time: humantime::format_duration(phase.time).to_string(),
            pairs_min: phase.pairs_min,
            sample: Some(phase.sample),
            wait: phase.wait,
            guards: phase.guards,
        }
    }
}
