//! What a test may give as a request.

use lictor_policy::{Request, RequestBuilder};

use super::accepted;

/// What a test may give as a request: JSON text, or what [`Fake::request_of`](crate::Fake::request_of) began.
pub trait IntoRequest {
    /// The request.
    ///
    /// # Panics
    /// The host would refuse it.
    fn into_request(self) -> Request;
}

impl IntoRequest for &str {
    #[track_caller]
    fn into_request(self) -> Request {
        accepted(Request::from_json(self.as_bytes()))
    }
}

impl IntoRequest for String {
    #[track_caller]
    fn into_request(self) -> Request {
        self.as_str().into_request()
    }
}

impl IntoRequest for RequestBuilder {
    #[track_caller]
    fn into_request(self) -> Request {
        accepted(self.build())
    }
}
