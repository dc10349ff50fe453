//! Every path that is answered, in one table: the router is made of it, and so is the test that no path forgets to ask who
//! calls.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{MethodRouter, any, get, post};

use crate::metrics::scrape;
use crate::problem::Problem;
use crate::served::Served;
use crate::telemetry;
use crate::{authzen, envoy, health, opa, request_id};

/// Who may call a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody: it says nothing about what the host holds.
    Public,
    /// Who may have requests of the tenant in the path decided.
    Tenant,
    /// The same of the tenant of the gateway's route, which the message names.
    Message,
    /// Who may see how the host is.
    Sight,
    /// Who may give the order.
    Order(&'static str),
}

/// One path.
pub(crate) struct Route {
    pub(crate) path: Cow<'static, str>,
    pub(crate) access: Access,
    handler: MethodRouter<Arc<Served>>,
}

impl Route {
    pub(crate) fn public(path: &'static str, handler: MethodRouter<Arc<Served>>) -> Self {
        let access = Access::Public;
        Self {
            path: path.into(),
            access,
            handler,
        }
    }

    fn of_tenant(path: &'static str, handler: MethodRouter<Arc<Served>>) -> Self {
        let access = Access::Tenant;
        Self {
            path: path.into(),
            access,
            handler,
        }
    }

    pub(crate) fn of_sight(path: &'static str, handler: MethodRouter<Arc<Served>>) -> Self {
        Self {
            path: path.into(),
            access: Access::Sight,
            handler,
        }
    }

    pub(crate) fn of_verb(name: &'static str, handler: MethodRouter<Arc<Served>>) -> Self {
        Self {
            path: format!("/admin/v1/{name}").into(),
            access: Access::Order(name),
            handler,
        }
    }
}

/// All of them.
pub(crate) fn all() -> Vec<Route> {
    vec![
        Route::public("/health/live", get(health::live)),
        Route::public("/health/ready", get(health::ready)),
        Route::public(
            "/.well-known/authzen-configuration/t/{tenant}",
            get(authzen::metadata),
        ),
        Route::of_tenant(
            "/t/{tenant}/access/v1/evaluation",
            post(authzen::evaluation),
        ),
        Route::of_tenant(
            "/t/{tenant}/access/v1/evaluations",
            post(authzen::evaluations),
        ),
        Route::of_tenant(
            "/t/{tenant}/access/v1/search/subject",
            post(authzen::search_subject),
        ),
        Route::of_tenant(
            "/t/{tenant}/access/v1/search/resource",
            post(authzen::search_resource),
        ),
        Route::of_tenant(
            "/t/{tenant}/access/v1/search/action",
            post(authzen::search_action),
        ),
        Route::of_tenant("/v1/data/{tenant}/{policy}", post(opa::policy)),
        Route::of_tenant("/v1/data/{tenant}/{policy}/allow", post(opa::allow)),
        // What follows the route's name is the path that the gateway asks for, which may be the root.
        Route::of_tenant("/envoy/{route}/", any(envoy::http)),
        Route::of_tenant("/envoy/{route}/{*path}", any(envoy::http)),
        Route {
            path: envoy::GRPC_PATH.into(),
            access: Access::Message,
            handler: post(envoy::grpc),
        },
    ]
}

/// The service that answers them.
pub(crate) fn router(served: Arc<Served>) -> Router {
    service(all(), served)
}

/// A service that answers these paths.
pub(crate) fn service(routes: Vec<Route>, served: Arc<Served>) -> Router {
    let router = routes.into_iter().fold(Router::new(), |router, route| {
        router.route(&route.path, route.handler)
    });
    router
        .fallback(nowhere)
        .method_not_allowed_fallback(otherwise)
        .layer(middleware::from_fn(request_id::echo))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&served),
            telemetry::follow,
        ))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&served),
            scrape::count,
        ))
        .with_state(served)
}

async fn nowhere() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is nothing here")
}

async fn otherwise() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this path takes another method",
    )
}

#[cfg(test)]
mod tests;
