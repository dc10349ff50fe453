//! `lictor rollout watch`: a rollout live, as a picture in a terminal and as lines elsewhere.

mod picture;
mod screen;

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use lictor::{DivergenceReport, Guard, RolloutName, RolloutStatus, Stage, TenantName};

use crate::arguments::RolloutLookArguments;
use crate::ending::Ending;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

use super::{choose, list, look, text};
use screen::Screen;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(1);

/// What is shown at one moment.
#[derive(Clone, Debug)]
struct Shown {
    status: RolloutStatus,
    divergence: DivergenceReport,
    /// Whether a host runs that moves it on.
    is_running: bool,
}

/// Shows it until it is over, or until the person has seen enough.
pub(super) fn run(typed: &RolloutLookArguments) -> Result<Exit, Failure> {
    let ending = Ending::watch()?;
    let mut session = Session::open(&typed.look.place)?;
    let tenant = &typed.look.tenant;
    let rollout = match &typed.rollout {
        Some(rollout) => rollout.clone(),
        None => choose::open(&list(&mut session, tenant)?, tenant)?,
    };
    if io::stdout().is_terminal() && io::stdin().is_terminal() {
        live(&mut session, tenant, &rollout, &ending)
    } else {
        lines(&mut session, tenant, &rollout, &ending)
    }
}

impl Shown {
    fn now(
        session: &mut Session,
        tenant: &TenantName,
        rollout: &RolloutName,
    ) -> Result<Self, Failure> {
        let (status, divergence) = look(session, tenant, rollout)?;
        Ok(Self {
            status,
            divergence,
            is_running: session.is_running(),
        })
    }

    /// Whether it won't change by itself any more.
    fn is_final(&self) -> bool {
        let is_open = matches!(self.status.stage, Stage::Planned | Stage::Phase(_));
        !is_open || !self.is_running
    }
}

fn lines(
    session: &mut Session,
    tenant: &TenantName,
    rollout: &RolloutName,
    ending: &Ending,
) -> Result<Exit, Failure> {
    let mut stdout = anstream::stdout().lock();
    while !ending.is_told() {
        let shown = Shown::now(session, tenant, rollout)?;
        writeln!(stdout, "{}", line(&shown))?;
        if shown.is_final() {
            break;
        }
        ending.wait_for(EVERY);
    }
    Ok(Exit::Done)
}

/// Where it stands, in one line.
fn line(shown: &Shown) -> String {
    let status = &shown.status;
    let mut line = format!("{}; {}", text::standing(status), text::pairs(status));
    for reading in &status.guards {
        let near = reading.nearness * 100.0;
        let what = match reading.guard {
            Guard::FuelRatio => " of fuel",
            Guard::TimeRatio => " of time",
            _ => "",
        };
        line.push_str(&format!("; {}{what} {near:.0} %", reading.guard));
    }
    if let (Some(last), true) = (status.moves.last(), shown.is_final()) {
        line.push_str(&format!("; {}", text::moved(last)));
    }
    line
}

fn live(
    session: &mut Session,
    tenant: &TenantName,
    rollout: &RolloutName,
    ending: &Ending,
) -> Result<Exit, Failure> {
    let mut screen = Screen::take().map_err(|error| {
        let message = format!("the terminal can't be used: {error}");
        Failure::new(Exit::HostFault, message)
    })?;
    let shown = loop {
        let shown = Shown::now(session, tenant, rollout)?;
        screen.show(|frame| picture::draw(frame, &shown))?;
        if shown.is_final() || screen.wait(EVERY, ending) {
            break shown;
        }
    };
    drop(screen);
    // What was seen last stays when the picture is gone.
    writeln!(
        anstream::stdout(),
        "{}: {}",
        shown.status.rollout,
        line(&shown)
    )?;
    Ok(Exit::Done)
}
