//! The certification scenario of AuthZEN 1.0, all four levels, where its requests stand beside the checkout, and this project's
//! own cases of the same kinds, which are always there.

use std::io::Write;

use serde_json::{Value, json};

use super::root;
use super::serving::{Answer, Serving};

/// Who and what the scenario supposes, as the tenant's directory has it.
const DIRECTORY: &str = r#"{
  "user": {"alice": {}, "bob": {"role": "admin"}},
  "record": {"record-1": {"status": "active"}, "record-2": {"status": "archived"}},
  "action": {"read": {}, "write": {}, "delete": {}}
}"#;

/// A server with the scenario's policy and directory.
pub fn serving(name: &str) -> Serving {
    let settings = r#"public = "https://pdp.example.com""#;
    let serving = Serving::configured(name, &["records"], settings);
    serving.deploy("records", "examples/records", "");
    std::fs::write(serving.desk.path("directory.json"), DIRECTORY).unwrap();
    serving
        .desk
        .ok("data put directory=directory.json --tenant records --state state");
    serving
}

/// Whether an answer is what a case expects.
fn check(case: &Value, answer: &Answer, earlier: &[(String, Value)]) -> Result<(), String> {
    let status = case["expect_status"].as_u64();
    if status != Some(answer.status.into()) {
        return Err(format!("status {}: {}", answer.status, answer.text));
    }
    let expected = &case["expect_body"];
    let body = || answer.json();
    let holds = match case["match"].as_str().unwrap() {
        "status_only" => true,
        "decision_values" => decisions(&body()) == decisions(expected),
        "structure_only" => {
            let body = body();
            body["results"].is_array()
                || (body["evaluations"].as_array().unwrap().iter())
                    .all(|it| it["decision"].is_boolean())
        }
        "results_superset" => {
            let found = body();
            let found = found["results"].as_array().unwrap();
            (expected["results"].as_array().unwrap().iter()).all(|it| found.contains(it))
        }
        "results_exact_empty" => body() == *expected,
        "metadata" => {
            let body = body();
            let fields = case["required_fields"].as_array().unwrap().iter();
            let base = body["policy_decision_point"].as_str().unwrap_or_default();
            base.starts_with("https://")
                && fields
                    .into_iter()
                    .all(|it| body[it.as_str().unwrap()].is_string())
        }
        other => return Err(format!("there is no match `{other}`")),
    };
    if let Some(same) = case["same_as"].as_str() {
        let (_, other) = earlier.iter().find(|(id, _)| id == same).unwrap();
        if *other != body() {
            return Err(format!("otherwise than `{same}`: {}", answer.text));
        }
    }
    for (name, value) in case["expect_headers"].as_object().into_iter().flatten() {
        let found = answer.header(&name.to_lowercase()).unwrap_or_default();
        if !found.starts_with(&value.as_str().unwrap().to_lowercase()) {
            return Err(format!("the header `{name}` is `{found}`"));
        }
    }
    if holds {
        Ok(())
    } else {
        Err(answer.text.clone())
    }
}

/// The yes and no of an answer, in order.
fn decisions(body: &Value) -> Vec<Option<bool>> {
    match body["evaluations"].as_array() {
        Some(all) => all.iter().map(|it| it["decision"].as_bool()).collect(),
        None => vec![body["decision"].as_bool()],
    }
}

fn ask(serving: &Serving, case: &Value, token: &str) -> Answer {
    let path = case["path"].as_str().unwrap();
    let path = match path.strip_prefix("/.well-known/authzen-configuration") {
        Some(rest) => format!("/.well-known/authzen-configuration/t/records{rest}"),
        None => format!("/t/records{path}"),
    };
    let mut headers = format!("authorization: Bearer {}\r\n", serving.token);
    let given = case["headers"].as_object();
    let has_type = given.is_some_and(|it| it.contains_key("Content-Type"));
    if !has_type {
        headers += "content-type: application/json\r\n";
    }
    for (name, value) in given.into_iter().flatten() {
        headers += &format!("{name}: {}\r\n", value.as_str().unwrap());
    }
    let body = match case["raw_body"].as_str() {
        Some(raw) => raw.to_owned(),
        None if case["request"].is_null() => String::new(),
        None => (case["request"].to_string()).replace("<next_token from previous response>", token),
    };
    serving.ask(
        case["method"].as_str().unwrap(),
        &path,
        &headers,
        body.as_bytes(),
    )
}

/// Judges cases, and tells which are answered otherwise.
fn judge(serving: &Serving, cases: &[Value]) -> usize {
    let (mut wrong, mut earlier, mut token) = (Vec::new(), Vec::new(), String::new());
    for case in cases {
        let id = case["id"].as_str().unwrap();
        for _ in 0..case["repeat"].as_u64().unwrap_or(1) {
            let answer = ask(serving, case, &token);
            if let Err(why) = check(case, &answer, &earlier) {
                wrong.push(format!("{id}: {why}"));
            }
            if let Ok(body) = serde_json::from_str::<Value>(&answer.text) {
                if let Some(next) = body["page"]["next_token"].as_str() {
                    token = next.to_owned();
                }
                earlier.push((id.to_owned(), body));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    cases.len()
}

#[test]
fn the_scenario_is_answered_to_the_letter() {
    let serving = serving("certification");
    let own = judge(&serving, &own());
    let path = root().join("../shared/data/authzen/certification/scenario-1_0.json");
    let mut stderr = std::io::stderr();
    match std::fs::read(path) {
        Ok(text) => {
            let scenario: Value = serde_json::from_slice(&text).unwrap();
            let cases = scenario["cases"].as_array().unwrap();
            assert!(cases.len() > 50, "{} cases", cases.len());
            let judged = judge(&serving, cases);
            drop(writeln!(
                stderr,
                "AuthZEN certification: {judged} published cases and {own} of our own judged"
            ));
        }
        Err(_) => drop(writeln!(
            stderr,
            "AuthZEN certification: {own} cases of our own judged; the published ones aren't beside this checkout: skipped"
        )),
    }
}

/// Cases of each kind of the scenario.
fn own() -> Vec<Value> {
    let entity = |kind: &str, id: &str| json!({"type": kind, "id": id});
    let (alice, bob) = (entity("user", "alice"), entity("user", "bob"));
    let (first, second) = (entity("record", "record-1"), entity("record", "record-2"));
    let case = |id: &str, path: &str, request: Value, r#match: &str, expected: Value| {
        let expect_status = if r#match == "status_only" { 400 } else { 200 };
        json!({"id": id, "method": "POST", "path": format!("/access/v1/{path}"), "request": request,
            "expect_status": expect_status, "match": r#match, "expect_body": expected})
    };
    let read = json!({"name": "read"});
    vec![
        case(
            "one",
            "evaluation",
            json!({"subject": bob, "action": read, "resource": second}),
            "decision_values",
            json!({"decision": true}),
        ),
        case(
            "one-denied",
            "evaluation",
            json!({"subject": bob, "action": {"name": "burn"}, "resource": second}),
            "decision_values",
            json!({"decision": false}),
        ),
        case(
            "no-object",
            "evaluation",
            json!([1]),
            "status_only",
            Value::Null,
        ),
        case(
            "several",
            "evaluations",
            json!({"subject": alice, "action": read, "evaluations": [{"resource": first}, {"resource": {"type": "car", "id": "1"}}, {}]}),
            "decision_values",
            json!({"evaluations": [{"decision": true}, {"decision": false}, {"decision": false}]}),
        ),
        case(
            "several-of-which-none-is-a-list",
            "evaluations",
            json!({"subject": alice, "action": read, "resource": first, "evaluations": {}}),
            "status_only",
            Value::Null,
        ),
        case(
            "who",
            "search/subject",
            json!({"subject": {"type": "user"}, "action": {"name": "write"}, "resource": {"type": "record", "id": "record-2", "properties": {"status": "archived"}}}),
            "results_superset",
            json!({"results": [bob]}),
        ),
        case(
            "what",
            "search/resource",
            json!({"subject": alice, "action": {"name": "write"}, "resource": {"type": "record"}}),
            "results_superset",
            json!({"results": [first]}),
        ),
        case(
            "how",
            "search/action",
            json!({"subject": bob, "resource": first}),
            "results_superset",
            json!({"results": [read]}),
        ),
        case(
            "nobody",
            "search/subject",
            json!({"subject": {"type": "robot"}, "action": read, "resource": first}),
            "results_exact_empty",
            json!({"results": []}),
        ),
        case(
            "a-search-without-a-type",
            "search/subject",
            json!({"subject": {"id": "alice"}, "action": read, "resource": first}),
            "status_only",
            Value::Null,
        ),
        json!({"id": "metadata", "method": "GET", "path": "/.well-known/authzen-configuration",
            "expect_status": 200, "match": "metadata", "required_fields": ["access_evaluation_endpoint", "search_action_endpoint"]}),
    ]
}
