//! A trace of what a gateway sees: agents and tools by popularity, each request with an id, a time, a port and trace headers of
//! its own. It is generated, and is the same in each run.

use lictor::{Request, TenantName};
use serde_json::{Value, json};

use super::plain::Plain;
use super::recalling;
use crate::figure::{Figure, Target};
use crate::rules;
use crate::tenants::{Random, Sequence};

/// How many agents there are.
const AGENTS: usize = 100;
/// The tools, with the action that each is used with.
const TOOLS: [(&str, &str); 20] = [
    ("read", "crm.customer"),
    ("read", "orders.lookup"),
    ("read", "kb.search"),
    ("write", "tickets.close"),
    ("refund", "order"),
    ("read", "crm.contact"),
    ("write", "crm.note"),
    ("pay", "invoice"),
    ("read", "ledger.balance"),
    ("write", "payments.create"),
    ("purchase", "order"),
    ("email_customer", "mail"),
    ("read", "crm.history"),
    ("write", "tickets.open"),
    ("read", "ledger.entries"),
    ("change_contract", "contract"),
    ("write", "payments.delete"),
    ("read", "kb.article"),
    ("delete_record", "record"),
    ("summarise", "thread"),
];
const ROLES: [&str; 3] = ["support", "finance", "auditor"];
const TIERS: [&str; 2] = ["standard", "senior"];

/// Decides the trace and judges.
pub fn run(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let count = if quick { 2_000 } else { 50_000 };
    let tenant: TenantName = "bank".parse()?;
    let recalls = rules::host(&tenant, recalling())?;
    let evaluates = rules::host(&tenant, lictor::RecallSettings::off())?;
    let mut plain = Plain::new(&tenant);
    let (mut plain_hits, mut mismatches) = (0_u32, 0_u32);
    let mut trace = Trace::new();
    for _ in 0..count {
        let request = trace.next()?;
        let recalled = recalls.evaluate(&tenant, &request)?;
        let evaluated = evaluates.evaluate(&tenant, &request)?;
        if recalled.decision != evaluated.decision {
            mismatches += 1;
        }
        match plain.find(&request) {
            Some(_) => plain_hits += 1,
            None => plain.put(&request, evaluated.decision),
        }
    }
    let ours = recalls.recall_report().counts.hit_ratio();
    let plain = f64::from(plain_hits) / f64::from(count);
    let percent = |ratio: f64| format!("{:.2} %", ratio * 100.0);
    Ok(vec![
        Figure::new(
            "recall",
            format!("hit ratio on a trace of {count} gateway requests, in per cent"),
            ours * 100.0,
            Target::AtLeast(95.0),
        )
        .value(percent(ours))
        .against(format!("hash of the whole request {}", percent(plain))),
        Figure::new(
            "recall",
            "decisions of the trace that differ from an evaluation",
            f64::from(mismatches),
            Target::AtMost(0.0),
        )
        .value(format!("{mismatches} of {count}"))
        .against("a host that recalls nothing"),
    ])
}

/// Requests, one after the other.
struct Trace {
    random: Random,
    agents: Sequence,
    tools: Sequence,
}

impl Trace {
    fn new() -> Self {
        Self {
            random: Random::new(),
            agents: Sequence::zipf(AGENTS),
            tools: Sequence::zipf(TOOLS.len()),
        }
    }

    fn next(&mut self) -> anyhow::Result<Request> {
        let agent = self.agents.next();
        // The two sequences have one length: a tool is skipped now and then, so that they don't go in step.
        if self.random.below(3) == 0 {
            self.tools.next();
        }
        let (action, tool) = TOOLS
            .get(self.tools.next())
            .copied()
            .unwrap_or(("read", "kb.search"));
        let request = json!({
            "subject": {
                "type": "agent",
                "id": format!("agent-{agent}"),
                "properties": {
                    "role": ROLES[agent % ROLES.len()],
                    "tier": TIERS[agent % TIERS.len()],
                },
            },
            "action": {"name": action},
            "resource": {"type": "tool", "id": tool},
            "context": self.context(action),
        });
        Ok(Request::from_json(request.to_string().as_bytes())?)
    }

    fn context(&mut self, action: &str) -> Value {
        let mut hexadecimal = |digits: usize| {
            let number = (u128::from(self.random.below(u64::MAX)) << 64)
                | u128::from(self.random.below(u64::MAX));
            format!("{number:032x}")[..digits].to_owned()
        };
        let (id, trace, span) = (hexadecimal(32), hexadecimal(32), hexadecimal(16));
        let mut context = json!({
            "request_id": id,
            "time": 1_767_225_600_000_u64 + self.random.below(86_400_000),
            "source": {"address": format!("10.0.0.{}", self.random.below(256)), "port": 1_024 + self.random.below(64_512)},
            "headers": {"traceparent": format!("00-{trace}-{span}-01")},
        });
        if matches!(action, "refund" | "pay" | "purchase") {
            context["amount"] = json!(self.random.below(20_000));
            context["currency"] = json!("USD");
        }
        context
    }
}
