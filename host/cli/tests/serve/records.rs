//! Records over the operators' door: for auditors and engineers, page by page.

use serde_json::{Value, json};

use super::desk::said;
use super::serving::Serving;

const EVALUATION: &str = "/t/bank/access/v1/evaluation";

#[test]
fn an_auditor_reads_records_and_nothing_else() {
    let serving = Serving::recording("records", &["bank"]);
    let request = json!({"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"}, "resource": {"type": "record", "id": "record-1"}});
    let auditor = serving.desk.ok("token issue --role auditor --state state");
    let list =
        |token: &str, after: u64| serving.order(token, "record-list", &json!({"after": after}));
    for _ in 0..3 {
        assert_eq!(serving.post(EVALUATION, &request).status, 200);
    }
    // The writer is another thread: what was decided is there soon.
    let (mut next, mut records) = (0, Vec::new());
    while records.len() < 3 {
        let page = list(&auditor, next).json()["records"].clone();
        let lines = page["lines"].as_str().unwrap();
        records.extend(
            lines
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap()),
        );
        next = page["next"].as_u64().unwrap();
    }
    assert!(
        records.iter().all(|record| record["tenant"] == "bank"),
        "{records:?}"
    );
    assert_eq!(
        list(&auditor, next).json(),
        json!({"records": {"lines": "", "next": next}})
    );
    assert_eq!(list(&auditor, next + 1).status, 400);
    assert_eq!(list(&auditor, 1).status, 400);
    for verb in ["status", "journal", "tenant-list", "token-list"] {
        assert_eq!(
            serving.order(&auditor, verb, &json!({})).status,
            403,
            "{verb}"
        );
    }
    assert_eq!(list(&serving.token, 0).status, 200);
    let operator = serving.desk.ok("token issue --role operator --state state");
    assert_eq!(list(&operator, 0).status, 403);

    let line = format!("records --server http://{} --after 0", serving.admin);
    let printed = serving
        .desk
        .command(&line)
        .env("LICTOR_TOKEN", &auditor)
        .output()
        .unwrap();
    let printed = said(printed);
    assert_eq!(
        (printed.code, printed.out.lines().count()),
        (0, 3),
        "{}",
        printed.err
    );
    assert!(
        printed.err.contains(&format!("--after {next}")),
        "{}",
        printed.err
    );
    serving.desk.ok("records --state state");
}

#[test]
fn a_host_that_writes_no_records_has_none() {
    let serving = Serving::start("no-records", &["bank"]);
    let answer = serving.order(&serving.token, "record-list", &json!({}));
    assert_eq!(answer.status, 404);
    assert!(
        answer.json()["hint"]
            .as_str()
            .unwrap()
            .contains("--records")
    );
}
