//! What a server tells of itself while it runs, beside its metrics: a log, and traces of requests.

mod collector;
mod trace;

use std::io;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

pub(crate) use collector::Traces;
pub(crate) use trace::follow;

use crate::settings::{LogFormat, LogSettings};

/// The target of all that Lictor's crates tell.
const TARGET: &str = "lictor";

/// Writes the log of this process to standard error from now on. A process has one log: where there is one, nothing changes, and
/// the answer is no.
pub fn start_log(settings: &LogSettings) -> bool {
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(false);
    let lines = match settings.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let told = Targets::new().with_target(TARGET, settings.level);
    let log = tracing_subscriber::registry().with(lines.with_filter(told));
    log.try_init().is_ok()
}
