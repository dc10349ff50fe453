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
use crate::fresh;
use crate::measure::median;

/// Two spinning threads that gain less than this say that the second core was not free.
const FREE: f64 = 1.9;

/// Measures and judges.
pub fn run(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let (rounds, window) = if quick { (3, 100) } else { (21, 300) };
    let window = Duration::from_millis(window);
    let component = components::built(fresh::GUEST)?;
    let request = fresh::request()?;
    let tenants: [TenantName; 2] = ["bank".parse()?, "exchange".parse()?];
    let host = host(&tenants, &component)?;

    let mut rows = Rows::default();
    for _ in 0..rounds {
        rows.evaluate_one
            .push(evaluations(&host, &tenants, &request, 1, window));
        rows.spin_one.push(throughput(1, window, |_| spin()));
        rows.evaluate_two
            .push(evaluations(&host, &tenants, &request, 2, window));
        rows.spin_two.push(throughput(2, window, |_| spin()));
        print!(".");
        std::io::stdout().flush()?;
    }
    println!();
    Ok(rows.figures())
}

#[derive(Default)]
struct Rows {
    evaluate_one: Vec<f64>,
    evaluate_two: Vec<f64>,
    spin_one: Vec<f64>,
    spin_two: Vec<f64>,
}

impl Rows {
    fn figures(mut self) -> Vec<Figure> {
        let gained = gain(&self.evaluate_one, &self.evaluate_two);
        let free = gain(&self.spin_one, &self.spin_two);
        let (one, two) = (
            median(&mut self.evaluate_one),
            median(&mut self.evaluate_two),
        );
        let spinning = Figure::new(
            "threads",
            "two threads that only count, against one",
            free,
            Target::None,
        )
        .value(format!("{free:.2} times"))
        .against("a free second core gives 2");
        // Where the machine gave less than two cores, what evaluations gained is held against what counting gained.
        let (note, scaled) = if free < FREE {
            (
                "; the second core was not free: scaled by what counting gained",
                gained / free * 2.0,
            )
        } else {
            ("", gained)
        };
        let evaluating = Figure::new(
            "threads",
            "two threads against one, fresh evaluations",
            scaled,
            Target::AtLeast(1.8),
        )
        .value(format!("{:.0} k/s, {gained:.2} times{note}", two / 1_000.0))
        .against(format!("one thread: {:.0} k/s", one / 1_000.0));
        vec![evaluating, spinning]
    }
}

/// The median of what each round gained.
fn gain(one: &[f64], two: &[f64]) -> f64 {
    let mut gains: Vec<f64> = one.iter().zip(two).map(|(one, two)| two / one).collect();
    median(&mut gains)
}

fn evaluations(
    host: &Host,
    tenants: &[TenantName; 2],
    request: &Request,
    threads: usize,
    window: Duration,
) -> f64 {
    throughput(threads, window, |thread| {
        let tenant = tenants.get(thread).unwrap_or(&tenants[0]);
        drop(black_box(host.evaluate(tenant, request)));
    })
}

/// Some microseconds of nothing but arithmetic.
fn spin() {
    let mut sum = 0_u64;
    while black_box(sum) < 8_192 {
        sum += 1;
    }
}

/// Calls a second of that many threads together.
fn throughput(threads: usize, window: Duration, work: impl Fn(usize) + Sync) -> f64 {
    let stop = AtomicBool::new(false);
    let ready = Barrier::new(threads + 1);
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| {
                let (work, stop, ready) = (&work, &stop, &ready);
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

fn host(tenants: &[TenantName], component: &[u8]) -> anyhow::Result<Host> {
    let host = Host::builder().build()?;
    for tenant in tenants {
        host.add_tenant(tenant, TenantSettings::default())?;
        host.bind(
            tenant,
            BindingSpec::new("three-questions".parse()?, "1.0.0".parse()?, component),
        )?;
    }
    Ok(host)
}
