//! A running server.

use std::io;
use std::sync::Arc;

use lictor::Host;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::connection::Protocol;
use crate::listener::{Intake, Listener};
use crate::route;
use crate::served::Served;
use crate::settings::{Address, ServerSettings};
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
}

/// A server that takes requests from the moment on when it is made, on threads of its own.
#[derive(Debug)]
pub struct Server {
    runtime: Runtime,
    served: Arc<Served>,
    address: Address,
    certificate: Option<Arc<Certificate>>,
    stopping: watch::Sender<bool>,
    intake: JoinHandle<()>,
}

impl Server {
    /// Starts a server for a host.
    ///
    /// # Errors
    /// The address, the certificate or the machine's resources can't be used.
    pub fn start(host: Host, settings: ServerSettings) -> Result<Self, ServeError> {
        let mut page_key = [0; 32];
        getrandom::fill(&mut page_key).map_err(|error| ServeError::Random(error.to_string()))?;
        let certificate = settings.tls.clone().map(Certificate::load).transpose()?;
        let certificate = certificate.map(Arc::new);
        let runtime = Builder::new_multi_thread()
            .thread_name("lictor-serve")
            .enable_all()
            .build()
            .map_err(ServeError::Threads)?;
        let limits = settings.traffic.clone();
        let wanted = settings.listen.clone();
        let listener = runtime.block_on(Listener::bind(&wanted));
        let bound = listener.and_then(|it| Ok((it.address()?, it)));
        let (address, listener) = bound.map_err(|source| ServeError::Listen {
            address: wanted,
            source,
        })?;
        let served = Arc::new(Served::new(host, settings, page_key));
        let (stopping, told) = watch::channel(false);
        let intake = Intake {
            listener,
            protocol: Protocol::new(route::router(Arc::clone(&served)), &limits),
            certificate: certificate.clone(),
            metrics: Arc::clone(&served.metrics),
            connections: limits.connections,
            handshake_within: limits.head_within,
            stop_within: limits.stop_within,
        };
        let intake = runtime.spawn(intake.run(told));
        Ok(Self {
            runtime,
            served,
            address,
            certificate,
            stopping,
            intake,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Reads the certificate and its key again; connections that are there keep the one that they have.
    ///
    /// # Errors
    /// The files can't be used; new connections see what they saw before.
    pub fn reload(&self) -> Result<(), TlsError> {
        match &self.certificate {
            Some(certificate) => certificate.reload(),
            None => Ok(()),
        }
    }

    /// Says that it is not ready any more, takes no new connections, answers what is in flight within
    /// [`stop_within`](crate::TrafficLimits::stop_within), and ends.
    pub fn stop(self) {
        self.served.stop();
        // The intake is there until it is told.
        self.stopping.send_replace(true);
        drop(self.runtime.block_on(self.intake));
        self.runtime.shutdown_background();
    }
}
