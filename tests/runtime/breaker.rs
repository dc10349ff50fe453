//! What happens when a policy faults again and again.

use std::sync::Arc;
use std::thread;

use harness::NOW_MS;
use lictor::{
    BreakerSettings, CircuitState, Effect, FailurePolicy, Fault, Host, HostSettings, Layer, Limits,
    ManualClock, Outcome, Request, RolloutSpec, TenantName, TenantSettings, Verdict,
};

use crate::fixture::{ALLOW, bank_with, builder, limit_that, says, settings, spec, tenant};
use crate::rollout::{SHADOW, World, plan};

/// A host whose tenant `bank` runs a rule that traps for amounts above 100.
fn host() -> (Host, TenantName, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(NOW_MS));
    let builder = builder().clock(Arc::clone(&clock) as Arc<dyn lictor::Clock>);
    let (host, bank) = bank_with(builder, TenantSettings::default());
    host.bind(&bank, spec("rule", "1.0.0", "sometimes", "{}"))
        .unwrap();
    (host, bank, clock)
}

fn asks(subject: &str, amount: i64) -> Request {
    Request::builder()
        .subject("agent", subject)
        .action("purchase")
        .resource("order", "4711")
        .context("amount", amount)
        .build()
        .unwrap()
}

fn code(outcome: &Outcome) -> Option<&'static str> {
    outcome
        .policies
        .iter()
        .find_map(|policy| Some(policy.verdict.fault()?.code()))
}

/// The code of the fault that a request is answered with.
fn told(host: &Host, tenant: &TenantName, request: &Request) -> Option<&'static str> {
    code(&host.evaluate(tenant, request).unwrap())
}

/// Five requests of three subjects fault.
fn open(host: &Host, tenant: &TenantName) {
    for subject in ["a", "b", "c", "a", "b"] {
        assert_eq!(told(host, tenant, &asks(subject, 101)), Some("trapped"));
    }
}

fn wait(clock: &ManualClock, seconds: u64) {
    use lictor::Clock;
    clock.set(clock.unix_ms() + seconds * 1_000);
}

#[test]
fn a_policy_that_faults_for_several_subjects_is_not_run_for_a_minute() {
    let (host, bank, clock) = host();
    let remembered = asks("d", 1);
    assert_eq!(told(&host, &bank, &remembered), None);
    open(&host, &bank);

    let outcome = host.evaluate(&bank, &asks("d", 2)).unwrap();
    assert_eq!(outcome.decision.effect, Effect::Deny);
    assert_eq!(outcome.decision.reasons[0].code, "lictor:fault");
    let policy = &outcome.policies[0];
    let fault = policy.verdict.fault().unwrap();
    let expected = Fault::CircuitOpen {
        subject_alone: false,
        wait_ms: 60_000,
        last: "trapped",
    };
    assert_eq!(fault, &expected);
    assert_eq!((policy.fuel_used, policy.observations.len()), (0, 0));

    // What is remembered needs no policy to be run.
    let recalled = host.evaluate(&bank, &remembered).unwrap();
    assert!(recalled.is_recalled());
    assert_eq!(recalled.decision.effect, Effect::Allow);

    let report = &host.breakers(&bank).unwrap()[0];
    assert_eq!(
        (report.layer, report.state),
        (Layer::Tenant, CircuitState::Open)
    );
    assert_eq!((report.opened, report.faults, report.cut), (1, 5, 1));
    assert_eq!(report.last_fault.as_ref().unwrap().code(), "trapped");

    wait(&clock, 60);
    assert_eq!(told(&host, &bank, &asks("d", 2)), None);
    assert_eq!(host.breakers(&bank).unwrap()[0].state, CircuitState::Closed);
    assert_eq!(told(&host, &bank, &asks("a", 102)), Some("trapped"));
}

#[test]
fn asynchronous_callers_meet_the_same_circuit() {
    let (host, bank, clock) = host();
    let reactor = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    reactor.block_on(async {
        let told = async |subject, amount| {
            code(
                &host
                    .evaluate_async(&bank, &asks(subject, amount))
                    .await
                    .unwrap(),
            )
        };
        for subject in ["a", "b", "c", "a", "b"] {
            assert_eq!(told(subject, 101).await, Some("trapped"));
        }
        assert_eq!(told("d", 2).await, Some("circuit-open"));
        wait(&clock, 60);
        // One that only faults for itself doesn't open it again.
        assert_eq!(told("a", 101).await, Some("trapped"));
        assert_eq!(told("a", 2).await, Some("circuit-open"));
        assert_eq!(told("d", 2).await, None);
        assert_eq!(told("e", 3).await, None);
    });
}

#[test]
fn a_subject_that_makes_a_policy_fault_is_cut_off_from_it_alone() {
    let (host, bank, clock) = host();
    host.bind(&bank, says("other", "1.0.0", ALLOW)).unwrap();
    for _ in 0..5 {
        assert_eq!(told(&host, &bank, &asks("mallory", 101)), Some("trapped"));
    }
    let outcome = host.evaluate(&bank, &asks("mallory", 2)).unwrap();
    let faults: Vec<_> = outcome
        .policies
        .iter()
        .map(|policy| policy.verdict.fault().map(Fault::code))
        .collect();
    assert_eq!(
        faults,
        [None, Some("circuit-open")],
        "`other` is run, `rule` isn't"
    );
    for amount in 2..50 {
        assert_eq!(told(&host, &bank, &asks("d", amount)), None);
    }
    let report = &host.breakers(&bank).unwrap()[0];
    assert_eq!((report.opened, report.subjects_cut_off), (0, 1));
    // What others' requests made it decide is remembered for everybody.
    assert_eq!(told(&host, &bank, &asks("mallory", 2)), None);
    wait(&clock, 60);
    assert_eq!(told(&host, &bank, &asks("mallory", 60)), None);
    assert_eq!(told(&host, &bank, &asks("mallory", 61)), None);
}

#[test]
fn one_tenants_subjects_open_no_circuit_of_the_base_layer_for_another() {
    let (host, bank, _clock) = host();
    host.unbind(&bank, &"rule".parse().unwrap()).unwrap();
    let shop = tenant("shop");
    host.add_tenant(&shop, TenantSettings::default()).unwrap();
    host.bind_base(spec("house-rules", "1.0.0", "sometimes", "{}"))
        .unwrap();
    open(&host, &bank);
    assert_eq!(told(&host, &bank, &asks("d", 2)), Some("circuit-open"));
    assert_eq!(told(&host, &shop, &asks("d", 2)), None);
    assert_eq!(host.breakers(&bank).unwrap()[0].layer, Layer::Base);
    assert_eq!(host.breakers(&shop).unwrap(), []);
}

#[test]
fn binding_the_same_again_closes_nothing_and_another_version_begins_closed() {
    let (host, bank, _clock) = host();
    open(&host, &bank);
    let again = || spec("rule", "1.0.0", "sometimes", "{}");
    host.bind(&bank, again()).unwrap();
    assert_eq!(told(&host, &bank, &asks("d", 2)), Some("circuit-open"));
    host.unbind(&bank, &"rule".parse().unwrap()).unwrap();
    host.bind(&bank, again()).unwrap();
    assert_eq!(told(&host, &bank, &asks("d", 2)), Some("circuit-open"));
    host.bind(&bank, spec("rule", "1.0.1", "sometimes", "{}"))
        .unwrap();
    assert_eq!(told(&host, &bank, &asks("d", 2)), None);
}

#[test]
fn the_last_good_version_answers_meanwhile_and_has_a_circuit_of_its_own() {
    let (host, bank, _clock) = host();
    let settings = TenantSettings {
        on_failure: FailurePolicy::LastGood,
        ..TenantSettings::default()
    };
    host.set_tenant(&bank, settings).unwrap();
    assert_eq!(told(&host, &bank, &asks("d", 1)), None);
    // The guest `trap` traps for every request.
    host.bind(&bank, spec("rule", "1.1.0", "trap", "{}"))
        .unwrap();
    // The version before it decides these, so that only the new one faults.
    for (number, subject) in ["a", "b", "c", "a", "b"].into_iter().enumerate() {
        let request = asks(subject, 2 + number as i64);
        assert_eq!(told(&host, &bank, &request), Some("trapped"));
    }
    let outcome = host.evaluate(&bank, &asks("d", 50)).unwrap();
    assert_eq!(code(&outcome), Some("circuit-open"));
    assert_eq!(outcome.decision.effect, Effect::Allow);
    let Verdict::Faulted { by: Some(by), .. } = &outcome.policies[0].verdict else {
        panic!("{outcome:?}")
    };
    assert_eq!(by.version.to_string(), "1.0.0");

    // Now the last good version faults as well, and is cut as well.
    for subject in ["e", "f", "g", "e", "f"] {
        let denied = host.evaluate(&bank, &asks(subject, 101)).unwrap();
        assert_eq!(denied.decision.effect, Effect::Deny);
    }
    let denied = host.evaluate(&bank, &asks("d", 51)).unwrap();
    assert_eq!(denied.decision.effect, Effect::Deny);
    let reports = host.breakers(&bank).unwrap();
    let open = |it: &lictor::BreakerReport| (it.bound.version.to_string(), it.opened);
    assert_eq!(open(&reports[0]), ("1.0.0".to_owned(), 1));
    assert_eq!(open(&reports[1]), ("1.1.0".to_owned(), 1));
}

#[test]
fn numbers_are_settings_and_it_can_be_switched_off() {
    let with = |breaker| {
        let settings = HostSettings {
            breaker,
            ..settings()
        };
        let (host, bank) = bank_with(builder().settings(settings), TenantSettings::default());
        host.bind(&bank, spec("rule", "1.0.0", "sometimes", "{}"))
            .unwrap();
        (host, bank)
    };
    let (host, bank) = with(BreakerSettings::off());
    for _ in 0..4 {
        open(&host, &bank);
    }
    assert_eq!(told(&host, &bank, &asks("d", 2)), None);

    let (host, bank) = with(BreakerSettings {
        faults_in_a_row: 1,
        subjects: 1,
        ..BreakerSettings::default()
    });
    assert_eq!(told(&host, &bank, &asks("a", 101)), Some("trapped"));
    assert_eq!(told(&host, &bank, &asks("d", 2)), Some("circuit-open"));
}

#[test]
fn who_is_not_let_through_takes_no_place_of_the_tenant() {
    let (host, bank, _clock) = host();
    open(&host, &bank);
    let settings = TenantSettings {
        concurrency: 1,
        ..TenantSettings::default()
    };
    host.set_tenant(&bank, settings).unwrap();
    // A policy that computes for a second, and one that is quick but evaluated each time, each for one kind of request.
    let only = |action: &str| {
        let json = format!(r#"{{"attribute":"/action/name","one_of":["{action}"]}}"#);
        [serde_json::from_str(&json).unwrap()]
    };
    let limits = Limits {
        fuel: u64::MAX / 4,
        deadline_ms: 1_000,
        ..Limits::default()
    };
    let busy = spec("busy", "1.0.0", "busy", "{}").limits(limits);
    host.bind(&bank, busy.applies_when(only("wait"))).unwrap();
    let quick = spec("quick", "1.0.0", "read-clock", "{}");
    host.bind(&bank, quick.applies_when(only("look"))).unwrap();
    let ask = |action: &str| {
        let request = Request::builder()
            .subject("agent", "somebody")
            .action(action)
            .resource("order", "4711")
            .build()
            .unwrap();
        host.evaluate(&bank, &request)
    };

    thread::scope(|scope| {
        // It asks until it has the place, keeps it for a second and is done.
        let waiting = scope.spawn(|| while ask("wait").is_err() {});
        while !waiting.is_finished() && ask("look").is_ok() {}
        // Refused: the place is taken for a second.
        let answer = host.evaluate(&bank, &asks("d", 2));
        assert_eq!(code(&answer.unwrap()), Some("circuit-open"));
    });
}

#[test]
fn what_is_compared_aside_neither_counts_nor_is_cut() {
    let world = World::limited();
    let shadow = plan("off", &[SHADOW]);
    // It traps for each of them, in the shadow.
    let rollout = world.roll_out(RolloutSpec::new(shadow).bind(limit_that("1.1.0", 10_000, 7, 0)));
    for number in 0..20 {
        let outcome = world.effect(&format!("agent-{number}"), 7);
        assert_eq!(outcome, Effect::Allow);
    }
    let status = world.compared(&rollout, 20);
    assert_eq!((status.phase.pairs, status.phase.faulted), (20, 20));
    assert_eq!(world.host.breakers(&world.bank).unwrap(), []);
}

#[test]
fn a_decision_ends_a_row_of_faults() {
    let (host, bank, clock) = host();
    host.bind(&bank, says("other", "1.0.0", ALLOW)).unwrap();
    for subject in ["a", "b", "c", "a"] {
        assert_eq!(told(&host, &bank, &asks(subject, 101)), Some("trapped"));
    }
    // A decision in between is no part of a row of faults.
    assert_eq!(told(&host, &bank, &asks("d", 2)), None);
    assert_eq!(told(&host, &bank, &asks("b", 101)), Some("trapped"));
    assert_eq!(told(&host, &bank, &asks("d", 3)), None);
    let reports = host.breakers(&bank).unwrap();
    assert_eq!(reports.len(), 1, "`other` never faulted");
    assert_eq!((reports[0].faults, reports[0].opened), (5, 0));
    wait(&clock, 3_600);
    assert_eq!(host.breakers(&bank).unwrap(), []);
}
