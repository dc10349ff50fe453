//! Several requests in one, decided under one view of the tenant.

use axum::response::Response;
use lictor::{BATCH_MAX, Effect, Fault, Item, Outcome, Request, RequestError, Semantics};
use serde::Serialize;

use crate::answer::{self, Answer, Detail};
use crate::asked::Asked;
use crate::composed::{self, Composed};
use crate::problem::Problem;
use crate::served::Served;

/// One item: a request, or why it is none.
type Entry = Result<Request, String>;

#[derive(Serialize)]
struct Answers<'a> {
    evaluations: Vec<Answer<'a>>,
}

pub(super) async fn decide(served: &Served, asked: &Asked) -> Result<Response, Problem> {
    let bytes_max = served.settings().traffic.body_bytes;
    let document = composed::object(&asked.body, bytes_max).map_err(Problem::bad_request)?;
    let root = document.root();
    let semantics = semantics(root)?;
    let mut entries = entries(root)?;
    if entries.is_empty() {
        // As the standard has it, so that a caller of single evaluations is served.
        let request = Composed::item(root, root).map_err(Problem::bad_request)?;
        let outcome = served.decide(&asked.caller, &request).await?;
        return Ok(answer::decided(&outcome, asked.detail));
    }
    if semantics == Semantics::DenyOnFirstDeny {
        // An item that is no request is denied, so nothing after it is decided.
        let end = entries.iter().position(Result::is_err);
        entries.truncate(end.map_or(entries.len(), |end| end + 1));
    }
    let requests: Vec<Request> = entries.iter().flatten().cloned().collect();
    let outcomes = if requests.is_empty() {
        Vec::new()
    } else {
        served
            .decide_all(&asked.caller, requests, semantics)
            .await?
    };
    Ok(answer::json(&Answers {
        evaluations: merged(&entries, &outcomes, semantics, asked.detail),
    }))
}

/// The answers in the order of the items, up to and with the one that ended the batch.
fn merged<'a>(
    entries: &'a [Entry],
    outcomes: &'a [Outcome],
    semantics: Semantics,
    detail: Detail,
) -> Vec<Answer<'a>> {
    let mut outcomes = outcomes.iter();
    let mut answers = Vec::with_capacity(entries.len());
    for entry in entries {
        let effect = match entry {
            Err(message) => {
                answers.push(Answer::incomplete(message));
                Effect::Deny
            }
            Ok(_) => {
                // Where none is left the batch had ended.
                let Some(outcome) = outcomes.next() else {
                    break;
                };
                answers.push(Answer::of(outcome, detail));
                outcome.decision.effect
            }
        };
        let ends = match semantics {
            Semantics::ExecuteAll => false,
            Semantics::DenyOnFirstDeny => effect != Effect::Allow,
            Semantics::PermitOnFirstPermit => effect == Effect::Allow,
        };
        if ends {
            break;
        }
    }
    answers
}

fn semantics(root: Item<'_>) -> Result<Semantics, Problem> {
    let Some(options) = root.member("options") else {
        return Ok(Semantics::default());
    };
    if options.members().is_none() {
        return Err(Problem::bad_request("`/options` must be an object"));
    }
    let Some(named) = options.member("evaluations_semantic") else {
        return Ok(Semantics::default());
    };
    match named.as_text() {
        Some("execute_all") => Ok(Semantics::ExecuteAll),
        Some("deny_on_first_deny") => Ok(Semantics::DenyOnFirstDeny),
        Some("permit_on_first_permit") => Ok(Semantics::PermitOnFirstPermit),
        _ => Err(Problem::bad_request(
            "`/options/evaluations_semantic` must be `execute_all`, `deny_on_first_deny` or `permit_on_first_permit`",
        )),
    }
}

fn entries(root: Item<'_>) -> Result<Vec<Entry>, Problem> {
    let Some(evaluations) = root.member("evaluations") else {
        return Ok(Vec::new());
    };
    let Some(items) = evaluations.items() else {
        return Err(Problem::bad_request("`/evaluations` must be a list"));
    };
    let count = evaluations.count().unwrap_or_default() as usize;
    if count > BATCH_MAX {
        let limit = BATCH_MAX;
        return Err(Fault::BatchTooLarge { count, limit }.into());
    }
    let entry = |item: Item<'_>| match item.members() {
        Some(_) => Composed::item(root, item),
        None => Err(RequestError::NoObject),
    };
    Ok(items
        .map(|item| entry(item).map_err(|error| error.to_string()))
        .collect())
}
