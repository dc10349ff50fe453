use super::super::Observations;
use super::*;
use crate::{Document, Documents, JsonBounds, Operand, Predicate, Relation, Value};

const REQUEST: &str = r#"{
    "null": null, "no": false, "yes": true, "one": 1.0, "text1": "1", "minus": -0.0, "large": 9223372036854775808,
    "most": 9223372036854775807, "half": 0.5, "empty": "", "nfc": "é", "nfd": "é", "list": [1, [2, []], {"b": 1, "a": "x"}],
    "object": {"b": 2, "a": 1}, "none": {}, "encoded": "[1,[2,[]]]", "names": {"a": 0, "ab": 0, "": 0}
}"#;

fn document(json: &str) -> Document {
    Document::parse(json.as_bytes(), &JsonBounds::DOCUMENT).unwrap()
}

/// What an evaluation that asks this records as the answer, through values as a guest gets them.
fn recorded(sources: &Sources<'_>, source: Source, aspect: Aspect, text: &str) -> Vec<u8> {
    let pointer = Pointer::parse(text).unwrap();
    let item = sources.find(source, &pointer);
    let mut all = Observations::new();
    match aspect {
        Aspect::Get => {
            let value = item.map(|item| item.value(1 << 20).unwrap());
            all.push_get(source, text, value.as_ref());
        }
        Aspect::Count => all.push_count(source, text, count(sources, source, &pointer)),
        Aspect::Keys => {
            let owned = |names: &mut dyn Iterator<Item = &str>| {
                names.map(str::to_owned).collect::<Vec<_>>()
            };
            let names = match source {
                Source::Data => sources.data.keys(&pointer).map(|mut it| owned(&mut it)),
                _ => item.and_then(Item::keys).map(|mut it| owned(&mut it)),
            };
            all.push_keys(source, text, names.as_deref());
        }
    }
    let (_, answer) = all.raw().next().unwrap();
    answer.to_vec()
}

fn asked(sources: &Sources<'_>, question: &Question, bytes_max: usize) -> Option<Vec<u8>> {
    let mut answers = Answers::new(bytes_max);
    let inquiry = Inquiry::new(question).unwrap();
    inquiry.answer(sources, || 1_000, &mut answers).ok()?;
    Some(answers.as_bytes().to_vec())
}

#[test]
fn what_is_asked_again_is_answered_as_it_was_recorded() {
    let request = document(REQUEST);
    let data = Documents::new()
        .with("users".parse().unwrap(), document(REQUEST))
        .with("more".parse().unwrap(), document("[1,2]"));
    let parameters = Document::empty();
    let sources = Sources {
        request: &request,
        data: &data,
        parameters: &parameters,
    };
    let names: Vec<String> = request.root().keys().unwrap().map(str::to_owned).collect();
    let mut pointers = vec![String::new(), "/absent".to_owned(), "/list/1/1".to_owned()];
    pointers.extend(names.iter().map(|name| format!("/{name}")));
    pointers.extend(names.iter().map(|name| format!("/users/{name}")));
    for source in [Source::Request, Source::Data] {
        for aspect in [Aspect::Get, Aspect::Count, Aspect::Keys] {
            for pointer in &pointers {
                let question = Question::Look {
                    source,
                    aspect,
                    pointer: pointer.clone(),
                };
                let recorded = recorded(&sources, source, aspect, pointer);
                let exactly = asked(&sources, &question, recorded.len());
                assert_eq!(exactly.as_ref(), Some(&recorded), "{question}");
                let too_little = asked(&sources, &question, recorded.len() - 1);
                assert_eq!(too_little, None, "{question}");
            }
        }
    }
    let before = |unix_ms| asked(&sources, &Question::Before(unix_ms), 1);
    assert_eq!(before(1_000), Some(vec![NOT_BEFORE]));
    assert_eq!(before(1_001), Some(vec![BEFORE]));
}

#[test]
fn a_test_is_answered_again_as_it_was_recorded() {
    let (request, parameters) = (document(REQUEST), document(r#"{"limit": 5}"#));
    let data = Documents::new().with("users".parse().unwrap(), document(REQUEST));
    let sources = Sources {
        request: &request,
        data: &data,
        parameters: &parameters,
    };
    let given = |text: &str| Operand::Given(Value::Text(text.to_owned()));
    let at = |source, pointer: &str| Operand::At(source, pointer.to_owned());
    let operands = [
        given("\"1\""),
        given("x*"),
        given("?"),
        Operand::Given(Value::Decimal("0.25".into())),
        Operand::Given(Value::Json("[0.5,\"1\"]".into())),
        at(Source::Request, "/half"),
        at(Source::Data, "/users"),
        at(Source::Data, "/others"),
        at(Source::Parameters, "/limit"),
    ];
    let mut answers = std::collections::BTreeSet::new();
    for (relation, operand) in Relation::ALL
        .into_iter()
        .flat_map(|relation| operands.iter().map(move |operand| (relation, operand)))
    {
        for text in ["/half", "/text1", "/absent", "/null"] {
            let predicate = Predicate {
                relation,
                operand: operand.clone(),
            };
            let pointer = Pointer::parse(text).unwrap();
            let value = sources.find(Source::Request, &pointer);
            let tested = Criterion::new(&predicate).unwrap().test(value, &sources);
            let mut all = Observations::new();
            all.push_test(Source::Request, text, &predicate, tested.answer);
            let (_, recorded) = all.raw().next().unwrap();
            let question = Question::Test {
                source: Source::Request,
                pointer: text.to_owned(),
                predicate,
            };
            let exactly = asked(&sources, &question, recorded.len());
            assert_eq!(exactly.as_deref(), Some(recorded), "{question}");
            assert_eq!(asked(&sources, &question, recorded.len() - 1), None);
            answers.insert(recorded.to_vec());
        }
    }
    assert!(answers.len() > 8, "{answers:?}");
}

#[test]
fn a_test_is_refused_where_it_would_look_at_more_than_it_may_and_counted_where_not() {
    let request = document(r#"{"v": "x", "list": ["a", "x", "zzzzzzzzzz"], "object": {"x": 1}}"#);
    let (data, parameters) = (Documents::new(), Document::empty());
    let sources = Sources {
        request: &request,
        data: &data,
        parameters: &parameters,
    };
    for pointer in ["/list", "/object"] {
        let predicate = Predicate {
            relation: Relation::In,
            operand: Operand::At(Source::Request, pointer.to_owned()),
        };
        let value = sources.find(Source::Request, &Pointer::parse("/v").unwrap());
        let tested = Criterion::new(&predicate).unwrap().test(value, &sources);
        let inquiry = Inquiry::new(&Question::Test {
            source: Source::Request,
            pointer: "/v".to_owned(),
            predicate,
        })
        .unwrap();
        let mut answers = Answers::new(8);
        for _ in 0..2 {
            let within = inquiry.answer_within(&sources, || 0, tested.bytes, &mut answers);
            within.unwrap();
        }
        assert_eq!(answers.tested_bytes(), 2 * tested.bytes);
        let less = inquiry.answer_within(&sources, || 0, tested.bytes - 1, &mut answers);
        assert!(less.is_err());
        assert_eq!(
            (answers.as_bytes(), tested.answer),
            ([YES, YES].as_slice(), Ok(true))
        );
        answers.clear(8);
        assert_eq!(answers.tested_bytes(), 0);
    }
}

#[test]
fn a_refused_answer_leaves_those_before_it() {
    let request = document(REQUEST);
    let (data, parameters) = (Documents::new(), Document::empty());
    let sources = Sources {
        request: &request,
        data: &data,
        parameters: &parameters,
    };
    let look = |pointer: &str| {
        let question = Question::Look {
            source: Source::Request,
            aspect: Aspect::Get,
            pointer: pointer.to_owned(),
        };
        Inquiry::new(&question).unwrap()
    };
    let mut answers = Answers::new(12);
    look("/no").answer(&sources, || 0, &mut answers).unwrap();
    look("/list")
        .answer(&sources, || 0, &mut answers)
        .unwrap_err();
    assert_eq!(answers.as_bytes(), [FALSE]);
    look("/one").answer(&sources, || 0, &mut answers).unwrap();
    assert_eq!(answers.as_bytes().len(), 10);
}

#[test]
fn what_differs_is_answered_with_other_bytes_and_what_is_equal_with_the_same() {
    let get = |json: &str| {
        let request = document(json);
        let (data, parameters) = (Documents::new(), Document::empty());
        let sources = Sources {
            request: &request,
            data: &data,
            parameters: &parameters,
        };
        let question = Question::Look {
            source: Source::Request,
            aspect: Aspect::Get,
            pointer: "/v".to_owned(),
        };
        asked(&sources, &question, 1 << 16).unwrap()
    };
    let distinct = [
        // Absent, null and what is empty.
        "{}",
        r#"{"v":null}"#,
        r#"{"v":""}"#,
        r#"{"v":[]}"#,
        r#"{"v":{}}"#,
        r#"{"v":false}"#,
        r#"{"v":0}"#,
        r#"{"v":"0"}"#,
        r#"{"v":"null"}"#,
        r#"{"v":"[]"}"#,
        // Numbers and texts that look like them; numbers that no double tells apart.
        r#"{"v":1}"#,
        r#"{"v":"1"}"#,
        r#"{"v":true}"#,
        r#"{"v":"true"}"#,
        r#"{"v":9007199254740992}"#,
        r#"{"v":9007199254740993}"#,
        r#"{"v":9223372036854775807}"#,
        r#"{"v":9223372036854775808}"#,
        r#"{"v":-9223372036854775808}"#,
        r#"{"v":0.1}"#,
        r#"{"v":0.10000000000000000555}"#,
        // Lists that flatten alike.
        r#"{"v":["a","b"]}"#,
        r#"{"v":["a,b"]}"#,
        r#"{"v":["a\",\"b"]}"#,
        r#"{"v":[["a"],"b"]}"#,
        r#"{"v":["a",["b"]]}"#,
        r#"{"v":[["a","b"]]}"#,
        r#"{"v":"[\"a\",\"b\"]"}"#,
        r#"{"v":[1,2]}"#,
        r#"{"v":[12]}"#,
        r#"{"v":["1",2]}"#,
        r#"{"v":[null]}"#,
        r#"{"v":{"a":null}}"#,
        r#"{"v":{"a":{}}}"#,
        r#"{"v":{"a":"b"}}"#,
        // Unicode in two forms, and what a careless comparison drops.
        "{\"v\":\"\u{e9}\"}",
        "{\"v\":\"e\u{301}\"}",
        r#"{"v":"a"}"#,
        r#"{"v":"A"}"#,
        r#"{"v":"a "}"#,
        r#"{"v":"a\u0000"}"#,
        // A text that is the encoding of another answer.
        "{\"v\":\"\\u0006\\u0001\\u0000\\u0000\\u0000a\"}",
        "{\"v\":\"\\u0007\\u0003\\u0000\\u0000\\u0000[1]\"}",
        r#"{"v":[1]}"#,
    ];
    for (index, left) in distinct.iter().enumerate() {
        for right in &distinct[..index] {
            assert_ne!(get(left), get(right), "{left} and {right}");
        }
    }
    let equal = [
        (r#"{"v":1}"#, r#"{"v":1.0}"#),
        (r#"{"v":1}"#, r#"{"v":10e-1}"#),
        (r#"{"v":0}"#, r#"{"v":-0}"#),
        (r#"{"v":0}"#, r#"{"v":-0.0}"#),
        (r#"{"v":0.1}"#, r#"{"v":1e-1}"#),
        (
            r#"{"v":18446744073709551616}"#,
            r#"{"v":18446744073709551616.0}"#,
        ),
        (r#"{"v":{"a":1,"b":2}}"#, r#"{"v":{"b":2.0,"a":1}}"#),
        ("{\"v\":\"\u{e9}\"}", r#"{"v":"\u00e9"}"#),
        (r#"{"v":"/"}"#, r#"{"v":"\/"}"#),
    ];
    for (left, right) in equal {
        assert_eq!(get(left), get(right), "{left} and {right}");
    }
}
