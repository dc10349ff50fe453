//! Obligations as an attacker would write them: whatever isn't met to the letter isn't met.

use axum::http::Request;
use axum::http::request::Parts;
use lictor::{Effect, Obligation};
use serde_json::json;

use super::*;

fn route() -> EnvoyRoute {
    EnvoyRoute {
        own_headers: vec!["x-tier".to_owned(), "x-team".to_owned()],
        changed_headers: vec!["accept".to_owned(), "x-tag".to_owned()],
        response_headers: vec!["x-decided".to_owned()],
        ..EnvoyRoute::new("shop", "shop".parse().unwrap())
    }
}

fn parts() -> Parts {
    let request = Request::get("/")
        .header("x-tag", "a")
        .header("x-tier", "gold");
    request.body(()).unwrap().into_parts().0
}

fn decision(obligations: &[(&str, Value)]) -> Decision {
    let obligations = obligations.iter().map(|(kind, properties)| Obligation {
        id: String::new(),
        kind: (*kind).to_owned(),
        properties: properties.to_string(),
        annotations: Vec::new(),
    });
    Decision {
        obligations: obligations.collect(),
        ..Decision::bare(Effect::Allow)
    }
}

fn changes(obligations: &[(&str, Value)], form: Form) -> Option<Changes> {
    let parts = parts();
    let checked = Checked::of_parts(&parts, "/").unwrap();
    Changes::of(&decision(obligations), &route(), &checked, form).ok()
}

fn header(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": value })
}

/// Headers as text: `=` in the place of what is there, `+` beside it.
fn shown(changes: &[Change]) -> Vec<String> {
    let sign = |it: &Change| if it.appends { '+' } else { '=' };
    let value = |it: &Change| it.value.to_str().unwrap().to_owned();
    let shown = changes.iter();
    shown
        .map(|it| format!("{}{}{}", it.name, sign(it), value(it)))
        .collect()
}

#[test]
fn what_a_client_sends_in_the_policies_own_headers_never_goes_on() {
    for form in [Form::Grpc, Form::Http] {
        let none = changes(&[], form).unwrap();
        assert_eq!(none.removed, ["x-tier", "x-team"]);
        let set = changes(&[("set-request-header", header("x-tier", "basic"))], form).unwrap();
        assert_eq!(set.removed, ["x-team"]);
        assert_eq!(shown(&set.request), ["x-tier=basic"]);
        let removed = changes(
            &[("remove-request-header", json!({"name": "x-tier"}))],
            form,
        );
        assert_eq!(removed.unwrap().removed, ["x-team", "x-tier"]);
    }
    let appended = changes(
        &[
            ("append-request-header", header("x-tier", "a")),
            ("append-request-header", header("x-tier", "b")),
        ],
        Form::Grpc,
    );
    assert_eq!(shown(&appended.unwrap().request), ["x-tier=a", "x-tier+b"]);
}

#[test]
fn headers_are_set_added_to_and_removed() {
    let all = [
        ("append-request-header", header("x-tag", "b")),
        ("append-request-header", header("accept", "text/plain")),
        ("append-request-header", header("x-team", "red")),
        ("set-response-header", header("x-decided", "yes")),
        ("append-response-header", header("x-decided", "indeed")),
        ("set-metadata", json!({"name": "team", "value": {"id": 7}})),
    ];
    let changes = changes(&all, Form::Grpc).unwrap();
    assert_eq!(
        shown(&changes.request),
        ["accept=text/plain", "x-tag+b", "x-team=red"]
    );
    assert_eq!(
        shown(&changes.response),
        ["x-decided=yes", "x-decided+indeed"]
    );
    assert_eq!(changes.metadata["team"], json!({"id": 7}));
    // Over HTTP there is no way to say these.
    for (kind, properties) in &all {
        let alone = self::changes(&[(kind, properties.clone())], Form::Http);
        assert_eq!(alone.is_some(), *kind == "set-response-header", "{kind}");
    }
    let removed = self::changes(
        &[("remove-request-header", json!({"name": "accept"}))],
        Form::Grpc,
    );
    assert_eq!(removed.unwrap().removed, ["x-tier", "x-team", "accept"]);
}

#[test]
fn what_cannot_be_met_to_the_letter_is_not_met() {
    let set = "set-request-header";
    let large = "a".repeat(HEADER_BYTES_MAX);
    let mut deep = json!(1);
    (0..40).for_each(|_| deep = json!([deep]));
    for obligations in [
        vec![("notify", json!({}))],
        vec![("Set-Request-Header", header("x-tier", "a"))],
        vec![(set, json!({}))],
        vec![(set, json!({"name": "x-tier"}))],
        vec![(set, json!({"name": "x-tier", "value": 1}))],
        vec![(set, json!({"name": "x-tier", "value": "a", "if": "b"}))],
        vec![(set, header("authorization", "Bearer a"))],
        vec![(set, header("host", "a"))],
        vec![(set, header(":path", "/admin"))],
        vec![(set, header("X-Tier", "a"))],
        vec![(set, header("x-tier ", "a"))],
        vec![(set, header("x-decided", "a"))],
        vec![("set-response-header", header("x-tier", "a"))],
        vec![(set, header("x-tier", ""))],
        vec![(set, header("x-tier", " a"))],
        vec![(set, header("x-tier", "a\r\nx-admin: yes"))],
        vec![(set, header("x-tier", "a\nb"))],
        vec![(set, header("x-tier", "a\rb"))],
        vec![(set, header("x-tier", "a\0b"))],
        vec![(set, header("x-tier", "ä"))],
        vec![(set, header("x-tier", &large))],
        vec![(set, header("x-tier", "a")), (set, header("x-tier", "b"))],
        vec![
            (set, header("x-tier", "a")),
            ("remove-request-header", json!({"name": "x-tier"})),
        ],
        vec![
            ("remove-request-header", json!({"name": "x-tag"})),
            ("append-request-header", header("x-tag", "a")),
        ],
        vec![("remove-request-header", json!({"name": "authorization"}))],
        vec![("set-metadata", json!({"name": "", "value": 1}))],
        vec![(
            "set-metadata",
            json!({"name": "lictor_decision_id", "value": 1}),
        )],
        vec![(
            "set-metadata",
            json!({"name": "n", "value": 9_007_199_254_740_993_u64}),
        )],
        vec![("set-metadata", json!({"name": "n", "value": deep}))],
        vec![
            ("set-metadata", json!({"name": "n", "value": 1})),
            ("set-metadata", json!({"name": "n", "value": 2})),
        ],
    ] {
        assert_eq!(changes(&obligations, Form::Grpc), None, "{obligations:?}");
    }
    // What two policies agree about is one demand.
    let twice = [(set, header("x-tier", "a")), (set, header("x-tier", "a"))];
    assert_eq!(
        shown(&changes(&twice, Form::Grpc).unwrap().request),
        ["x-tier=a"]
    );
}

#[test]
fn a_denial_takes_what_it_can_have() {
    let obligations = [
        ("request-approval", json!({"by": "boss"})),
        ("set-request-header", header("x-tier", "a")),
        ("set-response-header", header("x-decided", "no")),
        ("set-response-header", header("set-cookie", "a=b")),
    ];
    let found = Changes::of_denial(&decision(&obligations), &route());
    assert_eq!(shown(&found), ["x-decided=no"]);
}
