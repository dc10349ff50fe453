use lictor_policy::{
    Decision, Document, Documents, Effect, JsonBounds, Operand, Predicate, Relation, Source, Value,
};

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
        fuel: 100,
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
        moment: Moment::At(0),
        answer_bytes_max: 64 * 1024,
        fuel_max: u64::MAX,
    })
}

#[test]
fn what_is_long_is_walked_without_a_lock() {
    let (_budget, memory) = memory(1 << 20, 0);
    let long = "x".repeat(HERE_BYTES_MAX);
    assert_eq!(
        memory.remember(&revision(), evaluated(2, &long)),
        Ok(News::Remembered)
    );
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
    assert_eq!(
        memory.remember(&revision(), remembered),
        Ok(News::Remembered)
    );
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
        let news = if is_remembered {
            News::Remembered
        } else {
            News::Unrecallable
        };
        assert_eq!(memory.remember(&revision(), remembered), Ok(news));
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
    while memory.remember(&revision(), evaluated(1, &number.to_string())) == Ok(News::Remembered) {
        number += 1;
    }
    assert!(number > 10, "{number}");
    let again = evaluated(1, &number.to_string());
    assert_eq!(memory.remember(&revision(), again), Ok(News::Remembered));
    assert!(memory.counts.read().forgotten > 0);
}

#[test]
fn one_path_can_not_take_everything_and_the_sum_is_never_exceeded() {
    let (budget, memory) = memory(64 * 1024, 64 * 1024);
    let large = evaluated(1, &"x".repeat(8 * 1024));
    assert_eq!(memory.remember(&revision(), large), Ok(News::Unrecallable));
    for number in 0..1_000 {
        let path = evaluated(3, &number.to_string());
        memory.remember(&revision(), path).unwrap();
        assert!(budget.used() <= 64 * 1024);
        assert_eq!(budget.used(), memory.bytes());
    }
    while memory.forget(usize::MAX) > 0 {}
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

/// An evaluation that asked whether a member of a request is in a list, and used so much fuel besides.
fn tested(fuel: u64) -> Remembered {
    let predicate = Predicate {
        relation: Relation::In,
        operand: Operand::At(Source::Request, "/list".to_owned()),
    };
    let mut observations = Observations::new();
    observations.push_test(Source::Request, "/m0", &predicate, Ok(true));
    Remembered {
        decision: Arc::new(Decision::bare(Effect::Allow)),
        observations: Arc::new(observations),
        fuel,
    }
}

/// Walks for a request whose list has an item of so many bytes, with so much fuel.
fn with_list<T>(bytes: usize, fuel_max: u64, walk: impl FnOnce(&Sight<'_>) -> T) -> T {
    let json = format!(r#"{{"m0": "x", "list": ["x", "{}"]}}"#, "y".repeat(bytes));
    let request = Document::parse(json.as_bytes(), &JsonBounds::DOCUMENT).unwrap();
    let (data, parameters) = (Documents::new(), Document::empty());
    walk(&Sight {
        sources: Sources {
            request: &request,
            data: &data,
            parameters: &parameters,
        },
        moment: Moment::At(0),
        answer_bytes_max: 64 * 1024,
        fuel_max,
    })
}

#[test]
fn what_tests_look_at_is_paid_for_in_both_walks() {
    let (_budget, memory) = memory(1 << 20, 0);
    memory.remember(&revision(), tested(1_000)).unwrap();
    // Far below and above what is walked with the lock.
    for bytes in [300, 20_000] {
        let walk = |fuel_max| {
            let walk = |sight: &Sight<'_>| memory.recall_anywhere(&revision(), sight);
            with_list(bytes, fuel_max, walk)
        };
        let least = (1_000..).find(|fuel_max| matches!(walk(*fuel_max), Met::Decided(_)));
        let least = least.unwrap() as usize;
        // The list with its two items, and one unit that is left.
        assert!((1_000 + bytes..1_020 + bytes).contains(&least), "{least}");
        assert!(matches!(walk(least as u64 - 1), Met::Never));
    }
}

#[test]
fn what_tests_look_at_takes_from_the_room_of_a_short_walk() {
    let (_budget, memory) = memory(1 << 20, 0);
    memory.remember(&revision(), tested(0)).unwrap();
    for (bytes, is_dear) in [(HERE_BYTES_MAX - 100, false), (HERE_BYTES_MAX, true)] {
        with_list(bytes, u64::MAX, |sight| {
            let met = memory.recall_here(&revision(), sight);
            assert_eq!(matches!(met, Met::Dear), is_dear);
            let met = memory.recall_anywhere(&revision(), sight);
            assert!(matches!(met, Met::Decided(_)));
        });
    }
    // The same test again and again is more than one.
    let (_budget, memory) = self::memory(1 << 20, 0);
    let mut many = Observations::new();
    let once = tested(0).observations;
    for observation in std::iter::repeat_n(once.iter().next().unwrap(), 10) {
        if let Question::Test { predicate, .. } = observation.question {
            many.push_test(Source::Request, "/m0", &predicate, Ok(true));
        }
    }
    let remembered = Remembered {
        observations: Arc::new(many),
        ..tested(0)
    };
    memory.remember(&revision(), remembered).unwrap();
    for (bytes, is_dear) in [
        (HERE_BYTES_MAX / 10 - 50, false),
        (HERE_BYTES_MAX / 10, true),
    ] {
        with_list(bytes, u64::MAX, |sight| {
            let met = memory.recall_here(&revision(), sight);
            assert_eq!(matches!(met, Met::Dear), is_dear);
        });
    }
}

#[test]
fn what_contradicted_itself_is_remembered_no_more_and_others_are() {
    let (budget, memory) = memory(1 << 20, 0);
    let other = Digest::of(b"another revision");
    for revision in [&revision(), &other] {
        memory.remember(revision, evaluated(1, "x")).unwrap();
    }
    memory.distrust(&revision());
    assert_eq!((budget.used(), memory.bytes()), (0, 0));
    let news = memory.remember(&revision(), evaluated(1, "x"));
    assert_eq!(news, Ok(News::Unrecallable));
    assert_eq!((budget.used(), memory.bytes()), (0, 0));
    let news = memory.remember(&other, evaluated(1, "x"));
    assert_eq!(news, Ok(News::Remembered));
    with_sight(1, "x", |sight| {
        let met = |revision: &Digest| memory.recall_anywhere(revision, sight);
        assert!(matches!(met(&revision()), Met::Never));
        assert!(matches!(met(&other), Met::Decided(_)));
    });
    // The marks are bounded: the oldest goes first, and would be found out again.
    for number in 0..64_u8 {
        memory.distrust(&Digest::of(&[number]));
        memory.distrust(&Digest::of(&[number]));
    }
    let is_trusted =
        |revision: &Digest| memory.remember(revision, evaluated(1, "x")) == Ok(News::Remembered);
    assert!(is_trusted(&revision()));
    assert!((0..64_u8).all(|number| !is_trusted(&Digest::of(&[number]))));
}

#[test]
fn a_path_for_which_there_can_be_no_room_makes_nobody_forget() {
    let (budget, others) = memory(64 * 1024, 0);
    let small = Memory::new(Arc::clone(&budget), SEED);
    small.remember(&revision(), evaluated(1, "x")).unwrap();
    // Others have nearly everything.
    while others.remember(&revision(), evaluated(1, &others.bytes().to_string()))
        == Ok(News::Remembered)
    {}
    let before = small.bytes();
    let large = || evaluated(1, &"y".repeat(1_000));
    for _ in 0..3 {
        assert_eq!(small.remember(&revision(), large()), Ok(News::Failed));
        assert_eq!(small.bytes(), before);
    }
    assert_eq!(small.counts.read().forgotten, 0);
}

#[test]
fn a_report_of_many_nodes_counts_each_once() {
    let (_budget, memory) = memory(64 << 20, 0);
    let count = REPORT_CHUNK + 10;
    for number in 0..count {
        memory
            .remember(&revision(), evaluated(1, &number.to_string()))
            .unwrap();
    }
    let report = memory.report();
    assert_eq!(report.entries, count);
    assert_eq!(report.fan_out.len(), 1);
    assert_eq!(report.fan_out[0].answers, count as u64);
    assert_eq!(report.fan_out[0].places, 1);
}
