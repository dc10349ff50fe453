//! The body of a request, within bounds of size and time.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::problem::Problem;

/// Reads a JSON body of at most so many bytes, which has to come within this time.
///
/// # Errors
/// It says that it is something else than JSON, is too large, comes too slowly or breaks off.
pub(crate) async fn json(
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
    within: Duration,
) -> Result<Bytes, Problem> {
    check_type(headers)?;
    collected(body, bytes_max, within).await
}

/// Reads a body of any kind, within the same bounds.
///
/// # Errors
/// It is too large, comes too slowly or breaks off.
pub(crate) async fn collected(
    body: Body,
    bytes_max: usize,
    within: Duration,
) -> Result<Bytes, Problem> {
    let collected = tokio::time::timeout(within, Limited::new(body, bytes_max).collect()).await;
    match collected {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body has more than {bytes_max} bytes"),
        )),
        Ok(Err(_)) => Err(Problem::bad_request("the body breaks off")),
        Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            format!(
                "the body did not come within {} seconds",
                within.as_secs_f32()
            ),
        )),
    }
}

/// Whether the body says that it is JSON. AuthZEN 1.0 wants 400 where it isn't.
fn check_type(headers: &HeaderMap) -> Result<(), Problem> {
    let said = headers.get(header::CONTENT_TYPE);
    let said = said.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let kind = said.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::bad_request(
        "the content type must be `application/json`",
    ))
}
