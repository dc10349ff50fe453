//! How the candidate's decision differs from stable's, in one word. Must never look at how a decision came about.

use std::cmp::Ordering;
use std::fmt;

use lictor_policy::Decision;
use serde::{Deserialize, Serialize};

use super::pair::Pair;

/// How the candidate's decision differs from stable's, in rising gravity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Divergence {
    /// The decisions are equal.
    Same,
    /// The caller must do the same, for other reasons or with other annotations.
    Reworded,
    /// The candidate is stricter: a stricter effect, or the same one with more obligations.
    Tightened,
    /// The candidate is less strict: a milder effect, or the same one without an obligation that stable has.
    Loosened,
    /// The candidate had a fault where stable had none.
    Faulted,
}

impl Divergence {
    /// All of them, mildest first.
    pub const ALL: [Self; 5] = [
        Self::Same,
        Self::Reworded,
        Self::Tightened,
        Self::Loosened,
        Self::Faulted,
    ];

    /// How the two sides of a pair differ.
    ///
    /// Only a fault that the candidate alone had is the candidate's: a request on which both versions fail says nothing about
    /// the new one. Where stable alone had a fault, what its failure policy answered is compared, for that is what callers
    /// got until now, and an `allow` in its place is newly allowed.
    pub(crate) fn of(pair: &Pair<'_>) -> Self {
        if pair.candidate.faulted && !pair.stable.faulted {
            Self::Faulted
        } else {
            Self::between(pair.stable.decision, pair.candidate.decision)
        }
    }

    /// How a candidate's decision differs from stable's.
    ///
    /// The effect comes first: obligations belong to one effect, and those of an `allow` mean nothing for a `deny`. With equal
    /// effects, obligations count like effects: an `allow` without the redaction that it came with lets more through than before. A
    /// changed obligation counts as one that is missing, since nothing here knows whether the new one demands as much, and
    /// calling a loosening by a milder name is the mistake that a rollout exists to prevent. Both lacking one and having
    /// another is therefore loosened too. As in combining, obligations are equal when everything about them is; their order
    /// and repetition mean nothing.
    pub(crate) fn between(stable: &Decision, candidate: &Decision) -> Self {
        match candidate.effect.cmp(&stable.effect) {
            Ordering::Greater => Self::Tightened,
            Ordering::Less => Self::Loosened,
            Ordering::Equal if lacks(candidate, stable) => Self::Loosened,
            Ordering::Equal if lacks(stable, candidate) => Self::Tightened,
            Ordering::Equal if is_worded_alike(stable, candidate) => Self::Same,
            Ordering::Equal => Self::Reworded,
        }
    }

    /// Whether it changes what a caller may or must do. Other words for the same don't count against a candidate.
    pub fn is_material(self) -> bool {
        self > Self::Reworded
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Reworded => "reworded",
            Self::Tightened => "tightened",
            Self::Loosened => "loosened",
            Self::Faulted => "faulted",
        }
    }
}

/// Whether the first decision has not all obligations of the second.
fn lacks(decision: &Decision, other: &Decision) -> bool {
    let has = |obligation| decision.obligations.contains(obligation);
    !other.obligations.iter().all(has)
}

fn is_worded_alike(stable: &Decision, candidate: &Decision) -> bool {
    stable.reasons == candidate.reasons && stable.annotations == candidate.annotations
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Something for each way to differ.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ByClass<T> {
    reworded: T,
    tightened: T,
    loosened: T,
    faulted: T,
}

impl<T> ByClass<T> {
    /// That of a class; none for pairs that are the same.
    pub(super) fn get(&self, class: Divergence) -> Option<&T> {
        match class {
            Divergence::Same => None,
            Divergence::Reworded => Some(&self.reworded),
            Divergence::Tightened => Some(&self.tightened),
            Divergence::Loosened => Some(&self.loosened),
            Divergence::Faulted => Some(&self.faulted),
        }
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, class: Divergence) -> Option<&mut T> {
        match class {
            Divergence::Same => None,
            Divergence::Reworded => Some(&mut self.reworded),
            Divergence::Tightened => Some(&mut self.tightened),
            Divergence::Loosened => Some(&mut self.loosened),
            Divergence::Faulted => Some(&mut self.faulted),
        }
    }
}

#[cfg(test)]
mod tests {
    use lictor_policy::{Effect, Obligation, Reason};

    use super::*;

    fn obliged(effect: Effect, kinds: &[&str]) -> Decision {
        let obligation = |kind: &&str| Obligation {
            id: "o".into(),
            kind: (*kind).into(),
            properties: "{}".into(),
            annotations: Vec::new(),
        };
        Decision {
            obligations: kinds.iter().map(obligation).collect(),
            ..Decision::bare(effect)
        }
    }

    #[test]
    fn the_effect_decides_before_anything_else() {
        for stable in Effect::ALL {
            for candidate in Effect::ALL {
                let divergence = Divergence::between(
                    &obliged(stable, &["redact"]),
                    &obliged(candidate, &["notify"]),
                );
                let expected = if candidate > stable {
                    Divergence::Tightened
                } else {
                    // Where the effect is the same, the redaction is missing.
                    Divergence::Loosened
                };
                assert_eq!(divergence, expected, "{stable} → {candidate}");
            }
        }
    }

    #[test]
    fn an_obligation_that_is_gone_is_loosened_and_a_new_one_is_tightened() {
        let between = |stable: &[&str], candidate: &[&str]| {
            Divergence::between(
                &obliged(Effect::Allow, stable),
                &obliged(Effect::Allow, candidate),
            )
        };
        assert_eq!(between(&["redact"], &[]), Divergence::Loosened);
        assert_eq!(between(&[], &["redact"]), Divergence::Tightened);
        assert_eq!(between(&["redact"], &["log"]), Divergence::Loosened);
        assert_eq!(between(&["a", "b"], &["b", "a"]), Divergence::Same);
        assert_eq!(between(&["a"], &["b", "a"]), Divergence::Tightened);
    }

    #[test]
    fn a_changed_obligation_is_no_smaller_one() {
        let stable = obliged(Effect::Allow, &["redact"]);
        for change in [
            |it: &mut Obligation| it.properties = r#"{"all":false}"#.into(),
            |it: &mut Obligation| it.id = "p".into(),
            |it: &mut Obligation| it.annotations = vec![("only".into(), "some".into())],
        ] {
            let mut candidate = stable.clone();
            change(&mut candidate.obligations[0]);
            let divergence = Divergence::between(&stable, &candidate);
            assert_eq!(divergence, Divergence::Loosened);
        }
    }

    #[test]
    fn other_words_are_no_material_change() {
        let stable = Decision::because(Effect::Deny, "over-limit", "10 over 5");
        let mut code = stable.clone();
        code.reasons = vec![Reason::new("too-much", "10 over 5")];
        let mut annotated = stable.clone();
        annotated.annotations = vec![("rule".into(), "7".into())];
        for candidate in [code, annotated] {
            let divergence = Divergence::between(&stable, &candidate);
            assert_eq!(divergence, Divergence::Reworded);
            assert!(!divergence.is_material());
        }
        assert_eq!(Divergence::between(&stable, &stable), Divergence::Same);
    }

    #[test]
    fn their_words_rise_in_gravity() {
        assert!(Divergence::ALL.is_sorted());
        for divergence in Divergence::ALL {
            let json = serde_json::to_string(&divergence).unwrap();
            assert_eq!(json, format!("\"{divergence}\""));
        }
    }
}
