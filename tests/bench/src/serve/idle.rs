//! Connections that wait: what each of them takes of the memory, from the slope, and that one too many is refused.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, ensure};
use lictor::Host;
use lictor_server::{Address, Server, ServerSettings, TrafficLimits};

use crate::figure::{Figure, Target};
use crate::machine;

/// As many connections as are held.
const MANY: usize = 8_000;
const REQUEST: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n";

/// Measures and judges.
pub(super) fn run(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let many = if quick { 400 } else { MANY };
    let settings = ServerSettings {
        listen: "127.0.0.1:0".parse().map_err(anyhow::Error::msg)?,
        traffic: TrafficLimits {
            connections: many,
            head_within: Duration::from_secs(300),
            ..TrafficLimits::default()
        },
        ..ServerSettings::default()
    };
    let server = Server::start(Host::builder().build()?, settings)?;
    let Address::Tcp(address) = *server.address() else {
        anyhow::bail!("the server listens on no port");
    };
    let connect = || TcpStream::connect(address);
    let mut held = Vec::with_capacity(many);
    // The first ones make what all of them share.
    for _ in 0..many / 8 {
        held.push(used(connect()?)?);
    }
    let (before, first) = (machine::status_kib("VmRSS"), held.len());
    while held.len() < many {
        held.push(used(connect()?)?);
    }
    let grown_kib = machine::status_kib("VmRSS").saturating_sub(before);
    let each_kib = grown_kib as f64 / (many - first) as f64;
    let mut refused = connect()?;
    drop(refused.write_all(REQUEST));
    let taken = refused.read(&mut [0]).unwrap_or_default();
    ensure!(taken == 0, "a connection more than {many} was served");
    drop(held);
    server.stop();
    let name = format!("memory of a connection that waits, of {many}, KiB");
    Ok(vec![
        Figure::new("serve", name, each_kib, Target::None)
            .value(format!("{each_kib:.1} KiB, one more is refused")),
    ])
}

/// A connection that was answered once, so that the server has taken it in.
fn used(mut stream: TcpStream) -> anyhow::Result<TcpStream> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(REQUEST)?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).context("it isn't answered")?;
    ensure!(&head == b"HTTP/1.1 200", "it is refused");
    Ok(stream)
}
