//! Changes while many threads decide: no request fails, and none sees two versions.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use harness::request;
use lictor::{Effect, Host, Outcome, TenantName};

use crate::fixture::{ALLOW, DENY, bank, says, spec};

/// Decides on three threads until `change` is done and each thread has seen something after it. Returns how many decisions
/// there were.
fn under_traffic(
    host: &Host,
    tenant: &TenantName,
    check: impl Fn(&Outcome) + Sync,
    change: impl FnOnce(),
) -> u64 {
    let (done, decided) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut last = false;
                while !last {
                    last = done.load(Ordering::SeqCst);
                    let outcome = host
                        .evaluate(tenant, &request(1))
                        .expect("no request fails");
                    check(&outcome);
                    decided.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let _done = Done(&done);
        change();
    });
    decided.load(Ordering::Relaxed)
}

/// Says that it is done, also where a change panics: nobody shall go on for ever then.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn replacing_a_version_fails_no_request_and_mixes_none() {
    let (host, bank) = bank();
    host.bind(&bank, says("first", "1.1.0", ALLOW)).unwrap();
    host.bind(&bank, says("second", "1.0.0", ALLOW)).unwrap();
    let check = |outcome: &Outcome| {
        let policy = &outcome.policies[0];
        let expected = if policy.bound.version.minor % 2 == 1 {
            Effect::Allow
        } else {
            Effect::Deny
        };
        assert_eq!(
            outcome.decision.effect, expected,
            "the version that is named is the one that decided"
        );
        assert_eq!(policy.verdict.fault(), None);
    };
    let decided = under_traffic(&host, &bank, check, || {
        for minor in 2..32 {
            let effect = if minor % 2 == 1 { ALLOW } else { DENY };
            let version = format!("1.{minor}.0");
            host.bind(&bank, says("first", &version, effect)).unwrap();
        }
    });
    assert!(
        decided > 30,
        "{decided} decisions were made in the meantime"
    );
    assert_eq!(
        host.evaluate(&bank, &request(1)).unwrap().decision.effect,
        Effect::Allow
    );
}

#[test]
fn documents_that_are_replaced_together_are_never_seen_apart() {
    let (host, bank) = bank();
    let put = |value: u64| {
        let json = format!(r#"{{"v":{value}}}"#);
        let (a, b) = ("a".parse().unwrap(), "b".parse().unwrap());
        host.replace_data(&bank, [(a, json.as_bytes()), (b, json.as_bytes())])
            .unwrap();
    };
    put(0);
    host.bind(&bank, spec("compare", "1.0.0", "compare", "{}"))
        .unwrap();
    let check = |outcome: &Outcome| {
        assert_eq!(
            outcome.policies[0].verdict.fault(),
            None,
            "both are of one version"
        )
    };
    under_traffic(&host, &bank, check, || (1..2000).for_each(put));
}

#[test]
fn a_tenant_that_goes_away_takes_nobody_along() {
    let (host, bank) = bank();
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    let check = |outcome: &Outcome| assert_eq!(outcome.decision.effect, Effect::Allow);
    under_traffic(&host, &bank, check, || {
        for number in 0..20 {
            let guest: TenantName = format!("guest-{number}").parse().unwrap();
            host.add_tenant(&guest, lictor::TenantSettings::default())
                .unwrap();
            host.bind(&guest, says("rule", "1.0.0", DENY)).unwrap();
            assert_eq!(
                host.evaluate(&guest, &request(1)).unwrap().decision.effect,
                Effect::Deny
            );
            host.remove_tenant(&guest).unwrap();
        }
    });
}
