use lictor_policy::{Effect, JsonBounds, Node, Observations, Request, Value};

use super::watched::VALUES_MAX;
use super::*;
use crate::record::{Redact, RedactionRule};
use crate::rollout::report::tests::{record, request};

fn stored(findings: &Findings) -> Findings {
    serde_json::from_str(&serde_json::to_string(findings).unwrap()).unwrap()
}

#[test]
fn the_same_pairs_with_the_same_seed_give_the_same_examples() {
    let nothing = Observations::new();
    let of = |seed, count: u32| {
        let mut findings = Findings::new(seed);
        for n in 0..count {
            let request = request("pay", &format!("agent-{n}"));
            record(
                &mut findings,
                &request,
                Effect::Allow,
                &nothing,
                &nothing,
                &Redaction::default(),
            );
        }
        findings.report().classes.remove(0).samples
    };
    assert_eq!(of(1, 2_000), of(1, 2_000));
    assert_ne!(of(1, 2_000), of(2, 2_000));
    assert_eq!(of(1, 5).len(), 5);
    assert_eq!(of(1, 2_000).len(), 16);
    // Late pairs become examples too.
    let late = of(1, 2_000)
        .iter()
        .filter(|it| it.attributes[4].1.as_str() > "agent-1")
        .count();
    assert!(late > 4, "{late}");
}

#[test]
fn findings_that_were_stored_go_on_alike() {
    let nothing = Observations::new();
    let mut findings = Findings::new(9);
    let add = |findings: &mut Findings, n: u32| {
        let request = request("pay", &n.to_string());
        record(
            findings,
            &request,
            Effect::Allow,
            &nothing,
            &nothing,
            &Redaction::default(),
        );
    };
    (0..100).for_each(|n| add(&mut findings, n));
    let mut restored = stored(&findings);
    assert_eq!(restored, findings);
    for n in 100..300 {
        add(&mut findings, n);
        add(&mut restored, n);
    }
    assert_eq!(restored, findings);
}

#[test]
fn what_the_rules_hide_is_nowhere() {
    let redaction = Redaction::new(
        vec![
            RedactionRule {
                attribute: Pointer::parse("/subject/id").unwrap(),
                show: Redact::Hash,
            },
            RedactionRule {
                attribute: Pointer::parse("/context/card").unwrap(),
                show: Redact::Mask,
            },
        ],
        [7; 32],
    );
    let request = Request::builder()
        .subject("agent", "alice-hidden")
        .action("pay")
        .resource("order", "1")
        .context("card", "4111-hidden")
        .context("token", "tok-hidden")
        .build()
        .unwrap();
    let mut stable = Observations::new();
    stable.push_get(
        Source::Request,
        "/context/card",
        Some(&Value::Text("4111-hidden".into())),
    );
    let mut candidate = Observations::new();
    candidate.push_get(
        Source::Request,
        "/context/token",
        Some(&Value::Text("tok-hidden".into())),
    );
    // A policy that builds a pointer of what it was told.
    let ask_about = |observations: &mut Observations, amount| {
        observations.push_get(
            Source::Data,
            "/users/alice-hidden/max",
            Some(&Value::Integer(amount)),
        );
    };
    let (mut about, mut otherwise) = (Observations::new(), Observations::new());
    ask_about(&mut about, 1);
    ask_about(&mut otherwise, 2);
    let mut findings = Findings::new(1);
    for _ in 0..3 {
        record(
            &mut findings,
            &request,
            Effect::Allow,
            &stable,
            &candidate,
            &redaction,
        );
        record(
            &mut findings,
            &request,
            Effect::Allow,
            &about,
            &otherwise,
            &redaction,
        );
    }
    let all = [
        serde_json::to_string(&findings).unwrap(),
        serde_json::to_string(&findings.report()).unwrap(),
        findings.report().to_string(),
    ];
    for text in all {
        assert!(!text.contains("hidden"), "{text}");
        assert!(text.contains("/context/card"), "{text}");
        assert!(
            text.contains("/max = 1") && text.contains("/max = 2"),
            "{text}"
        );
    }
}

/// Bytes that findings hold, counted from what they are made of.
fn memory_bytes(findings: &Findings) -> usize {
    // Each text has an allocation of its own, of which malloc rounds up and keeps 16 bytes.
    let json = serde_json::to_value(findings).unwrap();
    let texts = text_bytes(&json);
    let tables = findings.watched.len() * 5 * VALUES_MAX * 40;
    let reasons = 4 * REASONS_MAX * 96;
    let samples = 4 * 16 * (POINTERS_MAX * 16 + 8 * 16 + 300);
    texts + tables + reasons + samples + size_of::<Findings>()
}

/// The bytes of all texts that are values, with what their allocations cost.
fn text_bytes(json: &serde_json::Value) -> usize {
    match json {
        serde_json::Value::String(text) => text.len() + 32,
        serde_json::Value::Array(items) => items.iter().map(text_bytes).sum(),
        serde_json::Value::Object(members) => members.values().map(text_bytes).sum(),
        _ => 0,
    }
}

/// A request with many attributes that no other request has, one of them long.
fn hostile(n: u64, observations: &mut Observations) -> Request {
    let unique = |name: &str| format!("{n}-{name}-{}", "\u{202e}\u{7f}`\\".repeat(40));
    let long = format!("{n}-{}", "x".repeat(64 * 1024));
    let mut context: Vec<(String, Node)> = (0..40)
        .map(|place| {
            (
                format!("{}-{place}", "k".repeat(90)),
                unique(&place.to_string()).into(),
            )
        })
        .collect();
    context.push(("long".into(), long.as_str().into()));
    // Names that change from request to request, each asked for.
    context.push((format!("name-{n}"), 1.into()));
    for (name, _) in &context {
        let value = Value::Text(long.clone());
        observations.push_get(Source::Request, &format!("/context/{name}"), Some(&value));
    }
    let node = Node::object([
        (
            "subject",
            Node::object([("type", unique("t")), ("id", long.clone())]),
        ),
        ("action", Node::object([("name", unique("a"))])),
        (
            "resource",
            Node::object([("type", unique("r")), ("id", unique("i"))]),
        ),
        ("context", Node::object(context)),
    ]);
    let bounds = JsonBounds::REQUEST;
    Request::from_document(lictor_policy::Document::from_node_bounded(&node, &bounds).unwrap())
        .unwrap()
}

#[test]
fn findings_stay_within_their_bytes_whatever_comes() {
    use crate::rollout::pair::Side;
    use lictor_policy::{Decision, Reason};

    let mut findings = Findings::new(1);
    for n in 0..240_u64 {
        let (mut stable, mut candidate) = (Observations::new(), Observations::new());
        let request = hostile(n, &mut stable);
        candidate.push_get(
            Source::Request,
            &format!("/{}", "\u{202e}".repeat(900)),
            None,
        );
        let code = |side: &str| format!("{side}-{n}-{}", "`".repeat(120));
        let decision = |effect, side| Decision {
            reasons: vec![Reason::new(code(side), "m"); 64],
            ..Decision::bare(effect)
        };
        let (stable_said, candidate_said) = (
            decision(Effect::Review, "s"),
            decision(
                [Effect::Allow, Effect::Review, Effect::Deny, Effect::Deny][(n % 4) as usize],
                "c",
            ),
        );
        let side = |decision, faulted, observations| Side {
            decision,
            faulted,
            asked: vec![Asked {
                policy: "p",
                observations,
            }],
            fuel_used: 1,
            duration: std::time::Duration::ZERO,
            evaluated: true,
        };
        let pair = Pair {
            subject: n,
            request: &request,
            stable: side(&stable_said, false, &stable),
            candidate: side(&candidate_said, n % 4 == 3, &candidate),
        };
        findings.record(&pair, Divergence::of(&pair), &Redaction::default());
    }
    assert_eq!(findings.watched.len(), POINTERS_MAX);
    let json = serde_json::to_string(&findings).unwrap();
    let bytes = memory_bytes(&findings);
    println!("{bytes} bytes, {} as JSON", json.len());
    assert!(bytes < FINDINGS_BYTES_MAX, "{bytes}");
    assert!(json.len() < FINDINGS_BYTES_MAX, "{}", json.len());
    assert!(
        bytes > FINDINGS_BYTES_MAX / 2,
        "the bound was not tried: {bytes}"
    );
    assert_eq!(stored(&findings), findings);

    // Nothing of it acts on a terminal, and a report of it is short.
    let text = findings.report().to_string();
    assert!(
        text.chars()
            .all(|it| it == '\n' || !(it.is_control() || it == '\u{202e}')),
        "{text}"
    );
    assert!(text.len() < 64 * 1024, "{}", text.len());
}

#[test]
fn frequent_values_are_found_among_endless_rare_ones() {
    let mut heavy = Heavy::<(), VALUES_MAX>::default();
    for n in 0..100_000_u64 {
        // One in twenty is the one.
        let key = if n % 20 == 0 { u64::MAX } else { n };
        heavy.note(key, || ());
    }
    assert_eq!(heavy.places().len(), VALUES_MAX);
    let frequent = heavy
        .places()
        .iter()
        .find(|it| it.key() == u64::MAX)
        .unwrap();
    assert!(
        frequent.at_least() > 3_000 && frequent.at_least() <= 5_000,
        "{frequent:?}"
    );
    let rare = heavy.places().iter().filter(|it| it.key() != u64::MAX);
    assert!(
        rare.clone().all(|it| it.at_least() <= 1),
        "no rare value is claimed to be frequent"
    );
    assert!(heavy.at_most(u64::MAX) >= 5_000);
}

#[test]
fn what_was_stored_is_checked() {
    let nothing = Observations::new();
    let mut findings = Findings::new(1);
    for n in 0..80_u32 {
        record(
            &mut findings,
            &request("pay", &n.to_string()),
            Effect::Allow,
            &nothing,
            &nothing,
            &Redaction::default(),
        );
    }
    let good = serde_json::to_value(&findings).unwrap();
    let refused = |path: &str| {
        let mut bad = good.clone();
        let list = bad.pointer_mut(path).unwrap().as_array_mut().unwrap();
        let one = list[0].clone();
        list.resize(65, one);
        serde_json::from_value::<Findings>(bad)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(refused("/watched"), "more pointers are watched than may be");
    assert_eq!(
        refused("/watched/0/all"),
        "65 counted values are more than the 64 that may be"
    );
    assert_eq!(
        refused("/classes/loosened/reasons"),
        "65 counted values are more than the 32 that may be"
    );
    assert_eq!(
        refused("/classes/loosened/samples"),
        "more is stored of examples than may be"
    );
}
