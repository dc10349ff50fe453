//! A tenant binds a policy that never ends, and the others don't notice.

use std::io::Write;
use std::thread;

use lictor::{Effect, Host, Limits, Outcome, TenantName, TenantSettings};

use super::fleet::Fleet;
use super::{Built, show};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures::{duration, grouped};

/// Whose policy is hostile.
pub(super) const TENANT: &str = "mallory";
/// How often the hostile policy is asked, each time until its fuel is used up.
const ATTACKS: u32 = 20;

/// Asks the hostile policy again and again while the bank's requests are decided.
pub(super) fn stop(
    host: &Host,
    built: &Built,
    fleet: &Fleet,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let mallory: TenantName = TENANT.parse().expect("it is a name");
    let bank: TenantName = "bank".parse().expect("it is a name");
    host.add_tenant(&mallory, TenantSettings::default())
        .map_err(Failure::input)?;
    let hostile = "hostile".parse().expect("it is a name");
    // Fuel runs out long before this deadline even on a busy machine: what stops the policy is the same on each run.
    let limits = Limits {
        deadline_ms: 10_000,
        ..Limits::default()
    };
    host.bind(&mallory, built.spec(&hostile, None)?.limits(limits))?;
    let request = fleet
        .requests
        .first()
        .ok_or_else(|| Failure::input("there are no recorded requests"))?;
    let before = effects(host, &bank, fleet)?;

    let (attacked, rounds) = thread::scope(|scope| {
        let attack = scope.spawn(|| {
            (0..ATTACKS)
                .map(|_| host.evaluate(&mallory, request))
                .collect::<Vec<_>>()
        });
        let mut rounds = Vec::new();
        while !attack.is_finished() {
            rounds.push(effects(host, &bank, fleet));
        }
        (attack.join(), rounds)
    });
    let attacked =
        attacked.map_err(|_| Failure::new(Exit::HostFault, "the attack ended the thread"))?;
    let last = attacked
        .into_iter()
        .collect::<Result<Vec<Outcome>, _>>()?
        .pop();
    let last = last.ok_or_else(|| Failure::input("there was no attack"))?;
    show_end(&last, out)?;

    let rounds = rounds.into_iter().collect::<Result<Vec<_>, _>>()?;
    let harmed = rounds.iter().filter(|round| **round != before).count();
    let decisions = (rounds.len() * fleet.requests.len()) as u64;
    show::row(
        out,
        "the bank's decisions in the meantime",
        &grouped(decisions),
    )?;
    show::row(
        out,
        "of them otherwise than before",
        &grouped(harmed as u64),
    )?;
    if harmed > 0 {
        return Err(Failure::new(Exit::HostFault, "another tenant was harmed"));
    }
    Ok(())
}

fn effects(host: &Host, tenant: &TenantName, fleet: &Fleet) -> Result<Vec<Effect>, Failure> {
    let decide = |request| Ok(host.evaluate(tenant, request)?.decision.effect);
    fleet.requests.iter().map(decide).collect()
}

fn show_end(outcome: &Outcome, out: &mut impl Write) -> Result<(), Failure> {
    let ran = outcome.policies.first();
    let Some((ran, fault)) = ran.and_then(|ran| ran.verdict.fault().map(|fault| (ran, fault)))
    else {
        return Err(Failure::new(
            Exit::HostFault,
            "the hostile policy was not stopped",
        ));
    };
    show::row(out, "it was stopped", &format!("{ATTACKS} times"))?;
    show::row(out, "by", &fault.to_string())?;
    show::row(out, "after", &duration(ran.duration))?;
    show::row(out, "to blame", &format!("the {}", fault.blame()))?;
    show::row(
        out,
        "its tenant is answered",
        outcome.decision.effect.as_str(),
    )?;
    Ok(())
}
