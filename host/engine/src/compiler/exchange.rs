//! Moves bytes to a worker and back until it has ended, its time is over, or it has said too much.
//!
//! One thread waits for everything at once: both pipes, the worker's end and the deadline, so nothing that a worker does or
//! fails to do keeps it waiting.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, ChildStdin, ChildStdout};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::ioctl_fionbio;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime,
};

/// How much is read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// What is to be said, and how long and how much the answer may be.
pub(super) struct Exchange<'a> {
    pub(super) head: &'a [u8],
    pub(super) body: &'a [u8],
    pub(super) deadline: Duration,
    pub(super) answer_bytes_max: usize,
}

/// How the exchange ended.
pub(super) enum Ended {
    /// The worker has ended; this is all that it wrote.
    Answered(Vec<u8>),
    /// The deadline has passed.
    OutOfTime,
    /// It wrote more than it may.
    TooMuch,
}

impl Exchange<'_> {
    /// Runs the exchange with a worker whose input and output are pipes.
    pub(super) fn run(self, child: &mut Child) -> io::Result<Ended> {
        let gone = pidfd_open(Pid::from_child(child), PidfdFlags::empty())?;
        let timer = timer(self.deadline)?;
        let input = child.stdin.take().ok_or(ErrorKind::BrokenPipe)?;
        let output = child.stdout.take().ok_or(ErrorKind::BrokenPipe)?;
        ioctl_fionbio(&input, true)?;
        ioctl_fionbio(&output, true)?;
        let mut pipes = Pipes {
            input: Some(input),
            unsent: [self.head, self.body],
            output: Some(output),
            received: Vec::new(),
        };
        loop {
            let ready = pipes.wait(&gone, &timer)?;
            if ready.out_of_time {
                return Ok(Ended::OutOfTime);
            }
            if ready.input {
                pipes.send()?;
            }
            if ready.output || ready.gone {
                pipes.receive(self.answer_bytes_max)?;
            }
            if pipes.received.len() > self.answer_bytes_max {
                return Ok(Ended::TooMuch);
            }
            if ready.gone {
                return Ok(Ended::Answered(pipes.received));
            }
        }
    }
}

/// The worker's pipes, each until it is closed.
struct Pipes<'a> {
    input: Option<ChildStdin>,
    unsent: [&'a [u8]; 2],
    output: Option<ChildStdout>,
    received: Vec<u8>,
}

/// What there is to do.
struct Ready {
    input: bool,
    output: bool,
    gone: bool,
    out_of_time: bool,
}

impl Pipes<'_> {
    fn wait(&self, gone: &OwnedFd, timer: &OwnedFd) -> io::Result<Ready> {
        let mut waited = vec![
            PollFd::new(gone, PollFlags::IN),
            PollFd::new(timer, PollFlags::IN),
        ];
        // What is closed is replaced by the timer, asked for nothing.
        waited.push(match &self.input {
            Some(input) => PollFd::new(input, PollFlags::OUT),
            None => PollFd::new(timer, PollFlags::empty()),
        });
        waited.push(match &self.output {
            Some(output) => PollFd::new(output, PollFlags::IN),
            None => PollFd::new(timer, PollFlags::empty()),
        });
        match poll(&mut waited, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let is_ready = |at: usize| waited.get(at).is_some_and(|it| !it.revents().is_empty());
        Ok(Ready {
            gone: is_ready(0),
            out_of_time: is_ready(1),
            input: self.input.is_some() && is_ready(2),
            output: self.output.is_some() && is_ready(3),
        })
    }

    /// Sends what the pipe takes, and closes it after the last byte.
    fn send(&mut self) -> io::Result<()> {
        let Some(input) = &mut self.input else {
            return Ok(());
        };
        for part in &mut self.unsent {
            while !part.is_empty() {
                match input.write(part) {
                    Ok(sent) => *part = part.get(sent..).unwrap_or_default(),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    // The worker wants no more; why, its answer or its end will say.
                    Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                        self.input = None;
                        return Ok(());
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        self.input = None;
        Ok(())
    }

    /// Receives what is there, at most one chunk beyond what may be.
    fn receive(&mut self, most: usize) -> io::Result<()> {
        let Some(output) = &mut self.output else {
            return Ok(());
        };
        let mut chunk = [0; CHUNK_BYTES];
        while self.received.len() <= most {
            match output.read(&mut chunk) {
                Ok(0) => {
                    self.output = None;
                    return Ok(());
                }
                Ok(count) => self
                    .received
                    .extend_from_slice(chunk.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// A descriptor that becomes readable after that time, at least a microsecond: zero would mean never.
fn timer(after: Duration) -> io::Result<OwnedFd> {
    let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC)?;
    let after = after.max(Duration::from_micros(1));
    let once = Itimerspec {
        it_interval: Timespec::default(),
        it_value: Timespec::try_from(after).map_err(|_| ErrorKind::InvalidInput)?,
    };
    timerfd_settime(&timer, TimerfdTimerFlags::empty(), &once)?;
    Ok(timer)
}
