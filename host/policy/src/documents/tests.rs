use super::*;
use crate::{JsonBounds, PointerRef};

fn document(text: &str) -> Document {
    Document::parse(text.as_bytes(), &JsonBounds::DOCUMENT).unwrap()
}

fn name(text: &str) -> DocumentName {
    text.parse().unwrap()
}

fn two() -> Documents {
    let users = document(r#"{"bob":{"roles":["editor"]},"alice":{}}"#);
    Documents::new()
        .with(name("users"), users)
        .with(name("limits"), document("[1,2]"))
}

fn pointer(text: &str) -> PointerRef<'_> {
    PointerRef::parse(text).unwrap()
}

fn keys(documents: &Documents, text: &str) -> Option<Vec<String>> {
    Some(documents.keys(&pointer(text))?.map(str::to_owned).collect())
}

#[test]
fn the_first_token_names_the_document() {
    let documents = two();
    let find = |text| documents.find(&pointer(text)).map(Item::to_json);
    assert_eq!(find("/users/bob/roles/0").as_deref(), Some(r#""editor""#));
    assert_eq!(find("/limits").as_deref(), Some("[1,2]"));
    assert_eq!(
        (find(""), find("/"), find("/nope"), find("/users/carol")),
        (None, None, None, None)
    );
    assert_eq!(documents.count(&pointer("/limits")), Some(2));
    assert_eq!(documents.count(&pointer("/limits/0")), None);
    assert_eq!(keys(&documents, "/users").unwrap(), ["alice", "bob"]);
    assert_eq!(keys(&documents, "/limits"), None);
}

#[test]
fn the_empty_pointer_asks_for_the_documents_themselves() {
    let documents = two();
    assert_eq!(documents.count(&pointer("")), Some(2));
    assert_eq!(keys(&documents, "").unwrap(), ["limits", "users"]);
    assert_eq!(Documents::new().count(&pointer("")), Some(0));
    assert_eq!(keys(&Documents::new(), "").unwrap(), [""; 0]);
}

#[test]
fn a_change_is_another_set() {
    let before = two();
    let after = before.with(name("users"), document("{}")).without("limits");
    assert_eq!(
        before.find(&pointer("/users/bob")).unwrap().count(),
        Some(1)
    );
    assert_eq!(before.len(), 2);
    assert!(after.find(&pointer("/users/bob")).is_none());
    assert!(after.names().map(DocumentName::as_str).eq(["users"]));
    assert!(after.without("users").is_empty());
}

#[test]
fn names_need_no_escape() {
    for good in ["users", "a", "A.b_c-1", "-", &"x".repeat(128)] {
        assert_eq!(name(good).as_str(), good);
    }
    let error = |text: &str| text.parse::<DocumentName>().unwrap_err().to_string();
    assert_eq!(error(""), "a document name may not be empty");
    assert_eq!(
        error(&"x".repeat(129)),
        "a document name may have 128 bytes at most, this one has 129"
    );
    assert_eq!(
        error("a/b"),
        "a document name has ASCII letters, digits, `.`, `_` and `-`, `a/b` has '/'"
    );
    assert_eq!(
        error(".."),
        "a document name may not begin with `.`, `..` does"
    );
    for bad in ["a b", "ä", "a~b", "a\n"] {
        assert!(bad.parse::<DocumentName>().is_err(), "{bad}");
    }
}
