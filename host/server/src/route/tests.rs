//! Every path asks who calls: the table is made of the router's own.

use axum::body::Body;
use axum::http::{Request, header};
use lictor::{Host, Role, TenantSettings};
use std::time::Duration;
use tower::ServiceExt;

use super::*;
use crate::settings::{Callers, ServerSettings};

/// The path for a tenant.
fn of(route: &Route, tenant: &str) -> String {
    let path = route.path.replace("{tenant}", tenant);
    path.replace("{policy}", "limit")
}

/// The status for a request with this token.
async fn status(served: &Arc<Served>, path: &str, token: Option<&str>) -> StatusCode {
    let body = r#"{"subject": {"type": "a", "id": "b"}, "action": {"name": "c"}, "resource": {"type": "d", "id": "e"}}"#;
    let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Body::from(body)).unwrap();
    let answered = router(Arc::clone(served)).oneshot(request).await;
    answered.unwrap().status()
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
    let tokens = roles.map(|role| (role.to_string(), token(role)));
    let settings = ServerSettings {
        callers: Callers::Tokens,
        ..ServerSettings::default()
    };
    let served = Arc::new(Served::new(host, settings, [0; 32]));
    let mut asked = 0;
    for route in all() {
        let ask = |tenant: &'static str, token: Option<&str>| {
            runtime.block_on(status(&served, &of(&route, tenant), token))
        };
        if route.access == Access::Public {
            // It takes no token, so it can't let the wrong one in.
            assert_eq!(ask("bank", None), ask("nobody", None), "{}", route.path);
            continue;
        }
        for tenant in ["bank", "nobody", "base", "B%2Fank"] {
            for wrong in [None, Some("lictor_0_0"), Some("")] {
                let status = ask(tenant, wrong);
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{}", route.path);
            }
        }
        for (role, token) in &tokens {
            let may = role == "engineer" || role == "tenant bank";
            let status = ask("bank", Some(token));
            assert_eq!(
                status != StatusCode::FORBIDDEN,
                may,
                "{} {role}",
                route.path
            );
            assert_ne!(status, StatusCode::UNAUTHORIZED);
            // Who may not see which tenants there are gets the same answer for those that aren't.
            if role != "engineer" {
                let [there, absent] = ["bank", "nobody"].map(|tenant| ask(tenant, Some(token)));
                assert_eq!(absent, StatusCode::FORBIDDEN);
                assert!(may || there == absent, "{} {role}", route.path);
            }
        }
        asked += 1;
    }
    assert!(asked >= 7);
}
