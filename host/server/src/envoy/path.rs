//! Which paths everybody reads alike.
//!
//! A policy that allows `/public/` must not be led past what it means by `/public/../admin`, which the service behind the
//! gateway may read as `/admin`. Nothing is rewritten here: what could be read in two ways is refused.

/// Whether there is only one way to read a path.
pub(super) fn is_plain(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else {
        return false;
    };
    let is_usual = |it: u8| it.is_ascii_graphic() && !matches!(it, b'\\' | b'#' | b'?');
    if !path.bytes().all(is_usual) {
        return false;
    }
    let last = rest.split('/').count();
    let mut segments = (1..).zip(rest.split('/'));
    segments.all(|(number, segment)| {
        // A slash at the end is usual, two in a row aren't.
        (number == last && segment.is_empty()) || is_plain_segment(segment)
    })
}

fn is_plain_segment(segment: &str) -> bool {
    // Some servers take what follows a `;` away, and some don't.
    let name = segment.split(';').next().unwrap_or_default();
    if matches!(name, "" | "." | "..") {
        return false;
    }
    let Some(decoded) = decoded(segment) else {
        return false;
    };
    // Longer forms of a character than needed are no text.
    std::str::from_utf8(&decoded).is_ok()
}

/// The bytes that a segment stands for; none where a part of it has another usual spelling, or is decoded by some twice.
fn decoded(segment: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(segment.len());
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let stands = hex(bytes.next()?)? << 4 | hex(bytes.next()?)?;
        let is_unreserved = stands.is_ascii_alphanumeric() || b"-._~".contains(&stands);
        let is_dividing = b"/\\".contains(&stands) || stands.is_ascii_control();
        let is_double = stands == b'%' && is_escape(bytes.clone());
        if is_unreserved || is_dividing || is_double {
            return None;
        }
        decoded.push(stands);
    }
    Some(decoded)
}

/// Whether two hexadecimal digits follow.
fn is_escape(mut bytes: impl Iterator<Item = u8>) -> bool {
    let mut is_digit = || bytes.next().is_some_and(|it| it.is_ascii_hexdigit());
    is_digit() && is_digit()
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn usual_paths_are_plain() {
        for path in [
            "/",
            "/a",
            "/a/",
            "/a/b.html",
            "/a/..b/c..",
            "/a/.well-known",
            "/a%20b",
            "/a%3Fb",
            "/100%25",
            "/%C3%A4",
            "/a;v=1/b",
            "/a@b:c,d+e!$&'()*=~",
        ] {
            assert!(is_plain(path), "{path}");
        }
    }

    #[test]
    fn what_has_two_readings_is_not() {
        for path in [
            "",
            "*",
            "a",
            "http://a/",
            "//a",
            "/a//b",
            "/a//",
            "/.",
            "/..",
            "/a/../b",
            "/a/./b",
            "/a/..;/b",
            "/a/;/b",
            "/a/.;x",
            "/a\\b",
            "/a#b",
            "/a?b",
            "/a b",
            "/a\tb",
            "/ä",
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a/%2e%2e/b",
            "/a/.%2E/b",
            "/%61dmin",
            "/a%00",
            "/a%0d%0ab",
            "/a%252e",
            "/a%252Fb",
            "/a%",
            "/a%2",
            "/a%zz",
            "/a%+1",
            "/%c0%ae",
            "/%ff",
        ] {
            assert!(!is_plain(path), "{path}");
        }
    }
}
