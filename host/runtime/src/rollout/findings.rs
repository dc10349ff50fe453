//! What a rollout found out about the pairs that differ: for which reasons, under which attribute values, and examples.
//!
//! Must never grow beyond its bounds, whatever requests and policies bring, and never keep a value as it is: what is kept is
//! short, escaped, and what the redaction rules of the audit log let through.

mod heavy;
mod label;
mod reasons;
mod sample;
mod watched;

use heavy::Heavy;
pub use label::Label;
use lictor_policy::{Aspect, Pointer, Question, Request, Source};
pub use reasons::{ReasonChange, Said};
pub use sample::{Difference, Opinion, Sample};
use sample::{Samples, Shows, Taken};
use serde::{Deserialize, Serialize};
pub(super) use watched::{Excess, Watched};
use watched::{FIXED, OBSERVED_POINTER_BYTES_MAX, POINTERS_MAX};

use super::divergence::{ByClass, Divergence};
use super::pair::{Asked, Pair};
use crate::record::{Hidden, Redaction};

/// The most bytes that findings take in memory, and that they take as JSON. Mostly values: 16 pointers with 64 values for each
/// of four classes and for all pairs, 5,120 entries of 128 bytes.
#[cfg(test)]
pub(crate) const FINDINGS_BYTES_MAX: usize = 1024 * 1024;

/// So many pairs from the beginning on are looked at for pointers to watch, and after them only those that differ.
const LEARNING_PAIRS: u64 = 1_000;

/// Different reasons that are counted for each class.
const REASONS_MAX: usize = 32;

/// What was found out so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Findings {
    seed: u64,
    draws: u64,
    pairs: u64,
    #[serde(deserialize_with = "watched::few")]
    watched: Vec<Watched>,
    classes: ByClass<ClassFindings>,
}

/// What was found out about the pairs of one class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClassFindings {
    pub(super) pairs: u64,
    pub(super) reasons: Heavy<ReasonChange, REASONS_MAX>,
    pub(super) samples: Samples,
}

impl Findings {
    /// Nothing yet. The seed decides which pairs become examples: the same pairs with the same seed give the same ones.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            draws: 0,
            pairs: 0,
            watched: FIXED
                .iter()
                .map(|text| Watched::new(pointer(text)))
                .collect(),
            classes: ByClass::default(),
        }
    }

    /// Notes a pair whose sides differ in this way, as far as the rules allow.
    pub(crate) fn record(&mut self, pair: &Pair<'_>, class: Divergence, redaction: &Redaction) {
        if self.pairs < LEARNING_PAIRS || class != Divergence::Same {
            self.learn(pair);
        }
        self.pairs = self.pairs.saturating_add(1);
        for watched in &mut self.watched {
            watched.note(pair.request, class, redaction);
        }
        if class != Divergence::Same {
            self.record_difference(pair, class, redaction);
        }
    }

    fn record_difference(&mut self, pair: &Pair<'_>, class: Divergence, redaction: &Redaction) {
        let draw = self.draw();
        let Some(findings) = self.classes.get_mut(class) else {
            return;
        };
        let asked = pair.stable.asked.iter().chain(&pair.candidate.asked);
        let hidden = &Hidden::of(pair.request, asked.map(|it| it.observations), redaction);
        findings.pairs = findings.pairs.saturating_add(1);
        let change = ReasonChange::of(pair, hidden);
        findings.reasons.note(change.key(), || change);
        // Algorithm R: each pair of a class becomes one of its examples with the same chance.
        findings.samples.offer(draw % findings.pairs, || {
            let attributes = self
                .watched
                .iter()
                .map(|it| it.look(pair.request, redaction));
            Taken::new(attributes, pair, Shows { redaction, hidden })
        });
    }

    /// A number that looks random (SplitMix64) and follows from the seed.
    fn draw(&mut self) -> u64 {
        self.draws = self.draws.wrapping_add(1);
        let mut mixed = self
            .seed
            .wrapping_add(self.draws.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Begins to watch what the policies look at, while there is room.
    fn learn(&mut self, pair: &Pair<'_>) {
        for asked in pair.candidate.asked.iter().chain(&pair.stable.asked) {
            self.learn_from(asked, pair.request);
        }
    }

    fn learn_from(&mut self, asked: &Asked<'_>, request: &Request) {
        for (question, _) in asked.observations.raw() {
            if self.watched.len() >= POINTERS_MAX {
                return;
            }
            let Some(pointer) = Question::decode(question).and_then(scalar_pointer) else {
                continue;
            };
            let is_new = !self.watched.iter().any(|it| *it.pointer() == pointer);
            let stands_alone = request
                .document()
                .find(&pointer)
                .is_some_and(|item| item.scalar_bytes().is_some());
            if is_new && stands_alone {
                self.watched.push(Watched::new(pointer));
            }
        }
    }

    /// How many pairs there were.
    pub(super) fn pairs(&self) -> u64 {
        self.pairs
    }

    /// What was found out about a class; none for pairs that are the same.
    pub(super) fn of(&self, class: Divergence) -> Option<&ClassFindings> {
        self.classes.get(class)
    }

    /// The pointers that are watched.
    pub(super) fn watched(&self) -> &[Watched] {
        &self.watched
    }
}

/// The pointer into the request that a question is about, if it is one and short.
fn scalar_pointer(question: Question) -> Option<Pointer> {
    let (Question::Look {
        source: Source::Request,
        aspect: Aspect::Get,
        pointer,
    }
    | Question::Test {
        source: Source::Request,
        pointer,
        ..
    }) = question
    else {
        return None;
    };
    (pointer.len() <= OBSERVED_POINTER_BYTES_MAX)
        .then(|| Pointer::parse(&pointer).ok())
        .flatten()
}

fn pointer(text: &str) -> Pointer {
    Pointer::parse(text).expect("the fixed pointers are well formed")
}

#[cfg(test)]
mod tests;
