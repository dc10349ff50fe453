//! An order over HTTP: `POST /admin/v1/{verb}` with the verb's members as JSON. What comes of it is a reply as JSON, or a problem
//! that says whose turn it is.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode};
use axum::response::Response;
use lictor::{Operator, Part, Role, Verb};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::credential::Credential;
use crate::problem::Problem;
use crate::served::Served;
use crate::{answer, body};

/// The header that says why, in UTF-8.
const WHY: HeaderName = HeaderName::from_static("lictor-why");
/// How many orders are carried out at once: those of who runs the host, and those of tenants, who must not keep them waiting.
const OPERATORS_MAX: usize = 16;
const TENANTS_MAX: usize = 4;
/// When to come back once all places are taken.
const AFTER: Duration = Duration::from_secs(1);
/// The most bytes of an order that brings no artifact, and is anybody's but an engineer's.
const SMALL_BYTES_MAX: usize = 64 << 10;
/// Within what time an order must have come: it may bring an artifact over a slow line.
const COMES_WITHIN: Duration = Duration::from_secs(60);

/// The places for orders at once.
#[derive(Debug)]
pub(crate) struct Places {
    operators: Arc<Semaphore>,
    tenants: Arc<Semaphore>,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            operators: Arc::new(Semaphore::new(OPERATORS_MAX)),
            tenants: Arc::new(Semaphore::new(TENANTS_MAX)),
        }
    }
}

impl Places {
    fn take(&self, role: &Role) -> Result<OwnedSemaphorePermit, Problem> {
        let places = match role {
            Role::Engineer {} | Role::Operator {} => &self.operators,
            Role::Auditor {} | Role::Tenant { .. } => &self.tenants,
        };
        let place = Arc::clone(places).try_acquire_owned();
        place.map_err(|_| {
            let message = "as many orders are carried out as can be at once";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, message).after(AFTER)
        })
    }
}

/// Has the order of this name carried out, if its bearer may give it. Who asks is looked at before a byte of the body is read.
pub(super) async fn give(
    name: &'static str,
    served: Arc<Served>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let credential = Credential::shown(&served, &parts)?;
    if !credential.role.may_order_some(name) {
        return Err(Problem::forbidden());
    }
    let operator = Operator {
        why: why(&parts)?,
        by: credential.by,
    };
    let place = served.places.take(&credential.role)?;
    let bytes_max = match credential.role {
        Role::Engineer {} => served.settings().admin.body_bytes,
        _ => SMALL_BYTES_MAX,
    };
    let members = body::json(&parts.headers, body, bytes_max, COMES_WITHIN).await?;
    // It may compile, decide or wait for the disk, for minutes: nothing for a thread that serves connections. It goes on where the
    // caller doesn't wait.
    let done = tokio::task::spawn_blocking(move || {
        let _place = place;
        carried_out(&served, name, &members, &credential.role, &operator)
    });
    done.await.map_err(|_| {
        let message = "the order ended before its time; look at the host before you give it again";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    })?
}

fn carried_out(
    served: &Served,
    name: &str,
    members: &Bytes,
    role: &Role,
    operator: &Operator,
) -> Result<Response, Problem> {
    let verb = Verb::named(name, members)?;
    if !role.may_order(&verb) {
        return Err(Problem::forbidden());
    }
    let mut reply = served.host.operate(verb, operator)?;
    reply.parts_mut().into_iter().for_each(Part::put_inside);
    Ok(answer::json(&reply))
}

/// Why, in the caller's words. How long it may be is the journal's to say.
fn why(parts: &Parts) -> Result<Option<String>, Problem> {
    let Some(why) = parts.headers.get(WHY) else {
        return Ok(None);
    };
    let text = std::str::from_utf8(why.as_bytes());
    let text = text.map_err(|_| Problem::bad_request("`Lictor-Why` is no UTF-8"))?;
    Ok(Some(text.to_owned()))
}
