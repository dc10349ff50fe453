use super::*;

fn json(text: &str) -> String {
    parse(text, &JsonBounds::DOCUMENT).unwrap().to_json()
}

fn error(text: &str) -> String {
    parse(text, &JsonBounds::DOCUMENT).unwrap_err().to_string()
}

#[test]
fn scalars_are_those_of_the_core_schema() {
    assert_eq!(
        json(
            "[null, ~, true, False, yes, no, on, 2026-01-01T00:00:00Z, '1', \"\\u00e9\", 1_000, 1.2.3]"
        ),
        r#"[null,null,true,false,"yes","no","on","2026-01-01T00:00:00Z","1","é","1_000","1.2.3"]"#
    );
    assert_eq!(
        json("a:\nb: |\n  two\n  lines\n"),
        r#"{"a":null,"b":"two\nlines\n"}"#
    );
}

#[test]
fn numbers_keep_their_digits() {
    assert_eq!(
        json(
            "[12345678901234567890.123456789, 0.1, 1e400, -0, 9223372036854775807, 9223372036854775808]"
        ),
        "[12345678901234567890.123456789,0.1,1e+400,0,9223372036854775807,9223372036854775808]"
    );
}

#[test]
fn numbers_that_json_spells_otherwise_are_refused() {
    for text in [
        "+1", "01", "0x1f", "0o17", ".5", "1.", ".inf", "-.Inf", ".nan", "1.e3",
    ] {
        let error = error(&format!("a: {text}"));
        assert_eq!(
            error,
            format!(
                "line 1, column 4: `{text}` is neither a number of JSON nor in quotes: the text is no JSON number"
            )
        );
    }
}

#[test]
fn what_json_has_no_word_for_is_refused() {
    let refused = [
        (
            "a: &x 1\nb: *x",
            "line 1, column 7: anchors, aliases and tags aren't supported",
        ),
        (
            "a: !!str 1",
            "line 1, column 10: anchors, aliases and tags aren't supported",
        ),
        (
            "1: a",
            "line 1, column 1: a member's name must be a text: write it in quotes",
        ),
        (
            "{[a]: b}",
            "line 1, column 2: a member's name must be a text: write it in quotes",
        ),
        (
            "a: 1\nb: 2\na: 3",
            "line 3, column 1: the member `a` appears twice",
        ),
        (
            "a: 1\n---\nb: 2",
            "line 2, column 1: a case file holds one document only",
        ),
    ];
    for (text, expected) in refused {
        assert_eq!(error(text), expected, "{text}");
    }
    assert!(error("").ends_with("the file is empty"));
    assert!(error("a: [1").starts_with("line "));
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(&nested(128), &JsonBounds::DOCUMENT).is_ok());
    assert!(error(&nested(129)).ends_with("this is nested too deep"));
    assert!(parse(&nested(100_000), &JsonBounds::DOCUMENT).is_err());
}
