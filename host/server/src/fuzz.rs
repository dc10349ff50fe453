//! What decodes what others send, fed with inputs that are nearly good: whatever comes, the answer is the protocol's own.
//!
//! A target is a function from bytes that panics when its property doesn't hold. A failure prints the seed;
//! `LICTOR_FUZZ_ROUNDS` runs longer.

mod mutation;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, Version, header};
use envoy_types::pb::envoy::config::core::v3 as core;
use envoy_types::pb::envoy::service::auth::v3::attribute_context::{self, HttpRequest, Peer};
use envoy_types::pb::envoy::service::auth::v3::check_response::HttpResponse;
use envoy_types::pb::envoy::service::auth::v3::{AttributeContext, CheckRequest, CheckResponse};
use http_body_util::BodyExt;
use lictor::{Host, TenantName, TenantSettings};
use prost::Message;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::route;
use crate::served::Served;
use crate::settings::{Callers, ServerSettings};

const ROUNDS: u64 = 3_000;

const JSON_WORDS: [&str; 19] = [
    "null",
    "true",
    "-1",
    "1e400",
    "0.1e-400",
    "18446744073709551616",
    "\"\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "[[[[[[",
    "{\"a\":{\"a\":",
    "\"subject\":",
    "\"properties\":{",
    "\"evaluations\":[",
    "\"evaluations_semantic\":\"deny_on_first_deny\"",
    "\"page\":{\"limit\":0}",
    "\"token\":\"",
    "},{",
    "\u{feff}",
];

/// A server whose one tenant has no policy, so that nothing is ever allowed.
struct Target {
    runtime: Runtime,
    router: Router,
}

impl Target {
    fn new() -> Self {
        let host = Host::builder().build().unwrap();
        let bank: TenantName = "bank".parse().unwrap();
        host.add_tenant(&bank, TenantSettings::default()).unwrap();
        let directory = br#"{"user": {"a": {}, "b": {"role": "x"}}, "record": {"r": {}}, "action": {"read": {}}}"#;
        let name = "directory".parse().unwrap();
        host.put_data(&bank, name, directory).unwrap();
        let settings = ServerSettings {
            callers: Callers::Anyone,
            ..ServerSettings::parse(SETTINGS).unwrap()
        };
        let served = Arc::new(Served::new(host, settings, None, [0; 32]));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        Self {
            runtime,
            router: route::router(served),
        }
    }

    fn ask(&self, request: Request<Body>) -> (StatusCode, Vec<u8>) {
        self.runtime.block_on(async {
            let answer = self.router.clone().oneshot(request).await.unwrap();
            let status = answer.status();
            let body = answer.into_body().collect().await.unwrap().to_bytes();
            (status, body.to_vec())
        })
    }

    /// A protocol of JSON: a decision that is no "yes", or 400 with a sentence.
    fn ask_json(&self, path: &str, body: &[u8]) {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        let (status, body) = self.ask(request.body(Body::from(body.to_vec())).unwrap());
        let answer: Value = serde_json::from_slice(&body).unwrap();
        match status {
            StatusCode::OK => assert!(is_no_yes(&answer), "{answer}"),
            StatusCode::BAD_REQUEST => assert!(!answer["message"].as_str().unwrap().is_empty()),
            status => panic!("{status} {answer}"),
        }
    }
}

fn is_no_yes(answer: &Value) -> bool {
    let each = answer["evaluations"].as_array();
    let all = each.map_or(vec![answer], |each| each.iter().collect());
    let is_empty = |name: &str| answer[name].as_array().is_none_or(Vec::is_empty);
    all.iter().all(|it| it["decision"] != true) && answer["result"] != true && is_empty("results")
}

#[test]
fn decoders_of_json_hold() {
    let target = Target::new();
    let entity =
        |kind: &str, id: &str| json!({"type": kind, "id": id, "properties": {"a": [1, 2.5, null]}});
    let (user, record) = (entity("user", "a"), entity("record", "r"));
    let one = json!({"subject": user, "action": {"name": "read"}, "resource": record, "context": {"at": "now"}});
    let several = json!({"subject": user, "action": {"name": "read"}, "options": {"evaluations_semantic": "execute_all"},
        "evaluations": [{"resource": record}, {"resource": {}}, one]});
    let search = json!({"subject": {"type": "user"}, "action": {"name": "read"}, "resource": {"type": "record", "id": "r"},
        "page": {"limit": 1, "token": ""}});
    let opa = json!({"input": one});
    let corpus = [&one, &several, &search, &opa].map(|it| it.to_string().into_bytes());
    for path in [
        "/t/bank/access/v1/evaluation",
        "/t/bank/access/v1/evaluations",
        "/t/bank/access/v1/search/subject",
        "/t/bank/access/v1/search/resource",
        "/t/bank/access/v1/search/action",
        "/v1/data/bank/limit",
        "/v1/data/bank/limit/allow",
    ] {
        run(|input| target.ask_json(path, input), &corpus, &JSON_WORDS);
    }
}

/// A call over gRPC: a denial, or an error of gRPC for a frame that is broken.
#[test]
fn the_decoder_of_envoys_message_holds() {
    let target = Target::new();
    let corpus = [envoys(false), envoys(true)];
    let words = [
        "\u{0}",
        "\u{7f}",
        "lictor-route",
        "bank",
        "x-user",
        "/../",
        "%2f",
        "\r\n",
        "\u{80}",
    ];
    let path = crate::envoy::GRPC_PATH;
    let ask = |frame: Vec<u8>| {
        let request = Request::post(path)
            .version(Version::HTTP_2)
            .header(header::CONTENT_TYPE, "application/grpc");
        let (status, body) = target.ask(request.body(Body::from(frame)).unwrap());
        assert_eq!(status, StatusCode::OK);
        body
    };
    // The message is changed and framed, so that the mapping is reached.
    let message = |input: &[u8]| {
        let length = u32::try_from(input.len()).unwrap().to_be_bytes();
        let answer = ask([&[0], &length[..], input].concat());
        assert_denied(&answer);
    };
    run(message, &corpus, &words);
    // The frame itself is changed.
    let frame = |input: &[u8]| {
        let answer = ask(input.to_vec());
        if !answer.is_empty() {
            assert_denied(&answer);
        }
    };
    let framed = corpus.map(|message| {
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        [&[0], &length[..], &message].concat()
    });
    run(frame, &framed, &words);
}

fn assert_denied(body: &[u8]) {
    let answer = CheckResponse::decode(&body[5..]).unwrap();
    assert_ne!(answer.status.unwrap().code, 0);
    let Some(HttpResponse::DeniedResponse(denied)) = answer.http_response else {
        panic!("no denial");
    };
    assert!((400..500).contains(&denied.status.unwrap().code));
    let body: Value = serde_json::from_str(&denied.body).unwrap();
    assert!(body["decision"] == false || body["message"].is_string());
}

/// A message with everything that the mapping of the settings below looks at.
fn envoys(is_raw: bool) -> Vec<u8> {
    let mut http = HttpRequest {
        method: "GET".to_owned(),
        path: "/orders/1?a=b".to_owned(),
        host: "shop.example.com".to_owned(),
        scheme: "https".to_owned(),
        ..HttpRequest::default()
    };
    if is_raw {
        let header = core::HeaderValue {
            key: "x-user".to_owned(),
            raw_value: b"ann".to_vec(),
            ..core::HeaderValue::default()
        };
        let headers = vec![header];
        http.header_map = Some(core::HeaderMap { headers });
    } else {
        http.headers = [("x-user".to_owned(), "ann".to_owned())].into();
    }
    let known = json!({"payload": {"sub": "ann", "level": 7.5, "of": [true, null]}});
    let known = crate::envoy::structured(&known).unwrap();
    let attributes = AttributeContext {
        source: Some(Peer {
            principal: "spiffe://shop/ann".to_owned(),
            ..Peer::default()
        }),
        request: Some(attribute_context::Request {
            http: Some(http),
            ..attribute_context::Request::default()
        }),
        context_extensions: [("lictor-route".to_owned(), "shop".to_owned())].into(),
        metadata_context: Some(core::Metadata {
            filter_metadata: [("jwt".to_owned(), known)].into(),
            ..core::Metadata::default()
        }),
        ..AttributeContext::default()
    };
    let attributes = Some(attributes);
    CheckRequest { attributes }.encode_to_vec()
}

/// A path over HTTP: never let through, and never an error that a gateway might let through.
#[test]
fn the_path_over_http_holds() {
    let target = Target::new();
    let ask = |input: &[u8]| {
        let path = String::from_utf8_lossy(input);
        let request = Request::get(format!("/envoy/{path}")).header("x-user", "ann");
        let Ok(request) = request.body(Body::empty()) else {
            return;
        };
        let (status, _) = target.ask(request);
        assert!(status.is_client_error(), "{path}: {status}");
    };
    let corpus = ["shop/", "shop/orders/1?a=b", "other/a"].map(|it| it.as_bytes().to_vec());
    run(
        ask,
        &corpus,
        &[
            "/..", "//", "%2f", "%2e", "%", "?", "#", ";", "\\", "*", "{",
        ],
    );
}

const SETTINGS: &str = r#"
public = "https://pdp.example.com"
[decisions]
listen = "127.0.0.1:8181"
callers = "tokens"
[traffic]
connections = 10
body_within_s = 5
[[envoy.route]]
name = "shop"
tenant = "bank"
own_headers = ["x-tier"]
review_status = 428
subject = { type = "text:user", id = ["metadata:jwt/payload/sub", "principal", "header:x-user"], properties = { all = "metadata:jwt/payload" } }
context = { user = "header:x-user", query = "query" }
"#;

/// A file of settings: what is accepted is accepted again, and what isn't is told with lines that there are.
#[test]
fn the_settings_hold() {
    let read = |input: &[u8]| {
        let text = String::from_utf8_lossy(input);
        match ServerSettings::parse(&text) {
            Ok(settings) => assert_eq!(ServerSettings::parse(&text), Ok(settings)),
            Err(error) => {
                let lines = 1 + text.matches('\n').count();
                let is_there = |line: usize| (1..=lines).contains(&line);
                assert!(!error.wrong.is_empty());
                assert!(error.wrong.iter().all(|it| is_there(it.line)), "{error}");
            }
        }
    };
    let words = [
        "[[envoy.route]]\n",
        "[decisions]\n",
        "= ",
        "\"",
        "[",
        "{ ",
        "-1",
        "99999999999999999999",
        "\"text:\"",
        "\"header:cookie\"",
        "\n",
        "'''",
        "\u{0}",
    ];
    run(read, &[SETTINGS.as_bytes().to_vec()], &words);
}

fn run(target: impl Fn(&[u8]), corpus: &[Vec<u8>], words: &[&str]) {
    corpus.iter().for_each(|input| target(input));
    let rounds = std::env::var("LICTOR_FUZZ_ROUNDS").ok();
    let rounds = rounds.map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    for seed in 1..=rounds {
        let input = mutation::mutated(seed, corpus, words);
        if catch_unwind(AssertUnwindSafe(|| target(&input))).is_err() {
            panic!("seed {seed}: {:?}", String::from_utf8_lossy(&input));
        }
    }
}
