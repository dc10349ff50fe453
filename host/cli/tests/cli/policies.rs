//! The ready-made policies through the command line: their cases, the AuthZEN scenario, what they look at and what an
//! evaluation costs the kernel.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::{lictor, scratch, succeed};

/// Tells the person who runs the tests, past what the test runner holds back of tests that pass.
macro_rules! say {
    ($($text:tt)*) => {
        drop(writeln!(io::stderr(), $($text)*))
    };
}

const POLICIES: [&str; 5] = [
    "plugins/approval",
    "plugins/spend-limit/v1-0",
    "plugins/spend-limit/v1-1",
    "plugins/todo",
    "plugins/tool-access",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn built(policy: &str) -> PathBuf {
    let output = succeed(lictor().arg("build").arg(root().join(policy)));
    PathBuf::from(text(&output.stdout).trim())
}

#[test]
fn every_ready_made_policy_passes_its_cases() {
    for policy in POLICIES {
        let output = succeed(lictor().arg("test").arg(root().join(policy)));
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(
            said.contains("passed") && !said.contains("0 passed"),
            "{policy}: {said}"
        );
    }
}

/// A payment over the limit.
const PAYMENT: &str = r#"{
  "subject": {"type": "agent", "id": "buyer-1", "properties": {"tier": "standard", "team": "blue"}},
  "action": {"name": "pay"},
  "resource": {"type": "invoice", "id": "inv-1"},
  "context": {"amount": 10000.01, "currency": "USD", "trace": "not looked at"}
}"#;

#[test]
fn an_explanation_shows_exactly_what_the_policy_read() {
    let component = built("plugins/spend-limit/v1-0");
    let output = succeed(
        lictor()
            .args(["eval", "--explain", "--json"])
            .arg(&component)
            .arg(PAYMENT),
    );
    let explained: Value = serde_json::from_slice(&output.stdout).unwrap();
    let observed: Vec<&str> = explained["explanation"]["observations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["asked"].as_str().unwrap())
        .collect();
    assert_eq!(explained["effect"], "deny");
    assert_eq!(
        observed,
        [
            "request.get /action/name",
            r#"request.test /context/currency == "USD""#,
            "request.get /subject/properties/tier",
            "request.test /context/amount < 0",
            "request.test /context/amount <= 10000",
            "request.get /context/amount",
        ]
    );
    let output = succeed(
        lictor()
            .args(["eval", "--explain"])
            .arg(&component)
            .arg(PAYMENT),
    );
    let shown = text(&output.stdout);
    for line in observed {
        assert!(shown.contains(line), "{shown}");
    }
    assert!(
        !shown.contains("trace") && !shown.contains("/subject/id"),
        "{shown}"
    );
}

// --- The AuthZEN Todo scenario --------------------------------------------------------------------------------------

/// One decision of the scenario's vectors, as a case for `lictor test`.
fn case(number: usize, request: Value, allowed: &Value, users: &Value) -> Value {
    let effect = if allowed.as_bool().unwrap() {
        "allow"
    } else {
        "deny"
    };
    json!({
        "name": format!("decision {number}"),
        "data": {"users": users},
        "request": request,
        "expect": {"effect": effect},
    })
}

/// The vectors as cases: the single decisions, and each item of the batches with the batch's members as defaults.
fn cases(vectors: &Value, users: &Value) -> Vec<Value> {
    let mut cases = Vec::new();
    for single in vectors["evaluation"].as_array().unwrap() {
        cases.push(case(
            cases.len() + 1,
            single["request"].clone(),
            &single["expected"],
            users,
        ));
    }
    for batch in vectors["evaluations"].as_array().unwrap() {
        let items = batch["request"]["evaluations"].as_array().unwrap();
        for (item, expected) in items.iter().zip(batch["expected"].as_array().unwrap()) {
            let mut request = batch["request"].as_object().unwrap().clone();
            request.remove("evaluations");
            request.extend(item.as_object().unwrap().clone());
            cases.push(case(
                cases.len() + 1,
                request.into(),
                &expected["decision"],
                users,
            ));
        }
    }
    cases
}

#[test]
fn the_todo_scenario_comes_out_right() {
    let vectors = root().join("../shared/data/authzen/todo");
    let read = |file: &str| -> Option<Value> {
        serde_json::from_slice(&fs::read(vectors.join(file)).ok()?).ok()
    };
    let (Some(decisions), Some(users)) = (read("decisions.json"), read("users.json")) else {
        say!(
            "skipped: the scenario's vectors aren't here; the policy's own cases of the same shape are run above"
        );
        return;
    };
    let cases = cases(&decisions, &users);
    let folder = scratch().join("authzen-todo");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("decisions.json"),
        Value::from(cases.clone()).to_string(),
    )
    .unwrap();
    let output = succeed(
        lictor()
            .arg("test")
            .arg(&folder)
            .arg("--policy")
            .arg(root().join("plugins/todo")),
    );
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(said.contains(&format!("{} passed", cases.len())), "{said}");
    say!(
        "judged {} decisions of the AuthZEN Todo scenario",
        cases.len()
    );
}

// --- What an evaluation costs the kernel ----------------------------------------------------------------------------

/// How often the process and its threads called `mprotect` while it made this many evaluations.
fn mprotects(component: &Path, evaluations: u32) -> Option<u64> {
    fs::create_dir_all(scratch()).unwrap();
    let counts = scratch().join(format!("mprotect-{evaluations}.txt"));
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-c", "-e", "trace=mprotect", "-o"])
        .arg(&counts);
    strace
        .arg(env!("CARGO_BIN_EXE_lictor"))
        .arg("bench")
        .arg(component);
    let output: Output = strace
        .arg(PAYMENT)
        .arg("--evaluations")
        .arg(evaluations.to_string())
        .output()
        .ok()?;
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = fs::read_to_string(counts).unwrap();
    let row = table
        .lines()
        .find(|line| line.trim_end().ends_with("mprotect"))?;
    row.split_whitespace().nth(3)?.parse().ok()
}

/// A guest that stays inside its initial memory makes no system call that changes the address space: two threads that did
/// would wait for each other.
#[test]
fn an_evaluation_changes_no_protection_of_memory() {
    let component = built("plugins/spend-limit/v1-0");
    let (Some(few), Some(many)) = (mprotects(&component, 100), mprotects(&component, 2_100)) else {
        assert!(
            env::var_os("LICTOR_TOOLS").is_none(),
            "`strace` is not installed"
        );
        say!("skipped: `strace` is not installed");
        return;
    };
    // A guest that grows its memory makes two for each evaluation. What is left is the allocator of the process.
    assert!(
        many < few + 200,
        "{few} for 100 evaluations, {many} for 2,100"
    );
}
