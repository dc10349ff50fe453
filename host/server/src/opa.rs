//! OPA's data API, for clients that speak it: `POST /v1/data/{tenant}/{policy}` with `{"input": ...}`.
//!
//! An input with subject, action and resource is the request; any other stands at `/context/input` of a request that asks
//! whether the data may be read. The answer is that policy's own part of the decision.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::Uri;
use axum::response::Response;
use lictor::{Decision, Effect, Item, PolicyName};
use serde_json::{Value, json};

use crate::answer;
use crate::asked::Asked;
use crate::composed::{self, Composed};
use crate::problem::Problem;
use crate::served::Served;

/// `POST /v1/data/{tenant}/{policy}`: the decision as an object.
pub(crate) async fn policy(
    State(served): State<Arc<Served>>,
    Path((tenant, policy)): Path<(String, String)>,
    uri: Uri,
    request: Request,
) -> Result<Response, Problem> {
    decide(&served, &tenant, &policy, &uri, request, whole).await
}

/// `POST /v1/data/{tenant}/{policy}/allow`: the decision as a boolean.
pub(crate) async fn allow(
    State(served): State<Arc<Served>>,
    Path((tenant, policy)): Path<(String, String)>,
    uri: Uri,
    request: Request,
) -> Result<Response, Problem> {
    let is_allowed = |decision: &Decision| (decision.effect == Effect::Allow).into();
    decide(&served, &tenant, &policy, &uri, request, is_allowed).await
}

async fn decide(
    served: &Served,
    tenant: &str,
    policy: &str,
    uri: &Uri,
    request: Request,
    shown: fn(&Decision) -> Value,
) -> Result<Response, Problem> {
    let asked = Asked::read(served, tenant, request).await?;
    let request = understood(&asked.body, served.settings().traffic.body_bytes, uri)?;
    // A name that no policy has is a document that is undefined.
    let Ok(policy) = policy.parse::<PolicyName>() else {
        return Ok(answer::json(&json!({})));
    };
    let outcome = served.decide(&asked.caller, &request).await?;
    let decision_id = outcome.decision_id.to_string();
    Ok(match outcome.of_policy(&policy) {
        Some(decision) => {
            answer::json(&json!({ "decision_id": decision_id, "result": shown(&decision) }))
        }
        None => answer::json(&json!({ "decision_id": decision_id })),
    })
}

fn whole(decision: &Decision) -> Value {
    let reasons = decision.reasons.iter();
    let reasons = reasons.map(|it| json!({ "code": it.code, "message": it.message }));
    let obligations = decision.obligations.iter().map(|it| {
        let properties: Value = serde_json::from_str(&it.properties).unwrap_or_default();
        json!({ "id": it.id, "type": it.kind, "properties": properties })
    });
    json!({
        "allow": decision.effect == Effect::Allow,
        "effect": decision.effect,
        "reasons": reasons.collect::<Vec<_>>(),
        "obligations": obligations.collect::<Vec<_>>(),
    })
}

/// The request that a body stands for.
fn understood(body: &[u8], bytes_max: usize, uri: &Uri) -> Result<lictor::Request, Problem> {
    let body = composed::object(body, bytes_max).map_err(Problem::bad_request)?;
    let input = body.root().member("input");
    let is_request = |input: Item<'_>| {
        let members = ["subject", "action", "resource"];
        members.iter().all(|name| input.member(name).is_some())
    };
    if let Some(input) = input.filter(|input| is_request(*input)) {
        return Composed::item(input, input).map_err(Problem::bad_request);
    }
    let mut composed = Composed::default();
    composed.put("action", r#"{"name":"query"}"#);
    if let Some(input) = input {
        composed.put("context", &format!("{{\"input\":{}}}", input.to_json()));
    }
    let resource = json!({ "type": "data", "id": uri.path() });
    composed.put("resource", &resource.to_string());
    composed.put("subject", r#"{"id":"anonymous","type":"opa"}"#);
    composed.build().map_err(Problem::bad_request)
}
