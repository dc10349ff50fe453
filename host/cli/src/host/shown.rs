//! A decision as a line of JSON.

use std::io::{self, Write};

use lictor::{Decision, DecisionId, Fault, Layer, Outcome, PolicyOutcome, TenantName};
use serde::Serialize;

use crate::faulted::Faulted;

#[derive(Serialize)]
struct Line<'a> {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a TenantName>,
    #[serde(flatten)]
    what: What<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum What<'a> {
    Decided {
        decision_id: DecisionId,
        #[serde(flatten)]
        decision: &'a Decision,
        policies: Vec<Policy<'a>>,
    },
    Undecided {
        fault: Faulted,
    },
    Unread {
        refused: &'a str,
    },
}

#[derive(Serialize)]
struct Policy<'a> {
    policy: &'a str,
    version: String,
    layer: Layer,
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    recalled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Faulted>,
}

impl<'a> Policy<'a> {
    fn of(outcome: &'a PolicyOutcome) -> Self {
        let decision = outcome.verdict.decision();
        Self {
            policy: outcome.bound.policy.as_str(),
            version: outcome.bound.version.to_string(),
            layer: outcome.layer,
            effect: decision.map(|decision| decision.effect.as_str()),
            recalled: outcome.recalled,
            fault: outcome.verdict.fault().map(Faulted::of),
        }
    }
}

/// Writes what came of the request on a line.
pub(super) fn decided(
    out: &mut dyn Write,
    line: u64,
    tenant: &TenantName,
    decided: &Result<Outcome, Fault>,
) -> io::Result<()> {
    let what = match decided {
        Ok(outcome) => What::Decided {
            decision_id: outcome.decision_id,
            decision: &outcome.decision,
            policies: outcome.policies.iter().map(Policy::of).collect(),
        },
        Err(fault) => What::Undecided {
            fault: Faulted::of(fault),
        },
    };
    let tenant = Some(tenant);
    write(out, &Line { line, tenant, what })
}

/// Writes why a line is no request.
pub(super) fn unread(out: &mut dyn Write, line: u64, why: &str) -> io::Result<()> {
    let what = What::Unread { refused: why };
    let tenant = None;
    write(out, &Line { line, tenant, what })
}

fn write(out: &mut dyn Write, line: &Line<'_>) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    // In one piece, so that a reader never sees half a line.
    out.write_all(&text)
}
