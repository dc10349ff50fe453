//! One request as a part of a trace: W3C Trace Context in (`traceparent`, level 1) and out (`traceresponse`, level 2), named as
//! OpenTelemetry's conventions for HTTP servers have it. Must never tell a path as it was asked for, a header or a body.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::KeyValue;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{Span, SpanContext, SpanKind, Status, Tracer};
use opentelemetry_sdk::propagation::TraceContextPropagator;

use crate::answer::DECISION_ID;
use crate::served::Served;

const TRACE_RESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// Tells of a request where traces are told, and names its span to the caller.
pub(crate) async fn follow(
    State(served): State<Arc<Served>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(traces) = &served.traces else {
        return next.run(request).await;
    };
    let parent = TraceContextPropagator::new().extract(&Headers(request.headers()));
    let method = method(request.method());
    let path = request.extensions().get::<MatchedPath>();
    let route = path.map_or("", MatchedPath::as_str).to_owned();
    let builder = traces
        .tracer
        .span_builder(format!("{method} {route}"))
        .with_kind(SpanKind::Server)
        .with_attributes([
            KeyValue::new("http.request.method", method),
            KeyValue::new("http.route", route),
        ]);
    let mut span = builder.start_with_context(&traces.tracer, &parent);
    let mut response = next.run(request).await;
    let status = response.status();
    let code = i64::from(status.as_u16());
    span.set_attribute(KeyValue::new("http.response.status_code", code));
    if status.is_server_error() {
        span.set_status(Status::error(""));
    }
    if let Some(Ok(id)) = response.headers().get(DECISION_ID).map(HeaderValue::to_str) {
        span.set_attribute(KeyValue::new("lictor.decision.id", id.to_owned()));
    }
    if let Some(value) = told(span.span_context()) {
        response.headers_mut().insert(TRACE_RESPONSE, value);
    }
    response
}

/// The methods that have names; a caller may make up others.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "_OTHER",
    }
}

fn told(span: &SpanContext) -> Option<HeaderValue> {
    let (trace, flags) = (span.trace_id(), span.trace_flags().to_u8());
    let value = format!("00-{trace:032x}-{:016x}-{flags:02x}", span.span_id());
    HeaderValue::try_from(value).ok()
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        // Two of them name no one parent.
        let mut values = self.0.get_all(key).iter();
        let (value, None) = (values.next()?, values.next()) else {
            return None;
        };
        value.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}
