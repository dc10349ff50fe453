use lictor_sdk::{Effect, Fake, Node, RequestBuilder};

use super::ToolAccess;

const PARAMETERS: &str = r#"{"roles": {
    "support": {"read": ["crm.*", "kb.search"], "write": ["crm.note"]},
    "auditor": {"read": ["*"]},
    "idle": {},
    "ops/night~shift": {"write": ["pager"]}
}}"#;

fn call(role: &str, action: &str, tool: &str) -> RequestBuilder {
    Fake::request_of("agent-7", action, "")
        .resource("tool", tool)
        .subject_property("role", role)
}

fn decide(request: RequestBuilder) -> (Effect, String, String) {
    let decision = Fake::new()
        .parameters(PARAMETERS)
        .request(request)
        .evaluate::<ToolAccess>()
        .unwrap();
    let [reason] = decision.reasons() else {
        panic!("{decision:?}")
    };
    (
        decision.effect(),
        reason.code().to_owned(),
        reason.message().to_owned(),
    )
}

fn code(request: RequestBuilder) -> String {
    decide(request).1
}

#[test]
fn a_role_may_do_what_is_written_and_nothing_else() {
    let (effect, code, message) = decide(call("support", "read", "crm.customer"));
    assert_eq!((effect, code.as_str()), (Effect::Allow, "tool-granted"));
    assert_eq!(message, "the role `support` may read `crm.customer`");
    let (effect, code, message) = decide(call("support", "write", "crm.customer"));
    assert_eq!((effect, code.as_str()), (Effect::Deny, "tool-not-granted"));
    assert_eq!(message, "the role `support` may not write `crm.customer`");
}

#[test]
fn writing_does_not_imply_reading() {
    assert_eq!(
        code(call("ops/night~shift", "write", "pager")),
        "tool-granted"
    );
    assert_eq!(
        code(call("ops/night~shift", "read", "pager")),
        "tool-not-granted"
    );
}

#[test]
fn a_missing_list_is_an_empty_one() {
    assert_eq!(code(call("auditor", "read", "anything")), "tool-granted");
    assert_eq!(
        code(call("auditor", "write", "anything")),
        "tool-not-granted"
    );
    assert_eq!(code(call("idle", "read", "anything")), "tool-not-granted");
}

#[test]
fn a_role_is_one_name_whatever_it_holds() {
    for role in [
        "ops",
        "support/read",
        "/support",
        "",
        "support~1read",
        "ops~1night~0shift",
    ] {
        assert_eq!(
            code(call(role, "read", "crm.customer")),
            "unknown-role",
            "{role}"
        );
    }
}

#[test]
fn a_hostile_role_is_unknown_and_no_fault() {
    for length in [4_000, 4_080, 4_085, 4_090, 5_000, 60_000] {
        let (effect, code, message) = decide(call(&"r".repeat(length), "read", "kb.search"));
        assert_eq!((effect, code.as_str()), (Effect::Deny, "unknown-role"));
        assert!(message.len() < 200, "{message}");
    }
}

#[test]
fn hostile_texts_are_cut_in_messages() {
    let (_, _, message) = decide(call("auditor", "read", &"\u{1f600}".repeat(10_000)));
    assert!(message.len() < 200, "{message}");
    let (_, _, message) = decide(call("auditor", &"x".repeat(60_000), "tool"));
    assert!(message.len() < 200, "{message}");
}

#[test]
fn a_subject_without_a_role_is_denied() {
    let none = Fake::request_of("agent-7", "read", "").resource("tool", "kb.search");
    assert_eq!(decide(none.clone()).2, "the subject has no role");
    assert_eq!(code(none.clone()), "no-role");
    assert_eq!(
        code(none.clone().subject_property("role", Node::Null)),
        "no-role"
    );
    assert_eq!(
        code(none.subject_property("role", vec!["support"])),
        "no-role"
    );
}

#[test]
fn other_actions_are_denied_by_name() {
    let (effect, code, message) = decide(call("support", "delete", "kb.search"));
    assert_eq!((effect, code.as_str()), (Effect::Deny, "unknown-action"));
    assert_eq!(message, "the action `delete` is neither `read` nor `write`");
}

#[test]
fn what_is_no_tool_is_left_to_others() {
    let fake = Fake::new()
        .parameters(PARAMETERS)
        .request(Fake::request_of("agent-7", "read", "record-1"));
    let decision = fake.evaluate::<ToolAccess>().unwrap();
    assert_eq!(
        (decision.effect(), decision.reasons()),
        (Effect::Abstain, &[][..])
    );
    assert_eq!(fake.observed(), ["request.get /resource/type"]);
}

#[test]
fn what_is_shared_is_asked_first_and_the_tool_last() {
    let observed = |role: &str, action: &str| {
        let fake = Fake::new()
            .parameters(PARAMETERS)
            .request(call(role, action, "kb.search"));
        assert!(fake.evaluate::<ToolAccess>().is_ok());
        fake.observed()
    };
    let all = [
        "request.get /resource/type",
        "request.get /subject/properties/role",
        "request.get /action/name",
        "request.get /resource/id",
    ];
    assert_eq!(observed("support", "read"), all);
    assert_eq!(observed("idle", "read"), all);
    assert_eq!(observed("other", "read"), all[..3]);
    assert_eq!(observed("support", "delete"), all[..3]);
}

#[test]
fn wrong_parameters_are_refused_by_their_place() {
    let refused = |parameters: &str| {
        Fake::new()
            .parameters(parameters)
            .check::<ToolAccess>()
            .unwrap_err()
            .message()
            .to_owned()
    };
    let roles = "`/roles` must be an object with at least one role";
    for parameters in [
        "{}",
        r#"{"roles": null}"#,
        r#"{"roles": []}"#,
        r#"{"roles": {}}"#,
        r#"{"roles": "all"}"#,
    ] {
        assert_eq!(refused(parameters), roles, "{parameters}");
    }
    for (role, message) in [
        (
            "[]",
            "`/roles/a~1b` must be an object of `read` and `write`",
        ),
        (
            "null",
            "`/roles/a~1b` must be an object of `read` and `write`",
        ),
        (
            r#"{"reads": []}"#,
            "`/roles/a~1b/reads` is unknown: a role has `read` and `write`",
        ),
        (
            r#"{"read": "x"}"#,
            "`/roles/a~1b/read` must be a list of tools",
        ),
        (
            r#"{"read": {}}"#,
            "`/roles/a~1b/read` must be a list of tools",
        ),
        (
            r#"{"read": null}"#,
            "`/roles/a~1b/read` must be a list of tools",
        ),
        (
            r#"{"read": ["x", ""]}"#,
            "`/roles/a~1b/read/1` must be a non-empty text",
        ),
        (
            r#"{"read": ["x", 1]}"#,
            "`/roles/a~1b/read/1` must be a non-empty text",
        ),
        (
            r#"{"write": [[]]}"#,
            "`/roles/a~1b/write/0` must be a non-empty text",
        ),
    ] {
        assert_eq!(
            refused(&format!(r#"{{"roles": {{"a/b": {role}}}}}"#)),
            message
        );
    }
    assert_eq!(
        Fake::new().parameters(PARAMETERS).check::<ToolAccess>(),
        Ok(())
    );
}
