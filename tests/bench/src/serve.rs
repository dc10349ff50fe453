//! What a server adds to a decision: requests a second over HTTP and gRPC, their latency at half of that, and the memory of
//! connections that wait.
//!
//! Load comes from Debian's `h2load` (nghttp2-client), on the same machine, and each run of it ends by itself. The floor is the
//! same server answering `GET /health/live`: the same connections, HTTP and router, with no body, no token and a constant answer.

mod idle;
mod load;

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use lictor::{BindingSpec, Host, HostSettings, Role, TenantName, TenantSettings};
use lictor_server::{Server, ServerSettings};

use crate::figure::{Figure, Target};
use crate::{components, fresh, machine};
use load::{Load, Measured};

/// The least share of the floor's throughput that recalled decisions must reach.
const SHARE: f64 = 0.6;
/// The most that 99 of 100 may take at half of the maximum load.
const P99_MS: f64 = 1.0;
/// The tenant, and its route for Envoy.
const SETTINGS: &str = r#"
[decisions]
listen = "127.0.0.1:0"
[admin]
listen = "127.0.0.1:0"
[[envoy.route]]
name = "bank"
tenant = "bank"
"#;

/// Measures and judges.
pub fn run(quick: bool) -> anyhow::Result<Vec<Figure>> {
    if !load::is_installed() {
        println!("  `h2load` is not installed (Debian: nghttp2-client): nothing is measured");
        return Ok(Vec::new());
    }
    let mut figures = Vec::new();
    let scene = Scene::new(HostSettings::default())?;
    for protocol in [Protocol::AuthZen, Protocol::Envoy] {
        figures.extend(scene.recalled(protocol, quick)?);
    }
    drop(scene);
    let scene = Scene::new(components::evaluating())?;
    let evaluated = Load::maximum(&scene.asked(Protocol::AuthZen), quick)?;
    figures.push(
        Figure::new(
            "serve",
            "evaluated AuthZEN decisions a second",
            evaluated.rate,
            Target::None,
        )
        .value(format!("{evaluated}")),
    );
    scene.end();
    figures.extend(idle::run(quick)?);
    Ok(figures)
}

/// What is spoken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Protocol {
    /// A constant, over HTTP/1.1 or 2.
    Constant { is_http_2: bool },
    /// One AuthZEN evaluation over HTTP/1.1.
    AuthZen,
    /// One check of Envoy's over HTTP/2.
    Envoy,
}

impl Protocol {
    fn name(self) -> &'static str {
        match self {
            Protocol::Constant { .. } => "constant",
            Protocol::AuthZen => "AuthZEN",
            Protocol::Envoy => "Envoy gRPC",
        }
    }
}

/// A server with one tenant, whose policy allows after three questions.
struct Scene {
    server: Server,
    token: String,
    folder: PathBuf,
}

/// What one request is.
struct Asked {
    url: String,
    is_http_2: bool,
    headers: Vec<String>,
    body: Option<PathBuf>,
}

impl Scene {
    fn new(settings: HostSettings) -> anyhow::Result<Self> {
        let tenant: TenantName = "bank".parse()?;
        let host = Host::builder()
            .keyring(components::keyring()?)
            .settings(settings)
            .build()?;
        host.add_tenant(&tenant, TenantSettings::default())?;
        let component = components::built(fresh::GUEST)?;
        host.bind(
            &tenant,
            BindingSpec::new(components::signed("three-questions", &component)?),
        )?;
        let token = host.issue_token(
            Role::Tenant { tenant },
            "",
            std::time::Duration::from_secs(3_600),
        )?;
        let server = Server::start(host, ServerSettings::parse(SETTINGS)?)?;
        let folder =
            std::env::temp_dir().join(format!("lictor-bench-serve-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let request = fresh::request()?.document().root().to_json();
        fs::write(folder.join("authzen.json"), request)?;
        fs::write(folder.join("envoy.bin"), load::envoy_frame())?;
        Ok(Self {
            server,
            token: token.secret,
            folder,
        })
    }

    fn asked(&self, protocol: Protocol) -> Asked {
        let address = self.server.address();
        let authorization = format!("authorization: Bearer {}", self.token);
        let (path, kind, body) = match protocol {
            Protocol::Constant { is_http_2 } => {
                return Asked {
                    url: format!("http://{address}/health/live"),
                    is_http_2,
                    headers: Vec::new(),
                    body: None,
                };
            }
            Protocol::AuthZen => (
                "/t/bank/access/v1/evaluation",
                "application/json",
                "authzen.json",
            ),
            Protocol::Envoy => (
                "/envoy.service.auth.v3.Authorization/Check",
                "application/grpc",
                "envoy.bin",
            ),
        };
        Asked {
            url: format!("http://{address}{path}"),
            is_http_2: protocol == Protocol::Envoy,
            headers: vec![authorization, format!("content-type: {kind}")],
            body: Some(self.folder.join(body)),
        }
    }

    /// Throughput in turn with the floor's, and then latency at half of it.
    fn recalled(&self, protocol: Protocol, quick: bool) -> anyhow::Result<[Figure; 2]> {
        let is_http_2 = protocol == Protocol::Envoy;
        let floor = self.asked(Protocol::Constant { is_http_2 });
        let subject = self.asked(protocol);
        let rounds = if quick { 1 } else { 3 };
        let mut pairs = Vec::new();
        for _ in 0..rounds {
            pairs.push((
                Load::maximum(&floor, quick)?,
                Load::maximum(&subject, quick)?,
            ));
        }
        pairs.sort_by(|a, b| a.1.rate.total_cmp(&b.1.rate));
        let (floor, decided) = pairs.swap_remove(pairs.len() / 2);
        let name = protocol.name();
        let share = Figure::new(
            "serve",
            format!("recalled {name} decisions a second, share of a constant's"),
            decided.rate / floor.rate,
            Target::AtLeast(SHARE),
        );
        let half = Load::at(&subject, decided.rate / 2.0, quick)?;
        let p99 = Figure::new(
            "serve",
            format!("recalled {name}: p99 at half of the maximum load, ms"),
            half.p99_ms,
            Target::AtMost(P99_MS),
        );
        Ok([
            share.value(decided.to_string()).against(floor.to_string()),
            p99.value(half.to_string())
                .against(format!("load {}", machine::load())),
        ])
    }

    fn end(self) {
        self.server.stop();
        drop(fs::remove_dir_all(self.folder));
    }
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:.0} a second, p50 {:.3} ms, p99 {:.3} ms",
            self.rate, self.p50_ms, self.p99_ms
        )
    }
}

/// A number that `h2load` or the system tells in text.
fn number(text: &str) -> anyhow::Result<f64> {
    text.parse()
        .with_context(|| format!("`{text}` is no number"))
}
