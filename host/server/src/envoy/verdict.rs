//! What a gateway is told: to let a request through, with changes, or what to answer in its place.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use lictor::{Effect, Outcome};
use serde_json::json;
use tracing::warn;

use super::Form;
use super::changes::{Change, Changes};
use super::checked::Checked;
use crate::answer::DECISION_ID;
use crate::problem::Problem;
use crate::settings::EnvoyRoute;

/// The header that tells a plain "no" from one that a person could turn.
const EFFECT: HeaderName = HeaderName::from_static("lictor-effect");

/// What is to become of a request.
#[derive(Debug)]
pub(super) enum Verdict {
    Allowed(Allowed),
    Denied(Denied),
}

/// It goes on.
#[derive(Debug)]
pub(super) struct Allowed {
    pub(super) decision_id: String,
    pub(super) changes: Changes,
}

/// It doesn't, and this is what the client is answered.
#[derive(Debug)]
pub(super) struct Denied {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
    /// The decision, where there is one.
    pub(super) decision_id: Option<String>,
    /// Headers that the policy asked for.
    pub(super) response: Vec<Change>,
}

impl Verdict {
    /// What a decision means for a gateway.
    pub(super) fn of(
        outcome: &Outcome,
        route: &EnvoyRoute,
        checked: &Checked<'_>,
        form: Form,
    ) -> Self {
        let decision = &outcome.decision;
        let decision_id = outcome.decision_id.to_string();
        if decision.effect != Effect::Allow {
            let is_review = decision.effect == Effect::Review;
            let status = StatusCode::from_u16(route.review_status);
            let status = status.ok().filter(|_| is_review);
            let mut denied = Denied::new(decision_id, decision.effect, status, None);
            denied.response = Changes::of_denial(decision, route);
            return Self::Denied(denied);
        }
        match Changes::of(decision, route, checked, form) {
            Ok(changes) => Self::Allowed(Allowed {
                decision_id,
                changes,
            }),
            Err(unmet) => {
                warn!(
                    target: "lictor",
                    {
                        tenant.id = %route.tenant,
                        envoy.route = route.name,
                        obligation.kind = unmet.kind,
                        decision.id = decision_id
                    },
                    "a request is denied, as the gateway can't meet an obligation"
                );
                let reason = Some("unmet-obligation");
                Self::Denied(Denied::new(decision_id, Effect::Deny, None, reason))
            }
        }
    }
}

impl Denied {
    fn new(
        decision_id: String,
        effect: Effect,
        status: Option<StatusCode>,
        reason: Option<&str>,
    ) -> Self {
        // Nothing but these two is told: reasons are for the tenant, and a client may be anybody.
        let effect = match effect {
            Effect::Review => "review",
            _ => "deny",
        };
        let mut body = json!({ "decision": false, "effect": effect, "decision_id": decision_id });
        if let (Some(reason), Some(members)) = (reason, body.as_object_mut()) {
            members.insert("reason".to_owned(), reason.into());
        }
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert(EFFECT, HeaderValue::from_static(effect));
        headers.extend(HeaderValue::try_from(&decision_id).map(|id| (DECISION_ID, id)));
        Self {
            status: status.unwrap_or(StatusCode::FORBIDDEN),
            headers,
            body: body.to_string(),
            decision_id: Some(decision_id),
            response: Vec::new(),
        }
    }
}

/// What isn't answered by a decision is denied as well.
impl From<Problem> for Denied {
    fn from(problem: Problem) -> Self {
        let (status, headers, body) = problem.parts();
        Self {
            status,
            headers,
            body,
            decision_id: None,
            response: Vec::new(),
        }
    }
}
