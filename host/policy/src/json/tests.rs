//! What bad input gets.

use proptest::prelude::*;

use super::*;
use crate::Document;

fn refused(text: impl AsRef<[u8]>) -> String {
    Document::parse(text.as_ref(), &JsonBounds::REQUEST)
        .unwrap_err()
        .to_string()
}

fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    let refusals = [
        (
            "{",
            "the text ends too early at line 1, column 1, in the top",
        ),
        (
            "[1,2",
            "the text ends too early at line 1, column 4, in the top",
        ),
        (
            "\"abc",
            "the text ends too early at line 1, column 4, in the top",
        ),
        (
            "tru",
            "the text ends too early at line 1, column 3, in the top",
        ),
        ("nul]", "no value begins at line 1, column 4, in the top"),
        (
            "{\"a\" 1}",
            "a `:` is missing at line 1, column 6, in the top",
        ),
        (
            "{\"a\":{\"b\":1 \"c\":2}}",
            "a `,` or `}` is missing at line 1, column 13, in `/a`",
        ),
        (
            "[1 2]",
            "a `,` or `]` is missing at line 1, column 4, in the top",
        ),
        (
            "[1,]",
            "nothing follows a `,` at line 1, column 4, in the top",
        ),
        (
            "{\"a\":1,}",
            "nothing follows a `,` at line 1, column 8, in the top",
        ),
        (
            "{a:1}",
            "the name of a member is missing at line 1, column 2, in the top",
        ),
        (
            "{\"a\":\n  [1, +2]}",
            "no value begins at line 2, column 7, in `/a/1`",
        ),
        ("{\"a\":}", "no value begins at line 1, column 6, in `/a`"),
        ("[01]", "a number is malformed at line 1, column 3, in `/0`"),
        ("[1.]", "a number is malformed at line 1, column 4, in `/0`"),
        ("[.5]", "no value begins at line 1, column 2, in `/0`"),
        ("[NaN]", "no value begins at line 1, column 2, in `/0`"),
        (
            "[-Infinity]",
            "a number is malformed at line 1, column 3, in `/0`",
        ),
        (
            "1 2",
            "something follows the value at line 1, column 3, in the top",
        ),
        (
            "{} x",
            "something follows the value at line 1, column 4, in the top",
        ),
        ("['a']", "no value begins at line 1, column 2, in `/0`"),
        ("// x\n1", "no value begins at line 1, column 1, in the top"),
        (
            "\u{feff}1",
            "no value begins at line 1, column 1, in the top",
        ),
        (
            "[\"\\x\"]",
            "an escape is malformed at line 1, column 4, in `/0`",
        ),
        (
            "[\"\\u12g4\"]",
            "an escape is malformed at line 1, column 7, in `/0`",
        ),
    ];
    for (text, message) in refusals {
        assert_eq!(refused(text), message, "{text}");
    }
}

#[test]
fn texts_must_be_unicode() {
    for lone in [
        "\\ud800",
        "\\udc00",
        "\\ud800x",
        "\\ud800\\n",
        "\\ud800\\u0041",
        "\\ud800\\ud800",
    ] {
        let message = refused(format!("{{\"a\":[0,\"{lone}\"]}}"));
        assert!(
            message.starts_with("half of a surrogate pair stands alone at line 1"),
            "{lone} {message}"
        );
        assert!(message.ends_with("in `/a/1`"), "{lone} {message}");
        assert!(
            refused(format!("{{\"{lone}\":1}}")).starts_with("half of a surrogate pair"),
            "{lone}"
        );
    }
    for bytes in [
        &b"\xff"[..],
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xc0\xaf",
    ] {
        let value = [b"{\"a\":\"", bytes, b"\"}"].concat();
        assert_eq!(
            refused(value),
            "the text is not UTF-8 at line 1, column 7, in `/a`"
        );
        let key = [b"{\"", bytes, b"\":1}"].concat();
        assert_eq!(
            refused(key),
            "the text is not UTF-8 at line 1, column 3, in the top"
        );
        assert!(Document::parse(bytes, &JsonBounds::REQUEST).is_err());
    }
}

#[test]
fn control_characters_must_be_escaped() {
    for control in (0_u8..0x20).map(char::from) {
        assert!(
            refused(format!("\"{control}\"")).starts_with("a control character is not escaped"),
            "{control:?}"
        );
        let escaped = format!("\"\\u{:04x}\"", u32::from(control));
        let document = Document::parse(escaped.as_bytes(), &JsonBounds::REQUEST).unwrap();
        assert_eq!(
            document.root().as_text(),
            Some(control.to_string().as_str())
        );
    }
    for plain in ["\"\u{7f}\"", "\"\u{2028}\u{2029}\""] {
        assert_eq!(
            Document::parse(plain.as_bytes(), &JsonBounds::REQUEST)
                .unwrap()
                .to_json(),
            plain
        );
    }
}

#[test]
fn nothing_is_no_json() {
    for text in ["", " ", "\n\t\r "] {
        assert_eq!(refused(text), "the request is empty");
    }
}

#[test]
fn depth_is_bounded() {
    assert!(Document::parse(nested(128).as_bytes(), &JsonBounds::REQUEST).is_ok());
    let place = crate::pointer::shorten(&"/0".repeat(128)).into_owned();
    assert_eq!(
        refused(nested(129)),
        format!("`{place}` is nested more than 128 deep")
    );
    assert!(refused("{\"a\":".repeat(1_000)).ends_with("is nested more than 128 deep"));
    assert!(refused(nested(1_000)).ends_with("is nested more than 128 deep"));
    let bounds = JsonBounds {
        depth_max: usize::MAX,
        ..JsonBounds::DOCUMENT
    };
    let deepest = Document::parse(nested(512).as_bytes(), &bounds).unwrap();
    assert_eq!(deepest.to_json(), nested(512));
    assert_eq!(deepest, deepest.clone());
    assert!(Document::parse(nested(513).as_bytes(), &bounds).is_err());
    assert!(Document::parse(nested(1_000_000).as_bytes(), &bounds).is_err());
}

#[test]
fn size_is_bounded() {
    let text = format!("\"{}\"", "x".repeat(10 << 20));
    assert_eq!(
        refused(text),
        "the request is 10485762 bytes; at most 1048576 are accepted"
    );
    let full = format!("\"{}\"", "x".repeat((1 << 20) - 2));
    assert!(Document::parse(full.as_bytes(), &JsonBounds::REQUEST).is_ok());
}

#[test]
fn a_number_of_a_million_digits_is_refused_by_its_place() {
    let digits = "9".repeat(1_000_000);
    let message = "`/context/amount`: the number has 1000000 digits; at most 1024 are accepted";
    assert_eq!(
        refused(format!("{{\"context\":{{\"amount\":{digits}}}}}")),
        message
    );
    assert_eq!(
        refused(format!("{{\"context\":{{\"amount\":-{digits}}}}}")),
        message
    );
    assert_eq!(
        refused(format!("{{\"context\":{{\"amount\":0.{digits}}}}}")),
        message
    );
    assert_eq!(
        refused(format!("[1,{}]", "9".repeat(1_025))),
        "`/1`: the number has 1025 digits; at most 1024 are accepted"
    );
    assert_eq!(
        refused(format!("[1e{digits}]")),
        "`/0`: the number has an exponent beyond 999999999"
    );
    let accepted = format!("[{}]", "9".repeat(1_024));
    assert!(Document::parse(accepted.as_bytes(), &JsonBounds::REQUEST).is_ok());
}

#[test]
fn messages_stay_short() {
    let key = "k".repeat(100_000);
    for text in [
        format!("{{\"{key}\":x}}"),
        format!("{{\"{key}\":1,\"{key}\":1}}"),
        format!("{{\"{key}\":1e9999999999}}"),
    ] {
        assert!(refused(&text).len() < 300);
    }
    assert_eq!(
        refused("{\"a\\u001bb\":x}"),
        "no value begins at line 1, column 13, in `/a\\u{1b}b`"
    );
}

#[test]
fn white_space_is_what_json_says() {
    assert_eq!(
        Document::parse(b" \t\r\n[ \t\r\n1 \t\r\n] \t\r\n", &JsonBounds::REQUEST)
            .unwrap()
            .to_json(),
        "[1]"
    );
    for other in ["\u{a0}", "\u{b}", "\u{c}", "\u{2003}"] {
        assert!(
            refused(format!("[{other}1]")).starts_with("no value begins"),
            "{other:?}"
        );
    }
}

/// Pieces of JSON that often make a text, and as often just miss one.
fn pieces() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"b\":",
        "\"c\":1",
        "1",
        "-0.5",
        "2e3",
        "01",
        "null",
        "true",
        "fals",
        " ",
        "\n",
        "\"\\u00e4\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"\\q\"",
        "\"",
        "\t",
        "\u{1}",
        "é",
    ];
    prop_oneof![
        prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..10)
            .prop_map(|pieces| pieces.concat()),
        prop::collection::vec(
            prop::sample::select(vec!["1", "[]", "{}", "\"x\"", "[1,2", "3]", ""]),
            0..6
        )
        .prop_map(|items| format!("[{}]", items.join(","))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_json_is_no_matter_of_opinion(text in pieces()) {
        let ours = Document::parse(text.as_bytes(), &JsonBounds::REQUEST);
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        match ours {
            Err(JsonError::Duplicate { .. }) => {}
            ours => prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?} {:?}", ours, theirs),
        }
    }
}
