//! What a caller is told whose request isn't answered by a decision.
//!
//! Must never tell who has no right to know it what exists.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lictor::{Blame, Fault, Refused, Turn};
use serde::Serialize;

/// Why there is no decision, as a status and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    status: StatusCode,
    message: String,
    retry_after: Option<Duration>,
    refused: Option<(Turn, Option<String>)>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, message: impl ToString) -> Self {
        Self {
            status,
            message: message.to_string(),
            retry_after: None,
            refused: None,
        }
    }

    /// With when to try again.
    pub(crate) fn after(self, after: Duration) -> Self {
        Self {
            retry_after: Some(after),
            ..self
        }
    }

    /// The request can't be understood.
    pub(crate) fn bad_request(message: impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// Nobody who is known asks: the same words whatever was shown.
    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "a token that is good is needed")
    }

    /// Somebody asks who may not: the same words whether there is such a thing or not.
    pub(crate) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "this token is not good for that")
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let status = match &fault {
            Fault::UnknownTenant { .. } => StatusCode::NOT_FOUND,
            Fault::TenantBusy { .. } | Fault::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Fault::Overloaded { .. }
            | Fault::QueueFull { .. }
            | Fault::Shed { .. }
            | Fault::Starved { .. } => StatusCode::SERVICE_UNAVAILABLE,
            fault if fault.blame() == Blame::Caller => StatusCode::BAD_REQUEST,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self {
            retry_after: fault.retry_after(),
            // A fault's text holds nothing that its tenant may not see.
            ..Self::new(status, fault)
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let status = match refused.turn {
            Turn::Caller => StatusCode::BAD_REQUEST,
            Turn::Unknown => StatusCode::NOT_FOUND,
            Turn::Conflict => StatusCode::CONFLICT,
            Turn::Author | Turn::Policy => StatusCode::UNPROCESSABLE_ENTITY,
            Turn::Host => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self {
            refused: Some((refused.turn, refused.hint)),
            ..Self::new(status, refused.message)
        }
    }
}

/// A problem as JSON.
#[derive(Serialize)]
struct Told<'a> {
    status: u16,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    turn: Option<Turn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

impl Problem {
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The same under another status.
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// What every protocol tells: the status, headers, and the body's JSON.
    pub(crate) fn parts(&self) -> (StatusCode, HeaderMap, String) {
        let refused = self.refused.as_ref();
        let body = serde_json::to_string(&Told {
            status: self.status.as_u16(),
            message: &self.message,
            turn: refused.map(|(turn, _)| *turn),
            hint: refused.and_then(|(_, hint)| hint.as_deref()),
        });
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"lictor\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(after) = self.retry_after {
            // Whole seconds (RFC 9110), and never sooner than was meant.
            let seconds = after.as_secs_f64().ceil() as u64;
            headers.insert(header::RETRY_AFTER, seconds.max(1).into());
        }
        // It has texts and numbers alone.
        (self.status, headers, body.unwrap_or_default())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.parts().into_response()
    }
}
