//! More at once than a tenant or the host takes on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use harness::request;
use lictor::{
    Blame, BreakerSettings, Effect, Fault, Host, HostSettings, Limits, RecallSettings, TenantName,
    TenantSettings,
};

use crate::fixture::{ALLOW, bank_with, builder, says, settings, spec, tenant};

/// A policy that computes for a second, unless it runs out of processor first.
fn busy() -> lictor::BindingSpec {
    let limits = Limits {
        fuel: u64::MAX / 4,
        deadline_ms: 1_000,
        ..Limits::default()
    };
    spec("busy", "1.0.0", "busy", "{}").limits(limits)
}

/// The settings of a host that evaluates every time: what is answered from memory keeps nobody busy, and neither does a policy
/// that isn't run because it faults.
fn evaluating() -> HostSettings {
    HostSettings {
        breaker: BreakerSettings::off(),
        recall: RecallSettings::off(),
        ..settings()
    }
}

/// Runs `act` while the tenant's busy policy is evaluated on another thread, again and again.
fn while_busy(host: &Host, tenant: &TenantName, act: impl FnOnce()) {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                // What this thread itself gets doesn't matter: the other may have taken the place first.
                let _ = host.evaluate(tenant, &request(1));
            }
        });
        act();
        done.store(true, Ordering::SeqCst);
    });
}

/// Asks until the host answers with a fault.
fn first_fault(host: &Host, tenant: &TenantName) -> Fault {
    loop {
        if let Err(fault) = host.evaluate(tenant, &request(1)) {
            return fault;
        }
    }
}

#[test]
fn a_tenant_that_has_all_its_places_taken_is_told_so() {
    let settings = TenantSettings {
        concurrency: 1,
        ..TenantSettings::default()
    };
    let (host, bank) = bank_with(builder().settings(evaluating()), settings);
    host.bind(&bank, busy()).unwrap();
    let exchange = tenant("exchange");
    host.add_tenant(&exchange, settings).unwrap();
    host.bind(&exchange, says("rule", "1.0.0", ALLOW)).unwrap();

    while_busy(&host, &bank, || {
        let fault = first_fault(&host, &bank);
        assert!(
            matches!(fault, Fault::TenantBusy { limit: 1, .. }),
            "{fault}"
        );
        assert_eq!(fault.blame(), Blame::Tenant);
        assert!(fault.retry_after().is_some());
        // The other tenant has its own places.
        assert_eq!(
            host.evaluate(&exchange, &request(1))
                .unwrap()
                .decision
                .effect,
            Effect::Allow
        );
    });
}

#[test]
fn a_host_without_a_free_slot_says_so() {
    let mut settings = HostSettings {
        slot_wait: Duration::ZERO,
        ..evaluating()
    };
    settings.engine.slots = 1;
    let (host, bank) = bank_with(builder().settings(settings), TenantSettings::default());
    host.bind(&bank, busy()).unwrap();
    while_busy(&host, &bank, || {
        let fault = first_fault(&host, &bank);
        assert!(
            matches!(fault, Fault::Overloaded { slots: 1, .. }),
            "{fault}"
        );
        assert_eq!(fault.blame(), Blame::Host);
    });
    // Nothing was lost: the slot is free again.
    assert!(host.evaluate(&bank, &request(1)).is_ok());
}

#[test]
fn a_full_queue_is_a_clear_fault() {
    let settings = HostSettings {
        workers: 1,
        queue: 1,
        ..evaluating()
    };
    let (host, bank) = bank_with(builder().settings(settings), TenantSettings::default());
    host.bind(&bank, busy()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let faults = runtime.block_on(async {
        let asking: Vec<_> = (0..4)
            .map(|_| {
                let (host, bank) = (host.clone(), bank.clone());
                tokio::spawn(async move { host.evaluate_async(&bank, &request(1)).await })
            })
            .collect();
        let mut faults = Vec::new();
        for answer in asking {
            faults.extend(answer.await.unwrap().err());
        }
        faults
    });
    assert!(!faults.is_empty());
    for fault in faults {
        assert!(matches!(fault, Fault::QueueFull { .. }), "{fault}");
        assert_eq!(fault.blame(), Blame::Host);
    }
}

#[test]
fn a_tenant_that_fills_the_queue_makes_others_wait_for_one_evaluation_at_a_time() {
    let settings = HostSettings {
        workers: 1,
        ..evaluating()
    };
    let (host, bank) = bank_with(builder().settings(settings), TenantSettings::default());
    host.bind(&bank, spec("busy", "1.0.0", "busy", "{}"))
        .unwrap();
    let exchange = tenant("exchange");
    host.add_tenant(&exchange, TenantSettings::default())
        .unwrap();
    host.bind(&exchange, says("rule", "1.0.0", ALLOW)).unwrap();

    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    runtime.block_on(async {
        let mut asking = Vec::new();
        for tenant in std::iter::repeat_n(&bank, 20).chain([&exchange]) {
            let (host, tenant, order) = (host.clone(), tenant.clone(), Arc::clone(&order));
            asking.push(tokio::spawn(async move {
                host.evaluate_async(&tenant, &request(1)).await.unwrap();
                order.lock().unwrap().push(tenant);
            }));
            // Each is queued before the next comes.
            tokio::task::yield_now().await;
        }
        for answer in asking {
            answer.await.unwrap();
        }
    });
    let order = order.lock().unwrap();
    let place = order.iter().position(|tenant| *tenant == exchange).unwrap();
    // The twenty of the bank were there first. Some may be done before the last one comes, not all of them.
    assert!(place < 19, "the exchange was answered as number {place}");
}
