use lictor_policy::{Decision, Effect, Observations, Request, Source, Value};
use proptest::prelude::*;

use super::*;
use crate::record::Redaction;
use crate::rollout::pair::{Asked, Pair, Side};

pub(in crate::rollout) fn request(action: &str, id: &str) -> Request {
    Request::builder()
        .subject("agent", id)
        .action(action)
        .resource("order", "4711")
        .build()
        .unwrap()
}

/// Records that stable denies, and what the candidate says, with what both asked.
pub(in crate::rollout) fn record(
    findings: &mut Findings,
    request: &Request,
    effect: Effect,
    stable: &Observations,
    candidate: &Observations,
    redaction: &Redaction,
) {
    let denied = Decision::because(Effect::Deny, "over-limit", "");
    let said = Decision::because(
        effect,
        if effect == Effect::Deny {
            "over-limit"
        } else {
            "within-limit"
        },
        "",
    );
    let side = |decision, observations| Side {
        decision,
        faulted: false,
        asked: vec![Asked {
            policy: "spend-limit",
            observations,
        }],
        fuel_used: 1,
        duration: std::time::Duration::ZERO,
        evaluated: true,
    };
    let pair = Pair {
        subject: 1,
        request,
        stable: side(&denied, stable),
        candidate: side(&said, candidate),
    };
    findings.record(&pair, Divergence::of(&pair), redaction);
}

fn plain(findings: &mut Findings, request: &Request, effect: Effect) {
    let nothing = Observations::new();
    record(
        findings,
        request,
        effect,
        &nothing,
        &nothing,
        &Redaction::default(),
    );
}

/// So many pairs the same, half of them `purchase` and half `query`, and refunds that are loosened.
fn refunds(loosened: u64, same: u64) -> Findings {
    let mut findings = Findings::new(1);
    for n in 0..same {
        let action = if n % 2 == 0 { "purchase" } else { "query" };
        plain(
            &mut findings,
            &request(action, &n.to_string()),
            Effect::Deny,
        );
    }
    for n in 0..loosened {
        plain(
            &mut findings,
            &request("refund", &n.to_string()),
            Effect::Allow,
        );
    }
    findings
}

#[test]
fn a_person_reads_what_explains_a_class() {
    let text = refunds(412, 9_588).report().to_string();
    let mut lines = text.lines();
    assert_eq!(lines.next().unwrap(), "10000 pairs compared, 9588 the same");
    assert_eq!(
        lines.next().unwrap(),
        "412 loosened, all `/action/name` = `refund` (4.1 % of all pairs)"
    );
    assert_eq!(
        lines.next().unwrap(),
        "  412 × deny `over-limit` → allow `within-limit`"
    );
}

#[test]
fn most_is_not_all() {
    let mut findings = refunds(390, 9_588);
    for n in 0..22 {
        plain(
            &mut findings,
            &request("purchase", &n.to_string()),
            Effect::Allow,
        );
    }
    let report = findings.report();
    let first = &report.classes[0].explanations[0];
    assert_eq!((first.pairs, report.classes[0].pairs), (390, 412));
    let text = report.to_string();
    assert!(
        text.contains("412 loosened, 390 of 412 `/action/name` = `refund` "),
        "{text}"
    );
}

#[test]
fn what_all_have_explains_nothing() {
    let mut findings = Findings::new(1);
    for n in 0..500 {
        let effect = if n % 2 == 0 {
            Effect::Deny
        } else {
            Effect::Allow
        };
        plain(&mut findings, &request("refund", &n.to_string()), effect);
    }
    let report = findings.report();
    assert_eq!(report.classes[0].explanations, []);
    let line = report.to_string();
    assert_eq!(line.lines().nth(1), Some("250 loosened"));
}

#[test]
fn one_chatty_subject_is_named() {
    let mut findings = refunds(0, 2_000);
    for _ in 0..300 {
        plain(&mut findings, &request("query", "agent-7"), Effect::Allow);
    }
    let report = findings.report();
    let first = &report.classes[0].explanations[0];
    assert_eq!((first.pointer.as_str(), first.pairs), ("/subject/id", 300));
    assert_eq!(first.value.as_ref().unwrap().as_str(), "agent-7");
}

fn asked(pointer: &str, value: Option<Value>) -> Observations {
    let mut observations = Observations::new();
    observations.push_get(Source::Request, pointer, value.as_ref());
    observations
}

fn with_context(name: &str, value: impl Into<lictor_policy::Node>) -> Request {
    Request::builder()
        .subject("agent", "a")
        .action("pay")
        .resource("order", "4711")
        .context(name, value)
        .build()
        .unwrap()
}

#[test]
fn what_policies_ask_for_is_watched_too() {
    let mut findings = Findings::new(1);
    let asks = |amount: i64| asked("/context/amount", Some(Value::Integer(amount)));
    let none = Redaction::default();
    for n in 0..900 {
        let amount = if n % 3 == 0 { 10 } else { 5 };
        let effect = if amount == 10 {
            Effect::Allow
        } else {
            Effect::Deny
        };
        let asks = asks(amount);
        record(
            &mut findings,
            &with_context("amount", amount),
            effect,
            &asks,
            &asks,
            &none,
        );
    }
    let text = findings.report().to_string();
    assert!(
        text.contains("300 loosened, all `/context/amount` = `10` (33 % of all pairs)"),
        "{text}"
    );
}

#[test]
fn absence_explains_too() {
    let mut findings = Findings::new(1);
    let none = Redaction::default();
    let present = asked("/context/ticket", Some(Value::Text("T1".into())));
    let absent = asked("/context/ticket", None);
    for n in 0..100 {
        record(
            &mut findings,
            &with_context("ticket", format!("T{}", n % 7)),
            Effect::Deny,
            &present,
            &present,
            &none,
        );
    }
    for _ in 0..30 {
        record(
            &mut findings,
            &request("pay", "a"),
            Effect::Allow,
            &absent,
            &absent,
            &none,
        );
    }
    let report = findings.report();
    let pointers: Vec<&str> = report.classes[0]
        .explanations
        .iter()
        .map(|it| it.pointer.as_str())
        .collect();
    assert!(pointers.contains(&"/context/ticket"), "{pointers:?}");
    assert!(
        report
            .to_string()
            .contains("all without `/context/ticket` (23 % of all pairs)"),
        "{report}"
    );
}

#[test]
fn examples_name_the_first_observation_that_differs() {
    let mut stable = asked("/action/name", Some(Value::Text("pay".into())));
    let mut candidate = stable.clone();
    stable.push_get(Source::Data, "/limits/pay", Some(&Value::Integer(5_000)));
    candidate.push_get(Source::Data, "/limits/pay", Some(&Value::Integer(10_000)));
    let mut findings = Findings::new(1);
    record(
        &mut findings,
        &request("pay", "a"),
        Effect::Allow,
        &stable,
        &candidate,
        &Redaction::default(),
    );
    let report = findings.report();
    let sample = &report.classes[0].samples[0];
    let difference = sample.difference.as_ref().unwrap();
    assert_eq!(difference.policy.as_str(), "spend-limit");
    assert_eq!(
        difference.stable.as_ref().unwrap().as_str(),
        "data.get /limits/pay = 5000"
    );
    assert_eq!(
        difference.candidate.as_ref().unwrap().as_str(),
        "data.get /limits/pay = 10000"
    );
    assert_eq!(
        (sample.stable.effect, sample.candidate.effect),
        (Effect::Deny, Effect::Allow)
    );
    assert_eq!(sample.candidate.codes[0].as_str(), "within-limit");
    let shown: Vec<String> = sample
        .attributes
        .iter()
        .map(|(pointer, value)| format!("{pointer}={value}"))
        .collect();
    assert_eq!(
        shown,
        [
            "/action/name=pay",
            "/resource/type=order",
            "/subject/type=agent",
            "/resource/id=\"4711\"",
            "/subject/id=a"
        ]
    );

    // One that asks further than the other, and two that ask the same.
    let one = asked("/action/name", Some(Value::Text("pay".into())));
    for (stable, candidate, parts) in [(&one, &candidate, true), (&one, &one, false)] {
        let mut findings = Findings::new(1);
        record(
            &mut findings,
            &request("pay", "a"),
            Effect::Allow,
            stable,
            candidate,
            &Redaction::default(),
        );
        let sample = findings.report().classes.remove(0).samples.remove(0);
        let difference = sample.difference;
        assert_eq!(difference.is_some(), parts);
        assert!(difference.is_none_or(|it| it.stable.is_none() && it.candidate.is_some()));
    }
}

#[test]
fn a_report_survives_json() {
    let report = refunds(412, 588).report();
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(
        serde_json::from_str::<DivergenceReport>(&json).unwrap(),
        report
    );
    assert!(json.starts_with(r#"{"pairs":1000,"same":588,"classes":[{"class":"loosened","pairs":412,"explanations":[{"pointer":"/action/name","value":"refund","pairs":412,"#), "{json}");
}

proptest! {
    /// What a report claims of a class is true, however the values are spread over more than there are places for.
    #[test]
    fn claims_are_true(
        values in prop::collection::vec((0..150_u32, any::<bool>()), 1..800),
    ) {
        let mut findings = Findings::new(3);
        let mut true_counts = std::collections::BTreeMap::<String, u64>::new();
        for (value, loosened) in &values {
            let id = format!("s{}", value * value / 150);
            let effect = if *loosened { Effect::Allow } else { Effect::Deny };
            plain(&mut findings, &request("pay", &id), effect);
            if *loosened {
                *true_counts.entry(id).or_default() += 1;
            }
        }
        let report = findings.report();
        for class in &report.classes {
            prop_assert_eq!(class.pairs, true_counts.values().sum::<u64>());
            for explanation in class.explanations.iter().filter(|it| it.pointer.as_str() == "/subject/id") {
                let value = explanation.value.as_ref().unwrap().as_str();
                prop_assert!(explanation.pairs <= true_counts[value]);
            }
            prop_assert_eq!(class.reasons[0].pairs, class.pairs);
        }
    }
}
