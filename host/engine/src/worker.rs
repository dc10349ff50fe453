//! The worker's side of compiling: a process that reads one component, compiles it, writes the native code, and ends.
//!
//! It puts up its fences before it reads the first byte of the component. It must never read or write anything but its two
//! pipes, and never run what it has compiled.
//!
//! It compiles on one thread. So its fences can forbid threads with processes, its limits mean the same on every machine, and
//! what isn't compiled is left to those who decide; several components are compiled side by side instead.

mod calls;
mod close;
mod raise;

use std::env;
use std::io::{self, Read, Write};
use std::panic;
use std::process;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::compiler::message::{Answer, HEAD_BYTES, Head, Outcome};
use crate::configuration;
use crate::fences::Fences;
use crate::fingerprint::Fingerprint;

/// The argument by which a program is asked to be a worker.
pub(crate) const ARGUMENT: &str = "compile-worker";

/// Whether this program's `main` lets it be a worker.
static READY: AtomicBool = AtomicBool::new(false);

/// Lets this program be the worker that compiles components: to be called first thing in `main`, before any thread is
/// started.
///
/// A host compiles in a process of its own for each component. Most simply that is the program itself, started again with
/// the one argument `compile-worker`: then this function does the worker's work and ends the process. Otherwise it returns
/// at once, and [`Compiler::this_program`](crate::Compiler::this_program), which is a host's default, is this program.
pub fn compile_worker_if_asked() {
    let mut arguments = env::args_os().skip(1);
    let is_asked = arguments.next().is_some_and(|it| it == ARGUMENT) && arguments.next().is_none();
    if is_asked {
        compile_worker();
    }
    READY.store(true, Ordering::Relaxed);
}

/// The whole `main` of a program that is nothing but a worker. It ends the process.
pub fn compile_worker() -> ! {
    // A host that asks for nothing understandable gets no answer; it knows what that means.
    process::exit(match serve() {
        Ok(()) => 0,
        Err(_) => 1,
    })
}

pub(crate) fn is_ready() -> bool {
    READY.load(Ordering::Relaxed)
}

fn serve() -> io::Result<()> {
    close::close_inherited();
    let mut input = io::stdin().lock();
    let mut head = [0; HEAD_BYTES];
    input.read_exact(&mut head)?;
    let head = Head::decode(&head).ok_or(io::ErrorKind::InvalidData)?;
    let engine = configuration::compiling(head.start)
        .and_then(|mut config| {
            config.parallel_compilation(false);
            wasmtime::Engine::new(&config)
        })
        .map_err(io::Error::other)?;
    if Fingerprint::of(&engine) != head.fingerprint {
        return answer(Fences::NONE, Outcome::OtherEngine);
    }
    let fences = raise::raise(&head);
    if !fences.cover(&head.demanded) {
        return answer(fences, Outcome::Unfenced);
    }

    // From here on everything is the tenant's.
    answer_panics(fences);
    let mut component = Vec::new();
    let bytes = input
        .take(head.component_bytes)
        .read_to_end(&mut component)?;
    if bytes as u64 != head.component_bytes {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    answer(fences, compile(&engine, &component))
}

fn compile(engine: &wasmtime::Engine, component: &[u8]) -> Outcome {
    let compiled = wasmtime::CodeBuilder::new(engine)
        .wasm_binary(component, None)
        .and_then(|builder| builder.compile_component_serialized());
    match compiled {
        Ok(code) => Outcome::Native(code),
        Err(error) if error.is::<wasmtime::error::OutOfMemory>() => Outcome::OutOfMemory,
        Err(error) => Outcome::Refused(format!("{error:#}")),
    }
}

fn answer(fences: Fences, outcome: Outcome) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(&Answer { fences, outcome }.encode())?;
    output.flush()
}

/// A panic of the compiler is a bug of the compiler; a component that reaches one is refused. Answered from the hook, since
/// the program may be built to abort at a panic.
fn answer_panics(fences: Fences) {
    let answered = Mutex::new(false);
    panic::set_hook(Box::new(move |_| {
        // Held to the end of the process: whoever panics second has nothing to add.
        let Ok(mut answered) = answered.try_lock() else {
            process::exit(1)
        };
        *answered = true;
        let outcome = Outcome::Refused("the compiler gave up on it".to_owned());
        let code = i32::from(answer(fences, outcome).is_err());
        process::exit(code)
    }));
}
