//! Which paths found no room in a full memory, so that those that are wanted again are taken in. Must never take more than
//! its one small table: it stands outside of the budget.

use std::sync::{Mutex, PoisonError};

/// How many sets of paths there are.
const SETS: usize = 128;
/// How many paths of one set are kept in mind, the last first.
const WAYS: usize = 4;

/// The last paths that found no room, each by some bits of its hash: 2 KiB once there is one.
#[derive(Debug, Default)]
pub(super) struct Sightings {
    sets: Mutex<Option<Box<[[u32; WAYS]; SETS]>>>,
}

impl Sightings {
    /// Whether the path with this hash was here before, as far as that is kept in mind. It is from now on.
    pub(super) fn note(&self, path: u64) -> bool {
        // No bits of the mark are bits of the place, and no mark is that of an empty place.
        let mark = (path >> 32) as u32 | 1;
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        let sets = sets.get_or_insert_with(|| Box::new([[0; WAYS]; SETS]));
        let Some(set) = sets.get_mut(path as usize % SETS) else {
            return false;
        };
        let known = set.iter().position(|known| *known == mark);
        let until = known.unwrap_or(WAYS - 1);
        if let Some(moved) = set.get_mut(..=until) {
            moved.rotate_right(1);
        }
        if let Some(first) = set.first_mut() {
            *first = mark;
        }
        known.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_soon_is_known() {
        let sightings = Sightings::default();
        let path = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        assert!((0..100).all(|number| !sightings.note(path(number))));
        assert!((0..100).all(|number| sightings.note(path(number))));
        (1_000..10_000).for_each(|number| {
            sightings.note(path(number));
        });
        assert!(!sightings.note(path(0)), "it keeps only so much in mind");
    }

    #[test]
    fn of_one_set_the_last_ones_are_known() {
        let sightings = Sightings::default();
        let path = |number: u64| number << 40;
        for number in [1, 2, 3, 4, 1, 5] {
            sightings.note(path(number));
        }
        // 2 was there longest.
        assert!(
            [1, 3, 4, 5]
                .iter()
                .all(|number| sightings.note(path(*number)))
        );
        assert!(!sightings.note(path(2)));
    }
}
