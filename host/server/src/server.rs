//! A running server.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use lictor::Host;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::admin;
use crate::connection::Protocol;
use crate::listener::{Intake, Listener};
use crate::metrics::Metrics;
use crate::route;
use crate::served::Served;
use crate::settings::{Address, ServerSettings, TlsSettings, TrafficLimits};
use crate::telemetry::Traces;
use crate::tls::{Certificate, TlsError};

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address can't be listened on.
    #[error("`{address}` can't be listened on: {source}")]
    Listen {
        /// The address.
        address: Address,
        /// What the system says.
        source: io::Error,
    },
    /// The certificate can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// No threads can be started.
    #[error("the threads of the server can't be started: {0}")]
    Threads(io::Error),
    /// The operating system gives no random numbers.
    #[error("the operating system gives no random numbers: {0}")]
    Random(String),
    /// Traces can't be sent.
    #[error("the traces can't be set up: {0}")]
    Traces(String),
}

/// A server that takes requests from the moment on when it is made, on threads of its own.
#[derive(Debug)]
pub struct Server {
    runtime: Runtime,
    served: Arc<Served>,
    decisions: Door,
    admin: Door,
    stopping: watch::Sender<bool>,
}

/// One listener with what serves it.
#[derive(Debug)]
struct Door {
    address: Address,
    certificate: Option<Arc<Certificate>>,
    intake: JoinHandle<()>,
}

impl Server {
    /// Starts a server for a host.
    ///
    /// # Errors
    /// An address, a certificate or the machine's resources can't be used.
    pub fn start(host: Host, settings: ServerSettings) -> Result<Self, ServeError> {
        let mut page_key = [0; 32];
        getrandom::fill(&mut page_key).map_err(|error| ServeError::Random(error.to_string()))?;
        let runtime = Builder::new_multi_thread()
            .thread_name("lictor-serve")
            .enable_all()
            .build()
            .map_err(ServeError::Threads)?;
        let traces = settings.traces.as_ref();
        let traces = traces.map(|it| Traces::start(it, runtime.handle()));
        let traces = traces.transpose()?;
        let (stopping, told) = watch::channel(false);
        let served = Arc::new(Served::new(host, settings.clone(), traces, page_key));
        let ca = settings.clients.ca;
        let decisions = Opening {
            listen: settings.listen,
            tls: settings.tls,
            ca: ca.clone(),
            router: route::router(Arc::clone(&served)),
            metrics: Arc::clone(&served.metrics),
            limits: settings.traffic.clone(),
        };
        let decisions = decisions.open(&runtime, told.clone())?;
        let admin = Opening {
            listen: settings.admin.listen,
            tls: settings.admin.tls,
            ca,
            router: admin::router(Arc::clone(&served)),
            metrics: Arc::clone(&served.metrics),
            limits: TrafficLimits {
                connections: settings.admin.connections,
                ..settings.traffic
            },
        };
        let admin = admin.open(&runtime, told)?;
        Ok(Self {
            runtime,
            served,
            decisions,
            admin,
            stopping,
        })
    }

    /// Where it takes requests to decide.
    pub fn address(&self) -> &Address {
        &self.decisions.address
    }

    /// Where it takes operators' orders.
    pub fn admin_address(&self) -> &Address {
        &self.admin.address
    }

    /// Takes settings over while requests are served, and reads the certificates again; connections that are there keep the one that
    /// they have. Gives the names of what a server is started with, and keeps as it was.
    ///
    /// # Errors
    /// The files can't be used; nothing is taken over then, and new connections see what they saw before.
    pub fn reload(&self, settings: ServerSettings) -> Result<Vec<&'static str>, TlsError> {
        let before = self.served.settings();
        let (kept, settings) = before.with_changes_of(settings);
        let ca = settings.clients.ca.as_deref();
        for (door, tls) in [
            (&self.decisions, &settings.tls),
            (&self.admin, &settings.admin.tls),
        ] {
            if let (Some(certificate), Some(tls)) = (&door.certificate, tls) {
                certificate.reload(tls, ca)?;
            }
        }
        drop(before);
        self.served.set(settings);
        Ok(kept)
    }

    /// Says that it is not ready any more, takes no new connections, answers what is in flight within
    /// [`stop_within`](crate::TrafficLimits::stop_within), and ends.
    pub fn stop(self) {
        self.served.stop();
        // The intakes are there until they are told.
        self.stopping.send_replace(true);
        drop(self.runtime.block_on(self.decisions.intake));
        drop(self.runtime.block_on(self.admin.intake));
        if let Some(traces) = &self.served.traces {
            traces.end();
        }
        self.runtime.shutdown_background();
    }
}

/// What a door is made of.
struct Opening {
    listen: Address,
    tls: Option<TlsSettings>,
    ca: Option<PathBuf>,
    router: Router,
    metrics: Arc<Metrics>,
    limits: TrafficLimits,
}

impl Opening {
    /// Listens, and takes connections in from now on.
    fn open(self, runtime: &Runtime, told: watch::Receiver<bool>) -> Result<Door, ServeError> {
        let load = |tls| Certificate::load(tls, self.ca.as_deref());
        let certificate = self.tls.as_ref().map(load).transpose()?.map(Arc::new);
        let wanted = self.listen;
        let listener = runtime.block_on(Listener::bind(&wanted));
        let bound = listener.and_then(|it| Ok((it.address()?, it)));
        let (address, listener) = bound.map_err(|source| ServeError::Listen {
            address: wanted,
            source,
        })?;
        let limits = self.limits;
        let intake = Intake {
            listener,
            protocol: Protocol::new(self.router, &limits),
            certificate: certificate.clone(),
            metrics: self.metrics,
            connections: limits.connections,
            handshake_within: limits.head_within,
            stop_within: limits.stop_within,
        };
        Ok(Door {
            address,
            certificate,
            intake: runtime.spawn(intake.run(told)),
        })
    }
}
