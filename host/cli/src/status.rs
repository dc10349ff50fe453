//! `lictor status`: how a host is.

use std::io::{self, Write};

use lictor::{HostStatus, Reply, Verb};

use crate::arguments::StatusArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures::grouped;
use crate::session::{self, Session};
use crate::terminal;

/// Asks and shows it. Ends with 1 where there is something to look at.
pub fn run(typed: &StatusArguments) -> Result<Exit, Failure> {
    let mut session = Session::open(&typed.place)?;
    let status = match session.ask(Verb::Status {})? {
        Reply::Status(status) => status,
        reply => return Err(session::unexpected(&reply)),
    };
    let mut stdout = anstream::stdout().lock();
    if typed.json {
        serde_json::to_writer(&mut stdout, &status).map_err(io::Error::from)?;
        writeln!(stdout)?;
    } else {
        write(&mut stdout, session.is_running(), &status)?;
    }
    Ok(if status.troubles.is_empty() {
        Exit::Done
    } else {
        Exit::No
    })
}

fn write(out: &mut impl Write, is_running: bool, status: &HostStatus) -> io::Result<()> {
    let how = if is_running { "running" } else { "at rest" };
    writeln!(
        out,
        "{how}: lictor {}, contract {}",
        status.version, status.contract
    )?;
    match status.keyring {
        Some(version) => writeln!(out, "  keyring   version {version}")?,
        None => writeln!(out, "  keyring   none: it trusts nobody")?,
    }
    writeln!(out, "  tenants   {}", grouped(status.tenants as u64))?;
    if is_running {
        let recall = &status.recall;
        let (hits, asked) = (recall.hits, recall.hits.saturating_add(recall.misses));
        let (hits, asked, bytes) = (grouped(hits), grouped(asked), grouped(recall.bytes as u64));
        writeln!(out, "  recalled  {hits} of {asked}, {bytes} bytes")?;
        writeln!(out, "  records   {} lost", grouped(status.records_lost))?;
    }
    if status.suspensions > 0 {
        let count = grouped(status.suspensions as u64);
        writeln!(out, "  suspended {count}, shown by `lictor suspensions`")?;
    }
    for trouble in &status.troubles {
        writeln!(out, "  trouble   {}", terminal::visible(trouble))?;
    }
    Ok(())
}
