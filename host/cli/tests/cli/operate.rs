//! A host and its operators: orders to a running host, hosts that decide, end and die, and folders that somebody else holds.

mod day;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use serde_json::Value;

use day::DAY;

use super::running::{Running, SEARCH, asks};
use super::ship::desk::{Desk, Said};
use super::transcripts::copy;

/// A desk whose host trusts `author`, with the policy `actions` in two versions.
pub fn desk(name: &str, component: &Path) -> Desk {
    let (desk, _) = Desk::founded(name);
    fs::copy(component, desk.path("actions.wasm")).unwrap();
    for (version, file) in [("1.0.0", "one.wasm"), ("1.1.0", "two.wasm")] {
        desk.ok(&format!(
            "sign actions.wasm --policy actions --version {version} --key author.key --output {file}"
        ));
    }
    fs::write(desk.path("search.json"), r#"{"allow": ["search"]}"#).unwrap();
    fs::write(desk.path("users.json"), r#"{"ada": {"role": "admin"}}"#).unwrap();
    fs::write(desk.path("bob.json"), r#"{"bob": 1.50, "ada": null}"#).unwrap();
    desk
}

fn have(desk: &Desk, (order, code, part): &(&str, i32, &str)) -> Said {
    let said = desk.run(&format!("{order} --state state"));
    let text = format!("{order}\n{}{}", said.out, said.err);
    assert_eq!(said.code, *code, "{text}");
    assert!(text.contains(part), "{part} in {text}");
    said
}

/// A running host does what it is asked.
pub fn a_host_does_what_it_is_asked(component: &Path) {
    let desk = desk("operate", component);
    let host = Running::start(&desk, "");
    for order in DAY {
        have(&desk, order);
    }
    let status = desk.ok("status --state state");
    assert!(status.starts_with("running: lictor "), "{status}");
    desk.fails("host --state state", 6, "is held by process");
    host.signal("-TERM");
    let (ended, out, err) = host.end();
    assert!(
        ended.success() && out.is_empty() && err.is_empty(),
        "{ended}: {out}{err}"
    );
    assert!(!desk.path("state/operate.sock").exists());
}

/// Requests that come through a pipe are decided in order, by what was deployed before they came, and the host ends with them.
pub fn requests_are_decided(component: &Path) {
    let desk = desk("requests", component);
    let mut host = Running::start(&desk, "--requests - --tenant bank");
    desk.ok("tenant add bank --state state");
    desk.ok("deploy one.wasm --tenant bank --parameters search.json --state state");
    let lines = [
        SEARCH.to_owned(),
        SEARCH.replace("search", "delete"),
        "{}".to_owned(),
        SEARCH.replacen('{', r#"{"tenant": "shop", "#, 1),
        SEARCH.to_owned(),
    ];
    let mut stdin = host.child.stdin.take().unwrap();
    writeln!(stdin, "{}", lines.join("\n")).unwrap();
    drop(stdin);
    let (ended, out, err) = host.end();
    assert_eq!(
        (ended.code(), &*err),
        (Some(3), ""),
        "two lines are refused"
    );
    let said: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let effects: Vec<&Value> = said.iter().map(|line| &line["effect"]).collect();
    assert_eq!(
        effects,
        ["allow", "deny", "", "", "allow"]
            .map(|it| if it.is_empty() {
                Value::Null
            } else {
                it.into()
            })
            .iter()
            .collect::<Vec<_>>()
    );
    assert_eq!(said[0]["policies"][0]["version"], "1.0.0");
    assert_eq!(said[4]["policies"][0]["recalled"], true);
    assert!(
        said[2]["refused"]
            .as_str()
            .unwrap()
            .contains("`/subject` is missing")
    );
    assert!(said[3]["refused"].as_str().unwrap().contains("for `shop`"));
}

/// Requests that never end are decided at the pace that is asked for until the host is told to end, and summed up.
pub fn a_host_ends_when_it_is_told(component: &Path) {
    let desk = desk("ending", component);
    fs::write(desk.path("requests.jsonl"), format!("{SEARCH}\n")).unwrap();
    let with = "--requests requests.jsonl --tenant bank --rate 200/s --repeat --quiet";
    let mut host = Running::start(&desk, with);
    desk.ok("tenant add bank --state state");
    desk.ok("deploy one.wasm --tenant bank --parameters search.json --state state");
    let mut lines = BufReader::new(host.child.stdout.take().unwrap()).lines();
    let allowed = lines.by_ref().map(|line| line.unwrap());
    let mut allowed =
        allowed.filter(|line| line.contains(" decided: ") && !line.contains(" 0 allow"));
    let second = allowed.next().unwrap();
    assert!(second.contains("p99 "), "{second}");
    host.signal("-INT");
    let last = allowed.last().unwrap();
    assert!(last.starts_with("in all "), "{last}");
    host.child.stdout = None;
    // Until there was a tenant, requests were not decided.
    assert_eq!(host.child.wait().unwrap().code(), Some(3));
    assert!(!desk.path("state/operate.sock").exists());
    desk.fails(
        "host --state state --requests no.jsonl --tenant bank",
        3,
        "`no.jsonl` can't be read",
    );
    desk.fails(
        "host --state state --requests - --repeat",
        2,
        "can't be read again",
    );
}

/// A host that was killed leaves its socket, which the next one replaces; who holds a folder and takes no orders is named.
pub fn hosts_that_die_and_folders_that_are_held(component: &Path) {
    let desk = desk("held", component);
    let host = Running::start(&desk, "");
    host.signal("-KILL");
    let (ended, _, _) = host.end();
    assert_eq!(ended.code(), None);
    assert!(
        desk.path("state/operate.sock").exists(),
        "it had no time to tidy up"
    );
    assert!(desk.ok("status --state state").starts_with("at rest: "));
    let host = Running::start(&desk, "");
    assert!(desk.ok("status --state state").starts_with("running: "));
    host.signal("-TERM");
    assert!(host.end().0.success());

    let held = desk.store();
    let said = desk.run("tenant list --state state");
    assert_eq!(said.code, 6);
    let process = format!("held by process {}", std::process::id());
    assert!(
        said.err.contains(&process) && said.err.contains("takes no orders"),
        "{}",
        said.err
    );
    drop(held);
    desk.ok("tenant list --state state");
    desk.fails(
        "tenant list --state elsewhere",
        3,
        "`lictor keys trust --first` makes one",
    );
    fs::create_dir(desk.path("empty")).unwrap();
    desk.fails(
        "host --state empty",
        3,
        "`lictor keys trust --first` makes one",
    );
}

/// The same orders, in the same order, say the same whether a host runs or none does; and what they did is there afterwards.
pub fn at_rest_as_running(component: &Path) {
    let resting = desk("at-rest", component);
    let running = Desk::new("as-running");
    copy(&resting.path(""), &running.path(""));
    let host = Running::start(&running, "");
    for order in DAY {
        let (rested, ran) = (have(&resting, order), have(&running, order));
        // What tells times, or whether a host runs, says other things.
        let is_the_same = !["suspensions", "status"]
            .iter()
            .any(|it| order.0.starts_with(it));
        if is_the_same {
            assert_eq!((rested.out, rested.err), (ran.out, ran.err), "{}", order.0);
        }
    }
    host.signal("-TERM");
    assert!(host.end().0.success());
    for look in [
        "tenant show bank",
        "tenant show base",
        "tenant list",
        "data get users --tenant bank",
    ] {
        let look = format!("{look} --state state");
        assert_eq!(resting.ok(&look), running.ok(&look), "{look}");
    }
    let journal = running.ok("state export --state state");
    for part in [r#""by":"olga""#, r#""why":"first""#] {
        assert!(journal.contains(part), "{part}");
    }
}

/// Who is trusted is changed through the host that decides, and what is revoked stops at its next decision.
pub fn a_running_host_revokes(component: &Path) {
    let desk = desk("revoking", component);
    let mut host = Running::start(&desk, "--requests - --tenant bank");
    desk.ok("tenant add bank --state state");
    desk.ok("deploy one.wasm --tenant bank --parameters search.json --state state");
    let search = [SEARCH.to_owned()];
    assert_eq!(host.decided(&search)[0]["effect"], "allow");
    assert_eq!(host.decided(&search)[0]["policies"][0]["recalled"], true);

    let author = desk.ok("keys export author.key");
    let revoke = format!("keys revoke {author} --state state --key operator.key");
    let stopped = desk.ok(&format!("{revoke} --dry-run"));
    assert!(
        stopped.starts_with("`bank`: actions 1.0.0: ") && stopped.contains("revoked"),
        "{stopped}"
    );
    let threshold = "keys threshold 2 --tenant bank --state state --key operator.key";
    desk.fails(threshold, 4, "`bank`: actions 1.0.0: 2 keys must sign");
    assert_eq!(host.decided(&search)[0]["effect"], "allow");
    let said = desk.run(&revoke);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err.contains(&format!("stopped {stopped}")),
        "{}",
        said.err
    );
    let line = &host.decided(&search)[0];
    assert_eq!(line["effect"], "deny");
    assert_eq!(line["policies"][0]["fault"]["code"], "revoked");

    // Another key takes its place, without the host being ended.
    let new = desk.key("new");
    desk.ok(&format!(
        "keys trust {new} --owner nora --tenants bank --state state --key operator.key"
    ));
    desk.ok("sign actions.wasm --policy actions --version 1.2.0 --key new.key --output new.wasm");
    desk.ok(
        "deploy new.wasm --tenant bank --parameters search.json --plan immediate --state state",
    );
    assert_eq!(host.decided(&search)[0]["effect"], "allow");
    let listed = desk.ok("keys list --state state");
    let told = desk.ok("state journal --state state");
    let revoked = format!("olga: replace keyring version 1 by 2: revoke {author}");
    assert!(told.contains(&revoked), "{told}");
    let last = told.lines().last().unwrap().split_once(' ').unwrap().0;
    let nothing = format!("state journal --after {last} --state state");
    assert_eq!(desk.ok(&nothing), "");
    assert!(
        listed.contains("nora") && listed.contains("version 3"),
        "{listed}"
    );
    host.end();
    assert_eq!(desk.ok("keys list --state state"), listed, "and at rest");
    assert!(desk.ok("state journal --state state").starts_with(&told));
}

/// What was decided is recorded, and decided again before a change.
pub fn what_was_recorded_is_previewed(component: &Path) {
    let desk = desk("recording", component);
    let with = "--requests - --tenant bank --records records.jsonl";
    let mut host = Running::start(&desk, &format!("{with} --record-requests"));
    desk.ok("tenant add bank --state state");
    desk.ok("deploy one.wasm --tenant bank --parameters search.json --state state");
    let requests: Vec<String> = (0..100)
        .map(|agent| asks(&format!("a{agent}"), "delete"))
        .collect();
    host.decided(&requests);
    assert!(host.end().0.success());
    let records = fs::read_to_string(desk.path("records.jsonl")).unwrap();
    assert_eq!(records.lines().count(), 100);
    fs::write(desk.path("wide.json"), r#"{"allow": ["search", "delete"]}"#).unwrap();
    let preview = "rollout preview two.wasm --parameters wide.json --requests records.jsonl --tenant bank --state state";
    let report = desk.ok(preview);
    assert!(
        report.starts_with("100 pairs compared, 0 the same\n100 loosened"),
        "{report}"
    );

    // Without being told to, a host records no request; and what can't be written is said.
    let mut host = Running::start(&desk, with);
    host.decided(&requests[..1]);
    assert!(host.end().0.success());
    let records = fs::read_to_string(desk.path("records.jsonl")).unwrap();
    assert_eq!(records.lines().count(), 101, "it is appended");
    assert!(
        !records.lines().last().unwrap().contains("\"request\":"),
        "{records}"
    );
    let nowhere = "host --state state --requests - --records nowhere/records.jsonl";
    desk.fails(
        nowhere,
        3,
        "records can't be written to `nowhere/records.jsonl`",
    );
}

/// A policy that faults for several subjects isn't run for a while, which an operator sees and ends.
pub fn a_breaker_is_shown_and_closed(component: &Path) {
    let desk = desk("breaker", component);
    let mut host = Running::start(&desk, "--requests - --tenant bank");
    desk.ok("tenant add bank --state state");
    desk.ok("deploy one.wasm --tenant bank --parameters search.json --fuel 10 --state state");
    let agents = ["a", "b", "c", "a", "b", "d"];
    let requests = agents.map(|agent| asks(agent, "search"));
    let codes = |lines: Vec<Value>| -> Vec<String> {
        let code = |line: &Value| line["policies"][0]["fault"]["code"].clone();
        let codes = lines.iter().map(code);
        codes
            .map(|code| code.as_str().unwrap_or("none").to_owned())
            .collect()
    };
    let said = codes(host.decided(&requests));
    assert_eq!(
        said,
        [["fuel-exhausted"; 5].as_slice(), &["circuit-open"]].concat()
    );

    let status = desk.run("status --state state");
    assert_eq!(status.code, 1);
    let trouble = "the policy `actions` 1.0.0 isn't run for `bank` for a while, after 5 faults";
    assert!(status.out.contains(trouble), "{}", status.out);
    let listed = desk.ok("breaker list --tenant bank --state state");
    assert!(
        listed.starts_with("actions 1.0.0  open until 2"),
        "{listed}"
    );
    assert!(listed.contains("5 faults, not run 1 times"), "{listed}");

    let close = "breaker close actions --tenant bank --state state";
    assert!(
        desk.run(close)
            .err
            .contains("`actions` is run again for `bank`")
    );
    desk.fails(close, 3, "nothing keeps the policy `actions`");
    assert_eq!(desk.run("status --state state").code, 0);
    let said = codes(host.decided(&requests[5..]));
    assert_eq!(said, ["fuel-exhausted"]);
    host.end();
}
