//! What a rollout does, step by step, as data that a person writes and reads: TOML or JSON.
//!
//! Must never hold anything of one rollout: the same plan serves many.

mod ready;
mod written;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use lictor_policy::Pointer;
use serde::{Deserialize, Serialize};

use self::written::Written;
use super::guard::Guards;

/// The most phases of a plan.
pub const PHASES_MAX: usize = 32;
/// The most subjects that a plan lists.
pub const SUBJECTS_MAX: usize = 10_000;
/// The most bytes of the text of a plan.
pub const PLAN_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The longest that a phase may take: ten years.
const TIME_MAX: Duration = Duration::from_secs(10 * 365 * 86_400);
/// Where the subject of a request stands.
const STICKY: &str = "/subject/id";
/// The share of requests that both versions decide in a canary phase, where the plan doesn't say.
const SAMPLE: f64 = 0.1;

/// How old and new change places: phases in order, and what is compared on the way. After the last one the new version is
/// promoted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Plan {
    name: String,
    sticky: Pointer,
    strict: Strict,
    phases: Vec<Phase>,
}

/// Whom the stricter of both versions decides for in the canary phases.
///
/// Where both decide, the stricter effect counts, with the obligations of both. Whatever the mode, a caller that states the
/// version that its agent was built for, in `/context/policy_version`, gets the stricter of both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strict {
    /// Nobody: a subject on the canary side gets the candidate, every other one stable. So does a request without the sticky
    /// attribute.
    #[default]
    Off,
    /// Subjects on the canary side. What is newly allowed comes with the promotion.
    Canary,
    /// Subjects on the stable side, while those on the canary side get the candidate: from the first canary phase on, what the
    /// new version forbids is forbidden for all, and what it newly allows comes by percentage.
    Fleet,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// Who meets the candidate.
    pub reach: Reach,
    /// How long it takes at least. Only time during which a host is up counts.
    pub time: Duration,
    /// How many requests both versions must have decided in it at least. Default 0.
    pub pairs_min: u64,
    /// The share of requests that both versions decide, so that they can be compared: from 0 to 1. Default 1 in shadow phases,
    /// 0.1 in others.
    pub sample: f64,
    /// What stops the rollout.
    pub guards: Guards,
    /// Whether a person has to say that it goes on. Default no.
    pub wait: bool,
}

/// Who meets the candidate in a phase.
#[derive(Clone, Debug, PartialEq)]
pub enum Reach {
    /// Nobody: the candidate decides beside stable, and is only compared.
    Shadow,
    /// These subjects, and this share of all.
    Canary {
        /// The share of subjects, in percent: over 0 to 100, or 0 where subjects are listed.
        percent: f64,
        /// The subjects that are listed, by the value of the sticky attribute.
        subjects: BTreeSet<String>,
    },
}

/// Why a plan isn't one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The text isn't the TOML or JSON of a plan.
    #[error("the plan can't be read: {detail}")]
    Text {
        /// What is wrong, with the line where it is known.
        detail: String,
    },
    /// The text is too long.
    #[error("the plan has {bytes} bytes, at most {PLAN_BYTES_MAX} are read")]
    TooLong {
        /// How many there are.
        bytes: usize,
    },
    /// There is no ready-made plan of this name.
    #[error("there is no plan `{name}`: ready-made are {}", Plan::READY.join(", "))]
    Unknown {
        /// What was given.
        name: String,
    },
    /// The name is no name.
    #[error(
        "the name of a plan has 1 to 64 letters, digits, hyphens and underscores, not `{name}`"
    )]
    Name {
        /// What was given.
        name: String,
    },
    /// The sticky attribute is no pointer into a request.
    #[error("`sticky` must be a pointer into the request such as `/subject/id`, not `{pointer}`")]
    Sticky {
        /// What was given.
        pointer: String,
    },
    /// There are too many phases.
    #[error("a plan has at most {PHASES_MAX} phases, this one has {count}")]
    TooManyPhases {
        /// How many there are.
        count: usize,
    },
    /// A phase makes no sense.
    #[error("phase {number}: {detail}")]
    Phase {
        /// Which, counted from 1.
        number: usize,
        /// What is wrong.
        detail: String,
    },
}

impl Plan {
    /// A plan without a strict mode.
    pub(crate) fn of(name: &str, phases: Vec<Phase>) -> Self {
        Self::made(name, Strict::Off, phases)
    }

    fn made(name: &str, strict: Strict, phases: Vec<Phase>) -> Self {
        Self {
            name: name.to_owned(),
            sticky: Pointer::parse(STICKY).expect("it is a pointer"),
            strict,
            phases,
        }
    }

    /// Reads the TOML of a plan.
    ///
    /// # Errors
    /// It can't be read, or makes no sense.
    pub fn from_toml(text: &str) -> Result<Self, PlanError> {
        check_length(text)?;
        toml::from_str(text).map_err(|error| PlanError::Text {
            detail: error.to_string().trim_end().to_owned(),
        })
    }

    /// Reads the JSON of a plan.
    ///
    /// # Errors
    /// It can't be read, or makes no sense.
    pub fn from_json(text: &str) -> Result<Self, PlanError> {
        check_length(text)?;
        serde_json::from_str(text).map_err(|error| PlanError::Text {
            detail: error.to_string(),
        })
    }

    /// The TOML of the plan.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a plan is plain numbers and texts")
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the attribute stands that keeps a subject on one side.
    pub fn sticky(&self) -> &Pointer {
        &self.sticky
    }

    /// Whom the stricter of both decides for.
    pub fn strict(&self) -> Strict {
        self.strict
    }

    /// The phases.
    pub fn phases(&self) -> &[Phase] {
        &self.phases
    }

    /// Whether nobody meets the candidate before it was compared, as a MAJOR version needs.
    pub fn starts_in_shadow(&self) -> bool {
        self.phases
            .first()
            .is_some_and(|phase| phase.reach == Reach::Shadow)
    }

    fn checked(self) -> Result<Self, PlanError> {
        let is_name = |text: &str| {
            let fits = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
            (1..=64).contains(&text.len()) && text.chars().all(fits)
        };
        if !is_name(&self.name) {
            return Err(PlanError::Name { name: self.name });
        }
        let count = self.phases.len();
        if count > PHASES_MAX {
            return Err(PlanError::TooManyPhases { count });
        }
        let mut percent_before = 0.0;
        for (phase, number) in self.phases.iter().zip(1..) {
            phase
                .check(&mut percent_before)
                .map_err(|detail| PlanError::Phase { number, detail })?;
        }
        Ok(self)
    }
}

fn check_length(text: &str) -> Result<(), PlanError> {
    let bytes = text.len();
    if bytes > PLAN_BYTES_MAX {
        return Err(PlanError::TooLong { bytes });
    }
    Ok(())
}

impl FromStr for Plan {
    type Err = PlanError;

    /// Reads JSON where the text begins like JSON, else TOML.
    fn from_str(text: &str) -> Result<Self, PlanError> {
        if text.trim_start().starts_with('{') {
            Self::from_json(text)
        } else {
            Self::from_toml(text)
        }
    }
}

impl Phase {
    /// A phase that is compared as it is usual, without guards.
    pub fn new(reach: Reach, time: Duration) -> Self {
        let sample = reach.sample();
        Self {
            reach,
            time,
            pairs_min: 0,
            sample,
            guards: Guards::default(),
            wait: false,
        }
    }

    fn check(&self, percent_before: &mut f64) -> Result<(), String> {
        if self.time > TIME_MAX {
            return Err("`time` is over ten years".to_owned());
        }
        if !(0.0..=1.0).contains(&self.sample) {
            return Err(format!("`sample` is {}, not from 0 to 1", self.sample));
        }
        if self.sample == 0.0 && (self.pairs_min > 0 || !self.guards.is_empty()) {
            return Err(
                "with `sample = 0` nothing is compared, so guards and `pairs_min` can't be met"
                    .to_owned(),
            );
        }
        self.guards.check().map_err(|error| error.to_string())?;
        let Reach::Canary { percent, subjects } = &self.reach else {
            return match *percent_before {
                0.0 => Ok(()),
                _ => Err("shadow phases come before canary phases".to_owned()),
            };
        };
        if !(0.0..=100.0).contains(percent) {
            return Err(format!("`percent` is {percent}, not from 0 to 100"));
        }
        if *percent == 0.0 && subjects.is_empty() {
            return Err("a canary phase needs `percent` or `subjects`".to_owned());
        }
        if subjects.len() > SUBJECTS_MAX {
            let count = subjects.len();
            return Err(format!(
                "{count} subjects are listed, at most {SUBJECTS_MAX} may be"
            ));
        }
        if percent < percent_before {
            return Err(format!(
                "{percent} % comes after {percent_before} %, which would move subjects back"
            ));
        }
        // Also where subjects are listed only, so that no shadow phase follows.
        *percent_before = percent.max(f64::MIN_POSITIVE);
        Ok(())
    }
}

impl Reach {
    /// This share of the subjects, in percent.
    pub fn percent(percent: f64) -> Self {
        Reach::Canary {
            percent,
            subjects: BTreeSet::new(),
        }
    }

    fn sample(&self) -> f64 {
        match self {
            Reach::Shadow => 1.0,
            Reach::Canary { .. } => SAMPLE,
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reach::Shadow => f.write_str("shadow"),
            Reach::Canary { percent, subjects } if subjects.is_empty() => {
                write!(f, "canary {percent} %")
            }
            Reach::Canary { percent, subjects } if *percent == 0.0 => {
                write!(f, "canary {} subjects", subjects.len())
            }
            Reach::Canary { percent, subjects } => {
                write!(f, "canary {percent} % and {} subjects", subjects.len())
            }
        }
    }
}

impl fmt::Display for Strict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Strict::Off => "off",
            Strict::Canary => "canary",
            Strict::Fleet => "fleet",
        })
    }
}

#[cfg(test)]
mod tests;
