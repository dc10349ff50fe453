//! `lictor breaker`: which policies aren't run for a while because they fault, and having them run again.

use std::io::{self, Write};

use lictor::{BreakerLine, CircuitState, Reply, UnixMs, Verb};

use crate::arguments::{
    BreakerArguments, BreakerCloseArguments, BreakerCommand, BreakerListArguments,
};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures::grouped;
use crate::session::{self, Session};
use crate::terminal;

/// Does what was typed.
pub fn run(typed: &BreakerArguments) -> Result<Exit, Failure> {
    match &typed.command {
        BreakerCommand::List(typed) => list(typed),
        BreakerCommand::Close(typed) => close(typed),
    }
}

fn list(typed: &BreakerListArguments) -> Result<Exit, Failure> {
    let tenant = typed.tenant.clone();
    let breakers = match Session::open(&typed.place)?.ask(Verb::BreakerList { tenant })? {
        Reply::Breakers { breakers } => breakers,
        reply => return Err(session::unexpected(&reply)),
    };
    let mut stdout = anstream::stdout().lock();
    if typed.json {
        serde_json::to_writer(&mut stdout, &breakers).map_err(io::Error::from)?;
        writeln!(stdout)?;
        return Ok(Exit::Done);
    }
    breakers
        .iter()
        .try_for_each(|breaker| write(&mut stdout, breaker))?;
    Ok(Exit::Done)
}

fn write(out: &mut impl Write, breaker: &BreakerLine) -> io::Result<()> {
    let state = match (breaker.state, breaker.until_ms) {
        (CircuitState::Closed, _) => "closed".to_owned(),
        (CircuitState::Open, Some(until)) => format!("open until {}", UnixMs(until)),
        (CircuitState::Open, None) => "open".to_owned(),
        (CircuitState::HalfOpen, _) => "half-open".to_owned(),
    };
    let (faults, cut) = (grouped(breaker.faults), grouped(breaker.cut));
    write!(
        out,
        "{} {}  {state}, {faults} faults, not run {cut} times",
        breaker.policy, breaker.version
    )?;
    match breaker.subjects_cut_off {
        0 => writeln!(out)?,
        1 => writeln!(out, ", 1 subject cut off alone")?,
        count => writeln!(out, ", {count} subjects cut off alone")?,
    }
    match &breaker.last_fault {
        Some(last) => writeln!(out, "  last: {}", terminal::visible(last)),
        None => Ok(()),
    }
}

fn close(typed: &BreakerCloseArguments) -> Result<Exit, Failure> {
    let verb = Verb::BreakerClose {
        tenant: typed.tenant.clone(),
        policy: typed.policy.clone(),
    };
    let order = &typed.order;
    Session::open(&order.place)?.order(verb, &order.reason)?;
    let (tenant, policy) = (&typed.tenant, &typed.policy);
    terminal::note(format_args!("`{policy}` is run again for `{tenant}`"));
    Ok(Exit::Done)
}
