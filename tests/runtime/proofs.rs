//! What waits to be proved, beside what is decided.

use lictor::{Effect, HostSettings, Limits, RecallSettings, TenantSettings};

use crate::fixture::{bank_with, builder, limit_that, patient, settings};
use crate::rollout::pay;

/// A tenant whose decisions are all recalled, and all to be proved, leaves room for the proofs of others.
#[test]
fn a_tenant_has_four_proofs_waiting_at_most() {
    let settings = HostSettings {
        recall: RecallSettings {
            proof_one_in: 1,
            ..RecallSettings::default()
        },
        ..settings()
    };
    let (host, bank) = bank_with(builder().settings(settings), TenantSettings::default());
    // An evaluation takes so long that nothing is proved while the others are recalled.
    let limits = Limits {
        fuel: u64::MAX / 4,
        ..patient()
    };
    let slow = limit_that("1.0.0", 10_000, -1, 200_000_000).limits(limits);
    host.bind(&bank, slow).unwrap();
    let decide = || host.evaluate(&bank, &pay("ann", 1)).unwrap();
    assert!(!decide().is_recalled());
    for _ in 0..20 {
        let recalled = decide();
        assert!(recalled.is_recalled() && recalled.decision.effect == Effect::Allow);
    }
    // One is being proved, or has been by now.
    let unproved = host.recall_report().unproved;
    assert!((14..=16).contains(&unproved), "{unproved}");
}
