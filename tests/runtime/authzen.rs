//! The AuthZEN Todo scenario through the library: single decisions, and batches under one view.

use std::fs;
use std::path::{Path, PathBuf};

use lictor::{Effect, Host, Request, Semantics, TenantName};
use serde_json::Value;

use harness::{policy, say};

use crate::fixture::bank;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A tenant that runs the policy `todo` with these users.
fn todo(users: &Value) -> (Host, TenantName) {
    let (host, tenant) = bank();
    host.bind(&tenant, policy("plugins/todo")).unwrap();
    let users = users.to_string();
    host.put_data(&tenant, "users".parse().unwrap(), users.as_bytes())
        .unwrap();
    (host, tenant)
}

fn request(json: &Value) -> Request {
    Request::from_json(json.to_string().as_bytes()).unwrap()
}

/// The items of a batch, each with the batch's members where it has none of its own.
fn items(batch: &Value) -> Vec<Request> {
    let items = batch["evaluations"].as_array().unwrap();
    let whole = |item: &Value| {
        let mut whole = batch.as_object().unwrap().clone();
        whole.remove("evaluations");
        whole.extend(item.as_object().unwrap().clone());
        request(&whole.into())
    };
    items.iter().map(whole).collect()
}

/// Judges vectors of the scenario's shape and says how many decisions they hold.
fn judge(vectors: &Value, users: &Value) -> usize {
    let (host, tenant) = todo(users);
    let mut judged = 0;
    let mut compare = |request: &Value, effect: Effect, expected: &Value| {
        assert_eq!(
            effect == Effect::Allow,
            expected.as_bool().unwrap(),
            "{request}"
        );
        judged += 1;
    };
    for single in vectors["evaluation"].as_array().unwrap() {
        let outcome = host
            .evaluate(&tenant, &request(&single["request"]))
            .unwrap();
        assert_eq!(outcome.policies[0].verdict.fault(), None);
        compare(
            &single["request"],
            outcome.decision.effect,
            &single["expected"],
        );
    }
    for batch in vectors["evaluations"].as_array().unwrap() {
        let expected = batch["expected"].as_array().unwrap();
        let requests = items(&batch["request"]);
        let outcomes = host
            .evaluate_all(&tenant, &requests, Semantics::ExecuteAll)
            .unwrap();
        assert_eq!(outcomes.len(), expected.len());
        for (outcome, expected) in outcomes.iter().zip(expected) {
            compare(
                &batch["request"],
                outcome.decision.effect,
                &expected["decision"],
            );
        }
    }
    judged
}

#[test]
fn own_vectors_of_the_scenario_come_out_right() {
    let vectors = serde_json::from_str(include_str!("todo.json")).unwrap();
    let users = serde_json::json!({
        "u-editor": {"email": "edda@harbor.example", "roles": ["editor"]},
        "u-viewer": {"email": "vito@harbor.example", "roles": ["viewer"]},
    });
    assert_eq!(judge(&vectors, &users), 7);
}

#[test]
fn the_published_vectors_of_the_scenario_come_out_right() {
    let folder = root().join("../shared/data/authzen/todo");
    let read = |file: &str| -> Option<Value> {
        serde_json::from_slice(&fs::read(folder.join(file)).ok()?).ok()
    };
    let (Some(vectors), Some(users)) = (read("decisions.json"), read("users.json")) else {
        say("skipped: the scenario's published vectors aren't here");
        return;
    };
    println!(
        "judged {} decisions of the AuthZEN Todo scenario",
        judge(&vectors, &users)
    );
}
