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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::TenantSettings;
    use crate::view::Base;

    #[test]
    fn what_is_in_use_is_kept_and_freed_afterwards() {
        let view = || Arc::new(View::new(TenantSettings::default(), &Base::default()));
        let retirement = Retirement::start().unwrap();
        let in_use = view();
        let (known, request) = (Arc::downgrade(&in_use), Arc::clone(&in_use));
        retirement.retire(in_use);
        // Once this one is gone, the first has been looked at.
        let other = view();
        let gone = Arc::downgrade(&other);
        retirement.retire(other);
        while gone.strong_count() > 0 {
            thread::yield_now();
        }
        assert_eq!(known.strong_count(), 2, "a request still uses it");
        // The request never holds the last handle, so it frees nothing.
        drop(request);
        while known.strong_count() > 0 {
            thread::yield_now();
        }
    }
}
