//! What holds of every document, against `serde_json` where that knows better.

use proptest::prelude::*;

use super::*;

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
