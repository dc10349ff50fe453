use lictor_sdk::{Decision, Effect, Fake, Node, RequestBuilder};

type SpendLimit = super::SpendLimit<5_000>;

const PARAMETERS: &str = r#"{"currency": "EUR", "limits": {
    "pay": {"standard": 100.50, "gold": 1e3},
    "wire/swift": {"gold": 20}
}}"#;

fn spend(action: &str, amount: &str) -> String {
    request(
        action,
        &format!(r#"{{"amount": {amount}, "currency": "EUR"}}"#),
        "{}",
    )
}

fn request(action: &str, context: &str, properties: &str) -> String {
    format!(
        r#"{{
            "subject": {{"type": "agent", "id": "agent-7", "properties": {properties}}},
            "action": {{"name": "{action}"}},
            "resource": {{"type": "invoice", "id": "invoice-1"}},
            "context": {context}
        }}"#
    )
}

fn decide(request: String) -> Decision {
    Fake::new()
        .parameters(PARAMETERS)
        .request(request)
        .evaluate::<SpendLimit>()
        .unwrap()
}

fn outcome(request: String) -> (Effect, String) {
    let decision = decide(request);
    (decision.effect(), decision.code().to_owned())
}

fn allowed() -> (Effect, String) {
    (Effect::Allow, "within-limit".to_owned())
}

fn denied(code: &str) -> (Effect, String) {
    (Effect::Deny, code.to_owned())
}

#[test]
fn amounts_are_compared_exactly() {
    for within in [
        "100.5",
        "100.50",
        "1005e-1",
        "0",
        "-0",
        "0.0",
        "1e2",
        "100.4999999999999999999999999",
    ] {
        assert_eq!(outcome(spend("pay", within)), allowed(), "{within}");
    }
    for over in [
        "100.51",
        "100.500000000000000000000000001",
        "1e3",
        "1e400",
        "123456789012345678901234567890",
    ] {
        assert_eq!(outcome(spend("pay", over)), denied("over-limit"), "{over}");
    }
}

#[test]
fn a_decision_tells_the_limit_and_a_denial_the_amount() {
    let decision = decide(spend("pay", "100.50"));
    assert_eq!(
        (decision.annotation("amount"), decision.annotation("limit")),
        (None, Some("100.5"))
    );
    assert_eq!(
        decision.reasons()[0].message(),
        "the amount is within the limit of 100.5"
    );
    let decision = decide(spend("pay", "101"));
    assert_eq!(
        (decision.annotation("amount"), decision.annotation("limit")),
        (Some("101"), Some("100.5"))
    );
    assert_eq!(
        decision.reasons()[0].message(),
        "the amount 101 is over the limit of 100.5"
    );
}

#[test]
fn a_limit_is_that_of_the_tier_else_the_standard_one_else_the_default() {
    let limit = |action: &str, tier: &str| {
        let properties = format!(r#"{{"tier": {tier}}}"#);
        let decision = decide(request(
            action,
            r#"{"amount": 1, "currency": "EUR"}"#,
            &properties,
        ));
        decision
            .annotation("limit")
            .map(str::to_owned)
            .unwrap_or_default()
    };
    assert_eq!(limit("pay", r#""gold""#), "1000");
    assert_eq!(limit("pay", r#""standard""#), "100.5");
    assert_eq!(limit("pay", r#""silver""#), "100.5");
    assert_eq!(limit("wire/swift", r#""gold""#), "20");
    assert_eq!(limit("wire/swift", r#""silver""#), "5000");
    assert_eq!(limit("refund", r#""gold""#), "5000");
    assert_eq!(
        limit("pay", &format!(r#""{}""#, "t".repeat(5_000))),
        "100.5"
    );
    assert_eq!(decide(spend("pay", "1")).annotation("limit"), Some("100.5"));
}

#[test]
fn a_tier_that_is_no_text_has_no_limit_to_take() {
    for tier in ["null", "1", "[\"gold\"]"] {
        let properties = format!(r#"{{"tier": {tier}}}"#);
        let request = request("pay", r#"{"amount": 1, "currency": "EUR"}"#, &properties);
        assert_eq!(outcome(request), denied("no-tier"), "{tier}");
    }
}

#[test]
fn an_amount_must_be_a_number_that_is_not_negative() {
    for none in [
        r#"{"currency": "EUR"}"#,
        r#"{"amount": null, "currency": "EUR"}"#,
        r#"{"amount": "5", "currency": "EUR"}"#,
    ] {
        assert_eq!(
            outcome(request("pay", none, "{}")),
            denied("no-amount"),
            "{none}"
        );
    }
    assert_eq!(outcome(spend("pay", "-0.01")), denied("negative-amount"));
    assert_eq!(
        outcome(request("pay", r#"{"amount": -1, "currency": "USD"}"#, "{}")),
        denied("negative-amount")
    );
    assert_eq!(outcome(request("pay", "{}", "{}")), denied("no-amount"));
}

#[test]
fn only_the_currency_of_the_limits_is_spent() {
    for context in [
        r#"{"amount": 1}"#,
        r#"{"amount": 1, "currency": "USD"}"#,
        r#"{"amount": 1, "currency": "eur"}"#,
        r#"{"amount": 1, "currency": null}"#,
    ] {
        assert_eq!(
            outcome(request("pay", context, "{}")),
            denied("other-currency"),
            "{context}"
        );
    }
    let without = Fake::new().request(request("pay", r#"{"amount": 1, "currency": "USD"}"#, "{}"));
    assert_eq!(
        without
            .evaluate::<SpendLimit>()
            .map(|decision| decision.effect()),
        Ok(Effect::Allow)
    );
}

#[test]
fn what_spends_nothing_is_left_to_others() {
    for action in [
        "read",
        "limits",
        "wire",
        "wire~1swift",
        "pay/standard",
        &"a".repeat(5_000),
    ] {
        assert_eq!(
            outcome(spend(action, "1")),
            (Effect::Abstain, String::new()),
            "{action}"
        );
    }
    for action in ["pay", "purchase", "refund", "transfer", "wire/swift"] {
        assert_eq!(outcome(spend(action, "1")), allowed(), "{action}");
    }
}

#[test]
fn a_limit_for_one_action_leaves_the_others_limited() {
    assert_eq!(outcome(spend("transfer", "5000")), allowed());
    assert_eq!(outcome(spend("transfer", "5000.01")), denied("over-limit"));
}

#[test]
fn the_amount_is_asked_last() {
    let observed = |request: String| {
        let fake = Fake::new().parameters(PARAMETERS).request(request);
        assert!(fake.evaluate::<SpendLimit>().is_ok());
        fake.observed()
    };
    let all = [
        "request.get /action/name",
        "request.test /context/currency == \"EUR\"",
        "request.get /subject/properties/tier",
        "request.test /context/amount < 0",
        "request.test /context/amount <= 100.5",
        "request.get /context/amount",
    ];
    assert_eq!(observed(spend("pay", "1")), all[..5]);
    assert_eq!(observed(spend("pay", "101")), all);
    assert_eq!(observed(spend("read", "1")), all[..1]);
    assert_eq!(
        observed(request("pay", r#"{"amount": 1}"#, "{}")),
        [all[0], all[1], all[3]]
    );
}

#[test]
fn all_amounts_within_the_limit_share_a_decision() {
    for amount in ["0", "0.01", "99.999", "100.5"] {
        assert_eq!(decide(spend("pay", amount)), decide(spend("pay", "1")));
    }
}

#[test]
fn an_amount_of_many_digits_is_cut_in_the_message() {
    let decision = decide(spend("pay", &"9".repeat(1_000)));
    assert!(decision.reasons()[0].message().len() < 300);
    assert_eq!(decision.code(), "over-limit");
}

#[test]
fn wrong_parameters_are_refused_by_their_place() {
    let refused = |parameters: &str| {
        Fake::new()
            .parameters(parameters)
            .check::<SpendLimit>()
            .unwrap_err()
            .message()
            .to_owned()
    };
    for (parameters, message) in [
        (
            r#"{"limit": {}}"#,
            "`/limit` is unknown: there are `currency` and `limits`",
        ),
        (
            r#"{"currency": ""}"#,
            "`/currency` must be a non-empty text",
        ),
        (
            r#"{"currency": null}"#,
            "`/currency` must be a non-empty text",
        ),
        (
            r#"{"limits": []}"#,
            "`/limits` must be an object of actions",
        ),
        (
            r#"{"limits": null}"#,
            "`/limits` must be an object of actions",
        ),
        (
            r#"{"limits": {"pay": 5}}"#,
            "`/limits/pay` must be an object of tiers",
        ),
        (
            r#"{"limits": {"a/b": {"gold": "5"}}}"#,
            "`/limits/a~1b/gold` must be a number that is not negative",
        ),
        (
            r#"{"limits": {"pay": {"gold": -0.1}}}"#,
            "`/limits/pay/gold` must be a number that is not negative",
        ),
        (
            r#"{"limits": {"pay": {"gold": null}}}"#,
            "`/limits/pay/gold` must be a number that is not negative",
        ),
    ] {
        assert_eq!(refused(parameters), message);
    }
    for parameters in [
        "{}",
        PARAMETERS,
        r#"{"limits": {}}"#,
        r#"{"limits": {"pay": {"gold": 0}}}"#,
    ] {
        assert_eq!(
            Fake::new().parameters(parameters).check::<SpendLimit>(),
            Ok(()),
            "{parameters}"
        );
    }
}

#[test]
fn requests_built_field_by_field_are_the_same() {
    let built: RequestBuilder = Fake::request_of("agent-7", "pay", "invoice-1")
        .context("amount", 100)
        .context("currency", "EUR")
        .subject_property("tier", Node::from("gold"));
    let decision = Fake::new()
        .parameters(PARAMETERS)
        .request(built)
        .evaluate::<SpendLimit>()
        .unwrap();
    assert_eq!(decision.annotation("limit"), Some("1000"));
}
