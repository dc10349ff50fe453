//! The log and the traces, as the file has them.

use std::net::IpAddr;
use std::num::NonZeroU32;

use reqwest::Url;
use serde::Deserialize;
use toml::Spanned;

use super::Reader;
use crate::settings::telemetry::{LogFormat, LogSettings, TraceSettings};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Log {
    format: Option<Spanned<String>>,
    level: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Traces {
    endpoint: Option<Spanned<String>>,
    one_in: Option<Spanned<NonZeroU32>>,
}

impl Reader<'_> {
    pub(super) fn log(&mut self, file: &Log) -> LogSettings {
        let default = LogSettings::default();
        let format = file.format.as_ref().and_then(|it| self.read(it, format_of));
        let level = file.level.as_ref().and_then(|it| {
            self.read(it, |text| {
                let levels = "a level is `off`, `error`, `warn`, `info`, `debug` or `trace`";
                text.parse().map_err(|_| levels.to_owned())
            })
        });
        LogSettings {
            format: format.unwrap_or(default.format),
            level: level.unwrap_or(default.level),
        }
    }

    pub(super) fn traces(&mut self, file: &Traces) -> Option<TraceSettings> {
        let endpoint = file.endpoint.as_ref();
        let endpoint = endpoint.and_then(|it| self.read(it, endpoint_of))?;
        let one_in = file.one_in.as_ref().map(|it| *it.get_ref());
        Some(TraceSettings {
            endpoint,
            one_in: one_in.unwrap_or(TraceSettings::ONE_IN),
        })
    }
}

fn format_of(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("a format is `text` or `json`".to_owned()),
    }
}

/// Traces name tenants and what they ask, so they go over a network encrypted only.
fn endpoint_of(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| format!("`{text}` is no address: {error}"))?;
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_here = host == "localhost" || bare.parse().is_ok_and(|it: IpAddr| it.is_loopback());
    match url.scheme() {
        "https" => Ok(text.to_owned()),
        "http" if is_here => Ok(text.to_owned()),
        "http" => Err("traces would go over a network in the clear: use `https`".to_owned()),
        _ => Err("the address of a collector begins with `http://` or `https://`".to_owned()),
    }
}
