//! Decisions answered from memory: how fast, without memory of their own, against Cedar and Rego (in `rules.rs`), against the
//! plain alternative, with several threads and many tenants; what a miss costs; and how much of a trace is answered so.

mod plain;
mod trace;

use std::cell::Cell;
use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

use anyhow::ensure;
use lictor::{
    BindingSpec, Host, HostSettings, RecallSettings, Request, TenantName, TenantSettings,
};
use serde_json::json;

use crate::figure::{Figure, Target};
use crate::measure::{Plan, Subject, Timing, interleaved};
use crate::tenants::Sequence;
use crate::threads::Gain;
use crate::{components, fresh};
use plain::Plain;

/// How many calls one sample covers: one alone is too short for a clock.
const CALLS: u32 = 64;
/// How many requests come in turn.
const REQUESTS: usize = 64;
/// The bytes of requests against which the plain alternative is measured.
const SIZES: [usize; 3] = [200, 2_000, 20_000];

/// Measures and judges.
pub fn run(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let component = components::built(fresh::GUEST)?;
    let mut figures = speed(quick, &component)?;
    figures.push(allocations()?);
    figures.push(miss(quick, &component)?);
    figures.extend(threads(quick, &component)?);
    figures.push(tenants(quick, &component)?);
    figures.extend(trace::run(quick)?);
    Ok(figures)
}

/// What recalls as set by default, but proves nothing: a proof runs on a thread of its own, which would be measured with it.
pub fn recalling() -> RecallSettings {
    RecallSettings {
        proof_one_in: 0,
        ..RecallSettings::default()
    }
}

fn host(names: &[TenantName], component: &[u8], recall: RecallSettings) -> anyhow::Result<Host> {
    let settings = HostSettings {
        recall,
        ..HostSettings::default()
    };
    let host = Host::builder()
        .keyring(components::keyring()?)
        .settings(settings)
        .build()?;
    let artifact = components::signed("three-questions", component)?;
    for name in names {
        host.add_tenant(name, TenantSettings::default())?;
        host.bind(name, BindingSpec::new(artifact.clone()))?;
    }
    Ok(host)
}

/// Requests of agents of their own, with so many bytes of context that the policy never asks for.
fn requests(count: usize, bytes: usize) -> anyhow::Result<Vec<Request>> {
    (0..count)
        .map(|number| {
            let rest: serde_json::Map<_, _> = (0..bytes / 50)
                .map(|at| {
                    (
                        format!("header-{at}"),
                        json!("a value of some length ........"),
                    )
                })
                .collect();
            let request = json!({
                "subject": {"type": "agent", "id": format!("agent-{number}")},
                "action": {"name": "crm.read"},
                "resource": {"type": "tool", "id": "crm.customer"},
                "context": rest,
            });
            Ok(Request::from_json(request.to_string().as_bytes())?)
        })
        .collect()
}

/// Decides the requests in turn.
struct Turns<'a> {
    host: &'a Host,
    tenant: &'a TenantName,
    requests: &'a [Request],
    at: Cell<usize>,
}

impl<'a> Turns<'a> {
    fn new(host: &'a Host, tenant: &'a TenantName, requests: &'a [Request]) -> Self {
        Self {
            host,
            tenant,
            requests,
            at: Cell::new(0),
        }
    }

    fn next(&self) {
        let at = self.at.get();
        self.at.set((at + 1) % self.requests.len());
        if let Some(request) = self.requests.get(at) {
            drop(black_box(self.host.evaluate(self.tenant, request)));
        }
    }
}

/// A subject whose calls are too short to be timed alone.
fn short<'a>(name: &'static str, work: impl FnMut() + 'a) -> Subject<'a> {
    Subject {
        name,
        calls: CALLS,
        work: Box::new(work),
    }
}

fn plan(quick: bool) -> Plan {
    Plan {
        samples: 100,
        ..Plan::of_microseconds(quick)
    }
}

/// A recalled decision, and the plain alternative at three sizes of requests.
fn speed(quick: bool, component: &[u8]) -> anyhow::Result<Vec<Figure>> {
    let tenant: TenantName = "bank".parse()?;
    let host = host(std::slice::from_ref(&tenant), component, recalling())?;
    let mut figures = Vec::new();
    for bytes in SIZES {
        let requests = requests(REQUESTS, bytes)?;
        let plain = Plain::filled(&host, &tenant, &requests)?;
        let turns = Turns::new(&host, &tenant, &requests);
        for request in &requests {
            ensure!(host.evaluate(&tenant, request)?.is_recalled(), "a miss");
        }
        let at = Cell::new(0);
        let timings = interleaved(
            plan(quick),
            &mut [
                short("recalled, 3 observations", || turns.next()),
                short("hash of the whole request", || {
                    at.set((at.get() + 1) % REQUESTS);
                    black_box(requests.get(at.get()).map(|request| plain.find(request)));
                }),
            ],
        );
        let [recalled, hashed] = timings[..] else {
            return Ok(figures);
        };
        if bytes == SIZES[0] {
            figures.push(
                Figure::new(
                    "recall",
                    "recalled decision, 3 observations, p50 in ns",
                    recalled.p50,
                    Target::AtMost(400.0),
                )
                .value(format!("{:.0} ns p50", recalled.p50))
                .against("the time itself"),
            );
        }
        figures.push(against_plain(bytes, recalled, hashed));
    }
    Ok(figures)
}

fn against_plain(bytes: usize, recalled: Timing, hashed: Timing) -> Figure {
    let size = bytes as f64 / 1_000.0;
    let name = format!("recalled against a hash of the whole request, {size} KB");
    Figure::new(
        "recall",
        name,
        recalled.p50 / hashed.p50,
        Target::AtMost(1.0),
    )
    .value(format!("{:.0} ns p50", recalled.p50))
    .against(format!("hash and lookup {:.0} ns", hashed.p50))
}

/// How many heap allocations a recalled decision makes: counted by a program of its own, since an allocator that counts is
/// slower and would be measured with everything else.
fn allocations() -> anyhow::Result<Figure> {
    const DECISIONS: usize = 10_000;
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "run",
            "--release",
            "--quiet",
            "--locked",
            "--package",
            "lictor-allocations",
            "--",
        ])
        .arg(DECISIONS.to_string())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "allocations can't be counted: {complaint}"
    );
    let counted: u64 = String::from_utf8_lossy(&output.stdout).trim().parse()?;
    let each = counted as f64 / DECISIONS as f64;
    Ok(Figure::new(
        "recall",
        "heap allocations of a recalled decision",
        each,
        Target::AtMost(0.0),
    )
    .value(format!("{counted} in {DECISIONS} decisions"))
    .against("the allocator's own count"))
}

/// A host that recalls every decision that it is asked for.
pub struct Recalled {
    host: Host,
    tenant: TenantName,
    requests: Vec<Request>,
}

impl Recalled {
    /// Sets it up and has everything decided once.
    ///
    /// # Errors
    /// The policy can't be built, or the host can't be set up.
    pub fn new() -> anyhow::Result<Self> {
        let component = components::built(fresh::GUEST)?;
        let tenant: TenantName = "bank".parse()?;
        let host = host(std::slice::from_ref(&tenant), &component, recalling())?;
        let requests = requests(REQUESTS, SIZES[0])?;
        let recalled = Self {
            host,
            tenant,
            requests,
        };
        recalled.decide(2 * REQUESTS);
        let outcome = recalled
            .requests
            .iter()
            .map(|it| recalled.host.evaluate(&recalled.tenant, it));
        for outcome in outcome {
            ensure!(outcome?.is_recalled(), "a decision was not recalled");
        }
        Ok(recalled)
    }

    /// Has so many requests decided in turn.
    pub fn decide(&self, count: usize) {
        let turns = Turns::new(&self.host, &self.tenant, &self.requests);
        (0..count).for_each(|_| turns.next());
    }
}

/// What looking and remembering add to an evaluation where nothing is found.
fn miss(quick: bool, component: &[u8]) -> anyhow::Result<Figure> {
    let tenant: TenantName = "bank".parse()?;
    let tenants = std::slice::from_ref(&tenant);
    let recalls = host(tenants, component, recalling())?;
    let evaluates = host(tenants, component, RecallSettings::off())?;
    let plan = Plan::of_microseconds(quick);
    let calls = plan.rounds * plan.batches * (plan.samples + plan.warm_up);
    let requests = requests(calls, SIZES[0])?;
    let (missing, evaluated) = (
        Turns::new(&recalls, &tenant, &requests),
        Turns::new(&evaluates, &tenant, &requests),
    );
    let timings = interleaved(
        plan,
        &mut [
            Subject::new("evaluated, nothing is recalled", || evaluated.next()),
            Subject::new("missed, evaluated and remembered", || missing.next()),
        ],
    );
    let counts = recalls.recall_report().counts;
    ensure!(counts.hits == 0, "{} hits among the misses", counts.hits);
    let [evaluated, missed] = timings[..] else {
        anyhow::bail!("nothing was measured");
    };
    Ok(Figure::new(
        "recall",
        "a miss against an evaluation without recall",
        missed.p50 / evaluated.p50,
        Target::AtMost(1.1),
    )
    .value(format!("{} p50", missed.microseconds()))
    .against(format!("without recall {}", evaluated.microseconds())))
}

/// Two threads against one, for a tenant each and for one tenant.
fn threads(quick: bool, component: &[u8]) -> anyhow::Result<Vec<Figure>> {
    let (rounds, window) = if quick { (3, 50) } else { (15, 200) };
    let window = Duration::from_millis(window);
    let names: Vec<TenantName> = vec!["bank".parse()?, "exchange".parse()?];
    let host = host(&names, component, recalling())?;
    let requests = [requests(REQUESTS, SIZES[0])?, requests(REQUESTS, SIZES[0])?];
    let decide = |name: Option<&TenantName>, thread: usize| {
        let (Some(name), Some(requests)) = (name, requests.get(thread)) else {
            return;
        };
        for request in requests {
            drop(black_box(host.evaluate(name, request)));
        }
    };
    let (mut apart, mut together, mut counting) =
        (Gain::default(), Gain::default(), Gain::default());
    for _ in 0..rounds {
        apart.measure(window, &|thread| decide(names.get(thread), thread));
        together.measure(window, &|thread| decide(names.first(), thread));
        counting.measure(window, &|_| crate::threads::count());
    }
    let free = counting.median();
    Ok([
        ("a tenant each", apart, Target::AtLeast(1.8)),
        ("one tenant", together, Target::None),
    ]
    .into_iter()
    .map(|(what, gain, target)| {
        let gained = gain.median();
        // As for fresh evaluations: held against what a second thread can gain here at all.
        let ratio = if free < 1.9 {
            gained / free * 2.0
        } else {
            gained
        };
        let name = format!("two threads against one, recalled, {what}");
        Figure::new("recall", name, ratio, target)
            .value(format!("{gained:.2} times"))
            .against(format!("two threads that only count {free:.2} times"))
    })
    .collect())
}

/// Many tenants against few, with the same memory in all.
fn tenants(quick: bool, component: &[u8]) -> anyhow::Result<Figure> {
    let many = if quick { 500 } else { 10_000 };
    let names = |count: usize| -> anyhow::Result<Vec<TenantName>> {
        (0..count)
            .map(|number| Ok(format!("tenant-{number}").parse()?))
            .collect()
    };
    let (few_names, many_names) = (names(10)?, names(many)?);
    let few = host(&few_names, component, recalling())?;
    let all = host(&many_names, component, recalling())?;
    let request = fresh::request()?;
    for (host, names) in [(&few, &few_names), (&all, &many_names)] {
        for name in names {
            host.evaluate(name, &request)?;
            ensure!(host.evaluate(name, &request)?.is_recalled(), "a miss");
        }
    }
    let (of_few, of_many) = (Sequence::zipf(10), Sequence::zipf(many));
    let decide = |host: &Host, names: &[TenantName], at: usize| {
        if let Some(name) = names.get(at) {
            drop(black_box(host.evaluate(name, &request)));
        }
    };
    let timings = interleaved(
        plan(quick),
        &mut [
            short("10 tenants, recalled", || {
                decide(&few, &few_names, of_few.next());
            }),
            short("many tenants, recalled, Zipf", || {
                decide(&all, &many_names, of_many.next());
            }),
        ],
    );
    let [few, many_timing] = timings[..] else {
        anyhow::bail!("nothing was measured");
    };
    Ok(Figure::new(
        "recall",
        format!("{many} tenants against 10, recalled, Zipf"),
        many_timing.p50 / few.p50,
        Target::AtMost(1.3),
    )
    .value(format!("{:.0} ns p50", many_timing.p50))
    .against(format!("10 tenants {:.0} ns", few.p50)))
}
