//! The Authorization API 1.0 of the OpenID Foundation (AuthZEN), for each tenant below `/t/{tenant}`.
//!
//! Answers to the letter of the standard: what it doesn't name goes into `context`, and only where the caller must know it or
//! asked for it.

mod batch;
mod candidate;
mod metadata;
mod page;
mod search;

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;

pub(crate) use metadata::metadata;
pub(crate) use search::{search_action, search_resource, search_subject};

use crate::answer;
use crate::asked::Asked;
use crate::problem::Problem;
use crate::served::Served;

/// `POST /access/v1/evaluation`: one request.
pub(crate) async fn evaluation(
    State(served): State<Arc<Served>>,
    Path(tenant): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let asked = Asked::read(&served, &tenant, request).await?;
    let request = lictor::Request::from_json(&asked.body).map_err(Problem::bad_request)?;
    let outcome = served.decide(&asked.caller, &request).await?;
    Ok(answer::decided(&outcome, asked.detail))
}

/// `POST /access/v1/evaluations`: several requests, with defaults for what they share.
pub(crate) async fn evaluations(
    State(served): State<Arc<Served>>,
    Path(tenant): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let asked = Asked::read(&served, &tenant, request).await?;
    batch::decide(&served, &asked).await
}
