//! A web service of two tools with Lictor in front of it.

mod authorize;

use anyhow::Context;
use axum::Router;
use axum::routing::get;
use lictor::{BindingSpec, Compiler, Host, TenantName, TenantSettings, ThrowAwayKey};
use lictor_cli::{BuildSpec, build};

pub use authorize::{Authorize, AuthorizeLayer};

/// Which role may use which tool: the parameters of the policy.
const PARAMETERS: &str = r#"{
  "roles": {
    "support": { "read": ["customers", "tickets"], "write": ["tickets"] },
    "auditor": { "read": ["*"] }
  }
}"#;

/// A host with one tenant, which runs the policy `tool-access`. It is built first, from the sources beside this example.
/// `compiler` is what compiles it: the program of this example, started again. It is signed with a key that nobody else has.
///
/// # Errors
/// The policy can't be built, or the host can't be set up.
pub fn host(compiler: Compiler) -> anyhow::Result<(Host, TenantName)> {
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugins/tool-access");
    let built = build(&BuildSpec::new(sources)).context("the policy can't be built")?;
    let component = std::fs::read(&built.path)?;

    let tenant: TenantName = "shop".parse()?;
    // A gateway has a keyring of its operator's, and artifacts that somebody else signed. Here both come from a key that is
    // forgotten when the program ends.
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let key = ThrowAwayKey::for_tenants(&seed, [tenant.clone()])?;
    let manifest = lictor::manifest(built.policy, built.version, &component)?;
    let artifact = key.sign(component, manifest)?;

    let host = Host::builder()
        .compiler(compiler)
        .keyring(key.keyring().clone())
        .build()?;
    host.add_tenant(&tenant, TenantSettings::default())?;
    host.bind(&tenant, BindingSpec::new(artifact).parameters(PARAMETERS))?;
    Ok((host, tenant))
}

/// The service: two tools, each to read and to write, behind Lictor.
pub fn service(host: Host, tenant: TenantName) -> Router {
    Router::new()
        .route(
            "/customers",
            get(|| async { "all customers" }).post(|| async { "customer written" }),
        )
        .route(
            "/tickets",
            get(|| async { "all tickets" }).post(|| async { "ticket written" }),
        )
        .layer(AuthorizeLayer::new(host, tenant))
}
