//! The metrics of a server that runs, and the dashboard, the alerts and the runbooks that are about them.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::root;
use super::serving::Serving;

fn file(name: &str) -> String {
    fs::read_to_string(root().join("examples/monitoring").join(name)).unwrap()
}

/// The names of series that a text speaks of.
fn spoken_of(text: &str) -> BTreeSet<&str> {
    let is_name = |it: char| it.is_ascii_lowercase() || it == '_';
    let words = text.split(|it: char| !is_name(it));
    words.filter(|it| it.starts_with("lictor_")).collect()
}

/// The names of series that a page of metrics has.
fn told(page: &str) -> BTreeSet<String> {
    let types = page.lines().filter_map(|it| it.strip_prefix("# TYPE "));
    let names = types.flat_map(|line| {
        let (name, kind) = line.split_once(' ').unwrap();
        let ends: &[&str] = match kind {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_sum", "_count"],
            "gauge" => &[""],
            other => panic!("{other}"),
        };
        ends.iter().map(move |end| format!("{name}{end}"))
    });
    names.collect()
}

/// A server for which all there is to tell has happened.
fn page(name: &str) -> (Serving, String) {
    let serving = Serving::start(name, &["bank"]);
    let roles = r#"{"roles": {"support": {"read": ["crm"]}}}"#;
    fs::write(serving.desk.path("roles.json"), roles).unwrap();
    serving.deploy("bank", "plugins/tool-access", "--parameters roles.json");
    let question = |agent: &str| json!({"subject": {"type": "agent", "id": agent}, "action": {"name": "call"}, "resource": {"type": "tool", "id": "crm.read"}});
    for _ in 0..3 {
        let answer = serving.post(
            "/t/bank/access/v1/evaluation",
            &question("chosen-by-a-caller"),
        );
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let suspended = "suspend policy tool-access --tenant bank --why tried --state state";
    serving.desk.ok(suspended);
    serving.post("/t/bank/access/v1/evaluation", &question("another"));
    let strange = serving.ask_admin("GET", "/metrics", "", b"");
    assert_eq!(strange.status, 401, "{strange:?}");
    let nowhere = serving.post("/t/shop/access/v1/evaluation", &question("a"));
    assert_eq!(nowhere.status, 404, "{nowhere:?}");
    let page = serving.ask_admin("GET", "/metrics", &serving.usual(), b"");
    assert_eq!(page.status, 200, "{page:?}");
    let kind = page.header("content-type").unwrap();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    (serving, page.text)
}

#[test]
fn decisions_are_counted_as_they_were_made() {
    let (serving, page) = page("monitoring");
    for line in [
        r#"lictor_policy_decisions_total{tenant="bank",policy="tool-access",version="1.0.0",effect="deny",source="evaluated"} 2"#,
        r#"lictor_policy_decisions_total{tenant="bank",policy="tool-access",version="1.0.0",effect="deny",source="recalled"} 2"#,
        r#"lictor_decisions_total{tenant="bank",effect="deny",source="recalled"} 2"#,
        r#"lictor_recall_lookups_total{result="hit"} 2"#,
        r#"lictor_policy_faults_total{tenant="bank",policy="tool-access",version="1.0.0",code="suspended",blame="host"} 1"#,
        r#"lictor_refusals_total{tenant="",code="unknown-tenant",blame="caller"} 1"#,
        r#"lictor_http_responses_total{path="/t/{tenant}/access/v1/evaluation",status="404"} 1"#,
        r#"lictor_decision_duration_seconds_count{source="evaluated"} 2"#,
    ] {
        assert!(page.lines().any(|it| it == line), "{line}\n{page}");
    }
    for chosen in ["chosen-by-a-caller", "shop", "crm.read", &serving.token] {
        assert!(!page.contains(chosen), "{chosen}");
    }
    let used = page.lines().find_map(|it| {
        it.strip_prefix(
            r#"lictor_fuel_used_total{tenant="bank",effect="deny",source="evaluated"} "#,
        )
    });
    assert!(used.unwrap().parse::<u64>().unwrap() > 0);
}

#[test]
fn everything_that_is_spoken_of_is_told() {
    let (_serving, page) = page("monitored");
    let told = told(&page);
    for name in ["dashboard.json", "alerts.yml", "RUNBOOKS.md"] {
        let text = file(name);
        for series in spoken_of(&text) {
            assert!(told.contains(series), "{name}: {series}\n{told:?}");
        }
    }
    let dashboard = file("dashboard.json");
    let _: Value = serde_json::from_str(&dashboard).unwrap();
    let shown = spoken_of(&dashboard);
    // What is told is shown; a histogram is, where one of its parts is.
    for series in told {
        let base = series.trim_end_matches("_sum").trim_end_matches("_count");
        let is_shown =
            shown.contains(series.as_str()) || shown.contains(&*format!("{base}_bucket"));
        assert!(is_shown, "{series} stands on no panel");
    }
}

#[test]
fn each_alert_has_its_runbook() {
    let (alerts, runbooks) = (file("alerts.yml"), file("RUNBOOKS.md"));
    let mut named = BTreeSet::new();
    for alert in alerts.split("- alert: ").skip(1) {
        let name = alert.lines().next().unwrap().trim();
        let anchor = name.to_lowercase();
        let runbook = format!("runbook: RUNBOOKS.md#{anchor}");
        assert!(alert.lines().any(|it| it.trim() == runbook), "{name}");
        let section = format!("\n## {name}\n");
        assert!(runbooks.contains(&section), "{name} has no runbook");
        assert!(named.insert(name), "{name} is there twice");
    }
    assert_eq!(named.len(), runbooks.matches("\n## ").count());
    assert!(named.len() > 10);
}
