//! The requests that are decided, with the decision that each must get, and the parameters of the rules.

use anyhow::Context;
use lictor_policy::{Effect, Request};
use serde_json::{Value, json};

/// One request with its answer.
pub struct Case {
    /// The request as JSON.
    pub json: Value,
    /// The request as Lictor takes it.
    pub request: Request,
    /// What the three rules together say.
    pub effect: Effect,
}

/// The parameters of `tool-access`.
pub fn roles() -> Value {
    json!({
        "support": {"read": ["crm.*", "kb.search", "orders.lookup"], "write": ["crm.note", "tickets.*"]},
        "finance": {"read": ["ledger.*", "orders.lookup"], "write": ["payments.create"]},
        "auditor": {"read": ["*"]},
    })
}

/// The limits of `spend-limit`.
pub fn limits() -> Value {
    json!({
        "refund": {"standard": 100, "senior": 1000},
        "pay": {"standard": 10_000, "senior": 50_000},
        "purchase": {"standard": 5_000},
    })
}

/// The actions that `approval` reviews.
pub const REVIEW: [&str; 4] = [
    "email_customer",
    "change_contract",
    "purchase",
    "delete_record",
];

/// Every way through the rules.
pub fn cases() -> anyhow::Result<Vec<Case>> {
    use Effect::{Allow, Deny, Review};
    let tool = |role: &str, action: &str, tool: &str| {
        request(json!({"role": role}), action, "tool", tool, json!({}))
    };
    let spend = |tier: &str, action: &str, amount: i64| {
        let context = json!({"amount": amount, "currency": "USD"});
        request(
            json!({"role": "finance", "tier": tier}),
            action,
            "order",
            "order-17",
            context,
        )
    };
    let approve = |action: &str, context: Value| {
        request(
            json!({"role": "support"}),
            action,
            "record",
            "record-3",
            context,
        )
    };
    [
        (tool("support", "read", "crm.customer"), Allow),
        (tool("support", "read", "orders.lookup"), Allow),
        (tool("support", "write", "tickets.close"), Allow),
        (tool("support", "write", "crm.customer"), Deny),
        (tool("support", "read", "ledger.balance"), Deny),
        (tool("finance", "read", "ledger.balance"), Allow),
        (tool("finance", "write", "payments.create"), Allow),
        (tool("finance", "write", "payments.delete"), Deny),
        (tool("auditor", "read", "anything.at.all"), Allow),
        (tool("auditor", "write", "anything.at.all"), Deny),
        (tool("stranger", "read", "crm.customer"), Deny),
        (tool("support", "delete", "crm.customer"), Deny),
        (
            request(json!({}), "read", "tool", "crm.customer", json!({})),
            Deny,
        ),
        (spend("standard", "refund", 100), Allow),
        (spend("standard", "refund", 101), Deny),
        (spend("senior", "refund", 1_000), Allow),
        (spend("senior", "pay", 12_500), Allow),
        (spend("standard", "pay", 12_500), Deny),
        (spend("standard", "pay", -1), Deny),
        (
            request(
                json!({"tier": "standard"}),
                "pay",
                "order",
                "order-17",
                json!({"currency": "USD"}),
            ),
            Deny,
        ),
        (
            request(
                json!({}),
                "pay",
                "order",
                "order-17",
                json!({"amount": 5, "currency": "EUR"}),
            ),
            Deny,
        ),
        (spend("standard", "purchase", 4_000), Review),
        (spend("standard", "purchase", 6_000), Deny),
        (
            request(
                json!({"tier": "senior"}),
                "purchase",
                "order",
                "order-17",
                json!({"amount": 4_000, "currency": "USD", "approved_by": "boss"}),
            ),
            Allow,
        ),
        (approve("email_customer", json!({})), Review),
        (
            approve("change_contract", json!({"approved_by": "boss"})),
            Allow,
        ),
        (
            approve("change_contract", json!({"approved_by": "agent-4711"})),
            Deny,
        ),
        (approve("delete_record", json!({"approved_by": ""})), Review),
        (approve("summarise", json!({})), Deny),
    ]
    .into_iter()
    .map(|(json, effect)| case(json, effect))
    .collect()
}

fn case(json: Value, effect: Effect) -> anyhow::Result<Case> {
    let request =
        Request::from_json(json.to_string().as_bytes()).context("a case is no request")?;
    Ok(Case {
        json,
        request,
        effect,
    })
}

fn request(properties: Value, action: &str, kind: &str, id: &str, mut context: Value) -> Value {
    context["trace"] = json!("0af7651916cd43dd8448eb211c80319c");
    json!({
        "subject": {"type": "agent", "id": "agent-4711", "properties": properties},
        "action": {"name": action},
        "resource": {"type": kind, "id": id},
        "context": context,
    })
}
