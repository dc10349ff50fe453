use lictor::{Effect, Reason};

use super::*;
use crate::cases::{Expected, ExpectedDecision};

fn expected(effect: Effect) -> ExpectedDecision {
    ExpectedDecision {
        effect,
        reasons: None,
        obligations: None,
        observed: None,
    }
}

fn case(decision: ExpectedDecision) -> Expected {
    let text = br#"{"subject":{"type":"a","id":"b"},"action":{"name":"c"},"resource":{"type":"d","id":"e"}}"#;
    Expected::Decision {
        request: lictor::Request::from_json(text).unwrap(),
        decision: Box::new(decision),
    }
}

fn decided(effect: Effect, code: &str, observed: &[&str]) -> Outcome {
    let reason = Reason::new(code, format!("this is <{code}>"));
    Outcome::Decided {
        decision: Decision {
            reasons: vec![reason],
            ..Decision::bare(effect)
        },
        observed: observed.iter().map(|it| (*it).to_owned()).collect(),
        duration: Duration::from_micros(1_500),
    }
}

fn texts(texts: &[&str]) -> Option<Vec<String>> {
    Some(texts.iter().map(|it| (*it).to_owned()).collect())
}

fn verdict(file: &str, name: &str, expected: &Expected, outcome: Outcome) -> Verdict {
    Verdict {
        file: file.into(),
        name: name.to_owned(),
        differences: differences(expected, &outcome),
        outcome,
    }
}

fn verdicts() -> Vec<Verdict> {
    let strict = ExpectedDecision {
        reasons: texts(&["over-limit"]),
        observed: texts(&["request.get /a", "request.get /b", "request.get /c"]),
        ..expected(Effect::Deny)
    };
    let out_of_fuel = Fault::FuelExhausted { limit: 10 };
    let found = decided(
        Effect::Allow,
        "within-limit",
        &["request.get /a", "request.get /c", "clock.now"],
    );
    vec![
        verdict(
            "a.yaml",
            "kept",
            &case(expected(Effect::Allow)),
            decided(Effect::Allow, "x", &[]),
        ),
        verdict("a.yaml", "other & more", &case(strict), found),
        verdict(
            "b.yaml",
            "refused",
            &Expected::Refused("limit".into()),
            Outcome::Refused("no limit".into()),
        ),
        verdict(
            "b.yaml",
            "bell \u{7}",
            &Expected::Refused("x".into()),
            Outcome::Refused("y".into()),
        ),
        verdict(
            "b.yaml",
            "fault",
            &case(expected(Effect::Allow)),
            Outcome::Fault(out_of_fuel),
        ),
    ]
}

#[test]
fn what_is_not_expected_is_not_compared() {
    let outcome = decided(Effect::Allow, "anything", &["clock.now"]);
    assert_eq!(differences(&case(expected(Effect::Allow)), &outcome), []);
    assert_eq!(
        differences(&case(expected(Effect::Deny)), &outcome).len(),
        1
    );
}

#[test]
fn an_empty_list_expects_nothing() {
    let none = ExpectedDecision {
        obligations: texts(&[]),
        reasons: texts(&[]),
        ..expected(Effect::Allow)
    };
    let found = differences(&case(none), &decided(Effect::Allow, "r", &[]));
    let [Difference::Lines { noun, .. }] = found.as_slice() else {
        panic!("one list differs, not {found:?}")
    };
    assert_eq!(*noun, "reasons");
}

#[test]
fn a_decision_is_no_refusal() {
    let refused = Expected::Refused("x".into());
    assert_eq!(
        differences(&refused, &decided(Effect::Deny, "x", &[])).len(),
        1
    );
    let outcome = Outcome::Refused("x".into());
    assert_eq!(
        differences(&case(expected(Effect::Deny)), &outcome).len(),
        1
    );
}

#[test]
fn the_report_shows_each_difference() {
    let mut plain = anstream::StripStream::new(Vec::new());
    write_report(&mut plain, &verdicts()).unwrap();
    let expected = "\
ok    a.yaml: 1 case
FAIL  a.yaml: other & more
      effect:
        - deny
        + allow
      reasons:
        - over-limit
        + within-limit
      observed:
          request.get /a
        - request.get /b
          request.get /c
        + clock.now
      the policy says: this is <within-limit>
ok    b.yaml: 1 case
FAIL  b.yaml: bell \u{fffd}
      outcome:
        - parameters refused with `x`
        + parameters refused with `y`
FAIL  b.yaml: fault
      outcome:
        - the decision allow
        + a fault of the policy: the fuel of 10 is used up
2 passed, 3 failed
";
    assert_eq!(String::from_utf8(plain.into_inner()).unwrap(), expected);
}

#[test]
fn the_junit_report_is_well_formed() {
    let mut out = Vec::new();
    write_junit(&mut out, &verdicts()).unwrap();
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="5" failures="3" errors="0" time="0.003000">
  <testsuite name="a.yaml" tests="2" failures="1" errors="0" time="0.003000">
    <testcase name="kept" classname="a.yaml" time="0.001500"/>
    <testcase name="other &amp; more" classname="a.yaml" time="0.001500">
      <failure message="the outcome is otherwise than expected">      effect:
        - deny
        + allow
      reasons:
        - over-limit
        + within-limit
      observed:
          request.get /a
        - request.get /b
          request.get /c
        + clock.now
</failure>
    </testcase>
  </testsuite>
  <testsuite name="b.yaml" tests="3" failures="2" errors="0" time="0.000000">
    <testcase name="refused" classname="b.yaml" time="0.000000"/>
    <testcase name="bell �" classname="b.yaml" time="0.000000">
      <failure message="the outcome is otherwise than expected">      outcome:
        - parameters refused with `x`
        + parameters refused with `y`
</failure>
    </testcase>
    <testcase name="fault" classname="b.yaml" time="0.000000">
      <failure message="the outcome is otherwise than expected">      outcome:
        - the decision allow
        + a fault of the policy: the fuel of 10 is used up
</failure>
    </testcase>
  </testsuite>
</testsuites>
"#;
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}
