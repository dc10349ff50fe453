//! Frees what was replaced, away from the request path.
//!
//! Dropping a component purges its images from all slots of the pool, and freeing a large document gives back its pages; both
//! take long. So the last handle to a snapshot that was replaced is held here until no request uses it any more.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use crate::view::View;

/// How often replaced snapshots are looked at while some are still in use.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Takes snapshots that were replaced.
#[derive(Clone, Debug)]
pub(crate) struct Retirement {
    // Unbounded, but only what operators replace goes in.
    sender: Sender<Arc<View>>,
}

impl Retirement {
    /// Starts the thread that frees. It ends when the last sender is gone.
    pub(crate) fn start() -> io::Result<Self> {
        let (sender, receiver) = unbounded();
        thread::Builder::new()
            .name("lictor-retire".to_owned())
            .spawn(move || drop_unused(&receiver))?;
        Ok(Self { sender })
    }

    /// Hands over what no further request shall use.
    pub(crate) fn retire(&self, view: Arc<View>) {
        // The thread lives as long as this sender. If it died all the same, the snapshot is dropped here.
        let _ = self.sender.send(view);
    }
}

fn drop_unused(receiver: &Receiver<Arc<View>>) {
    let mut held: Vec<Arc<View>> = Vec::new();
    loop {
        let next = if held.is_empty() {
            receiver.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            receiver.recv_timeout(LOOK_AGAIN)
        };
        match next {
            Ok(view) => held.push(view),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        held.retain(|view| Arc::strong_count(view) > 1);
    }
}
