//! What a rollout has seen, shared by all snapshots that it is part of: threads that compare write it, people read it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::findings::Findings;
use super::guard::{Guards, Tripped};
use super::pair::Pair;
use super::report::DivergenceReport;
use super::tally::Tally;
use crate::record::Redaction;

/// The ledger of one rollout.
#[derive(Debug)]
pub(crate) struct Ledger {
    book: Mutex<Book>,
    /// Pairs that were not compared because too many were waiting. Counted apart, since callers count them.
    dropped: AtomicU64,
    /// Whether its candidate is stopped, whatever a snapshot says.
    stopped: AtomicBool,
    /// What subjects are renamed with in the tally, so that nobody can choose to be among those that are sampled.
    salt: [u8; 32],
}

#[derive(Debug)]
struct Book {
    /// Nothing before the first.
    phase: Option<usize>,
    tally: Tally,
    findings: Findings,
    /// Whether anything was written since it was last kept.
    changed: bool,
}

impl Ledger {
    pub(crate) fn new(salt: [u8; 32]) -> Self {
        Self {
            book: Mutex::new(Book {
                phase: None,
                tally: Tally::new(&Guards::default()),
                findings: Findings::new(seed(&salt)),
                changed: false,
            }),
            dropped: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            salt,
        }
    }

    /// A ledger as it was kept.
    pub(crate) fn restored(
        salt: [u8; 32],
        phase: Option<usize>,
        tally: Tally,
        findings: Findings,
    ) -> Self {
        let ledger = Self::new(salt);
        {
            let mut book = ledger.book();
            (book.phase, book.tally, book.findings) = (phase, tally, findings);
        }
        ledger
    }

    /// Takes a pair down that was decided in this phase, and says whether a guard tripped by it. One of a phase that is over
    /// comes too late to count.
    pub(crate) fn record(
        &self,
        phase: usize,
        pair: &Pair<'_>,
        guards: &Guards,
        redaction: &Redaction,
    ) -> Option<Tripped> {
        let renamed = blake3::keyed_hash(&self.salt, &pair.subject.to_le_bytes());
        let (subject, _) = renamed.as_bytes().split_first_chunk()?;
        let pair = Pair {
            subject: u64::from_le_bytes(*subject),
            ..pair.clone()
        };
        let mut book = self.book();
        if book.phase != Some(phase) {
            return None;
        }
        book.changed = true;
        let divergence = book.tally.record(&pair);
        book.findings.record(&pair, divergence, redaction);
        guards.judge(&book.tally)
    }

    /// Begins a phase, in which nothing was compared yet; one that it is in already goes on.
    pub(crate) fn begin(&self, phase: Option<usize>, guards: &Guards) {
        let mut book = self.book();
        if book.phase == phase {
            return;
        }
        book.phase = phase;
        book.changed = true;
        book.tally.reset(guards);
    }

    /// Reads the tally. It is never held while a guest runs.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Tally) -> T) -> T {
        read(&self.book().tally)
    }

    /// What was found out about the pairs that differ, over all phases.
    pub(crate) fn report(&self) -> DivergenceReport {
        self.book().findings.report()
    }

    /// What is to be kept, where something was written since this was last asked.
    pub(crate) fn changes(&self) -> Option<(Option<usize>, Tally, Findings)> {
        let mut book = self.book();
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        book.tally.drop_pairs(dropped);
        let changed = std::mem::take(&mut book.changed) || dropped > 0;
        changed.then(|| (book.phase, book.tally.clone(), book.findings.clone()))
    }

    /// Counts a pair that was not compared.
    pub(crate) fn drop_pair(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// How many pairs were not compared.
    pub(crate) fn dropped(&self) -> u64 {
        let counted = self.book().tally.total().dropped;
        counted.saturating_add(self.dropped.load(Ordering::Relaxed))
    }

    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    pub(crate) fn salt(&self) -> &[u8; 32] {
        &self.salt
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // What a panicking thread left behind are counts of one pair too few.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the examples are drawn by.
fn seed(salt: &[u8; 32]) -> u64 {
    salt.first_chunk()
        .map_or(0, |first| u64::from_le_bytes(*first))
}
