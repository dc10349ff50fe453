//! From what was typed to what is done: one short function per command that has no module of its own.

use std::io::{self, Write};

use clap::CommandFactory;

use crate::arguments::{Arguments, BuildArguments, ColorWhen, Command, CompletionsArguments};
use crate::build::{self, BuildSpec, Progress};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal;

/// Does what was typed, and tells the person on standard error when that fails.
pub fn run(arguments: Arguments) -> Exit {
    use_colours(arguments.color);
    match dispatch(arguments.command) {
        Ok(exit) => exit,
        Err(failure) => {
            terminal::failure(&failure);
            failure.exit()
        }
    }
}

fn use_colours(when: ColorWhen) {
    match when {
        ColorWhen::Auto => anstream::ColorChoice::Auto,
        ColorWhen::Always => anstream::ColorChoice::Always,
        ColorWhen::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

fn dispatch(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::New(_) => Ok(Exit::Done),
        Command::Build(typed) => build(typed),
        Command::Completions(typed) => completions(&typed),
    }
}

fn build(typed: BuildArguments) -> Result<Exit, Failure> {
    let built = build::build(&BuildSpec {
        path: typed.path,
        output: typed.output,
        locked: typed.locked,
        progress: Progress::Shown,
    })?;
    terminal::note(format_args!(
        "policy `{}` {}, {} bytes, {}",
        built.policy, built.version, built.size_bytes, built.digest
    ));
    writeln!(anstream::stdout(), "{}", built.path.display())?;
    Ok(Exit::Done)
}

fn completions(typed: &CompletionsArguments) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        typed.shell,
        &mut Arguments::command(),
        "lictor",
        &mut script,
    );
    io::stdout().write_all(&script)?;
    Ok(Exit::Done)
}
