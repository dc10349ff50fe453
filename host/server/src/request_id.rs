//! `X-Request-ID`: what a caller calls its request, said back to it.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest that is said back.
const BYTES_MAX: usize = 128;

/// Says it back, whatever the answer is.
pub(crate) async fn echo(request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).filter(|id| is_plain(id));
    let id = id.cloned();
    let mut response = next.run(request).await;
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

fn is_plain(id: &HeaderValue) -> bool {
    id.len() <= BYTES_MAX && id.to_str().is_ok()
}
