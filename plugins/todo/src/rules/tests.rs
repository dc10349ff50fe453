use lictor_sdk::{Effect, Fake, Fault, RequestBuilder};

use super::evaluate;

const USERS: &str = r#"{
    "u-ada": {"email": "ada@example.org", "roles": ["admin", "evil_genius"]},
    "u-root": {"email": "root@example.org", "roles": ["admin"]},
    "u-eve": {"email": "eve@example.org", "roles": ["evil_genius"]},
    "u-max": {"email": "max@example.org", "roles": ["editor"]},
    "u-lea": {"email": "lea@example.org", "roles": ["viewer"]},
    "u-new": {},
    "u-nameless": {"roles": ["editor"]},
    "u/odd~id": {"email": "odd@example.org", "roles": ["editor"]}
}"#;

fn of(subject: &str, action: &str) -> RequestBuilder {
    Fake::request_of(subject, action, "").resource("todo", "t-1")
}

fn owned(subject: &str, action: &str, owner: &str) -> RequestBuilder {
    of(subject, action).resource_property("ownerID", owner)
}

fn fake(request: RequestBuilder) -> Fake {
    Fake::new().data("users", USERS).request(request)
}

fn code(request: RequestBuilder) -> String {
    let decision = fake(request).evaluate_with(evaluate).unwrap();
    assert_eq!(
        decision.effect() == Effect::Allow,
        decision.code() == "granted"
    );
    assert!(matches!(decision.effect(), Effect::Allow | Effect::Deny));
    decision.code().to_owned()
}

#[test]
fn who_may_do_what() {
    // Reading users, reading to-dos, creating, changing another's, changing the own, deleting another's, deleting the own.
    for (subject, email, rights) in [
        ("u-ada", "ada@example.org", "yyyyyyy"),
        ("u-root", "root@example.org", "yyynnyy"),
        ("u-eve", "eve@example.org", "yynyynn"),
        ("u-max", "max@example.org", "yyynyny"),
        ("u-lea", "lea@example.org", "yynnnnn"),
        ("u-new", "new@example.org", "yynnnnn"),
        ("u/odd~id", "odd@example.org", "yyynyny"),
    ] {
        let requests = [
            of(subject, "can_read_user"),
            of(subject, "can_read_todos"),
            of(subject, "can_create_todo"),
            owned(subject, "can_update_todo", "other@example.org"),
            owned(subject, "can_update_todo", email),
            owned(subject, "can_delete_todo", "other@example.org"),
            owned(subject, "can_delete_todo", email),
        ];
        let found: String = requests
            .map(|request| if code(request) == "granted" { 'y' } else { 'n' })
            .iter()
            .collect();
        assert_eq!(found, rights, "{subject}");
    }
}

#[test]
fn who_is_no_user_has_no_right() {
    for subject in ["u-nobody", "u", "u-ada/roles", "u-ada/email", "u~1odd~0id"] {
        for action in [
            "can_read_user",
            "can_read_todos",
            "can_create_todo",
            "can_update_todo",
            "can_delete_todo",
            "can_fly",
        ] {
            assert_eq!(
                code(of(subject, action)),
                "unknown-user",
                "{subject} {action}"
            );
        }
    }
}

#[test]
fn a_hostile_subject_is_unknown_and_no_fault() {
    for length in [4_080, 4_090, 5_000, 60_000] {
        for action in ["can_read_user", "can_delete_todo", "can_fly"] {
            assert_eq!(code(of(&"u".repeat(length), action)), "unknown-user");
        }
    }
}

#[test]
fn an_unknown_action_is_denied() {
    assert_eq!(code(of("u-ada", "can_fly")), "unknown-action");
}

#[test]
fn a_todo_without_an_owner_is_nobodys_own() {
    assert_eq!(code(of("u-max", "can_update_todo")), "not-granted");
    assert_eq!(
        code(of("u-max", "can_update_todo").resource_property("ownerID", 7)),
        "not-granted"
    );
    assert_eq!(code(of("u-nameless", "can_update_todo")), "not-granted");
    assert_eq!(
        code(owned("u-nameless", "can_update_todo", "")),
        "not-granted"
    );
}

#[test]
fn without_the_document_nobody_is_known() {
    let decision = Fake::new()
        .request(of("u-ada", "can_read_todos"))
        .evaluate_with(evaluate)
        .unwrap();
    assert_eq!(
        (decision.effect(), decision.code()),
        (Effect::Deny, "unknown-user")
    );
}

#[test]
fn a_broken_document_is_a_fault_that_says_where() {
    let fake = Fake::new()
        .data("users", r#"{"u-1": {"roles": ["editor", 5]}}"#)
        .request(of("u-1", "can_create_todo"));
    let fault = Fault::new("`/users/u-1/roles/1` of the data must be a text and is an integer");
    assert_eq!(fake.evaluate_with(evaluate), Err(fault));
}

#[test]
fn nothing_is_asked_in_vain() {
    let observed = |request: RequestBuilder| {
        let fake = fake(request);
        assert!(fake.evaluate_with(evaluate).is_ok());
        fake.observed()
    };
    let (name, subject) = ("request.get /action/name", "request.get /subject/id");
    assert_eq!(
        observed(of("u-lea", "can_read_todos")),
        [name, subject, "data.count /users/u-lea"]
    );
    assert_eq!(
        observed(of("u-lea", "can_create_todo")),
        [name, subject, "data.get /users/u-lea/roles"]
    );
    assert_eq!(
        observed(owned("u-max", "can_delete_todo", "max@example.org")),
        [
            name,
            subject,
            "data.get /users/u-max/roles",
            "data.get /users/u-max/email",
            "request.test /resource/properties/ownerID == \"max@example.org\""
        ]
    );
    assert_eq!(
        observed(of("u-new", "can_create_todo")),
        [
            name,
            subject,
            "data.get /users/u-new/roles",
            "data.count /users/u-new"
        ]
    );
}
