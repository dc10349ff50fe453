//! What all connections of a server share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::{ArcSwap, Guard};
use lictor::Host;

use crate::admin::Places;
use crate::metrics::Metrics;
use crate::settings::ServerSettings;
use crate::telemetry::Traces;

/// The host that is served, and how.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) host: Host,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) traces: Option<Traces>,
    pub(crate) places: Places,
    settings: ArcSwap<ServerSettings>,
    page_key: [u8; 32],
    is_stopping: AtomicBool,
}

impl Served {
    pub(crate) fn new(
        host: Host,
        settings: ServerSettings,
        traces: Option<Traces>,
        page_key: [u8; 32],
    ) -> Self {
        Self {
            metrics: Metrics::new(host.clone()).into(),
            host,
            traces,
            places: Places::default(),
            settings: ArcSwap::from_pointee(settings),
            page_key,
            is_stopping: AtomicBool::new(false),
        }
    }

    /// How it is served now.
    pub(crate) fn settings(&self) -> Guard<Arc<ServerSettings>> {
        self.settings.load()
    }

    /// From the next request on it is served like this.
    pub(crate) fn set(&self, settings: ServerSettings) {
        self.settings.store(Arc::new(settings));
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
