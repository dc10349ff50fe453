//! What an operator may set about circuit breakers.

use std::time::Duration;

/// The most faults in a row that can be asked for, which bounds what is kept of them.
const FAULTS_IN_A_ROW_MAX: u32 = 64;
/// The most subjects that can be asked for, for the same reason.
const SUBJECTS_MAX: u32 = 16;

/// When a policy that faults is no longer run for a while. What lies outside of a number's range counts as its nearest end.
///
/// Counted are evaluations that ended in a decision or in a fault that the policy is to blame for, one by one for each tenant and
/// binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakerSettings {
    /// So many faults in a row open the circuit. Default 5, at most 64; with 0 they never do.
    pub faults_in_a_row: u32,
    /// A success rate below so many per cent opens it. Default 80, at most 100; with 0 it never does.
    pub success_percent: u32,
    /// A rate of fewer evaluations than this says nothing. Default 20, at least 1.
    pub evaluations_min: u32,
    /// How far the rate looks back: to the beginning of the half of such a window before the current one. It counts from the
    /// first fault on. Default 60 s, at least 2 ms.
    pub window: Duration,
    /// The faults must be those of so many subjects, else only the subjects themselves are cut off. Default 3, at least 1, at
    /// most 16.
    pub subjects: u32,
    /// How long the circuit stays open before a request tries whether the policy is well again. Default 60 s.
    pub open: Duration,
    /// Each time that it isn't, and each time that the circuit opens again soon, it stays open twice as long, up to this.
    /// Default 16 min, at least `open`.
    pub open_max: Duration,
    /// What is not soon: a circuit that was closed for so long is as good as new. Faults further apart than this don't belong
    /// together either. Default 10 min, at least `window`.
    pub quiet: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            faults_in_a_row: 5,
            success_percent: 80,
            evaluations_min: 20,
            window: Duration::from_secs(60),
            subjects: 3,
            open: Duration::from_secs(60),
            open_max: Duration::from_secs(16 * 60),
            quiet: Duration::from_secs(10 * 60),
        }
    }
}

impl BreakerSettings {
    /// No circuit ever opens: a policy is run for each request, however often it faults.
    pub fn off() -> Self {
        Self {
            faults_in_a_row: 0,
            success_percent: 0,
            ..Self::default()
        }
    }

    pub(super) fn is_on(&self) -> bool {
        self.faults_in_a_row > 0 || self.success_percent > 0
    }

    /// The same with every number within its range.
    pub(super) fn checked(&self) -> Self {
        let window = self.window.max(Duration::from_millis(2));
        Self {
            faults_in_a_row: self.faults_in_a_row.min(FAULTS_IN_A_ROW_MAX),
            success_percent: self.success_percent.min(100),
            evaluations_min: self.evaluations_min.max(1),
            window,
            subjects: self.subjects.clamp(1, SUBJECTS_MAX),
            open: self.open,
            open_max: self.open_max.max(self.open),
            quiet: self.quiet.max(window),
        }
    }
}
