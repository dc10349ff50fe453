//! One promised number: what was measured, against what, and whether the promise holds.

use serde::{Deserialize, Serialize};

/// What a figure must be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// It must not be above this.
    AtMost(f64),
    /// It must not be below this.
    AtLeast(f64),
    /// Nothing is promised; the number is for orientation.
    None,
}

/// Whether the promise holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It does.
    Met,
    /// It doesn't.
    Missed,
    /// There is none.
    Informational,
}

impl Verdict {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Met => "met",
            Verdict::Missed => "**missed**",
            Verdict::Informational => "–",
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// Which benchmark measured it: the argument that runs it alone.
    pub bench: String,
    /// What it is.
    pub name: String,
    /// What was measured, with its unit.
    pub value: String,
    /// What it is held against, with its unit; empty where there is nothing.
    pub against: String,
    /// What is compared with the target: mostly value divided by floor or peer.
    pub ratio: f64,
    /// What that must be.
    pub target: Target,
    /// Whether it is.
    pub verdict: Verdict,
}

impl Figure {
    /// A figure whose verdict follows from ratio and target.
    pub fn new(bench: &str, name: impl Into<String>, ratio: f64, target: Target) -> Self {
        let holds = match target {
            Target::AtMost(most) => Some(ratio <= most),
            Target::AtLeast(least) => Some(ratio >= least),
            Target::None => None,
        };
        Self {
            bench: bench.to_owned(),
            name: name.into(),
            value: String::new(),
            against: String::new(),
            ratio,
            target,
            verdict: match holds {
                Some(true) => Verdict::Met,
                Some(false) => Verdict::Missed,
                None => Verdict::Informational,
            },
        }
    }

    /// What was measured, with its unit.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// What it is held against, with its name and unit.
    #[must_use]
    pub fn against(mut self, against: impl Into<String>) -> Self {
        self.against = against.into();
        self
    }

    /// The target as it stands in the table.
    pub fn target_text(&self) -> String {
        match self.target {
            Target::AtMost(most) => format!("at most {most}"),
            Target::AtLeast(least) => format!("at least {least}"),
            Target::None => "–".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_follows_from_the_target() {
        let verdict = |ratio, target| Figure::new("b", "n", ratio, target).verdict;
        assert_eq!(verdict(1.25, Target::AtMost(1.25)), Verdict::Met);
        assert_eq!(verdict(1.26, Target::AtMost(1.25)), Verdict::Missed);
        assert_eq!(verdict(1.8, Target::AtLeast(1.8)), Verdict::Met);
        assert_eq!(verdict(1.7, Target::AtLeast(1.8)), Verdict::Missed);
        assert_eq!(verdict(f64::NAN, Target::AtMost(1.0)), Verdict::Missed);
        assert_eq!(verdict(1.0, Target::None), Verdict::Informational);
    }
}
