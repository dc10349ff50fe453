use lictor_sdk::{Decision, Effect, Fake, Node, RequestBuilder};

use super::Approval;

fn act(action: &str) -> RequestBuilder {
    Fake::request_of("agent-7", action, "record-1")
}

fn decide(parameters: &str, request: RequestBuilder) -> Decision {
    Fake::new()
        .parameters(parameters)
        .request(request)
        .evaluate::<Approval>()
        .unwrap()
}

fn outcome(request: RequestBuilder) -> (Effect, String) {
    let decision = decide("{}", request);
    (decision.effect(), decision.code().to_owned())
}

#[test]
fn what_cannot_be_taken_back_needs_an_approval() {
    for action in [
        "email_customer",
        "change_contract",
        "purchase",
        "delete_record",
    ] {
        let decision = decide("{}", act(action));
        assert_eq!(
            (decision.effect(), decision.code()),
            (Effect::Review, "needs-approval"),
            "{action}"
        );
        let [obligation] = decision.obligations() else {
            panic!("{decision:?}")
        };
        assert_eq!(
            (obligation.id(), obligation.kind()),
            ("approval", "request-approval")
        );
        assert_eq!(obligation.properties(), r#"{"approvers":"owners"}"#);
    }
}

#[test]
fn the_tenant_names_actions_and_approvers() {
    let parameters = r#"{"review": ["send_email"], "approvers": "le\"gal"}"#;
    let decision = decide(parameters, act("send_email"));
    assert_eq!(
        decision.obligations()[0].properties(),
        r#"{"approvers":"le\"gal"}"#
    );
    assert_eq!(decide(parameters, act("purchase")), Decision::abstain());
    assert_eq!(
        decide(r#"{"review": []}"#, act("purchase")),
        Decision::abstain()
    );
}

#[test]
fn another_person_may_approve() {
    let decision = decide("{}", act("purchase").context("approved_by", "mira"));
    assert_eq!(
        (decision.effect(), decision.code()),
        (Effect::Allow, "approved")
    );
    assert_eq!(
        decision.reasons()[0].message(),
        "`mira` has approved the action `purchase`"
    );
    assert!(decision.obligations().is_empty());
}

#[test]
fn nobody_approves_an_own_action() {
    let own = act("purchase").context("approved_by", "agent-7");
    assert_eq!(outcome(own), (Effect::Deny, "self-approval".to_owned()));
}

#[test]
fn what_is_no_name_is_no_approval() {
    for nobody in [
        Node::Null,
        Node::from(""),
        Node::from(true),
        Node::from(vec!["mira"]),
    ] {
        let request = act("purchase").context("approved_by", nobody.clone());
        assert_eq!(
            outcome(request),
            (Effect::Review, "needs-approval".to_owned()),
            "{nobody:?}"
        );
    }
}

#[test]
fn other_actions_are_left_to_others() {
    assert_eq!(
        decide("{}", act("read").context("approved_by", "agent-7")),
        Decision::abstain()
    );
}

#[test]
fn nothing_is_asked_in_vain() {
    let observed = |request: RequestBuilder| {
        let fake = Fake::new().request(request);
        assert!(fake.evaluate::<Approval>().is_ok());
        fake.observed()
    };
    let all = [
        "request.get /action/name",
        "request.get /context/approved_by",
        "request.test /context/approved_by == request /subject/id",
    ];
    assert_eq!(observed(act("read")), all[..1]);
    assert_eq!(observed(act("purchase")), all[..2]);
    assert_eq!(
        observed(act("purchase").context("approved_by", "mira")),
        all
    );
}

#[test]
fn hostile_texts_are_cut_in_messages() {
    let long = "x".repeat(60_000);
    let decision = decide("{}", act("purchase").context("approved_by", long.as_str()));
    assert!(decision.reasons()[0].message().len() < 300);
}

#[test]
fn wrong_parameters_are_refused_by_their_place() {
    let refused = |parameters: &str| {
        Fake::new()
            .parameters(parameters)
            .check::<Approval>()
            .unwrap_err()
            .message()
            .to_owned()
    };
    for (parameters, message) in [
        (
            r#"{"reviews": []}"#,
            "`/reviews` is unknown: there are `approvers` and `review`",
        ),
        (
            r#"{"review": "purchase"}"#,
            "`/review` must be a list of actions",
        ),
        (r#"{"review": null}"#, "`/review` must be a list of actions"),
        (
            r#"{"review": ["purchase", ""]}"#,
            "`/review/1` must be a non-empty text",
        ),
        (r#"{"review": [1]}"#, "`/review/0` must be a non-empty text"),
        (
            r#"{"approvers": ""}"#,
            "`/approvers` must be a non-empty text",
        ),
        (
            r#"{"approvers": ["owners"]}"#,
            "`/approvers` must be a non-empty text",
        ),
    ] {
        assert_eq!(refused(parameters), message);
    }
    for parameters in [
        "{}",
        r#"{"review": []}"#,
        r#"{"review": ["a"], "approvers": "b"}"#,
    ] {
        assert_eq!(
            Fake::new().parameters(parameters).check::<Approval>(),
            Ok(()),
            "{parameters}"
        );
    }
}
