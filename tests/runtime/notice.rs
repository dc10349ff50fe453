//! What the host tells the log of the program around it: its boundaries, by stable fields, and nothing of requests or secrets.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex};

use harness::{NOW_MS, keyring};
use lictor::{
    KeyringDocument, ManualClock, Move, Plan, Request, RolloutSpec, SignedKeyring, TenantName,
    TenantSettings,
};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{set_global_default, with_default};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::fixture::{
    ALLOW, DENY, bank, bank_with, builder, limit, limit_that, says, spec, tenant,
};
use crate::restore::on;
use crate::rollout::{ALL, World, plan};

/// One event: its level, and its fields as texts, the message among them.
#[derive(Clone, Debug)]
struct Told {
    level: Level,
    fields: BTreeMap<String, String>,
}

impl Told {
    fn message(&self) -> &str {
        &self.fields["message"]
    }
}

/// Writes down what the host tells.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<Told>>>);

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "lictor"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        self.0.lock().unwrap().push(Told {
            level: *event.metadata().level(),
            fields: fields.0,
        });
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

/// What the hosts of all tests tell on threads of their own.
static ELSEWHERE: LazyLock<Listener> = LazyLock::new(|| {
    let listener = Listener::default();
    set_global_default(listener.clone()).unwrap();
    listener
});

/// What the host tells while this is done.
fn told(action: impl FnOnce()) -> Vec<Told> {
    let listener = Listener::default();
    with_default(listener.clone(), action);
    let told = listener.0.lock().unwrap().clone();
    assert!(!format!("{told:?}").contains(SECRET), "{told:?}");
    told
}

/// Stands in requests, parameters and data.
const SECRET: &str = "s3cr3t";

/// The one event with this message.
fn the<'a>(told: &'a [Told], message: &str) -> &'a Told {
    let mut found = told.iter().filter(|it| it.message() == message);
    let one = found.next();
    let one = one.unwrap_or_else(|| panic!("`{message}` isn't in {told:?}"));
    assert!(found.next().is_none(), "`{message}` is told once: {told:?}");
    one
}

#[track_caller]
fn has(event: &Told, level: Level, fields: &[(&str, &str)]) {
    assert_eq!(event.level, level, "{event:?}");
    for (name, value) in fields {
        assert_eq!(
            event.fields.get(*name).map(String::as_str),
            Some(*value),
            "{event:?}"
        );
    }
}

fn asks(subject: &str, amount: i64) -> Request {
    Request::builder()
        .subject("agent", format!("{subject}-{SECRET}"))
        .action("purchase")
        .resource("order", SECRET)
        .context("amount", amount)
        .context("note", SECRET)
        .build()
        .unwrap()
}

#[test]
fn what_is_bound_and_what_is_refused() {
    let (host, bank) = bank();
    let olga = host.acting_as("olga", None);
    let events = told(|| {
        let bound = olga.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
        olga.bind_base(says("house-rules", "1.0.0", ALLOW)).unwrap();
        let parameters = format!(r#"{{"effect": 1, "key": "{SECRET}", "key": 2}}"#);
        olga.bind(&bank, says("rule", "1.1.0", DENY).parameters(parameters))
            .unwrap_err();
        let refusing = format!(r#"{{"a": "{SECRET}"}}"#);
        olga.bind(
            &bank,
            spec("rule", "1.1.0", "parameters-refused", &refusing),
        )
        .unwrap_err();
        olga.bind(&bank, says("rule", "2.0.0", DENY)).unwrap_err();
        assert_eq!(bound.policy.as_str(), "rule");
    });
    let [bound, base] = &*events
        .iter()
        .filter(|it| it.message() == "a policy is bound")
        .collect::<Vec<_>>()
    else {
        panic!("{events:?}")
    };
    let fields = [
        ("tenant.id", "bank"),
        ("policy.name", "rule"),
        ("policy.version", "1.0.0"),
        ("operator.name", "olga"),
    ];
    has(bound, Level::INFO, &fields);
    assert!(bound.fields["artifact.digest"].starts_with("blake3:"));
    assert!(bound.fields["revision.digest"].starts_with("blake3:"));
    has(base, Level::INFO, &[("tenant.id", "base")]);
    let refused = events
        .iter()
        .filter(|it| it.message() == "a policy is refused");
    let codes: Vec<&str> = refused
        .inspect(|it| {
            has(
                it,
                Level::WARN,
                &[("tenant.id", "bank"), ("policy.name", "rule")],
            )
        })
        .map(|it| &*it.fields["refusal.code"])
        .collect();
    assert_eq!(codes, ["parameters", "parameters", "major"]);
}

#[test]
fn faults_and_circuits_but_no_decision() {
    let clock = Arc::new(ManualClock::at(NOW_MS));
    let builder = builder().clock(Arc::clone(&clock) as Arc<dyn lictor::Clock>);
    let (host, bank) = bank_with(builder, TenantSettings::default());
    host.bind(&bank, spec("rule", "1.0.0", "sometimes", "{}"))
        .unwrap();
    let ask = |subject: &str, amount| drop(host.evaluate(&bank, &asks(subject, amount)).unwrap());
    let quiet = told(|| {
        ask("d", 1);
        ask("d", 1);
        ask("e", 1);
    });
    assert!(quiet.is_empty(), "evaluated or recalled: {quiet:?}");

    let events = told(|| ["a", "b", "c", "a", "b"].iter().for_each(|it| ask(it, 101)));
    let faults = events
        .iter()
        .filter(|it| it.message() == "a policy has a fault");
    assert_eq!(faults.clone().count(), 5);
    for fault in faults {
        let fields = [
            ("tenant.id", "bank"),
            ("policy.name", "rule"),
            ("policy.version", "1.0.0"),
            ("policy.is_candidate", "false"),
            ("fault.code", "trapped"),
            ("fault.blame", "policy"),
        ];
        has(fault, Level::WARN, &fields);
        assert!(fault.fields.contains_key("decision.id"));
    }
    let fields = [
        ("tenant.id", "bank"),
        ("policy.name", "rule"),
        ("fault.code", "trapped"),
        ("breaker.one_subject", "false"),
    ];
    has(the(&events, "a circuit is open"), Level::WARN, &fields);

    // Not a warning for each request that meets it.
    let events = told(|| ask("d", 2));
    has(
        the(&events, "a policy has a fault"),
        Level::DEBUG,
        &[("fault.code", "circuit-open")],
    );
    clock.set(NOW_MS + 60_000);
    let events = told(|| ask("d", 2));
    has(
        the(&events, "a circuit is closed"),
        Level::INFO,
        &[("tenant.id", "bank"), ("policy.name", "rule")],
    );
    let events = told(|| (0..5).for_each(|_| ask("mallory", 101)));
    has(
        the(&events, "a circuit is open"),
        Level::WARN,
        &[("breaker.one_subject", "true")],
    );
    let events = told(|| {
        let rule = "rule".parse().unwrap();
        assert_eq!(host.close_breakers(&bank, &rule).unwrap(), 1);
    });
    the(&events, "a circuit is closed");
}

const PLAN: &str = r#"
name = "two"
[[phases]]
kind = "shadow"
time = "1h"
[[phases]]
kind = "canary"
percent = 100
time = "1h"
"#;

#[test]
fn each_move_of_a_rollout_and_why() {
    let (host, bank) = bank();
    host.bind(&bank, limit("1.0.0", 10_000)).unwrap();
    let olga = host.acting_as("olga", Some("ticket 7".to_owned()));
    let spec = || RolloutSpec::new(Plan::from_toml(PLAN).unwrap()).bind(limit("1.1.0", 5_000));
    let name = || "halved".parse().unwrap();
    let events = told(|| {
        olga.roll_out(&bank, spec().name(name())).unwrap();
        olga.roll_out(&bank, spec().name(name())).unwrap_err();
        olga.move_rollout(&bank, &name(), Move::Advance).unwrap();
        olga.move_rollout(&bank, &name(), Move::Abort).unwrap();
    });
    let moves = events
        .iter()
        .filter(|it| it.message() == "a rollout is moved");
    let fields = [
        ("tenant.id", "bank"),
        ("rollout.name", "halved"),
        ("operator.name", "olga"),
        ("rollout.why", "ticket 7"),
    ];
    let stages: Vec<String> = moves
        .inspect(|it| has(it, Level::INFO, &fields))
        .map(|it| it.fields["rollout.stage"].clone())
        .collect();
    assert_eq!(stages.len(), 3, "{events:?}");
    assert!(stages[2].contains("aborted"), "{stages:?}");
    let refused = the(&events, "a rollout is refused");
    let fields = [("tenant.id", "bank"), ("refusal.code", "taken")];
    has(refused, Level::WARN, &fields);
}

#[test]
fn a_guard_that_stops_a_rollout() {
    LazyLock::force(&ELSEWHERE);
    let world = World::limited();
    let guarded = format!("{ALL}\nsample = 1\nguards = {{ fault_rate = 0.01 }}");
    let spec = RolloutSpec::new(plan("off", &[&guarded])).bind(limit_that("1.1.0", 10_000, 7, 0));
    let rollout = world.roll_out(spec.name("trips".parse().unwrap()));
    world.until_a_guard_trips(&rollout, |number| if number % 5 == 0 { 7 } else { 1 });
    let mut told = ELSEWHERE.0.lock().unwrap().clone();
    told.retain(|it| {
        it.fields
            .get("rollout.name")
            .is_some_and(|it| it == "trips")
    });
    let fields = [
        ("tenant.id", "bank"),
        ("operator.name", "guard"),
        ("rollout.stage", "aborted"),
    ];
    let stopped = the(&told, "a guard has stopped a rollout");
    has(stopped, Level::WARN, &fields);
    let why = &stopped.fields["rollout.why"];
    assert!(why.contains("fault") && !why.contains("agent-"), "{why}");
}

/// What is remembered is falsified, as a policy would do it that doesn't always decide the same.
#[cfg(debug_assertions)]
#[test]
fn a_policy_that_contradicts_itself() {
    LazyLock::force(&ELSEWHERE);
    let settings = lictor::HostSettings {
        recall: lictor::RecallSettings {
            proof_one_in: 1,
            ..lictor::RecallSettings::default()
        },
        ..crate::fixture::settings()
    };
    let (host, bank) = bank_with(builder().settings(settings), TenantSettings::default());
    host.bind(&bank, spec("contrary", "1.0.0", "sometimes", "{}"))
        .unwrap();
    host.evaluate(&bank, &asks("a", 1)).unwrap();
    host.falsify_memory(&bank).unwrap();
    host.evaluate(&bank, &asks("a", 1)).unwrap();
    while host.recall_report().contradictions == 0 {
        std::thread::yield_now();
    }
    let mut told = ELSEWHERE.0.lock().unwrap().clone();
    told.retain(|it| {
        it.fields
            .get("policy.name")
            .is_some_and(|it| it == "contrary")
    });
    let fields = [("tenant.id", "bank"), ("policy.version", "1.0.0")];
    let contradicted = the(
        &told,
        "a policy contradicts itself, and is recalled no more",
    );
    has(contradicted, Level::WARN, &fields);
    assert!(!format!("{told:?}").contains(SECRET), "{told:?}");
}

#[test]
fn who_is_trusted_and_what_that_stops() {
    let host = builder().build().unwrap();
    let bank: TenantName = tenant("bank");
    host.add_tenant(&bank, TenantSettings::default()).unwrap();
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    let mut document: KeyringDocument = keyring().document().clone();
    document.version += 1;
    let revoked = host.bound(&bank).unwrap()[0].component;
    document.revoked_components.insert(revoked);
    let next = lictor::Keyring::new(document).unwrap();
    let next = SignedKeyring::new(next, harness::key()).unwrap();
    let events = told(|| drop(host.update_keyring(&next, None, "olga", None).unwrap()));
    let fields = [
        ("keyring.version", "2"),
        ("keyring.stopped", "1"),
        ("operator.name", "olga"),
    ];
    has(the(&events, "a keyring is in use"), Level::INFO, &fields);
    let stopped = "a policy is stopped, since the keyring doesn't trust it any more";
    let fields = [("tenant.id", "bank"), ("policy.name", "rule")];
    has(the(&events, stopped), Level::WARN, &fields);
    let events = told(|| host.accept_clock("olga").unwrap());
    let fields = [("operator.name", "olga")];
    has(
        the(&events, "the wall clock is taken as right again"),
        Level::WARN,
        &fields,
    );
}

#[test]
fn what_was_restored_and_what_could_not_be() {
    let folder = tempfile::tempdir().unwrap();
    let start = || on(folder.path()).build().unwrap();
    let host = start();
    host.found_keyring(keyring(), "olga").unwrap();
    let bank = tenant("bank");
    host.add_tenant(&bank, TenantSettings::default()).unwrap();
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    let text = format!("{{\"a\": \"{SECRET}\"}}");
    host.put_data(&bank, "users".parse().unwrap(), text.as_bytes())
        .unwrap();
    drop(host);
    let events = told(|| drop(start()));
    let fields = [
        ("host.tenants", "1"),
        ("host.bindings", "1"),
        ("host.troubles", "0"),
    ];
    has(the(&events, "the state is restored"), Level::INFO, &fields);

    let shelf = folder.path().join("documents");
    for file in std::fs::read_dir(shelf).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    let events = told(|| drop(start()));
    let fields = [
        ("tenant.id", "bank"),
        ("trouble.what", "document"),
        ("trouble.name", "users"),
    ];
    has(
        the(&events, "something could not be restored"),
        Level::WARN,
        &fields,
    );
}
