//! A tower layer that asks Lictor about each HTTP request before the service behind it sees it.
//!
//! What becomes of an HTTP request is the gateway's business: this one takes the agent from a header that a trusted proxy
//! has set, the tool from the path and the kind of access from the method.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use lictor::{Blame, Decision, Effect, Fault, Host, RequestError, TenantName};
use tower::{Layer, Service};

/// Puts Lictor in front of a service.
#[derive(Clone, Debug)]
pub struct AuthorizeLayer {
    host: Host,
    tenant: TenantName,
}

impl AuthorizeLayer {
    /// Every request is decided for this tenant: it comes from the gateway's configuration, never from the client.
    pub fn new(host: Host, tenant: TenantName) -> Self {
        Self { host, tenant }
    }
}

impl<S> Layer<S> for AuthorizeLayer {
    type Service = Authorize<S>;

    fn layer(&self, inner: S) -> Authorize<S> {
        Authorize {
            inner,
            host: self.host.clone(),
            tenant: self.tenant.clone(),
        }
    }
}

/// A service that is only reached by what Lictor allows.
#[derive(Clone, Debug)]
pub struct Authorize<S> {
    inner: S,
    host: Host,
    tenant: TenantName,
}

impl<S> Service<Request<Body>> for Authorize<S>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // The service that is ready is the one to call; its clone waits for the next request.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let (host, tenant) = (self.host.clone(), self.tenant.clone());
        Box::pin(async move {
            let asked = match describe(request.method(), request.uri().path(), request.headers()) {
                Ok(asked) => asked,
                Err(error) => {
                    return Ok((StatusCode::BAD_REQUEST, error.to_string()).into_response());
                }
            };
            match host.evaluate_async(&tenant, &asked).await {
                Ok(outcome) if may_go_on(&outcome.decision) => inner.call(request).await,
                Ok(outcome) => Ok(refusal(&outcome.decision)),
                Err(fault) => Ok(no_decision(&fault)),
            }
        })
    }
}

/// The HTTP request as Lictor is asked about it.
fn describe(
    method: &Method,
    path: &str,
    headers: &HeaderMap,
) -> Result<lictor::Request, RequestError> {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let access = if method == Method::GET || method == Method::HEAD {
        "read"
    } else {
        "write"
    };
    lictor::Request::builder()
        .subject("agent", header("x-agent"))
        .subject_property("role", header("x-agent-role"))
        .action(access)
        .resource("tool", path.trim_start_matches('/'))
        .build()
}

/// Only what is allowed without obligations: this service knows none, and who can't do what a decision demands must not act
/// on it.
fn may_go_on(decision: &Decision) -> bool {
    decision.effect == Effect::Allow && decision.obligations.is_empty()
}

/// What a client is told that may not do what it wants: the reasons, not what the policy looked at.
fn refusal(decision: &Decision) -> Response {
    let status = if decision.effect == Effect::Review {
        StatusCode::ACCEPTED
    } else {
        StatusCode::FORBIDDEN
    };
    let reasons: Vec<_> = decision
        .reasons
        .iter()
        .map(|reason| serde_json::json!({ "code": reason.code, "message": reason.message }))
        .collect();
    (
        status,
        Json(serde_json::json!({ "effect": decision.effect, "reasons": reasons })),
    )
        .into_response()
}

/// Without a decision nothing is allowed. A refusal says when another try is worth it.
fn no_decision(fault: &Fault) -> Response {
    let Some(wait) = fault.retry_after() else {
        return (StatusCode::SERVICE_UNAVAILABLE, fault.code()).into_response();
    };
    let status = match fault.blame() {
        Blame::Caller | Blame::Tenant => StatusCode::TOO_MANY_REQUESTS,
        Blame::Policy | Blame::Host => StatusCode::SERVICE_UNAVAILABLE,
    };
    let seconds = wait.as_millis().div_ceil(1_000).to_string();
    (status, [("retry-after", seconds)], fault.code()).into_response()
}
