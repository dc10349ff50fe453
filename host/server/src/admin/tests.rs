//! Every path of the operators' door with every kind of credential: both tables are made of the router's own, and what may be done is
//! what the roles say.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::request::Builder;
use axum::http::{Request as HttpRequest, StatusCode};
use lictor::{Host, ManualClock, Priority, Role, TenantName, TenantSettings};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::peer::Peer;
use crate::route::Access;
use crate::settings::{CertificateGrant, ClientSettings, ServerSettings};

/// What somebody shows.
#[derive(Clone, Debug)]
enum Shown {
    Nothing,
    Token(String),
    Certificate(String),
}

/// A server with the tenants `bank` and `shop`, and what is shown to it with the role that it has.
struct Door {
    served: Arc<Served>,
    shown: Vec<(&'static str, Shown, Option<Role>)>,
}

impl Door {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(1_800_000_000_000));
        let host = Host::builder()
            .clock(Arc::clone(&clock) as _)
            .build()
            .unwrap();
        let [bank, shop]: [TenantName; 2] = ["bank", "shop"].map(|name| name.parse().unwrap());
        for tenant in [&bank, &shop] {
            host.add_tenant(tenant, TenantSettings::default()).unwrap();
        }
        let short = host
            .issue_token(Role::Engineer {}, "", Duration::from_secs(1))
            .unwrap();
        clock.set(1_800_000_001_000);
        let issue = |role: Role| host.issue_token(role, "", Duration::from_secs(60)).unwrap();
        let revoked = issue(Role::Engineer {});
        host.revoke_token(&revoked.id).unwrap();
        let of = |tenant| Role::Tenant { tenant };
        let roles = [
            ("operator", Role::Operator {}),
            ("auditor", Role::Auditor {}),
            ("own", of(bank)),
            ("other", of(shop)),
            // Comes last: it may have the tenants go, and their tokens with them.
            ("engineer", Role::Engineer {}),
        ];
        let mut shown = vec![
            ("none", Shown::Nothing, None),
            ("garbage", Shown::Token("lictor_0_0".to_owned()), None),
            ("expired", Shown::Token(short.secret), None),
            ("revoked", Shown::Token(revoked.secret), None),
            (
                "stranger",
                Shown::Certificate("stranger.example".to_owned()),
                None,
            ),
        ];
        let mut clients = ClientSettings::default();
        for (name, role) in roles {
            shown.push((
                name,
                Shown::Token(issue(role.clone()).secret),
                Some(role.clone()),
            ));
            shown.push((
                name,
                Shown::Certificate(name.to_owned()),
                Some(role.clone()),
            ));
            clients.certificates.push(CertificateGrant {
                name: name.to_owned(),
                role,
                priority: Priority::Normal,
            });
        }
        let settings = ServerSettings {
            clients,
            ..ServerSettings::default()
        };
        let served = Arc::new(Served::new(host, settings, None, [0; 32]));
        Self { served, shown }
    }

    async fn ask(
        &self,
        service: Router,
        path: &str,
        shown: &Shown,
        body: &Value,
    ) -> (StatusCode, String) {
        let request = HttpRequest::post(path).header(header::CONTENT_TYPE, "application/json");
        let request = self.request(request, shown, body.to_string());
        let response = service.oneshot(request).await.unwrap();
        let status = response.status();
        let text = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(text.to_vec()).unwrap())
    }

    fn request(&self, mut request: Builder, shown: &Shown, body: String) -> Request {
        if let Shown::Token(token) = shown {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let mut request = request.body(Body::from(body)).unwrap();
        if let Shown::Certificate(name) = shown {
            request.extensions_mut().insert(Peer::named(name));
        }
        request
    }

    async fn order(&self, path: &str, shown: &Shown, body: &Value) -> (StatusCode, String) {
        let service = router(Arc::clone(&self.served));
        self.ask(service, path, shown, body).await
    }
}

fn now<T>(work: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().build().unwrap().block_on(work)
}

/// Members with which a verb is read, for a tenant: those that it has of all that verbs have.
fn members(name: &str, tenant: &str) -> Value {
    let mut all = json!({
        "tenant": tenant, "policy": "a", "rollout": "a", "document": "a", "documents": {}, "patch": "{}", "requests": "",
        "settings": {}, "keyring": "{}", "token": "0a", "grant": {"role": "auditor"}, "valid_s": 0, "binding": {"artifact": ""},
        "move": "pause", "target": {"tenant": {"tenant": tenant}},
    });
    if ["roll-out", "rollout-preview"].contains(&name) {
        all["rollout"] = json!({});
    }
    loop {
        let read = Verb::named(name, all.to_string().as_bytes());
        let Err(refused) = read else { return all };
        let unknown = refused.message.split('`').nth(1).unwrap_or_default();
        let was_there = all.as_object_mut().unwrap().remove(unknown);
        assert!(was_there.is_some(), "{name}: {}", refused.message);
    }
}

#[test]
fn each_verb_has_a_path() {
    let orders: Vec<Access> = all().into_iter().map(|route| route.access).collect();
    for name in Verb::names() {
        assert!(orders.contains(&Access::Order(name)), "{name}");
    }
    let others = [
        Access::Public,
        Access::Public,
        Access::Public,
        Access::Sight,
    ];
    assert_eq!(orders[..others.len()], others);
    assert_eq!(orders.len(), Verb::names().len() + others.len());
}

#[test]
fn who_may_not_gets_the_same_answer_whatever_there_is() {
    now(async {
        let door = Door::new();
        // What changes who is there comes last.
        let mut routes = all();
        routes.sort_by_key(|route| route.path.ends_with("tenant-remove"));
        for route in routes {
            let path = route.path.as_ref();
            let Access::Order(name) = route.access else {
                continue;
            };
            for (who, shown, role) in &door.shown {
                let [there, absent] = ["bank", "nobody"].map(|tenant| members(name, tenant));
                let verb = Verb::named(name, there.to_string().as_bytes()).unwrap();
                let may = role.as_ref().is_some_and(|role| role.may_order(&verb));
                let absent = door.order(path, shown, &absent).await;
                let there = door.order(path, shown, &there).await;
                let what = format!("{path} {who} {shown:?} {there:?}");
                if may {
                    let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
                    assert!(!refused.contains(&there.0), "{what}");
                    continue;
                }
                let expected = match role {
                    None => StatusCode::UNAUTHORIZED,
                    Some(_) => StatusCode::FORBIDDEN,
                };
                assert_eq!(there.0, expected, "{what}");
                assert_eq!(there, absent, "{what}");
                // Nor does it matter what the order is.
                let garbage = door.order(path, shown, &json!([])).await;
                assert!(
                    garbage == there || garbage.0 == StatusCode::BAD_REQUEST,
                    "{what}"
                );
                assert!(role.is_some() || garbage == there, "{what}");
            }
        }
    });
}

#[test]
fn figures_are_for_who_may_see_how_the_host_is() {
    now(async {
        let door = Door::new();
        for (who, shown, role) in &door.shown {
            let service = router(Arc::clone(&door.served));
            let request = door.request(HttpRequest::get("/metrics"), shown, String::new());
            let status = service.oneshot(request).await.unwrap().status();
            let expected = match role {
                None => StatusCode::UNAUTHORIZED,
                Some(Role::Engineer {} | Role::Operator {}) => StatusCode::OK,
                Some(_) => StatusCode::FORBIDDEN,
            };
            assert_eq!(status, expected, "{who} {shown:?}");
        }
    });
}

#[test]
fn decisions_are_for_the_tenant_itself_and_for_engineers_whatever_they_show() {
    now(async {
        let door = Door::new();
        let request = json!({"subject": {"type": "a", "id": "b"}, "action": {"name": "c"}, "resource": {"type": "d", "id": "e"}});
        for route in route::all() {
            if route.access != Access::Tenant || !route.path.contains("{tenant}") {
                continue;
            }
            let at = |tenant: &str| {
                let path = route.path.replace("{tenant}", tenant);
                path.replace("{policy}", "limit")
            };
            for (who, shown, role) in &door.shown {
                let service = || route::router(Arc::clone(&door.served));
                let there = door.ask(service(), &at("bank"), shown, &request).await;
                let absent = door.ask(service(), &at("nobody"), shown, &request).await;
                let bank = "bank".parse().unwrap();
                let what = format!("{} {who} {there:?}", route.path);
                match role {
                    None => assert_eq!(there.0, StatusCode::UNAUTHORIZED, "{what}"),
                    Some(role) if role.may_ask(&bank) => {
                        let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
                        assert!(!refused.contains(&there.0), "{what}");
                    }
                    Some(_) => assert_eq!(there.0, StatusCode::FORBIDDEN, "{what}"),
                }
                if !role.as_ref().is_some_and(|role| role.may_ask(&bank)) {
                    assert_eq!(there, absent, "{what}");
                }
            }
        }
    });
}
