use proptest::prelude::*;

use super::*;

fn request(subject: &str) -> Request {
    Request::builder()
        .subject("agent", subject)
        .action("pay")
        .resource("order", "1")
        .build()
        .unwrap()
}

fn stating(subject: &str) -> Request {
    Request::builder()
        .subject("agent", subject)
        .action("pay")
        .resource("order", "1")
        .context("policy_version", "1.0.0")
        .build()
        .unwrap()
}

fn plan(strict: &str, percents: &[f64]) -> Plan {
    let phases = percents.iter().map(|percent| {
        format!("[[phases]]\nkind = \"canary\"\npercent = {percent:?}\ntime = \"1h\"\n")
    });
    let text = format!(
        "name = \"p\"\nstrict = \"{strict}\"\n{}",
        phases.collect::<String>()
    );
    Plan::from_toml(&text).unwrap()
}

fn circle(rollout: &str) -> Circle {
    Circle::new("bank", rollout, Pointer::parse("/subject/id").unwrap())
}

fn choose(split: &Split, circle: &Circle, request: &Request) -> Choice {
    split.choose(circle.subject(request), request)
}

/// The numbers are part of what nodes of different versions must agree on: they may never change.
#[test]
fn the_circle_is_the_same_on_every_node() {
    let text = circle("spend-limit-2").of_text("agent-7");
    assert_eq!(
        circle("spend-limit-2").subject(&request("agent-7")),
        Some(text)
    );
    assert_eq!(text, GOLDEN);
    assert_ne!(circle("spend-limit-3").of_text("agent-7"), text);
    let other = Circle::new(
        "ban",
        "kspend-limit-2",
        Pointer::parse("/subject/id").unwrap(),
    );
    assert_ne!(other.of_text("agent-7"), text);
    let long = "x".repeat(63);
    assert_ne!(circle("r").of_text(&long), circle("r").of_text(&long[1..]));
}

const GOLDEN: u64 = 12_959_420_428_713_084_709;

#[test]
fn the_share_of_subjects_is_that_of_the_plan() {
    let circle = circle("r");
    for percent in [1.0, 10.0, 50.0, 90.0] {
        let split = Split::new(&plan("off", &[percent]), 0, &circle);
        let canary = (0..20_000)
            .filter(|number| {
                choose(&split, &circle, &request(&format!("agent-{number}"))) == Choice::Candidate
            })
            .count();
        let share = canary as f64 / 200.0;
        // Five standard deviations of that many coins.
        let slack = 5.0 * (percent * (100.0 - percent) / 20_000.0).sqrt();
        assert!((share - percent).abs() < slack, "{share} % of {percent} %");
    }
    let all = Split::new(&plan("off", &[100.0]), 0, &circle);
    let none = Split::new(&plan("off", &[1e-9]), 0, &circle);
    for number in 0..1_000 {
        let request = request(&number.to_string());
        assert_eq!(choose(&all, &circle, &request), Choice::Candidate);
        assert_eq!(choose(&none, &circle, &request), Choice::Stable);
    }
}

#[test]
fn who_decides_follows_from_the_mode_and_the_side() {
    let circle = circle("r");
    let (mut canary, mut stable) = (None, None);
    let half = Split::new(&plan("off", &[50.0]), 0, &circle);
    for number in 0..100 {
        let request = request(&number.to_string());
        match choose(&half, &circle, &request) {
            Choice::Candidate => canary = Some(request),
            _ => stable = Some(request),
        }
    }
    let (canary, stable) = (canary.unwrap(), stable.unwrap());
    let expected = [
        ("off", Choice::Candidate, Choice::Stable, Choice::Stable),
        ("canary", Choice::Both, Choice::Stable, Choice::Both),
        ("fleet", Choice::Candidate, Choice::Both, Choice::Both),
    ];
    for (strict, on_canary, on_stable, without) in expected {
        let split = Split::new(&plan(strict, &[50.0]), 0, &circle);
        assert_eq!(choose(&split, &circle, &canary), on_canary, "{strict}");
        assert_eq!(choose(&split, &circle, &stable), on_stable, "{strict}");
        assert_eq!(split.choose(None, &canary), without, "{strict}");
        for subject in [canary.subject_id(), stable.subject_id()] {
            assert_eq!(choose(&split, &circle, &stating(subject)), Choice::Both);
        }
    }
    // Nobody meets a candidate in shadow, whatever a caller states.
    let shadow = Split::new(&Plan::careful(), 0, &circle);
    for request in [canary, stable, stating("x")] {
        assert_eq!(choose(&shadow, &circle, &request), Choice::Stable);
    }
}

#[test]
fn listed_subjects_stay_when_the_percentage_comes() {
    let text = "name = \"p\"\n[[phases]]\nkind = \"canary\"\nsubjects = [\"ann\"]\ntime = \"1h\"\n\
                [[phases]]\nkind = \"canary\"\npercent = 0.001\ntime = \"1h\"";
    let plan = Plan::from_toml(text).unwrap();
    let circle = circle("r");
    for phase in 0..2 {
        let split = Split::new(&plan, phase, &circle);
        assert_eq!(choose(&split, &circle, &request("ann")), Choice::Candidate);
        assert_eq!(choose(&split, &circle, &request("bob")), Choice::Stable);
    }
}

#[test]
fn an_attribute_of_another_type_is_another_subject_or_none() {
    let sticky = Pointer::parse("/context/team").unwrap();
    let circle = Circle::new("bank", "r", sticky);
    let with = |json: &str| {
        let text = format!(
            r#"{{"subject":{{"type":"a","id":"1"}},"action":{{"name":"b"}},"resource":{{"type":"c","id":"2"}},"context":{{"team":{json}}}}}"#
        );
        circle.subject(&Request::from_json(text.as_bytes()).unwrap())
    };
    let some = ["1", "\"1\"", "1.5", "true", "\"true\"", "\"\""].map(|json| with(json).unwrap());
    for (at, one) in some.iter().enumerate() {
        assert!(some[at + 1..].iter().all(|other| other != one));
    }
    assert_eq!(with("1.0"), with("1"));
    for none in ["null", "[1]", "{}"] {
        assert_eq!(with(none), None, "{none}");
    }
    assert_eq!(circle.subject(&request("x")), None);
}

proptest! {
    /// A larger percentage moves nobody back, and a subject has one side for as long as the phase lasts.
    #[test]
    fn a_larger_percentage_has_everybody_of_a_smaller_one(
        subject in ".{0,80}", mut percents in prop::collection::vec(0.0001_f64..=100.0, 2..6),
    ) {
        prop_assume!(!subject.is_empty());
        percents.sort_by(f64::total_cmp);
        let (plan, circle) = (plan("off", &percents), circle("r"));
        let sides: Vec<bool> = (0..percents.len()).map(|phase| {
            let split = Split::new(&plan, phase, &circle);
            let first = choose(&split, &circle, &request(&subject));
            assert_eq!(first, choose(&split, &circle, &request(&subject)));
            first == Choice::Candidate
        }).collect();
        prop_assert!(sides.is_sorted(), "{sides:?}");
    }
}
