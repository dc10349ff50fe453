//! The same requests again: what the policies looked at is as it was, so they are answered from memory.

use std::io::Write;
use std::time::Duration;

use lictor::{Clock, Host, SystemClock, TenantName};

use super::fleet::{Fleet, HOUSES};
use super::show;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures::{duration, grouped};

/// How often each request comes again.
const ROUNDS: usize = 200;

/// Decides the requests again and again, and shows how many were recalled and what that took beside what the evaluations took.
pub(super) fn answer(
    host: &Host,
    fleet: &Fleet,
    evaluated: Vec<Duration>,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let clock = SystemClock::new();
    let houses = HOUSES.map(|name| -> TenantName { name.parse().expect("it is a name") });
    let before = host.recall_report().counts;
    let mut recalled = Vec::new();
    for _ in 0..ROUNDS {
        for (request, house) in fleet
            .requests
            .iter()
            .flat_map(|request| houses.iter().map(move |house| (request, house)))
        {
            let began = clock.monotonic();
            let outcome = host.evaluate(house, request)?;
            let took = clock.monotonic().saturating_sub(began);
            if outcome.is_recalled() {
                recalled.push(took);
            }
        }
    }
    let counts = host.recall_report().counts;
    let (hits, misses) = (counts.hits - before.hits, counts.misses - before.misses);
    if hits == 0 {
        return Err(Failure::new(Exit::HostFault, "nothing was recalled"));
    }
    let ratio = 100.0 * hits as f64 / (hits + misses) as f64;
    show::row(out, "policies asked", &grouped(hits + misses))?;
    show::row(out, "answered from memory", &format!("{ratio:.1} %"))?;
    show::row(out, "a decision, evaluated", &median(evaluated))?;
    show::row(out, "a decision, recalled", &median(recalled))?;
    Ok(())
}

fn median(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    times
        .get(times.len() / 2)
        .map_or_else(|| "–".to_owned(), |time| duration(*time))
}
