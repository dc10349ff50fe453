use lictor_policy::{Decision, Document, Documents, Effect, JsonBounds, Source, Value};

use super::*;

const SEED: u64 = 7;

fn revision() -> Digest {
    Digest::of(b"a revision")
}

fn memory(bytes: usize, floor: usize) -> (Arc<Budget>, Arc<Memory>) {
    let budget = Arc::new(Budget::new(bytes, floor));
    let memory = Memory::new(Arc::clone(&budget), SEED);
    (budget, memory)
}

/// An evaluation that asked for so many members of a request, each of which is this text.
fn evaluated(questions: usize, text: &str) -> Remembered {
    let mut observations = Observations::new();
    let value = Value::Text(text.to_owned());
    for number in 0..questions {
        observations.push_get(Source::Request, &format!("/m{number}"), Some(&value));
    }
    Remembered {
        decision: Arc::new(Decision::because(Effect::Allow, "code", "")),
        observations: Arc::new(observations),
    }
}

/// Puts a request with so many members of this text to a walk.
fn with_sight<T>(questions: usize, text: &str, walk: impl FnOnce(&Sight<'_>) -> T) -> T {
    let members: Vec<String> = (0..questions)
        .map(|number| format!("\"m{number}\":\"{text}\""))
        .collect();
    let json = format!("{{{}}}", members.join(","));
    let request = Document::parse(json.as_bytes(), &JsonBounds::DOCUMENT).unwrap();
    let (data, parameters) = (Documents::new(), Document::empty());
    walk(&Sight {
        sources: Sources {
            request: &request,
            data: &data,
            parameters: &parameters,
        },
        now_ms: 0,
        answer_bytes_max: 64 * 1024,
    })
}

#[test]
fn what_is_long_is_walked_without_a_lock() {
    let (_budget, memory) = memory(1 << 20, 0);
    let long = "x".repeat(HERE_BYTES_MAX);
    assert!(memory.remember(&revision(), evaluated(2, &long)).unwrap());
    with_sight(2, &long, |sight| {
        assert!(matches!(memory.recall_here(&revision(), sight), Met::Dear));
        let met = memory.recall_anywhere(&revision(), sight);
        assert!(matches!(met, Met::Decided(_)));
    });
    let other = "y".repeat(HERE_BYTES_MAX);
    with_sight(2, &other, |sight| {
        let met = memory.recall_anywhere(&revision(), sight);
        assert!(matches!(met, Met::Missing(_)));
    });
}

#[test]
fn many_short_answers_are_dear_too() {
    let (_budget, memory) = memory(1 << 20, 0);
    let text = "x".repeat(HERE_BYTES_MAX / 100);
    let remembered = evaluated(100, &text);
    assert!(memory.remember(&revision(), remembered).unwrap());
    with_sight(100, &text, |sight| {
        assert!(matches!(memory.recall_here(&revision(), sight), Met::Dear));
        let met = memory.recall_anywhere(&revision(), sight);
        assert!(matches!(met, Met::Decided(_)));
    });
}

#[test]
fn a_path_of_256_questions_is_remembered_and_a_longer_one_never() {
    for (questions, is_remembered) in [(QUESTIONS_MAX, true), (QUESTIONS_MAX + 1, false)] {
        let (_budget, memory) = memory(4 << 20, 0);
        let remembered = evaluated(questions, "x");
        assert!(memory.remember(&revision(), remembered).unwrap());
        with_sight(questions, "x", |sight| {
            match memory.recall_anywhere(&revision(), sight) {
                Met::Decided(_) => assert!(is_remembered),
                Met::Never => assert!(!is_remembered),
                _ => panic!("it was taken in"),
            }
        });
    }
}

#[test]
fn a_full_memory_takes_in_what_is_wanted_twice() {
    let (_budget, memory) = memory(32 * 1024, 0);
    let mut number = 0;
    while memory
        .remember(&revision(), evaluated(1, &number.to_string()))
        .unwrap()
    {
        number += 1;
    }
    assert!(number > 10, "{number}");
    let again = evaluated(1, &number.to_string());
    assert!(memory.remember(&revision(), again).unwrap());
    assert!(memory.counts.read().forgotten > 0);
}

#[test]
fn one_path_can_not_take_everything_and_the_sum_is_never_exceeded() {
    let (budget, memory) = memory(64 * 1024, 64 * 1024);
    let large = evaluated(1, &"x".repeat(8 * 1024));
    assert!(!memory.remember(&revision(), large).unwrap());
    for number in 0..1_000 {
        let path = evaluated(3, &number.to_string());
        memory.remember(&revision(), path).unwrap();
        assert!(budget.used() <= 64 * 1024);
        assert_eq!(budget.used(), memory.bytes());
    }
    memory.clear();
    assert_eq!((budget.used(), memory.bytes()), (0, 0));
}

#[test]
fn a_tenant_that_goes_gives_everything_back() {
    let (budget, memory) = memory(1 << 20, 0);
    memory.remember(&revision(), evaluated(3, "x")).unwrap();
    assert!(budget.used() > 0);
    drop(memory);
    assert_eq!(budget.used(), 0);
}

#[test]
fn a_contradiction_leaves_the_bytes_as_they_were() {
    let (budget, memory) = memory(1 << 20, 0);
    memory.remember(&revision(), evaluated(2, "x")).unwrap();
    let before = budget.used();
    let shorter = evaluated(1, "x");
    assert!(memory.remember(&revision(), shorter).is_err());
    assert_eq!((budget.used(), memory.bytes()), (before, before));
}
