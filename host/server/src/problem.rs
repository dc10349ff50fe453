//! What a caller is told whose request isn't answered by a decision.
//!
//! Must never tell who has no right to know it what exists.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lictor::{Blame, Fault};

/// Why there is no decision, as a status and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    status: StatusCode,
    message: String,
    retry_after: Option<Duration>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, message: impl ToString) -> Self {
        Self {
            status,
            message: message.to_string(),
            retry_after: None,
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
        let status = self.status.as_u16();
        let body = serde_json::json!({ "status": status, "message": self.message });
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
        (self.status, headers, body.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.parts().into_response()
    }
}
