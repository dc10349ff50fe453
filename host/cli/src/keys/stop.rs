//! What a change of who is trusted stops: shown before it does, and refused unless that was asked for.
//!
//! It knows what was last admitted of each policy of each tenant; whether a host still has it bound, only that host knows.

use std::io::Write;

use lictor::{Admitted, Keyring, VerifyError};
use lictor_state::Trust;

use crate::arguments::StopArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal;

/// What a change stops, and whether it may.
pub struct Stops {
    stopped: Vec<(Admitted, VerifyError)>,
    dry_run: bool,
    allowed: bool,
}

impl Stops {
    /// What `next` would stop of what is admitted. `allowed` says that stopping is what the change is for.
    pub fn of(trust: &Trust, next: &Keyring, typed: &StopArguments, allowed: bool) -> Self {
        Self {
            stopped: trust.stopped_by(next),
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
        let lines: String = self.lines().map(|line| format!("\n  {line}")).collect();
        let message = format!("the change would stop what was admitted:{lines}");
        let hint = "`--stop` makes the change all the same";
        Err(Failure::new(Exit::Refused, message).hint(hint))
    }

    /// Tells what was stopped, after it was.
    pub fn tell(&self) {
        for line in self.lines() {
            terminal::note(format_args!("stopped {line}"));
        }
    }

    /// Tells what the change will stop when it is put into effect.
    pub fn warn(&self) {
        for line in self.lines() {
            terminal::note(format_args!("it will stop {line}"));
        }
    }

    fn print(&self) -> Result<(), Failure> {
        let mut stdout = anstream::stdout().lock();
        for line in self.lines() {
            writeln!(stdout, "{line}")?;
        }
        let count = self.stopped.len();
        terminal::note(format_args!(
            "nothing is changed; the change would stop {count} of what was admitted"
        ));
        Ok(())
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        self.stopped.iter().map(|(admitted, why)| {
            let (tenant, policy) = (admitted.tenant(), admitted.policy());
            format!("`{tenant}`: {policy} {}: {why}", admitted.version())
        })
    }
}
