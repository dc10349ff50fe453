//! What is recalled, what never is, and what an embedder sees of it.

use std::pin::pin;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

use harness::NOW_MS;
use lictor::{Effect, Host, RecallSettings, Semantics, TenantName, TenantSettings};
use serde_json::json;

use crate::fixture::{bank, echo, host, request, table, tenant};

/// Whether the decision was recalled, and its reason's message: all answers that the policy got.
fn ask(host: &Host, tenant: &TenantName, context: &serde_json::Value) -> (bool, String) {
    let outcome = host.evaluate(tenant, &request("agent-1", context)).unwrap();
    let reason = outcome.decision.reasons.first();
    let message = reason.map_or_else(String::new, |reason| reason.message.clone());
    (outcome.is_recalled(), message)
}

/// A policy that asks the same again and again.
fn many_questions(count: usize) -> Vec<serde_json::Value> {
    (0..count)
        .map(|rule| json!({"get": "/context/a", "else": rule + 1}))
        .chain([json!({"decide": "allow"})])
        .collect()
}

#[test]
fn only_what_the_policy_looked_at_counts() {
    let (host, _, bank) = bank();
    host.bind(&bank, table("c", &echo("/context/a"))).unwrap();
    assert_eq!(ask(&host, &bank, &json!({"a": "x"})), (false, "x;".into()));
    assert_eq!(
        ask(&host, &bank, &json!({"a": "x", "trace": 4711})),
        (true, "x;".into())
    );
    assert_eq!(ask(&host, &bank, &json!({"a": "y"})), (false, "y;".into()));
    assert_eq!(ask(&host, &bank, &json!({})), (false, "absent;".into()));
    assert_eq!(
        ask(&host, &bank, &json!({"b": 1})),
        (true, "absent;".into())
    );
    let counts = host.recall_report().counts;
    assert_eq!((counts.hits, counts.misses), (2, 3));
}

#[test]
fn an_update_disturbs_only_decisions_that_read_what_changed() {
    let (host, _, bank) = bank();
    let rules = json!([
        {"get": "/subject/id", "of": "request", "else": 1},
        {"get": "/users", "of": "data", "on": "yes", "else": 2},
        {"decide": "allow"},
    ]);
    host.bind(&bank, table("c", &rules)).unwrap();
    let put = |name: &str, json: &str| {
        host.put_data(&bank, name.parse().unwrap(), json.as_bytes())
            .unwrap();
    };
    put("users", r#"{"agent-1": "admin", "agent-2": "guest"}"#);
    assert!(!ask(&host, &bank, &json!({})).0);
    put("other", "[1]");
    put("users", r#"{"agent-1": "admin", "agent-2": "admin"}"#);
    assert_eq!(
        ask(&host, &bank, &json!({})),
        (true, "agent-1;admin;".into())
    );
    put("users", r#"{"agent-1": "guest"}"#);
    assert_eq!(
        ask(&host, &bank, &json!({})),
        (false, "agent-1;guest;".into())
    );
    // What was true before is true again, and still known.
    put("users", r#"{"agent-1": "admin"}"#);
    assert_eq!(
        ask(&host, &bank, &json!({})),
        (true, "agent-1;admin;".into())
    );
}

#[test]
fn other_parameters_begin_empty_and_the_old_ones_are_still_warm() {
    let (host, _, bank) = bank();
    let bind = |code: &str| {
        host.bind(&bank, table(code, &echo("/context/a"))).unwrap();
    };
    let recalled = || ask(&host, &bank, &json!({"a": 1})).0;
    bind("one");
    assert!(!recalled() && recalled());
    bind("two");
    assert!(!recalled() && recalled());
    bind("one");
    assert!(recalled(), "a roll back finds what it left");
}

#[test]
fn two_tenants_with_one_binding_share_nothing() {
    let (host, _, bank) = bank();
    let exchange = tenant("exchange");
    host.add_tenant(&exchange, TenantSettings::default())
        .unwrap();
    for tenant in [&bank, &exchange] {
        host.bind(tenant, table("c", &echo("/context/a"))).unwrap();
    }
    // A policy of the base is one binding for all tenants, and still remembered for each.
    host.bind_base(table("base", &echo("/context/a"))).unwrap();
    assert!(!ask(&host, &bank, &json!({"a": 1})).0);
    assert!(!ask(&host, &exchange, &json!({"a": 1})).0);
    assert!(ask(&host, &bank, &json!({"a": 1})).0);
    assert!(ask(&host, &exchange, &json!({"a": 1})).0);
    assert_eq!(host.recall_of(&bank).unwrap().entries, 2);
}

#[test]
fn the_time_itself_is_never_recalled_and_whether_it_is_before_is_asked_anew() {
    let (host, clock, bank) = bank();
    let before = json!([
        {"before": NOW_MS + 10, "yes": 1, "no": 2},
        {"decide": "allow"},
        {"decide": "deny"},
    ]);
    host.bind(&bank, table("c", &before)).unwrap();
    let decide = || {
        let outcome = host.evaluate(&bank, &request("a", &json!({}))).unwrap();
        (outcome.is_recalled(), outcome.decision.effect)
    };
    assert_eq!(decide(), (false, Effect::Allow));
    clock.set(NOW_MS + 9);
    assert_eq!(decide(), (true, Effect::Allow));
    clock.set(NOW_MS + 10);
    assert_eq!(decide(), (false, Effect::Deny));
    clock.set(NOW_MS + 20);
    assert_eq!(decide(), (true, Effect::Deny));

    let now = json!([{"now": 1}, {"decide": "allow"}]);
    host.bind(&bank, table("c", &now)).unwrap();
    assert!(!decide().0 && !decide().0);
    let counts = host.recall_report().counts;
    assert_eq!((counts.misses, counts.unrecallable), (4, 2));
}

#[test]
fn a_fault_is_never_recalled() {
    let (host, _, bank) = bank();
    let rules = json!([{"get": "/context/a", "else": 1}, {"fail": "yes"}]);
    host.bind(&bank, table("c", &rules)).unwrap();
    for _ in 0..3 {
        let outcome = host.evaluate(&bank, &request("a", &json!({}))).unwrap();
        assert!(!outcome.policies[0].recalled);
        assert!(outcome.policies[0].verdict.fault().is_some());
    }
    assert_eq!(host.recall_of(&bank).unwrap().entries, 0);
}

#[test]
fn log_lines_are_not_repeated() {
    let (host, _, bank) = bank();
    let spec = lictor::BindingSpec::new(harness::artifact(
        "logs".parse().unwrap(),
        "1.0.0".parse().unwrap(),
        harness::guest("ask"),
    ))
    .parameters(r#"{"question": 13, "times": 2, "pointer": "a line"}"#)
    .limits(harness::patient());
    host.bind(&bank, spec).unwrap();
    let lines = || {
        let outcome = host.evaluate(&bank, &request("a", &json!({}))).unwrap();
        let policy = &outcome.policies[0];
        (policy.recalled, policy.log.lines().len())
    };
    assert_eq!(lines(), (false, 2));
    assert_eq!(lines(), (true, 0));
}

#[test]
fn an_asynchronous_caller_gets_a_recalled_decision_at_once() {
    let (host, _, bank) = bank();
    host.bind(&bank, table("c", &json!(many_questions(50))))
        .unwrap();
    // So many such answers are more than is read while others wait.
    let long = "x".repeat(200);
    for (value, is_short) in [("short", true), (long.as_str(), false)] {
        let context = json!({"a": value});
        ask(&host, &bank, &context);
        let request = request("agent-1", &context);
        let mut asked = pin!(host.evaluate_async(&bank, &request));
        let mut context = Context::from_waker(Waker::noop());
        let mut polls = 0;
        let outcome = loop {
            polls += 1;
            match asked.as_mut().poll(&mut context) {
                Poll::Ready(outcome) => break outcome.unwrap(),
                // What is long is asked on another thread, where it takes as long as it takes.
                Poll::Pending => thread::yield_now(),
            }
        };
        assert!(outcome.is_recalled());
        assert!(polls == 1 || !is_short);
    }
    let requests = [request("agent-1", &json!({"a": long}))];
    let outcomes = host
        .evaluate_all(&bank, &requests, Semantics::ExecuteAll)
        .unwrap();
    assert!(outcomes[0].is_recalled());
}

#[test]
fn requests_that_miss_the_same_wait_for_one_evaluation() {
    let (host, _, bank) = bank();
    // Long enough that all have come before it ends.
    host.bind(&bank, table("c", &json!(many_questions(60))))
        .unwrap();
    let (callers, rounds) = (8, 20);
    let evaluated = AtomicU64::new(0);
    for round in 0..rounds {
        let ready = Barrier::new(callers);
        thread::scope(|scope| {
            for _ in 0..callers {
                scope.spawn(|| {
                    ready.wait();
                    let (recalled, _) = ask(&host, &bank, &json!({"a": round}));
                    evaluated.fetch_add((!recalled).into(), Ordering::Relaxed);
                });
            }
        });
    }
    let evaluated = evaluated.into_inner();
    // A caller that was held up between looking and joining may evaluate once more.
    assert!(evaluated < rounds * 2, "{evaluated} evaluations");
}

#[test]
fn every_recalled_decision_is_proved_where_that_is_wanted() {
    let (host, _) = host(RecallSettings {
        proof_one_in: 1,
        ..RecallSettings::default()
    });
    let bank = tenant("bank");
    host.add_tenant(&bank, TenantSettings::default()).unwrap();
    host.bind(&bank, table("c", &echo("/context/a"))).unwrap();
    for _ in 0..21 {
        ask(&host, &bank, &json!({"a": 1}));
    }
    // The proofs come after the answers.
    let proved = || host.recall_report().proved + host.recall_report().unproved;
    while proved() < 20 {
        thread::yield_now();
    }
    let report = host.recall_report();
    assert_eq!((report.counts.hits, report.contradictions), (20, 0));
    assert!(report.proved > 0, "{report:?}");
}

#[test]
fn a_policy_that_is_not_recalled_shows_why() {
    let (host, _, bank) = bank();
    let rules = json!([
        {"get": "/action/name", "else": 1},
        {"get": "/context/a", "else": 2},
        {"decide": "allow"},
    ]);
    host.bind(&bank, table("c", &rules)).unwrap();
    for number in 0..50 {
        ask(&host, &bank, &json!({"a": number}));
    }
    let recall = host.recall_of(&bank).unwrap();
    assert_eq!(recall.entries, 50);
    let worst = &recall.fan_out[0];
    assert_eq!(worst.question.to_string(), "request.get /context/a");
    assert_eq!(
        (worst.places, worst.answers, worst.answers_max),
        (1, 50, 50)
    );
}

#[test]
fn one_tenant_can_not_push_another_below_its_floor() {
    let (host, _) = host(RecallSettings {
        bytes: 512 * 1024,
        tenant_bytes: 128 * 1024,
        proof_one_in: 0,
    });
    let (bank, hostile) = (tenant("bank"), tenant("hostile"));
    for tenant in [&bank, &hostile] {
        host.add_tenant(tenant, TenantSettings::default()).unwrap();
        host.bind(tenant, table("c", &echo("/context/a"))).unwrap();
    }
    let recalled = |tenant: &TenantName, numbers: std::ops::Range<u32>| {
        numbers
            .filter(|number| ask(&host, tenant, &json!({"a": number})).0)
            .count()
    };
    assert_eq!(recalled(&bank, 0..50), 0);
    // What nobody uses is lent.
    assert_eq!(recalled(&hostile, 0..2_000), 0);
    let lent = host.recall_of(&hostile).unwrap().bytes;
    assert!(lent > 256 * 1024, "{lent}");
    assert_eq!(recalled(&bank, 0..50), 50);
    // What was lent is taken back.
    assert_eq!(recalled(&bank, 50..100), 0);
    assert_eq!(recalled(&bank, 0..100), 100);
    assert!(host.recall_report().bytes <= 512 * 1024);
}
