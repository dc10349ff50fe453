//! What waits to be proved, beside what is decided.

use std::thread;
use std::time::Duration;

use lictor::{
    Clock, Effect, Host, HostSettings, Keyring, Limits, RecallSettings, SignedKeyring, SystemClock,
    TenantName, TenantSettings,
};

use crate::fixture::{bank_with, builder, limit_that, patient, settings};
use crate::rollout::pay;

/// A tenant whose decisions are all proved, and whose policy takes so long that nothing is proved while they are recalled.
fn slow() -> (Host, TenantName) {
    let settings = HostSettings {
        recall: RecallSettings {
            proof_one_in: 1,
            ..RecallSettings::default()
        },
        ..settings()
    };
    let (host, bank) = bank_with(builder().settings(settings), TenantSettings::default());
    let limits = Limits {
        fuel: u64::MAX / 4,
        ..patient()
    };
    let slow = limit_that("1.0.0", 10_000, -1, 200_000_000).limits(limits);
    host.bind(&bank, slow).unwrap();
    let first = host.evaluate(&bank, &pay("ann", 1)).unwrap();
    assert!(!first.is_recalled());
    (host, bank)
}

fn recall(host: &Host, bank: &TenantName, times: u32) {
    for _ in 0..times {
        let recalled = host.evaluate(bank, &pay("ann", 1)).unwrap();
        assert!(recalled.is_recalled() && recalled.decision.effect == Effect::Allow);
    }
}

/// One whose decisions are all recalled leaves room for the proofs of others.
#[test]
fn a_tenant_has_four_proofs_waiting_at_most() {
    let (host, bank) = slow();
    recall(&host, &bank, 20);
    // One is being proved, or has been by now.
    let unproved = host.recall_report().unproved;
    assert!((14..=16).contains(&unproved), "{unproved}");
}

#[test]
fn what_is_revoked_is_not_run_for_a_proof_either() {
    let (host, bank) = slow();
    recall(&host, &bank, 5);
    let mut document = host.keyring().unwrap().document().clone();
    document.version += 1;
    let component = host.bound(&bank).unwrap()[0].component;
    document.revoked_components.insert(component);
    let next = Keyring::new(document).unwrap();
    let next = SignedKeyring::new(next, harness::key()).unwrap();
    host.update_keyring(&next, None, "olga", None).unwrap();
    let clock = SystemClock::new();
    let report = loop {
        let report = host.recall_report();
        if report.proved + report.unproved == 5 {
            break report;
        }
        assert!(clock.monotonic() < Duration::from_secs(60), "{report:?}");
        thread::yield_now();
    };
    // Only the one that had begun.
    assert!(report.proved <= 1, "{report:?}");
}
