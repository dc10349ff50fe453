//! What a change of who is trusted stops: shown before it does, and refused unless that was asked for.

use std::io::Write;

use lictor::StoppedLine;

use crate::arguments::StopArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal;

/// What a change stops, and whether it may.
pub struct Stops {
    stopped: Vec<StoppedLine>,
    dry_run: bool,
    allowed: bool,
}

impl Stops {
    /// What a change would stop. `allowed` says that stopping is what it is for.
    pub fn new(stopped: Vec<StoppedLine>, typed: &StopArguments, allowed: bool) -> Self {
        Self {
            stopped,
            dry_run: typed.dry_run,
            allowed: allowed || typed.stop,
        }
    }

    /// Whether to go on: not where only a look was asked for, which is then printed.
    ///
    /// # Errors
    /// It would stop something, and nobody said that it may.
    pub fn go_on(&self) -> Result<bool, Failure> {
        if self.dry_run {
            self.print()?;
            return Ok(false);
        }
        if self.allowed || self.stopped.is_empty() {
            return Ok(true);
        }
        let lines: String = lines(&self.stopped)
            .map(|line| format!("\n  {line}"))
            .collect();
        let message = format!("the change would stop what was admitted:{lines}");
        let hint = "`--stop` makes the change all the same";
        Err(Failure::new(Exit::Refused, message).hint(hint))
    }

    /// Tells what the change will stop when it is put into effect.
    pub fn warn(&self) {
        for line in lines(&self.stopped) {
            terminal::note(format_args!("it will stop {line}"));
        }
    }

    fn print(&self) -> Result<(), Failure> {
        let mut stdout = anstream::stdout().lock();
        for line in lines(&self.stopped) {
            writeln!(stdout, "{line}")?;
        }
        let count = self.stopped.len();
        terminal::note(format_args!(
            "nothing is changed; the change would stop {count} of what was admitted"
        ));
        Ok(())
    }
}

/// Tells what was stopped, after it was.
pub fn tell(stopped: &[StoppedLine]) {
    for line in lines(stopped) {
        terminal::note(format_args!("stopped {line}"));
    }
}

fn lines(stopped: &[StoppedLine]) -> impl Iterator<Item = String> {
    stopped.iter().map(|line| {
        let StoppedLine {
            tenant,
            policy,
            version,
            why,
        } = line;
        format!("`{tenant}`: {policy} {version}: {why}")
    })
}
