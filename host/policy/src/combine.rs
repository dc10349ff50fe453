//! How the decisions of several policies become one.
//!
//! The strictest effect wins. What the milder policies said is dropped: their reasons don't explain the outcome and their
//! obligations were bound to an effect that did not come.

use crate::{Decision, Effect};

/// The decision of several policies together, or `None` when none had an opinion.
///
/// The effect is the strictest; reasons, obligations and annotations are those of the decisions that gave it, in the order
/// given. An obligation or an annotation that stands in several is kept once.
pub fn combine<'a>(decisions: impl IntoIterator<Item = &'a Decision>) -> Option<Decision> {
    let combined = decisions
        .into_iter()
        .fold(Decision::bare(Effect::Abstain), join);
    (combined.effect != Effect::Abstain).then_some(combined)
}

/// The tenant's decision after the operator's base layer has had its say: the base can only tighten.
///
/// An `allow` of the base counts as `abstain`. Where both say the same, the reasons of both stand, the tenant's first.
pub fn tighten<'a>(tenant: Decision, base: impl IntoIterator<Item = &'a Decision>) -> Decision {
    base.into_iter()
        .filter(|decision| decision.effect > Effect::Allow)
        .fold(tenant, join)
}

/// The stricter of two decisions on the same request, with the obligations of both.
///
/// The obligations of the milder one stay, since they may bind an action that the stricter one lets happen after all: a
/// person approves what one version wants reviewed and the other allows with a part left out. Reasons and annotations are
/// those of the stricter one, or of both where they say the same.
pub fn stricter(one: &Decision, other: &Decision) -> Decision {
    let both = [one, other];
    let mut stricter = both.into_iter().fold(Decision::bare(Effect::Abstain), join);
    for obligation in both.into_iter().flat_map(|it| &it.obligations) {
        if !stricter.obligations.contains(obligation) {
            stricter.obligations.push(obligation.clone());
        }
    }
    stricter
}

fn join(mut combined: Decision, decision: &Decision) -> Decision {
    if decision.effect > combined.effect {
        combined = Decision::bare(decision.effect);
    }
    if decision.effect == combined.effect && decision.effect != Effect::Abstain {
        absorb(&mut combined, decision);
    }
    combined
}

fn absorb(combined: &mut Decision, decision: &Decision) {
    combined.reasons.extend(decision.reasons.iter().cloned());
    for obligation in &decision.obligations {
        if !combined.obligations.contains(obligation) {
            combined.obligations.push(obligation.clone());
        }
    }
    for annotation in &decision.annotations {
        if !combined.annotations.contains(annotation) {
            combined.annotations.push(annotation.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Obligation;

    fn because(effect: Effect, code: &str) -> Decision {
        Decision::because(effect, code, "")
    }

    fn codes(decision: &Decision) -> Vec<&str> {
        decision
            .reasons
            .iter()
            .map(|reason| reason.code.as_str())
            .collect()
    }

    #[test]
    fn the_strictest_effect_wins_whatever_the_order() {
        for first in Effect::ALL {
            for second in Effect::ALL {
                let both = [because(first, "1"), because(second, "2")];
                let effect = combine(&both).map_or(Effect::Abstain, |decision| decision.effect);
                assert_eq!(effect, first.max(second));
            }
        }
    }

    #[test]
    fn only_the_winners_explain() {
        let all = [
            because(Effect::Allow, "a"),
            because(Effect::Deny, "b"),
            because(Effect::Deny, "c"),
        ];
        assert_eq!(codes(&combine(&all).unwrap()), ["b", "c"]);
    }

    #[test]
    fn all_abstaining_is_no_decision() {
        assert_eq!(combine(&[because(Effect::Abstain, "x")]), None);
        assert_eq!(combine([]), None);
    }

    #[test]
    fn obligations_are_united_without_duplicates() {
        let obliged = |id: &str| Decision {
            obligations: vec![Obligation {
                id: id.into(),
                kind: "notify".into(),
                properties: "{}".into(),
                annotations: Vec::new(),
            }],
            ..Decision::bare(Effect::Allow)
        };
        let combined = combine(&[obliged("a"), obliged("b"), obliged("a")]).unwrap();
        assert_eq!(
            combined
                .obligations
                .iter()
                .map(|it| it.id.as_str())
                .collect::<Vec<_>>(),
            ["a", "b"]
        );
    }

    #[test]
    fn the_stricter_of_both_has_the_obligations_of_both() {
        let obliged = |effect, code: &str| Decision {
            obligations: vec![Obligation {
                id: code.into(),
                kind: "redact".into(),
                properties: "{}".into(),
                annotations: Vec::new(),
            }],
            ..because(effect, code)
        };
        for first in Effect::ALL {
            for second in Effect::ALL {
                let (one, other) = (obliged(first, "1"), obliged(second, "2"));
                let both = stricter(&one, &other);
                assert_eq!(both.effect, first.max(second));
                let mut ids: Vec<_> = both.obligations.iter().map(|it| it.id.as_str()).collect();
                ids.sort_unstable();
                assert_eq!(ids, ["1", "2"]);
                if first > second {
                    assert_eq!(codes(&both), ["1"]);
                }
            }
        }
        assert_eq!(
            stricter(&obliged(Effect::Allow, "1"), &obliged(Effect::Allow, "1"))
                .obligations
                .len(),
            1
        );
    }

    #[test]
    fn the_base_can_only_tighten() {
        for tenant in Effect::ALL {
            for base in Effect::ALL {
                let result = tighten(because(tenant, "t"), &[because(base, "b")]);
                assert!(result.effect >= tenant);
                let counted = if base == Effect::Allow {
                    Effect::Abstain
                } else {
                    base
                };
                assert_eq!(result.effect, tenant.max(counted));
            }
        }
    }
}
