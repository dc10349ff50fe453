//! External authorization as Envoy asks for it, over gRPC and over HTTP.

mod asking;
mod hostile;
mod real;

use std::fs;

use envoy_types::pb::envoy::config::core::v3::{HeaderMap, HeaderValue};
use serde_json::Value;

use super::root;
use super::serving::{Answer, Serving};
use asking::{Asked, Call};

/// A server with the example's settings and policy, and a tenant beside.
fn serving(name: &str, more: &str) -> Serving {
    let settings = fs::read_to_string(root().join("examples/envoy/lictor.toml")).unwrap();
    let other = "\n[[envoy.route]]\nname = \"other\"\ntenant = \"other\"\n";
    let gone = "\n[[envoy.route]]\nname = \"gone\"\ntenant = \"gone\"\n";
    let strict = "\n[[envoy.route]]\nname = \"strict\"\ntenant = \"shop\"\nsubject.id = \"header:x-user\"\nreview_status = 428\n";
    let settings = format!("{more}{settings}{other}{gone}{strict}");
    let serving = Serving::configured(name, &["shop", "other"], &settings);
    serving.deploy("shop", "examples/envoy", "");
    serving
}

/// What is answered over HTTP.
fn over_http(serving: &Serving, method: &str, path: &str, headers: &str) -> Answer {
    let headers = format!("authorization: Bearer {}\r\n{headers}", serving.token);
    serving.ask(method, &format!("/envoy/shop{path}"), &headers, b"")
}

#[test]
fn each_form_lets_through_what_the_policy_allows() {
    let serving = serving("envoy", "");
    let ann: &[(&str, &str)] = &[("x-user", "ann")];
    for (method, path, headers, expected) in [
        ("GET", "/", &[] as &[_], 200),
        ("GET", "/products/1?sort=price", &[], 200),
        ("POST", "/products/1", &[], 403),
        ("GET", "/orders/1", &[], 403),
        ("GET", "/orders/1", ann, 200),
        ("GET", "/orders/../admin", ann, 403),
        ("GET", "/%6frders", ann, 403),
        ("DELETE", "/orders/1", ann, 403),
        ("GET", "/admin", ann, 403),
        // An obligation that no gateway can meet.
        ("GET", "/reports", ann, 403),
    ] {
        let told = Asked::new(method, path, headers).send(&serving);
        assert_eq!(told.status, expected, "{method} {path}: {told:?}");
        let lines: String = (headers.iter())
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let answer = over_http(&serving, method, path, &lines);
        assert_eq!(i32::from(answer.status), expected, "{method} {path}");
    }
}

#[test]
fn a_denial_says_which_it_is_and_no_more() {
    let serving = serving("envoy-denial", "");
    let headers: &[(&str, &str)] = &[("x-user", "ann")];
    for (method, path, effect, reason) in [
        ("GET", "/admin", "deny", None),
        ("DELETE", "/orders/1", "review", None),
        ("GET", "/reports", "deny", Some("unmet-obligation")),
    ] {
        let told = Asked::new(method, path, headers).send(&serving);
        let answer = over_http(&serving, method, path, "x-user: ann\r\n");
        let body: Value = serde_json::from_str(&told.body).unwrap();
        for (body, header, id) in [
            (
                &body,
                told.header("lictor-effect"),
                told.header("lictor-decision-id"),
            ),
            (
                &answer.json(),
                answer.header("lictor-effect"),
                answer.header("lictor-decision-id"),
            ),
        ] {
            assert_eq!(body["decision"], false);
            assert_eq!(body["effect"], effect);
            assert_eq!(body["reason"].as_str(), reason);
            assert_eq!(header, Some(effect));
            assert_eq!(body["decision_id"].as_str(), id);
            let names = body.as_object().unwrap().len();
            assert_eq!(names, if reason.is_some() { 4 } else { 3 });
        }
        assert_eq!(told.metadata, ["lictor_decision_id"]);
    }
    // A route can have a status of its own for what a person must approve.
    let strict = Asked {
        route: "strict",
        ..Asked::new("DELETE", "/orders/1", headers)
    };
    assert_eq!(strict.send(&serving).status, 428);
    let shown = format!("authorization: Bearer {}\r\nx-user: ann\r\n", serving.token);
    let answer = serving.ask("DELETE", "/envoy/strict/orders/1", &shown, b"");
    assert_eq!(answer.status, 428);
}

#[test]
fn obligations_change_headers_and_metadata() {
    let serving = serving("envoy-changes", "");
    let sent: &[(&str, &str)] = &[("x-user", "vip-bob"), ("x-tier", "gold"), ("x-tag", "mine")];
    let told = Asked::new("GET", "/orders", sent).send(&serving);
    assert_eq!(
        told.request,
        ["x-tag+vip", "x-tier=gold", "-accept-language"],
    );
    assert_eq!(told.response, ["x-decided-by=lictor"]);
    assert_eq!(told.metadata, ["lictor_decision_id", "tier"]);
    // Without the client's own there is nothing to add to.
    let told = Asked::new("GET", "/orders", &[("x-user", "vip-bob")]).send(&serving);
    assert_eq!(told.request[0], "x-tag=vip");
    // What a client sends in a header of the policies' own is taken away where none of them sets it.
    let told = Asked::new("GET", "/", &[("x-tier", "gold")]).send(&serving);
    assert_eq!(
        (told.status, told.request),
        (200, vec!["-x-tier".to_owned()])
    );

    let answer = over_http(
        &serving,
        "GET",
        "/orders",
        "x-user: ann\r\nx-tier: gold\r\n",
    );
    assert_eq!(answer.header("x-tier"), Some("standard"));
    assert_eq!(answer.header("x-envoy-auth-headers-to-remove"), None);
    assert!(answer.header("lictor-decision-id").is_some());
    let answer = over_http(&serving, "GET", "/", "x-tier: gold\r\n");
    assert_eq!(
        answer.header("x-envoy-auth-headers-to-remove"),
        Some("x-tier")
    );
    assert_eq!(answer.header("x-tier"), None);
    // What can't be said over HTTP can't be met.
    let answer = over_http(&serving, "GET", "/orders", "x-user: vip-bob\r\n");
    assert_eq!(
        (answer.status, answer.json()["reason"].as_str()),
        (403, Some("unmet-obligation"))
    );
}

#[test]
fn only_the_operators_word_says_whose_policies_decide() {
    let serving = serving("envoy-tenants", "");
    let issue = |with: &str| {
        serving
            .desk
            .ok(&format!("token issue {with} --state state"))
    };
    let (shop, other) = (issue("--tenant shop"), issue("--tenant other"));
    let operator = issue("--role operator");
    let asked = |route: &'static str, token: &str| {
        let asked = Asked {
            route,
            ..Asked::new(
                "GET",
                "/",
                &[("lictor-route", "shop"), ("x-lictor-route", "shop")],
            )
        };
        let over_grpc = Call::new(&serving, &asked.message())
            .with_token(token)
            .send(&serving);
        let headers = format!("authorization: Bearer {token}\r\nlictor-route: shop\r\n");
        let over_http = serving.ask("GET", &format!("/envoy/{route}/"), &headers, b"");
        (over_grpc, over_http)
    };
    // Whose token isn't good for a route learns nothing about it, not even that it is there.
    for (route, token, expected) in [
        ("shop", &shop, [200, 200]),
        ("shop", &other, [403, 403]),
        ("shop", &operator, [403, 403]),
        ("other", &shop, [403, 403]),
        ("nowhere", &shop, [403, 403]),
        ("", &shop, [403, 403]),
        // Nothing decides for this one, which its tenant's own token may know.
        ("other", &other, [403, 403]),
        // The first token may see all.
        ("nowhere", &serving.token, [404, 404]),
        ("gone", &serving.token, [404, 404]),
    ] {
        let (over_grpc, over_http) = asked(route, token);
        let told = asking::Told::of(&over_grpc);
        assert_eq!([told.status, over_http.status.into()], expected, "{route}");
    }
    let [foreign, absent] = ["other", "nowhere"].map(|route| asked(route, &shop));
    assert_eq!(foreign.0.body, absent.0.body);
    assert_eq!(foreign.1.text, absent.1.text);

    for wrong in ["", "lictor", &shop[..shop.len() - 1]] {
        let (over_grpc, over_http) = asked("shop", wrong);
        assert_eq!((over_grpc.status, over_grpc.grpc), (200, Some(16)));
        assert_eq!(over_http.status, 401);
    }
    // The header that shows the token is the gateway's, and nothing of the client's.
    let mut none = Call::new(&serving, &Asked::new("GET", "/", &[]).message());
    none.headers.clear();
    assert_eq!(none.send(&serving).grpc, Some(16));
}

#[test]
fn a_header_that_is_there_twice_is_no_value() {
    let serving = serving("envoy-twice", "");
    let raw = |names: &[(&str, &str)]| {
        let headers = names.iter().map(|(name, value)| HeaderValue {
            key: (*name).to_owned(),
            raw_value: value.as_bytes().to_vec(),
            ..HeaderValue::default()
        });
        let headers = headers.collect();
        let mut asked = Asked::new("GET", "/orders", &[]);
        asked.http.header_map = Some(HeaderMap { headers });
        asked
    };
    let status = |asked: &Asked| asked.send(&serving).status;
    assert_eq!(status(&raw(&[("x-user", "ann")])), 200);
    assert_eq!(status(&raw(&[("X-User", "ann")])), 200);
    assert_eq!(status(&raw(&[("x-user", "ann"), ("x-user", "ann")])), 403);
    assert_eq!(status(&raw(&[("x-user", "ann"), ("X-USER", "bob")])), 403);
    assert_eq!(status(&raw(&[("x-user", "ann, the first")])), 200);
    // A gateway that sends one text for each name puts a comma between two.
    let merged = |value| status(&Asked::new("GET", "/orders", &[("x-user", value)]));
    assert_eq!(
        (merged("ann"), merged("ann,bob"), merged("ann, bob")),
        (200, 403, 403)
    );
    // In two forms at once.
    let mut both = raw(&[("x-user", "ann")]);
    both.http.headers = [("x-user".to_owned(), "bob".to_owned())].into();
    assert_eq!(status(&both), 403);
    let mut bytes = raw(&[("x-user", "ann")]);
    let headers = &mut bytes.http.header_map.as_mut().unwrap().headers;
    headers[0].raw_value = vec![0xff, 0xfe];
    assert_eq!(status(&bytes), 403);

    for twice in ["x-user: ann\r\nx-user: bob\r\n", "x-user: ann,bob\r\n"] {
        assert_eq!(over_http(&serving, "GET", "/orders", twice).status, 403);
    }
}
