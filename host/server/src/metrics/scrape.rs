//! Metrics over HTTP: who collects them, and what is counted about answers.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::CONTENT_TYPE;
use crate::problem::Problem;
use crate::served::Served;

/// The path of requests that have none of the router's.
const NOWHERE: &str = "none";

/// `GET /metrics`.
pub(crate) async fn show(State(served): State<Arc<Served>>) -> Result<Response, Problem> {
    let metrics = Arc::clone(&served.metrics);
    let text = tokio::task::spawn_blocking(move || metrics.text()).await;
    let text =
        text.map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "nothing can be told"))?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}

/// Counts what is answered.
pub(crate) async fn count(
    State(served): State<Arc<Served>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let path = path.as_ref().map_or(NOWHERE, MatchedPath::as_str);
    served.metrics.answered(path, response.status().as_u16());
    response
}
