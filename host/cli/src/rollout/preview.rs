//! `lictor rollout preview`: what a deployment would do, before any traffic.

use std::io::{self, Write};

use lictor::{Part, Reply, Verb};

use crate::arguments::RolloutPreviewArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures::grouped;
use crate::session::{self, Session};
use crate::{data, deploy, terminal};

/// Asks and shows the report.
pub(super) fn run(typed: &RolloutPreviewArguments) -> Result<Exit, Failure> {
    let requests = data::read(&typed.requests)?;
    let verb = Verb::RolloutPreview {
        tenant: typed.look.tenant.clone(),
        rollout: deploy::order(&typed.change)?,
        requests: Part::new(requests),
    };
    let reply = Session::open(&typed.look.place)?.ask(verb)?;
    let mut stdout = anstream::stdout().lock();
    if typed.json {
        serde_json::to_writer(&mut stdout, &reply).map_err(io::Error::from)?;
        writeln!(stdout)?;
    }
    let (divergence, dropped, refused) = match reply {
        Reply::Preview {
            divergence,
            dropped,
            refused,
        } => (divergence, dropped, refused),
        reply => return Err(session::unexpected(&reply)),
    };
    if !typed.json {
        let text = divergence.to_string();
        writeln!(stdout, "{}", terminal::visible(&text))?;
    }
    if dropped > 0 {
        let dropped = grouped(dropped);
        terminal::note(format_args!("{dropped} requests could not be compared"));
    }
    for line in &refused {
        let why = terminal::visible(&line.why);
        terminal::note(format_args!("line {} is no request: {why}", line.line));
    }
    Ok(if refused.is_empty() {
        Exit::Done
    } else {
        Exit::Input
    })
}
