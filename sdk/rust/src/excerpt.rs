//! Texts of a request in messages. Must never repeat a hostile text at length.

use std::borrow::Cow;

/// The most bytes of a text that a message repeats.
const EXCERPT_BYTES_MAX: usize = 120;

/// The text, cut to at most 120 bytes and a `…` so that it fits a message.
///
/// Texts of a request may be as long as the host accepts, and a decision that repeats them whole would become a fault.
pub fn excerpt(text: &str) -> Cow<'_, str> {
    if text.len() <= EXCERPT_BYTES_MAX {
        return Cow::Borrowed(text);
    }
    let mut cut = String::with_capacity(EXCERPT_BYTES_MAX + '…'.len_utf8());
    cut.push_str(
        text.get(..text.floor_char_boundary(EXCERPT_BYTES_MAX))
            .unwrap_or_default(),
    );
    cut.push('…');
    Cow::Owned(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(excerpt("short"), "short");
        assert_eq!(excerpt(&"x".repeat(120)), "x".repeat(120));
        let cut = excerpt(&"€".repeat(50)).into_owned();
        assert_eq!(cut, format!("{}…", "€".repeat(40)));
        let cut = excerpt(&format!("x{}", "€".repeat(50))).into_owned();
        assert_eq!(cut, format!("x{}…", "€".repeat(39)));
    }
}
