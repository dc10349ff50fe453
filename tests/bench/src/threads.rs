//! How the throughput of fresh evaluations grows with a second thread.
//!
//! Two threads that only count are measured in turn with them: what they gain says how much of a second core was free.

use std::hint::black_box;
use std::io::Write;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use lictor::{BindingSpec, Host, Request, TenantName, TenantSettings};

use crate::components;
use crate::figure::{Figure, Target};
use crate::floor::Floor;
use crate::fresh;
use crate::measure::median;

/// Two spinning threads that gain less than this say that the second core was not free.
const FREE: f64 = 1.9;

/// Measures and judges.
pub fn run(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let (rounds, window) = if quick { (3, 100) } else { (21, 300) };
    let window = Duration::from_millis(window);
    let component = components::built(fresh::GUEST)?;
    let callers = [Caller::new("bank")?, Caller::new("exchange")?];
    let host = host(&callers, &component)?;
    let floor = Floor::new(&component)?;
    let evaluate = |thread: usize| {
        if let Some(Caller { tenant, request }) = callers.get(thread) {
            drop(black_box(host.evaluate(tenant, request)));
        }
    };
    let on_floor = |_| drop(black_box(floor.evaluate()));

    let (mut evaluating, mut flooring, mut counting) =
        (Gain::default(), Gain::default(), Gain::default());
    for _ in 0..rounds {
        evaluating.measure(window, &evaluate);
        flooring.measure(window, &on_floor);
        counting.measure(window, &|_| count());
        print!(".");
        std::io::stdout().flush()?;
    }
    println!();
    Ok(figures(&mut evaluating, &flooring, &counting))
}

fn figures(evaluating: &mut Gain, flooring: &Gain, counting: &Gain) -> Vec<Figure> {
    let (gained, free) = (evaluating.median(), counting.median());
    // Where the machine gave less than two cores, what evaluations gained is held against what counting gained.
    let (note, scaled) = if free < FREE {
        (
            "; the second core was not free: scaled by what counting gained",
            gained / free * 2.0,
        )
    } else {
        ("", gained)
    };
    let rate = |rates: &mut [f64]| format!("{:.0} k/s", median(rates) / 1_000.0);
    let evaluations = Figure::new(
        "threads",
        "two threads against one, fresh evaluations",
        scaled,
        Target::AtLeast(1.8),
    )
    .value(format!(
        "{}, {gained:.2} times{note}",
        rate(&mut evaluating.two)
    ))
    .against(format!("one thread: {}", rate(&mut evaluating.one)));
    let others = [
        ("the floor", flooring.median()),
        ("two threads that only count", free),
    ];
    let others = others.map(|(who, gained)| {
        Figure::new(
            "threads",
            format!("two threads against one, {who}"),
            gained,
            Target::None,
        )
        .value(format!("{gained:.2} times"))
        .against("a free second core gives 2")
    });
    std::iter::once(evaluations).chain(others).collect()
}

/// One thread's calls with what they are made for.
struct Caller {
    tenant: TenantName,
    request: Request,
}

impl Caller {
    fn new(tenant: &str) -> anyhow::Result<Self> {
        Ok(Self {
            tenant: tenant.parse()?,
            request: fresh::request()?,
        })
    }
}

/// Calls a second on one thread and on two, round by round.
#[derive(Default)]
pub struct Gain {
    one: Vec<f64>,
    two: Vec<f64>,
}

impl Gain {
    /// Measures once more.
    pub fn measure(&mut self, window: Duration, work: &(impl Fn(usize) + Sync)) {
        self.one.push(throughput(1, window, work));
        self.two.push(throughput(2, window, work));
    }

    /// How many times as much two threads did.
    pub fn median(&self) -> f64 {
        let mut gains: Vec<f64> = self
            .one
            .iter()
            .zip(&self.two)
            .map(|(one, two)| two / one)
            .collect();
        median(&mut gains)
    }
}

/// Some microseconds of arithmetic that keeps all units of a core busy, so that two threads on one core gain nothing.
pub fn count() {
    let mut lanes = black_box([1_u64, 2, 3, 4, 5, 6, 7, 8]);
    for _ in 0..2_048 {
        for lane in &mut lanes {
            *lane = lane.wrapping_mul(0x9e37_79b9).rotate_left(7) ^ 0x94d0_49bb;
        }
    }
    black_box(lanes);
}

/// Calls a second of that many threads together.
fn throughput(threads: usize, window: Duration, work: &(impl Fn(usize) + Sync)) -> f64 {
    let stop = AtomicBool::new(false);
    let ready = Barrier::new(threads + 1);
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| {
                let (stop, ready) = (&stop, &ready);
                scope.spawn(move || {
                    (0..64).for_each(|_| work(thread));
                    ready.wait();
                    let began = Instant::now();
                    let mut calls = 0_u64;
                    while !stop.load(Ordering::Relaxed) {
                        work(thread);
                        calls += 1;
                    }
                    calls as f64 / began.elapsed().as_secs_f64()
                })
            })
            .collect();
        ready.wait();
        thread::sleep(window);
        stop.store(true, Ordering::Relaxed);
        running
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .sum()
    })
}

fn host(callers: &[Caller], component: &[u8]) -> anyhow::Result<Host> {
    let host = Host::builder()
        .keyring(components::keyring()?)
        .settings(components::evaluating())
        .build()?;
    for Caller { tenant, .. } in callers {
        host.add_tenant(tenant, TenantSettings::default())?;
        host.bind(
            tenant,
            BindingSpec::new(components::signed("three-questions", component)?),
        )?;
    }
    Ok(host)
}
