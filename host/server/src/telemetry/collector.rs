//! Where traces go. Must never make a request wait: what the collector doesn't take in time is dropped.

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Bytes;
use axum::http::{Request, Response};
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use rustls::RootCertStore;
use rustls_platform_verifier::Verifier;
use tokio::runtime::Handle;

use crate::server::ServeError;
use crate::settings::TraceSettings;

/// Traces on their way to a collector.
#[derive(Debug)]
pub(crate) struct Traces {
    provider: SdkTracerProvider,
    pub(super) tracer: SdkTracer,
}

impl Traces {
    /// Starts the thread that sends what is gathered, over connections of this runtime.
    pub(crate) fn start(settings: &TraceSettings, runtime: &Handle) -> Result<Self, ServeError> {
        let refuse = |error: &dyn std::fmt::Display| ServeError::Traces(error.to_string());
        let client = Client {
            inner: client().map_err(|error| refuse(&error))?,
            runtime: runtime.clone(),
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(&settings.endpoint)
            .with_http_client(client)
            .build()
            .map_err(|error| refuse(&error))?;
        let share = 1.0 / f64::from(settings.one_in.get());
        let resource = Resource::builder().with_service_name("lictor");
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::TraceIdRatioBased(share))
            .with_resource(resource.build())
            .build();
        let tracer = provider.tracer("lictor");
        Ok(Self { provider, tracer })
    }

    /// Sends what is there still.
    pub(crate) fn end(&self) {
        // A collector that isn't there must not keep the server from ending well.
        drop(self.provider.shutdown());
    }
}

fn client() -> Result<reqwest::Client, Box<dyn std::error::Error>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let tls = match Verifier::new(provider) {
        Ok(verifier) => tls
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth(),
        // A system without authorities trusts nobody, which is fine for a collector on the same machine.
        Err(_) => tls
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth(),
    };
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy();
    Ok(client.build()?)
}

/// The spans are sent from a thread that has no reactor, so that each request is handed to one that has.
#[derive(Debug)]
struct Client {
    inner: reqwest::Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.inner.clone();
        let sent = async move { client.send_bytes(request).await };
        self.runtime.spawn(sent).await?
    }
}
