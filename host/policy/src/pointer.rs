//! RFC 6901 pointers: owned and split ahead for the host's own questions, borrowed and without allocation for guests.
//!
//! Must never look at a document: what a token finds is the document's matter.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// The most bytes that a pointer may have.
pub const POINTER_BYTES_MAX: usize = 4_096;

/// Why a text is no pointer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointerError {
    /// It is longer than [`POINTER_BYTES_MAX`].
    #[error("the pointer is {bytes} bytes; at most {POINTER_BYTES_MAX} are accepted")]
    TooLong {
        /// How many bytes it has.
        bytes: usize,
    },
    /// It is neither empty nor begins with `/`.
    #[error("the pointer `{pointer}` must be empty or begin with `/`")]
    NoSlash {
        /// The text, shortened.
        pointer: String,
    },
    /// A `~` stands alone.
    #[error("the pointer `{pointer}` has a `~` that neither `0` nor `1` follows, at byte {at}")]
    LoneTilde {
        /// The text, shortened.
        pointer: String,
        /// Where the `~` stands, from 0.
        at: usize,
    },
}

/// Anything that leads into a document token by token.
pub trait Tokens {
    /// The unescaped tokens from the root on; none leads to the root itself.
    fn tokens(&self) -> impl Iterator<Item: AsRef<str>>;
}

fn validate(text: &str) -> Result<(), PointerError> {
    if text.len() > POINTER_BYTES_MAX {
        return Err(PointerError::TooLong { bytes: text.len() });
    }
    if !text.is_empty() && !text.starts_with('/') {
        return Err(PointerError::NoSlash {
            pointer: shorten(text).into_owned(),
        });
    }
    let bytes = text.as_bytes();
    if !bytes.contains(&b'~') {
        return Ok(());
    }
    let escaped = |at: usize| matches!(bytes.get(at + 1), Some(b'0' | b'1'));
    match bytes
        .iter()
        .enumerate()
        .find(|(at, byte)| **byte == b'~' && !escaped(*at))
    {
        Some((at, _)) => Err(PointerError::LoneTilde {
            pointer: shorten(text).into_owned(),
            at,
        }),
        None => Ok(()),
    }
}

fn unescape(token: &str) -> Cow<'_, str> {
    if token.contains('~') {
        Cow::Owned(token.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(token)
    }
}

/// Appends `/` and the token in the spelling that a pointer needs.
pub(crate) fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    for character in token.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// The place in a list that a token names; `-`, leading zeros and anything else name none.
pub(crate) fn list_index(token: &str) -> Option<usize> {
    let digits = token.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = digits && (token.len() == 1 || !token.starts_with('0'));
    if canonical { token.parse().ok() } else { None }
}

/// A text cut to a length that fits a message: its beginning and its end.
pub(crate) fn shorten(text: &str) -> Cow<'_, str> {
    const WHOLE_BYTES_MAX: usize = 200;
    const HEAD_BYTES: usize = 120;
    const TAIL_BYTES: usize = 60;
    if text.len() <= WHOLE_BYTES_MAX {
        return Cow::Borrowed(text);
    }
    let head = text
        .get(..text.floor_char_boundary(HEAD_BYTES))
        .unwrap_or_default();
    let tail = text
        .get(text.ceil_char_boundary(text.len() - TAIL_BYTES)..)
        .unwrap_or_default();
    Cow::Owned(format!("{head}…{tail}"))
}

// --- Borrowed ------------------------------------------------------------------------------------------------------

/// A validated pointer that borrows its text, so that a guest's question costs no allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PointerRef<'a> {
    text: &'a str,
}

impl<'a> PointerRef<'a> {
    /// Validates the text of a pointer of at most [`POINTER_BYTES_MAX`] bytes.
    pub fn parse(text: &'a str) -> Result<Self, PointerError> {
        validate(text)?;
        Ok(Self { text })
    }

    /// The pointer as it was written.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// Whether it is the empty pointer, which leads to the root.
    pub fn is_root(&self) -> bool {
        self.text.is_empty()
    }

    /// The first token, unescaped, and the pointer that follows it; none for the root.
    pub fn split_first(&self) -> Option<(Cow<'a, str>, PointerRef<'a>)> {
        let after_slash = self.text.strip_prefix('/')?;
        let end = after_slash
            .bytes()
            .position(|byte| byte == b'/')
            .unwrap_or(after_slash.len());
        let (token, rest) = after_slash.split_at(end);
        Some((unescape(token), PointerRef { text: rest }))
    }
}

impl Tokens for PointerRef<'_> {
    fn tokens(&self) -> impl Iterator<Item: AsRef<str>> {
        let mut rest = *self;
        std::iter::from_fn(move || {
            let (token, after) = rest.split_first()?;
            rest = after;
            Some(token)
        })
    }
}

impl fmt::Display for PointerRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

// --- Owned ---------------------------------------------------------------------------------------------------------

/// A pointer that owns its text and is split ahead, for conditions, recall and redaction.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pointer {
    text: Box<str>,
    /// The tokens, one behind the other. Not a text for each: of a host with many tenants a recalled decision finds little in the
    /// processor's caches, and so each place in memory counts.
    tokens: Box<str>,
    /// Where each token ends. [`POINTER_BYTES_MAX`] fits.
    ends: SmallVec<[u16; 6]>,
}

impl Pointer {
    /// Validates and splits the text of a pointer of at most [`POINTER_BYTES_MAX`] bytes.
    pub fn parse(text: &str) -> Result<Self, PointerError> {
        Ok(Self::from(PointerRef::parse(text)?))
    }

    /// The pointer that has these tokens, which are given unescaped.
    pub fn from_tokens<T: AsRef<str>>(
        tokens: impl IntoIterator<Item = T>,
    ) -> Result<Self, PointerError> {
        let mut text = String::new();
        for token in tokens {
            push_token(&mut text, token.as_ref());
        }
        Self::parse(&text)
    }

    /// The pointer as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is the empty pointer, which leads to the root.
    pub fn is_root(&self) -> bool {
        self.text.is_empty()
    }

    /// The same pointer, borrowed.
    pub fn as_ref(&self) -> PointerRef<'_> {
        PointerRef { text: &self.text }
    }
}

impl Tokens for Pointer {
    #[inline]
    fn tokens(&self) -> impl Iterator<Item: AsRef<str>> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let end = usize::from(*end);
            let token = self.tokens.get(start..end).unwrap_or_default();
            start = end;
            token
        })
    }
}

impl From<PointerRef<'_>> for Pointer {
    fn from(pointer: PointerRef<'_>) -> Self {
        let mut tokens = String::new();
        let ends = pointer.tokens().map(|token| {
            tokens.push_str(token.as_ref());
            u16::try_from(tokens.len()).expect("tokens are no longer than their pointer")
        });
        Self {
            ends: ends.collect(),
            text: pointer.text.into(),
            tokens: tokens.into(),
        }
    }
}

impl FromStr for Pointer {
    type Err = PointerError;

    fn from_str(text: &str) -> Result<Self, PointerError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Pointer {
    type Error = PointerError;

    fn try_from(text: String) -> Result<Self, PointerError> {
        Self::parse(&text)
    }
}

impl From<Pointer> for String {
    fn from(pointer: Pointer) -> Self {
        pointer.text.into()
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pointer({:?})", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        let borrowed = PointerRef::parse(text).unwrap();
        let split: Vec<String> = borrowed
            .tokens()
            .map(|token| token.as_ref().to_owned())
            .collect();
        let owned = Pointer::parse(text).unwrap();
        let ahead: Vec<String> = owned
            .tokens()
            .map(|token| token.as_ref().to_owned())
            .collect();
        assert_eq!(split, ahead, "{text}");
        assert_eq!(owned.to_string(), text);
        assert_eq!(Pointer::from_tokens(&split).unwrap(), owned);
        split
    }

    #[test]
    fn tokens_are_unescaped() {
        assert_eq!(tokens(""), [""; 0]);
        assert_eq!(tokens("/"), [""]);
        assert_eq!(tokens("//"), ["", ""]);
        assert_eq!(tokens("/subject/id"), ["subject", "id"]);
        assert_eq!(tokens("/a~1b/m~0n/~01/~00"), ["a/b", "m~n", "~1", "~0"]);
        assert_eq!(tokens("/ä/\u{1F600}/ "), ["ä", "\u{1F600}", " "]);
    }

    #[test]
    fn what_is_no_pointer_is_refused() {
        let message = |text: &str| Pointer::parse(text).unwrap_err().to_string();
        assert_eq!(
            message("abc"),
            "the pointer `abc` must be empty or begin with `/`"
        );
        assert_eq!(
            message("#/a"),
            "the pointer `#/a` must be empty or begin with `/`"
        );
        assert_eq!(
            message("/a~2"),
            "the pointer `/a~2` has a `~` that neither `0` nor `1` follows, at byte 2"
        );
        assert_eq!(
            message("/a~"),
            "the pointer `/a~` has a `~` that neither `0` nor `1` follows, at byte 2"
        );
        assert_eq!(
            message(&"/x".repeat(2_049)),
            "the pointer is 4098 bytes; at most 4096 are accepted"
        );
        assert!(Pointer::parse(&"/x".repeat(2_048)).is_ok());
    }

    #[test]
    fn messages_keep_the_ends_of_a_long_pointer() {
        let text = format!("{}~", "ä".repeat(1_000));
        let message = Pointer::parse(&text).unwrap_err().to_string();
        assert!(message.len() < 260, "{message}");
        assert!(message.contains("ä…ä"), "{message}");
    }

    #[test]
    fn list_places_have_one_spelling() {
        assert_eq!(list_index("0"), Some(0));
        assert_eq!(list_index("10"), Some(10));
        for token in [
            "",
            "-",
            "00",
            "01",
            "+1",
            "-1",
            "1.0",
            " 1",
            "1e1",
            "٣",
            "99999999999999999999999",
        ] {
            assert_eq!(list_index(token), None, "{token}");
        }
    }
}
