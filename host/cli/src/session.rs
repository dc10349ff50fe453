//! Orders to a host: a running one does them itself, here or at an address, and where none runs they are done in its state folder by
//! a host that lives as long as the command.
//!
//! Must never do anything in one case that it doesn't do in the other.

use std::path::Path;
use std::thread;
use std::time::Duration;

use lictor::{
    CacheSettings, Host, HostSettings, Operator, RecallSettings, Refused, Reply, Settings, Sink,
    StateError, Store, Turn, Verb,
};
use lictor_socket::{Client, SocketError};

use crate::arguments::{HostCacheArguments, HostPlaceArguments, ReasonArguments, RemoteArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::remote::Remote;
use crate::trusted;

/// How often and how long a folder is tried that somebody holds who takes no orders: another command, which is soon done, or
/// a host that starts.
const TRIES: u32 = 40;
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// A host that takes orders.
#[derive(Debug)]
pub struct Session {
    end: End,
}

#[derive(Debug)]
enum End {
    Running(Running),
    Resting(Box<Host>),
}

/// A host that runs.
#[derive(Debug)]
pub(crate) enum Running {
    /// On this machine, by the socket in its state folder.
    Here(Client),
    /// Wherever it is, by its operators' address.
    There(Box<Remote>),
}

impl Running {
    /// Has a verb done in the name of who makes the change; far away the host knows by what is shown who that is.
    ///
    /// # Errors
    /// The host refuses it, or can't be reached any more.
    pub(crate) fn operate(
        &mut self,
        verb: Verb,
        reason: &ReasonArguments,
    ) -> Result<Reply, Failure> {
        let why = reason.why.clone();
        let done = match self {
            Self::Here(client) => {
                let by = trusted::by(reason);
                client.operate(verb, &Operator { by, why })?
            }
            Self::There(remote) => {
                if reason.by.is_some() {
                    let message = "a server knows by what is shown who makes a change, so that `--by` is for a state folder";
                    return Err(Failure::new(Exit::Usage, message));
                }
                let by = String::new();
                remote.operate(verb, &Operator { by, why })?
            }
        };
        Ok(done?)
    }

    /// Has a verb done that changes nothing.
    ///
    /// # Errors
    /// As for [`Running::operate`].
    pub(crate) fn ask(&mut self, verb: Verb) -> Result<Reply, Failure> {
        let (why, by) = (None, None);
        self.operate(verb, &ReasonArguments { why, by })
    }
}

impl Session {
    /// Finds the host of a state folder, or of an address.
    ///
    /// # Errors
    /// There is no state, it can't be used, or somebody holds it who takes no orders; or there is nothing to show to a server.
    pub fn open(typed: &HostPlaceArguments) -> Result<Self, Failure> {
        let end = match holder(typed.state.as_deref(), &typed.remote)? {
            Holder::Host(running) => End::Running(running),
            Holder::Us(store) => {
                let settings = HostSettings {
                    workers: 1,
                    queue: 1,
                    recall: RecallSettings::off(),
                    ..settings(&typed.cache, 1)
                };
                End::Resting(Box::new(host(store, settings)?))
            }
        };
        Ok(Self { end })
    }

    /// Has a verb done in the name of who makes the change.
    ///
    /// # Errors
    /// The host refuses it, or can't be reached any more.
    pub fn order(&mut self, verb: Verb, reason: &ReasonArguments) -> Result<Reply, Failure> {
        match &mut self.end {
            End::Running(running) => running.operate(verb, reason),
            End::Resting(host) => {
                let operator = Operator {
                    by: trusted::by(reason),
                    why: reason.why.clone(),
                };
                Ok(host.operate(verb, &operator)?)
            }
        }
    }

    /// Has a verb done that changes nothing.
    ///
    /// # Errors
    /// As for [`Session::order`].
    pub fn ask(&mut self, verb: Verb) -> Result<Reply, Failure> {
        let nobody = ReasonArguments {
            why: None,
            by: None,
        };
        self.order(verb, &nobody)
    }

    /// Whether a running host does what is asked.
    pub fn is_running(&self) -> bool {
        matches!(self.end, End::Running(_))
    }
}

/// Who holds a state.
pub(crate) enum Holder {
    /// A host, which takes orders.
    Host(Running),
    /// This process, from now on.
    Us(Store),
}

/// Finds out who holds a state folder; where nobody does, it is this process from now on. A server holds its own.
///
/// # Errors
/// There is no state, it can't be used, or somebody holds it who takes no orders; or there is nothing to show to a server.
pub(crate) fn holder(state: Option<&Path>, remote: &RemoteArguments) -> Result<Holder, Failure> {
    match (state, &remote.server) {
        (_, Some(address)) => Ok(Holder::Host(Running::There(
            Remote::new(address, remote)?.into(),
        ))),
        (Some(state), None) => holder_of(state),
        (None, None) => Err(Failure::new(
            Exit::Usage,
            "name a `--state` or a `--server`",
        )),
    }
}

fn holder_of(state: &Path) -> Result<Holder, Failure> {
    for _ in 1..TRIES {
        let held = match Store::open(state) {
            Err(error @ StateError::Held { .. }) => error,
            opened => return Ok(Holder::Us(opened.map_err(absent)?)),
        };
        drop(held);
        match Client::connect(state) {
            Err(SocketError::Nobody { .. }) => thread::sleep(BETWEEN_TRIES),
            connected => return Ok(Holder::Host(Running::Here(connected?))),
        }
    }
    match Store::open(state) {
        Err(error @ StateError::Held { .. }) => {
            let failure = Failure::from(error);
            Err(failure.or_hint(
                "it takes no orders: end it, or try again when it is done with what it does",
            ))
        }
        opened => Ok(Holder::Us(opened.map_err(absent)?)),
    }
}

/// Opening a store, with what to do where there is none.
pub fn absent(error: StateError) -> Failure {
    let is_absent = match &error {
        StateError::Absent { .. } => true,
        StateError::Folder { source, .. } => source.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    };
    let failure = Failure::from(error);
    if !is_absent {
        return failure;
    }
    failure.or_hint("`lictor keys trust --first` makes one, with whom the host is to trust")
}

/// A host's settings, with so many slots.
pub fn settings(typed: &HostCacheArguments, slots: u32) -> HostSettings {
    let cache = typed.cache.as_ref().zip(typed.cache_key.as_ref());
    HostSettings {
        engine: Settings {
            slots,
            cache: cache.map(|(folder, key)| CacheSettings::new(folder, key)),
            ..Settings::default()
        },
        ..HostSettings::default()
    }
}

/// A host with what its store remembers.
///
/// # Errors
/// The machine can't give what is needed, or what is remembered can't be read.
pub fn host(store: Store, settings: HostSettings) -> Result<Host, Failure> {
    host_that_records(store, settings, Sink::none())
}

/// The same, with somewhere for the records of its decisions.
///
/// # Errors
/// As for [`host`].
pub fn host_that_records(
    store: Store,
    settings: HostSettings,
    sink: Sink,
) -> Result<Host, Failure> {
    let builder = Host::builder().settings(settings).state(store);
    let built = builder.sink(sink).build();
    built.map_err(|error| match error {
        lictor::BuildError::Trust(error) => error.into(),
        error => Failure::with_hint_line(Exit::HostFault, &error.to_string()),
    })
}

/// An answer that no version of this program gives.
pub fn unexpected(reply: &Reply) -> Failure {
    // Only its kind, since its texts may be a tenant's.
    let text = serde_json::to_value(reply).unwrap_or_default();
    let kind = text
        .as_object()
        .and_then(|it| it.keys().next().cloned())
        .unwrap_or_default();
    let failure = Failure::new(Exit::HostFault, format!("the host answers with `{kind}`"));
    failure.hint("is it of another version than this command line?")
}

// --- Errors

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        let exit = match refused.turn {
            Turn::Caller | Turn::Unknown | Turn::Conflict => Exit::Input,
            Turn::Author => Exit::Refused,
            Turn::Policy => Exit::PolicyFault,
            Turn::Host => Exit::HostFault,
        };
        let failure = Self::new(exit, refused.message);
        match refused.hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<SocketError> for Failure {
    fn from(error: SocketError) -> Self {
        let hint = match &error {
            SocketError::BrokenOff | SocketError::Silent { .. } => {
                Some("it may or may not have been done: ask the host again, or look at its log")
            }
            SocketError::Garbled { .. } => {
                Some("is the host of another version than this command line?")
            }
            _ => None,
        };
        let failure = Self::new(Exit::HostFault, error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
