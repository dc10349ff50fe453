//! Patterns: `*` stands for any characters, also for none. Must never take more than linear time.
//!
//! `*` runs over everything, `/` and `.` too. `\` takes away what the next character means, so that `\*` is an asterisk and
//! `\\` a backslash. `?`, `[` and `{` mean something in other dialects and are malformed unless `\` stands before them; so is
//! a `\` at the end. Everything else stands for itself, letter case included.
//!
//! A pattern is literal runs with `*` between them. The first is where the text begins and the last where it ends; each of
//! the others is found leftmost, which leaves the most room for those after it, by the two-way search of the standard
//! library. So a text of n bytes and a pattern of m cost n + m steps.

use std::borrow::Cow;

/// Whether the text matches the pattern; nothing where the pattern is malformed.
pub(super) fn matches(pattern: &str, text: &str) -> Option<bool> {
    if !is_well_formed(pattern) {
        return None;
    }
    let (first, mut after) = split_run(pattern);
    let Some(mut text) = text.strip_prefix(&*first) else {
        return Some(false);
    };
    while let Some(pattern) = after {
        let (run, next) = split_run(pattern);
        if next.is_none() {
            return Some(text.ends_with(&*run));
        }
        match text.find(&*run) {
            Some(at) => text = text.get(at + run.len()..).unwrap_or_default(),
            None => return Some(false),
        }
        after = next;
    }
    Some(text.is_empty())
}

fn is_well_formed(pattern: &str) -> bool {
    let mut bytes = pattern.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'?' | b'[' | b'{' => return false,
            b'\\' if bytes.next().is_none() => return false,
            _ => {}
        }
    }
    true
}

/// The literal run at the front, and the pattern after the `*` that ends it.
fn split_run(pattern: &str) -> (Cow<'_, str>, Option<&str>) {
    let mut escaped = false;
    let end = pattern.bytes().position(|byte| {
        let is_star = byte == b'*' && !escaped;
        escaped = byte == b'\\' && !escaped;
        is_star
    });
    match end.and_then(|at| pattern.split_at_checked(at)) {
        Some((run, rest)) => (literal(run), rest.strip_prefix('*')),
        None => (literal(pattern), None),
    }
}

fn literal(run: &str) -> Cow<'_, str> {
    if !run.contains('\\') {
        return Cow::Borrowed(run);
    }
    let mut text = String::with_capacity(run.len());
    let mut characters = run.chars();
    while let Some(character) = characters.next() {
        text.extend(match character {
            '\\' => characters.next(),
            other => Some(other),
        });
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_runs_over_anything() {
        for (pattern, text) in [
            ("", ""),
            ("*", ""),
            ("*", "a/b.c"),
            ("**", "x"),
            ("crm.*", "crm."),
            ("*.read", "crm.read"),
            ("a*b*c", "abbc"),
            ("a*b*c", "a--b--c"),
            ("*ab*ab*", "abab"),
            ("ä*😀", "äö😀"),
            (r"a\*b", "a*b"),
            (r"a\\b*", r"a\b!"),
            (r"\?\[\{", "?[{"),
            (r"\a", "a"),
            ("}])", "}])"),
        ] {
            assert_eq!(matches(pattern, text), Some(true), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("a", ""),
            ("crm.*", "crm"),
            ("crm.*", "CRM.x"),
            ("a*b", "a*b!"),
            ("*ab*ab*", "aba"),
            ("ab*ba", "aba"),
            (r"a\*b", "aXb"),
            ("a*", "ba"),
            ("é", "e\u{301}"),
        ] {
            assert_eq!(matches(pattern, text), Some(false), "{pattern} {text}");
        }
    }

    #[test]
    fn what_other_dialects_mean_otherwise_is_malformed() {
        for pattern in ["?", "a[bc]", "{a,b}", "a*\\", r"\\\", r"*?"] {
            assert_eq!(matches(pattern, "a"), None, "{pattern}");
        }
    }

    /// A million steps forwards, where backtracking would take as many squared.
    #[test]
    fn hostile_patterns_take_linear_time() {
        let text = "a".repeat(500_000);
        let pattern = format!("{}b", "a*".repeat(250_000));
        assert_eq!(matches(&pattern, &text), Some(false));
        let halves = format!("*{}b*{}c", "a".repeat(100_000), "a".repeat(100_000));
        assert_eq!(matches(&halves, &text), Some(false));
    }

    /// What the pattern means, in exponential time.
    fn by_trying(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, rest) => rest.is_none(),
            (Some(('*', pattern)), _) => (0..=text.len()).any(|at| by_trying(pattern, &text[at..])),
            (Some(('\\', pattern)), Some((first, text))) => {
                pattern.first() == Some(first) && by_trying(&pattern[1..], text)
            }
            (Some((wanted, pattern)), Some((first, text))) => {
                wanted == first && by_trying(pattern, text)
            }
            (Some(_), None) => false,
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_trying_everything(
            pattern in "([ab*]|\\\\[ab*\\\\]){0,8}", text in "[ab*\\\\]{0,8}"
        ) {
            let characters = |text: &str| text.chars().collect::<Vec<_>>();
            let expected = by_trying(&characters(&pattern), &characters(&text));
            prop_assert_eq!(matches(&pattern, &text), Some(expected), "{} {}", pattern, text);
        }
    }
}
