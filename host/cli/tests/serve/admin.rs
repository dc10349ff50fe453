//! The operators' door, as who gives orders over HTTP meets it.

use std::io::{Read, Write};

use serde_json::json;

use super::certification;
use super::serving::Serving;

#[test]
fn orders_are_carried_out_in_the_name_of_the_token() {
    let serving = certification::serving("admin");
    let desk = &serving.desk;
    let order = |verb: &str, members| serving.order(&serving.token, verb, &members);
    assert_eq!(
        order("tenant-add", json!({"tenant": "shop"})).json(),
        json!({"done": {}})
    );
    let again = order("tenant-add", json!({"tenant": "shop"}));
    assert_eq!(again.status, 409);
    assert_eq!(again.json()["turn"], "conflict");
    assert!(
        again.json()["hint"]
            .as_str()
            .unwrap()
            .contains("tenant set")
    );
    let put = json!({"tenant": "shop", "documents": {"users": "{\"b\": 1, \"a\": [2]}"}});
    assert_eq!(order("data-put", put).status, 200);
    let got = order("data-get", json!({"tenant": "shop", "document": "users"}));
    assert_eq!(
        got.json(),
        json!({"document": {"json": r#"{"a":[2],"b":1}"#}})
    );
    assert_eq!(got.header("cache-control"), Some("no-store"));
    // An artifact's bytes are no text.
    let artifact = std::fs::read(desk.path("signed.wasm")).unwrap();
    let artifact = json!({"base64": base64(&artifact)});
    let bind = json!({"tenant": "records", "binding": {"artifact": artifact}});
    let bound = order("bind", bind);
    assert_eq!(bound.status, 200, "{bound:?}");
    assert_eq!(bound.json()["bound"]["policy"], "records");
    // What only announces its bytes has none.
    let announced = json!({"tenant": "shop", "documents": {"users": 2}});
    assert_eq!(order("data-put", announced).status, 400);

    let issued = order(
        "token-issue",
        json!({"grant": {"role": "operator"}, "label": "olga", "valid_s": 60}),
    );
    let operator = issued.json()["token"]["secret"]
        .as_str()
        .unwrap()
        .to_owned();
    let target = json!({"target": {"tenant": {"tenant": "shop"}}});
    let why = "authorization: Bearer ".to_owned()
        + &operator
        + "\r\ncontent-type: application/json\r\nlictor-why: it burns \u{1f525}\r\n";
    let suspended = serving.ask_admin(
        "POST",
        "/admin/v1/suspend",
        &why,
        target.to_string().as_bytes(),
    );
    assert_eq!(suspended.status, 200, "{suspended:?}");
    let journal = order("journal", json!({})).json();
    let last = journal["journal"]["changes"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    let id = operator.split('_').nth(1).unwrap();
    assert_eq!(last["by"], format!("olga (token {id})"));
    assert_eq!(last["why"], "it burns \u{1f525}");
    // Nobody acts in another's name.
    let other = order(
        "suspend",
        json!({"target": {"tenant": {"tenant": "shop"}}, "by": "alice"}),
    );
    assert_eq!(other.status, 400);
}

fn base64(bytes: &[u8]) -> String {
    use std::fmt::Write;
    // The test's own, so that what the server reads isn't written by what it reads with.
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three
            .iter()
            .fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            let shown = if place > three.len() {
                '='
            } else {
                char::from(digit)
            };
            write!(text, "{shown}").unwrap();
        }
    }
    text
}

#[test]
fn the_door_says_how_the_host_is_and_nothing_to_strangers() {
    let serving = Serving::start("admin-strangers", &["bank"]);
    assert_eq!(
        serving.ask_admin("GET", "/health/live", "", b"").status,
        200
    );
    assert_eq!(
        serving.ask_admin("GET", "/health/ready", "", b"").status,
        200
    );
    for headers in ["", "authorization: Bearer lictor_0_0\r\n"] {
        let headers = format!("{headers}content-type: application/json\r\n");
        let ask = |tenant: &str| {
            let body = json!({"tenant": tenant}).to_string();
            serving.ask_admin("POST", "/admin/v1/tenant-show", &headers, body.as_bytes())
        };
        let (there, absent) = (ask("bank"), ask("nobody"));
        assert_eq!((there.status, absent.status), (401, 401));
        assert_eq!(there.text, absent.text);
    }
    // Decisions aren't made here, and orders aren't taken there.
    let decision = serving.ask_admin(
        "POST",
        "/t/bank/access/v1/evaluation",
        &serving.usual(),
        b"{}",
    );
    assert_eq!(decision.status, 404);
    assert_eq!(
        serving
            .ask("POST", "/admin/v1/status", &serving.usual(), b"{}")
            .status,
        404
    );
}

#[test]
fn orders_have_bounds() {
    let settings = "[admin]\nconnections = 60\nbody_bytes = 100000\n";
    let serving = Serving::configured("admin-bounds", &["bank"], settings);
    let issue = |with: &str| {
        serving
            .desk
            .ok(&format!("token issue {with} --state state"))
    };
    let (operator, tenant) = (issue("--role operator"), issue("--tenant bank"));
    let sized = |bytes: usize| json!({"tenant": "x".repeat(bytes)});
    for (token, max) in [
        (&serving.token, 100_000),
        (&operator, 64 << 10),
        (&tenant, 64 << 10),
    ] {
        let status = |bytes| serving.order(token, "tenant-show", &sized(bytes)).status;
        assert_eq!((status(max), status(max - 1_000)), (413, 400));
    }
    let bank = json!({"tenant": "bank"});
    let status = |token: &str| serving.order(token, "tenant-show", &bank).status;
    let until = |token: &str, expected: u16| while status(token) != expected {};
    // Orders whose bodies don't come take all places, of operators and of tenants apart.
    let waiting = |token: &str| {
        let mut stream = serving.connect_admin();
        let head = format!(
            "POST /admin/v1/tenant-show HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: 5\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    // One that comes in beside another may be refused in its place, so that more may be needed than there are places.
    let taken = |token: &str| {
        let mut held = Vec::new();
        while status(token) != 503 {
            held.push(waiting(token));
        }
        held
    };
    let held = taken(&tenant);
    assert!(held.len() >= 4);
    assert_eq!(status(&serving.token), 200);
    let more = taken(&operator);
    assert!(more.len() >= 16);
    let refused = serving.order(&serving.token, "tenant-show", &bank);
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, Some("1"))
    );
    // Others than operators' and tenants' orders are answered as ever.
    assert_eq!(
        serving.ask_admin("GET", "/health/live", "", b"").status,
        200
    );
    drop(more);
    until(&operator, 200);
    drop(held);
    until(&tenant, 200);

    // One connection too many is closed.
    let idle: Vec<_> = (0..60).map(|_| serving.connect_admin()).collect();
    let mut last = serving.connect_admin();
    drop(last.write_all(b"GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n"));
    assert_eq!(last.read(&mut [0]).unwrap_or(0), 0);
    drop(idle);
}
