//! Runs of `h2load`, and what they tell.

use std::fs;
use std::process::Command;

use anyhow::{Context, ensure};

use super::{Asked, number};
use crate::measure::percentile;

const PROGRAM: &str = "h2load";
/// Clients at the maximum load, each with this many requests under way where the protocol has streams.
const CLIENTS: u32 = 16;
const STREAMS: u32 = 8;

/// What came of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    pub(super) rate: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
}

/// What is asked for.
pub(super) struct Load;

pub(super) fn is_installed() -> bool {
    Command::new(PROGRAM).arg("--version").output().is_ok()
}

impl Load {
    /// As much as comes through.
    pub(super) fn maximum(asked: &Asked, quick: bool) -> anyhow::Result<Measured> {
        run(asked, CLIENTS, None, seconds(quick))
    }

    /// So many a second, however fast the answers are: what waits counts.
    pub(super) fn at(asked: &Asked, rate: f64, quick: bool) -> anyhow::Result<Measured> {
        let of_a_client = (rate / f64::from(CLIENTS)).round().max(1.0);
        run(asked, CLIENTS, Some(of_a_client), seconds(quick))
    }
}

fn seconds(quick: bool) -> f64 {
    if quick { 1.0 } else { 4.0 }
}

fn run(asked: &Asked, clients: u32, rate: Option<f64>, seconds: f64) -> anyhow::Result<Measured> {
    let log = std::env::temp_dir().join(format!("lictor-bench-load-{}", std::process::id()));
    drop(fs::remove_file(&log));
    let mut command = Command::new(PROGRAM);
    command
        .args(["-t", "1", "-c", &clients.to_string()])
        .args(["-D", &seconds.to_string(), "--warm-up-time", "500ms"])
        .arg(format!("--log-file={}", log.display()));
    if asked.is_http_2 {
        command.args(["-m", &STREAMS.to_string()]);
    } else {
        command.arg("--h1");
    }
    if let Some(rate) = rate {
        command.args(["--rps", &rate.to_string()]);
    }
    for header in &asked.headers {
        command.args(["-H", header]);
    }
    if let Some(body) = &asked.body {
        command.arg("-d").arg(body);
    }
    let said = command
        .arg(&asked.url)
        .output()
        .context("h2load can't be run")?;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    ensure!(said.status.success(), "h2load failed: {text}");
    let measured = measured(&text, &fs::read_to_string(&log)?);
    drop(fs::remove_file(&log));
    measured
}

/// The rate is h2load's own; times are those of the log, in microseconds.
fn measured(said: &str, log: &str) -> anyhow::Result<Measured> {
    let rate = said
        .lines()
        .find(|line| line.starts_with("finished in"))
        .and_then(|line| line.split(", ").nth(1)?.strip_suffix(" req/s"))
        .context("h2load told no rate")?;
    let mut times = Vec::new();
    for line in log.lines() {
        let mut fields = line.split('\t');
        let (status, time) = (fields.nth(1), fields.next());
        ensure!(status == Some("200"), "an answer has the status {status:?}");
        times.push(number(time.unwrap_or_default())? / 1e3);
    }
    ensure!(!times.is_empty(), "h2load logged nothing: {said}");
    Ok(Measured {
        rate: number(rate)?,
        p50_ms: percentile(&mut times, 50.0),
        p99_ms: percentile(&mut times, 99.0),
    })
}

/// A message of Envoy's in a frame of gRPC: a `GET` of a path, by a certificate's holder.
pub(super) fn envoy_frame() -> Vec<u8> {
    // A field of bytes or of another message; all of these are short.
    let field =
        |number: u8, content: &[u8]| [&[number << 3 | 2, content.len() as u8], content].concat();
    let header = |name: &str, value: &str| {
        let pair = [field(1, name.as_bytes()), field(2, value.as_bytes())].concat();
        field(3, &pair)
    };
    let http = [
        field(2, b"GET"),
        header("accept", "*/*"),
        header("x-request-id", "0af76519-16cd-43dd"),
        field(4, b"/orders/4711?page=2"),
        field(5, b"shop.example.com"),
        field(6, b"https"),
    ];
    let source = field(4, b"spiffe://shop.example.com/ann");
    let request = field(2, &http.concat());
    let route = [field(1, b"lictor-route"), field(2, b"bank")].concat();
    let attributes = [field(1, &source), long(4, &request), field(10, &route)].concat();
    let message = long(1, &attributes);
    let length = message.len() as u32;
    [&[0], &length.to_be_bytes()[..], &message].concat()
}

/// A field of up to 16 KiB.
fn long(number: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head = [number << 3 | 2, length as u8 | 0x80, (length >> 7) as u8];
    [&head[..], content].concat()
}
