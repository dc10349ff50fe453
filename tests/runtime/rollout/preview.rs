//! What a change would do, before any traffic meets it.

use harness::NOW_MS;
use lictor::{Divergence, Effect, Plan, RolloutSpec};

use super::{World, pay, plan};
use crate::fixture::limit;

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
