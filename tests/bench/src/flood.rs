//! What a tenant's decisions take while another tenant floods the host with policies that work until their deadline.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;
use lictor::{BindingSpec, Fault, Host, HostSettings, Limits, Request, TenantName, TenantSettings};

use crate::components;
use crate::figure::{Figure, Target};
use crate::fresh;
use crate::measure::{nanoseconds, percentile};

/// The policy that works until its deadline.
const BUSY: &str = "tests/bench/guests/busy";
/// Threads that flood.
const FLOODERS: usize = 4;
/// Calls that each thread has under way at once, where they are asynchronous.
const UNDER_WAY: usize = 16;
/// How much more than its quiet p99 an evaluated decision may take, in milliseconds.
const MORE_MS: f64 = 5.0;
/// How many times its quiet p99 a recalled decision may take.
const TIMES: f64 = 2.0;

/// Measures evaluated and recalled decisions of a tenant, asked in both forms.
pub fn run(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let time = Duration::from_millis(if quick { 500 } else { 4_000 });
    let mut figures = Vec::new();
    for form in [Form::Own, Form::Asynchronous] {
        let evaluated = Scene::new(form, false)?.watch(time)?;
        let more_ms = (evaluated.flooded.p99 - evaluated.quiet.p99) / 1e6;
        let name =
            format!("evaluated, {form}: p99 of others while one tenant floods, ms more than quiet");
        figures.push(evaluated.figure(name, more_ms, Target::AtMost(MORE_MS)));
        let recalled = Scene::new(form, true)?.watch(time)?;
        let times = recalled.flooded.p99 / recalled.quiet.p99;
        let name = format!("recalled, {form}: p99 of others while one tenant floods, times quiet");
        figures.push(recalled.figure(name, times, Target::AtMost(TIMES)));
    }
    Ok(figures)
}

/// How decisions are asked for, by those who flood and those who are watched.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// On the caller's own thread.
    Own,
    /// On the host's evaluator threads.
    Asynchronous,
}

impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Form::Own => "own threads",
            Form::Asynchronous => "asynchronous",
        })
    }
}

/// A tenant that is watched and one that floods.
struct Scene {
    form: Form,
    host: Host,
    calm: TenantName,
    wild: TenantName,
    request: Request,
}

struct Watched {
    quiet: Latencies,
    flooded: Latencies,
    flood: u64,
}

impl Watched {
    fn figure(self, name: String, ratio: f64, target: Target) -> Figure {
        let Self {
            quiet,
            flooded,
            flood,
        } = self;
        println!("  {name}: quiet {quiet}; flooded {flooded}; {flood} of the flood refused");
        Figure::new("flood", name, ratio, target)
            .value(flooded.to_string())
            .against(format!("quiet {quiet}"))
    }
}

impl Scene {
    fn new(form: Form, recalls: bool) -> anyhow::Result<Self> {
        let (calm, wild): (TenantName, TenantName) = ("calm".parse()?, "wild".parse()?);
        let scene = Self {
            form,
            host: host(&calm, &wild, recalls)?,
            calm,
            wild,
            request: fresh::request()?,
        };
        let flooding = scene.host.evaluate(&scene.wild, &scene.request)?;
        let policy = flooding.policies.first();
        let fault = policy.and_then(|policy| policy.verdict.fault());
        ensure!(
            matches!(
                fault,
                Some(Fault::DeadlineExceeded { .. } | Fault::Starved { .. })
            ),
            "the policy that floods doesn't work until its deadline: {fault:?}"
        );
        Ok(scene)
    }

    fn watch(&self, time: Duration) -> anyhow::Result<Watched> {
        let quiet = self.latencies(time)?;
        let stop = AtomicBool::new(false);
        let (flooded, flood) = thread::scope(|scope| {
            let flooders: Vec<_> = (0..FLOODERS)
                .map(|_| scope.spawn(|| self.flood(&stop)))
                .collect();
            let flooded = self.latencies(time);
            stop.store(true, Ordering::Relaxed);
            let refused = flooders.into_iter().map(|it| it.join().unwrap_or(0));
            (flooded, refused.sum())
        });
        Ok(Watched {
            quiet,
            flooded: flooded?,
            flood,
        })
    }

    /// Asks for the wild tenant until it is told to stop, and says how often it was refused.
    fn flood(&self, stop: &AtomicBool) -> u64 {
        let go_on = || !stop.load(Ordering::Relaxed);
        let mut refused = 0;
        if self.form == Form::Own {
            while go_on() {
                let asked = self.host.evaluate(&self.wild, &self.request);
                refused += u64::from(black_box(asked).is_err());
            }
            return refused;
        }
        let Ok(runtime) = reactor() else {
            return 0;
        };
        runtime.block_on(async {
            let mut asked = tokio::task::JoinSet::new();
            while go_on() {
                while asked.len() < UNDER_WAY {
                    let (host, wild) = (self.host.clone(), self.wild.clone());
                    let request = self.request.clone();
                    asked.spawn(async move { host.evaluate_async(&wild, &request).await.is_err() });
                }
                if let Some(Ok(true)) = asked.join_next().await {
                    refused += 1;
                    // Whoever is refused comes back later, if sooner than it was told to.
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        });
        refused
    }

    /// Decisions of one caller that pauses between them, as callers do.
    fn latencies(&self, time: Duration) -> anyhow::Result<Latencies> {
        const PAUSE: Duration = Duration::from_micros(500);
        let runtime = reactor()?;
        let end = Instant::now() + time;
        let mut samples = Vec::new();
        while Instant::now() < end {
            let began = Instant::now();
            let decided = match self.form {
                Form::Own => self.host.evaluate(&self.calm, &self.request),
                Form::Asynchronous => {
                    let decided = self.host.evaluate_async(&self.calm, &self.request);
                    runtime.block_on(decided)
                }
            };
            samples.push(nanoseconds(began.elapsed()));
            // Nobody who floods may have others refused.
            black_box(decided?);
            thread::sleep(PAUSE);
        }
        Ok(Latencies {
            p50: percentile(&mut samples, 50.0),
            p99: percentile(&mut samples, 99.0),
        })
    }
}

fn reactor() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
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

fn host(calm: &TenantName, wild: &TenantName, recalls: bool) -> anyhow::Result<Host> {
    let evaluating = components::evaluating();
    let settings = HostSettings {
        recall: if recalls {
            HostSettings::default().recall
        } else {
            evaluating.recall.clone()
        },
        ..evaluating
    };
    let host = Host::builder()
        .keyring(components::keyring()?)
        .settings(settings)
        .build()?;
    host.add_tenant(calm, TenantSettings::default())?;
    // More than it has under way: it is the evaluators that are flooded.
    let wide = TenantSettings {
        concurrency: 1_024,
        ..TenantSettings::default()
    };
    host.add_tenant(wild, wide)?;
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
