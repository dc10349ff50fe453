//! A change that takes over step by step, and one that goes back by itself.

use std::io::Write;
use std::time::Duration;

use lictor::{
    BindingSpec, Clock, Effect, Host, Plan, PolicyName, Request, RolloutSpec, RolloutStatus, Stage,
    SystemClock, TenantName, TenantSettings, Version,
};

use super::{Built, show};
use crate::exit::Exit;
use crate::failure::Failure;

/// The tenant that changes its rules.
pub(super) const TENANT: &str = "shop";
/// How many agents it has.
const AGENTS: usize = 200;
/// How long a phase may take before the demo is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// As `careful`, but with phases that last as long as it takes to compare every agent once.
const PLAN: &str = r#"
name = "careful-in-short"
strict = "fleet"

[[phases]]
kind = "shadow"
time = "0s"
pairs_min = 200
guards = { fault_rate = 0.01, loosened_max = 10 }

[[phases]]
kind = "canary"
percent = 10
time = "0s"
pairs_min = 200
sample = 1
guards = { fault_rate = 0.01, loosened_max = 10 }
"#;

/// Lowers the limit of all agents from 10,000 to 5,000, then tries to let refunds through.
pub(super) fn show(host: &Host, built: &Built, out: &mut impl Write) -> Result<(), Failure> {
    let shop: TenantName = TENANT.parse().expect("it is a name");
    let policy: PolicyName = "spend-limit".parse().expect("it is a name");
    host.add_tenant(&shop, TenantSettings::default())
        .map_err(Failure::input)?;
    host.bind(&shop, built.spec(&policy, None)?)?;
    let newer = || built.spec(&policy, Some(&Version::new(1, 1, 0)));

    show::text(out, "   1.1.0 halves the limit; every agent pays 8,000:")?;
    let lowered = roll_out(host, &shop, newer()?)?;
    for (number, phase) in lowered.plan.phases().iter().enumerate() {
        let allowed = decide(host, &shop, "pay")?;
        let all = format!("{allowed} of {AGENTS} allowed");
        show::row(out, &format!("{} (strict: fleet)", phase.reach), &all)?;
        await_end_of(host, &shop, &lowered, number)?;
    }
    let lowered = host
        .rollout(&shop, &lowered.rollout)
        .map_err(Failure::input)?;
    expect(
        lowered.stage == Stage::Promoted,
        "a good change is promoted",
    )?;
    let allowed = decide(host, &shop, "pay")?;
    show::row(
        out,
        "promoted, by its plan",
        &format!("{allowed} of {AGENTS} allowed"),
    )?;
    report(host, &shop, &lowered, out)?;

    show::text(out, "   Then somebody lifts the limit of refunds:")?;
    let careless = r#"{"limits":{"refund":{"standard":1000000}}}"#;
    let lifted = roll_out(host, &shop, newer()?.parameters(careless))?;
    decide(host, &shop, "pay")?;
    let allowed = decide(host, &shop, "refund")?;
    await_end_of(host, &shop, &lifted, 0)?;
    let lifted = host
        .rollout(&shop, &lifted.rollout)
        .map_err(Failure::input)?;
    expect(
        lifted.stage == Stage::Aborted,
        "a careless change goes back",
    )?;
    let why = lifted.moves.last().and_then(|it| it.why.clone());
    show::row(
        out,
        "refunds of 8,000 allowed meanwhile",
        &format!("{allowed} of {AGENTS}"),
    )?;
    show::row(out, "aborted, by its guard", &why.unwrap_or_default())?;
    report(host, &shop, &lifted, out)
}

fn roll_out(host: &Host, shop: &TenantName, new: BindingSpec) -> Result<RolloutStatus, Failure> {
    let plan = Plan::from_toml(PLAN).map_err(Failure::input)?;
    let spec = RolloutSpec::new(plan).bind(new);
    host.roll_out(shop, spec).map_err(Failure::input)
}

/// Has every agent do this for 8,000, and counts who may.
fn decide(host: &Host, shop: &TenantName, action: &str) -> Result<usize, Failure> {
    let mut allowed = 0;
    for number in 0..AGENTS {
        let request = Request::builder()
            .subject("agent", format!("agent-{number}"))
            .action(action)
            .resource("invoice", format!("inv-{number}"))
            .context("amount", 8_000)
            .context("currency", "USD")
            .build()
            .map_err(Failure::input)?;
        let outcome = host.evaluate(shop, &request)?;
        allowed += usize::from(outcome.decision.effect == Effect::Allow);
    }
    Ok(allowed)
}

/// Waits until what was decided is compared and the rollout has left the phase.
fn await_end_of(
    host: &Host,
    shop: &TenantName,
    rollout: &RolloutStatus,
    phase: usize,
) -> Result<(), Failure> {
    let clock = SystemClock::new();
    while clock.monotonic() < PATIENCE {
        host.tick();
        let status = host
            .rollout(shop, &rollout.rollout)
            .map_err(Failure::input)?;
        if status.stage != Stage::Phase(phase) {
            return Ok(());
        }
        // What was decided is compared on threads of the host's own, for which there is nothing to wait on: in operation nobody does.
        std::thread::sleep(Duration::from_millis(1));
    }
    expect(false, "a phase ends")
}

/// The first lines of what differed.
fn report(
    host: &Host,
    shop: &TenantName,
    rollout: &RolloutStatus,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let report = host
        .divergence(shop, &rollout.rollout)
        .map_err(Failure::input)?;
    for line in report.to_string().lines().take(2) {
        writeln!(out, "   {line}")?;
    }
    Ok(())
}

fn expect(is_so: bool, what: &str) -> Result<(), Failure> {
    if is_so {
        return Ok(());
    }
    Err(Failure::new(
        Exit::HostFault,
        format!("it is not so that {what}"),
    ))
}
