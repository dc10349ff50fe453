//! What a tenant's decision point can do, for clients that find it out by themselves.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use lictor::TenantName;
use serde::Serialize;

use crate::answer;
use crate::problem::Problem;
use crate::served::Served;

#[derive(Serialize)]
struct Metadata {
    policy_decision_point: String,
    access_evaluation_endpoint: String,
    access_evaluations_endpoint: String,
    search_subject_endpoint: String,
    search_resource_endpoint: String,
    search_action_endpoint: String,
}

/// `GET /.well-known/authzen-configuration/t/{tenant}`, once the address is known by which the host is reached.
///
/// It is the same for every name, so that nobody finds out who is a tenant.
pub(crate) async fn metadata(
    State(served): State<Arc<Served>>,
    Path(tenant): Path<String>,
) -> Result<Response, Problem> {
    let settings = served.settings();
    let public = settings.public.as_deref();
    let tenant: Option<TenantName> = tenant.parse().ok();
    let (Some(public), Some(tenant)) = (public, tenant) else {
        return Err(Problem::new(StatusCode::NOT_FOUND, "there is nothing here"));
    };
    let base = format!("{public}/t/{tenant}");
    let at = |path: &str| format!("{base}/access/v1/{path}");
    Ok(answer::json(&Metadata {
        access_evaluation_endpoint: at("evaluation"),
        access_evaluations_endpoint: at("evaluations"),
        search_subject_endpoint: at("search/subject"),
        search_resource_endpoint: at("search/resource"),
        search_action_endpoint: at("search/action"),
        policy_decision_point: base,
    }))
}
