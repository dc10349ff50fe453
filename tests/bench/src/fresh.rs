//! A fresh evaluation (store, instance, three observations, drop) against the floor of the engine.

use std::hint::black_box;
use std::io;

use anyhow::ensure;
use lictor::{BindingSpec, Host, Redaction, Request, Sink, TenantName, TenantSettings, WhenFull};
use lictor_engine::{Engine, Prepared, Settings, View};
use lictor_policy::{Digest, Document, Documents, Effect, Limits};

use crate::components;
use crate::figure::{Figure, Target};
use crate::floor::Floor;
use crate::measure::{Plan, Subject, Timing, interleaved};

/// The guest: three texts of the request, one reason.
pub const GUEST: &str = "tests/bench/guests/three-questions";
/// Records that may wait for the writer.
const WAITING: usize = 65_536;

/// Measures and judges.
pub fn run(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let component = components::built(GUEST)?;
    let request = request()?;
    let tenant: TenantName = "bank".parse()?;

    let floor = Floor::new(&component)?;
    let prepared = prepared(&component)?;
    let view = View {
        request: request.clone(),
        data: Documents::new(),
        now_ms: 0,
    };
    let silent = host(&tenant, &component, Sink::none())?;
    let sink = Sink::json_lines(io::sink(), Redaction::default(), WAITING, WhenFull::Drop)?;
    let recording = host(&tenant, &component, sink)?;

    ensure!(floor.evaluate()?, "the floor doesn't allow");
    let evaluation = prepared.evaluate(&view);
    ensure!(
        evaluation.observations.len() == 3,
        "the guest doesn't ask three questions"
    );
    for host in [&silent, &recording] {
        let effect = host.evaluate(&tenant, &request)?.decision.effect;
        ensure!(effect == Effect::Allow, "the host says {effect}");
    }

    let timings = interleaved(
        Plan::of_microseconds(quick),
        &mut [
            Subject::new("floor", || drop(black_box(floor.evaluate()))),
            Subject::new("Prepared::evaluate", || {
                drop(black_box(prepared.evaluate(&view)))
            }),
            Subject::new("Host::evaluate", || {
                drop(black_box(silent.evaluate(&tenant, &request)))
            }),
            Subject::new("Host::evaluate, recording", || {
                drop(black_box(recording.evaluate(&tenant, &request)));
            }),
        ],
    );
    let [floor, engine, library, recording] = timings[..] else {
        return Ok(Vec::new());
    };
    Ok(vec![
        against_floor(
            "fresh evaluation, engine (`Prepared::evaluate`)",
            engine,
            floor,
            Target::AtMost(1.25),
        ),
        against_floor(
            "fresh evaluation, library (`Host::evaluate`)",
            library,
            floor,
            Target::None,
        ),
        against_floor(
            "fresh evaluation, library with a record",
            recording,
            floor,
            Target::None,
        ),
        Figure::new(
            "fresh",
            "fresh evaluation, engine, p50 in µs",
            engine.p50 / 1_000.0,
            Target::AtMost(10.0),
        )
        .value(engine.microseconds())
        .against("the time itself"),
    ])
}

fn against_floor(name: &str, subject: Timing, floor: Timing, target: Target) -> Figure {
    Figure::new("fresh", name, subject.p50 / floor.p50, target)
        .value(format!(
            "{} p50, {:.1} µs p99",
            subject.microseconds(),
            subject.p99 / 1_000.0
        ))
        .against(format!("floor {}", floor.microseconds()))
}

/// The request whose three attributes the guest asks for.
pub fn request() -> anyhow::Result<Request> {
    Ok(Request::builder()
        .subject("agent", "agent-4711")
        .subject_property("role", "support")
        .subject_property("tier", "standard")
        .action("crm.read")
        .resource("tool", "crm.customer")
        .context("amount", 250)
        .context("currency", "USD")
        .context("trace", "0af7651916cd43dd8448eb211c80319c")
        .build()?)
}

fn prepared(component: &[u8]) -> anyhow::Result<Prepared> {
    let limits = Limits::default();
    let engine = Engine::new(&Settings::default())?;
    let loaded = engine.load(&components::verified(component)?, &limits)?;
    Ok(engine.prepare(&loaded, &Document::empty(), &limits, Digest::of(b"bench"))?)
}

fn host(tenant: &TenantName, component: &[u8], sink: Sink) -> anyhow::Result<Host> {
    let host = Host::builder()
        .keyring(components::keyring()?)
        .settings(components::evaluating())
        .sink(sink)
        .build()?;
    host.add_tenant(tenant, TenantSettings::default())?;
    host.bind(
        tenant,
        BindingSpec::new(components::signed("three-questions", component)?),
    )?;
    Ok(host)
}
