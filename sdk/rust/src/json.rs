//! The little JSON that rules need: writing scalars into properties, and reading a list of texts.
//!
//! What is read is the host's canonical text, so this is no parser for JSON at large and must never be used as one.

use std::str::Chars;

use crate::kind::Kind;

/// Appends a text as a JSON string.
pub(crate) fn write_text(text: &str, json: &mut String) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\u{0}'..='\u{1f}' => {
                let code_point = u32::from(character);
                json.push_str(if code_point < 16 { "\\u000" } else { "\\u001" });
                json.extend(char::from_digit(code_point & 0xf, 16));
            }
            other => json.push(other),
        }
    }
    json.push('"');
}

/// An item of a list that is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoText {
    pub(crate) index: usize,
    pub(crate) kind: Kind,
}

/// Reads a canonical list whose items are texts.
pub(crate) fn read_texts(list: &str) -> Result<Vec<String>, NoText> {
    let mut rest = list.strip_prefix('[').unwrap_or_default();
    let mut texts = Vec::new();
    while !rest.starts_with(']') && !rest.is_empty() {
        let no_text = || NoText {
            index: texts.len(),
            kind: kind_of(rest),
        };
        let (text, after) = read_text(rest).ok_or_else(no_text)?;
        texts.push(text);
        rest = after.strip_prefix(',').unwrap_or(after);
    }
    Ok(texts)
}

/// Reads a JSON string at the beginning and gives what follows it.
fn read_text(json: &str) -> Option<(String, &str)> {
    let mut rest = json.strip_prefix('"')?;
    let mut text = String::new();
    loop {
        let end = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\'))?;
        text.push_str(rest.get(..end)?);
        let special = rest.get(end..)?;
        if let Some(after) = special.strip_prefix('"') {
            return Some((text, after));
        }
        let (character, after) = read_escape(special)?;
        text.push(character);
        rest = after;
    }
}

/// Reads an escape of canonical text, which has no surrogates.
fn read_escape(json: &str) -> Option<(char, &str)> {
    let mut characters = json.chars();
    characters.next()?;
    let character = match characters.next()? {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => read_code_point(&mut characters)?,
        other => other,
    };
    Some((character, characters.as_str()))
}

fn read_code_point(digits: &mut Chars<'_>) -> Option<char> {
    let mut code_point = 0;
    for _ in 0..4 {
        code_point = code_point * 16 + digits.next()?.to_digit(16)?;
    }
    char::from_u32(code_point)
}

/// What sort of value begins here.
fn kind_of(json: &str) -> Kind {
    match json.as_bytes().first() {
        Some(b'"') => Kind::Text,
        Some(b'[') => Kind::List,
        Some(b'{') => Kind::Object,
        Some(b't' | b'f') => Kind::Boolean,
        Some(b'n') => Kind::Null,
        _ => {
            let number = json.split([',', ']']).next().unwrap_or_default();
            if number.parse::<i64>().is_ok() {
                Kind::Integer
            } else {
                Kind::Decimal
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut json = String::new();
        write_text(text, &mut json);
        json
    }

    #[test]
    fn every_character_comes_back() {
        let hostile: String = (0..=0x2ff)
            .chain([0x2028, 0xfffd, 0x1f600])
            .filter_map(char::from_u32)
            .collect();
        let list = format!("[{},\"\",{}]", written(&hostile), written("\"\\/"));
        assert_eq!(
            read_texts(&list),
            Ok(vec![hostile, String::new(), "\"\\/".to_owned()])
        );
    }

    #[test]
    fn what_is_written_is_json() {
        for text in ["", "\"", "\\", "\u{0}\u{1f}\u{7f}", "\n\r\t", "ä\u{1f600}"] {
            assert_eq!(
                serde_json::from_str::<String>(&written(text)).unwrap(),
                text
            );
        }
    }

    #[test]
    fn short_escapes_and_long_ones_are_read() {
        let texts = read_texts(r#"["\b\f\n\r\t\/\\\"","\u0041\u20ac"]"#);
        assert_eq!(
            texts,
            Ok(vec!["\u{8}\u{c}\n\r\t/\\\"".to_owned(), "A€".to_owned()])
        );
        assert_eq!(read_texts("[]"), Ok(Vec::new()));
    }

    #[test]
    fn the_first_item_that_is_no_text_is_named() {
        let refused = |list| read_texts(list).map_err(|no_text| (no_text.index, no_text.kind));
        assert_eq!(refused("[1]"), Err((0, Kind::Integer)));
        assert_eq!(refused(r#"["a",1.5,null]"#), Err((1, Kind::Decimal)));
        assert_eq!(refused(r#"["a","b",null]"#), Err((2, Kind::Null)));
        assert_eq!(refused(r#"[true,"a"]"#), Err((0, Kind::Boolean)));
        assert_eq!(refused(r#"[["a"]]"#), Err((0, Kind::List)));
        assert_eq!(refused(r#"[{"a":"b"}]"#), Err((0, Kind::Object)));
        assert_eq!(refused("[9223372036854775808,1]"), Err((0, Kind::Decimal)));
    }
}
