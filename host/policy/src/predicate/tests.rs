use super::*;
use crate::{Document, Documents, Item, JsonBounds, PointerRef, Sources};

const REQUEST: &str = r#"{
    "amount": 12.50, "whole": 7, "huge": 123456789012345678901234567890, "name": "refund", "flag": true, "nothing": null,
    "list": ["a", "b"], "object": {"a": 1}, "ip": "10.1.2.3", "mapped": "::ffff:10.1.2.3", "when": "2026-06-01T00:00:00+02:00",
    "ms": 1780264800000, "e": "é", "face": "\ud83d\ude00", "limit": 12.5, "other": "refund"
}"#;
const USERS: &str = r#"{"alice": {"roles": ["admin", "editor"], "limit": 20}, "refund": {}, "numbers": [1, 2.5, "x"], "none": []}"#;
const PARAMETERS: &str =
    r#"{"limit": 10, "globs": ["re*", "pay"], "networks": ["10.0.0.0/8"], "bad": ["ref*", "x?"]}"#;

fn document(json: &str) -> Document {
    Document::parse(json.as_bytes(), &JsonBounds::DOCUMENT).unwrap()
}

fn put(predicate: &Predicate, pointer: &str) -> Tested {
    let (request, parameters) = (document(REQUEST), document(PARAMETERS));
    let data = Documents::new().with("users".parse().unwrap(), document(USERS));
    let sources = Sources {
        request: &request,
        data: &data,
        parameters: &parameters,
    };
    let value = sources.find(Request, &PointerRef::parse(pointer).unwrap());
    Criterion::new(predicate).unwrap().test(value, &sources)
}

fn at(source: Source, pointer: &str) -> Operand {
    Operand::At(source, pointer.to_owned())
}

fn text(text: &str) -> Operand {
    Operand::Given(Value::Text(text.to_owned()))
}

fn json(text: &str) -> Operand {
    Operand::Given(Value::Json(text.to_owned()))
}

fn decimal(text: &str) -> Operand {
    Operand::Given(Value::Decimal(text.to_owned()))
}

fn integer(integer: i64) -> Operand {
    Operand::Given(Value::Integer(integer))
}

/// What comes of it, as people read it.
fn tested(pointer: &str, relation: Relation, operand: Operand) -> String {
    let answer = put(&Predicate { relation, operand }, pointer).answer;
    crate::Answer::Test(answer).to_string()
}

#[track_caller]
fn expect(expected: &str, cases: impl IntoIterator<Item = (&'static str, Relation, Operand)>) {
    for (pointer, relation, operand) in cases {
        let shown = format!("{pointer} {} {operand}", relation.as_str());
        assert_eq!(tested(pointer, relation, operand), expected, "{shown}");
    }
}

use Relation::{AtLeast, AtMost, Equal, Glob, Greater, In, Less, Network, Prefix, Suffix, Within};
use Source::{Data, Parameters, Request};

#[test]
fn numbers_compare_by_their_exact_value() {
    expect(
        "yes",
        [
            ("/amount", AtMost, decimal("12.5")),
            ("/amount", AtMost, integer(13)),
            ("/amount", Less, decimal("12.50000000000000000001")),
            ("/amount", Equal, decimal("1250e-2")),
            ("/amount", AtLeast, at(Request, "/limit")),
            ("/amount", Less, at(Data, "/users/alice/limit")),
            ("/amount", Greater, at(Parameters, "/limit")),
            ("/whole", Equal, decimal("7.0")),
            ("/whole", Greater, decimal("6.999999999999999999999")),
            ("/whole", Greater, decimal("-1e30")),
            ("/huge", Greater, integer(i64::MAX)),
            ("/huge", Greater, decimal("123456789012345678901234567889")),
        ],
    );
    expect(
        "no",
        [
            ("/amount", AtMost, integer(12)),
            ("/amount", Less, decimal("12.5")),
            ("/amount", Equal, decimal("12.500000000000000000001")),
            ("/whole", Less, integer(7)),
            ("/huge", AtMost, integer(i64::MIN)),
            ("/huge", Less, decimal("123456789012345678901234567890")),
        ],
    );
}

#[test]
fn texts_compare_by_code_point() {
    expect(
        "yes",
        [
            ("/name", Less, text("refunds")),
            ("/name", Greater, text("Z")),
            ("/e", Greater, text("z")),
            // U+FFFD is before U+1F600, which UTF-16 has the other way round.
            ("/face", Greater, text("\u{fffd}")),
            ("/name", Equal, text("refund")),
            ("/name", Equal, at(Request, "/other")),
        ],
    );
    expect(
        "no",
        [
            ("/e", Equal, text("e\u{301}")),
            ("/name", Equal, text("Refund")),
            ("/name", AtLeast, text("refund ")),
        ],
    );
}

#[test]
fn anything_can_be_equal_to_its_own_kind() {
    expect(
        "yes",
        [
            ("/flag", Equal, Operand::Given(Value::Boolean(true))),
            ("/nothing", Equal, Operand::Given(Value::Null)),
            ("/list", Equal, json(r#" ["a", "b"]"#)),
            ("/object", Equal, json(r#"{"a": 1.0}"#)),
            ("", Equal, at(Request, "")),
        ],
    );
    expect(
        "no",
        [
            ("/flag", Equal, Operand::Given(Value::Boolean(false))),
            ("/list", Equal, json(r#"["b","a"]"#)),
            ("/object", Equal, json("{}")),
        ],
    );
}

#[test]
fn a_value_is_in_a_list_or_names_a_member() {
    expect(
        "yes",
        [
            ("/name", In, json(r#"["pay","refund"]"#)),
            ("/whole", In, json("[1, 7.0]")),
            ("/whole", In, json(r#"["7", 7]"#)),
            ("/list", In, json(r#"[["a","b"]]"#)),
            ("/name", In, at(Data, "/users")),
            ("/name", In, json(r#"{"refund": null}"#)),
            ("/list/0", In, at(Request, "/list")),
        ],
    );
    expect(
        "no",
        [
            ("/name", In, json(r#"["pay"]"#)),
            ("/name", In, json("[]")),
            ("/amount", In, at(Data, "/users/none")),
            ("/amount", In, at(Data, "/users/numbers")),
            ("/name", In, at(Data, "/users/alice")),
            ("/name", In, at(Data, "/users/numbers")),
        ],
    );
    expect("neither: value of kind text", [("/name", In, json("[1]"))]);
    expect(
        "neither: value of kind null",
        [("/nothing", In, json(r#"["null"]"#))],
    );
    expect(
        "neither: value of kind integer",
        [("/whole", In, at(Data, "/users"))],
    );
    expect(
        "neither: operand of kind text",
        [("/name", In, text("refund"))],
    );
    // The empty pointer names no document.
    expect("neither: operand absent", [("/name", In, at(Data, ""))]);
}

#[test]
fn a_text_is_tested_by_one_text_or_a_list_of_them() {
    expect(
        "yes",
        [
            ("/name", Prefix, text("ref")),
            ("/name", Prefix, text("")),
            ("/name", Suffix, text("fund")),
            ("/name", Prefix, json(r#"["pay","re"]"#)),
            ("/name", Glob, text("r*d")),
            ("/name", Glob, at(Parameters, "/globs")),
            ("/ip", Network, text("10.0.0.0/8")),
            ("/mapped", Network, at(Parameters, "/networks")),
            ("/ip", Network, json(r#"["192.168.0.0/16","10.1.2.3"]"#)),
        ],
    );
    expect(
        "no",
        [
            ("/name", Prefix, text("refunds")),
            ("/name", Suffix, json("[]")),
            ("/name", Glob, text("re")),
            ("/ip", Network, json(r#"["192.168.0.0/16","::/0"]"#)),
        ],
    );
}

#[test]
fn a_moment_is_within_its_window() {
    expect(
        "yes",
        [
            (
                "/when",
                Within,
                json(r#"["2026-01-01T00:00:00Z","2027-01-01T00:00:00Z"]"#),
            ),
            ("/when", Within, json("[1780264800000, 1780264800001]")),
            (
                "/ms",
                Within,
                json(r#"["2026-06-01T00:00:00+02:00", null]"#),
            ),
            ("/ms", Within, json("[null, 1780264800001]")),
            ("/whole", Within, json("[null, null]")),
        ],
    );
    expect(
        "no",
        [
            ("/when", Within, json("[null, 1780264800000]")),
            ("/ms", Within, json("[1780264800001, null]")),
            ("/ms", Within, json("[1780264800000, 1780264800000]")),
        ],
    );
}

#[test]
fn where_it_makes_no_sense_the_answer_is_neither() {
    let window = || json("[1, 2]");
    expect(
        "neither: value absent",
        [
            ("/absent", Equal, Operand::Given(Value::Null)),
            ("/absent", AtMost, integer(1)),
            ("/absent", In, json("[]")),
            ("/absent/below", Glob, text("?")),
        ],
    );
    expect(
        "neither: value of kind text",
        [
            ("/name", Equal, integer(1)),
            ("/name", AtMost, integer(1)),
            ("/name", Equal, Operand::Given(Value::Null)),
        ],
    );
    expect(
        "neither: value of kind decimal",
        [
            ("/amount", Less, text("13")),
            ("/amount", Prefix, text("1")),
            ("/amount", Glob, text("*")),
            ("/amount", Network, text("10.0.0.0/8")),
            ("/amount", Within, window()),
        ],
    );
    expect(
        "neither: value malformed",
        [
            ("/name", Network, text("10.0.0.0/8")),
            ("/name", Within, window()),
        ],
    );
    expect(
        "neither: operand absent",
        [
            ("/name", Equal, at(Request, "/absent")),
            ("/name", In, at(Data, "/users/bob/roles")),
            ("/name", In, at(Data, "/others")),
            ("/name", Glob, at(Parameters, "/absent")),
        ],
    );
    expect(
        "neither: operand of kind list",
        [("/whole", Less, json("[8]"))],
    );
    expect(
        "neither: operand of kind integer",
        [
            ("/name", Prefix, integer(1)),
            ("/ms", Within, integer(1)),
            ("/whole", In, integer(7)),
        ],
    );
    expect(
        "neither: operand malformed",
        [
            ("/amount", AtMost, decimal("12,5")),
            ("/amount", AtMost, decimal("0x10")),
            ("/amount", Equal, json("{")),
            ("/amount", Equal, json(r#"{"a":1,"a":2}"#)),
            ("/name", Glob, text("ref?nd")),
            ("/name", Prefix, json(r#"["re", 1]"#)),
            ("/ip", Network, text("10.0.0.1/8")),
            ("/ms", Within, json("[1]")),
            ("/ms", Within, json("[1, 2, 3]")),
            ("/ms", Within, json("[2, 1]")),
            ("/ms", Within, json("[1.5, 2]")),
            ("/ms", Within, json(r#"["2026-01-01", null]"#)),
        ],
    );
}

/// A list that is wrong says so, whatever the value: an author sees it in the first test.
#[test]
fn a_malformed_item_is_found_behind_one_that_holds() {
    expect(
        "neither: operand malformed",
        [
            ("/name", Glob, at(Parameters, "/bad")),
            ("/name", Glob, json(r#"["x?","ref*"]"#)),
            ("/ip", Network, json(r#"["10.0.0.0/8","10.0.0.0/33"]"#)),
            ("/name", Prefix, json(r#"["ref",null]"#)),
        ],
    );
}

#[test]
fn a_malformed_pointer_is_no_predicate() {
    for pointer in ["users", "/~2", &"/x".repeat(3_000)] {
        let operand = at(Data, pointer);
        assert!(
            Criterion::new(&Predicate {
                relation: In,
                operand
            })
            .is_err()
        );
    }
}

fn put_to(request: &str, relation: Relation, operand: Operand) -> Tested {
    let (request, empty, data) = (document(request), Document::empty(), Documents::new());
    let sources = Sources {
        request: &request,
        data: &data,
        parameters: &empty,
    };
    let value: Option<Item<'_>> = request.root().member("v");
    Criterion::new(&Predicate { relation, operand })
        .unwrap()
        .test(value, &sources)
}

#[test]
fn no_test_looks_at_more_than_a_mebibyte() {
    let long = "x".repeat(TEST_BYTES_MAX);
    let list = format!("[{}\"y\"]", r#""xxxxxxx","#.repeat(TEST_BYTES_MAX / 8));
    for (value, operand, relations) in [
        (
            format!("{long:?}"),
            format!("{long:?}"),
            [Equal, Less, Prefix],
        ),
        (
            format!("{long:?}"),
            format!("{long:?}"),
            [Suffix, Glob, Glob],
        ),
        ("\"y\"".to_owned(), list.clone(), [In, Prefix, Suffix]),
        (list.clone(), list.clone(), [Equal, Equal, Equal]),
    ] {
        let request = format!(r#"{{"v": {value}, "o": {operand}}}"#);
        for relation in relations {
            let tested = put_to(&request, relation, at(Request, "/o"));
            assert_eq!(tested.answer, Err(TestError::TooLarge), "{relation:?}");
            assert!(tested.bytes <= TEST_BYTES_MAX);
        }
    }
    // Many small patterns for one long text.
    let text = "x".repeat(TEST_BYTES_MAX / 2);
    let request = format!(r#"{{"v": {text:?}, "o": ["*y", "*z", "*w"]}}"#);
    assert_eq!(
        put_to(&request, Glob, at(Request, "/o")).answer,
        Err(TestError::TooLarge)
    );
}

#[test]
fn what_is_looked_at_is_counted_and_no_more() {
    let long = "x".repeat(TEST_BYTES_MAX);
    let request = format!(
        r#"{{"v": {long:?}, "o": {{{}"z": 1}}}}"#,
        (0..50_000)
            .map(|n| format!(r#""n{n}": 1,"#))
            .collect::<String>()
    );
    let tested = put_to(&request, Prefix, text("xx"));
    assert_eq!((tested.answer, tested.bytes), (Ok(true), 10));
    let tested = put_to(&request, Equal, text("xx"));
    assert_eq!((tested.answer, tested.bytes), (Ok(false), 3));
    // A name is looked up in a large object, not searched for.
    let tested = put_to(
        &request.replacen(&format!("{long:?}"), "\"n77\"", 1),
        In,
        at(Request, "/o"),
    );
    assert_eq!((tested.answer, tested.bytes), (Ok(true), 96));
}
