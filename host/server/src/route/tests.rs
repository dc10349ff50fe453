//! Every path asks who calls: the table is made of the router's own.

use axum::body::Body;
use axum::http::{Request, header};
use envoy_types::pb::envoy::service::auth::v3::attribute_context::{self, HttpRequest};
use envoy_types::pb::envoy::service::auth::v3::check_response::HttpResponse;
use envoy_types::pb::envoy::service::auth::v3::{AttributeContext, CheckRequest, CheckResponse};
use http_body_util::BodyExt;
use lictor::{Host, Role, TenantSettings};
use prost::Message;
use std::time::Duration;
use tower::ServiceExt;

use super::*;
use crate::answer::DECISION_ID;
use crate::settings::{Callers, EnvoyRoute, ServerSettings};

/// The path for a tenant.
fn of(route: &Route, tenant: &str) -> String {
    let path = route.path.replace("{tenant}", tenant);
    let path = path.replace("{route}", tenant).replace("{*path}", "a/b");
    path.replace("{policy}", "limit")
}

/// What was answered: a denial that is a decision counts as an answer like any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answered {
    Unknown,
    Forbidden,
    Otherwise,
}

impl Answered {
    fn of(status: StatusCode, is_decision: bool) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Answered::Unknown,
            StatusCode::FORBIDDEN if !is_decision => Answered::Forbidden,
            _ => Answered::Otherwise,
        }
    }
}

/// The answer to a request for this tenant with this token.
async fn asked(served: &Arc<Served>, route: &Route, tenant: &str, token: Option<&str>) -> Answered {
    if route.access == Access::Message {
        return messaged(served, &route.path, tenant, token).await;
    }
    let body = r#"{"subject": {"type": "a", "id": "b"}, "action": {"name": "c"}, "resource": {"type": "d", "id": "e"}}"#;
    let request = Request::post(of(route, tenant)).header(header::CONTENT_TYPE, "application/json");
    let answer = answer(served, request, token, Body::from(body)).await;
    Answered::of(answer.status(), answer.headers().contains_key(DECISION_ID))
}

/// The same of a message of gRPC, which names the tenant's route.
async fn messaged(served: &Arc<Served>, path: &str, tenant: &str, token: Option<&str>) -> Answered {
    let http = HttpRequest {
        method: "GET".to_owned(),
        path: "/".to_owned(),
        ..HttpRequest::default()
    };
    let attributes = AttributeContext {
        request: Some(attribute_context::Request {
            http: Some(http),
            ..attribute_context::Request::default()
        }),
        context_extensions: [("lictor-route".to_owned(), tenant.to_owned())].into(),
        ..AttributeContext::default()
    };
    let message = CheckRequest {
        attributes: Some(attributes),
    };
    let mut frame = vec![0; 5];
    message.encode(&mut frame).unwrap();
    let length = u32::try_from(frame.len() - 5).unwrap();
    frame[1..5].copy_from_slice(&length.to_be_bytes());
    let request = Request::post(path)
        .version(axum::http::Version::HTTP_2)
        .header(header::CONTENT_TYPE, "application/grpc");
    let answer = answer(served, request, token, Body::from(frame)).await;
    if let Some(status) = answer.headers().get("grpc-status") {
        assert_eq!(status, "16", "only who isn't known is answered by an error");
        return Answered::Unknown;
    }
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let Some(HttpResponse::DeniedResponse(denied)) =
        CheckResponse::decode(&body[5..]).unwrap().http_response
    else {
        return Answered::Otherwise;
    };
    let status = denied.status.unwrap().code;
    let status = StatusCode::from_u16(u16::try_from(status).unwrap()).unwrap();
    let names = denied.headers.iter().filter_map(|it| it.header.as_ref());
    let is_decision = names.map(|it| &it.key).any(|it| it == DECISION_ID.as_str());
    Answered::of(status, is_decision)
}

async fn answer(
    served: &Arc<Served>,
    mut request: axum::http::request::Builder,
    token: Option<&str>,
    body: Body,
) -> axum::response::Response {
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(body).unwrap();
    router(Arc::clone(served)).oneshot(request).await.unwrap()
}

#[test]
fn no_path_forgets_to_ask_who_calls() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let host = Host::builder().build().unwrap();
    let [bank, shop]: [lictor::TenantName; 2] = ["bank", "shop"].map(|name| name.parse().unwrap());
    for tenant in [&bank, &shop] {
        host.add_tenant(tenant, TenantSettings::default()).unwrap();
    }
    let token = |role| {
        let issued = host.issue_token(role, "", Duration::from_secs(60));
        issued.unwrap().secret
    };
    let roles = [
        Role::Engineer {},
        Role::Operator {},
        Role::Auditor {},
        Role::Tenant { tenant: bank },
        Role::Tenant { tenant: shop },
    ];
    // The route of each tenant has its name.
    let envoy_route = |name: &str| Arc::new(EnvoyRoute::new(name, name.parse().unwrap()));
    let tokens = roles.map(|role| (role.to_string(), token(role)));
    let settings = ServerSettings {
        callers: Callers::Tokens,
        envoy: ["bank", "shop"].map(envoy_route).into(),
        ..ServerSettings::default()
    };
    let served = Arc::new(Served::new(host, settings, None, [0; 32]));
    let mut asked_for = 0;
    for route in all() {
        let ask = |tenant: &'static str, token: Option<&str>| {
            runtime.block_on(asked(&served, &route, tenant, token))
        };
        if route.access == Access::Public {
            // It takes no token, so it can't let the wrong one in.
            assert_eq!(ask("bank", None), ask("nobody", None), "{}", route.path);
            continue;
        }
        for tenant in ["bank", "nobody", "base", "B%2Fank"] {
            for wrong in [None, Some("lictor_0_0"), Some("")] {
                let answered = ask(tenant, wrong);
                assert_eq!(answered, Answered::Unknown, "{}", route.path);
            }
        }
        for (role, token) in &tokens {
            let may = role == "engineer" || role == "tenant bank";
            let answered = ask("bank", Some(token));
            let expected = if may {
                Answered::Otherwise
            } else {
                Answered::Forbidden
            };
            assert_eq!(answered, expected, "{} {role}", route.path);
            // Who may not see which tenants there are gets the same answer for those that aren't.
            if role != "engineer" {
                let [there, absent] = ["bank", "nobody"].map(|tenant| ask(tenant, Some(token)));
                assert_eq!(absent, Answered::Forbidden);
                assert!(may || there == absent, "{} {role}", route.path);
            }
        }
        asked_for += 1;
    }
    assert!(asked_for >= 10);
}
