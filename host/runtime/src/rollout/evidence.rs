//! How much speaks for a rate being above its limit, so that one may look after every subject and stop at the first alarm.
//!
//! Subjects come one by one; of `n` subjects, `k` bear the mark. For each rate `p` above the limit `p0`, the likelihood ratio
//! `(p/p0)^k ((1−p)/(1−p0))^(n−k)` is a martingale with expectation 1 when the true rate is `p0`, and can be expected to
//! fall when it is below. A mixture of such ratios over several `p` is then a test martingale too, and whoever bets by it against
//! "the rate is at most `p0`" gets rich only if that is wrong. By Ville's inequality the chance that it *ever* reaches `1/α` is at
//! most `α`, however often one looks and whenever one stops. A test of a fixed size that is looked at after each subject has no
//! such bound: sooner or later it gives a false alarm.
//!
//! A subject's mark may come later than the subject. That can only delay: with `k` of what is known by now in the place of the `k`
//! that these `n` subjects will come to, every ratio is smaller.
//!
//! J. Ville, "Étude critique de la notion de collectif", 1939. H. Robbins, "Statistical methods related to the law of the iterated
//! logarithm", Annals of Mathematical Statistics 41, 1970 (the method of mixtures). A. Ramdas, P. Grünwald, V. Vovk, G. Shafer,
//! "Game-theoretic statistics and safe anytime-valid inference", Statistical Science 38, 2023 (e-processes).

/// `α`: the chance that a guard ever trips in a phase although the true rate is at most its limit. One phase in a
/// thousand: a false alarm costs a start from the beginning and a person's trust in alarms.
pub(crate) const FALSE_ALARM_MAX: f64 = 0.001;

/// How many rates above the limit are bet on. More of them find a rate between two sooner, but each is bet less on.
const ALTERNATIVES: u32 = 32;

/// The bets against one limit.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    limit: f64,
    bets: Vec<Bet>,
}

/// What a bet on one rate is multiplied by, as logarithms.
#[derive(Clone, Copy, Debug)]
struct Bet {
    with_mark: f64,
    without: f64,
}

impl Evidence {
    /// Bets against "the rate is at most `limit`", from 0 to 1.
    pub(crate) fn against(limit: f64) -> Self {
        let bets = if limit > 0.0 && limit < 1.0 {
            bets(limit)
        } else {
            Vec::new()
        };
        Self { limit, bets }
    }

    /// The natural logarithm of how many times the stake was won when `marked` of `subjects` bear the mark. With a limit of 0
    /// the first mark is proof and the answer infinite; against a limit of 1 nothing speaks ever.
    pub(crate) fn log(&self, marked: u64, subjects: u64) -> f64 {
        if self.limit <= 0.0 && marked > 0 {
            return f64::INFINITY;
        }
        if self.bets.is_empty() {
            return 0.0;
        }
        let with_mark = marked as f64;
        let without = subjects.saturating_sub(marked) as f64;
        let won = |bet: &Bet| with_mark * bet.with_mark + without * bet.without;
        // The sum of exponentials, taken relative to the greatest, which neither overflows nor vanishes.
        let greatest = self.bets.iter().map(won).fold(f64::MIN, f64::max);
        let sum: f64 = self
            .bets
            .iter()
            .map(|bet| (won(bet) - greatest).exp())
            .sum();
        greatest + sum.ln() - (self.bets.len() as f64).ln()
    }

    /// How near the evidence is to what is needed for an alarm with this chance of a false one: from 0 to 1,
    /// which is an alarm.
    pub(crate) fn nearness(&self, marked: u64, subjects: u64, false_alarm_max: f64) -> f64 {
        (self.log(marked, subjects) / -false_alarm_max.ln()).clamp(0.0, 1.0)
    }
}

/// Rates at equal distances of their log odds: from a little above the limit to all but certain.
fn bets(limit: f64) -> Vec<Bet> {
    /// The log odds of 99.9 %.
    const NEARLY_ALL: f64 = 6.9;
    let lowest = log_odds(limit);
    let highest = NEARLY_ALL.max(lowest + 3.0);
    let step = (highest - lowest) / f64::from(ALTERNATIVES);
    (1..=ALTERNATIVES)
        .map(|place| lowest + step * f64::from(place))
        .map(|odds| Bet {
            with_mark: log_chance(odds) - log_chance(lowest),
            without: log_chance(-odds) - log_chance(-lowest),
        })
        .collect()
}

fn log_odds(rate: f64) -> f64 {
    rate.ln() - (-rate).ln_1p()
}

/// The logarithm of the chance that has these log odds, exact for the least and the greatest chances.
fn log_chance(odds: f64) -> f64 {
    odds.min(0.0) - (-odds.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests;
