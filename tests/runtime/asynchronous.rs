//! The form for asynchronous callers: no guest ever runs on a reactor thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use harness::request;
use lictor::{Effect, Limits, Semantics, TenantSettings};

use crate::fixture::{ALLOW, bank, bank_with, builder, says, settings, spec};

fn reactor() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

#[test]
fn the_one_thread_of_a_reactor_goes_on_while_a_guest_runs() {
    let (host, bank) = bank();
    let limits = Limits {
        fuel: u64::MAX / 4,
        deadline_ms: 200,
        ..Limits::default()
    };
    host.bind(&bank, spec("busy", "1.0.0", "busy", "{}").limits(limits))
        .unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let turns = reactor().block_on(async {
        let (host, done_too) = (host.clone(), Arc::clone(&done));
        let asked = tokio::spawn(async move {
            let outcome = host.evaluate_async(&bank, &request(1)).await.unwrap();
            done_too.store(true, Ordering::SeqCst);
            outcome
        });
        let mut turns = 0u64;
        while !done.load(Ordering::SeqCst) {
            turns += 1;
            tokio::task::yield_now().await;
        }
        assert_eq!(asked.await.unwrap().decision.effect, Effect::Deny);
        turns
    });
    // With the guest on this thread there would be two or three.
    assert!(turns > 100, "{turns}");
}

#[test]
fn both_forms_give_the_same_decision() {
    let (host, bank) = bank();
    host.bind(
        &bank,
        spec("limit", "1.0.0", "ordinary", r#"{"limit": 100}"#),
    )
    .unwrap();
    reactor().block_on(async {
        for amount in [50, 500] {
            let asynchronous = host.evaluate_async(&bank, &request(amount)).await.unwrap();
            // The other form works on a reactor thread too, it only keeps the thread busy.
            let synchronous = host.evaluate(&bank, &request(amount)).unwrap();
            assert_eq!(asynchronous.decision, synchronous.decision);
            let (evaluated, recalled) = (&asynchronous.policies[0], &synchronous.policies[0]);
            assert_eq!(evaluated.observations, recalled.observations);
            assert!(!evaluated.recalled && recalled.recalled);
        }
        let requests = vec![request(500), request(50)];
        let outcomes = host
            .evaluate_all_async(&bank, requests, Semantics::DenyOnFirstDeny)
            .await
            .unwrap();
        assert_eq!(outcomes.len(), 1);
    });
}

#[test]
fn a_future_that_is_dropped_gives_its_place_back() {
    let settings = lictor::HostSettings {
        workers: 1,
        ..settings()
    };
    let tenant = TenantSettings {
        concurrency: 4,
        ..TenantSettings::default()
    };
    let (host, bank) = bank_with(builder().settings(settings), tenant);
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    reactor().block_on(async {
        for _ in 0..100 {
            let asked = tokio::spawn({
                let (host, bank) = (host.clone(), bank.clone());
                async move { host.evaluate_async(&bank, &request(1)).await }
            });
            tokio::task::yield_now().await;
            asked.abort();
            let _ = asked.await;
        }
        // Places come back when the worker reaches what was dropped.
        while host.evaluate_async(&bank, &request(1)).await.is_err() {
            tokio::task::yield_now().await;
        }
    });
}
