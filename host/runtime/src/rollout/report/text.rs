//! The report as text. Must never be longer than a person reads: of each class the first reasons and examples.

use std::fmt;

use super::{ClassReport, DivergenceReport, Explanation};
use crate::rollout::findings::{Difference, Opinion, Sample};
use crate::rollout::percent::Percent;

/// Reasons that are shown of a class.
const REASONS_SHOWN: usize = 5;
/// Examples that are shown of a class.
const SAMPLES_SHOWN: usize = 3;

impl fmt::Display for DivergenceReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} pairs compared, {} the same", self.pairs, self.same)?;
        for class in &self.classes {
            write!(f, "\n{class}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ClassReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.pairs, self.class)?;
        let mut explanations = self.explanations.iter();
        if let Some(first) = explanations.next() {
            write!(f, ", {}", Covering(first, self.pairs))?;
        }
        for explanation in explanations {
            write!(f, "\n  {}", Covering(explanation, self.pairs))?;
        }
        for reason in self.reasons.iter().take(REASONS_SHOWN) {
            write!(f, "\n  {} × {}", reason.pairs, reason.change)?;
        }
        if let Some(more @ 1..) = self.reasons.len().checked_sub(REASONS_SHOWN) {
            write!(f, "\n  and {more} more reasons")?;
        }
        for sample in self.samples.iter().take(SAMPLES_SHOWN) {
            write!(f, "\n  for example {sample}")?;
        }
        Ok(())
    }
}

/// An explanation of a class of so many pairs.
struct Covering<'a>(&'a Explanation, u64);

/// all `/action/name` = `refund` (4 % of all pairs)
impl fmt::Display for Covering<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(explanation, pairs) = self;
        if explanation.pairs == *pairs {
            f.write_str("all ")?;
        } else {
            write!(f, "{} of {pairs} ", explanation.pairs)?;
        }
        let pointer = &explanation.pointer;
        match &explanation.value {
            Some(value) => write!(f, "`{pointer}` = `{value}`")?,
            None => write!(f, "without `{pointer}`")?,
        }
        write!(f, " ({} of all pairs)", Percent(explanation.share_of_all))
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {}:", self.stable, self.candidate)?;
        for (pointer, value) in &self.attributes {
            write!(f, " `{pointer}` = `{value}`")?;
        }
        if let Some(difference) = &self.difference {
            write!(f, "\n    {difference}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Opinion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.effect)?;
        self.codes
            .iter()
            .try_for_each(|code| write!(f, " `{code}`"))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` parts ways:", self.policy)?;
        for (noun, side) in [("stable", &self.stable), ("candidate", &self.candidate)] {
            match side {
                Some(observation) => write!(f, "\n      {noun} `{observation}`")?,
                None => write!(f, "\n      {noun} asked nothing more")?,
            }
        }
        Ok(())
    }
}
