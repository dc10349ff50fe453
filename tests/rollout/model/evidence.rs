//! When a guard over a share of subjects may trip, and when it has to: bounds on both sides of the runtime's sequential
//! test, which mixes 32 bets. The best of all bets is never worse than the mixture, and one of 32 never much better.

/// One false alarm in a thousand phases.
const NEEDED: f64 = 6.907_755_278_982_137;

/// How much speaks for a share of more than `limit` at best: the logarithm of the greatest likelihood ratio.
fn at_best(marked: usize, subjects: usize, limit: f64) -> f64 {
    let (marked, subjects) = (marked as f64, subjects as f64);
    let share = marked / subjects;
    if subjects == 0.0 || share <= limit {
        return 0.0;
    }
    let term = |count: f64, share: f64, limit: f64| match count {
        0.0 => 0.0,
        _ => count * (share / limit).ln(),
    };
    term(marked, share, limit) + term(subjects - marked, 1.0 - share, 1.0 - limit)
}

pub fn may_trip(marked: usize, subjects: usize, limit: f64) -> bool {
    at_best(marked, subjects, limit) >= NEEDED
}

/// The best of 32 bets is at least a 32nd of the mixture's stake, and at most a fifth of what is won is lost by betting on
/// a share beside the true one.
pub fn must_trip(marked: usize, subjects: usize, limit: f64) -> bool {
    0.8 * at_best(marked, subjects, limit) >= NEEDED + 32_f64.ln()
}
