//! A small Envoy: what asks over gRPC, and can do it wrongly.

use std::collections::HashMap;

use bytes::Bytes;
use envoy_types::pb::envoy::config::core::v3::HeaderValueOption;
use envoy_types::pb::envoy::service::auth::v3::attribute_context::{self, HttpRequest};
use envoy_types::pb::envoy::service::auth::v3::check_response::HttpResponse;
use envoy_types::pb::envoy::service::auth::v3::{AttributeContext, CheckRequest, CheckResponse};
use prost::Message;

use crate::serving::Serving;

const PATH: &str = "/envoy.service.auth.v3.Authorization/Check";

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// `grpc-status`, in headers or trailers.
    pub grpc: Option<u16>,
    pub body: Vec<u8>,
}

/// A call, which is a proper one until something is changed.
#[derive(Clone, Debug)]
pub struct Call {
    pub content_type: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Call {
    pub fn new(serving: &Serving, message: &[u8]) -> Self {
        Self {
            content_type: "application/grpc",
            headers: vec![("authorization", format!("Bearer {}", serving.token))],
            body: framed(message),
        }
    }

    pub fn with_token(mut self, token: &str) -> Self {
        self.headers = vec![("authorization", format!("Bearer {token}"))];
        self
    }

    pub fn send(&self, serving: &Serving) -> Answer {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(exchange(&serving.address, self))
    }
}

async fn exchange(address: &str, call: &Call) -> Answer {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    let mut request = http::Request::post(format!("http://lictor{PATH}"))
        .header("content-type", call.content_type)
        .header("te", "trailers");
    for (name, value) in &call.headers {
        request = request.header(*name, value);
    }
    let request = request.body(()).unwrap();
    let (response, mut sender) = client.send_request(request, false).unwrap();
    // One who is refused early need not have taken everything.
    drop(sender.send_data(Bytes::copy_from_slice(&call.body), true));
    let (head, mut body) = response.await.unwrap().into_parts();
    let mut bytes = Vec::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk.unwrap();
        body.flow_control().release_capacity(chunk.len()).unwrap();
        bytes.extend_from_slice(&chunk);
    }
    let trailers = body.trailers().await.unwrap().unwrap_or_default();
    let grpc = head
        .headers
        .get("grpc-status")
        .or(trailers.get("grpc-status"));
    Answer {
        status: head.status.as_u16(),
        grpc: grpc.map(|it| it.to_str().unwrap().parse().unwrap()),
        body: bytes,
    }
}

/// A message with its length before it.
pub fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap();
    [&[0], length.to_be_bytes().as_slice(), message].concat()
}

/// A message of Envoy's.
#[derive(Clone, Debug)]
pub struct Asked {
    pub route: &'static str,
    pub http: HttpRequest,
}

impl Asked {
    pub fn new(method: &str, path: &str, headers: &[(&str, &str)]) -> Self {
        let headers = headers.iter();
        let headers = headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let http = HttpRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            host: "shop.example.com".to_owned(),
            headers: headers.collect::<HashMap<_, _>>(),
            ..HttpRequest::default()
        };
        let route = "shop";
        Self { route, http }
    }

    pub fn attributes(&self) -> AttributeContext {
        AttributeContext {
            request: Some(attribute_context::Request {
                http: Some(self.http.clone()),
                ..attribute_context::Request::default()
            }),
            context_extensions: [("lictor-route".to_owned(), self.route.to_owned())].into(),
            ..AttributeContext::default()
        }
    }

    pub fn message(&self) -> Vec<u8> {
        let attributes = Some(self.attributes());
        CheckRequest { attributes }.encode_to_vec()
    }

    pub fn send(&self, serving: &Serving) -> Told {
        Told::of(&Call::new(serving, &self.message()).send(serving))
    }
}

/// What an Envoy is told, as text that is easy to compare.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// 200 where the request goes on.
    pub status: i32,
    /// `name=value` in the place of what is there, `name+value` beside it, `-name` for what is taken away.
    pub request: Vec<String>,
    /// The same for what the client is answered.
    pub response: Vec<String>,
    pub body: String,
    /// The names of the metadata.
    pub metadata: Vec<String>,
}

impl Told {
    pub fn of(answer: &Answer) -> Self {
        assert_eq!((answer.status, answer.grpc), (200, Some(0)), "{answer:?}");
        let told = CheckResponse::decode(&answer.body[5..]).unwrap();
        let metadata = told.dynamic_metadata.unwrap_or_default();
        let mut metadata: Vec<String> = metadata.fields.into_keys().collect();
        metadata.sort();
        let code = told.status.unwrap().code;
        match told.http_response.unwrap() {
            HttpResponse::OkResponse(ok) => {
                assert_eq!(code, 0);
                let removed = ok.headers_to_remove.iter().map(|it| format!("-{it}"));
                Self {
                    status: 200,
                    request: changes(&ok.headers).into_iter().chain(removed).collect(),
                    response: changes(&ok.response_headers_to_add),
                    body: String::new(),
                    metadata,
                }
            }
            HttpResponse::DeniedResponse(denied) => {
                assert_ne!(code, 0);
                Self {
                    status: denied.status.unwrap().code,
                    request: Vec::new(),
                    response: changes(&denied.headers),
                    body: denied.body,
                    metadata,
                }
            }
            HttpResponse::ErrorResponse(error) => panic!("a failure: {error:?}"),
        }
    }

    /// The value of a header of the answer to the client.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.response.iter();
        headers.find_map(|it| it.strip_prefix(name)?.strip_prefix('='))
    }
}

fn changes(changes: &[HeaderValueOption]) -> Vec<String> {
    let shown = changes.iter().map(|change| {
        let header = change.header.as_ref().unwrap();
        // Both ways to say it have to say the same.
        let appends = change.append_action == 0;
        #[expect(deprecated, reason = "it is said as well")]
        let also = change.append.unwrap().value;
        assert_eq!(also, appends);
        format!(
            "{}{}{}",
            header.key,
            if appends { '+' } else { '=' },
            header.value
        )
    });
    shown.collect()
}
