//! Suspensions outlive what they were made in: a restart, a tenant that goes, a store that can't be written.

use std::path::Path;

use lictor::{Effect, Host, HostError, Operator, Reply, Store, TenantName, TenantSettings, Verb};
use lictor_state::{Change, Entry, KeptSuspension};

use super::*;

fn founded(folder: &Path) -> (Host, TenantName) {
    let host = on(folder).build().unwrap();
    host.found_keyring(keyring(), "anna").unwrap();
    let bank = tenant("bank");
    host.add_tenant(&bank, TenantSettings::default()).unwrap();
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    (host, bank)
}

fn effect(host: &Host, bank: &TenantName, id: &str) -> Effect {
    host.evaluate(bank, &pay(id, 1)).unwrap().decision.effect
}

#[test]
fn a_suspension_outlives_a_restart_with_who_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let (host, bank) = founded(folder.path());
    let operator = Operator {
        by: "olga".to_owned(),
        why: Some("key stolen".to_owned()),
    };
    let until_ms = Some(NOW_MS + 60_000);
    let target = agent("ada", Some(&bank));
    let suspend = Verb::Suspend { target, until_ms };
    let Ok(Reply::Suspended(line)) = host.operate(suspend, &operator) else {
        panic!("it is suspended")
    };
    assert!(line.written);
    host.suspend(policy(&bank, "rule"), None).unwrap();
    host.unsuspend(&policy(&bank, "rule")).unwrap();
    drop(host);

    let host = on(folder.path()).build().unwrap();
    assert_eq!(
        [effect(&host, &bank, "ada"), effect(&host, &bank, "bob")],
        [Effect::Deny, Effect::Allow]
    );
    let list = host.operate(Verb::SuspensionList {}, &operator).unwrap();
    assert_eq!(
        list,
        Reply::Suspensions {
            suspensions: vec![line]
        }
    );
    assert_eq!(host.status().suspensions, 1);
    drop(host);
    let store = open(folder.path());
    let journal = store.journal(0, 100).unwrap();
    let told = journal
        .iter()
        .find(|it| it.what == "suspend the agent `ada` of `bank`")
        .unwrap();
    assert_eq!(
        (told.by.as_str(), told.why.as_deref()),
        ("olga", Some("key stolen"))
    );
    assert!(store.check().is_ok());
    let mut text = Vec::new();
    store.export(&mut text).unwrap();
    drop(store);

    // Another host that takes the state in has it too, until its end.
    let other = tempfile::tempdir().unwrap();
    let copy = other.path().join("state");
    drop(lictor_state::import(&copy, &mut text.as_slice()).unwrap());
    let clock = Arc::new(ManualClock::at(NOW_MS + 59_999));
    let host = on(&copy).clock(clock.clone()).build().unwrap();
    assert_eq!(effect(&host, &bank, "ada"), Effect::Deny);
    clock.advance(Duration::from_millis(1));
    assert_eq!(effect(&host, &bank, "ada"), Effect::Allow);
    host.tick();
    drop(host);
    assert!(open(&copy).all::<KeptSuspension>().unwrap().is_empty());
}

#[test]
fn suspending_counts_also_where_it_cannot_be_written_and_lifting_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let (host, bank) = founded(folder.path());
    host.fail_writes(true);
    let suspended = host.suspend(agent("ada", Some(&bank)), None).unwrap();
    assert!(!suspended.is_written);
    assert_eq!(effect(&host, &bank, "ada"), Effect::Deny);
    let troubles = host.status().troubles;
    assert!(
        troubles[0].contains("could not be written down yet"),
        "{troubles:?}"
    );
    let lifted = host.unsuspend(&agent("ada", Some(&bank)));
    assert!(matches!(lifted, Err(HostError::State(_))));
    assert_eq!(effect(&host, &bank, "ada"), Effect::Deny);

    // As soon as there is room it is written, before anything else.
    host.fail_writes(false);
    host.tick();
    assert!(host.suspensions()[0].is_written && host.status().troubles.is_empty());
    drop(host);
    let host = on(folder.path()).build().unwrap();
    assert_eq!(effect(&host, &bank, "ada"), Effect::Deny);
    host.unsuspend(&agent("ada", Some(&bank))).unwrap();
    drop(host);
    let host = on(folder.path()).build().unwrap();
    assert_eq!(effect(&host, &bank, "ada"), Effect::Allow);
    // What no journal takes is refused, and doesn't count.
    let garbled = host.acting_as("olga\n", None);
    assert!(matches!(
        garbled.suspend(whole(&bank), None),
        Err(HostError::State(_))
    ));
    assert_eq!(effect(&host, &bank, "ada"), Effect::Allow);
}

/// An entry of another version, which this one can't understand.
#[derive(serde::Serialize, serde::Deserialize)]
struct Newer {
    key: String,
}

impl Entry for Newer {
    const TABLE: lictor_state::Table = lictor_state::Table::Suspensions;

    fn key(&self) -> String {
        self.key.clone()
    }
}

#[test]
fn a_suspension_that_cannot_be_understood_holds_on() {
    let folder = tempfile::tempdir().unwrap();
    let (host, bank) = founded(folder.path());
    drop(host);
    let store: Store = open(folder.path());
    let target = agent("ada", Some(&bank));
    let newer = Newer { key: target.key() };
    store
        .commit(&Change::new(1, "anna", "test").put(&newer))
        .unwrap();
    drop(store);
    let host = on(folder.path()).build().unwrap();
    assert_eq!(
        [effect(&host, &bank, "ada"), effect(&host, &bank, "bob")],
        [Effect::Deny, Effect::Allow]
    );
    assert!(host.status().troubles[0].contains("holds on"));
    host.unsuspend(&target).unwrap();
    assert_eq!(effect(&host, &bank, "ada"), Effect::Allow);
    assert!(host.status().troubles.is_empty());
}

#[test]
fn a_tenant_that_is_taken_in_again_is_suspended_still() {
    let (host, bank) = bank();
    host.suspend(whole(&bank), None).unwrap();
    host.remove_tenant(&bank).unwrap();
    host.add_tenant(&bank, TenantSettings::default()).unwrap();
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    assert_eq!(effect(&host, &bank, "ada"), Effect::Deny);
    host.unsuspend(&whole(&bank)).unwrap();
    assert_eq!(effect(&host, &bank, "ada"), Effect::Allow);
    // A denial by a policy is no suspension.
    host.bind(&bank, says("rule", "1.1.0", DENY)).unwrap();
    let outcome = host.evaluate(&bank, &pay("ada", 1)).unwrap();
    assert_ne!(code(&outcome.decision), "lictor:suspended");
}

#[test]
fn an_operator_who_suspends_while_threads_decide_is_obeyed_from_then_on() {
    let (host, bank) = bank();
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    let target = agent("ada", None);
    for _ in 0..50 {
        let suspended = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            let decide = || {
                for _ in 0..100 {
                    // What is asked after the operator was told that it is done.
                    let was = suspended.load(std::sync::atomic::Ordering::SeqCst);
                    let effect = effect(&host, &bank, "ada");
                    assert!(!was || effect == Effect::Deny);
                }
            };
            let threads = [scope.spawn(decide), scope.spawn(decide)];
            host.suspend(target.clone(), None).unwrap();
            suspended.store(true, std::sync::atomic::Ordering::SeqCst);
            for thread in threads {
                thread.join().unwrap();
            }
        });
        host.unsuspend(&target).unwrap();
    }
}
