//! Search: who may do it, what it may be done to, and what may be done.
//!
//! Candidates come from the tenant's directory with their properties, and each is decided like any other request, so that a
//! result is what was allowed. Must never say anything about a candidate that wasn't.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use lictor::{BATCH_MAX, Document, Effect, Fault, Item, Semantics};
use serde::Serialize;

use super::candidate::{ACTION, Candidate, Directory};
use super::page::{self, Page};
use crate::answer;
use crate::asked::Asked;
use crate::composed::{self, Composed};
use crate::problem::Problem;
use crate::served::Served;

/// How many candidates one page looks at, at most.
const CANDIDATES_MAX: usize = 1_024;

/// What is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sought {
    Subject,
    Resource,
    Action,
}

/// A search: the request with a hole in it.
#[derive(Debug)]
struct Search {
    sought: Sought,
    directory: Directory,
    asked: Document,
    /// The type whose candidates fill the hole.
    kind: String,
    page: Page,
}

#[derive(Serialize)]
struct Results {
    results: Vec<Found>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<Next>,
}

/// Something that was found.
#[derive(Serialize)]
#[serde(untagged)]
enum Found {
    Entity { r#type: String, id: String },
    Action { name: String },
}

#[derive(Serialize)]
struct Next {
    next_token: String,
    count: usize,
}

/// `POST /access/v1/search/subject`
pub(crate) async fn search_subject(
    state: State<Arc<Served>>,
    path: Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    search(Sought::Subject, state, path, request).await
}

/// `POST /access/v1/search/resource`
pub(crate) async fn search_resource(
    state: State<Arc<Served>>,
    path: Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    search(Sought::Resource, state, path, request).await
}

/// `POST /access/v1/search/action`
pub(crate) async fn search_action(
    state: State<Arc<Served>>,
    path: Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    search(Sought::Action, state, path, request).await
}

async fn search(
    sought: Sought,
    State(served): State<Arc<Served>>,
    Path(tenant): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let asked = Asked::read(&served, &tenant, request).await?;
    let directory = Directory::of(&served.host, &asked.caller.tenant)?;
    let bytes_max = served.settings().traffic.body_bytes;
    let search = Arc::new(Search::new(sought, directory, &asked.body, bytes_max)?);
    let results = search.run(&served, &asked).await?;
    Ok(answer::json(&results))
}

impl Search {
    fn new(
        sought: Sought,
        directory: Directory,
        body: &[u8],
        bytes_max: usize,
    ) -> Result<Self, Problem> {
        let asked = composed::object(body, bytes_max).map_err(Problem::bad_request)?;
        let page = Page::of(asked.root())?;
        let kind = sought.kind(asked.root())?;
        let search = Self {
            sought,
            directory,
            kind,
            page,
            asked,
        };
        // Whatever fills the hole, the rest must be a request.
        search
            .with(&sought.sample(&search.kind))
            .map_err(Problem::bad_request)?;
        Ok(search)
    }

    /// The request with the hole filled by this entity.
    fn with(&self, entity: &str) -> Result<lictor::Request, lictor::RequestError> {
        let mut composed = Composed::default();
        for name in ["action", "context", "resource", "subject"] {
            if name == self.sought.member() {
                composed.put(name, entity);
            } else if let Some(member) = self.asked.root().member(name) {
                composed.put(name, &member.to_json());
            }
        }
        composed.build()
    }

    async fn run(self: &Arc<Self>, served: &Served, asked: &Asked) -> Result<Results, Problem> {
        let mut results = Vec::new();
        let mut at = self.begins(served.page_key()).await?;
        let mut looked_at = 0;
        while let Some(at_now) = at
            && looked_at < CANDIDATES_MAX
            && results.len() < self.page.limit
        {
            let count = BATCH_MAX.min(2 * (self.page.limit - results.len()));
            let (ids, requests) = self.candidates(at_now, count).await?;
            let ended = ids.len() < count;
            looked_at += ids.len();
            let decided = served.decide_all(&asked.caller, requests, Semantics::ExecuteAll);
            let outcomes = decided.await?;
            at = (!ended).then_some(at_now + ids.len());
            for (index, (id, outcome)) in ids.into_iter().zip(&outcomes).enumerate() {
                if results.len() == self.page.limit {
                    at = Some(at_now + index);
                    break;
                }
                if outcome.decision.effect == Effect::Allow {
                    results.push(self.sought.found(&self.kind, id));
                }
            }
        }
        let next = at.and_then(|at| Some((at, self.directory.at(&self.kind, at.checked_sub(1)?)?)));
        let next = next.map(|(at, before)| page::token(served.page_key(), at, before));
        let count = results.len();
        let page = (self.page.is_asked || next.is_some()).then(|| Next {
            next_token: next.unwrap_or_default(),
            count,
        });
        Ok(Results { results, page })
    }

    /// Where the page begins; nothing where there is nothing to be found.
    async fn begins(self: &Arc<Self>, key: &[u8; 32]) -> Result<Option<usize>, Problem> {
        let root = self.asked.root();
        let misses = |name: &str| {
            let entity = root.member(name);
            let text = |member| entity.and_then(|it| it.member(member)?.as_text());
            match (text("type"), text("id")) {
                (Some(kind), Some(id)) => self.directory.misses(kind, id),
                _ => false,
            }
        };
        let given = ["resource", "subject"];
        let mut given = given
            .into_iter()
            .filter(|name| *name != self.sought.member());
        if given.any(misses) {
            return Ok(None);
        }
        let (search, key) = (Arc::clone(self), *key);
        let begins = move || {
            search
                .page
                .begins(&key, |at| search.directory.at(&search.kind, at))
        };
        Ok(Some(aside(begins).await??))
    }

    /// The next candidates, and what is asked about each. One that makes no request, because its properties are too large, ends
    /// the search with an error: nobody may take it for one that isn't allowed.
    async fn candidates(
        self: &Arc<Self>,
        at: usize,
        count: usize,
    ) -> Result<(Vec<String>, Vec<lictor::Request>), Problem> {
        let search = Arc::clone(self);
        let gather = move || {
            let candidates = search.directory.from(&search.kind, at).take(count);
            let each = candidates.map(|candidate| {
                let request = search.with(&search.sought.entity(&search.kind, candidate))?;
                Ok((candidate.id.to_owned(), request))
            });
            each.collect::<Result<Vec<_>, lictor::RequestError>>()
        };
        let gathered = aside(gather).await?;
        let gathered = gathered.map_err(|error| {
            Problem::from(Fault::Internal {
                detail: format!("an entity of the directory makes no request: {error}"),
            })
        })?;
        Ok(gathered.into_iter().unzip())
    }
}

/// Does what may take milliseconds in a large directory on a thread that serves nobody else.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|_| {
        Problem::from(Fault::Internal {
            detail: "the search was lost".to_owned(),
        })
    })
}

impl Sought {
    /// The member of the request that is the hole.
    fn member(self) -> &'static str {
        match self {
            Sought::Subject => "subject",
            Sought::Resource => "resource",
            Sought::Action => "action",
        }
    }

    /// The type of what is sought. Its id is ignored, and so are its properties.
    fn kind(self, root: Item<'_>) -> Result<String, Problem> {
        let (pointer, entity) = match self {
            Sought::Action => return Ok(ACTION.to_owned()),
            Sought::Subject => ("/subject", root.member("subject")),
            Sought::Resource => ("/resource", root.member("resource")),
        };
        let Some(entity) = entity else {
            return Err(Problem::bad_request(format!("`{pointer}` is missing")));
        };
        let kind = entity.member("type").and_then(Item::as_text);
        match kind {
            Some(kind) if !kind.is_empty() => Ok(kind.to_owned()),
            _ => Err(Problem::bad_request(format!(
                "`{pointer}/type` must be a non-empty text"
            ))),
        }
    }

    fn entity(self, kind: &str, candidate: Candidate<'_>) -> String {
        match self {
            Sought::Action => candidate.entity("name", None),
            Sought::Subject | Sought::Resource => candidate.entity("id", Some(kind)),
        }
    }

    /// An entity that stands for any.
    fn sample(self, kind: &str) -> String {
        let entity = match self {
            Sought::Action => serde_json::json!({ "name": "any" }),
            Sought::Subject | Sought::Resource => serde_json::json!({ "type": kind, "id": "any" }),
        };
        entity.to_string()
    }

    fn found(self, kind: &str, id: String) -> Found {
        match self {
            Sought::Action => Found::Action { name: id },
            Sought::Subject | Sought::Resource => Found::Entity {
                r#type: kind.to_owned(),
                id,
            },
        }
    }
}
