//! The command line's end: one order after the other to a running host.

use std::io::ErrorKind;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use lictor::{Operator, Refused, Reply, SystemClock, Verb};

use crate::error::SocketError;
use crate::frame::Timed;
use crate::message::{Answer, Order};
use crate::{peer, place};

/// How long an order may take to be sent.
const SENDING: Duration = Duration::from_secs(60);
/// How long an answer is waited for: artifacts are compiled meanwhile.
const ANSWERING: Duration = Duration::from_secs(900);

/// A connection to a running host.
#[derive(Debug)]
pub struct Client {
    stream: UnixStream,
    clock: SystemClock,
}

impl Client {
    /// Connects to the host that holds the store in a state folder.
    ///
    /// # Errors
    /// Nobody listens there, or a process of another user does.
    pub fn connect(folder: &Path) -> Result<Self, SocketError> {
        let path = || place::path(folder);
        let stream = place::connect(folder).map_err(|source| match source.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => {
                SocketError::Nobody { path: path() }
            }
            _ => SocketError::Socket {
                path: path(),
                source,
            },
        })?;
        peer::check(&stream)?;
        Ok(Self {
            stream,
            clock: SystemClock::new(),
        })
    }

    /// Gives an order and waits for its answer.
    ///
    /// # Errors
    /// The connection fails; then it isn't known whether the order was carried out.
    pub fn operate(
        &mut self,
        verb: Verb,
        operator: &Operator,
    ) -> Result<Result<Reply, Refused>, SocketError> {
        let order = Order {
            by: operator.by.clone(),
            why: operator.why.clone(),
            verb,
        };
        let sent = Timed::new(&self.stream, &self.clock, SENDING).send(order);
        // A host that takes no more of it may have said why.
        if let Err(error) = sent
            && !matches!(error, SocketError::BrokenOff)
        {
            return Err(error);
        }
        let mut waiting = Timed::new(&self.stream, &self.clock, ANSWERING);
        let first = waiting.first_byte()?.ok_or(SocketError::BrokenOff)?;
        match waiting.receive(first)? {
            Answer::Done(reply) => Ok(Ok(reply)),
            Answer::Refused(refused) => Ok(Err(refused)),
        }
    }
}
