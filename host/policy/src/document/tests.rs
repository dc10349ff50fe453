use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{Kind, Number, Pointer, PointerRef, TooLarge, Value};

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

// --- Properties ----------------------------------------------------------------------------------------------------

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-c]{0,2}",
        1 => ".{0,12}",
        1 => "[\\x00-\\x1f\"\\\\/~\u{2028}\u{10000}]{0,4}",
        1 => (120_usize..300).prop_map(|length| "l".repeat(length)),
    ]
}

fn number() -> impl Strategy<Value = Number> {
    let spelled = "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,8})?([eE][+-]?[0-9]{1,3})?";
    prop_oneof![
        any::<i64>().prop_map(Number::Integer),
        (-40_i64..40).prop_map(Number::Integer),
        spelled.prop_map(|text: String| Number::parse(&text).unwrap()),
    ]
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        Just(Node::Null),
        any::<bool>().prop_map(Node::Boolean),
        number().prop_map(Node::Number),
        text().prop_map(Node::Text),
    ];
    leaf.prop_recursive(5, 200, 40, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..40).prop_map(Node::List),
            prop::collection::btree_map(text(), inner, 0..40).prop_map(Node::Object),
        ]
    })
}

/// All pointers into a value, and some that lead nowhere.
fn pointers(value: &serde_json::Value, at: &Pointer, found: &mut Vec<Pointer>) {
    let child = |token: &str| {
        let tokens: Vec<_> = at.tokens().map(|token| token.as_ref().to_owned()).collect();
        Pointer::from_tokens(tokens.iter().map(String::as_str).chain([token])).unwrap()
    };
    found.extend([
        at.clone(),
        child("nothing"),
        child("-"),
        child("01"),
        child(""),
    ]);
    match value {
        serde_json::Value::Array(items) => {
            found.push(child(&items.len().to_string()));
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| pointers(item, &child(&index.to_string()), found));
        }
        serde_json::Value::Object(members) => {
            members
                .iter()
                .for_each(|(key, item)| pointers(item, &child(key), found));
        }
        _ => {}
    }
}

/// JSON text of a tree, with the members of objects in the order that the bits say.
fn shuffled_text(node: &Node, bits: u64) -> String {
    match node {
        Node::List(items) => {
            let items: Vec<_> = items
                .iter()
                .map(|item| shuffled_text(item, bits.rotate_left(7)))
                .collect();
            format!(" [ {} ]\n", items.join(" ,\t"))
        }
        Node::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            let length = members.len().max(1);
            members.rotate_left(usize::try_from(bits % 41).unwrap() % length);
            if bits & 1 == 1 {
                members.reverse();
            }
            let spelled = |key: &str| serde_json::to_string(key).unwrap();
            let members: Vec<_> = members
                .iter()
                .map(|(key, item)| {
                    format!(
                        "{} :\r\n{}",
                        spelled(key),
                        shuffled_text(item, bits.rotate_left(11))
                    )
                })
                .collect();
            format!("{{{}}}", members.join(" , "))
        }
        scalar => Document::from_node(scalar).unwrap().to_json(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn reading_what_was_written_gives_the_same(tree in node()) {
        let built = Document::from_node(&tree).unwrap();
        let read = parsed(&built.to_json());
        prop_assert_eq!(&*read.buffer, &*built.buffer);
        prop_assert_eq!(read.to_json(), built.to_json());
        let bytes = built.to_json().len();
        prop_assert!(built.byte_len() <= 2 * bytes && bytes <= 6 * built.byte_len(), "what bounds rest on");
        prop_assert!(built.root().value(bytes).is_ok());
    }

    #[test]
    fn the_order_of_members_changes_nothing(tree in node(), bits: u64) {
        let built = Document::from_node(&tree).unwrap();
        let read = parsed(&shuffled_text(&tree, bits));
        prop_assert_eq!(&read, &built);
        prop_assert_eq!(read.to_json(), built.to_json());
    }

    #[test]
    fn pointers_lead_where_serde_json_leads(tree in node(), bits: u64) {
        let text = shuffled_text(&tree, bits);
        let document = parsed(&text);
        // Its numbers are doubles, some of which are beyond it: those trees say nothing here.
        let Ok(reference) = serde_json::from_str::<serde_json::Value>(&text) else { return Ok(()) };
        let mut all = Vec::new();
        pointers(&reference, &Pointer::parse("").unwrap(), &mut all);
        for pointer in all {
            let found = document.find(&pointer);
            prop_assert_eq!(found, document.find(&pointer.as_ref()));
            let expected = reference.pointer(pointer.as_str());
            prop_assert_eq!(found.is_some(), expected.is_some(), "{}", pointer);
            let (Some(found), Some(expected)) = (found, expected) else { continue };
            prop_assert_eq!(found.as_text(), expected.as_str());
            prop_assert_eq!(found.as_boolean(), expected.as_bool());
            prop_assert_eq!(found.is_null(), expected.is_null());
            prop_assert_eq!(found.items().map(|items| items.len()), expected.as_array().map(Vec::len));
            let sorted = expected.as_object().map(|members| members.keys().cloned().collect::<std::collections::BTreeSet<_>>());
            prop_assert_eq!(found.keys().map(|keys| keys.map(str::to_owned).collect::<Vec<_>>()), sorted.map(|keys| keys.into_iter().collect()));
        }
    }

    #[test]
    fn a_member_that_appears_twice_is_always_refused(
        names in prop::collection::btree_set("[a-z]{1,6}", 1..200),
        again: prop::sample::Index,
        place: prop::sample::Index,
        padding in prop_oneof![Just(0_usize), Just(60), Just(3_000)],
    ) {
        let mut members: Vec<String> = names.iter().cloned().collect();
        let twice = again.get(&members).clone();
        members.insert(place.index(members.len() + 1), twice.clone());
        let padding = "p".repeat(padding);
        let members: Vec<_> = members.iter().map(|name| format!("\"{name}\":\"{padding}\"")).collect();
        let text = format!("{{{}}}", members.join(","));
        prop_assert_eq!(refused(&text), format!("`/{twice}` appears twice"));
    }

    #[test]
    fn equal_scalars_have_equal_bytes(left in number(), right in number()) {
        let (a, b) = (Document::from_node(&Node::Number(left.clone())).unwrap(), Document::from_node(&Node::Number(right.clone())).unwrap());
        prop_assert_eq!(a.root().scalar_bytes() == b.root().scalar_bytes(), left == right);
    }
}
