//! What an operator suspends stops at the next decision, whichever way that is come to.

mod kept;

use std::sync::Arc;
use std::time::Duration;

use harness::{NOW_MS, keyring};
use lictor::{
    Decision, Effect, FailurePolicy, Fault, Host, HostError, HostSettings, Limits, ManualClock,
    Outcome, Priority, RolloutSpec, SUSPENSIONS_MAX, Semantics, Sink, SuspensionTarget, TenantName,
    TenantSettings, WhenFull,
};

use crate::fixture::{ALLOW, DENY, bank, bank_with, builder, limit, says, settings, spec, tenant};
use crate::restore::{on, open};
use crate::rollout::{ALL, HOUR, SHADOW, World, pay, plan};

fn agent(id: &str, tenant: Option<&TenantName>) -> SuspensionTarget {
    SuspensionTarget::Agent {
        agent: id.to_owned(),
        tenant: tenant.cloned(),
    }
}

fn whole(tenant: &TenantName) -> SuspensionTarget {
    SuspensionTarget::Tenant {
        tenant: tenant.clone(),
    }
}

fn policy(tenant: &TenantName, policy: &str) -> SuspensionTarget {
    SuspensionTarget::Policy {
        tenant: tenant.clone(),
        policy: policy.parse().unwrap(),
    }
}

fn now<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

fn only(outcomes: Vec<Outcome>) -> Outcome {
    let [outcome] = <[_; 1]>::try_from(outcomes).unwrap();
    outcome
}

type Way = fn(&Host, &TenantName, i64) -> Outcome;

/// Every way in which a decision can be asked for. The amount is one that was never asked about, or one that is remembered.
const WAYS: [(&str, Way); 6] = [
    ("evaluate", |host, tenant, amount| {
        host.evaluate(tenant, &pay("ada", amount)).unwrap()
    }),
    ("call", |host, tenant, amount| {
        let call = host.call(tenant).priority(Priority::Critical);
        call.evaluate(&pay("ada", amount)).unwrap()
    }),
    ("evaluate_all", |host, tenant, amount| {
        let requests = [pay("ada", amount)];
        only(
            host.evaluate_all(tenant, &requests, Semantics::ExecuteAll)
                .unwrap(),
        )
    }),
    ("evaluate_async", |host, tenant, amount| {
        now(host.evaluate_async(tenant, &pay("ada", amount))).unwrap()
    }),
    ("evaluate_all_async", |host, tenant, amount| {
        let requests = vec![pay("ada", amount)];
        only(now(host.evaluate_all_async(tenant, requests, Semantics::ExecuteAll)).unwrap())
    }),
    ("among others", |host, tenant, amount| {
        let requests = [pay("bob", amount), pay("ada", amount), pay("bob", amount)];
        let outcomes = host.evaluate_all(tenant, &requests, Semantics::ExecuteAll);
        outcomes.unwrap().swap_remove(1)
    }),
];

fn code(decision: &Decision) -> &str {
    &decision.reasons[0].code
}

#[test]
fn every_way_to_a_decision_finds_what_is_suspended() {
    let base = TenantName::base();
    let bank_name = tenant("bank");
    let targets = [
        (agent("ada", Some(&bank_name)), "lictor:suspended"),
        (agent("ada", None), "lictor:suspended"),
        (whole(&bank_name), "lictor:suspended"),
        (policy(&bank_name, "limit"), "lictor:fault"),
        (policy(&base, "guard"), "lictor:fault"),
    ];
    let (host, bank) = bank();
    host.bind(&bank, limit("1.0.0", 10_000)).unwrap();
    host.bind_base(says("guard", "1.0.0", 0)).unwrap();
    let mut fresh = 100;
    for (target, expected) in targets {
        for (name, way) in WAYS {
            // One that is evaluated, and one that is remembered.
            fresh += 1;
            assert_eq!(
                way(&host, &bank, 1).decision.effect,
                Effect::Allow,
                "{name}"
            );
            assert!(way(&host, &bank, 1).is_recalled(), "{name}");
            host.suspend(target.clone(), None).unwrap();
            for amount in [1, fresh] {
                let outcome = way(&host, &bank, amount);
                let told = format!("{name}, {target}, {amount}: {:?}", outcome.decision);
                assert_eq!(outcome.decision.effect, Effect::Deny, "{told}");
                assert_eq!(code(&outcome.decision), expected, "{told}");
                let fault = outcome.policies.iter().find_map(|it| it.verdict.fault());
                let is_fault = fault == Some(&Fault::Suspended);
                assert_eq!(is_fault, expected == "lictor:fault", "{told}");
            }
            host.unsuspend(&target).unwrap();
            assert_eq!(way(&host, &bank, fresh).decision.effect, Effect::Allow);
        }
    }
}

#[test]
fn others_go_on() {
    let (host, bank) = bank();
    let shop = tenant("shop");
    host.add_tenant(&shop, TenantSettings::default()).unwrap();
    for tenant in [&bank, &shop] {
        host.bind(tenant, says("rule", "1.0.0", ALLOW)).unwrap();
        host.bind(tenant, says("other", "1.0.0", ALLOW)).unwrap();
    }
    let effect = |tenant, id| host.evaluate(tenant, &pay(id, 1)).unwrap().decision.effect;
    host.suspend(agent("ada", Some(&bank)), None).unwrap();
    assert_eq!(effect(&bank, "ada"), Effect::Deny);
    assert_eq!(effect(&bank, "bob"), Effect::Allow);
    assert_eq!(effect(&shop, "ada"), Effect::Allow);
    host.suspend(policy(&shop, "rule"), None).unwrap();
    assert_eq!(effect(&bank, "bob"), Effect::Allow);
    let outcome = host.evaluate(&shop, &pay("ada", 1)).unwrap();
    let faults: Vec<_> = outcome
        .policies
        .iter()
        .map(|it| it.verdict.fault())
        .collect();
    assert_eq!(faults, [None, Some(&Fault::Suspended)]);
    host.unsuspend(&policy(&shop, "rule")).unwrap();
    host.suspend(whole(&shop), None).unwrap();
    assert_eq!(
        [effect(&shop, "ada"), effect(&bank, "bob")],
        [Effect::Deny, Effect::Allow]
    );
}

#[test]
fn a_suspended_policy_is_answered_by_the_failure_policy_and_never_by_the_last_good_version() {
    for (on_failure, expected) in [
        (FailurePolicy::Deny, Effect::Deny),
        (FailurePolicy::Review, Effect::Review),
        (FailurePolicy::LastGood, Effect::Deny),
    ] {
        let settings = TenantSettings {
            on_failure,
            ..TenantSettings::default()
        };
        let (host, bank) = bank_with(builder(), settings);
        host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
        assert_eq!(
            host.evaluate(&bank, &pay("ada", 1))
                .unwrap()
                .decision
                .effect,
            Effect::Allow
        );
        host.bind(&bank, says("rule", "1.1.0", ALLOW)).unwrap();
        host.suspend(policy(&bank, "rule"), None).unwrap();
        let decision = host.evaluate(&bank, &pay("ada", 1)).unwrap().decision;
        assert_eq!(decision.effect, expected);
        // Nor does another version change anything.
        host.bind(&bank, says("rule", "1.2.0", ALLOW)).unwrap();
        let decision = host.evaluate(&bank, &pay("ada", 1)).unwrap().decision;
        assert_eq!(decision.effect, expected);
    }
}

#[test]
fn a_candidate_of_a_suspended_policy_decides_nothing_and_is_not_compared() {
    let world = World::new();
    let (host, bank) = (&world.host, &world.bank);
    host.bind(bank, limit("1.0.0", 10_000)).unwrap();
    let phases = [SHADOW, ALL];
    for strict in ["off", "canary", "fleet"] {
        let rollout =
            world.roll_out(RolloutSpec::new(plan(strict, &phases)).bind(limit("2.0.0", 10_000)));
        assert_eq!(world.effect("ada", 1), Effect::Allow);
        world.compared(&rollout, 1);
        for target in [policy(bank, "limit"), agent("ada", Some(bank)), whole(bank)] {
            host.suspend(target.clone(), None).unwrap();
            assert_eq!(world.effect("ada", 1), Effect::Deny);
            host.unsuspend(&target).unwrap();
        }
        world.pass(HOUR);
        assert_eq!(world.effect("ada", 2), Effect::Allow);
        host.suspend(policy(bank, "limit"), None).unwrap();
        assert_eq!(world.effect("ada", 2), Effect::Deny);
        host.unsuspend(&policy(bank, "limit")).unwrap();
        host.move_rollout(bank, &rollout.rollout, lictor::Move::Abort)
            .unwrap();
    }
}

#[test]
fn what_waits_to_be_compared_is_not_compared_once_it_is_suspended() {
    let clock = Arc::new(ManualClock::at(NOW_MS));
    let mut settings = settings();
    settings.rollouts.threads = 0;
    let builder = builder().clock(clock).settings(settings);
    let (host, bank) = bank_with(builder, TenantSettings::default());
    host.bind(&bank, limit("1.0.0", 10_000)).unwrap();
    let spec = RolloutSpec::new(plan("off", &[SHADOW, ALL])).bind(limit("2.0.0", 5_000));
    let rollout = host.roll_out(&bank, spec).unwrap();
    for target in [agent("ada", None), whole(&bank), policy(&bank, "limit")] {
        let before = host.rollout(&bank, &rollout.rollout).unwrap();
        host.evaluate(&bank, &pay("ada", 1)).unwrap();
        host.suspend(target.clone(), None).unwrap();
        assert_eq!(host.compare(), 1);
        let after = host.rollout(&bank, &rollout.rollout).unwrap();
        assert_eq!(after.phase.pairs, before.phase.pairs);
        assert_eq!(after.dropped, before.dropped + 1);
        host.unsuspend(&target).unwrap();
    }
    host.evaluate(&bank, &pay("ada", 1)).unwrap();
    assert_eq!(host.compare(), 1);
    assert_eq!(
        host.rollout(&bank, &rollout.rollout).unwrap().phase.pairs,
        1
    );
}

#[test]
fn what_waits_for_a_thread_is_decided_as_it_is_when_its_turn_comes() {
    let settings = HostSettings {
        workers: 1,
        ..settings()
    };
    let (host, bank) = bank_with(builder().settings(settings), TenantSettings::default());
    let busy = tenant("busy");
    host.add_tenant(&busy, TenantSettings::default()).unwrap();
    let limits = Limits {
        fuel: u64::MAX / 4,
        deadline_ms: 500,
        ..Limits::default()
    };
    host.bind(&busy, spec("busy", "1.0.0", "busy", "{}").limits(limits))
        .unwrap();
    host.bind(&bank, limit("1.0.0", 10_000)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let targets = [
        (agent("ada", Some(&bank)), "lictor:suspended"),
        (whole(&bank), "lictor:suspended"),
        (policy(&bank, "limit"), "lictor:fault"),
    ];
    for (amount, (target, expected)) in (1..).zip(targets) {
        let decisions = runtime.block_on(async {
            let ask = |tenant: &TenantName, request| {
                let (host, tenant) = (host.clone(), tenant.clone());
                tokio::spawn(async move { host.evaluate_async(&tenant, &request).await })
            };
            let first = ask(&busy, pay("eve", amount));
            tokio::task::yield_now().await;
            while host.admission_of(&busy).unwrap().waiting > 0 {
                std::thread::yield_now();
            }
            let one = ask(&bank, pay("ada", amount));
            let batch = {
                let (host, bank) = (host.clone(), bank.clone());
                let requests = vec![pay("ada", amount)];
                tokio::spawn(async move {
                    host.evaluate_all_async(&bank, requests, Semantics::ExecuteAll)
                        .await
                })
            };
            tokio::task::yield_now().await;
            assert_eq!(host.admission_of(&bank).unwrap().waiting, 2);
            host.suspend(target.clone(), None).unwrap();
            first.await.unwrap().unwrap();
            let batch = only(batch.await.unwrap().unwrap());
            [one.await.unwrap().unwrap().decision, batch.decision]
        });
        for decision in decisions {
            assert_eq!((decision.effect, code(&decision)), (Effect::Deny, expected));
        }
        host.unsuspend(&target).unwrap();
    }
}

#[test]
fn a_suspension_ends_by_itself_and_by_no_clock_that_somebody_sets() {
    let clock = Arc::new(ManualClock::at(NOW_MS));
    let (host, bank) = bank_with(builder().clock(clock.clone()), TenantSettings::default());
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    let effect = || {
        host.evaluate(&bank, &pay("ada", 1))
            .unwrap()
            .decision
            .effect
    };
    let past = host.suspend(agent("ada", None), Some(NOW_MS));
    assert!(matches!(past, Err(HostError::SuspensionOver)));
    host.suspend(agent("ada", None), Some(NOW_MS + 60_000))
        .unwrap();
    clock.advance(Duration::from_millis(59_999));
    assert_eq!(effect(), Effect::Deny);
    // The wall clock jumps a day ahead.
    clock.jump_wall(NOW_MS + 86_400_000);
    assert_eq!(effect(), Effect::Deny);
    assert_eq!(host.suspensions().len(), 1);
    clock.advance(Duration::from_millis(1));
    assert_eq!(effect(), Effect::Allow);
    assert_eq!(host.suspensions().len(), 0);
    host.tick();
    let gone = host.unsuspend(&agent("ada", None));
    assert!(matches!(gone, Err(HostError::NotSuspended { .. })));
}

#[test]
fn a_record_tells_what_was_denied_and_why() {
    let lines = Lines::default();
    let sink = Sink::json_lines(
        lines.clone(),
        lictor::Redaction::default(),
        100,
        WhenFull::Refuse,
    );
    let sink = sink.unwrap();
    let (host, bank) = bank_with(builder().sink(sink.clone()), TenantSettings::default());
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    host.suspend(agent("ada", None), None).unwrap();
    host.evaluate(&bank, &pay("ada", 1)).unwrap();
    host.suspend(policy(&bank, "rule"), None).unwrap();
    host.evaluate(&bank, &pay("bob", 1)).unwrap();
    sink.flush().unwrap();
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["reasons"][0], "lictor:suspended");
    assert_eq!(lines[0]["effect"], "deny");
    assert_eq!(lines[0]["subject"]["id"], "ada");
    assert_eq!(lines[1]["policies"][0]["fault"]["code"], "suspended");
    assert_eq!(lines[1]["policies"][0]["fault"]["blame"], "host");
}

#[derive(Clone, Default)]
struct Lines(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn there_is_a_bound_and_what_is_not_there_is_not_suspended() {
    let (host, bank) = bank();
    let nobody = tenant("nobody");
    for target in [
        whole(&nobody),
        agent("ada", Some(&nobody)),
        policy(&nobody, "rule"),
    ] {
        let refused = host.suspend(target, None);
        assert!(matches!(refused, Err(HostError::UnknownTenant { .. })));
    }
    let refused = host.suspend(policy(&bank, "rule"), None);
    assert!(matches!(refused, Err(HostError::UnknownPolicy { .. })));
    let long = agent(&"a".repeat(lictor::AGENT_BYTES_MAX + 1), None);
    assert!(matches!(
        host.suspend(long, None),
        Err(HostError::AgentTooLong { .. })
    ));
    for number in 0..SUSPENSIONS_MAX {
        host.suspend(agent(&number.to_string(), None), None)
            .unwrap();
    }
    let full = host.suspend(whole(&bank), None);
    assert!(matches!(full, Err(HostError::TooManySuspensions { .. })));
    // What is suspended can be suspended anew, and what is lifted makes room.
    host.suspend(agent("7", None), Some(NOW_MS + 1)).unwrap();
    host.unsuspend(&agent("8", None)).unwrap();
    host.suspend(whole(&bank), None).unwrap();
    assert_eq!(host.suspensions().len(), SUSPENSIONS_MAX);
}
