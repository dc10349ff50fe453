//! What AuthZEN leaves open, and what it demands beyond the certification's cases: obligations and reviews, short cuts of
//! batches, pages of searches, errors.

use std::fs;

use serde_json::{Value, json};

use super::certification;
use super::serving::Serving;

fn request(action: &str) -> Value {
    json!({"subject": {"type": "agent", "id": "sales-2"}, "action": {"name": action}, "resource": {"type": "licence", "id": "l-1"}})
}

#[test]
fn a_caller_learns_what_it_must_act_on_and_the_rest_when_it_asks() {
    let serving = Serving::start("detail", &["shop"]);
    serving.deploy("shop", "plugins/approval", "");
    let path = "/t/shop/access/v1/evaluation";
    let review = serving.post(path, &request("purchase")).json();
    let obligation = json!({"id": "approval", "type": "request-approval", "properties": {"approvers": "owners"}});
    let expected =
        json!({"decision": false, "context": {"effect": "review", "obligations": [obligation]}});
    assert_eq!(review, expected);
    // Nobody has an opinion, so the tenant's default answers, and there is nothing to act on.
    let denied = serving.post(path, &request("look"));
    assert_eq!(denied.text, r#"{"decision":false}"#);
    assert_eq!(denied.header("lictor-decision-id").unwrap().len(), 32);

    let headers = serving.usual() + "lictor-detail: full\r\n";
    let body = request("purchase").to_string();
    let full = serving.ask("POST", path, &headers, body.as_bytes());
    let full = full.json();
    let context = &full["context"];
    assert_eq!(context["reasons"][0]["code"], "needs-approval");
    assert_eq!(context["policies"][0]["policy"], "approval");
    assert_eq!(context["policies"][0]["effect"], "review");
    assert!(context["decision_id"].is_string() && context["recalled"].is_boolean());
    let artifact = context["policies"][0]["artifact"].as_str().unwrap();
    assert!(artifact.starts_with("blake3:"), "{artifact}");
}

#[test]
fn a_batch_ends_where_its_semantics_say() {
    let serving = certification::serving("batch");
    let item = |id: &str, action: &str| json!({"subject": {"type": "user", "id": id}, "action": {"name": action}});
    let (yes, no, none) = (item("alice", "read"), item("bob", "write"), json!({}));
    let decided = |semantic: &str, items: &[&Value]| {
        let body = json!({"resource": {"type": "record", "id": "record-1"}, "evaluations": items,
            "options": {"evaluations_semantic": semantic, "unknown": 1}});
        let answer = serving.post("/t/records/access/v1/evaluations", &body);
        assert_eq!(answer.status, 200, "{answer:?}");
        let all = answer.json()["evaluations"].clone();
        let all = all.as_array().unwrap().iter();
        all.map(|it| it["decision"].as_bool().unwrap())
            .collect::<Vec<_>>()
    };
    let cases: [(&str, &[&Value], &[bool]); 9] = [
        (
            "execute_all",
            &[&yes, &no, &none, &yes],
            &[true, false, false, true],
        ),
        ("deny_on_first_deny", &[&yes, &no, &yes], &[true, false]),
        ("deny_on_first_deny", &[&yes, &none, &yes], &[true, false]),
        ("deny_on_first_deny", &[&none, &yes], &[false]),
        ("deny_on_first_deny", &[&yes, &yes], &[true, true]),
        ("permit_on_first_permit", &[&no, &yes, &yes], &[false, true]),
        (
            "permit_on_first_permit",
            &[&no, &none, &yes, &no],
            &[false, false, true],
        ),
        (
            "permit_on_first_permit",
            &[&no, &no, &none],
            &[false, false, false],
        ),
        ("permit_on_first_permit", &[&none, &none], &[false, false]),
    ];
    for (semantic, items, expected) in cases {
        assert_eq!(decided(semantic, items), expected, "{semantic} {items:?}");
    }
}

#[test]
fn an_item_that_is_no_request_is_denied_with_its_reason() {
    let serving = certification::serving("items");
    let body = json!({"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"},
        "evaluations": [{"resource": {"type": "record"}}, 7, {"resource": {"type": "record", "id": "record-1"}, "action": "read"}]});
    let answer = serving
        .post("/t/records/access/v1/evaluations", &body)
        .json();
    let error = |message: &str| json!({"decision": false, "context": {"error": {"status": 400, "message": message}}});
    let expected = [
        error("`/resource/id` is missing"),
        error("the request must be an object"),
        error("`/action` must be an object"),
    ];
    assert_eq!(answer["evaluations"], json!(expected));
}

/// A directory with so many users, of whom `alice` and `bob` may read.
fn crowd(count: usize) -> Value {
    let mut users: serde_json::Map<String, Value> = (0..count)
        .map(|number| (format!("c{number:05}"), json!({})))
        .collect();
    users.insert("alice".to_owned(), json!({}));
    users.insert("bob".to_owned(), json!({}));
    users.insert("zoe".to_owned(), json!({}));
    json!({"user": users, "record": {"record-1": {}}})
}

fn put(serving: &Serving, directory: &Value) {
    fs::write(serving.desk.path("directory.json"), directory.to_string()).unwrap();
    serving
        .desk
        .ok("data put directory=directory.json --tenant records --state state");
}

#[test]
fn a_search_goes_on_page_by_page_to_its_end() {
    let serving = certification::serving("pages");
    put(&serving, &crowd(3_000));
    let search = |page: Value| {
        let body = json!({"subject": {"type": "user"}, "action": {"name": "read"},
            "resource": {"type": "record", "id": "record-1"}, "page": page});
        let answer = serving.post("/t/records/access/v1/search/subject", &body);
        (answer.status, answer.json())
    };
    let (mut found, mut token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let (status, body) = search(json!({"token": token, "limit": 1}));
        assert_eq!(status, 200, "{body}");
        let results = body["results"].as_array().unwrap();
        assert!(results.len() <= 1 && body["page"]["count"] == results.len());
        found.extend(
            results
                .iter()
                .map(|it| it["id"].as_str().unwrap().to_owned()),
        );
        pages += 1;
        token = body["page"]["next_token"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
        assert!(pages < 20, "the search does not end");
    }
    // No page looks at more candidates than its bound, so that 3,000 who may not read take several.
    assert_eq!(
        (found.as_slice(), pages > 3),
        (["alice".to_owned(), "bob".to_owned()].as_slice(), true)
    );

    // Nobody speaks of pages, and the search isn't at its end: there is a token all the same.
    let body = json!({"subject": {"type": "user"}, "action": {"name": "read"}, "resource": {"type": "record", "id": "record-1"}});
    let first = serving
        .post("/t/records/access/v1/search/subject", &body)
        .json();
    let token = first["page"]["next_token"].as_str().unwrap().to_owned();
    assert!(!token.is_empty());
    let mut changed = crowd(3_000);
    changed["user"]["aaron"] = json!({});
    put(&serving, &changed);
    let (status, body) = search(json!({"token": token}));
    assert!(
        status == 400 && body["message"].as_str().unwrap().contains("has changed"),
        "{status} {body}"
    );
}

#[test]
fn errors_are_the_standards_own() {
    let serving = certification::serving("errors");
    let path = "/t/records/access/v1/evaluation";
    let whole = json!({"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"}, "resource": {"type": "record", "id": "record-1"}});
    let typed = |kind: &str| format!("authorization: bearer {}\r\n{kind}", serving.token);
    let json_type = typed("content-type: application/json; charset=utf-8\r\n");
    let deep = "[".repeat(200);
    let twice = whole
        .to_string()
        .replacen('{', r#"{"action": {"name": "burn"}, "#, 1);
    for (method, path, headers, body, status, said) in [
        ("POST", path, &json_type, whole.to_string(), 200, "true"),
        (
            "GET",
            path,
            &json_type,
            String::new(),
            405,
            "another method",
        ),
        (
            "POST",
            "/nowhere",
            &json_type,
            String::new(),
            404,
            "nothing here",
        ),
        (
            "POST",
            "/t/Records/access/v1/evaluation",
            &json_type,
            whole.to_string(),
            404,
            "no name of a tenant",
        ),
        (
            "POST",
            "/t/nobody/access/v1/evaluation",
            &json_type,
            whole.to_string(),
            404,
            "`nobody` is not known",
        ),
        (
            "POST",
            path,
            &typed(""),
            whole.to_string(),
            400,
            "content type",
        ),
        (
            "POST",
            path,
            &typed("content-type: text/json\r\n"),
            whole.to_string(),
            400,
            "content type",
        ),
        ("POST", path, &json_type, deep, 400, "deep"),
        ("POST", path, &json_type, twice, 400, "twice"),
        (
            "POST",
            path,
            &json_type,
            "\u{feff}{}".to_owned(),
            400,
            "line 1",
        ),
    ] {
        let headers = format!("{headers}x-request-id: r-17\r\n");
        let answer = serving.ask(method, path, &headers, body.as_bytes());
        assert_eq!(answer.status, status, "{method} {path} {answer:?}");
        assert!(answer.text.contains(said), "{said}: {answer:?}");
        assert_eq!(answer.header("x-request-id"), Some("r-17"));
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    // Who asks too often is told when to come again.
    serving
        .desk
        .ok("tenant set records --rate 1/min --state state");
    let answers: Vec<_> = (0..70).map(|_| serving.post(path, &whole)).collect();
    let refused = answers.iter().find(|it| it.status == 429).unwrap();
    let after: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=120).contains(&after), "{refused:?}");
    let answer = serving.ask("POST", path, "content-type: application/json\r\n", b"{}");
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.header("www-authenticate"),
        Some(r#"bearer realm="lictor""#)
    );
}
