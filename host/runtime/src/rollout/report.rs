//! What a rollout found out, as a person or a program reads it: "412 loosened, all `/action/name` = `refund`".
//!
//! Must never show what wasn't made to be shown: all its texts are [`Label`]s.

mod text;

use serde::{Deserialize, Serialize};

use super::divergence::Divergence;
use super::findings::{ClassFindings, Excess, Findings, Label, ReasonChange, Sample, Watched};

/// Values that are named for each class.
const EXPLANATIONS_MAX: usize = 3;
/// What is hardly more frequent in a class than elsewhere explains nothing.
const EXCESS_MIN: f64 = 0.01;
/// A value of less than this share of a class doesn't explain the class.
const SHARE_MIN: f64 = 0.1;

/// How the pairs of a rollout differ, the gravest class first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DivergenceReport {
    /// How many pairs were compared.
    pub pairs: u64,
    /// How many of them are the same.
    pub same: u64,
    /// The classes in which there are pairs.
    pub classes: Vec<ClassReport>,
}

/// The pairs of one class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassReport {
    /// Which class.
    pub class: Divergence,
    /// How many pairs.
    pub pairs: u64,
    /// The attribute values that explain most, at most three, each of another attribute and the best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub explanations: Vec<Explanation>,
    /// The reasons on both sides, the most frequent first, at most 32.
    pub reasons: Vec<ReasonCount>,
    /// Examples, at most 16, drawn so that each pair of the class had the same chance.
    pub samples: Vec<Sample>,
}

/// An attribute value that is more frequent in a class than elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// Where it stands in requests.
    pub pointer: Label,
    /// The value; none where what the pairs have in common is that nothing stands there.
    pub value: Option<Label>,
    /// At least so many pairs of the class have it.
    pub pairs: u64,
    /// At most this share of all pairs, from 0 to 1, has it.
    pub share_of_all: f64,
}

/// How often one reason took the place of another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonCount {
    /// Which reasons.
    pub change: ReasonChange,
    /// In at least so many pairs.
    pub pairs: u64,
}

impl Findings {
    /// What was found out until now.
    pub(crate) fn report(&self) -> DivergenceReport {
        let gravest_first = Divergence::ALL.into_iter().rev();
        let classes: Vec<ClassReport> = gravest_first
            .filter_map(|class| self.class_report(class, self.of(class)?))
            .collect();
        let differing = classes.iter().map(|class| class.pairs);
        DivergenceReport {
            pairs: self.pairs(),
            same: self.pairs().saturating_sub(differing.sum()),
            classes,
        }
    }

    fn class_report(&self, class: Divergence, findings: &ClassFindings) -> Option<ClassReport> {
        if findings.pairs == 0 {
            return None;
        }
        let pointers = self.watched().iter().map(Watched::pointer);
        Some(ClassReport {
            class,
            pairs: findings.pairs,
            explanations: explanations(self.watched(), class, findings.pairs),
            reasons: reasons(findings),
            samples: findings.samples.shown(pointers),
        })
    }
}

fn explanations(watched: &[Watched], class: Divergence, pairs: u64) -> Vec<Explanation> {
    let tells = |excess: &Excess<'_>| {
        excess.excess >= EXCESS_MIN && excess.pairs as f64 >= SHARE_MIN * pairs as f64
    };
    let mut telling: Vec<(&Watched, Excess<'_>)> = watched
        .iter()
        .filter_map(|it| Some((it, it.explain(class, pairs).filter(&tells)?)))
        .collect();
    // A stable sort: of values that explain equally much, the pointer that is watched first counts.
    telling.sort_by(|(_, one), (_, other)| other.excess.total_cmp(&one.excess));
    let shown = telling.into_iter().take(EXPLANATIONS_MAX);
    shown
        .map(|(watched, excess)| Explanation {
            pointer: Label::pointer(watched.pointer()),
            value: excess.value.clone(),
            pairs: excess.pairs,
            share_of_all: excess.share_of_all,
        })
        .collect()
}

fn reasons(findings: &ClassFindings) -> Vec<ReasonCount> {
    let places = findings.reasons.places().iter();
    let mut counts: Vec<ReasonCount> = places
        .map(|place| ReasonCount {
            change: place.thing.clone(),
            pairs: place.at_least(),
        })
        .collect();
    counts.sort_by_key(|count| std::cmp::Reverse(count.pairs));
    counts
}

#[cfg(test)]
pub(in crate::rollout) mod tests;
