//! Canonical JSON text: no white space, members sorted by code point, one spelling per number, and only the escapes that
//! JSON demands. Must never build more text than its bound.

use std::fmt::{self, Write};

use crate::Item;
use crate::document::Shape;

/// Writes one value, depth first; the depth is bounded by [`JSON_DEPTH_MAX`](super::JSON_DEPTH_MAX).
pub(crate) fn write_item(item: Item<'_>, out: &mut impl Write) -> fmt::Result {
    match item.shape() {
        Shape::Null => out.write_str("null"),
        Shape::Boolean(boolean) => out.write_str(if boolean { "true" } else { "false" }),
        Shape::Integer(integer) => write!(out, "{integer}"),
        Shape::Decimal(text) => out.write_str(text),
        Shape::Text(text) => write_text(text, out),
        Shape::List(items) => write_list(items, out),
        Shape::Object(members) => write_object(members, out),
    }
}

fn write_list<'a>(items: impl Iterator<Item = Item<'a>>, out: &mut impl Write) -> fmt::Result {
    out.write_char('[')?;
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.write_char(',')?;
        }
        write_item(item, out)?;
    }
    out.write_char(']')
}

fn write_object<'a>(
    members: impl Iterator<Item = (&'a str, Item<'a>)>,
    out: &mut impl Write,
) -> fmt::Result {
    out.write_char('{')?;
    for (index, (key, item)) in members.enumerate() {
        if index > 0 {
            out.write_char(',')?;
        }
        write_text(key, out)?;
        out.write_char(':')?;
        write_item(item, out)?;
    }
    out.write_char('}')
}

/// Writes a string with its quotes. Everything stands for itself but `"`, `\` and the control characters below U+0020.
pub(crate) fn write_text(text: &str, out: &mut impl Write) -> fmt::Result {
    out.write_char('"')?;
    let mut rest = text;
    while let Some(at) = rest
        .bytes()
        .position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\')
    {
        let (plain, from_escape) = rest.split_at(at);
        let (escaped, after) = from_escape.split_at(1);
        out.write_str(plain)?;
        write_escape(escaped, out)?;
        rest = after;
    }
    out.write_str(rest)?;
    out.write_char('"')
}

fn write_escape(character: &str, out: &mut impl Write) -> fmt::Result {
    match character {
        "\"" => out.write_str("\\\""),
        "\\" => out.write_str("\\\\"),
        "\n" => out.write_str("\\n"),
        "\r" => out.write_str("\\r"),
        "\t" => out.write_str("\\t"),
        "\u{8}" => out.write_str("\\b"),
        "\u{c}" => out.write_str("\\f"),
        control => control
            .bytes()
            .try_for_each(|byte| write!(out, "\\u{byte:04x}")),
    }
}

/// Text that stops growing at a bound.
pub(crate) struct Bounded {
    pub(crate) text: String,
    pub(crate) bytes_max: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.len() > self.bytes_max - self.text.len() {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}

/// How long a text would be.
#[derive(Default)]
pub(crate) struct Length(pub(crate) usize);

impl Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = String::new();
        write_text(text, &mut out).unwrap();
        out
    }

    #[test]
    fn only_what_json_demands_is_escaped() {
        assert_eq!(written(""), r#""""#);
        assert_eq!(
            written("a/b \u{7f}\u{2028}ä😀"),
            "\"a/b \u{7f}\u{2028}ä😀\""
        );
        assert_eq!(written("\"\\\n\r\t\u{8}\u{c}"), r#""\"\\\n\r\t\b\f""#);
        assert_eq!(written("\0\u{1f}x\u{b}"), r#""\u0000\u001fx\u000b""#);
    }
}
