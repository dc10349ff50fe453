//! The questions of a tree, each kept once however many nodes ask it.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use foldhash::quality::FixedState;
use hashbrown::HashTable;
use lictor_policy::{Inquiry, Question};
use slab::Slab;

/// A question, ready to be asked again.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) inquiry: Inquiry,
    pub(super) encoded: Box<[u8]>,
}

impl Asked {
    /// The question for people.
    pub(super) fn question(&self) -> Option<Question> {
        Question::decode(&self.encoded)
    }
}

/// The questions by number.
pub(super) struct Questions {
    all: Slab<Entry>,
    numbers: HashTable<u32>,
    hasher: FixedState,
}

struct Entry {
    asked: Arc<Asked>,
    nodes: u32,
}

impl Questions {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            all: Slab::new(),
            numbers: HashTable::new(),
            hasher: FixedState::with_seed(seed),
        }
    }

    /// What a question takes: as it is encoded, read, and its places in the tables. A pointer that is read has its text twice,
    /// and where each of its tokens ends.
    pub(super) fn byte_len(encoded: &[u8]) -> usize {
        let slashes = encoded.iter().filter(|byte| **byte == b'/').count();
        2 * size_of::<Entry>() + 16 + size_of::<Asked>() + 3 * encoded.len() + 4 * slashes + 64
    }

    /// A question for one more node, with its number and how many bytes it took; nothing where it can't be read.
    pub(super) fn take(&mut self, encoded: &[u8]) -> Option<(u32, Arc<Asked>, usize)> {
        let hash = self.hash(encoded);
        let known = self.numbers.find(hash, |number| {
            self.all
                .get(*number as usize)
                .is_some_and(|entry| *entry.asked.encoded == *encoded)
        });
        if let Some(number) = known.copied() {
            let entry = self.all.get_mut(number as usize)?;
            entry.nodes += 1;
            return Some((number, Arc::clone(&entry.asked), 0));
        }
        let inquiry = Inquiry::new(&Question::decode(encoded)?).ok()?;
        let asked = Arc::new(Asked {
            inquiry,
            encoded: encoded.into(),
        });
        let entry = Entry {
            asked: Arc::clone(&asked),
            nodes: 1,
        };
        let number = u32::try_from(self.all.insert(entry)).ok()?;
        let hash_of = |number: &u32| {
            let entry = self.all.get(*number as usize);
            entry.map_or(0, |entry| place(&self.hasher, &entry.asked.encoded))
        };
        self.numbers.insert_unique(hash, number, hash_of);
        Some((number, asked, Self::byte_len(encoded)))
    }

    /// Tells that one node less asks it, and says how many bytes that frees.
    pub(super) fn give_back(&mut self, number: u32) -> usize {
        let Some(entry) = self.all.get_mut(number as usize) else {
            return 0;
        };
        entry.nodes -= 1;
        if entry.nodes > 0 {
            return 0;
        }
        let gone = self.all.remove(number as usize).asked;
        let hash = self.hash(&gone.encoded);
        if let Ok(place) = self.numbers.find_entry(hash, |other| *other == number) {
            place.remove();
        }
        Self::byte_len(&gone.encoded)
    }

    /// Whether a question has this number.
    #[cfg(test)]
    pub(super) fn is(&self, number: u32, asked: &Arc<Asked>) -> bool {
        let entry = self.all.get(number as usize);
        entry.is_some_and(|entry| Arc::ptr_eq(&entry.asked, asked))
    }

    /// How many bytes all of them take.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let entries = self.all.iter();
        entries
            .map(|(_, entry)| Self::byte_len(&entry.asked.encoded))
            .sum()
    }

    fn hash(&self, encoded: &[u8]) -> u64 {
        place(&self.hasher, encoded)
    }
}

fn place(hasher: &FixedState, encoded: &[u8]) -> u64 {
    let mut hasher = hasher.build_hasher();
    hasher.write(encoded);
    hasher.finish()
}
