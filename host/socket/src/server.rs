//! The host's end: takes connections, and on each one order after the other.
//!
//! A few threads at most. A peer that is silent, slow or talks garbage is given up, and never keeps another from being served.

use std::collections::HashMap;
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{fs, io, thread};

use lictor::{Operator, Refused, Reply, SystemClock, Turn, Verb};

use crate::error::SocketError;
use crate::frame::Timed;
use crate::message::{Answer, Order};
use crate::{peer, place};

/// What bounds a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerSettings {
    /// How many connections are served at once; more are told so and closed. Default 16.
    pub connections: usize,
    /// How long a connection may be without an order. Default 60 s.
    pub idle: Duration,
    /// How long an order may take to come in once it has begun, and an answer to be taken. Default 60 s.
    pub frame: Duration,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            connections: 16,
            idle: Duration::from_secs(60),
            frame: Duration::from_secs(60),
        }
    }
}

/// What does the verbs.
type Operate = dyn Fn(Verb, &Operator) -> Result<Reply, Refused> + Send + Sync;

/// Listens until it is closed or dropped.
pub struct Server {
    shared: Arc<Shared>,
    path: PathBuf,
    acceptor: Option<JoinHandle<()>>,
}

struct Shared {
    settings: ServerSettings,
    operate: Box<Operate>,
    clock: SystemClock,
    is_closing: AtomicBool,
    connections: Mutex<Connections>,
}

/// The connections that are open, each with the thread that serves it.
#[derive(Default)]
struct Connections {
    last: u64,
    open: HashMap<u64, UnixStream>,
    threads: HashMap<u64, JoinHandle<()>>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Listens in a state folder, whose store the caller holds, and has every order done by `operate`.
    ///
    /// # Errors
    /// The socket can't be made, or a thread not be started.
    pub fn listen(
        folder: &Path,
        settings: ServerSettings,
        operate: impl Fn(Verb, &Operator) -> Result<Reply, Refused> + Send + Sync + 'static,
    ) -> Result<Self, SocketError> {
        let path = place::path(folder);
        let unusable = |source: io::Error| SocketError::Socket {
            path: place::path(folder),
            source,
        };
        let listener = place::listen(folder).map_err(unusable)?;
        let shared = Arc::new(Shared {
            settings,
            operate: Box::new(operate),
            clock: SystemClock::new(),
            is_closing: AtomicBool::new(false),
            connections: Mutex::default(),
        });
        let accepting = Arc::clone(&shared);
        let acceptor = thread::Builder::new()
            .name("operators".to_owned())
            .spawn(move || accept(&accepting, &listener))
            .map_err(unusable)?;
        Ok(Self {
            shared,
            path,
            acceptor: Some(acceptor),
        })
    }

    /// Takes no more orders, waits for those that have begun, and takes the socket away.
    pub fn close(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_closing.store(true, Ordering::SeqCst);
        // The acceptor waits for a connection: this is one.
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let woken = place::connect(folder).is_ok();
        if let Some(acceptor) = self.acceptor.take()
            && woken
        {
            drop(acceptor.join());
        }
        // Each of them reads the end of its connection, after it has answered what it is about.
        let threads = {
            let mut connections = self.shared.connections();
            for stream in connections.open.values() {
                drop(stream.shutdown(Shutdown::Read));
            }
            std::mem::take(&mut connections.threads)
        };
        for thread in threads.into_values() {
            drop(thread.join());
        }
        drop(fs::remove_file(&self.path));
    }
}

impl Shared {
    fn connections(&self) -> MutexGuard<'_, Connections> {
        // Every change of the maps is whole.
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn accept(shared: &Arc<Shared>, listener: &UnixListener) {
    loop {
        let accepted = listener.accept();
        if shared.is_closing.load(Ordering::SeqCst) {
            return;
        }
        match accepted {
            Ok((stream, _)) => take(shared, stream),
            // No descriptors left, most likely: some come back when others are done. Trying again at once would take a core meanwhile.
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// Gives a connection a thread of its own, if it may have one.
fn take(shared: &Arc<Shared>, stream: UnixStream) {
    if peer::check(&stream).is_err() {
        return;
    }
    let mut connections = shared.connections();
    connections
        .threads
        .retain(|_, thread| !thread.is_finished());
    if connections.open.len() >= shared.settings.connections {
        drop(connections);
        let count = shared.settings.connections;
        let message = format!("the host talks to {count} operators already");
        let refused = Refused::new(Turn::Host, message)
            .hint("wait until one is done, or end a `lictor rollout watch`");
        // Fits the socket's buffer, so that nobody is waited for.
        drop(answer(shared, &stream, Answer::Refused(refused)));
        return;
    }
    let Ok(copy) = stream.try_clone() else {
        return;
    };
    connections.last += 1;
    let number = connections.last;
    connections.open.insert(number, copy);
    let serving = Arc::clone(shared);
    let spawned = thread::Builder::new()
        .name("operator".to_owned())
        .spawn(move || {
            let _open = Open {
                shared: &serving,
                number,
            };
            serve(&serving, &stream);
        });
    match spawned {
        Ok(thread) => {
            connections.threads.insert(number, thread);
        }
        Err(_) => {
            connections.open.remove(&number);
        }
    }
}

/// A connection that counts as open, until this is dropped.
struct Open<'a> {
    shared: &'a Shared,
    number: u64,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.shared.connections().open.remove(&self.number);
    }
}

/// Serves a connection to its end.
fn serve(shared: &Shared, stream: &UnixStream) {
    loop {
        let order = match receive(shared, stream) {
            Ok(Some(order)) => order,
            Ok(None) => return,
            Err(error) => {
                // Where the next order begins isn't known any more.
                let refused = Refused::new(Turn::Caller, &error)
                    .hint("is the host of another version than this command line?");
                drop(answer(shared, stream, Answer::Refused(refused)));
                return;
            }
        };
        let operator = Operator {
            by: order.by,
            why: order.why,
        };
        let done = match (shared.operate)(order.verb, &operator) {
            Ok(reply) => Answer::Done(reply),
            Err(refused) => Answer::Refused(refused),
        };
        if answer(shared, stream, done).is_err() {
            return;
        }
    }
}

fn receive(shared: &Shared, stream: &UnixStream) -> Result<Option<Order>, SocketError> {
    let idle = shared.settings.idle;
    // Who never says anything needs no answer.
    let first = Timed::new(stream, &shared.clock, idle).first_byte();
    let Ok(Some(first)) = first else {
        return Ok(None);
    };
    Timed::new(stream, &shared.clock, shared.settings.frame)
        .receive(first)
        .map(Some)
}

fn answer(shared: &Shared, stream: &UnixStream, answer: Answer) -> Result<(), SocketError> {
    let send =
        |answer| Timed::new(stream, &shared.clock, shared.settings.frame).send::<Answer>(answer);
    match send(answer) {
        // Nothing of it was sent.
        Err(error @ SocketError::TooLarge { .. }) => {
            send(Answer::Refused(Refused::new(Turn::Host, error)))
        }
        sent => sent,
    }
}
