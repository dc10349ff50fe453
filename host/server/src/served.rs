//! What all connections of a server share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lictor::Host;

use crate::metrics::Metrics;
use crate::settings::ServerSettings;

/// The host that is served, and how.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) host: Host,
    pub(crate) settings: ServerSettings,
    pub(crate) metrics: Arc<Metrics>,
    page_key: [u8; 32],
    is_stopping: AtomicBool,
}

impl Served {
    pub(crate) fn new(host: Host, settings: ServerSettings, page_key: [u8; 32]) -> Self {
        Self {
            metrics: Metrics::new(host.clone()).into(),
            host,
            settings,
            page_key,
            is_stopping: AtomicBool::new(false),
        }
    }

    /// What marks the pages of searches: another one after each start.
    pub(crate) fn page_key(&self) -> &[u8; 32] {
        &self.page_key
    }

    /// From now on nobody should send anything more.
    pub(crate) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }
}
