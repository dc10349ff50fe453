//! Changing a policy safely, as an operator does it: preview, deploy by a plan, watch, and back.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::operate::desk;
use super::running::Running;
use super::ship::desk::Desk;

/// Compared with five requests, then in use for all, all in seconds.
const QUICK: &str = r#"
name = "quick"
strict = "fleet"
[[phases]]
kind = "shadow"
time = "0s"
pairs_min = 5
[[phases]]
kind = "canary"
percent = 50
time = "0s"
"#;

/// Stops at the first subject to whom the candidate is less strict.
const GUARDED: &str = r#"
name = "guarded"
[[phases]]
kind = "shadow"
time = "1h"
guards = { loosened_max = 0 }
"#;

fn requests() -> String {
    let request = |agent: u32, action: &str| {
        format!(
            "{{\"subject\": {{\"type\": \"agent\", \"id\": \"a{agent}\"}}, \"action\": {{\"name\": \"{action}\"}}, \"resource\": {{\"type\": \"tool\", \"id\": \"web\"}}}}\n"
        )
    };
    let of = |agent| request(agent, "search") + &request(agent, "delete");
    (0..10).map(of).collect()
}

fn set_up(component: &Path) -> Desk {
    let desk = desk("rollout", component);
    for (version, file) in [("1.2.0", "three.wasm"), ("2.0.0", "major.wasm")] {
        desk.ok(&format!(
            "sign actions.wasm --policy actions --version {version} --key author.key --output {file}"
        ));
    }
    fs::write(desk.path("requests.jsonl"), requests()).unwrap();
    fs::write(desk.path("quick.toml"), QUICK).unwrap();
    fs::write(desk.path("guarded.toml"), GUARDED).unwrap();
    fs::write(desk.path("wide.json"), r#"{"allow": ["search", "delete"]}"#).unwrap();
    desk
}

const AT: &str = "--tenant bank --state state";

/// From the first version to one that is promoted, one that is taken back, and one that goes back by itself.
pub fn a_policy_is_changed_safely(component: &Path) {
    let desk = set_up(component);
    let host = Running::start(
        &desk,
        "--requests requests.jsonl --tenant bank --rate 200/s --repeat --quiet",
    );
    desk.ok("tenant add bank --state state");
    let first = desk.run(&format!("deploy one.wasm --parameters search.json {AT}"));
    assert!(
        first
            .err
            .contains("in use for `bank`: actions  nothing -> 1.0.0"),
        "{}",
        first.err
    );

    previewed(&desk);
    promoted_and_rolled_back(&desk);
    stopped_by_a_guard(&desk);
    moved_by_hand(&desk);
    refused(&desk);

    host.signal("-TERM");
    host.end();
}

fn previewed(desk: &Desk) {
    let preview =
        format!("rollout preview two.wasm --parameters wide.json --requests requests.jsonl {AT}");
    let report = desk.ok(&preview);
    assert!(
        report.starts_with("20 pairs compared, 10 the same\n10 loosened"),
        "{report}"
    );
    assert!(report.contains("all `/action/name` = `delete`"), "{report}");
    let json: Value = serde_json::from_str(&desk.ok(&format!("{preview} --json"))).unwrap();
    assert_eq!(
        json["preview"]["divergence"]["classes"][0]["class"],
        "loosened"
    );
    let same = "rollout preview two.wasm --parameters search.json --requests requests.jsonl";
    assert!(
        desk.ok(&format!("{same} {AT}"))
            .starts_with("20 pairs compared, 20 the same")
    );
    assert_eq!(
        desk.ok(&format!("rollout status {AT}")).lines().count(),
        1,
        "only the first deployment"
    );
    fs::write(desk.path("nothing.jsonl"), "\n").unwrap();
    let nothing = format!("rollout preview two.wasm --requests nothing.jsonl {AT}");
    desk.fails(&nothing, 3, "there are no requests to decide");
    fs::write(desk.path("broken.jsonl"), requests() + "{}\n").unwrap();
    let broken = format!("rollout preview two.wasm --requests broken.jsonl {AT}");
    desk.fails(&broken, 3, "line 21 is no request: `/subject` is missing");
    let record = r#"{"record": 1, "unix_ms": 1700000000000, "action": "delete""#;
    let delete = requests().lines().nth(1).unwrap().to_owned();
    let records = [
        format!("{record}, \"request\": {delete}}}"),
        format!("{record}, \"request_hidden\": true}}"),
        format!("{record}}}"),
    ];
    fs::write(desk.path("broken.jsonl"), records.join("\n")).unwrap();
    let wide = broken.replace("two.wasm", "two.wasm --parameters wide.json");
    let said = desk.run(&wide);
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(
        said.out
            .starts_with("1 pairs compared, 0 the same\n1 loosened"),
        "{}",
        said.out
    );
    for part in [
        "line 2 is no request: it is a record whose request is left out",
        "line 3 is no request: it is a record without its request",
    ] {
        assert!(said.err.contains(part), "{part} in {}", said.err);
    }
}

fn promoted_and_rolled_back(desk: &Desk) {
    let name = desk.ok(&format!(
        "deploy two.wasm --parameters search.json --plan quick.toml --name two {AT} --why ticket-1"
    ));
    assert_eq!(name, "two");
    let seen = desk.ok(&format!("rollout watch two {AT}"));
    assert!(seen.lines().last().unwrap().contains("promoted"), "{seen}");
    let status = desk.ok(&format!("rollout status two {AT}"));
    for part in [
        "two of bank: promoted",
        "actions  1.0.0 -> 1.1.0",
        "begun by olga: ticket-1",
        "moved on by plan",
    ] {
        assert!(status.contains(part), "{part} in {status}");
    }
    assert!(
        desk.ok("tenant show bank --state state")
            .contains("actions 1.1.0")
    );
    let back = desk.run(&format!("rollout rollback two {AT} --why night"));
    assert!(
        back.err.contains("`two` of `bank` is rolled back"),
        "{}",
        back.err
    );
    assert!(
        desk.ok("tenant show bank --state state")
            .contains("actions 1.0.0")
    );
    let again = format!("rollout rollback two {AT}");
    desk.fails(&again, 3, "can't");
}

fn stopped_by_a_guard(desk: &Desk) {
    desk.ok(&format!(
        "deploy three.wasm --parameters wide.json --plan guarded.toml --name three {AT}"
    ));
    let seen = desk.ok(&format!("rollout watch three {AT}"));
    let last = seen.lines().last().unwrap();
    assert!(
        last.contains("aborted") && last.contains("by guard: the candidate is less strict"),
        "{seen}"
    );
    let json: Value =
        serde_json::from_str(&desk.ok(&format!("rollout status three {AT} --json"))).unwrap();
    assert_eq!(json["status"]["stage"], "aborted");
    assert_eq!(json["divergence"]["classes"][0]["class"], "loosened");
}

fn moved_by_hand(desk: &Desk) {
    desk.ok(&format!(
        "deploy three.wasm --parameters search.json --plan careful --name hand --planned {AT}"
    ));
    let said = |order: &str| {
        let said = desk.run(&format!("{order} {AT}"));
        assert_eq!(said.code, 0, "{order}\n{}", said.err);
        said.err
    };
    assert!(
        desk.ok(&format!("rollout status {AT}"))
            .contains("hand  planned")
    );
    assert!(said("rollout begin").contains("in phase 1 of 4, shadow, "));
    assert!(said("rollout pause").contains("phase 1 of 4, shadow, paused"));
    desk.fails(
        &format!("rollout pause {AT}"),
        3,
        "no rollout with which this can be done",
    );
    desk.fails(&format!("rollout advance hand {AT}"), 3, "can't");
    assert!(said("rollout resume").contains(" left"));
    assert!(said("rollout advance").contains("in phase 2 of 4, canary 10 %"));
    desk.fails(
        &format!("deploy two.wasm {AT}"),
        3,
        "being replaced by the rollout `hand`",
    );
    desk.fails(
        &format!("withdraw actions {AT}"),
        3,
        "being replaced by the rollout `hand`",
    );
    assert!(said("rollout abort").contains("aborted: stable decides"));
    desk.fails(
        &format!("rollout abort {AT}"),
        3,
        "no rollout with which this can be done",
    );
    desk.fails(
        &format!("rollout status nothing {AT}"),
        3,
        "has no rollout `nothing`",
    );
}

fn refused(desk: &Desk) {
    let major = format!("deploy major.wasm --parameters search.json --plan immediate {AT}");
    desk.fails(&major, 3, "is a MAJOR change from 1.0.0");
    desk.fails(
        &format!("deploy two.wasm --plan nonsense {AT}"),
        3,
        "there is no plan `nonsense`",
    );
    desk.fails(
        &format!("deploy two.wasm --plan search.json {AT}"),
        3,
        "the plan can't be read",
    );
    desk.fails(
        &format!("deploy two.wasm --plan cohort {AT}"),
        2,
        "`--subject SUBJECT`",
    );
    desk.fails(
        &format!("deploy two.wasm two.wasm --plan careful {AT}"),
        3,
        "stands in the rollout twice",
    );
    desk.fails(
        "deploy one.wasm --plan careful --tenant base --state state",
        2,
        "the base layer has no rollouts",
    );
    desk.fails(&format!("deploy {AT}"), 2, "required");
}
