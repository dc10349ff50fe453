//! What a server tells of itself while it runs, beside its metrics.

use std::num::NonZeroU32;

use tracing_subscriber::filter::LevelFilter;

/// The log, on standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// How its lines are written. Default [`LogFormat::Text`].
    pub format: LogFormat,
    /// What is worth a line. Default warnings: what somebody has to look at.
    pub level: LevelFilter,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            level: LevelFilter::WARN,
        }
    }
}

/// How the lines of a log are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object of JSON each.
    Json,
}

/// Traces of requests, which go to a collector over OTLP 1: protobuf over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceSettings {
    /// Where they go, for instance `http://127.0.0.1:4318/v1/traces`. In the clear only on this machine.
    pub endpoint: String,
    /// One trace in so many is told, chosen by its id, so that all that take part in it choose alike. A caller can't have more told.
    /// Default 100.
    pub one_in: NonZeroU32,
}

impl TraceSettings {
    /// One trace in a hundred.
    pub const ONE_IN: NonZeroU32 = NonZeroU32::new(100).expect("it is not zero");
}
