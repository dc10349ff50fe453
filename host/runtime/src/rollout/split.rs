//! Which side of a rollout a request is on: a pure function of the rollout, its phase and the request, so that every node of
//! a fleet gives the same answer.

mod lately;

use std::collections::HashSet;

use foldhash::fast::FixedState;
use lictor_policy::{Item, Kind, Pointer, Request};

use super::plan::{Phase, Plan, Reach, Strict};

/// Where a caller states the version that its agent was built for.
const STATED: [&str; 2] = ["context", "policy_version"];
/// What a key is derived for. Another text would put every subject elsewhere.
const KEY_CONTEXT: &str = "lictor rollout split 1";
/// The longest attribute that is hashed without a hasher of its own.
const SHORT_BYTES_MAX: usize = 62;

/// Which versions decide for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Stable,
    Candidate,
    /// Both, and the stricter counts.
    Both,
}

/// A number for a subject that says nothing about it, and is another one in each rollout.
pub(crate) type SubjectHash = u64;

/// What is the same in all phases of a rollout: where a subject stands in its circle of all numbers.
#[derive(Clone, Debug)]
pub(crate) struct Circle {
    key: [u8; 32],
    sticky: Pointer,
}

impl Circle {
    /// The circle of a rollout, by its id and the tenant's name.
    pub(crate) fn new(tenant: &str, rollout: &str, sticky: Pointer) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(KEY_CONTEXT);
        for part in [tenant, rollout] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        Self {
            key: hasher.finalize().into(),
            sticky,
        }
    }

    /// Where the request's subject stands; nothing where the sticky attribute is absent, or neither a text, a number nor a
    /// boolean.
    pub(crate) fn subject(&self, request: &Request) -> Option<SubjectHash> {
        let item = request.document().find(&self.sticky)?;
        self.of_item(item)
    }

    fn of_item(&self, item: Item<'_>) -> Option<SubjectHash> {
        Some(match item.kind() {
            Kind::Text => self.hash(b't', item.as_text()?.as_bytes()),
            Kind::Integer | Kind::Decimal | Kind::Boolean => {
                self.hash(b'j', item.to_json().as_bytes())
            }
            Kind::Null | Kind::List | Kind::Object => return None,
        })
    }

    /// Where a subject stands whose attribute is this text.
    pub(crate) fn of_text(&self, text: &str) -> SubjectHash {
        self.hash(b't', text.as_bytes())
    }

    fn hash(&self, tag: u8, bytes: &[u8]) -> SubjectHash {
        if bytes.len() <= SHORT_BYTES_MAX {
            return lately::place(&self.key, tag, bytes, || self.hash_short(tag, bytes));
        }
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&[tag]).update(bytes);
        first_bytes(&hasher.finalize())
    }

    /// The same, at half the price where everything fits one block.
    fn hash_short(&self, tag: u8, bytes: &[u8]) -> SubjectHash {
        let mut short = [0; SHORT_BYTES_MAX + 1];
        let (first, rest) = short.split_at_mut(1);
        first.fill(tag);
        for (to, from) in rest.iter_mut().zip(bytes) {
            *to = *from;
        }
        let block = short.get(..=bytes.len()).unwrap_or_default();
        first_bytes(&blake3::keyed_hash(&self.key, block))
    }
}

fn first_bytes(hash: &blake3::Hash) -> SubjectHash {
    let (first, _) = hash
        .as_bytes()
        .split_first_chunk()
        .expect("a hash has 32 bytes");
    u64::from_le_bytes(*first)
}

/// The split of one phase.
#[derive(Clone, Debug)]
pub(crate) enum Split {
    /// Stable decides for all.
    Stable,
    Canary {
        strict: Strict,
        /// Subjects below this stand on the canary side.
        below: Threshold,
        /// Subjects that are on the canary side wherever they stand.
        listed: HashSet<SubjectHash, FixedState>,
    },
}

/// How much of a circle lies on one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Threshold {
    below: u64,
    all: bool,
}

impl Threshold {
    /// This share, from 0 to 1. A larger one has everything that a smaller one has.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a cast from a float stays within the range, and the split needs no more digits"
    )]
    pub(crate) fn share(share: f64) -> Self {
        Self {
            below: (share.clamp(0.0, 1.0) * u64::MAX as f64) as u64,
            all: share >= 1.0,
        }
    }

    pub(crate) fn has(self, hash: u64) -> bool {
        self.all || hash < self.below
    }
}

impl Split {
    /// The split of a plan's phase, which has everybody on the canary side who was there in a phase before.
    pub(crate) fn new(plan: &Plan, phase: usize, circle: &Circle) -> Self {
        let past = plan.phases().get(..=phase).unwrap_or_default();
        let Some(Phase {
            reach: Reach::Canary { percent, .. },
            ..
        }) = past.last()
        else {
            return Self::Stable;
        };
        let lists = past.iter().filter_map(|phase| match &phase.reach {
            Reach::Canary { subjects, .. } => Some(subjects),
            Reach::Shadow => None,
        });
        Self::Canary {
            strict: plan.strict(),
            below: Threshold::share(percent / 100.0),
            listed: lists.flatten().map(|text| circle.of_text(text)).collect(),
        }
    }

    /// Which versions decide for a request whose subject stands here.
    pub(crate) fn choose(&self, subject: Option<SubjectHash>, request: &Request) -> Choice {
        let Self::Canary {
            strict,
            below,
            listed,
        } = self
        else {
            return Choice::Stable;
        };
        if states_version(request) {
            return Choice::Both;
        }
        let Some(subject) = subject else {
            return match strict {
                Strict::Off => Choice::Stable,
                Strict::Canary | Strict::Fleet => Choice::Both,
            };
        };
        let is_canary = below.has(subject) || (!listed.is_empty() && listed.contains(&subject));
        match (strict, is_canary) {
            (Strict::Off | Strict::Canary, false) => Choice::Stable,
            (Strict::Off | Strict::Fleet, true) => Choice::Candidate,
            (Strict::Canary, true) | (Strict::Fleet, false) => Choice::Both,
        }
    }
}

fn states_version(request: &Request) -> bool {
    let [outer, inner] = STATED;
    let context = request.document().root().member(outer);
    context.and_then(|context| context.member(inner)).is_some()
}

#[cfg(test)]
mod tests;
