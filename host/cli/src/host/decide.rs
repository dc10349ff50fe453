//! Deciding one request after the other, at the pace that was asked for.

use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use lictor::{Clock, Host, Sink, SystemClock};

use super::lines::{self, Line};
use super::pace::Pace;
use super::shown;
use super::summary::Summary;
use crate::arguments::HostArguments;
use crate::ending::Ending;
use crate::exit::Exit;
use crate::failure::Failure;

/// How long is waited for a line before it is looked whether anything else is to do.
const PATIENCE: Duration = Duration::from_millis(20);
/// So many decisions don't wait for their records: few enough that even large ones all find room, so that none is lost.
const UNRECORDED_MAX: u32 = 16;
/// How often there is a summary.
const SUMMARY_EVERY: Duration = Duration::from_secs(1);

/// Decides all requests until their end, or until the host is told to end.
pub(super) fn all(
    host: &Host,
    sink: &Sink,
    requests: &Path,
    typed: &HostArguments,
    ending: &Ending,
) -> Result<Exit, Failure> {
    if typed.repeat && requests == Path::new("-") {
        let message = "standard input can't be read again, so `--repeat` needs a file";
        return Err(Failure::new(Exit::Usage, message));
    }
    let lines = lines::read(requests, typed.tenant.clone(), typed.repeat)?;
    let clock = SystemClock::new();
    let now = clock.monotonic();
    let mut deciding = Deciding {
        host,
        sink,
        unrecorded: 0,
        clock,
        out: Box::new(io::stdout().lock()),
        is_quiet: typed.quiet,
        second: Summary::default(),
        total: Summary::default(),
        next_summary: now.saturating_add(SUMMARY_EVERY),
    };
    let mut pace = typed.rate.map(|rate| Pace::new(rate.per_second, now));
    while !ending.is_told() {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                if let Some(pace) = &mut pace {
                    deciding.wait(pace, ending)?;
                }
                deciding.decide(line?)?;
            }
            Err(RecvTimeoutError::Timeout) => deciding.summarize()?,
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    deciding.finish()
}

struct Deciding<'a> {
    host: &'a Host,
    sink: &'a Sink,
    /// Decisions since the records were last waited for.
    unrecorded: u32,
    clock: SystemClock,
    out: Box<dyn Write>,
    is_quiet: bool,
    second: Summary,
    total: Summary,
    next_summary: Duration,
}

impl Deciding<'_> {
    /// Waits for the next request's turn, with a summary when it is time for one.
    fn wait(&mut self, pace: &mut Pace, ending: &Ending) -> Result<(), Failure> {
        let until = self
            .clock
            .monotonic()
            .saturating_add(pace.next(self.clock.monotonic()));
        loop {
            self.summarize()?;
            let now = self.clock.monotonic();
            if now >= until || ending.is_told() {
                return Ok(());
            }
            let next = until.min(self.next_summary.max(now));
            ending.wait_for(next.saturating_sub(now));
        }
    }

    fn decide(&mut self, line: Line) -> Result<(), Failure> {
        self.unrecorded += 1;
        if self.unrecorded > UNRECORDED_MAX {
            self.unrecorded = 0;
            // What fails is counted as lost, and told at the end.
            let _ = self.sink.flush();
        }
        match line.request {
            Ok((tenant, request)) => {
                let begun = self.clock.monotonic();
                let decided = self.host.evaluate(&tenant, &request);
                let took = self.clock.monotonic().saturating_sub(begun);
                self.second.count(&decided, took);
                if !self.is_quiet {
                    shown::decided(&mut *self.out, line.number, &tenant, &decided)?;
                }
            }
            Err(why) => {
                self.second.count_refused();
                if !self.is_quiet {
                    shown::unread(&mut *self.out, line.number, &why)?;
                }
            }
        }
        self.summarize()
    }

    /// Writes a summary, when it is time for one.
    fn summarize(&mut self) -> Result<(), Failure> {
        let now = self.clock.monotonic();
        if now < self.next_summary {
            return Ok(());
        }
        self.next_summary = now.saturating_add(SUMMARY_EVERY);
        self.end_second()
    }

    fn end_second(&mut self) -> Result<(), Failure> {
        let second = std::mem::take(&mut self.second);
        if self.is_quiet && !second.is_empty() {
            writeln!(self.out, "{second}")?;
        }
        self.total.add(&second);
        Ok(())
    }

    /// The last summary, and how it all went.
    fn finish(mut self) -> Result<Exit, Failure> {
        self.end_second()?;
        if self.is_quiet {
            writeln!(self.out, "in all {}", self.total)?;
        }
        self.out.flush()?;
        Ok(if self.total.is_complete() {
            Exit::Done
        } else {
            Exit::Input
        })
    }
}
