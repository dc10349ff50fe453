//! Changes while many threads decide: no request fails, and none sees two versions.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use harness::request;
use lictor::{
    BindingSpec, CacheSettings, Clock, Effect, Host, HostSettings, Keyring, Limits, Outcome,
    Settings, SignedKeyring, SystemClock, TenantName, TenantSettings, Version,
};

use crate::fixture::{
    ABSTAIN, ALLOW, DENY, REVIEW, bank, bank_with, builder, guest, patient, says, settings, spec,
};

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

/// Everything that an operator may change is changed while requests are decided.
#[test]
fn a_change_of_anything_fails_no_request_and_takes_effect() {
    let (host, bank) = bank();
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    host.bind_base(says("house-rules", "1.0.0", ABSTAIN))
        .unwrap();
    let no_fault = |outcome: &Outcome| {
        let faults = outcome.policies.iter().filter_map(|it| it.verdict.fault());
        assert_eq!(faults.count(), 0, "{outcome:?}");
        let said = outcome.policies.iter().map(|it| it.verdict.decision());
        let strictest = said.flatten().map(|it| it.effect).max();
        assert_eq!(Some(outcome.decision.effect), strictest, "{outcome:?}");
    };
    let effect = || host.evaluate(&bank, &request(1)).unwrap().decision.effect;
    under_traffic(&host, &bank, no_fault, || {
        for number in 1..20_u8 {
            let is_odd = number % 2 == 1;
            // Parameters: the same version says something else.
            let said = if is_odd { REVIEW } else { ALLOW };
            host.bind(&bank, says("rule", "1.0.0", said)).unwrap();
            let expected = if is_odd {
                Effect::Review
            } else {
                Effect::Allow
            };
            assert_eq!(effect(), expected);
            // Limits.
            let limits = Limits {
                fuel: 1_000_000 + u64::from(number),
                ..patient()
            };
            host.bind(&bank, says("rule", "1.0.0", said).limits(limits))
                .unwrap();
            // Policies of the base layer, and its data.
            let version = |patch: u8| format!("1.{number}.{patch}");
            host.bind_base(says("house-rules", &version(0), DENY))
                .unwrap();
            assert_eq!(effect(), Effect::Deny);
            host.bind_base(says("house-rules", &version(1), ABSTAIN))
                .unwrap();
            assert_eq!(effect(), expected);
            let json = number.to_string();
            host.put_base_data("rates".parse().unwrap(), json.as_bytes())
                .unwrap();
            // What the tenant may do.
            let settings = TenantSettings {
                concurrency: 32 + u32::from(number),
                ..TenantSettings::default()
            };
            host.set_tenant(&bank, settings).unwrap();
            // Who is trusted.
            let mut document = host.keyring().unwrap().document().clone();
            document.version += 1;
            let next = Keyring::new(document).unwrap();
            let next = SignedKeyring::new(next, harness::key()).unwrap();
            assert_eq!(host.update_keyring(&next, None, "olga", None).unwrap(), []);
        }
    });
}

/// Native code is mapped from files of a cache that is this test's alone, so that the kernel says what is still there.
#[test]
fn what_was_replaced_under_traffic_gives_its_memory_back() {
    let folder = tempfile::tempdir().unwrap();
    let native = folder.path().join("native");
    let cache = CacheSettings::new(&native, folder.path().join("key"));
    let settings = HostSettings {
        engine: Settings {
            cache: Some(cache),
            ..settings().engine
        },
        ..settings()
    };
    let (host, bank) = bank_with(builder().settings(settings), TenantSettings::default());
    let mapped = || {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let native = native.to_str().unwrap();
        let files = maps
            .lines()
            .filter_map(|line| line.find(native).map(|at| line[at..].to_owned()));
        files.collect::<BTreeSet<String>>().len()
    };
    // Components that say the same and are told apart by a note in each.
    let noted = |policy: &str, minor: u8| {
        let mut component = guest("effect");
        component.extend([0, 6, 4, b'n', b'o', b't', b'e', minor]);
        let version = Version::new(1, minor.into(), 0);
        let artifact = harness::artifact(policy.parse().unwrap(), version, component);
        let spec = BindingSpec::new(artifact).limits(patient());
        spec.parameters(format!(r#"{{"effect": {ALLOW}}}"#))
    };
    host.bind(&bank, noted("rule", 0)).unwrap();
    host.bind_base(noted("house-rules", 100)).unwrap();
    assert_eq!(mapped(), 2);
    let allowed = |outcome: &Outcome| {
        let faults = outcome.policies.iter().filter_map(|it| it.verdict.fault());
        assert_eq!(faults.count(), 0);
    };
    under_traffic(&host, &bank, allowed, || {
        for minor in 1..6 {
            host.bind(&bank, noted("rule", minor)).unwrap();
            host.bind_base(noted("house-rules", 100 + minor)).unwrap();
        }
    });
    assert!(mapped() >= 2);
    // What decides, and the last good version of each.
    let clock = SystemClock::new();
    while mapped() > 4 {
        assert!(
            clock.monotonic() < PATIENCE,
            "{} are still mapped",
            mapped()
        );
        thread::yield_now();
    }
    host.unbind(&bank, &"rule".parse().unwrap()).unwrap();
    host.unbind_base(&"house-rules".parse().unwrap()).unwrap();
    while mapped() > 0 {
        assert!(
            clock.monotonic() < PATIENCE,
            "{} are still mapped",
            mapped()
        );
        thread::yield_now();
    }
}

/// Longer than it takes to free anything.
const PATIENCE: Duration = Duration::from_secs(60);

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
            host.add_tenant(&guest, TenantSettings::default()).unwrap();
            host.bind(&guest, says("rule", "1.0.0", DENY)).unwrap();
            assert_eq!(
                host.evaluate(&guest, &request(1)).unwrap().decision.effect,
                Effect::Deny
            );
            host.remove_tenant(&guest).unwrap();
        }
    });
}
