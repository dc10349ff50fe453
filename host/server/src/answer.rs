//! A decision as AuthZEN 1.0 says it: yes or no, and a context where there is more that the caller must know or asked for.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use lictor::{Annotations, Decision, Effect, Layer, Obligation, Outcome, PolicyOutcome, Reason};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// The header by which a caller asks for all that it may know: `full`.
pub(crate) const DETAIL: HeaderName = HeaderName::from_static("lictor-detail");
/// The header that names the decision.
pub(crate) const DECISION_ID: HeaderName = HeaderName::from_static("lictor-decision-id");

/// How much a caller wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What it must act on.
    Needed,
    /// Why, and by which policies, as well.
    Full,
}

impl Detail {
    pub(crate) fn asked(headers: &HeaderMap) -> Self {
        match headers.get(DETAIL) {
            Some(value) if value.as_bytes().eq_ignore_ascii_case(b"full") => Detail::Full,
            _ => Detail::Needed,
        }
    }
}

/// One decision.
#[derive(Debug, Serialize)]
pub(crate) struct Answer<'a> {
    decision: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Context<'a> {
    Decided(Box<Decided<'a>>),
    Incomplete { error: Incomplete<'a> },
}

/// What goes with a decision.
#[derive(Debug, Serialize)]
struct Decided<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<Effect>,
    #[serde(
        skip_serializing_if = "<[_]>::is_empty",
        serialize_with = "obligations"
    )]
    obligations: &'a [Obligation],
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    more: Option<More<'a>>,
}

/// What a caller gets that asks for all.
#[derive(Debug, Serialize)]
struct More<'a> {
    decision_id: String,
    #[serde(serialize_with = "reasons")]
    reasons: &'a [Reason],
    #[serde(serialize_with = "annotations")]
    annotations: &'a Annotations,
    recalled: bool,
    policies: Vec<Policy<'a>>,
}

#[derive(Debug, Serialize)]
struct Policy<'a> {
    policy: &'a str,
    version: String,
    artifact: String,
    layer: Layer,
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<Effect>,
    recalled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'static str>,
}

/// Why an item of a batch is denied that is no request.
#[derive(Debug, Serialize)]
struct Incomplete<'a> {
    status: u16,
    message: &'a str,
}

impl<'a> Answer<'a> {
    /// What came of a request.
    pub(crate) fn of(outcome: &'a Outcome, detail: Detail) -> Self {
        let decision: &Decision = &outcome.decision;
        let more = (detail == Detail::Full).then(|| More::of(outcome));
        // That a person must approve is no plain "no".
        let is_review = decision.effect == Effect::Review;
        let effect = (is_review || more.is_some()).then_some(decision.effect);
        let decided = Decided {
            effect,
            obligations: &decision.obligations,
            more,
        };
        let says_something =
            effect.is_some() || !decision.obligations.is_empty() || decided.more.is_some();
        Self {
            decision: decision.effect == Effect::Allow,
            context: says_something.then(|| Context::Decided(Box::new(decided))),
        }
    }

    /// The denial of an item that is no request, for this reason.
    pub(crate) fn incomplete(message: &'a str) -> Self {
        let status = 400;
        Self {
            decision: false,
            context: Some(Context::Incomplete {
                error: Incomplete { status, message },
            }),
        }
    }
}

impl<'a> More<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        Self {
            decision_id: outcome.decision_id.to_string(),
            reasons: &outcome.decision.reasons,
            annotations: &outcome.decision.annotations,
            recalled: outcome.is_recalled(),
            policies: outcome.policies.iter().map(Policy::of).collect(),
        }
    }
}

impl<'a> Policy<'a> {
    fn of(outcome: &'a PolicyOutcome) -> Self {
        Self {
            policy: outcome.bound.policy.as_str(),
            version: outcome.bound.version.to_string(),
            artifact: outcome.bound.artifact.to_string(),
            layer: outcome.layer,
            effect: outcome.verdict.decision().map(|decision| decision.effect),
            recalled: outcome.recalled,
            fault: outcome.verdict.fault().map(lictor::Fault::code),
        }
    }
}

/// The draft profile for obligations: an id, a type and properties.
fn obligations<S: Serializer>(
    obligations: &&[Obligation],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Shown<'a> {
        id: &'a str,
        r#type: &'a str,
        properties: Option<&'a RawValue>,
    }
    serializer.collect_seq(obligations.iter().map(|obligation| Shown {
        id: &obligation.id,
        r#type: &obligation.kind,
        // A checked decision has an object there.
        properties: serde_json::from_str(&obligation.properties).ok(),
    }))
}

fn reasons<S: Serializer>(reasons: &&[Reason], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Shown<'a> {
        code: &'a str,
        message: &'a str,
        #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "annotations")]
        annotations: &'a Annotations,
    }
    serializer.collect_seq(reasons.iter().map(|reason| Shown {
        code: &reason.code,
        message: &reason.message,
        annotations: &reason.annotations,
    }))
}

/// An object, since the names are unique.
fn annotations<S: Serializer>(pairs: &&Annotations, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, text)| (name, text)))
}

/// What came of one request, as a response.
pub(crate) fn decided(outcome: &Outcome, detail: Detail) -> Response {
    let mut response = json(&Answer::of(outcome, detail));
    let id = HeaderValue::try_from(outcome.decision_id.to_string());
    if let Ok(id) = id {
        response.headers_mut().insert(DECISION_ID, id);
    }
    response
}

/// A response of JSON.
pub(crate) fn json(body: &impl Serialize) -> Response {
    // Nothing that is answered has a map without text for its names.
    let text = serde_json::to_vec(body).unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}
