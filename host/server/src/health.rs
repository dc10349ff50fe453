//! Whether the process lives, and whether requests should be sent to it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::answer;
use crate::served::Served;

/// `GET /health/live`: that it answers is the answer.
pub(crate) async fn live() -> Response {
    answer::json(&json!({ "status": "live" }))
}

/// `GET /health/ready`: 503 from the moment on when the host is told to end.
///
/// A policy or a document that can't be used makes its own tenant's answers stricter, and is no reason to send nobody's
/// requests here.
pub(crate) async fn ready(State(served): State<Arc<Served>>) -> Response {
    if served.is_stopping() {
        let body = answer::json(&json!({ "status": "stopping" }));
        return (StatusCode::SERVICE_UNAVAILABLE, body).into_response();
    }
    answer::json(&json!({ "status": "ready" }))
}
