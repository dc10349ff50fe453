//! The host's side of compiling: starts a worker for one component, hands it the bytes, and takes native code or the reason
//! why there is none. Must never compile by itself: a compiler can be bombed, and may have bugs that a component reaches.
//!
//! Each component gets a process of its own, so nothing that one component does to its compiler reaches another's.

mod exchange;
pub(crate) mod message;

use std::ffi::OsString;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::configuration::MemoryStart;
use crate::fences::Fences;
use crate::fingerprint::Fingerprint;
use crate::refusal::Refusal;
use crate::worker;
use exchange::{Ended, Exchange};
use message::{Answer, Head, Outcome};

/// What compiles components: the program that is started as the worker, and what it may use.
///
/// The limits are for one component. A component that doesn't get through is refused; the host and its other components are
/// unharmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiler {
    /// The program, started with an empty environment in `/`.
    pub program: PathBuf,
    /// Its arguments. Default `compile-worker`.
    pub arguments: Vec<OsString>,
    /// The time that a compilation may take, waiting for processors included. Default 60 s.
    pub deadline: Duration,
    /// The processor time that it may take, in seconds. Default 30.
    pub processor_seconds: u64,
    /// The address space that the worker may have, in bytes. Default 2 GiB.
    pub memory_bytes: u64,
    /// The most bytes of native code. Default 256 MiB.
    pub native_bytes: usize,
    /// How many compilations may run at once. Each keeps one processor busy. Default half of the processors, at least one.
    pub at_once: u32,
    /// The fences without which no bytes are handed to a worker. Default [`Fences::DEMANDED`].
    pub demanded: Fences,
}

impl Compiler {
    /// A worker of this program: one whose `main` calls [`compile_worker_if_asked`](crate::compile_worker_if_asked).
    pub fn new(program: impl Into<PathBuf>) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            program: program.into(),
            arguments: vec![worker::ARGUMENT.into()],
            deadline: Duration::from_secs(60),
            processor_seconds: 30,
            memory_bytes: 2 << 30,
            native_bytes: 256 << 20,
            at_once: u32::try_from(processors / 2).unwrap_or(u32::MAX).max(1),
            demanded: Fences::DEMANDED,
        }
    }

    /// This program as its own worker; `None` unless its `main` has called
    /// [`compile_worker_if_asked`](crate::compile_worker_if_asked). A program that doesn't, and is started as a worker, would
    /// begin its own work instead, and perhaps start itself again.
    pub fn this_program() -> Option<Self> {
        // Not by its path: there may be another version by now, where a running host is being upgraded.
        worker::is_ready().then(|| Self::new("/proc/self/exe"))
    }

    /// Compiles one component.
    pub(crate) fn compile(&self, job: &Job<'_>) -> Result<Native, Refusal> {
        let head = Head {
            fingerprint: job.fingerprint,
            start: job.start,
            demanded: self.demanded,
            memory_bytes: self.memory_bytes,
            processor_seconds: self.processor_seconds,
            component_bytes: job.bytes.len() as u64,
        };
        let mut worker = self.start()?;
        let exchange = Exchange {
            head: &head.encode(),
            body: job.bytes,
            deadline: self.deadline,
            answer_bytes_max: message::ANSWER_HEAD_BYTES + self.native_bytes,
        };
        let ended = exchange
            .run(&mut worker.child)
            .map_err(|error| broken(format!("its pipes fail: {error}")))?;
        let status = worker.end();
        match ended {
            Ended::Answered(answer) => self.judge(&answer, status),
            Ended::OutOfTime => Err(Refusal::CompileTime {
                // Rounded up, so that it is never none.
                seconds: self.deadline.as_millis().div_ceil(1_000) as u64,
            }),
            Ended::TooMuch => Err(Refusal::CompileSize {
                limit: self.native_bytes,
            }),
        }
    }

    fn start(&self) -> Result<Worker, Refusal> {
        Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // A group of its own, so that what is typed at a terminal doesn't reach it, and all of it can be ended.
            .process_group(0)
            .spawn()
            .map(|child| Worker { child, ended: None })
            .map_err(|error| {
                let program = self.program.display();
                broken(format!("`{program}` can't be started: {error}"))
            })
    }

    /// What the answer means, or what the way in which the worker ended means where there is none.
    fn judge(&self, answer: &[u8], status: Option<ExitStatus>) -> Result<Native, Refusal> {
        let Some(Answer { fences, outcome }) = Answer::decode(answer) else {
            return Err(self.unanswered(answer, status));
        };
        if outcome == Outcome::OtherEngine {
            return Err(broken(
                "it is of another version or has other settings than this host".to_owned(),
            ));
        }
        if !fences.cover(&self.demanded) {
            let missing = self.demanded.without(&fences);
            return Err(broken(format!(
                "it runs without the fences that are demanded: {missing}"
            )));
        }
        match outcome {
            Outcome::Native(code) => Native::new(code, fences),
            Outcome::Refused(detail) => Err(Refusal::Invalid { detail }),
            Outcome::OutOfMemory => Err(self.out_of_memory()),
            Outcome::OtherEngine | Outcome::Unfenced => {
                Err(nonsense("it refuses the component, and has no reason"))
            }
        }
    }

    fn unanswered(&self, answer: &[u8], status: Option<ExitStatus>) -> Refusal {
        let signal = status.and_then(|status| status.signal());
        match signal.and_then(Signal::from_named_raw) {
            Some(Signal::XCPU) => Refusal::CompileTime {
                seconds: self.processor_seconds,
            },
            // What Rust does when there is no more memory, or no more stack.
            Some(Signal::ABORT) => self.out_of_memory(),
            _ => match signal {
                Some(signal) => Refusal::CompileCrash { signal },
                None if answer.is_empty() => nonsense("it is empty"),
                None => nonsense("it has another form"),
            },
        }
    }

    fn out_of_memory(&self) -> Refusal {
        Refusal::CompileMemory {
            limit: self.memory_bytes,
        }
    }
}

/// One component to compile.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) start: MemoryStart,
    pub(crate) bytes: &'a [u8],
}

/// Native code that a worker answered with. It is trusted as the compiler is: a worker that a component has taken over can
/// answer with any code.
#[derive(Debug)]
pub(crate) struct Native {
    code: Vec<u8>,
    pub(crate) fences: Fences,
}

impl Native {
    fn new(code: Vec<u8>, fences: Fences) -> Result<Self, Refusal> {
        match wasmtime::Engine::detect_precompiled(&code) {
            Some(wasmtime::Precompiled::Component) => Ok(Self { code, fences }),
            _ => Err(nonsense("it is no native code of a component")),
        }
    }

    pub(crate) fn code(&self) -> &[u8] {
        &self.code
    }
}

/// A running worker. Whatever happens, it is ended and reaped.
struct Worker {
    child: Child,
    ended: Option<ExitStatus>,
}

impl Worker {
    /// Ends the worker and whatever it may have started, and says how it ended.
    fn end(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            // It has not been reaped, so the number is still its own. That it is gone already is no error.
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            let _ = self.child.kill();
            self.ended = self.child.wait().ok();
        }
        self.ended
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.end();
    }
}

fn broken(detail: String) -> Refusal {
    Refusal::CompilerUnusable { detail }
}

fn nonsense(detail: &str) -> Refusal {
    Refusal::CompileAnswer {
        detail: detail.to_owned(),
    }
}
