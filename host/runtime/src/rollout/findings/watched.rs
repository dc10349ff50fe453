//! One attribute of requests, and which values it has how often: in all pairs, and in those of each class.

use lictor_policy::{Item, Pointer, Request};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::heavy::Heavy;
use super::label::Label;
use super::reasons::first_bytes;
use crate::record::{Redaction, Shown};
use crate::rollout::divergence::{ByClass, Divergence};

/// What is watched from the beginning on, because every request has it. Of values that explain equally much, the earlier counts.
pub(super) const FIXED: [&str; 5] = [
    "/action/name",
    "/resource/type",
    "/subject/type",
    "/resource/id",
    "/subject/id",
];

/// The most pointers that are watched: the fixed ones, and the first others that policies ask for.
pub(super) const POINTERS_MAX: usize = 16;
/// Values that are counted for each pointer, in each class and over all pairs.
pub(super) const VALUES_MAX: usize = 64;
/// The longest pointer that is watched because a policy asks for it.
pub(super) const OBSERVED_POINTER_BYTES_MAX: usize = 128;

/// The value of an attribute as it is shown; none where it is absent.
pub(super) type Attribute = Option<Label>;

/// A pointer into requests with the values that stood there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::rollout) struct Watched {
    pointer: Pointer,
    /// Pairs since it is watched.
    pairs: u64,
    all: Heavy<Attribute, VALUES_MAX>,
    classes: ByClass<Heavy<Attribute, VALUES_MAX>>,
}

/// A value of which a class has a greater share than all pairs have.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rollout) struct Excess<'a> {
    /// The value.
    pub(in crate::rollout) value: &'a Attribute,
    /// At least so many pairs of the class have it.
    pub(in crate::rollout) pairs: u64,
    /// At most this share of all pairs, from 0 to 1, has it.
    pub(in crate::rollout) share_of_all: f64,
    /// The share in the class less the share in all.
    pub(in crate::rollout) excess: f64,
}

impl Watched {
    pub(super) fn new(pointer: Pointer) -> Self {
        Self {
            pointer,
            pairs: 0,
            all: Heavy::default(),
            classes: ByClass::default(),
        }
    }

    /// Where it stands.
    pub(in crate::rollout) fn pointer(&self) -> &Pointer {
        &self.pointer
    }

    /// Counts the value that a request has.
    pub(super) fn note(&mut self, request: &Request, class: Divergence, redaction: &Redaction) {
        self.pairs = self.pairs.saturating_add(1);
        let Some(look) = Look::at(request, &self.pointer, redaction) else {
            return;
        };
        let key = look.key();
        self.all.note(key, || look.label());
        if let Some(of_class) = self.classes.get_mut(class) {
            of_class.note(key, || look.label());
        }
    }

    /// The value that a request has, as it is shown; none also for a list or an object.
    pub(super) fn look(&self, request: &Request, redaction: &Redaction) -> Attribute {
        Look::at(request, &self.pointer, redaction).and_then(|look| look.label())
    }

    /// The value whose share in this class, of so many pairs, exceeds its share in all pairs the most. What can't be known for
    /// certain is counted against it.
    pub(in crate::rollout) fn explain(&self, class: Divergence, pairs: u64) -> Option<Excess<'_>> {
        let of = |place: &'_ super::heavy::Place<Attribute>| {
            let share_of_class = place.at_least() as f64 / pairs.max(1) as f64;
            let share_of_all =
                (self.all.at_most(place.key()) as f64 / self.pairs.max(1) as f64).min(1.0);
            (share_of_class - share_of_all, share_of_all)
        };
        let places = self.classes.get(class)?.places().iter();
        places
            .map(|place| {
                let (excess, share_of_all) = of(place);
                Excess {
                    value: &place.thing,
                    pairs: place.at_least(),
                    share_of_all,
                    excess,
                }
            })
            .max_by(|one, other| one.excess.total_cmp(&other.excess))
    }
}

/// What stands at a pointer of a request, as far as the rules show it.
enum Look<'a> {
    Absent,
    Whole(Item<'a>),
    Instead(String),
}

impl<'a> Look<'a> {
    /// None where a list or an object stands.
    fn at(request: &'a Request, pointer: &Pointer, redaction: &Redaction) -> Option<Self> {
        let Some(item) = request.document().find(pointer) else {
            return Some(Self::Absent);
        };
        item.scalar_bytes()?;
        let shown = match item.as_text() {
            Some(text) => redaction.show(pointer.as_str(), text, false),
            None => redaction.show(pointer.as_str(), &item.to_json(), false),
        };
        Some(match shown {
            Shown::Whole => Self::Whole(item),
            Shown::Instead(text) => Self::Instead(text),
        })
    }

    /// Tells values apart: equal scalars have equal bytes. What is hidden is known by what is shown instead only, so that no
    /// hash of it is kept.
    fn key(&self) -> u64 {
        match self {
            Self::Absent => 0,
            Self::Whole(item) => {
                let bytes = item.scalar_bytes().unwrap_or_default();
                first_bytes(&blake3::hash(bytes))
            }
            Self::Instead(text) => first_bytes(&blake3::hash(text.as_bytes())),
        }
    }

    fn label(&self) -> Attribute {
        match self {
            Self::Absent => None,
            Self::Whole(item) => Some(match item.as_text() {
                Some(text) => Label::text(text),
                None => Label::value(&item.to_json()),
            }),
            Self::Instead(text) => Some(Label::value(text)),
        }
    }
}

/// Reads what is watched, unless it is more than may be.
pub(super) fn few<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Watched>, D::Error> {
    let watched = Vec::<Watched>::deserialize(from)?;
    if watched.len() > POINTERS_MAX {
        return Err(de::Error::custom("more pointers are watched than may be"));
    }
    Ok(watched)
}
