//! `lictor bench`: how long a policy takes and how much fuel it uses.
//!
//! Every evaluation is a whole one, with a store and an instance of its own; what is measured is that, without admission and
//! combination around it.

mod recall;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use lictor::{PolicyOutcome, RecallSettings, Request, Verdict};
use serde::Serialize;

use crate::arguments::BenchArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures::{duration, grouped};
use crate::given::{self, GivenBinding};
use crate::source::Source;
use crate::terminal;
use crate::trial::Bound;
use recall::Recalling;

/// Evaluations before the measured ones, so that caches and the pool are warm.
const WARM_UP: u32 = 200;

/// What was measured.
#[derive(Serialize)]
struct Measured {
    evaluations: usize,
    requests: usize,
    nanoseconds: Distribution,
    fuel: Distribution,
    effects: BTreeMap<&'static str, usize>,
}

/// Where the values of many evaluations lie.
#[derive(Serialize)]
struct Distribution {
    min: u64,
    p50: u64,
    p90: u64,
    p99: u64,
    p999: u64,
    max: u64,
}

/// Measures the policy that was typed.
pub fn run(typed: &BenchArguments) -> Result<Exit, Failure> {
    let binding = GivenBinding::read(&typed.policy)?;
    let requests: Vec<Request> = typed
        .requests
        .iter()
        .map(|request| given::request(request))
        .collect::<Result<_, _>>()?;
    let source = Source::read(&typed.policy.policy)?;
    let recall = if typed.recall {
        RecallSettings::default()
    } else {
        RecallSettings::off()
    };
    let trial = binding.trial(&source, recall)?;
    let bound = trial.bind(&binding.parameters, &binding.data)?;
    if cfg!(debug_assertions) {
        terminal::note(format_args!(
            "this is a debug build, which is slower than a release"
        ));
    }
    if typed.recall {
        let recalled = Recalling::measure(&bound, &requests, typed.evaluations.get())?;
        return recalled.show(typed.json);
    }
    let measured = measure(&bound, &requests, typed.evaluations.get())?;
    let mut stdout = anstream::stdout().lock();
    if typed.json {
        serde_json::to_writer(&mut stdout, &measured).map_err(io::Error::from)?;
        writeln!(stdout)?;
    } else {
        measured.write(&mut stdout)?;
    }
    Ok(Exit::Done)
}

fn measure(bound: &Bound, requests: &[Request], evaluations: u32) -> Result<Measured, Failure> {
    let mut in_turn = requests.iter().cycle();
    let mut evaluate = || -> Result<PolicyOutcome, Failure> {
        let request = in_turn.next().expect("clap demands one request");
        Ok(bound.evaluate(request)?)
    };
    for _ in 0..WARM_UP {
        evaluate()?;
    }
    let mut nanoseconds = Vec::with_capacity(evaluations as usize);
    let mut fuel = Vec::with_capacity(evaluations as usize);
    let mut effects = BTreeMap::new();
    for _ in 0..evaluations {
        let outcome = evaluate()?;
        nanoseconds.push(as_nanos(outcome.duration));
        fuel.push(outcome.fuel_used);
        match outcome.verdict {
            Verdict::Decided(decision) => {
                *effects.entry(decision.effect.as_str()).or_default() += 1
            }
            Verdict::Faulted { fault, .. } => return Err((*fault).into()),
            Verdict::NotApplicable => {}
        }
    }
    Ok(Measured {
        evaluations: nanoseconds.len(),
        requests: requests.len(),
        nanoseconds: Distribution::of(nanoseconds),
        fuel: Distribution::of(fuel),
        effects,
    })
}

fn as_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl Distribution {
    fn of(mut values: Vec<u64>) -> Self {
        values.sort_unstable();
        let at = |per_mille| percentile(&values, per_mille);
        Self {
            min: at(0),
            p50: at(500),
            p90: at(900),
            p99: at(990),
            p999: at(999),
            max: at(1000),
        }
    }
}

/// The smallest of the sorted values that so many thousandths of them don't exceed (the nearest rank); 0 of none.
fn percentile(sorted: &[u64], per_mille: usize) -> u64 {
    let rank = (sorted.len() * per_mille).div_ceil(1000);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

impl Measured {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let requests = match self.requests {
            1 => "one request".to_owned(),
            count => format!("{count} requests in turn"),
        };
        writeln!(
            out,
            "{} evaluations of {requests}",
            grouped(self.evaluations as u64)
        )?;
        writeln!(out, "{:8}{:>12}{:>14}", "", "time", "fuel")?;
        let rows = self.nanoseconds.rows().into_iter().zip(self.fuel.rows());
        for ((name, nanos), (_, fuel)) in rows {
            let time = duration(Duration::from_nanos(nanos));
            writeln!(out, "{name:8}{time:>12}{:>14}", grouped(fuel))?;
        }
        for (effect, count) in &self.effects {
            writeln!(out, "{effect:8}{:>12}", grouped(*count as u64))?;
        }
        Ok(())
    }
}

impl Distribution {
    fn rows(&self) -> [(&'static str, u64); 6] {
        [
            ("min", self.min),
            ("p50", self.p50),
            ("p90", self.p90),
            ("p99", self.p99),
            ("p99.9", self.p999),
            ("max", self.max),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<u64> = (1..=1000).collect();
        let shown = [0, 500, 990, 999, 1000].map(|per_mille| percentile(&values, per_mille));
        assert_eq!(shown, [1, 500, 990, 999, 1000]);
        assert_eq!(percentile(&[7], 500), 7);
        assert_eq!(percentile(&[7, 9], 500), 7);
        assert_eq!(percentile(&[7, 9], 501), 9);
        assert_eq!(percentile(&[], 500), 0);
    }

    #[test]
    fn values_are_sorted_first() {
        let Distribution { min, p50, max, .. } = Distribution::of(vec![3, 1, 2]);
        assert_eq!((min, p50, max), (1, 2, 3));
    }
}
