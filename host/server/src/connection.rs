//! One connection: HTTP/1.1 or 2, within the limits of time and size.
//!
//! Whoever sends slowly, or doesn't take what it is sent, loses the connection; nobody else notices.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::Watcher;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::peer::Peer;
use crate::settings::TrafficLimits;

/// The most bytes of a request's head.
const HEAD_BYTES_MAX: usize = 32 << 10;
/// The most headers of a request.
const HEADERS_MAX: usize = 100;
/// The most requests at once over one connection of HTTP/2.
const STREAMS_MAX: u32 = 100;
/// The bytes with which a connection of HTTP/2 begins. A request that is shorter is answered, and its connection then ends sooner.
const PREFACE_BYTES: usize = 24;
/// How often a client of HTTP/2 is asked whether it is still there, and how long it may take to say so.
const PING_EVERY: Duration = Duration::from_secs(20);

/// How connections are served.
#[derive(Clone)]
pub(crate) struct Protocol {
    builder: Builder<TokioExecutor>,
    router: Router,
    head_within: Duration,
    taken_within: Duration,
}

impl Protocol {
    pub(crate) fn new(router: Router, limits: &TrafficLimits) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_within)
            .max_headers(HEADERS_MAX)
            .max_buf_size(HEAD_BYTES_MAX);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(HEAD_BYTES_MAX as u32)
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_EVERY);
        Self {
            builder,
            router,
            head_within: limits.head_within,
            taken_within: limits.taken_within,
        }
    }

    /// The same for a client that showed a certificate.
    pub(crate) fn with(mut self, peer: Peer) -> Self {
        self.router = self.router.layer(Extension(peer));
        self
    }

    /// Serves a connection until it ends, or until the server does and what is in flight is answered.
    pub(crate) async fn serve<S>(&self, stream: S, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stream = Patient::new(stream, self.head_within, self.taken_within);
        let stream = TokioIo::new(stream);
        let service = TowerToHyperService::new(self.router.clone());
        let connection = self.builder.serve_connection(stream, service);
        // A connection that breaks is the client's affair.
        drop(watcher.watch(connection.into_owned()).await);
    }
}

/// A stream whose other end must begin to speak, and must take what it is sent, within a time.
struct Patient<S> {
    stream: S,
    /// Runs until it has said which protocol it speaks; from there on the protocol has times of its own.
    beginning: Option<Pin<Box<Sleep>>>,
    begun_bytes: usize,
    within: Duration,
    /// Runs while the other end takes nothing.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    fn new(stream: S, begun_within: Duration, within: Duration) -> Self {
        Self {
            stream,
            beginning: Some(Box::pin(tokio::time::sleep(begun_within))),
            begun_bytes: 0,
            within,
            waiting: None,
        }
    }
}

impl<S: AsyncWrite + Unpin> Patient<S> {
    fn poll_patiently<T>(
        &mut self,
        context: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if let Poll::Ready(done) = poll(Pin::new(&mut self.stream), context) {
            self.waiting = None;
            return Poll::Ready(done);
        }
        let within = self.within;
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(within)));
        ready!(waiting.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let Some(beginning) = &mut self.beginning else {
            return read;
        };
        if read.is_pending() {
            ready!(beginning.as_mut().poll(context));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        self.begun_bytes += buffer.filled().len() - before;
        if self.begun_bytes >= PREFACE_BYTES {
            self.beginning = None;
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_patiently(context, |stream, context| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_patiently(context, |stream, context| {
            stream.poll_write_vectored(context, slices)
        })
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_patiently(context, |stream, context| stream.poll_flush(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_patiently(context, |stream, context| stream.poll_shutdown(context))
    }
}
