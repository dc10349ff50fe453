//! The form over gRPC: `envoy.service.auth.v3.Authorization/Check`.
//!
//! The message is one frame, which is read here and not by a stream's reader, so that a message that is too large or can't be
//! understood is answered by a denial: its size and text can be a client's doing. Only what no client can bring about (a token,
//! broken frames, a content type) is answered by an error of gRPC.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header};
use axum::response::{IntoResponse, Response};
use envoy_types::pb::envoy::config::core::v3::header_value_option::HeaderAppendAction;
use envoy_types::pb::envoy::config::core::v3::{
    HeaderValue as EnvoyHeader, HeaderValueOption as EnvoyChange,
};
use envoy_types::pb::envoy::service::auth::v3::check_response::HttpResponse;
use envoy_types::pb::envoy::service::auth::v3::{
    CheckRequest, CheckResponse, DeniedHttpResponse, OkHttpResponse,
};
use envoy_types::pb::envoy::r#type::v3::HttpStatus;
use envoy_types::pb::google::protobuf::{BoolValue, Struct};
use envoy_types::pb::google::rpc;
use http_body_util::{BodyExt, Full};
use prost::Message;
use tonic::{Code, Status};

use super::changes::Change;
use super::checked::Checked;
use super::verdict::{Allowed, Denied, Verdict};
use super::{Form, admitted, decide, metadata, unclear};
use crate::body;
use crate::caller::Shown;
use crate::problem::Problem;
use crate::served::Served;

/// Where it is asked.
pub(crate) const PATH: &str = "/envoy.service.auth.v3.Authorization/Check";
/// What in Envoy's route, under `context_extensions`, names ours.
const ROUTE: &str = "lictor-route";
/// The content types of gRPC with protobuf.
const TYPES: [&str; 2] = ["application/grpc", "application/grpc+proto"];
const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
/// The bytes before a message: whether it is compressed, and its length.
const HEAD_BYTES: usize = 5;

/// Answers an Envoy.
pub(crate) async fn check(State(served): State<Arc<Served>>, request: Request) -> Response {
    if request.version() != Version::HTTP_2 || !is_grpc(request.headers()) {
        let message = "gRPC is spoken here, over HTTP/2";
        return Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message).into_response();
    }
    match answered(&served, request).await {
        Ok(response) => framed(&response),
        Err(status) => (*status).into_http::<Body>(),
    }
}

fn is_grpc(headers: &HeaderMap) -> bool {
    let said = headers.get(header::CONTENT_TYPE);
    let said = said.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let kind = said.split(';').next().unwrap_or_default().trim();
    TYPES.iter().any(|it| it.eq_ignore_ascii_case(kind))
}

async fn answered(served: &Served, request: Request) -> Result<CheckResponse, Box<Status>> {
    let (parts, body) = request.into_parts();
    let shown = Shown::by(served, &parts);
    let shown = shown.map_err(|_| Status::unauthenticated("a token that is good is needed"))?;
    let encoding = parts.headers.get(ENCODING);
    if encoding.is_some_and(|it| it.as_bytes() != b"identity") {
        return Err(Status::unimplemented("messages must not be compressed").into());
    }
    let limits = served.settings().traffic.clone();
    let body = body::collected(body, limits.body_bytes, limits.body_within).await;
    let verdict = match body {
        Ok(body) => verdict(served, shown, message(&body)?).await,
        Err(problem) if problem.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(problem),
        Err(_) => return Err(Status::cancelled("the message breaks off").into()),
    };
    Ok(match verdict {
        Ok(Verdict::Allowed(allowed)) => let_through(allowed),
        Ok(Verdict::Denied(denied)) => stopped(denied),
        Err(problem) => stopped(problem.into()),
    })
}

/// The one message of a body (gRPC over HTTP/2, "Length-Prefixed-Message").
fn message(body: &[u8]) -> Result<&[u8], Box<Status>> {
    let Some(([compressed, length @ ..], message)) = body.split_first_chunk::<HEAD_BYTES>() else {
        return Err(Status::internal("there is no whole message").into());
    };
    if *compressed != 0 {
        return Err(Status::unimplemented("messages must not be compressed").into());
    }
    if message.len() != u32::from_be_bytes(*length) as usize {
        return Err(Status::internal("exactly one whole message is taken").into());
    }
    Ok(message)
}

async fn verdict(served: &Served, shown: Shown, message: &[u8]) -> Result<Verdict, Problem> {
    let request = CheckRequest::decode(message);
    let request = request.map_err(|_| unclear("the message can't be understood"))?;
    let attributes = request.attributes.unwrap_or_default();
    let name = attributes.context_extensions.get(ROUTE);
    let (route, caller) = admitted(served, shown, name.map_or("", String::as_str))?;
    let checked = Checked::of_message(&attributes)?;
    decide(served, &caller, &route, &checked, Form::Grpc).await
}

fn let_through(allowed: Allowed) -> CheckResponse {
    let changes = allowed.changes;
    let removed = changes.removed.iter().map(ToString::to_string);
    let response = OkHttpResponse {
        headers: changes.request.iter().map(written).collect(),
        headers_to_remove: removed.collect(),
        response_headers_to_add: changes.response.iter().map(written).collect(),
        ..OkHttpResponse::default()
    };
    let mut told = told(&allowed.decision_id);
    for (name, value) in &changes.metadata {
        told.fields
            .extend(metadata::value(value).map(|value| (name.clone(), value)));
    }
    CheckResponse {
        status: Some(status(Code::Ok)),
        http_response: Some(HttpResponse::OkResponse(response)),
        dynamic_metadata: Some(told),
    }
}

fn stopped(denied: Denied) -> CheckResponse {
    let code = match denied.status {
        StatusCode::TOO_MANY_REQUESTS => Code::ResourceExhausted,
        StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
        _ => Code::PermissionDenied,
    };
    let headers = denied.headers.iter().map(|(name, value)| Change {
        name: name.clone(),
        value: value.clone(),
        appends: false,
    });
    let headers: Vec<Change> = headers.chain(denied.response).collect();
    let response = DeniedHttpResponse {
        status: Some(HttpStatus {
            code: denied.status.as_u16().into(),
        }),
        headers: headers.iter().map(written).collect(),
        body: denied.body,
    };
    CheckResponse {
        status: Some(status(code)),
        http_response: Some(HttpResponse::DeniedResponse(response)),
        dynamic_metadata: denied.decision_id.map(|id| told(&id)),
    }
}

fn status(code: Code) -> rpc::Status {
    rpc::Status {
        code: code as i32,
        ..rpc::Status::default()
    }
}

/// What later filters and logs of the gateway are always told.
fn told(decision_id: &str) -> Struct {
    let fields = [("lictor_decision_id".to_owned(), metadata::text(decision_id))];
    Struct {
        fields: fields.into(),
    }
}

/// A header in Envoy's form. Older Envoys know only the field that newer ones call deprecated.
#[expect(
    deprecated,
    reason = "an Envoy that doesn't know the newer field would overwrite"
)]
fn written(change: &Change) -> EnvoyChange {
    let action = if change.appends {
        HeaderAppendAction::AppendIfExistsOrAdd
    } else {
        HeaderAppendAction::OverwriteIfExistsOrAdd
    };
    let value = change.value.to_str().unwrap_or_default();
    EnvoyChange {
        header: Some(EnvoyHeader {
            key: change.name.to_string(),
            value: value.to_owned(),
            raw_value: Vec::new(),
        }),
        append: Some(BoolValue {
            value: change.appends,
        }),
        append_action: action.into(),
        ..EnvoyChange::default()
    }
}

/// A message as the body of a response of gRPC.
fn framed(response: &CheckResponse) -> Response {
    let length = response.encoded_len();
    let mut frame = Vec::with_capacity(HEAD_BYTES + length);
    frame.push(0);
    // An answer is far smaller than this can say.
    frame.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    response.encode_raw(&mut frame);
    let trailers = HeaderMap::from_iter([(GRPC_STATUS, HeaderValue::from_static("0"))]);
    let body = Full::new(Bytes::from(frame)).with_trailers(async { Some(Ok(trailers)) });
    let kind = [(header::CONTENT_TYPE, "application/grpc")];
    (kind, Body::new(body)).into_response()
}
