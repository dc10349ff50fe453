//! The buckets of a tenant's agents, as many as there is room for.
//!
//! An agent is known by a keyed hash of its id, and only for as long as its bucket isn't full: a full bucket is as good as none. Where
//! so many ids are busy that there is no room for another, those that aren't known share one bucket, which has one agent's
//! rate: ids that somebody makes up get no rate of their own, and none that is known suffers from them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::bucket::{Bucket, Pour};

/// How many parts the table has, each with a lock of its own.
const PARTS: usize = 4;
/// How many agents a part knows.
const OF_PART_MAX: usize = 1_024;
/// How many agents of a tenant have buckets of their own at once.
#[cfg(test)]
pub(super) const AGENTS_MAX: usize = PARTS * OF_PART_MAX;

/// A number that stands for an agent, and says nothing about it without the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AgentHash(u64);

impl AgentHash {
    pub(super) fn new(key: &[u8; 32], id: &str) -> Self {
        let hash = blake3::keyed_hash(key, id.as_bytes());
        let first = hash.as_bytes().first_chunk().copied();
        Self(u64::from_le_bytes(first.unwrap_or_default()))
    }
}

/// The buckets of a tenant's agents.
#[derive(Debug, Default)]
pub(super) struct Agents {
    parts: [Mutex<Part>; PARTS],
    others: Bucket,
}

#[derive(Debug, Default)]
struct Part {
    full_at: HashMap<u64, u64, FixedState>,
    /// Before this no bucket in it is full, so that looking for one is in vain.
    none_full_before: u64,
}

impl Part {
    /// Makes room for one more, if a bucket is full by now.
    fn has_room(&mut self, now: u64) -> bool {
        if self.full_at.len() < OF_PART_MAX {
            return true;
        }
        if now < self.none_full_before {
            return false;
        }
        self.full_at.retain(|_, full_at| *full_at > now);
        self.none_full_before = self.full_at.values().copied().min().unwrap_or_default();
        self.full_at.len() < OF_PART_MAX
    }
}

impl Agents {
    /// Takes tokens of an agent.
    ///
    /// # Errors
    /// There are too few; nothing was taken.
    pub(super) fn take(
        &self,
        agent: AgentHash,
        pour: Pour,
        now: u64,
        tokens: u64,
    ) -> Result<(), Duration> {
        let mut part = self.part(agent);
        let known = part.full_at.get(&agent.0).copied();
        if known.is_none() && !part.has_room(now) {
            drop(part);
            return self.others.take(pour, now, tokens);
        }
        let full_at = pour.take(known.unwrap_or_default(), now, tokens)?;
        part.full_at.insert(agent.0, full_at);
        Ok(())
    }

    /// Gives back what was just taken.
    pub(super) fn give_back(&self, agent: AgentHash, pour: Pour, tokens: u64) {
        let mut part = self.part(agent);
        match part.full_at.get_mut(&agent.0) {
            Some(full_at) => *full_at = full_at.saturating_sub(pour.cost(tokens)),
            None => self.others.give_back(pour, tokens),
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        let parts = self.parts.iter();
        parts.map(|part| part.lock().unwrap().full_at.len()).sum()
    }

    fn part(&self, agent: AgentHash) -> MutexGuard<'_, Part> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "only the remainder by a small number counts"
        )]
        let part = self.parts.get(agent.0 as usize % PARTS);
        let part = part.expect("the remainder is less");
        // A bucket is one number, so what a panicking thread left behind is whole.
        part.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn pour() -> Pour {
        Pour::of("1/s,2".parse().unwrap())
    }

    #[test]
    fn each_agent_has_a_bucket_of_its_own() {
        let agents = Agents::default();
        let [ada, bob] = ["ada", "bob"].map(|id| AgentHash::new(&[1; 32], id));
        assert_eq!(agents.take(ada, pour(), 0, 2), Ok(()));
        assert_eq!(agents.take(ada, pour(), 0, 1), Err(Duration::from_secs(1)));
        assert_eq!(agents.take(bob, pour(), 0, 1), Ok(()));
        agents.give_back(ada, pour(), 1);
        assert_eq!(agents.take(ada, pour(), 0, 1), Ok(()));
    }

    #[test]
    fn ids_that_somebody_makes_up_get_no_rate_of_their_own_once_the_table_is_full() {
        let agents = Agents::default();
        let known = AgentHash::new(&[1; 32], "known");
        assert_eq!(agents.take(known, pour(), 0, 1), Ok(()));
        let invented = |number: u64| AgentHash::new(&[1; 32], &format!("agent-{number}"));
        // So many that every part is full.
        let let_through = (0..20_000).filter(|it| agents.take(invented(*it), pour(), 0, 2).is_ok());
        let let_through = let_through.count();
        // Each that got a place, and those of one bucket together.
        assert_eq!(agents.len(), AGENTS_MAX);
        assert_eq!(let_through, AGENTS_MAX - 1 + 1);
        // Whoever was there before doesn't suffer.
        assert_eq!(agents.take(known, pour(), 0, 1), Ok(()));
        // Buckets that are full again give their places away.
        assert_eq!(
            agents.take(invented(30_000), pour(), 10 * SECOND, 2),
            Ok(())
        );
        assert_eq!(
            agents.take(invented(30_001), pour(), 10 * SECOND, 2),
            Ok(())
        );
        assert!(agents.len() < AGENTS_MAX);
    }

    #[test]
    fn another_key_is_another_place() {
        assert_ne!(
            AgentHash::new(&[1; 32], "ada"),
            AgentHash::new(&[2; 32], "ada")
        );
    }
}
