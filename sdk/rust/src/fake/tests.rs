use crate::{
    Ask, Decision, Effect, Fake, Fault, Level, LogLine, ParameterError, Parameters, Policy, Reason,
};

const REQUEST: &str = r#"{
    "subject": {"type": "user", "id": "alice"},
    "action": {"name": "pay"},
    "resource": {"type": "invoice", "id": "i-1"},
    "context": {"amount": 12.50}
}"#;

fn fault(rule: impl FnOnce(&Ask) -> Result<Decision, Fault>) -> String {
    Fake::new()
        .request(REQUEST)
        .evaluate_with(rule)
        .unwrap_err()
        .message()
        .to_owned()
}

#[test]
fn questions_are_observed_in_order_and_parameters_are_not() {
    let fake = Fake::new()
        .request(REQUEST)
        .data("users", r#"{"alice": {}}"#)
        .parameters(r#"{"limit": 5}"#)
        .now(1_000);
    let decision = fake.evaluate_with(|ask: &Ask| {
        assert_eq!(ask.parameters.integer("/limit"), Ok(5));
        assert_eq!(ask.data.count("/users"), Some(1));
        assert_eq!(ask.request.text("/subject/id").as_deref(), Ok("alice"));
        assert_eq!(
            ask.data.keys("").as_deref(),
            Some(&["users".to_owned()][..])
        );
        assert!(ask.clock.before(1_001) && !ask.clock.before(1_000));
        assert_eq!(ask.clock.now(), 1_000);
        Decision::abstain()
    });
    assert_eq!(decision, Ok(Decision::abstain()));
    let observed = [
        "data.count /users",
        "request.get /subject/id",
        "data.keys ",
        "clock.before 1001",
        "clock.before 1000",
        "clock.now",
    ];
    assert_eq!(fake.observed(), observed);
}

#[test]
fn each_evaluation_observes_for_itself() {
    let fake = Fake::new();
    assert!(fake.observed().is_empty());
    for _ in 0..2 {
        assert!(
            fake.evaluate_with(|ask: &Ask| ask
                .request
                .text("/action/name")
                .map(|_| Decision::allow()))
                .is_ok()
        );
        assert_eq!(fake.observed(), ["request.get /action/name"]);
    }
}

#[test]
fn what_the_host_would_end_is_a_fault_and_no_panic() {
    let malformed = fault(|ask| Ok(ask.request.text("subject").map(|_| Decision::allow())?));
    assert!(
        malformed.contains("must be empty or begin with `/`"),
        "{malformed}"
    );
    let long = fault(|ask| {
        let _ = ask.parameters.get(&format!("/{}", "x".repeat(4_096)));
        Ok(Decision::allow())
    });
    assert!(long.contains("4097 bytes"), "{long}");
    let asking = |count: u32| {
        Fake::new().evaluate_with(move |ask: &Ask| {
            (0..count).for_each(|_| assert!(!ask.clock.before(0)));
            Decision::allow()
        })
    };
    assert_eq!(asking(1_024), Ok(Decision::allow()));
    assert_eq!(
        asking(1_025),
        Err(Fault::new("the policy asked more than 1024 questions"))
    );
}

#[test]
fn an_answer_is_bounded() {
    let document = format!(
        r#"{{"fits": "{}", "long": "{}"}}"#,
        "x".repeat(65_536),
        "x".repeat(65_537)
    );
    let fake = Fake::new().data("texts", &document);
    let ask = |pointer: &'static str| {
        fake.evaluate_with(move |ask: &Ask| ask.data.text(pointer).map(|_| Decision::allow()))
            .map_err(|fault| fault.to_string())
    };
    assert!(ask("/texts/fits").is_ok());
    assert_eq!(
        ask("/texts/long"),
        Err("the answer to `data.get /texts/long` has more than 65536 bytes".to_owned())
    );
}

#[test]
fn a_decision_keeps_the_hosts_bounds() {
    let many =
        fault(|_| Ok((0..65).fold(Decision::deny(), |decision, _| decision.reason("a", "b"))));
    assert!(many.contains("65 reasons"), "{many}");
    let reserved = fault(|_| Ok(Decision::deny().reason("lictor:mine", "")));
    assert!(reserved.contains("`lictor:mine`"), "{reserved}");
    let large = fault(|_| Ok(Decision::deny().because(Reason::new("a", "x".repeat(70_000)))));
    assert!(large.contains("70001 bytes"), "{large}");
}

#[test]
fn log_lines_are_kept_until_the_budget_is_used_up() {
    let fake = Fake::new();
    let decision = fake.evaluate_with(|ask: &Ask| {
        ask.log.warn("first");
        ask.log.info(&"x".repeat(16_384));
        ask.log.debug("third");
        Decision::abstain()
    });
    assert_eq!(decision, Ok(Decision::abstain()));
    let line = |level, message: &str| LogLine {
        level,
        message: message.to_owned(),
    };
    assert_eq!(
        fake.log(),
        [line(Level::Warn, "first"), line(Level::Debug, "third")]
    );
}

#[derive(Debug)]
struct Limit(i64);

impl Policy for Limit {
    fn from_parameters(parameters: &Parameters) -> Result<Self, ParameterError> {
        Ok(Self(parameters.integer("/limit")?))
    }

    fn evaluate(&self, ask: &Ask) -> Result<Decision, Fault> {
        let within = ask.request.decimal("/context/amount")? <= self.0;
        Ok(Decision::of(if within {
            Effect::Allow
        } else {
            Effect::Deny
        }))
    }
}

#[test]
fn a_policy_is_run_as_the_host_runs_it() {
    let fake = |parameters| Fake::new().request(REQUEST).parameters(parameters);
    for effect in [
        fake(r#"{"limit": 13}"#).evaluate::<Limit>(),
        fake(r#"{"limit": 13}"#).evaluate_prepared::<Limit>(),
    ] {
        assert_eq!(effect, Ok(Decision::allow()));
    }
    assert_eq!(
        fake(r#"{"limit": 12}"#).evaluate::<Limit>(),
        Ok(Decision::deny())
    );
    assert_eq!(fake(r#"{"limit": 12}"#).check::<Limit>(), Ok(()));
    let message = "`/limit` of the parameters must be an integer and is absent";
    assert_eq!(
        fake("{}").check::<Limit>(),
        Err(ParameterError::new(message))
    );
    assert_eq!(fake("{}").evaluate::<Limit>(), Err(Fault::new(message)));
    assert_eq!(
        fake("{}").evaluate_prepared::<Limit>(),
        Err(Fault::new(message))
    );
}

#[test]
#[should_panic(expected = "the rule's own")]
fn a_panic_of_the_rule_fails_its_test() {
    let _ = Fake::new().evaluate_with(|_: &Ask| -> Decision { panic!("the rule's own") });
}

#[test]
#[should_panic(expected = "must be empty or begin with")]
fn outside_of_an_evaluation_a_wrong_question_is_a_panic_that_says_why() {
    let _ = Fake::new().ask().request.text("subject");
}

#[test]
#[should_panic(expected = "`/action` is missing")]
fn a_request_that_the_host_would_refuse_is_refused() {
    let _ = Fake::new().request(r#"{"subject": {"type": "user", "id": "a"}}"#);
}

#[test]
#[should_panic(expected = "twice")]
fn a_document_that_the_host_would_refuse_is_refused() {
    let _ = Fake::new().data("users", r#"{"a": 1, "a": 2}"#);
}
