//! The standalone host's protocols: what a gateway, a service or a person's `curl` speaks to have something decided.
//!
//! It knows HTTP, status codes and who may ask; how a decision is made is the runtime's affair. No guest ever runs on a
//! thread that serves connections.

mod admin;
mod answer;
mod asked;
mod authzen;
mod body;
mod caller;
mod composed;
mod connection;
mod credential;
mod decide;
mod envoy;
#[cfg(test)]
mod fuzz;
mod health;
mod listener;
mod metrics;
mod opa;
mod openapi;
mod peer;
mod problem;
mod request_id;
mod route;
mod served;
mod server;
mod settings;
mod telemetry;
mod tls;

pub use openapi::openapi;
pub use peer::certificate_until_s;
pub use server::{ServeError, Server};
pub use settings::{
    Address, AdminSettings, Callers, CertificateGrant, ClientSettings, EntityMapping, EnvoyRoute,
    LogFormat, LogSettings, Mapping, Origin, OriginError, Origins, Paths, ServerSettings,
    SettingsError, TlsSettings, TraceSettings, TrafficLimits, Wrong,
};
pub use telemetry::start_log;
pub use tls::TlsError;
