use super::*;
use crate::{Node, Number, PointerRef};

const REQUEST: &str = r#"{
    "subject": {"type": "user", "id": "alice", "properties": {"role": "admin"}},
    "action": {"name": "read"},
    "resource": {"type": "record", "id": "r1", "properties": {"owner": null}},
    "context": {"amount": 5, "price": 0.10},
    "trace": [1]
}"#;

fn refused(text: &str) -> String {
    Request::from_json(text.as_bytes()).unwrap_err().to_string()
}

/// The request with one piece of its text replaced.
fn with(from: &str, to: &str) -> String {
    assert!(REQUEST.contains(from), "{from}");
    REQUEST.replacen(from, to, 1)
}

#[test]
fn its_names_are_at_hand() {
    let request = Request::from_json(REQUEST.as_bytes()).unwrap();
    assert_eq!(
        (request.subject_type(), request.subject_id()),
        ("user", "alice")
    );
    assert_eq!(request.action_name(), "read");
    assert_eq!(
        (request.resource_type(), request.resource_id()),
        ("record", "r1")
    );
    let unknown = request
        .document()
        .find(&PointerRef::parse("/trace/0").unwrap());
    assert_eq!(
        unknown.unwrap().as_integer(),
        Some(1),
        "unknown members are kept"
    );
}

#[test]
fn what_authzen_demands_is_named_by_pointer() {
    let refusals = [
        (with(r#""id": "alice", "#, ""), "`/subject/id` is missing"),
        (
            with(r#""alice""#, r#""""#),
            "`/subject/id` must be a non-empty text",
        ),
        (
            with(r#""alice""#, "7"),
            "`/subject/id` must be a non-empty text",
        ),
        (
            with(r#""user""#, "null"),
            "`/subject/type` must be a non-empty text",
        ),
        (
            with(r#"{"role": "admin"}"#, "[]"),
            "`/subject/properties` must be an object",
        ),
        (
            with(r#"{"name": "read"}"#, r#""read""#),
            "`/action` must be an object",
        ),
        (
            with(r#"{"name": "read"}"#, "{}"),
            "`/action/name` is missing",
        ),
        (
            with(
                r#"{"name": "read"}"#,
                r#"{"name": "read", "properties": null}"#,
            ),
            "`/action/properties` must be an object",
        ),
        (with(r#""action""#, r#""Action""#), "`/action` is missing"),
        (
            with(r#""type": "record", "#, ""),
            "`/resource/type` is missing",
        ),
        (
            with(r#""r1""#, "[]"),
            "`/resource/id` must be a non-empty text",
        ),
        (
            with(r#"{"owner": null}"#, "1"),
            "`/resource/properties` must be an object",
        ),
        (
            with(r#"{"amount": 5, "price": 0.10}"#, "[]"),
            "`/context` must be an object",
        ),
        (
            with(r#""trace": [1]"#, r#""trace": [1], "action": {}"#),
            "`/action` appears twice",
        ),
        ("[]".to_owned(), "the request must be an object"),
        ("{}".to_owned(), "`/subject` is missing"),
        (String::new(), "the request is empty"),
    ];
    for (text, message) in refusals {
        assert_eq!(refused(&text), message, "{text}");
    }
}

#[test]
fn properties_and_context_may_be_absent() {
    let bare = r#"{"subject":{"type":"t","id":"i"},"action":{"name":"n"},"resource":{"type":"t","id":"i"}}"#;
    assert!(Request::from_json(bare.as_bytes()).is_ok());
}

#[test]
fn a_large_request_is_refused() {
    let text = with("\"alice\"", &format!("\"{}\"", "a".repeat(10 << 20)));
    assert!(refused(&text).ends_with("bytes; at most 1048576 are accepted"));
}

#[test]
fn fields_and_text_give_the_same_request() {
    let built = Request::builder()
        .subject_property("role", "admin")
        .subject("user", "alice")
        .action("read")
        .resource("record", "r1")
        .resource_property("owner", Node::Null)
        .context("amount", 5)
        .context("price", "0.10".parse::<Number>().unwrap())
        .build()
        .unwrap();
    let read = Request::from_json(with(",\n    \"trace\": [1]", "").as_bytes()).unwrap();
    assert_eq!(built, read);
    assert_eq!(built.document().to_json(), read.document().to_json());
}

#[test]
fn fields_get_the_same_refusals() {
    let error = |builder: RequestBuilder| builder.build().unwrap_err().to_string();
    assert_eq!(error(Request::builder()), "`/subject` is missing");
    assert_eq!(
        error(Request::builder().subject_property("a", 1)),
        "`/subject/type` is missing"
    );
    let named = Request::builder().subject("user", "alice").action("read");
    assert_eq!(error(named.clone()), "`/resource` is missing");
    assert_eq!(
        error(named.clone().resource("record", "")),
        "`/resource/id` must be a non-empty text"
    );
    let large = named
        .resource("record", "r1")
        .context("blob", "x".repeat(1 << 20));
    assert!(error(large).ends_with("bytes; at most 1048576 are accepted"));
}

#[test]
fn a_request_shows_no_data_when_debugged() {
    let request = Request::from_json(REQUEST.as_bytes()).unwrap();
    assert!(!format!("{request:?}").contains("alice"));
}
