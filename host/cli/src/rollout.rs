//! `lictor rollout`: looks at changes that take over step by step, and moves them.

mod choose;
mod preview;
mod text;
mod watch;

use std::io::{self, Write};

use lictor::{DivergenceReport, Move, Reply, RolloutName, RolloutStatus, TenantName, Verb};

use crate::arguments::{
    RolloutArguments, RolloutCommand, RolloutMoveArguments, RolloutStatusArguments,
};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{self, Session};
use crate::terminal;

pub(crate) use text::replaced;

/// Does what was typed.
pub fn run(typed: &RolloutArguments) -> Result<Exit, Failure> {
    match &typed.command {
        RolloutCommand::Status(typed) => status(typed),
        RolloutCommand::Watch(typed) => watch::run(typed),
        RolloutCommand::Preview(typed) => preview::run(typed),
        RolloutCommand::Begin(typed) => make(typed, Move::Begin),
        RolloutCommand::Advance(typed) => make(typed, Move::Advance),
        RolloutCommand::Pause(typed) => make(typed, Move::Pause),
        RolloutCommand::Resume(typed) => make(typed, Move::Resume),
        RolloutCommand::Promote(typed) => make(typed, Move::Promote),
        RolloutCommand::Abort(typed) => make(typed, Move::Abort),
        RolloutCommand::Rollback(typed) => make(typed, Move::RollBack),
    }
}

// --- Moving

fn make(typed: &RolloutMoveArguments, r#move: Move) -> Result<Exit, Failure> {
    let order = &typed.order;
    let mut session = Session::open(&order.order.place)?;
    let rollout = match &typed.rollout {
        Some(rollout) => rollout.clone(),
        None => choose::movable(&list(&mut session, &order.tenant)?, &order.tenant, r#move)?,
    };
    let verb = Verb::RolloutMove {
        tenant: order.tenant.clone(),
        rollout,
        r#move,
    };
    let status = match session.order(verb, &order.order.reason)? {
        Reply::Rollout { status, .. } => status,
        reply => return Err(session::unexpected(&reply)),
    };
    say(&status);
    Ok(Exit::Done)
}

/// Notes where a rollout stands now.
pub fn say(status: &RolloutStatus) {
    let (rollout, tenant) = (&status.rollout, &status.tenant);
    let standing = text::standing(status);
    terminal::note(format_args!(
        "the rollout `{rollout}` of `{tenant}` is {standing}"
    ));
    if status.unwritten {
        terminal::note(format_args!(
            "it has taken effect, and could not be written down yet: it would be forgotten if the host ended now"
        ));
    }
}

// --- Looking

/// The rollouts of a tenant.
fn list(session: &mut Session, tenant: &TenantName) -> Result<Vec<RolloutStatus>, Failure> {
    let tenant = tenant.clone();
    match session.ask(Verb::RolloutList { tenant })? {
        Reply::Rollouts { rollouts } => Ok(rollouts),
        reply => Err(session::unexpected(&reply)),
    }
}

/// One rollout, with how stable and candidate differed.
fn look(
    session: &mut Session,
    tenant: &TenantName,
    rollout: &RolloutName,
) -> Result<(RolloutStatus, DivergenceReport), Failure> {
    let verb = Verb::RolloutShow {
        tenant: tenant.clone(),
        rollout: rollout.clone(),
    };
    match session.ask(verb)? {
        Reply::Rollout { status, divergence } => Ok((*status, divergence)),
        reply => Err(session::unexpected(&reply)),
    }
}

fn status(typed: &RolloutStatusArguments) -> Result<Exit, Failure> {
    let mut session = Session::open(&typed.look.place)?;
    let tenant = &typed.look.tenant;
    let mut stdout = anstream::stdout().lock();
    let Some(rollout) = &typed.rollout else {
        let all = list(&mut session, tenant)?;
        if typed.json {
            return write_json(&mut stdout, &all);
        }
        for status in &all {
            writeln!(stdout, "{}  {}", status.rollout, text::standing(status))?;
        }
        return Ok(Exit::Done);
    };
    let (status, divergence) = look(&mut session, tenant, rollout)?;
    if typed.json {
        #[derive(serde::Serialize)]
        struct Shown {
            status: RolloutStatus,
            divergence: DivergenceReport,
        }
        return write_json(&mut stdout, &Shown { status, divergence });
    }
    text::write(&mut stdout, &status, &divergence)?;
    Ok(Exit::Done)
}

fn write_json(out: &mut impl Write, shown: &impl serde::Serialize) -> Result<Exit, Failure> {
    serde_json::to_writer(&mut *out, shown).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(Exit::Done)
}
