//! Counts of the most frequent of endlessly many things in a fixed number of places (Space-Saving: A. Metwally, D. Agrawal,
//! A. El Abbadi, "Efficient computation of frequent and top-k elements in data streams", ICDT 2005).
//!
//! Must never claim a count that wasn't there: what takes the place of something else inherits its count as doubt, and only
//! what is above the doubt is shown.

use serde::{Deserialize, Serialize};

/// At most `N` things with their counts. Whatever makes up more than one in `N` of all is among them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    try_from = "Vec<Place<T>>",
    into = "Vec<Place<T>>",
    bound(
        serialize = "T: Clone + Serialize",
        deserialize = "T: Deserialize<'de>"
    )
)]
pub(in crate::rollout) struct Heavy<T, const N: usize> {
    places: Vec<Place<T>>,
}

/// One thing with its count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::rollout) struct Place<T> {
    /// Tells things apart: a hash.
    #[serde(rename = "k")]
    key: u64,
    /// At most so often.
    #[serde(rename = "n")]
    count: u64,
    /// So much less often perhaps.
    #[serde(rename = "d", default, skip_serializing_if = "is_zero")]
    doubt: u64,
    #[serde(rename = "v")]
    pub(in crate::rollout) thing: T,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl<T> Place<T> {
    /// It occurred at least so often.
    pub(in crate::rollout) fn at_least(&self) -> u64 {
        self.count.saturating_sub(self.doubt)
    }

    /// What tells it from others.
    pub(in crate::rollout) fn key(&self) -> u64 {
        self.key
    }
}

impl<T, const N: usize> Heavy<T, N> {
    /// Counts a thing once.
    pub(in crate::rollout) fn note(&mut self, key: u64, thing: impl FnOnce() -> T) {
        if let Some(place) = self.places.iter_mut().find(|place| place.key == key) {
            place.count = place.count.saturating_add(1);
        } else if self.places.len() < N {
            self.places.push(Place {
                key,
                count: 1,
                doubt: 0,
                thing: thing(),
            });
        } else if let Some(least) = self.places.iter_mut().min_by_key(|place| place.count) {
            *least = Place {
                key,
                count: least.count.saturating_add(1),
                doubt: least.count,
                thing: thing(),
            };
        }
    }

    /// A thing of this key occurred at most so often.
    pub(in crate::rollout) fn at_most(&self, key: u64) -> u64 {
        let place = self.places.iter().find(|place| place.key == key);
        let least = || self.places.iter().map(|place| place.count).min();
        match place {
            Some(place) => place.count,
            None if self.places.len() < N => 0,
            None => least().unwrap_or_default(),
        }
    }

    /// Everything that is counted, in no order.
    pub(in crate::rollout) fn places(&self) -> &[Place<T>] {
        &self.places
    }
}

impl<T, const N: usize> Default for Heavy<T, N> {
    fn default() -> Self {
        Self { places: Vec::new() }
    }
}

impl<T, const N: usize> From<Heavy<T, N>> for Vec<Place<T>> {
    fn from(heavy: Heavy<T, N>) -> Self {
        heavy.places
    }
}

/// More things than there are places.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{count} counted values are more than the {max} that may be")]
pub(in crate::rollout) struct TooMany {
    count: usize,
    max: usize,
}

impl<T, const N: usize> TryFrom<Vec<Place<T>>> for Heavy<T, N> {
    type Error = TooMany;

    fn try_from(places: Vec<Place<T>>) -> Result<Self, TooMany> {
        match places.len() {
            count if count > N => Err(TooMany { count, max: N }),
            _ => Ok(Self { places }),
        }
    }
}
