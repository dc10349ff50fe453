//! The form over HTTP: `/envoy/{route}` and then the path that is asked about, with its method and its headers. 200 lets a
//! request through, anything else doesn't.
//!
//! Must never answer by 5xx for anything that a client can bring about: a gateway takes that for a failure, which it may have
//! been told to let through.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::changes::Change;
use super::checked::Checked;
use super::verdict::{Allowed, Denied, Verdict};
use super::{Form, admitted, decide};
use crate::answer::DECISION_ID;
use crate::caller::Shown;
use crate::problem::Problem;
use crate::served::Served;

/// What stands before a route's name.
const PREFIX: &str = "/envoy/";
/// By which Envoy is told which headers must not go on.
const REMOVED: HeaderName = HeaderName::from_static("x-envoy-auth-headers-to-remove");

/// Answers a gateway. A body isn't read.
pub(crate) async fn ask(State(served): State<Arc<Served>>, request: Request) -> Response {
    match verdict(&served, request).await {
        Ok(Verdict::Allowed(allowed)) => let_through(allowed),
        Ok(Verdict::Denied(denied)) => stopped(denied),
        Err(problem) => stopped(Denied::from(never_failing(problem))),
    }
}

async fn verdict(served: &Served, request: Request) -> Result<Verdict, Problem> {
    let (mut parts, _) = request.into_parts();
    let shown = Shown::by(served, &parts)?;
    // What the gateway shows us is nothing of the client's.
    parts.headers.remove(header::AUTHORIZATION);
    let target = parts.uri.path_and_query().map_or("", |it| it.as_str());
    let rest = target.strip_prefix(PREFIX).unwrap_or_default();
    let name = rest.split('/').next().unwrap_or_default();
    let (route, caller) = admitted(served, shown, name)?;
    let checked = Checked::of_parts(&parts, rest.strip_prefix(name).unwrap_or_default())?;
    decide(served, &caller, &route, &checked, Form::Http).await
}

/// A problem under a status that no gateway takes for a failure of ours.
fn never_failing(problem: Problem) -> Problem {
    match problem.status() {
        StatusCode::SERVICE_UNAVAILABLE => problem.with_status(StatusCode::TOO_MANY_REQUESTS),
        status if status.is_server_error() => problem.with_status(StatusCode::FORBIDDEN),
        _ => problem,
    }
}

fn let_through(allowed: Allowed) -> Response {
    let changes = allowed.changes;
    let mut headers = HeaderMap::new();
    put(&mut headers, changes.request);
    put(&mut headers, changes.response);
    let removed: Vec<&str> = changes.removed.iter().map(HeaderName::as_str).collect();
    if !removed.is_empty() {
        let removed = HeaderValue::try_from(removed.join(","));
        headers.extend(removed.map(|removed| (REMOVED, removed)));
    }
    let id = HeaderValue::try_from(allowed.decision_id);
    headers.extend(id.map(|id| (DECISION_ID, id)));
    (StatusCode::OK, headers).into_response()
}

fn stopped(denied: Denied) -> Response {
    let mut headers = denied.headers;
    put(&mut headers, denied.response);
    (denied.status, headers, denied.body).into_response()
}

fn put(headers: &mut HeaderMap, changes: Vec<Change>) {
    for change in changes {
        headers.insert(change.name, change.value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_gateway_is_told_that_we_failed() {
        for (status, expected) in [(503, 429), (500, 403), (504, 403), (429, 429), (404, 404)] {
            let status = StatusCode::from_u16(status).unwrap();
            let told = never_failing(Problem::new(status, "a"));
            assert_eq!(told.status().as_u16(), expected);
        }
    }
}
