//! Envoy's external authorization v3, over gRPC and over HTTP, which nginx's `auth_request` can speak as well: a gateway asks
//! before it lets a request through.
//!
//! Whose policies decide is the operator's word alone: it names a route in the gateway's settings, and the route's tenant in
//! ours. What a client can bring about is answered by a denial and never by an error, because a gateway can be told to let
//! requests through when it is answered by an error.

mod changes;
mod checked;
mod grpc;
mod http;
mod mapping;
mod metadata;
mod path;
mod verdict;

use std::sync::Arc;

use axum::http::StatusCode;

pub(crate) use grpc::{PATH as GRPC_PATH, check as grpc};
pub(crate) use http::ask as http;
#[cfg(test)]
pub(crate) use metadata::structured;

use crate::caller::{Caller, Shown};
use crate::problem::Problem;
use crate::served::Served;
use crate::settings::{EnvoyRoute, Paths};
use checked::Checked;
use verdict::Verdict;

/// Which of the two forms a gateway speaks: over HTTP it can be told less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Grpc,
    Http,
}

/// The route of a name, and the caller that asks for its tenant.
///
/// # Errors
/// There is none, or it is not theirs: the same words, but to those who may see all.
fn admitted(
    served: &Served,
    shown: Shown,
    name: &str,
) -> Result<(Arc<EnvoyRoute>, Caller), Problem> {
    let settings = served.settings();
    let routes = &settings.envoy;
    let Some(route) = routes.iter().find(|route| route.name == name) else {
        return Err(if shown.may_see_all() {
            Problem::new(StatusCode::NOT_FOUND, "no route of this name is set up")
        } else {
            Problem::forbidden()
        });
    };
    let mut caller = shown.admitted(route.tenant.as_str())?;
    caller.priority = route.priority;
    Ok((Arc::clone(route), caller))
}

/// Has a gateway's request decided.
async fn decide(
    served: &Served,
    caller: &Caller,
    route: &EnvoyRoute,
    checked: &Checked<'_>,
    form: Form,
) -> Result<Verdict, Problem> {
    if route.paths == Paths::Plain && !path::is_plain(checked.path()) {
        return Err(unclear("the path could be read in more than one way"));
    }
    let request = mapping::request(&route.mapping, checked)?;
    let outcome = served.decide(caller, &request).await?;
    Ok(Verdict::of(&outcome, route, checked, form))
}

/// A request that can't be asked about is denied.
fn unclear(message: impl ToString) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, message)
}
