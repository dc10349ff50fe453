//! Changes under traffic: what choosing a side costs, what a shadow costs those who wait, what a swap does to a host that is
//! busy, and what thousands of rollouts cost while nothing happens.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use lictor::{
    BindingSpec, Fetched, Host, HostSettings, Plan, Request, RolloutName, RolloutSettings,
    RolloutSpec, TenantName, TenantSettings,
};

use crate::figure::{Figure, Target};
use crate::measure::{self, Subject, interleaved, median, nanoseconds, percentile};
use crate::recall::recalling;
use crate::{components, fresh};

/// How many calls one sample covers: one alone is too short for a clock.
const CALLS: u32 = 64;

/// Measures and judges.
pub fn run(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let component = components::built(fresh::GUEST)?;
    let artifact = components::signed("three-questions", &component)?;
    Ok(vec![
        choice(quick, &artifact)?,
        shadow(quick, &artifact)?,
        swap(quick, &artifact)?,
        ticker(quick, &artifact)?,
    ])
}

fn plan(phase: &str) -> anyhow::Result<Plan> {
    let text = format!("name = \"bench\"\n[[phases]]\ntime = \"1d\"\n{phase}");
    Ok(Plan::from_toml(&text)?)
}

/// What is rolled out: the same component with parameters of no consequence.
fn candidate(artifact: &Fetched) -> BindingSpec {
    BindingSpec::new(artifact.clone()).parameters(r#"{"new":true}"#)
}

/// A host that decides for `calm`, where nothing is rolled out, and for `rolling`.
struct Pair {
    host: Host,
    calm: TenantName,
    rolling: TenantName,
    rollout: RolloutName,
}

impl Pair {
    fn new(settings: HostSettings, artifact: &Fetched, phase: &str) -> anyhow::Result<Self> {
        let host = Host::builder()
            .keyring(components::keyring()?)
            .settings(settings)
            .build()?;
        let (calm, rolling): (TenantName, TenantName) = ("calm".parse()?, "rolling".parse()?);
        for tenant in [&calm, &rolling] {
            host.add_tenant(tenant, TenantSettings::default())?;
            host.bind(tenant, BindingSpec::new(artifact.clone()))?;
        }
        let spec = RolloutSpec::new(plan(phase)?).bind(candidate(artifact));
        let rollout = host.roll_out(&rolling, spec)?.rollout;
        Ok(Self {
            host,
            calm,
            rolling,
            rollout,
        })
    }

    fn decide(&self, tenant: &TenantName, request: &Request) {
        drop(black_box(self.host.evaluate(tenant, request)));
    }
}

/// What a recalled decision takes more where half of the subjects get a candidate.
fn choice(quick: bool, artifact: &Fetched) -> anyhow::Result<Figure> {
    let settings = HostSettings {
        recall: recalling(),
        ..HostSettings::default()
    };
    let canary = "kind = \"canary\"\npercent = 50\nsample = 0\n";
    let pair = Pair::new(settings, artifact, canary)?;
    let request = fresh::request()?;
    for tenant in [&pair.calm, &pair.rolling] {
        (0..4).for_each(|_| pair.decide(tenant, &request));
        ensure!(
            pair.host.evaluate(tenant, &request)?.is_recalled(),
            "a miss"
        );
    }
    let plan = measure::Plan {
        samples: 100,
        ..measure::Plan::of_microseconds(quick)
    };
    let timings = interleaved(
        plan,
        &mut [
            Subject {
                name: "recalled, no rollout",
                calls: CALLS,
                work: Box::new(|| pair.decide(&pair.calm, &request)),
            },
            Subject {
                name: "recalled, canary 50 %",
                calls: CALLS,
                work: Box::new(|| pair.decide(&pair.rolling, &request)),
            },
        ],
    );
    let [calm, rolling] = timings[..] else {
        anyhow::bail!("two subjects have two timings");
    };
    let more = rolling.p50 - calm.p50;
    Ok(Figure::new(
        "rollouts",
        "canary choice, in ns",
        more,
        Target::AtMost(60.0),
    )
    .value(format!("{:.0} ns recalled", rolling.p50))
    .against(format!("{:.0} ns without a rollout", calm.p50)))
}

/// What a fresh evaluation takes where every request is decided by a candidate too, off the caller's path.
fn shadow(quick: bool, artifact: &Fetched) -> anyhow::Result<Figure> {
    let pair = Pair::new(components::evaluating(), artifact, "kind = \"shadow\"\n")?;
    let request = fresh::request()?;
    let timings = interleaved(
        measure::Plan::of_microseconds(quick),
        &mut [
            Subject::new("evaluated, no rollout", || {
                pair.decide(&pair.calm, &request);
            }),
            Subject::new("evaluated, with a shadow of all requests", || {
                pair.decide(&pair.rolling, &request);
            }),
        ],
    );
    let [calm, rolling] = timings[..] else {
        anyhow::bail!("two subjects have two timings");
    };
    let status = pair.host.rollout(&pair.rolling, &pair.rollout)?;
    ensure!(status.phase.pairs > 0, "nothing was compared");
    let (compared, dropped) = (status.phase.pairs, status.dropped);
    Ok(Figure::new(
        "rollouts",
        "primary with a shadow of all requests against without, p50",
        rolling.p50 / calm.p50,
        Target::AtMost(1.05),
    )
    .value(format!(
        "{}; {compared} compared, {dropped} dropped",
        rolling.microseconds()
    ))
    .against(calm.microseconds()))
}

/// The slowest of a hundred decisions in the second in which a binding is replaced, against other seconds, on a host whose two
/// cores are busy. The component is compiled already, as it is when a rollout moves on.
fn swap(quick: bool, artifact: &Fetched) -> anyhow::Result<Figure> {
    let rounds = if quick { 3 } else { 11 };
    let canary = "kind = \"canary\"\npercent = 50\nsample = 0\n";
    let pair = Pair::new(components::evaluating(), artifact, canary)?;
    let (mut steady, mut around) = (Vec::new(), Vec::new());
    let failed = AtomicU64::new(0);
    for round in 0..rounds {
        steady.push(second(&pair, &failed, || Ok(()))?);
        around.push(second(&pair, &failed, || {
            let parameters = format!(r#"{{"round":{round}}}"#);
            let spec = BindingSpec::new(artifact.clone()).parameters(parameters);
            pair.host.bind(&pair.calm, spec).context("the swap")?;
            Ok(())
        })?);
    }
    let failed = failed.load(Ordering::Relaxed);
    ensure!(failed == 0, "{failed} decisions failed");
    let (steady, around) = (median(&mut steady), median(&mut around));
    Ok(Figure::new(
        "rollouts",
        "p99 of the second around a swap against steady, two busy threads",
        around / steady,
        Target::AtMost(1.5),
    )
    .value(format!("{:.1} µs, no decision failed", around / 1_000.0))
    .against(format!("{:.1} µs", steady / 1_000.0)))
}

/// The 99th percentile of one second of decisions by two threads, in whose middle something happens.
fn second(
    pair: &Pair,
    failed: &AtomicU64,
    happens: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<f64> {
    let request = fresh::request()?;
    let stop = AtomicBool::new(false);
    let mut all: Vec<f64> = thread::scope(|scope| {
        let threads: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut taken = Vec::with_capacity(200_000);
                    while !stop.load(Ordering::Relaxed) {
                        let began = Instant::now();
                        let outcome = black_box(pair.host.evaluate(&pair.calm, &request));
                        taken.push(nanoseconds(began.elapsed()));
                        if outcome.is_err() {
                            failed.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                    taken
                })
            })
            .collect();
        thread::sleep(Duration::from_millis(500));
        let happened = happens();
        thread::sleep(Duration::from_millis(500));
        stop.store(true, Ordering::Relaxed);
        let taken = threads.into_iter().filter_map(|it| it.join().ok());
        let taken = taken.flatten().collect();
        happened.map(|()| taken)
    })?;
    Ok(percentile(&mut all, 99.0))
}

/// What moving rollouts on takes of a core while none is due.
fn ticker(quick: bool, artifact: &Fetched) -> anyhow::Result<Figure> {
    let many = if quick { 100 } else { 10_000 };
    let settings = HostSettings {
        rollouts: RolloutSettings {
            tick: None,
            ..RolloutSettings::default()
        },
        ..components::evaluating()
    };
    let every = RolloutSettings::default().tick.context("a tick")?;
    let host = Host::builder()
        .keyring(components::keyring()?)
        .settings(settings)
        .build()?;
    let names = (0..many)
        .map(|number| Ok(format!("tenant-{number}").parse::<TenantName>()?))
        .collect::<anyhow::Result<Vec<_>>>()?;
    host.add_tenants(
        names
            .iter()
            .map(|it| (it.clone(), TenantSettings::default())),
    )?;
    for name in &names {
        host.bind(name, BindingSpec::new(artifact.clone()))?;
        let spec = RolloutSpec::new(plan("kind = \"shadow\"\n")?).bind(candidate(artifact));
        host.roll_out(name, spec)?;
    }
    let mut taken: Vec<f64> = (0..51)
        .map(|_| {
            let began = Instant::now();
            host.tick();
            nanoseconds(began.elapsed())
        })
        .collect();
    let tick = median(&mut taken);
    Ok(Figure::new(
        "rollouts",
        format!("{many} tenants with a rollout each: share of a core that the ticker takes, in %"),
        tick / nanoseconds(every) * 100.0,
        Target::AtMost(1.0),
    )
    .value(format!("{:.2} ms a tick", tick / 1e6))
    .against(format!("a tick every {} s", every.as_secs())))
}
