//! Pointers made of tokens. Must never let a token that came from a request become more than one token.

use std::fmt;
use std::ops::Deref;

/// The most bytes that a pointer may have before the host calls it a fault of the policy.
pub const POINTER_BYTES_MAX: usize = 4_096;

/// An RFC 6901 pointer, built token by token; it goes wherever a `&str` goes. Begun by [`pointer!`](crate::pointer).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer {
    text: String,
}

impl Pointer {
    /// The empty pointer, which leads to the whole document.
    pub fn root() -> Self {
        Self::default()
    }

    /// Appends one token, escaped: whatever `/` and `~` it has, it stays one token.
    #[must_use]
    pub fn push(mut self, token: impl Token) -> Self {
        self.text.push('/');
        token.append_to(&mut self.text);
        self
    }

    /// The pointer as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the host would call it too long, which is a fault of the policy. Ask before a question whose pointer has parts
    /// that come from the request, so that a hostile request is denied for what it is.
    pub fn is_too_long(&self) -> bool {
        self.text.len() > POINTER_BYTES_MAX
    }
}

/// Takes a pointer that is already escaped.
impl From<&str> for Pointer {
    fn from(text: &str) -> Self {
        Self {
            text: text.to_owned(),
        }
    }
}

impl Deref for Pointer {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// One token of a pointer: the name of a member or the place of an item.
pub trait Token {
    /// Appends it in the spelling that a pointer needs.
    fn append_to(&self, pointer: &mut String);
}

impl Token for str {
    fn append_to(&self, pointer: &mut String) {
        for character in self.chars() {
            match character {
                '~' => pointer.push_str("~0"),
                '/' => pointer.push_str("~1"),
                other => pointer.push(other),
            }
        }
    }
}

impl Token for String {
    fn append_to(&self, pointer: &mut String) {
        self.as_str().append_to(pointer);
    }
}

impl Token for usize {
    fn append_to(&self, pointer: &mut String) {
        pointer.push_str(&self.to_string());
    }
}

impl Token for u32 {
    fn append_to(&self, pointer: &mut String) {
        pointer.push_str(&self.to_string());
    }
}

impl<T: Token + ?Sized> Token for &T {
    fn append_to(&self, pointer: &mut String) {
        T::append_to(self, pointer);
    }
}

/// Builds a [`Pointer`] from a pointer that the rule knows and tokens that may come from anywhere.
///
/// ```
/// use lictor_sdk::pointer;
///
/// let role = "ops/night~shift";
/// assert_eq!(pointer!("/roles", role, "read", 0_usize).as_str(), "/roles/ops~1night~0shift/read/0");
/// ```
#[macro_export]
macro_rules! pointer {
    ($base:expr $(, $token:expr)* $(,)?) => {
        $crate::Pointer::from($base)$(.push(&$token))*
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fake;

    #[test]
    fn a_token_stays_one_token_whatever_it_holds() {
        let hostile = [
            "",
            "/",
            "~",
            "~0",
            "~1",
            "a/b",
            "/subject/id",
            "~~//",
            "é/🦀",
            "\0",
            "-",
            "00",
        ];
        for token in hostile {
            let document = lictor_policy::Node::object([(token, "found")]);
            let json = lictor_policy::Document::from_node(&document)
                .unwrap()
                .to_json();
            let ask = Fake::new().data("names", &json).ask();
            assert_eq!(
                ask.data.text(&pointer!("/names", token)).as_deref(),
                Ok("found"),
                "{token}"
            );
            assert_eq!(
                ask.data
                    .text(&pointer!("/names", token.to_owned()))
                    .as_deref(),
                Ok("found"),
                "{token}"
            );
        }
    }

    #[test]
    fn places_of_items_are_tokens() {
        let ask = Fake::new().data("lists", r#"{"a": [["x", "y"]]}"#).ask();
        assert_eq!(
            ask.data
                .text(&pointer!("/lists", "a", 0_usize, 1_u32))
                .as_deref(),
            Ok("y")
        );
        assert_eq!(pointer!("").as_str(), "");
        assert_eq!(Pointer::root().push("a").to_string(), "/a");
    }

    #[test]
    fn too_long_is_what_the_host_says() {
        let longest = pointer!("/names", "x".repeat(POINTER_BYTES_MAX - "/names/".len()));
        assert!(!longest.is_too_long());
        assert!(longest.clone().push("").is_too_long());
        assert_eq!(POINTER_BYTES_MAX, lictor_policy::POINTER_BYTES_MAX);
        let asked = |pointer: Pointer| {
            Fake::new().evaluate_with(|ask: &crate::Ask| {
                let _ = ask.data.get(&pointer);
                crate::Decision::abstain()
            })
        };
        assert!(asked(longest.clone()).is_ok());
        assert!(asked(longest.push("")).is_err());
    }
}
