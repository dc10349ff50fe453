//! What a tenant's evaluations take while another tenant floods the host with policies that work until their deadline.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;
use lictor::{BindingSpec, Fault, Host, Limits, Request, TenantName, TenantSettings};

use crate::components;
use crate::figure::{Figure, Target};
use crate::fresh;
use crate::measure::{nanoseconds, percentile};

/// The policy that works until its deadline.
const BUSY: &str = "tests/bench/guests/busy";
/// Threads that flood.
const FLOODERS: usize = 4;
/// What the promise of later adds to the quiet p99, in milliseconds.
const MOST_MS: f64 = 5.0;

/// Measures; nothing is promised yet.
pub fn run(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let time = Duration::from_millis(if quick { 500 } else { 4_000 });
    let request = fresh::request()?;
    let (calm, wild): (TenantName, TenantName) = ("calm".parse()?, "wild".parse()?);
    let host = host(&calm, &wild)?;

    let flooding = host.evaluate(&wild, &request)?;
    let fault = flooding
        .policies
        .first()
        .and_then(|policy| policy.verdict.fault());
    ensure!(
        matches!(
            fault,
            Some(Fault::DeadlineExceeded { .. } | Fault::Starved { .. })
        ),
        "the policy that floods doesn't work until its deadline: {fault:?}"
    );

    let quiet = latencies(&host, &calm, &request, time);
    let stop = AtomicBool::new(false);
    let flooded = thread::scope(|scope| {
        for _ in 0..FLOODERS {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    drop(black_box(host.evaluate(&wild, &request)));
                }
            });
        }
        let flooded = latencies(&host, &calm, &request, time);
        stop.store(true, Ordering::Relaxed);
        flooded
    });
    println!("  quiet {quiet}; flooded {flooded}");
    let more_ms = (flooded.p99 - quiet.p99) / 1e6;
    Ok(vec![
        Figure::new(
            "flood",
            format!("p99 of others while {FLOODERS} threads of one tenant flood: ms more than quiet (later at most {MOST_MS})"),
            more_ms,
            Target::None,
        )
        .value(flooded.to_string())
        .against(format!("quiet {quiet}")),
    ])
}

struct Latencies {
    p50: f64,
    p99: f64,
}

impl std::fmt::Display for Latencies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "p50 {:.1} µs, p99 {:.1} µs",
            self.p50 / 1e3,
            self.p99 / 1e3
        )
    }
}

/// Evaluations of one caller that pauses between them, as callers do.
fn latencies(host: &Host, tenant: &TenantName, request: &Request, time: Duration) -> Latencies {
    const PAUSE: Duration = Duration::from_micros(500);
    let end = Instant::now() + time;
    let mut samples = Vec::new();
    while Instant::now() < end {
        let began = Instant::now();
        drop(black_box(host.evaluate(tenant, request)));
        samples.push(nanoseconds(began.elapsed()));
        thread::sleep(PAUSE);
    }
    Latencies {
        p50: percentile(&mut samples, 50.0),
        p99: percentile(&mut samples, 99.0),
    }
}

fn host(calm: &TenantName, wild: &TenantName) -> anyhow::Result<Host> {
    let host = Host::builder()
        .keyring(components::keyring()?)
        .settings(components::evaluating())
        .build()?;
    host.add_tenant(calm, TenantSettings::default())?;
    host.add_tenant(wild, TenantSettings::default())?;
    let component = components::built(fresh::GUEST)?;
    host.bind(
        calm,
        BindingSpec::new(components::signed("three-questions", &component)?),
    )?;
    // Fuel enough that the deadline of 50 ms is what ends it.
    let limits = Limits {
        fuel: 1_000_000_000_000,
        ..Limits::default()
    };
    let busy = BindingSpec::new(components::signed("busy", &components::built(BUSY)?)?);
    host.bind(wild, busy.limits(limits))?;
    Ok(host)
}
