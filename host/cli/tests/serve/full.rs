//! A disk without room under a server: nothing can be written, and decisions go on with what was last verified.

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::json;

use super::certification;
use super::serving::Serving;

const PATH: &str = "/t/records/access/v1/evaluation";

/// No file of the server's may become longer than this.
fn limit_files(serving: &Serving, bytes: Option<u64>) {
    let pid = Pid::from_raw(serving.pid().try_into().unwrap());
    let limit = Rlimit {
        current: bytes,
        maximum: None,
    };
    prlimit(pid, Resource::Fsize, limit).unwrap();
}

#[test]
fn decisions_go_on_where_nothing_can_be_written_and_what_was_acknowledged_stays() {
    let mut serving = certification::serving("full");
    let decided = |serving: &Serving, record: &str| {
        let request = json!({"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"}, "resource": {"type": "record", "id": record}});
        serving.post(PATH, &request).text
    };
    assert_eq!(decided(&serving, "record-1"), r#"{"decision":true}"#);
    let put = |serving: &Serving, name: &str| {
        let text = format!("\"{}\"", "x".repeat(100_000));
        let members = json!({"tenant": "records", "documents": {name: text}});
        serving.order(&serving.token, "data-put", &members)
    };
    assert_eq!(put(&serving, "before").status, 200);

    limit_files(&serving, Some(1));
    let refused = put(&serving, "meanwhile");
    assert_eq!(
        (refused.status, refused.json()["turn"].as_str()),
        (500, Some("host"))
    );
    // What is remembered and what is evaluated anew.
    for record in ["record-1", "record-2"] {
        assert_eq!(decided(&serving, record), r#"{"decision":true}"#);
    }
    // Who is to be stopped is stopped all the same, and it is said that it isn't written down.
    let suspend = json!({"target": {"agent": {"agent": "alice", "tenant": "records"}}});
    let suspended = serving.order(&serving.token, "suspend", &suspend);
    assert_eq!(
        suspended.json()["suspended"]["written"],
        false,
        "{suspended:?}"
    );
    assert_eq!(decided(&serving, "record-1"), r#"{"decision":false}"#);
    let ready = |serving: &Serving, headers: &str| {
        serving
            .ask_admin("GET", "/health/ready", headers, b"")
            .json()
    };
    let usual = serving.usual();
    assert_eq!(ready(&serving, "")["status"], "ready");
    // Who may not see how the host is gets a number, and who may the reasons.
    assert!(ready(&serving, "")["troubles"].as_u64().unwrap() > 0);
    let troubles = ready(&serving, &usual)["troubles"].to_string();
    assert!(troubles.contains("alice"), "{troubles}");

    limit_files(&serving, None);
    assert_eq!(put(&serving, "after").status, 200);
    serving.restart();
    let listed = serving.order(&serving.token, "data-list", &json!({"tenant": "records"}));
    let documents = listed.json()["documents"]["documents"].to_string();
    assert!(
        documents.contains("before") && documents.contains("after"),
        "{documents}"
    );
    assert!(!documents.contains("meanwhile"), "{documents}");
    // What was in force before it could be written down was written with the next change.
    assert_eq!(decided(&serving, "record-2"), r#"{"decision":false}"#);
    serving
        .desk
        .ok("unsuspend agent alice --tenant records --state state");
    assert_eq!(decided(&serving, "record-2"), r#"{"decision":true}"#);
}
