use std::collections::BTreeMap;

use super::*;
use crate::{Kind, Number, Pointer, PointerRef, TooLarge, Value};

mod properties;

fn parsed(text: &str) -> Document {
    Document::parse(text.as_bytes(), &JsonBounds::DOCUMENT).unwrap()
}

fn refused(text: &str) -> String {
    Document::parse(text.as_bytes(), &JsonBounds::DOCUMENT)
        .unwrap_err()
        .to_string()
}

/// An object of `count` members in an order that is not sorted.
fn scrambled(count: usize) -> String {
    let mut members: Vec<_> = (0..count)
        .map(|index| format!("\"k{}\":{index}", index * 7_919 % count))
        .collect();
    members.reverse();
    format!("{{{}}}", members.join(","))
}

// --- Values --------------------------------------------------------------------------------------------------------

#[test]
fn scalars_are_answered_canonically() {
    let values = [
        ("null", Value::Null),
        ("true", Value::Boolean(true)),
        ("false", Value::Boolean(false)),
        ("1.0", Value::Integer(1)),
        ("-0", Value::Integer(0)),
        ("31", Value::Integer(31)),
        ("32", Value::Integer(32)),
        ("-1", Value::Integer(-1)),
        ("9223372036854775807", Value::Integer(i64::MAX)),
        ("-9223372036854775808", Value::Integer(i64::MIN)),
        (
            "9223372036854775808",
            Value::Decimal("9223372036854775808".into()),
        ),
        ("1e400", Value::Decimal("1e+400".into())),
        ("0.10", Value::Decimal("0.1".into())),
        (r#""""#, Value::Text(String::new())),
        (
            r#""\u0061\ud83d\ude00\/\n\u2028""#,
            Value::Text("a😀/\n\u{2028}".into()),
        ),
        (
            r#" [1 , {"b":2,"a":[]} ] "#,
            Value::Json(r#"[1,{"a":[],"b":2}]"#.into()),
        ),
        ("{}", Value::Json("{}".into())),
    ];
    for (text, value) in values {
        assert_eq!(parsed(text).root().value(65_536), Ok(value), "{text}");
    }
}

#[test]
fn lengths_around_every_border_of_the_encoding_come_back() {
    for length in [
        0, 1, 126, 127, 128, 129, 254, 255, 256, 257, 4_095, 4_096, 4_097, 16_383, 16_384, 70_000,
    ] {
        let text = "ä".repeat(length / 2) + &"x".repeat(length % 2);
        let document = Document::from_node(&Node::from([text.as_str()])).unwrap();
        assert_eq!(
            document.root().index(0).unwrap().as_text(),
            Some(text.as_str())
        );
        let document = Document::from_node(&Node::object([(text.as_str(), 5)])).unwrap();
        assert_eq!(document.root().member(&text).unwrap().as_integer(), Some(5));
    }
    for magnitude in (0..63).map(|bit| 1_i64 << bit) {
        for integer in [magnitude, -magnitude, magnitude - 1, magnitude + 1] {
            assert_eq!(
                parsed(&integer.to_string()).root().as_integer(),
                Some(integer)
            );
        }
    }
}

#[test]
fn a_value_beyond_its_bound_is_not_built() {
    let document = parsed(r#"{"text":"abcdef","list":[1,2,3]}"#);
    let value = |name: &str, bytes_max| document.root().member(name).unwrap().value(bytes_max);
    assert_eq!(value("text", 6), Ok(Value::Text("abcdef".into())));
    assert_eq!(value("text", 5), Err(TooLarge { bytes_max: 5 }));
    assert_eq!(value("list", 7), Ok(Value::Json("[1,2,3]".into())));
    assert_eq!(value("list", 6), Err(TooLarge { bytes_max: 6 }));
}

#[test]
fn a_cursor_says_what_it_stands_on() {
    let document = parsed(r#"{"n":null,"b":true,"i":1,"d":1.5,"t":"x","l":[0],"o":{"p":0,"q":1}}"#);
    let item = |name: &str| document.root().member(name).unwrap();
    let kinds = document
        .root()
        .members()
        .unwrap()
        .map(|(_, item)| item.kind());
    let sorted = [
        Kind::Boolean,
        Kind::Decimal,
        Kind::Integer,
        Kind::List,
        Kind::Null,
        Kind::Object,
        Kind::Text,
    ];
    assert!(kinds.eq(sorted));
    assert!(item("n").is_null() && !item("b").is_null());
    assert_eq!(item("b").as_boolean(), Some(true));
    assert_eq!(item("i").as_integer(), Some(1));
    assert_eq!(item("d").as_integer(), None);
    assert_eq!(item("d").as_number(), Some(Number::Decimal("1.5".into())));
    assert_eq!(item("t").as_text(), Some("x"));
    assert_eq!(item("i").as_text(), None);
    assert_eq!(
        (item("l").count(), item("o").count(), item("t").count()),
        (Some(1), Some(2), None)
    );
    assert!(item("o").keys().unwrap().eq(["p", "q"]));
    assert!(item("l").keys().is_none());
}

// --- Pointers ------------------------------------------------------------------------------------------------------

#[test]
fn pointers_follow_the_examples_of_rfc_6901() {
    let document = parsed(
        r#"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#,
    );
    let answers = [
        ("/foo", r#"["bar","baz"]"#),
        ("/foo/0", r#""bar""#),
        ("/", "0"),
        ("/a~1b", "1"),
        ("/c%d", "2"),
        ("/e^f", "3"),
        ("/g|h", "4"),
        ("/i\\j", "5"),
        ("/k\"l", "6"),
        ("/ ", "7"),
        ("/m~0n", "8"),
    ];
    for (pointer, answer) in answers {
        assert_eq!(
            document
                .find(&Pointer::parse(pointer).unwrap())
                .unwrap()
                .to_json(),
            answer,
            "{pointer}"
        );
        assert_eq!(
            document
                .find(&PointerRef::parse(pointer).unwrap())
                .unwrap()
                .to_json(),
            answer,
            "{pointer}"
        );
    }
    assert_eq!(
        document.find(&PointerRef::parse("").unwrap()).unwrap(),
        document.root()
    );
    for nothing in [
        "/foo/-", "/foo/2", "/foo/00", "/foo/01", "/foo/+1", "/foo/", "/foo/0/x", "/nope",
        "/foo/0/0", "//",
    ] {
        assert!(
            document
                .find(&PointerRef::parse(nothing).unwrap())
                .is_none(),
            "{nothing}"
        );
    }
}

#[test]
fn numerals_name_members_of_objects_too() {
    let document = parsed(r#"{"0":"zero","-":"minus","01":"one"}"#);
    for (pointer, text) in [("/0", "zero"), ("/-", "minus"), ("/01", "one")] {
        assert_eq!(
            document
                .find(&PointerRef::parse(pointer).unwrap())
                .unwrap()
                .as_text(),
            Some(text)
        );
    }
}

#[test]
fn every_item_of_a_list_is_found_around_the_strides() {
    for count in [1, 15, 16, 17, 31, 32, 33, 100, 5_000] {
        for item in ["7", "[\"a long enough item that the list is large\"]"] {
            let items: Vec<_> = (0..count)
                .map(|index| format!("[{index},{item}]"))
                .collect();
            let document = parsed(&format!("[{}]", items.join(",")));
            assert_eq!(document.root().count(), Some(u32::try_from(count).unwrap()));
            for index in 0..count {
                let found = document
                    .root()
                    .index(index)
                    .unwrap()
                    .index(0)
                    .unwrap()
                    .as_integer();
                assert_eq!(found, Some(i64::try_from(index).unwrap()));
            }
            assert!(document.root().index(count).is_none());
        }
    }
}

// --- Objects of every size -----------------------------------------------------------------------------------------

#[test]
fn small_and_large_objects_answer_alike() {
    for count in [1, 2, 7, 31, 32, 33, 64, 1_000, 10_000] {
        let document = parsed(&scrambled(count));
        let reference: BTreeMap<String, i64> = serde_json::from_str(&scrambled(count)).unwrap();
        assert_eq!(reference.len(), count);
        assert!(document.root().keys().unwrap().eq(reference.keys()));
        for (key, integer) in &reference {
            assert_eq!(
                document.root().member(key).unwrap().as_integer(),
                Some(*integer)
            );
        }
        for absent in ["", "a", "k", "k00", "k99999", "z"] {
            assert!(document.root().member(absent).is_none());
        }
        assert_eq!(
            document.to_json(),
            serde_json::to_string(&reference).unwrap()
        );
    }
}

#[test]
fn an_object_of_few_but_long_members_is_found_and_sorted() {
    for length in [10, 200, 5_000] {
        let long = "x".repeat(length);
        let document = parsed(&format!(
            r#"{{"c":"{long}","a":{{"y":"{long}","x":1}},"b":[["{long}"]]}}"#
        ));
        let sorted = format!(r#"{{"a":{{"x":1,"y":"{long}"}},"b":[["{long}"]],"c":"{long}"}}"#);
        assert_eq!(document.to_json(), sorted);
        assert_eq!(
            document
                .find(&PointerRef::parse("/a/x").unwrap())
                .unwrap()
                .as_integer(),
            Some(1)
        );
    }
}

#[test]
fn members_are_sorted_by_code_point_and_not_by_utf_16() {
    let document = parsed("{\"\u{10000}\":1,\"\u{ffff}\":2,\"z\":3,\"é\":4}");
    assert!(
        document
            .root()
            .keys()
            .unwrap()
            .eq(["z", "é", "\u{ffff}", "\u{10000}"])
    );
}

#[test]
fn a_member_that_appears_twice_is_refused_by_its_unescaped_name() {
    assert_eq!(refused(r#"{"a":1,"a":1}"#), "`/a` appears twice");
    assert_eq!(refused(r#"{"a":1,"\u0061":2}"#), "`/a` appears twice");
    assert_eq!(refused(r#"{"a":1,"b":2,"a":3}"#), "`/a` appears twice");
    assert_eq!(
        refused(r#"{"context":{"amount":1,"b":0,"amount":2}}"#),
        "`/context/amount` appears twice"
    );
    assert_eq!(
        refused(r#"[0,{"x/y":{"b":1,"a":1,"b":1}}]"#),
        "`/1/x~1y/b` appears twice"
    );
    let many = scrambled(5_000);
    let again = format!(
        "{{\"users\":{},\"k17\":0}}}}",
        many.trim_end_matches('}').to_owned() + ",\"k17\":0}"
    );
    assert!(
        refused(&again.replace(",\"k17\":0}}", "}}")).contains("`/users/k17` appears twice"),
        "found in a table"
    );
}

// --- Building by hand ----------------------------------------------------------------------------------------------

#[test]
fn decimals_built_by_hand_are_read_again() {
    let decimal =
        |text: &str| Node::object([("n", Node::Number(Number::Decimal(text.to_owned())))]);
    assert_eq!(
        Document::from_node(&decimal("1.50")).unwrap(),
        parsed(r#"{"n":1.5}"#)
    );
    assert_eq!(
        Document::from_node(&decimal("5.0")).unwrap(),
        parsed(r#"{"n":5}"#)
    );
    let error = Document::from_node(&decimal("five"))
        .unwrap_err()
        .to_string();
    assert_eq!(error, "`/n`: the text is no JSON number");
}

#[test]
fn trees_have_bounds_too() {
    let deep = (0..200).fold(Node::Null, |node, _| Node::List(vec![node]));
    assert!(matches!(
        Document::from_node(&deep),
        Err(JsonError::TooDeep { depth_max: 128, .. })
    ));
    let bounds = JsonBounds {
        bytes_max: 10,
        ..JsonBounds::REQUEST
    };
    assert!(Document::from_node_bounded(&Node::from("12345678"), &bounds).is_ok());
    let error = Document::from_node_bounded(&Node::from("123456789"), &bounds).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the request is 11 bytes; at most 10 are accepted"
    );
    assert!(
        Document::from_node_bounded(&Node::from("\0\0"), &bounds).is_err(),
        "escapes count"
    );
}

#[test]
fn a_document_shows_no_data_when_debugged() {
    assert_eq!(
        format!("{:?}", parsed(r#"{"secret":"x"}"#)),
        "Document(11 bytes)"
    );
    assert_eq!(format!("{:?}", parsed("1").root()), "Item(integer)");
}

#[test]
fn the_default_document_is_the_empty_object() {
    assert_eq!(Document::default(), parsed("{}"));
    assert_eq!(Document::empty().to_json(), "{}");
}

#[test]
fn other_formats_get_numbers_exactly() {
    let text = r#"{"a":0.1,"b":[1,-5,1e+300],"c":"x","d":null,"e":true}"#;
    assert_eq!(serde_json::to_string(&parsed(text)).unwrap(), text);
    assert_eq!(
        serde_json::to_string(&parsed("0.30000000000000000001")).unwrap(),
        r#""0.30000000000000000001""#
    );
    assert_eq!(
        serde_json::to_string(&parsed("1e400")).unwrap(),
        r#""1e+400""#
    );
}
