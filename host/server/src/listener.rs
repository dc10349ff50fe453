//! Taking connections in, up to a bound.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::connection::Protocol;
use crate::metrics::Metrics;
use crate::peer::Peer;
use crate::settings::Address;
use crate::tls::Certificate;

/// How long is waited after a connection could not be taken in, which is mostly because no more files can be opened.
const AFTER_FAILURE: Duration = Duration::from_millis(50);

/// Where connections come from.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, SocketFile),
}

/// The name of a Unix socket, which goes with it.
#[derive(Debug)]
pub(crate) struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Where it is gone already, nothing is left to do.
        drop(std::fs::remove_file(&self.0));
    }
}

impl Listener {
    pub(crate) async fn bind(address: &Address) -> io::Result<Self> {
        match address {
            Address::Tcp(address) => Ok(Self::Tcp(TcpListener::bind(address).await?)),
            Address::Unix(path) => {
                let listener = bind_unix(path)?;
                Ok(Self::Unix(listener, SocketFile(path.clone())))
            }
        }
    }

    /// Where it listens: the port that was found, where any was asked for.
    pub(crate) fn address(&self) -> io::Result<Address> {
        match self {
            Self::Tcp(listener) => Ok(Address::Tcp(listener.local_addr()?)),
            Self::Unix(_, SocketFile(path)) => Ok(Address::Unix(path.clone())),
        }
    }
}

/// Makes a socket that only this user can reach, under another name first, so that nobody else ever connects to it. It takes the
/// place of one that a killed server left.
fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(io::ErrorKind::AddrInUse.into());
    }
    let mut new = path.to_owned().into_os_string();
    new.push(".new");
    let new = PathBuf::from(new);
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&new)?;
    std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o600))?;
    std::fs::rename(&new, path)?;
    Ok(listener)
}

/// Takes connections in until it is told to stop, and then waits so long for those that are there.
pub(crate) struct Intake {
    pub(crate) listener: Listener,
    pub(crate) protocol: Protocol,
    pub(crate) certificate: Option<Arc<Certificate>>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) connections: usize,
    pub(crate) handshake_within: Duration,
    pub(crate) stop_within: Duration,
}

impl Intake {
    pub(crate) async fn run(self, mut stopping: watch::Receiver<bool>) {
        let places = Arc::new(Semaphore::new(self.connections));
        let graceful = GracefulShutdown::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&places, &graceful) => accepted,
                _ = stopping.wait_for(|stopping| *stopping) => break,
            };
            if accepted.is_err() {
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
        // No new connection is taken in from here on.
        drop(self.listener);
        drop(tokio::time::timeout(self.stop_within, graceful.shutdown()).await);
    }

    async fn accept(&self, places: &Arc<Semaphore>, graceful: &GracefulShutdown) -> io::Result<()> {
        match &self.listener {
            Listener::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // An answer is small and must not wait for more of it.
                stream.set_nodelay(true)?;
                self.take_in(stream, places, graceful);
            }
            Listener::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                self.take_in(stream, places, graceful);
            }
        }
        Ok(())
    }

    /// Serves a connection in a task of its own. One too many is closed.
    fn take_in<S>(&self, stream: S, places: &Arc<Semaphore>, graceful: &GracefulShutdown)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Some(place) = Place::take(places, &self.metrics) else {
            return;
        };
        let (protocol, watcher) = (self.protocol.clone(), graceful.watcher());
        let Some(certificate) = self.certificate.clone() else {
            tokio::spawn(async move {
                protocol.serve(stream, watcher).await;
                drop(place);
            });
            return;
        };
        let within = self.handshake_within;
        tokio::spawn(async move {
            if let Ok(Ok(stream)) = tokio::time::timeout(within, certificate.accept(stream)).await {
                let peer = Peer::of(stream.get_ref().1.peer_certificates());
                let protocol = match peer {
                    Some(peer) => protocol.with(peer),
                    None => protocol,
                };
                protocol.serve(stream, watcher).await;
            }
            drop(place);
        });
    }
}

/// One of the connections that there may be.
struct Place {
    metrics: Arc<Metrics>,
    _permit: OwnedSemaphorePermit,
}

impl Place {
    fn take(places: &Arc<Semaphore>, metrics: &Arc<Metrics>) -> Option<Self> {
        let Ok(permit) = Arc::clone(places).try_acquire_owned() else {
            metrics.connections_refused.inc();
            return None;
        };
        metrics.connections.inc();
        Some(Self {
            metrics: Arc::clone(metrics),
            _permit: permit,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.metrics.connections.dec();
    }
}
