//! A value as a report shows it: short and escaped, for it comes from callers and policies and is shown in terminals.

use std::borrow::Cow;
use std::fmt::{self, Write};

use lictor_policy::{Number, Pointer};
use serde::{Deserialize, Serialize};

/// The most bytes of an attribute's value or of a reason's code.
pub(super) const VALUE_BYTES_MAX: usize = 64;
/// The most bytes of an observation.
pub(super) const OBSERVATION_BYTES_MAX: usize = 256;

/// What stands for what was cut off.
const CUT: char = '…';

/// A text of at most 256 bytes in which no character does anything but stand for itself: control characters, invisible ones, those
/// that turn the direction of writing and backticks are written as `\u{202e}`, a backslash twice. What was cut ends with `…`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Cow<'_, str>", into = "String")]
pub struct Label(Box<str>);

impl Label {
    /// A text as a value or code.
    pub(super) fn value(text: &str) -> Self {
        Self::written(VALUE_BYTES_MAX, |writer| writer.write_str(text))
    }

    /// A text of an attribute. One that looks like JSON of another kind stands in quotes, so that `"5"` and 5 differ.
    pub(super) fn text(text: &str) -> Self {
        if matches!(text, "" | "true" | "false" | "null") || Number::parse(text).is_ok() {
            Self::written(VALUE_BYTES_MAX, |writer| write!(writer, "\"{text}\""))
        } else {
            Self::value(text)
        }
    }

    /// A pointer.
    pub(in crate::rollout) fn pointer(pointer: &Pointer) -> Self {
        Self::observation(pointer)
    }

    /// Whatever is displayed, as an observation.
    pub(super) fn observation(observation: impl fmt::Display) -> Self {
        Self::written(OBSERVATION_BYTES_MAX, |writer| {
            write!(writer, "{observation}")
        })
    }

    fn written(bytes_max: usize, write: impl FnOnce(&mut Escaped) -> fmt::Result) -> Self {
        let mut escaped = Escaped {
            text: String::new(),
            bytes_max,
        };
        if write(&mut escaped).is_err() {
            escaped.text.push(CUT);
        }
        Self(escaped.text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.0.into()
    }
}

/// What was stored is no label.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a stored text of {bytes} bytes is too long or has characters that must be escaped")]
pub struct LabelError {
    bytes: usize,
}

impl TryFrom<Cow<'_, str>> for Label {
    type Error = LabelError;

    fn try_from(text: Cow<'_, str>) -> Result<Self, LabelError> {
        let stands_for_itself = |character: char| character == '\\' || escape(character).len() == 1;
        if text.len() > OBSERVATION_BYTES_MAX || !text.chars().all(stands_for_itself) {
            return Err(LabelError { bytes: text.len() });
        }
        Ok(Self(text.into()))
    }
}

/// Text that is escaped while it is written, and ends in an error when there is no more room.
struct Escaped {
    text: String,
    bytes_max: usize,
}

impl Write for Escaped {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            let escaped = escape(character);
            let bytes: usize = escaped.clone().map(char::len_utf8).sum();
            // There must be room for the sign of the cut behind it.
            if self.text.len() + bytes + CUT.len_utf8() > self.bytes_max {
                return Err(fmt::Error);
            }
            self.text.extend(escaped);
        }
        Ok(())
    }
}

/// A character as Rust's debug output has it, which is every one that isn't plainly printable; but quotes stay, and backticks,
/// with which reports quote, don't.
fn escape(character: char) -> Escape {
    match character {
        '"' | '\'' => Escape::Plain(std::iter::once(character)),
        '`' => Escape::Unicode(character.escape_unicode()),
        other => Escape::Debug(other.escape_debug()),
    }
}

#[derive(Clone)]
enum Escape {
    Plain(std::iter::Once<char>),
    Unicode(std::char::EscapeUnicode),
    Debug(std::char::EscapeDebug),
}

impl Escape {
    fn len(&self) -> usize {
        self.clone().count()
    }
}

impl Iterator for Escape {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self {
            Self::Plain(plain) => plain.next(),
            Self::Unicode(escaped) => escaped.next(),
            Self::Debug(escaped) => escaped.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_through_that_acts_on_a_terminal_or_ends_a_quote() {
        let of = |text: &str| Label::value(text).to_string();
        assert_eq!(of("refund"), "refund");
        assert_eq!(of("größe ½ 日本"), "größe ½ 日本");
        assert_eq!(of("it's \"so\""), "it's \"so\"");
        assert_eq!(of("\u{1b}[2J"), r"\u{1b}[2J");
        assert_eq!(of("a\nb\r\t\0"), r"a\nb\r\t\0");
        assert_eq!(of("\u{202e}abc\u{200b}"), r"\u{202e}abc\u{200b}");
        assert_eq!(of("z\u{301}\u{301}"), r"z\u{301}\u{301}");
        assert_eq!(of("`, all `"), r"\u{60}, all \u{60}");
        assert_eq!(of(r"\n"), r"\\n");
    }

    #[test]
    fn what_is_long_is_cut_within_its_bound() {
        for unit in ["a", "ä", "日", "😀", "\u{7f}", "`"] {
            let label = Label::value(&unit.repeat(64 * 1024));
            assert!(label.as_str().len() <= VALUE_BYTES_MAX, "{label}");
            assert!(label.as_str().len() > VALUE_BYTES_MAX - 12, "{label}");
            assert!(label.as_str().ends_with(CUT));
        }
        assert_eq!(Label::value(&"a".repeat(61)).as_str(), "a".repeat(61));
    }

    #[test]
    fn texts_are_told_from_other_values() {
        for text in ["5", "-1e3", "true", "null", ""] {
            assert_eq!(Label::text(text).to_string(), format!("\"{text}\""));
        }
        assert_eq!(Label::text("refund").to_string(), "refund");
    }

    #[test]
    fn what_is_stored_is_checked_when_it_is_read() {
        let read = |text: &str| serde_json::from_value::<Label>(text.into());
        for label in [
            Label::value("\u{1b}`\\`"),
            Label::observation("x".repeat(999)),
        ] {
            assert_eq!(read(label.as_str()).unwrap(), label);
        }
        for bad in ["\u{1b}[2J", "`", "\u{202e}", &"x".repeat(257)] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
