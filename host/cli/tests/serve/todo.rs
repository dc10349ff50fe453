//! The published decisions of AuthZEN's Todo scenario, over HTTP, where they stand beside the checkout.

use std::io::Write;

use serde_json::{Value, json};

use super::root;
use super::serving::Serving;

#[test]
fn the_interop_decisions_come_out_right() {
    let folder = root().join("../shared/data/authzen/todo");
    let mut stderr = std::io::stderr();
    let Ok(text) = std::fs::read(folder.join("decisions.json")) else {
        drop(writeln!(
            stderr,
            "AuthZEN Todo: the published decisions aren't beside this checkout: skipped"
        ));
        return;
    };
    let serving = Serving::start("todo", &["todos"]);
    serving.deploy("todos", "plugins/todo", "");
    let users = folder.join("users.json");
    serving.desk.ok(&format!(
        "data put users={} --tenant todos --state state",
        users.display()
    ));
    let decisions: Value = serde_json::from_slice(&text).unwrap();
    let mut judged = 0;
    for case in decisions["evaluation"].as_array().unwrap() {
        let answer = serving.post("/t/todos/access/v1/evaluation", &case["request"]);
        // To the letter: a decision, and nothing beside it.
        assert_eq!(
            answer.text,
            json!({"decision": case["expected"]}).to_string()
        );
        judged += 1;
    }
    for case in decisions["evaluations"].as_array().unwrap() {
        let answer = serving.post("/t/todos/access/v1/evaluations", &case["request"]);
        assert_eq!(answer.json()["evaluations"], case["expected"], "{case}");
        judged += case["expected"].as_array().unwrap().len();
    }
    assert_eq!(judged, 46);
    drop(writeln!(
        stderr,
        "AuthZEN Todo: {judged} published decisions judged over HTTP"
    ));
}
