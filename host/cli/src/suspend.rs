//! `lictor suspend`, `unsuspend` and `suspensions`: stopping an agent, a tenant or a policy at once.

use std::io::{self, Write};

use lictor::{Reply, SuspensionLine, UnixMs, Verb};

use crate::arguments::{SuspendArguments, SuspensionsArguments, UnsuspendArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{self, Session};
use crate::terminal::{self, visible};

/// Suspends what was named.
pub fn suspend(typed: &SuspendArguments) -> Result<Exit, Failure> {
    let (target, until, order) = typed.command.parts();
    let verb = Verb::Suspend {
        target,
        until_ms: until.map(|until| until.0),
    };
    let suspended = match Session::open(&order.place)?.order(verb, &order.reason)? {
        Reply::Suspended(suspended) => suspended,
        reply => return Err(session::unexpected(&reply)),
    };
    let target = &suspended.target;
    match suspended.until_ms {
        Some(until_ms) => {
            let until = UnixMs(until_ms);
            terminal::note(format_args!("{target} is suspended until {until}"));
        }
        None => terminal::note(format_args!("{target} is suspended")),
    }
    if suspended.written {
        return Ok(Exit::Done);
    }
    let failure = Failure::new(
        Exit::HostFault,
        "the suspension holds, but could not be written down: a restart would forget it",
    );
    Err(failure.hint("make room in the state folder; the host writes it down as soon as it can"))
}

/// Lifts what was named.
pub fn unsuspend(typed: &UnsuspendArguments) -> Result<Exit, Failure> {
    let (target, order) = typed.command.parts();
    let note = format!("{target} is suspended no more");
    Session::open(&order.place)?.order(Verb::Unsuspend { target }, &order.reason)?;
    terminal::note(format_args!("{note}"));
    Ok(Exit::Done)
}

/// Lists what is suspended.
pub fn list(typed: &SuspensionsArguments) -> Result<Exit, Failure> {
    let all = match Session::open(&typed.place)?.ask(Verb::SuspensionList {})? {
        Reply::Suspensions { suspensions } => suspensions,
        reply => return Err(session::unexpected(&reply)),
    };
    let mut stdout = anstream::stdout().lock();
    if typed.json {
        serde_json::to_writer(&mut stdout, &all).map_err(io::Error::from)?;
        writeln!(stdout)?;
        return Ok(Exit::Done);
    }
    for suspension in &all {
        write(&mut stdout, suspension)?;
    }
    Ok(Exit::Done)
}

fn write(out: &mut impl Write, suspension: &SuspensionLine) -> io::Result<()> {
    let (target, since) = (&suspension.target, UnixMs(suspension.at_ms));
    let by = visible(&suspension.by);
    write!(out, "{target}  since {since} by {by}")?;
    if let Some(until_ms) = suspension.until_ms {
        write!(out, ", until {}", UnixMs(until_ms))?;
    }
    if !suspension.written {
        write!(out, ", not written down")?;
    }
    match &suspension.why {
        Some(why) => writeln!(out, " ({})", visible(why)),
        None => writeln!(out),
    }
}
