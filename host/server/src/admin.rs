//! The operators' door: every verb of a host over HTTP, and how the host is.
//!
//! Must never do for a caller what its role may not, nor in another's name than its credential's.

mod order;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use lictor::Verb;
use serde_json::json;

pub(crate) use order::Places;

use crate::answer;
use crate::credential::Credential;
use crate::health;
use crate::metrics::scrape;
use crate::openapi;
use crate::problem::Problem;
use crate::route::{self, Route};
use crate::served::Served;

/// Every path of this door. Those of the verbs are made of the verbs, so that none can be missing.
pub(crate) fn all() -> Vec<Route> {
    let about_itself = [
        Route::public("/health/live", get(health::live)),
        Route::public("/health/ready", get(ready)),
        Route::public("/openapi.json", get(openapi::show)),
        Route::of_sight("/metrics", get(metrics)),
    ];
    let orders = Verb::names().iter().map(|name| {
        let give = move |State(served): State<Arc<Served>>, request: Request| {
            order::give(name, served, request)
        };
        Route::of_verb(name, post(give))
    });
    about_itself.into_iter().chain(orders).collect()
}

/// The service that answers them.
pub(crate) fn router(served: Arc<Served>) -> Router {
    route::service(all(), served).layer(middleware::from_fn(unkept))
}

/// `GET /health/ready`, with how much an operator has to look at; what it is, for who may see it. None of it is a reason to send nobody's
/// requests here: decisions go on with what was last verified.
async fn ready(State(served): State<Arc<Served>>, request: Request) -> Response {
    if served.is_stopping() {
        return health::ready(State(served)).await;
    }
    let (parts, _) = request.into_parts();
    let credential = Credential::shown(&served, &parts);
    let may_see = credential.is_ok_and(|it| it.role.may_order(&Verb::Status {}));
    let status = tokio::task::spawn_blocking(move || served.host.status()).await;
    let troubles = status.map(|it| it.troubles).unwrap_or_default();
    answer::json(&match may_see {
        true => json!({"status": "ready", "troubles": troubles}),
        false => json!({"status": "ready", "troubles": troubles.len()}),
    })
}

/// `GET /metrics`: tenants are named there.
async fn metrics(state: State<Arc<Served>>, request: Request) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let credential = Credential::shown(&state, &parts)?;
    if !credential.role.may_order(&Verb::Status {}) {
        return Err(Problem::forbidden());
    }
    scrape::show(state).await
}

/// Nobody on the way keeps what is answered: a token may be in it.
async fn unkept(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests;
