//! What ends an evaluation without a decision: too much time or space, traps, and answers that are no answers.

use lictor_policy::{DecisionError, Fault, Request};

use crate::row::{Meets, Row, run};

fn fault(guest: &'static str, fault: Fault) -> Row {
    Row::new(guest, Meets::Fault(fault))
}

fn malformed(guest: &'static str, says: &'static str) -> Row {
    Row::new(guest, Meets::Malformed(says))
}

fn trapped(guest: &'static str, detail: &str) -> Row {
    fault(
        guest,
        Fault::Trapped {
            detail: detail.to_owned(),
        },
    )
}

pub fn rows() -> Vec<Row> {
    [
        time_and_space(),
        traps(),
        output(),
        pointers(),
        questions(),
        tests(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn time_and_space() -> Vec<Row> {
    let fuel = || Fault::FuelExhausted { limit: 10_000_000 };
    vec![
        fault("endless-loop", fuel()),
        Row::new("endless-loop", Meets::OutOfTime).limits(|limits| {
            limits.fuel = u64::MAX / 4;
            limits.deadline_ms = 20;
        }),
        fault("endless-loop-in-realloc", fuel()),
        fault("endless-loop-after-deciding", fuel()),
        fault("endless-recursion", Fault::StackExhausted),
        fault(
            "memory-growth",
            Fault::MemoryExceeded {
                wanted: (16 << 20) + (2 << 16),
                limit: 16 << 20,
            },
        ),
        fault(
            "memory-growth-at-once",
            Fault::MemoryExceeded {
                wanted: (256 << 20) + (2 << 16),
                limit: 16 << 20,
            },
        ),
        fault(
            "table-growth",
            Fault::TableExceeded {
                wanted: 20_013,
                limit: 20_000,
            },
        ),
        fault("log-flood", fuel()),
        fault("log-flood-of-empty-lines", fuel()),
    ]
}

fn traps() -> Vec<Row> {
    let unreachable = "wasm `unreachable` instruction executed";
    vec![
        trapped("trap", unreachable),
        trapped("trap-after-deciding", unreachable),
        trapped("divide-by-zero", "integer divide by zero"),
        trapped("write-outside-memory", "out of bounds memory access"),
        trapped("realloc-asking", "cannot leave component instance"),
        trapped("ask-after-deciding", "cannot leave component instance"),
        fault(
            "failure",
            Fault::Failed {
                message: "the directory is empty".to_owned(),
            },
        ),
    ]
}

fn output() -> Vec<Row> {
    let refused = |guest, error| fault(guest, Fault::Decision(error));
    let too_large = || Fault::TooLarge { limit: 256 << 10 };
    vec![
        fault(
            "long-error",
            Fault::Failed {
                message: format!("{}…", "a".repeat(1024)),
            },
        ),
        fault("huge-error", too_large()),
        fault("huge-message", too_large()),
        fault("same-text-many-times", too_large()),
        fault("log-line-too-large", too_large()),
        fault("pointer-of-16-mib", too_large()),
        refused(
            "long-message",
            DecisionError::TooLarge {
                bytes: 65_537,
                max: 65_536,
            },
        ),
        refused(
            "reasons-65",
            DecisionError::TooMany {
                noun: "reasons",
                count: 65,
                max: 64,
            },
        ),
        refused(
            "reserved-code",
            DecisionError::Reserved {
                noun: "a reason's code",
                label: "lictor:default".to_owned(),
            },
        ),
        refused(
            "reserved-kind",
            DecisionError::Reserved {
                noun: "an obligation's kind",
                label: "lictor:notify".to_owned(),
            },
        ),
        refused(
            "empty-code",
            DecisionError::EmptyLabel {
                noun: "a reason's code",
            },
        ),
        refused(
            "properties-no-json",
            properties("the name of a member is missing at line 1, column 2, in the top"),
        ),
        refused(
            "properties-no-object",
            properties("the text is JSON of another kind"),
        ),
        malformed("text-not-utf8", "utf-8"),
        malformed("log-not-utf8", "utf-8"),
        malformed("pointer-not-utf8", "utf-8"),
        malformed("effect-out-of-range", "discriminant"),
        malformed("level-out-of-range", "discriminant"),
        malformed("result-out-of-range", "discriminant"),
        malformed("answer-outside-memory", "out of bounds"),
        malformed("answer-at-the-edge", "out of bounds"),
        malformed("answer-misaligned", "aligned"),
        malformed("answer-into-nowhere", "out of bounds"),
        malformed("answer-misplaced", "aligned"),
        malformed("text-outside-memory", "out of bounds"),
        malformed("list-outside-memory", "out of bounds"),
        malformed("list-overflowing", "out of bounds"),
        malformed("realloc-outside-memory", "beyond end of memory"),
    ]
}

fn properties(detail: &str) -> DecisionError {
    DecisionError::Properties {
        id: "approval".to_owned(),
        detail: detail.to_owned(),
    }
}

fn pointers() -> Vec<Row> {
    let pointer = |guest, question: &str, detail: &str| {
        fault(
            guest,
            Fault::PointerMalformed {
                question: question.to_owned(),
                detail: detail.to_owned(),
            },
        )
    };
    let slashes = format!("request.get {}…", "/".repeat(200));
    let zeroes = format!("request.get {}…", "\0".repeat(200));
    vec![
        pointer(
            "pointer-malformed",
            "request.get subject/id",
            "the pointer `subject/id` must be empty or begin with `/`",
        ),
        pointer(
            "pointer-with-bad-escape",
            "data.keys /users/~2",
            "the pointer `/users/~2` has a `~` that neither `0` nor `1` follows, at byte 7",
        ),
        pointer(
            "pointer-of-5000-bytes",
            &slashes,
            "the pointer is 5000 bytes; at most 4096 are accepted",
        ),
        pointer(
            "pointer-over-all-memory",
            &zeroes,
            "the pointer is 131072 bytes; at most 4096 are accepted",
        ),
        malformed("pointer-outside-memory", "out of bounds"),
        malformed("pointer-wrapping-around", "out of bounds"),
    ]
}

fn questions() -> Vec<Row> {
    let fuel = || Fault::FuelExhausted { limit: 10_000_000 };
    let questions = || Fault::QuestionsExceeded { limit: 1024 };
    let too_large = |question: &str| Fault::AnswerTooLarge {
        question: question.to_owned(),
        limit: 65_536,
    };
    vec![
        fault("question-flood", questions()),
        fault("question-flood-about-parameters", questions()),
        fault(
            "answer-flood",
            Fault::ObservationsTooLarge { limit: 1 << 20 },
        )
        .request(large_text(60_000)),
        fault("answer-flood", fuel())
            .request(large_text(60_000))
            .limits(|limits| limits.observation_bytes = 64 << 20),
        fault("answer-too-large", too_large("request.get /context/large"))
            .request(large_text(65_537)),
        fault("keys-too-large", too_large("request.keys /context/large"))
            .request(many_members(8_000)),
    ]
}

/// What the guest `test` is given; the pointer is `/subject/id` unless it is named.
fn tests() -> Vec<Row> {
    let test = |parameters: &str, meets| Row::new("test", meets).parameters(parameters);
    let says = |answer: u64| Meets::Says(format!("{answer:016x}"));
    let fuel = || Meets::Fault(Fault::FuelExhausted { limit: 10_000_000 });
    let discriminant = || Meets::Malformed("discriminant");
    // A thousand stars, where another star would let a backtracking search begin anew.
    let pattern = format!("{}b", "a*".repeat(30_000));
    let longest = "x".repeat(65_536);
    vec![
        // Bytes of an answer from the last to the first: yes; the value is no number; there is no such operand.
        test(&testing(6, 0, 4, "agent", 1), says(0x01_00)),
        test(&testing(2, 0, 3, "1.5", 1), says(0x04_01_00_01)),
        test(&testing(5, 2, 0, "/groups", 1), says(0x00_00_01_01)),
        test(&testing(8, 0, 4, "agent-?", 1), says(0x00_02_01_01)),
        test(&testing(11, 0, 4, "agent", 1), discriminant()),
        test(&testing(6, 4, 4, "agent", 1), discriminant()),
        test(&testing(6, 0, 6, "agent", 1), discriminant()),
        test(
            &testing(5, 2, 0, "users", 1),
            Meets::Fault(Fault::PointerMalformed {
                question: "request.test /subject/id".to_owned(),
                detail: "the pointer `users` must be empty or begin with `/`".to_owned(),
            }),
        ),
        test(&testing(6, 0, 4, &longest, 1), says(0)),
        test(
            &testing(6, 0, 4, &longest, 1).replace("\"times\"", "\"longer\": 1, \"times\""),
            Meets::Fault(Fault::TooLarge { limit: 65_536 }),
        ),
        // What a test looks at is priced, and there is a most of it.
        test(&testing(5, 1, 0, "/context/large", -1), fuel())
            .request(request_with("large", &long_list(100_000))),
        test(&testing(5, 2, 0, "/large", 1), says(0x02_01)).document("large", &long_list(300_000)),
        test(
            &testing(8, 0, 4, &pattern, -1).replace("/subject/id", "/context/large"),
            fuel(),
        )
        .request(large_text(500_000)),
        malformed("test-operand-not-utf8", "utf-8"),
        malformed("test-operand-outside-memory", "out of bounds"),
    ]
}

fn testing(relation: u8, at: u8, kind: u8, operand: &str, times: i64) -> String {
    format!(
        r#"{{"pointer": "/subject/id", "relation": {relation}, "at": {at}, "kind": {kind}, "operand": "{operand}", "times": {times}}}"#
    )
}

/// A list of this many texts of three letters.
fn long_list(count: usize) -> String {
    format!("[{}]", vec![r#""abc""#; count].join(","))
}

/// A request with one attribute of this many bytes.
pub fn large_text(bytes: usize) -> Request {
    request_with("large", &format!("\"{}\"", "a".repeat(bytes)))
}

/// A request with one object of this many members.
fn many_members(count: usize) -> Request {
    let members: Vec<String> = (0..count).map(|n| format!("\"m{n}\":0")).collect();
    request_with("large", &format!("{{{}}}", members.join(",")))
}

fn request_with(name: &str, json: &str) -> Request {
    let text = format!(
        r#"{{"subject": {{"type": "agent", "id": "agent-7"}}, "action": {{"name": "purchase"}},
            "resource": {{"type": "order", "id": "4711"}}, "context": {{"{name}": {json}}}}}"#
    );
    Request::from_json(text.as_bytes()).expect("the request is whole")
}

#[test]
fn what_ends_without_a_decision_is_the_policys_fault() {
    run(rows());
}
