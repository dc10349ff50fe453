//! The recorded requests, and what both tenants say to them.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use lictor::{Effect, Host, Outcome, PolicyName, Request, TenantName};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::show;
use crate::failure::Failure;

/// The two tenants.
pub(super) const HOUSES: [&str; 2] = ["bank", "exchange"];

const REQUESTS: &str = include_str!("../../../../examples/fleet/requests.jsonl");
const BINDINGS: &str = include_str!("../../../../examples/fleet/bindings.json");

/// What was recorded of a fleet, and which policies decide about it.
pub(super) struct Fleet {
    pub(super) requests: Vec<Request>,
    bindings: BTreeMap<String, Vec<(PolicyName, String)>>,
}

#[derive(Deserialize)]
struct Binding {
    policy: PolicyName,
    parameters: Box<RawValue>,
}

impl Fleet {
    /// The fleet that this program carries.
    pub(super) fn recorded() -> Result<Self, Failure> {
        let requests = REQUESTS
            .lines()
            .map(|line| Request::from_json(line.as_bytes()))
            .collect::<Result<_, _>>()
            .map_err(Failure::input)?;
        let bindings: BTreeMap<String, Vec<Binding>> =
            serde_json::from_str(BINDINGS).map_err(Failure::input)?;
        let plain = |it: Binding| (it.policy, it.parameters.get().to_owned());
        let bindings = bindings
            .into_iter()
            .map(|(house, all)| (house, all.into_iter().map(plain).collect()))
            .collect();
        Ok(Self { requests, bindings })
    }

    /// The policies of a tenant with their parameters.
    pub(super) fn bindings(&self, house: &str) -> &[(PolicyName, String)] {
        self.bindings.get(house).map_or(&[], Vec::as_slice)
    }
}

/// Decides every request for both tenants and shows the decisions side by side, and one of them explained. Gives how long
/// those took for which every policy was evaluated.
pub(super) fn decide(
    host: &Host,
    fleet: &Fleet,
    out: &mut impl Write,
) -> Result<Vec<Duration>, Failure> {
    let mut evaluated = Vec::new();
    let [bank, exchange] = HOUSES.map(|name| -> TenantName { name.parse().expect("it is a name") });
    let mut counts = [[0u32; 4]; 2];
    let mut opposite = None;
    show::decisions_head(out)?;
    for request in &fleet.requests {
        let outcomes = [
            host.evaluate(&bank, request)?,
            host.evaluate(&exchange, request)?,
        ];
        for (count, outcome) in counts.iter_mut().zip(&outcomes) {
            if let Some(count) = count.get_mut(outcome.decision.effect as usize) {
                *count += 1;
            }
        }
        show::decisions(out, request, &outcomes)?;
        let whole = outcomes
            .iter()
            .filter(|outcome| outcome.policies.iter().all(|policy| !policy.recalled));
        evaluated.extend(whole.map(|outcome| outcome.duration));
        let [first, second] = outcomes;
        if opposite.is_none()
            && (first.decision.effect, second.decision.effect) == (Effect::Deny, Effect::Allow)
        {
            opposite = Some((request, first));
        }
    }
    writeln!(out)?;
    for (house, count) in HOUSES.iter().zip(counts) {
        show::counts(out, house, count)?;
    }
    explain(opposite, out)?;
    Ok(evaluated)
}

fn explain(opposite: Option<(&Request, Outcome)>, out: &mut impl Write) -> Result<(), Failure> {
    let Some((request, outcome)) = opposite else {
        return Err(Failure::input("the tenants' rules are not opposite"));
    };
    writeln!(out)?;
    show::explanation(out, request, &outcome)?;
    Ok(())
}
