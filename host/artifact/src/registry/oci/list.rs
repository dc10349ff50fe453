//! Lists the versions of a repository, page by page.

use std::collections::BTreeSet;

use reqwest::header::LINK;
use reqwest::{Method, Response, StatusCode, Url};
use semver::Version;
use serde::Deserialize;

use super::download::pull_scope;
use super::http::{Ask, Http, header};
use super::patience::Failure;
use crate::registry::error::RegistryError;
use crate::registry::limits::RegistryLimits;
use crate::registry::reference::version_of;

/// How many tags a page shall have, and how many pages are read. Tags that are no versions fill pages too.
const PAGE_TAGS: usize = 1_000;
const PAGES_MAX: usize = 100;

#[derive(Deserialize)]
struct Page {
    tags: Option<Vec<String>>,
}

impl Http {
    /// All versions, the lowest first.
    pub async fn versions(
        &self,
        repository: &str,
        limits: &RegistryLimits,
    ) -> Result<Vec<Version>, RegistryError> {
        let versions_max = limits.versions_max;
        let mut versions = BTreeSet::new();
        let mut url = self.origin.url(&format!("{repository}/tags/list"));
        url.set_query(Some(&format!("n={PAGE_TAGS}")));
        for _ in 0..PAGES_MAX {
            let (page, next) = self.page(repository, &url, limits).await?;
            let tags = page.tags.unwrap_or_default();
            versions.extend(tags.iter().filter_map(|tag| version_of(tag)));
            match next {
                _ if versions.len() > versions_max => break,
                Some(next) => url = next,
                None => return Ok(versions.into_iter().collect()),
            }
        }
        let name = repository.to_owned();
        Err(RegistryError::TooManyVersions { name, versions_max })
    }

    async fn page(
        &self,
        repository: &str,
        url: &Url,
        limits: &RegistryLimits,
    ) -> Result<(Page, Option<Url>), RegistryError> {
        let what = format!("{}/{repository}", self.authority());
        let ask = Ask::new(Method::GET, url.clone(), &pull_scope(repository), &what);
        let mut tries = self.tries();
        loop {
            match self.page_once(&ask, limits).await {
                Ok(page) => return Ok(page),
                Err(failure) => tries.pause(failure).await?,
            }
        }
    }

    async fn page_once(
        &self,
        ask: &Ask,
        limits: &RegistryLimits,
    ) -> Result<(Page, Option<Url>), Failure> {
        let response = self.ask(ask, &[StatusCode::OK]).await?;
        let next = next_link(&response);
        let next = next
            .map(|next| self.origin.follow_within(&ask.url, &next))
            .transpose()?;
        let body = self
            .read_body(response, "the list of versions", limits.list_bytes_max)
            .await?;
        let page = serde_json::from_slice(&body)
            .map_err(|_| self.protocol("a list of tags that is none"))?;
        Ok((page, next))
    }
}

fn next_link(response: &Response) -> Option<String> {
    parse_link(&header(response, LINK.as_str())?)
}

/// The target of `<target>; rel="next"` (RFC 8288), among perhaps other links.
fn parse_link(text: &str) -> Option<String> {
    let mut rest = text;
    while let Some((_, from)) = rest.split_once('<') {
        let (target, after) = from.split_once('>')?;
        let (parameters, others) = after
            .split_once('<')
            .map_or((after, ""), |(parameters, _)| {
                (parameters, after.get(parameters.len()..).unwrap_or(""))
            });
        let is_next = parameters.split([';', ',']).any(|parameter| {
            let parameter: String = parameter
                .chars()
                .filter(|c| !c.is_whitespace() && *c != '"')
                .collect();
            parameter.eq_ignore_ascii_case("rel=next")
        });
        if is_next {
            return Some(target.to_owned());
        }
        rest = others;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found() {
        for (text, next) in [
            (
                r#"</v2/x/tags/list?last=1.0.0&n=1000>; rel="next""#,
                Some("/v2/x/tags/list?last=1.0.0&n=1000"),
            ),
            (
                r#"</a>; rel="prev", </b,c>; title="x"; rel=next"#,
                Some("/b,c"),
            ),
            (r#"</a>; rel="prev""#, None),
            ("</a", None),
            ("", None),
        ] {
            assert_eq!(parse_link(text).as_deref(), next, "{text}");
        }
    }
}
