//! The same three rules (tool-access, spend-limit, approval) decided by Lictor in a sandbox of its own each, and natively by
//! `cedar-policy` and by both engines of `regorus`: the same requests, built ahead on all sides, and the same decisions.

mod cedar;
mod rego;
mod requests;

use std::cell::Cell;
use std::hint::black_box;

use anyhow::ensure;
use lictor::{BindingSpec, Host, HostSettings, RecallSettings, TenantName, TenantSettings};
use serde_json::json;

use crate::figure::{Figure, Target};
use crate::measure::{Plan, Subject, Timing, interleaved};
use crate::{components, recall};
use requests::Case;

/// Measures and judges.
pub fn run(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let cases = requests::cases()?;
    let tenant: TenantName = "bank".parse()?;
    let (evaluates, recalls) = (
        host(&tenant, RecallSettings::off())?,
        host(&tenant, recall::recalling())?,
    );
    let cedar = cedar::Cedar::new()?;
    let (interpreter, machine) = (rego::Interpreter::new()?, rego::Machine::new()?);
    let for_cedar = built(&cases, |case| cedar::Asked::new(&case.json))?;
    let for_rego = built(&cases, |case| rego::Asked::new(&case.json))?;

    for ((case, cedar_asked), rego_asked) in cases.iter().zip(&for_cedar).zip(&for_rego) {
        let said = [
            (
                "lictor",
                evaluates.evaluate(&tenant, &case.request)?.decision.effect,
            ),
            (
                "lictor, evaluated first",
                recalls.evaluate(&tenant, &case.request)?.decision.effect,
            ),
            (
                "lictor, recalled",
                recalls.evaluate(&tenant, &case.request)?.decision.effect,
            ),
            ("cedar", cedar.decide(cedar_asked)),
            ("rego, interpreter", interpreter.decide(rego_asked)?),
            ("rego, machine", machine.decide(rego_asked)?),
        ];
        for (who, effect) in said {
            ensure!(
                effect == case.effect,
                "{who} says {effect} to {}, not {}",
                case.json,
                case.effect
            );
        }
    }

    let turn = Turn::new(cases.len());
    let timings = interleaved(
        Plan::of_microseconds(quick),
        &mut [
            Subject::new("lictor, three sandboxes", || {
                drop(black_box(
                    turn.of(&cases)
                        .map(|case| evaluates.evaluate(&tenant, &case.request)),
                ));
            }),
            Subject::new("lictor, three recalled", || {
                drop(black_box(
                    turn.of(&cases)
                        .map(|case| recalls.evaluate(&tenant, &case.request)),
                ));
            }),
            Subject::new("cedar-policy", || {
                black_box(turn.of(&for_cedar).map(|asked| cedar.decide(asked)));
            }),
            Subject::new("regorus, interpreter", || {
                drop(black_box(
                    turn.of(&for_rego).map(|asked| interpreter.decide(asked)),
                ));
            }),
            Subject::new("regorus, virtual machine", || {
                drop(black_box(
                    turn.of(&for_rego).map(|asked| machine.decide(asked)),
                ));
            }),
        ],
    );
    let [lictor, recalled, cedar, interpreter, machine] = timings[..] else {
        return Ok(Vec::new());
    };
    let peers = [
        ("`cedar-policy` native", cedar),
        ("`regorus` native, interpreter", interpreter),
        ("`regorus` native, virtual machine", machine),
    ];
    let evaluated = peers
        .iter()
        .map(|(name, peer)| against("three fresh sandboxes", name, lictor, *peer));
    // How many times as fast, which is what is promised.
    let recalled = peers.iter().map(|(name, peer)| {
        let figure = Figure::new(
            "rules",
            format!("three rules, recalled, times faster than {name}"),
            peer.p50 / recalled.p50,
            Target::AtLeast(5.0),
        );
        figure
            .value(format!("{} p50", recalled.microseconds()))
            .against(peer.microseconds())
    });
    Ok(evaluated.chain(recalled).collect())
}

fn against(how: &str, name: &str, lictor: Timing, peer: Timing) -> Figure {
    Figure::new(
        "rules",
        format!("three rules, {how}, against {name}"),
        lictor.p50 / peer.p50,
        Target::None,
    )
    .value(format!("{} p50", lictor.microseconds()))
    .against(peer.microseconds())
}

fn built<T>(cases: &[Case], build: impl Fn(&Case) -> anyhow::Result<T>) -> anyhow::Result<Vec<T>> {
    cases.iter().map(build).collect()
}

/// A host with the three rules.
pub fn host(tenant: &TenantName, recall: RecallSettings) -> anyhow::Result<Host> {
    let settings = HostSettings {
        recall,
        ..HostSettings::default()
    };
    let host = Host::builder()
        .keyring(components::keyring()?)
        .settings(settings)
        .build()?;
    host.add_tenant(tenant, TenantSettings::default())?;
    let policies = [
        (
            "tool-access",
            "plugins/tool-access",
            json!({"roles": requests::roles()}),
        ),
        (
            "spend-limit",
            "plugins/spend-limit/v1-0",
            json!({"currency": "USD", "limits": requests::limits()}),
        ),
        (
            "approval",
            "plugins/approval",
            json!({"review": requests::REVIEW}),
        ),
    ];
    for (name, folder, parameters) in policies {
        let spec = BindingSpec::new(components::signed(name, &components::built(folder)?)?);
        host.bind(tenant, spec.parameters(parameters.to_string()))?;
    }
    Ok(host)
}

/// Whose turn it is.
struct Turn {
    at: Cell<usize>,
    count: usize,
}

impl Turn {
    fn new(count: usize) -> Self {
        Self {
            at: Cell::new(0),
            count,
        }
    }

    fn of<'a, T>(&self, all: &'a [T]) -> Option<&'a T> {
        let at = self.at.get();
        self.at.set((at + 1) % self.count);
        all.get(at)
    }
}
