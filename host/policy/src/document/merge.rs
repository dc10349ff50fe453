//! Merging a patch into a document (RFC 7396). Must never read a value and write it again: what isn't patched is copied as it
//! stands, so every number keeps its digits.

use super::item::Shape;
use super::{Builder, Document, Item};
use crate::{JsonBounds, JsonError};

impl Document {
    /// The document with a JSON merge patch (RFC 7396) in it: members of the patch replace those of the same name, `null` takes
    /// them away, objects are merged member by member, everything else, lists among it, is replaced as a whole. The bytes that
    /// count for the bounds are those of the canonical JSON text.
    ///
    /// # Errors
    /// The result goes beyond the bounds.
    pub fn merged(&self, patch: &Document, bounds: &JsonBounds) -> Result<Document, JsonError> {
        let mut builder = Builder::new(self.byte_len().saturating_add(patch.byte_len()), bounds);
        merge(Some(self.root()), patch.root(), &mut builder)?;
        let document = builder.finish();
        document.check_length(bounds)?;
        Ok(document)
    }
}

/// Writes what a patch makes of a value. As deep as the patch is, which has a bound.
fn merge(
    target: Option<Item<'_>>,
    patch: Item<'_>,
    builder: &mut Builder,
) -> Result<(), JsonError> {
    let Shape::Object(changes) = patch.shape() else {
        return builder.copy(patch);
    };
    let kept = match target.map(Item::shape) {
        Some(Shape::Object(members)) => Some(members),
        _ => None,
    };
    let mut kept = kept.into_iter().flatten().peekable();
    builder.open_object()?;
    for (name, change) in changes {
        // Both sides are sorted by name.
        while let Some((before, value)) = kept.next_if(|(key, _)| *key < name) {
            builder.key(before)?;
            builder.copy(value)?;
        }
        let old = kept.next_if(|(key, _)| *key == name);
        if !change.is_null() {
            builder.key(name)?;
            merge(old.map(|(_, value)| value), change, builder)?;
        }
    }
    for (name, value) in kept {
        builder.key(name)?;
        builder.copy(value)?;
    }
    builder.close()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Node;

    fn document(text: &str) -> Document {
        Document::parse(text.as_bytes(), &JsonBounds::DOCUMENT).unwrap()
    }

    fn merged(target: &str, patch: &str) -> String {
        let merged = document(target).merged(&document(patch), &JsonBounds::DOCUMENT);
        merged.unwrap().to_json()
    }

    /// The table in appendix A of the RFC.
    #[test]
    fn every_case_of_the_rfc() {
        for (target, patch, result) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (
                r#"{"a":{"b":"c"}}"#,
                r#"{"a":{"b":"d","c":null}}"#,
                r#"{"a":{"b":"d"}}"#,
            ),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
            (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
            (r#"{"a":"foo"}"#, "null", "null"),
            (r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"a":1,"e":null}"#),
            ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
            ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
            (r#"{"a":1}"#, r#"{"a":[null]}"#, r#"{"a":[null]}"#),
        ] {
            assert_eq!(merged(target, patch), result, "{target} with {patch}");
        }
    }

    #[test]
    fn numbers_keep_their_digits() {
        let money = r#"{"balance":12345678901234567890.50,"limit":0.10}"#;
        let more = merged(money, r#"{"fee":98765432109876543210.01}"#);
        for digits in ["12345678901234567890.5", "98765432109876543210.01", "0.1"] {
            assert!(more.contains(digits), "{more}");
        }
    }

    #[test]
    fn large_objects_are_merged_and_found_again() {
        let members = |range: std::ops::Range<u32>| {
            let members: Vec<String> = range.map(|n| format!("\"m{n}\":{{\"n\":{n}}}")).collect();
            format!("{{{}}}", members.join(","))
        };
        let (target, patch) = (document(&members(0..3000)), document(&members(1000..4000)));
        let merged = target.merged(&patch, &JsonBounds::DOCUMENT).unwrap();
        assert_eq!(merged, document(&members(0..4000)));
        let pointer = crate::Pointer::parse("/m3999/n").unwrap();
        assert_eq!(merged.find(&pointer).unwrap().as_integer(), Some(3999));
    }

    #[test]
    fn the_result_has_the_bounds_of_a_document() {
        let bounds = JsonBounds {
            bytes_max: 40,
            ..JsonBounds::DOCUMENT
        };
        let target = document(r#"{"a":"0123456789"}"#);
        target
            .merged(&document(r#"{"b":"0123"}"#), &bounds)
            .unwrap();
        let patch = document(r#"{"b":"01234567890123456789"}"#);
        let refused = target.merged(&patch, &bounds).unwrap_err();
        assert!(
            matches!(refused, JsonError::TooLarge { bytes_max: 40, .. }),
            "{refused}"
        );
    }

    /// The RFC's own pseudocode, on trees.
    fn by_the_rfc(target: Option<Node>, patch: Node) -> Node {
        let Node::Object(changes) = patch else {
            return patch;
        };
        let mut members = match target {
            Some(Node::Object(members)) => members,
            _ => Default::default(),
        };
        for (name, change) in changes {
            let old = members.remove(&name);
            if !matches!(change, Node::Null) {
                members.insert(name, by_the_rfc(old, change));
            }
        }
        Node::Object(members)
    }

    fn any_node() -> impl Strategy<Value = Node> {
        let leaf = prop_oneof![
            Just(Node::Null),
            any::<bool>().prop_map(Node::Boolean),
            any::<i64>().prop_map(Node::Integer),
            "[a-c]{0,40}".prop_map(Node::Text),
        ];
        leaf.prop_recursive(4, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Node::List),
                prop::collection::btree_map("[a-d]", inner, 0..5).prop_map(Node::Object),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_is_what_the_rfc_says(target in any_node(), patch in any_node()) {
            let merged = Document::from_node(&target).unwrap()
                .merged(&Document::from_node(&patch).unwrap(), &JsonBounds::DOCUMENT)
                .unwrap();
            let expected = Document::from_node(&by_the_rfc(Some(target), patch)).unwrap();
            prop_assert_eq!(merged.to_json(), expected.to_json());
        }
    }
}
