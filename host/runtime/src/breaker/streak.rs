//! Faults in a row. No subject counts for more than its share of them, so that one caller's faults don't open a circuit with a
//! little help from others.

use smallvec::SmallVec;

use super::settings::BreakerSettings;
use super::subject::Subject;

/// The faults since the last decision, by subject.
#[derive(Debug, Default)]
pub(super) struct Streak {
    /// Bounded, since a streak that is long enough and of enough subjects ends by opening the circuit.
    faults: SmallVec<[(Subject, u32); 5]>,
}

impl Streak {
    pub(super) fn add(&mut self, subject: Subject, settings: &BreakerSettings) {
        if settings.faults_in_a_row == 0 {
            return;
        }
        let share = settings.faults_in_a_row.div_ceil(settings.subjects);
        match self.faults.iter_mut().find(|(known, _)| *known == subject) {
            Some((_, count)) => *count = share.min(*count + 1),
            None => self.faults.push((subject, 1)),
        }
    }

    pub(super) fn is_long(&self, settings: &BreakerSettings) -> bool {
        let count: u32 = self.faults.iter().map(|(_, count)| count).sum();
        let subjects = self.faults.len() as u64;
        settings.faults_in_a_row > 0
            && count >= settings.faults_in_a_row
            && subjects >= settings.subjects.into()
    }

    pub(super) fn end(&mut self) {
        self.faults.clear();
    }
}
