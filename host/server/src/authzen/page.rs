//! Pages of a search.
//!
//! A token says at which candidate the next page begins, and which one stood before it, by a hash: it tells nobody an id that
//! a search didn't find, and a directory that has changed is noticed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lictor::Item;

use crate::problem::Problem;

/// How many results a page has at most where the caller doesn't say.
const LIMIT_DEFAULT: usize = 100;
/// How many results a page has at most, whatever the caller says.
pub(super) const LIMIT_MAX: usize = 1_000;
/// The bytes of the hash in a token.
const MARK_BYTES: usize = 16;
/// The bytes of a token: the place, and the mark.
const TOKEN_BYTES: usize = 8 + MARK_BYTES;

/// The page that a caller wants.
#[derive(Debug)]
pub(super) struct Page {
    /// How many results at most.
    pub(super) limit: usize,
    /// Whether the caller speaks of pages.
    pub(super) is_asked: bool,
    after: Option<After>,
}

/// Where the page before this one ended.
#[derive(Debug, PartialEq, Eq)]
struct After {
    at: usize,
    mark: [u8; MARK_BYTES],
}

impl Page {
    /// What stands in a search's `page`.
    pub(super) fn of(root: Item<'_>) -> Result<Self, Problem> {
        let Some(page) = root.member("page") else {
            return Ok(Self {
                limit: LIMIT_DEFAULT,
                is_asked: false,
                after: None,
            });
        };
        if page.members().is_none() {
            return Err(Problem::bad_request("`/page` must be an object"));
        }
        let limit = page.member("limit").map(limit).transpose()?;
        let after = page.member("token").map(after).transpose()?;
        Ok(Self {
            limit: limit.unwrap_or(LIMIT_DEFAULT),
            is_asked: true,
            after: after.flatten(),
        })
    }

    /// Which candidate the page begins with, where the one at each place is known.
    ///
    /// # Errors
    /// The directory isn't any more what it was when the page before this one was made.
    pub(super) fn begins<'a>(
        &self,
        key: &[u8; 32],
        candidate: impl Fn(usize) -> Option<&'a str>,
    ) -> Result<usize, Problem> {
        let Some(after) = &self.after else {
            return Ok(0);
        };
        let before = after.at.checked_sub(1).and_then(candidate);
        if before.is_some_and(|id| mark(key, id) == after.mark) {
            return Ok(after.at);
        }
        Err(Problem::bad_request(
            "`/page/token` is no token of this search, or the directory has changed: search again from the first page",
        ))
    }
}

/// The token of the page that begins at this place, after this candidate.
pub(super) fn token(key: &[u8; 32], at: usize, before: &str) -> String {
    let mut bytes = [0; TOKEN_BYTES];
    let (place, marked) = bytes.split_at_mut(TOKEN_BYTES - MARK_BYTES);
    place.copy_from_slice(&(at as u64).to_be_bytes());
    marked.copy_from_slice(&mark(key, before));
    URL_SAFE_NO_PAD.encode(bytes)
}

fn mark(key: &[u8; 32], id: &str) -> [u8; MARK_BYTES] {
    let mut mark = [0; MARK_BYTES];
    let hash = blake3::keyed_hash(key, id.as_bytes());
    mark.iter_mut()
        .zip(hash.as_bytes())
        .for_each(|(to, from)| *to = *from);
    mark
}

fn limit(item: Item<'_>) -> Result<usize, Problem> {
    let limit = item.as_integer().and_then(|it| usize::try_from(it).ok());
    match limit {
        Some(limit) if limit > 0 => Ok(limit.min(LIMIT_MAX)),
        _ => Err(Problem::bad_request(
            "`/page/limit` must be a whole number of at least 1",
        )),
    }
}

/// An empty token is the first page.
fn after(item: Item<'_>) -> Result<Option<After>, Problem> {
    let refused = || Problem::bad_request("`/page/token` is no token of this host");
    let text = item.as_text().ok_or_else(refused)?;
    if text.is_empty() {
        return Ok(None);
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| refused())?;
    let (place, mark) = bytes.split_first_chunk::<8>().ok_or_else(refused)?;
    let at = usize::try_from(u64::from_be_bytes(*place)).map_err(|_| refused())?;
    let mark = mark.try_into().map_err(|_| refused())?;
    Ok(Some(After { at, mark }))
}

#[cfg(test)]
mod tests {
    use lictor::{Document, JsonBounds};

    use super::*;

    const KEY: [u8; 32] = [7; 32];
    const IDS: [&str; 3] = ["alice", "bob", "carol"];

    fn page(json: &str) -> Result<Page, Problem> {
        let document = Document::parse(json.as_bytes(), &JsonBounds::REQUEST).unwrap();
        Page::of(document.root())
    }

    fn begins(page: &Page) -> Result<usize, Problem> {
        page.begins(&KEY, |at| IDS.get(at).copied())
    }

    #[test]
    fn a_token_leads_to_the_candidate_after_the_one_before() {
        let token = token(&KEY, 2, "bob");
        let page = page(&format!(r#"{{"page":{{"token":"{token}","limit":5}}}}"#)).unwrap();
        assert_eq!((begins(&page).unwrap(), page.limit), (2, 5));
    }

    #[test]
    fn a_token_of_a_directory_that_has_changed_is_refused() {
        let token = token(&KEY, 2, "bert");
        let page = page(&format!(r#"{{"page":{{"token":"{token}"}}}}"#)).unwrap();
        assert!(begins(&page).is_err());
    }

    #[test]
    fn an_id_can_not_be_tried_out_with_a_token_of_ones_own() {
        let token = token(&[8; 32], 2, "bob");
        let page = page(&format!(r#"{{"page":{{"token":"{token}"}}}}"#)).unwrap();
        assert!(begins(&page).is_err());
    }

    #[test]
    fn pages_that_are_none_are_refused() {
        for json in [
            r#"{"page":[]}"#,
            r#"{"page":{"limit":0}}"#,
            r#"{"page":{"limit":-1}}"#,
            r#"{"page":{"limit":"5"}}"#,
            r#"{"page":{"token":5}}"#,
            r#"{"page":{"token":"!"}}"#,
            r#"{"page":{"token":"AAAA"}}"#,
        ] {
            assert!(page(json).is_err(), "{json}");
        }
    }

    #[test]
    fn no_page_is_the_first_and_none_is_too_long() {
        let first = page(r"{}").unwrap();
        assert_eq!((begins(&first).unwrap(), first.limit), (0, LIMIT_DEFAULT));
        assert!(!first.is_asked);
        let long = page(r#"{"page":{"limit":1000000,"token":""}}"#).unwrap();
        assert_eq!((begins(&long).unwrap(), long.limit), (0, LIMIT_MAX));
    }
}
