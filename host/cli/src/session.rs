//! Orders to a host: a running one does them itself, and where none runs they are done in its state folder by a host that
//! lives as long as the command.
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

use crate::arguments::{HostCacheArguments, HostPlaceArguments, ReasonArguments};
use crate::exit::Exit;
use crate::failure::Failure;
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
    Running(Client),
    Resting(Box<Host>),
}

impl Session {
    /// Finds the host of a state folder.
    ///
    /// # Errors
    /// There is no state, it can't be used, or somebody holds it who takes no orders.
    pub fn open(typed: &HostPlaceArguments) -> Result<Self, Failure> {
        let end = match holder(&typed.state)? {
            Holder::Host(client) => End::Running(client),
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
        let operator = Operator {
            by: trusted::by(reason),
            why: reason.why.clone(),
        };
        self.operate(verb, &operator)
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

    fn operate(&mut self, verb: Verb, operator: &Operator) -> Result<Reply, Failure> {
        let done = match &mut self.end {
            End::Running(client) => client.operate(verb, operator)?,
            End::Resting(host) => host.operate(verb, operator),
        };
        Ok(done?)
    }
}

/// Who holds a state folder.
pub(crate) enum Holder {
    /// A host, which takes orders.
    Host(Client),
    /// This process, from now on.
    Us(Store),
}

/// Finds out who holds a state folder; where nobody does, it is this process from now on.
///
/// # Errors
/// There is no state, it can't be used, or somebody holds it who takes no orders.
pub(crate) fn holder(state: &Path) -> Result<Holder, Failure> {
    for _ in 1..TRIES {
        let held = match Store::open(state) {
            Err(error @ StateError::Held { .. }) => error,
            opened => return Ok(Holder::Us(opened.map_err(absent)?)),
        };
        drop(held);
        match Client::connect(state) {
            Err(SocketError::Nobody { .. }) => thread::sleep(BETWEEN_TRIES),
            connected => return Ok(Holder::Host(connected?)),
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

/// Asks a running host for something that changes nothing.
///
/// # Errors
/// It refuses, or can't be reached any more.
pub(crate) fn look(client: &mut Client, verb: Verb) -> Result<Reply, Failure> {
    let nobody = ReasonArguments {
        why: None,
        by: None,
    };
    let operator = Operator {
        by: trusted::by(&nobody),
        why: None,
    };
    Ok(client.operate(verb, &operator)??)
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
