//! What a change would do, before any traffic meets it.

use harness::NOW_MS;
use lictor::{
    BindingOrder, Divergence, Effect, Operator, Part, Plan, Redaction, Reply, RolloutOrder,
    RolloutSpec, Sink, TenantSettings, Verb, WhenFull,
};

use super::{World, pay, plan};
use crate::fixture::{bank_with, builder, guest, limit};
use crate::record::Memory;

#[test]
fn requests_that_somebody_has_are_decided_by_both() {
    let world = World::new();
    let (host, bank) = (&world.host, &world.bank);
    host.bind(bank, limit("1.0.0", 10_000)).unwrap();
    let spec = RolloutSpec::new(Plan::careful()).bind(limit("2.0.0", 5_000));
    let requests =
        (0..100).map(|number| (pay(&format!("agent-{number}"), number * 100), Some(NOW_MS)));
    let preview = host.preview(bank, &spec, requests).unwrap();
    assert_eq!((preview.counts.pairs, preview.dropped), (100, 0));
    assert_eq!((preview.counts.tightened, preview.counts.same), (49, 51));
    let tightened = preview
        .report
        .classes
        .iter()
        .find(|it| it.class == Divergence::Tightened);
    assert_eq!(tightened.unwrap().pairs, 49);
    let text = preview.report.to_string();
    assert!(text.contains("49 tightened"), "{text}");

    // Nothing has changed: neither what decides nor which versions were seen.
    assert_eq!(world.effect("ann", 8_000), Effect::Allow);
    assert!(host.rollouts(bank).unwrap().is_empty());
    host.bind(bank, limit("1.5.0", 10_000)).unwrap();
    let early = RolloutSpec::new(plan("off", &[])).unbind("nothing".parse().unwrap());
    assert!(host.preview(bank, &early, []).is_err());
}

/// What the audit log holds can be decided again.
#[test]
fn requests_that_were_recorded_are_decided_by_both() {
    let memory = Memory::default();
    let redaction = Redaction::default().with_requests();
    let sink = Sink::json_lines(memory.clone(), redaction, 100, WhenFull::Refuse).unwrap();
    let (host, bank) = bank_with(builder().sink(sink.clone()), TenantSettings::default());
    host.bind(&bank, limit("1.0.0", 10_000)).unwrap();
    for amount in [1_000, 8_000, 9_000] {
        host.evaluate(&bank, &pay("ann", amount)).unwrap();
    }
    sink.flush().unwrap();
    let records = memory.text();
    assert_eq!(records.matches(r#""request":{"#).count(), 3, "{records}");

    let version = "2.0.0".parse().unwrap();
    let artifact = harness::artifact("limit".parse().unwrap(), version, guest("limit")).to_bytes();
    let verb = Verb::RolloutPreview {
        tenant: bank,
        rollout: RolloutOrder {
            bindings: vec![BindingOrder {
                parameters: r#"{"limit": 5000, "trap": -1, "spin": 0}"#.to_owned(),
                ..BindingOrder::new(artifact)
            }],
            ..RolloutOrder::default()
        },
        requests: Part::new(records),
    };
    let olga = Operator {
        by: "olga".to_owned(),
        why: None,
    };
    let Reply::Preview {
        divergence,
        refused,
        ..
    } = host.operate(verb, &olga).unwrap()
    else {
        panic!("another reply")
    };
    assert_eq!(refused, []);
    let text = divergence.to_string();
    assert!(
        text.starts_with("3 pairs compared, 1 the same\n2 tightened"),
        "{text}"
    );
}
