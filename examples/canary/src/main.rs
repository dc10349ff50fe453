//! 500 agents under a limit that is halved: how many may pay, phase by phase, in each strict mode.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use lictor::{
    BindingSpec, Effect, Fetched, Host, HostSettings, ManualClock, Plan, Request, RolloutSettings,
    RolloutSpec, Stage, TenantName, TenantSettings, ThrowAwayKey,
};
use lictor_cli::{BuildSpec, build};

const AGENTS: usize = 500;
const MODES: [&str; 3] = ["off", "canary", "fleet"];
const DAY: Duration = Duration::from_secs(86_400);

fn main() -> anyhow::Result<()> {
    // Before anything else, threads included: this program is also what compiles policies, in a process of its own.
    lictor::compile_worker_if_asked();
    let shop: TenantName = "shop".parse()?;
    // An operator has a keyring, and artifacts that somebody else signed. Here both come from a key that is forgotten when the
    // program ends.
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let key = ThrowAwayKey::for_tenants(&seed, [shop.clone()])?;
    let (old, new) = (artifact(&key, "v1-0")?, artifact(&key, "v1-1")?);

    let mut table: BTreeMap<usize, (String, Vec<usize>)> = BTreeMap::new();
    for mode in MODES {
        for (row, (phase, allowed)) in roll_out(&key, &shop, mode, &old, &new)?
            .into_iter()
            .enumerate()
        {
            let (_, numbers) = table.entry(row).or_insert((phase, Vec::new()));
            numbers.push(allowed);
        }
    }
    print(&table);
    Ok(())
}

/// One version of the policy, signed.
fn artifact(key: &ThrowAwayKey, folder: &str) -> anyhow::Result<Fetched> {
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugins/spend-limit/");
    let built = build(&BuildSpec::new(format!("{sources}{folder}")));
    let built = built.context("the policy can't be built")?;
    let component = std::fs::read(&built.path)?;
    let manifest = lictor::manifest(built.policy, built.version, &component)?;
    Ok(key.sign(component, manifest)?)
}

/// Takes a change through all its phases, and says for each how many agents may pay.
fn roll_out(
    key: &ThrowAwayKey,
    shop: &TenantName,
    mode: &str,
    old: &Fetched,
    new: &Fetched,
) -> anyhow::Result<Vec<(String, usize)>> {
    let clock = Arc::new(ManualClock::at(1_750_000_000_000));
    let settings = HostSettings {
        // Here time passes and requests are compared when this program says so.
        rollouts: RolloutSettings {
            threads: 0,
            tick: None,
            ..RolloutSettings::default()
        },
        ..HostSettings::default()
    };
    let host = Host::builder()
        .settings(settings)
        .clock(clock.clone())
        .keyring(key.keyring().clone())
        .build()?;
    host.add_tenant(shop, TenantSettings::default())?;
    host.bind(shop, BindingSpec::new(old.clone()))?;

    let plan =
        include_str!("../plan.toml").replace("strict = \"off\"", &format!("strict = \"{mode}\""));
    let spec = RolloutSpec::new(Plan::from_toml(&plan)?)
        .name("lower-the-limit".parse()?)
        .bind(BindingSpec::new(new.clone()));
    let rollout = host.roll_out(shop, spec)?;
    let mut rows = Vec::new();
    for (number, phase) in rollout.plan.phases().iter().enumerate() {
        rows.push((phase.reach.to_string(), allowed(&host, shop)?));
        host.compare();
        ensure!(
            host.rollout(shop, &rollout.rollout)?.stage == Stage::Phase(number),
            "a guard tripped"
        );
        clock.advance(DAY);
        host.tick();
    }
    let stage = host.rollout(shop, &rollout.rollout)?.stage;
    rows.push((stage.to_string(), allowed(&host, shop)?));
    Ok(rows)
}

/// How many agents may pay 8,000.
fn allowed(host: &Host, shop: &TenantName) -> anyhow::Result<usize> {
    let mut allowed = 0;
    for number in 0..AGENTS {
        let request = Request::builder()
            .subject("agent", format!("agent-{number}"))
            .action("pay")
            .resource("invoice", "inv-1")
            .context("amount", 8_000)
            .context("currency", "USD")
            .build()?;
        let outcome = host.evaluate(shop, &request)?;
        allowed += usize::from(outcome.decision.effect == Effect::Allow);
    }
    Ok(allowed)
}

#[expect(clippy::print_stdout, reason = "it is what the example shows")]
fn print(table: &BTreeMap<usize, (String, Vec<usize>)>) {
    let [off, canary, fleet] = MODES;
    println!("{:<11}{off:>5}{canary:>8}{fleet:>8}", "");
    for (phase, numbers) in table.values() {
        let [off, canary, fleet] = numbers[..] else {
            continue;
        };
        println!("{phase:<11}{off:>5}{canary:>8}{fleet:>8}");
    }
}
