//! Examples of pairs that differ. Must never be more than 16 of a class, however many pairs there are.

use lictor_policy::{Decision, Effect, Observation, Operand, Pointer, Predicate, Question};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::label::Label;
use super::watched::{Attribute, POINTERS_MAX};
use crate::record::{Hidden, MASK, Redaction};
use crate::rollout::pair::{Asked, Pair};

/// Examples that are kept of each class.
pub(super) const SAMPLES_MAX: usize = 16;
/// Reason codes that are kept of each side.
const CODES_MAX: usize = 4;

/// One pair, as a person looks at it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The request's attributes that are watched: each pointer with its value as it is shown. A list, an object and what is
    /// absent have none.
    pub attributes: Vec<(Label, Label)>,
    /// What stable said.
    pub stable: Opinion,
    /// What the candidate says.
    pub candidate: Opinion,
    /// Where the two sides begin to part; none where both asked the same and were answered the same, so that the policy itself
    /// decides otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
}

/// What one side said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opinion {
    /// The effect.
    pub effect: Effect,
    /// The codes of the first reasons, at most 4.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Label>,
}

/// The first observation of a policy that differs between the two sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// Which policy.
    pub policy: Label,
    /// What stable's version asked and was answered there; none where it asked nothing more, or there is no such policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stable: Option<Label>,
    /// The candidate's version likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Label>,
}

// --- Kept ----------------------------------------------------------------------------------------------------------

/// The examples of a class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::rollout) struct Samples {
    #[serde(deserialize_with = "few")]
    kept: Vec<Taken>,
}

/// An example whose attributes stand in the order in which pointers are watched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::rollout) struct Taken {
    attributes: Vec<Attribute>,
    stable: Opinion,
    candidate: Opinion,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    difference: Option<Difference>,
}

impl Samples {
    /// Takes an example as long as there is room, and else in the place that was drawn, if it is one.
    pub(super) fn offer(&mut self, drawn: u64, taken: impl FnOnce() -> Taken) {
        if self.kept.len() < SAMPLES_MAX {
            self.kept.push(taken());
        } else if let Some(place) = usize::try_from(drawn)
            .ok()
            .and_then(|drawn| self.kept.get_mut(drawn))
        {
            *place = taken();
        }
    }

    /// The examples, with the pointers that are watched.
    pub(in crate::rollout) fn shown<'a>(
        &self,
        pointers: impl Iterator<Item = &'a Pointer> + Clone,
    ) -> Vec<Sample> {
        let kept = self.kept.iter();
        kept.map(|taken| taken.shown(pointers.clone())).collect()
    }
}

impl Taken {
    pub(super) fn new(
        attributes: impl Iterator<Item = Attribute>,
        pair: &Pair<'_>,
        shows: Shows<'_>,
    ) -> Self {
        Self {
            attributes: attributes.collect(),
            stable: Opinion::of(pair.stable.decision, shows.hidden),
            candidate: Opinion::of(pair.candidate.decision, shows.hidden),
            difference: Difference::of(pair, shows),
        }
    }

    fn shown<'a>(&self, pointers: impl Iterator<Item = &'a Pointer>) -> Sample {
        let attributes = pointers.zip(&self.attributes);
        let present = |(pointer, value): (&Pointer, &Attribute)| {
            let value = value.clone()?;
            Some((Label::pointer(pointer), value))
        };
        Sample {
            attributes: attributes.filter_map(present).collect(),
            stable: self.stable.clone(),
            candidate: self.candidate.clone(),
            difference: self.difference.clone(),
        }
    }
}

impl Opinion {
    fn of(decision: &Decision, hidden: &Hidden) -> Self {
        let reasons = decision.reasons.iter().take(CODES_MAX);
        Self {
            effect: decision.effect,
            codes: reasons
                .map(|reason| Label::value(&hidden.label(&reason.code)))
                .collect(),
        }
    }
}

impl Difference {
    /// Policies are looked at in the candidate's order, then those that only stable has.
    fn of(pair: &Pair<'_>, shows: Shows<'_>) -> Option<Self> {
        let (stable, candidate) = (&pair.stable.asked, &pair.candidate.asked);
        let of_candidate = candidate
            .iter()
            .map(|asked| (find(stable, asked.policy), Some(asked)));
        let only_of_stable = stable
            .iter()
            .filter(|asked| find(candidate, asked.policy).is_none())
            .map(|asked| (Some(asked), None));
        of_candidate
            .chain(only_of_stable)
            .find_map(|(stable, candidate)| Self::between(stable, candidate, shows))
    }

    fn between(
        stable: Option<&Asked<'_>>,
        candidate: Option<&Asked<'_>>,
        shows: Shows<'_>,
    ) -> Option<Self> {
        let mut at = 0;
        let mut of_stable = stable.into_iter().flat_map(|it| it.observations.raw());
        let mut of_candidate = candidate.into_iter().flat_map(|it| it.observations.raw());
        loop {
            match (of_stable.next(), of_candidate.next()) {
                (None, None) => return None,
                (one, other) if one == other => at += 1,
                _ => break,
            }
        }
        let show = |asked: Option<&Asked<'_>>| {
            let observation = asked?.observations.iter().nth(at)?;
            Some(shown(&observation, shows))
        };
        Some(Self {
            policy: Label::value(stable.or(candidate)?.policy),
            stable: show(stable),
            candidate: show(candidate),
        })
    }
}

fn find<'a, 'b>(all: &'a [Asked<'b>], policy: &str) -> Option<&'a Asked<'b>> {
    all.iter().find(|asked| asked.policy == policy)
}

/// What may be shown of a pair: the rules, and the values that they hide of it, which policies put into pointers and codes.
#[derive(Clone, Copy)]
pub(super) struct Shows<'a> {
    pub(super) redaction: &'a Redaction,
    pub(super) hidden: &'a Hidden,
}

/// An observation as far as the rules show it: not what was found out about a value that they hide.
fn shown(observation: &Observation, shows: Shows<'_>) -> Label {
    let hides = |pointer: &str| shows.redaction.hides(pointer);
    let only_asked = match &observation.question {
        Question::Look {
            source, pointer, ..
        } if hides(pointer) => Some((source, pointer)),
        Question::Test {
            source,
            pointer,
            predicate,
        } if hides(pointer) || compared_with(predicate).is_some_and(hides) => {
            Some((source, pointer))
        }
        _ => None,
    };
    let text = match only_asked {
        Some((source, pointer)) => format!("{} {pointer} = {MASK}", source.as_str()),
        None => observation.to_string(),
    };
    Label::observation(shows.hidden.free(&text))
}

fn compared_with(predicate: &Predicate) -> Option<&str> {
    match &predicate.operand {
        Operand::At(_, pointer) => Some(pointer),
        Operand::Given(_) => None,
    }
}

fn few<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Taken>, D::Error> {
    let kept = Vec::<Taken>::deserialize(from)?;
    let is_bounded = |it: &Taken| {
        it.attributes.len() <= POINTERS_MAX
            && it.stable.codes.len().max(it.candidate.codes.len()) <= CODES_MAX
    };
    if kept.len() > SAMPLES_MAX || !kept.iter().all(is_bounded) {
        return Err(de::Error::custom("more is stored of examples than may be"));
    }
    Ok(kept)
}
