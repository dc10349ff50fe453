//! Drops what was replaced, away from the request path.
//!
//! Dropping a component purges its images from all slots of the pool, which takes long. So the last handle to a retired
//! binding is held here until no request uses it any more.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use crate::binding::Binding;

/// How often retired bindings are looked at while some are still in use.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Takes retired bindings.
#[derive(Clone, Debug)]
pub(crate) struct Retirement {
    // Unbounded, but only what operators replace goes in.
    sender: Sender<Arc<Binding>>,
}

impl Retirement {
    /// Starts the thread that drops. It ends when the last sender is gone.
    pub(crate) fn start() -> io::Result<Self> {
        let (sender, receiver) = unbounded();
        thread::Builder::new()
            .name("lictor-retire".to_owned())
            .spawn(move || drop_unused(&receiver))?;
        Ok(Self { sender })
    }

    /// Hands over what nobody shall use any more.
    pub(crate) fn retire(&self, bindings: Vec<Arc<Binding>>) {
        for binding in bindings {
            // The thread lives as long as this sender. If it died all the same, the binding is dropped here.
            let _ = self.sender.send(binding);
        }
    }
}

fn drop_unused(receiver: &Receiver<Arc<Binding>>) {
    let mut held: Vec<Arc<Binding>> = Vec::new();
    loop {
        let next = if held.is_empty() {
            receiver.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            receiver.recv_timeout(LOOK_AGAIN)
        };
        match next {
            Ok(binding) => held.push(binding),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        held.retain(|binding| Arc::strong_count(binding) > 1);
    }
}
