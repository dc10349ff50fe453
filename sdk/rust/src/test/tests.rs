use crate::{
    Ask, Decimal, Decision, Effect, Fake, Fault, Found, Kind, Mismatch, Operand, Presence,
};

const REQUEST: &str = r#"{
    "subject": {"type": "user", "id": "alice", "properties": {"ip": "::ffff:10.1.2.3"}},
    "action": {"name": "crm.note"},
    "resource": {"type": "invoice", "id": "i-1"},
    "context": {"amount": 12.50, "live": true, "at": "2026-06-01T12:00:00Z", "approved_by": "alice", "tags": ["a", "b"], "null": null}
}"#;

fn fake() -> Fake {
    Fake::new()
        .request(REQUEST)
        .data("users", r#"{"alice": {"limit": 12.5, "roles": ["admin"]}}"#)
        .parameters(r#"{"tools": ["crm.*", "kb.search"], "limit": 10, "hours": [0, null]}"#)
}

#[test]
fn every_relation_can_be_asked() -> Result<(), Mismatch> {
    let ask = fake().ask();
    let of = |pointer| ask.request.test(pointer);
    let exact: Decimal = "12.5".parse().unwrap();
    assert!(of("/context/amount").is(&exact)?);
    assert!(!of("/context/amount").is_below(exact.clone())?);
    assert!(of("/context/amount").is_at_most(exact)?);
    assert!(of("/context/amount").is_above(12)?);
    assert!(of("/context/amount").is_at_least(Operand::data("/users/alice/limit"))?);
    assert!(of("/context/amount").is_above(Operand::parameters("/limit"))?);
    assert!(of("/context/live").is(true)?);
    assert!(of("/context/approved_by").is(Operand::request("/subject/id"))?);
    assert!(of("/action/name").is_in(["pay", "crm.note"])?);
    assert!(!of("/action/name").is_in(&["pay".to_owned()])?);
    assert!(of("/subject/id").is_in(Operand::data("/users"))?);
    assert!(of("/context/tags").is(Operand::json(r#"["a","b"]"#))?);
    assert!(of("/action/name").starts_with("crm.")?);
    assert!(of("/action/name").ends_with(vec!["x", "note"].as_slice())?);
    assert!(of("/action/name").matches("c*.n*")?);
    assert!(of("/action/name").matches(Operand::parameters("/tools"))?);
    assert!(of("/subject/properties/ip").is_in_network("10.0.0.0/8")?);
    assert!(!of("/subject/properties/ip").is_in_network(["::/0", "192.168.0.0/16"])?);
    assert!(of("/context/at").is_within(("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"))?);
    assert!(of("/context/at").is_within((0, i64::MAX))?);
    assert!(!of("/context/at").is_within((None, Some(0)))?);
    assert!(of("/context/at").is_within(Operand::parameters("/hours"))?);
    assert!(ask.data.test("/users/alice/roles/0").is("admin")?);
    Ok(())
}

#[test]
fn one_test_is_one_observation() {
    let fake = fake();
    let decision = fake.evaluate_with(|ask: &Ask| {
        let small = ask.request.test("/context/amount").is_at_most(10_000)?;
        let own = ask
            .request
            .test("/action/name")
            .matches(Operand::parameters("/tools"))?;
        let known = ask
            .data
            .test("/users/alice/limit")
            .is_above(Operand::request("/context/amount"))?;
        assert!(small && own && !known);
        Ok::<_, Fault>(Decision::allow())
    });
    assert_eq!(
        decision.map(|decision| decision.effect()),
        Ok(Effect::Allow)
    );
    let observed = [
        "request.test /context/amount <= 10000",
        "request.test /action/name matches parameters /tools",
        "data.test /users/alice/limit > request /context/amount",
    ];
    assert_eq!(fake.observed(), observed);
}

#[test]
fn what_makes_no_sense_is_neither_yes_nor_no() {
    let ask = fake().ask();
    let message = |answer: Result<bool, Mismatch>| answer.unwrap_err().to_string();
    let of = |pointer| ask.request.test(pointer);
    for (answer, expected) in [
        (
            of("/context/other").is("x"),
            "`/context/other` of the request must be a text and is absent",
        ),
        (
            of("/context/amount").is("12.5"),
            "`/context/amount` of the request must be a text and is a decimal",
        ),
        (
            of("/action/name").is_at_most(1),
            "`/action/name` of the request must be a number and is a text",
        ),
        (
            of("/context/null").is(true),
            "`/context/null` of the request must be a boolean and is null",
        ),
        (
            of("/action/name").is_in_network("::/0"),
            "`/action/name` of the request must be an address and is malformed",
        ),
        (
            of("/action/name").is_within((0, 1)),
            "`/action/name` of the request must be a moment and is malformed",
        ),
        (
            of("/context/amount").is_in(["a"]),
            "`/context/amount` of the request must be of the kind that it is compared with and is a decimal",
        ),
        (
            of("/subject/id").is_in(Operand::data("/groups")),
            "`/groups` of the data must be a list or an object and is absent",
        ),
        (
            of("/context/amount").is_at_most(Operand::parameters("/tools")),
            "`/tools` of the parameters must be a number or a text and is a list",
        ),
        (
            of("/subject/properties/ip").is_in_network("10.0.0.0/33"),
            "what the rule compares with must be a network or a list of networks and is malformed",
        ),
        (
            of("/action/name").matches("crm.?"),
            "what the rule compares with must be a pattern or a list of patterns and is malformed",
        ),
    ] {
        assert_eq!(message(answer), expected);
    }
    assert_eq!(
        of("/context/amount").is(true).unwrap_err().found(),
        Found::Other(Kind::Decimal)
    );
}

/// A rule that forgives an absent value must not forgive an absent list by that: nobody would be on it.
#[test]
fn only_the_value_itself_may_be_absent() {
    let ask = fake().ask();
    assert_eq!(
        ask.request.test("/context/other").is("x").optional(),
        Ok(None)
    );
    assert_eq!(
        ask.request.test("/context/null").is("x").nullable(),
        Ok(None)
    );
    assert_eq!(
        ask.request.test("/action/name").is("x").optional(),
        Ok(Some(false))
    );
    assert!(
        ask.request
            .test("/context/null")
            .is("x")
            .optional()
            .is_err()
    );
    let banned = ask
        .request
        .test("/subject/id")
        .is_in(Operand::data("/banned"));
    assert_eq!(banned.clone().optional(), Err(banned.clone().unwrap_err()));
    assert_eq!(banned.clone().nullable(), Err(banned.unwrap_err()));
}

#[test]
fn what_the_host_would_end_is_a_fault() {
    let fault = |rule: fn(&Ask) -> Result<bool, Mismatch>| {
        let decided = fake().evaluate_with(|ask: &Ask| rule(ask).map(|_| Decision::allow()));
        decided.unwrap_err().to_string()
    };
    assert_eq!(
        fault(|ask| ask.request.test("amount").is(1)),
        "the question `request.test amount == 1` is malformed: the pointer `amount` must be empty or begin with `/`"
    );
    let malformed = fault(|ask| ask.request.test("/context").is(Operand::data("/~")));
    assert!(
        malformed.contains("the pointer `/~` has a `~`"),
        "{malformed}"
    );
    assert_eq!(
        fault(|ask| ask.request.test("/action/name").is("x".repeat(65_537))),
        "the policy handed over more than 65536 bytes at once"
    );
    assert!(
        fake()
            .evaluate_with(|ask: &Ask| {
                let answer = ask.request.test("/action/name").is("x".repeat(65_536));
                answer.map(|_| Decision::allow())
            })
            .is_ok()
    );
}
