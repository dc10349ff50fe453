//! From what was typed to what is done: one short function per command that has no module of its own.

use std::io::{self, Write};

use clap::CommandFactory;

use crate::arguments::{
    Arguments, BuildArguments, ColorWhen, Command, CompletionsArguments, NewArguments,
};
use crate::build::{self, BuildSpec, Progress};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::new::{self, NewSpec};
use crate::{
    bench, breaker, cache, data, demo, deploy, doctor, eval, host, inspect, keys, records,
    registry, rollout, serve, sign, state, status, suspend, tenant, terminal, test, token, verify,
};

/// Does what was typed, and tells the person on standard error when that fails.
pub fn run(arguments: Arguments) -> Exit {
    use_colours(arguments.color);
    match dispatch(arguments.command) {
        Ok(exit) => exit,
        Err(failure) => {
            if !failure.is_silent() {
                terminal::failure(&failure);
            }
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
        Command::New(typed) => new(typed),
        Command::Build(typed) => build(typed),
        Command::Inspect(typed) => inspect::run(&typed),
        Command::Eval(typed) => eval::run(&typed),
        Command::Test(typed) => test::run(&typed),
        Command::Bench(typed) => bench::run(&typed),
        Command::Keys(typed) => keys::run(&typed),
        Command::Sign(typed) => sign::run(&typed),
        Command::Verify(typed) => verify::run(&typed),
        Command::Push(typed) => registry::push(&typed),
        Command::Pull(typed) => registry::pull(&typed),
        Command::Versions(typed) => registry::versions(&typed),
        Command::Host(typed) => host::run(&typed),
        Command::Serve(typed) => serve::run(&typed),
        Command::Records(typed) => records::list(&typed),
        Command::Token(typed) => token::run(&typed),
        Command::Status(typed) => status::run(&typed),
        Command::Doctor(typed) => doctor::run(&typed),
        Command::Tenant(typed) => tenant::run(&typed),
        Command::Deploy(typed) => deploy::run(&typed),
        Command::Withdraw(typed) => deploy::withdraw(&typed),
        Command::Rollout(typed) => rollout::run(&typed),
        Command::Breaker(typed) => breaker::run(&typed),
        Command::Data(typed) => data::run(&typed),
        Command::Suspend(typed) => suspend::suspend(&typed),
        Command::Unsuspend(typed) => suspend::unsuspend(&typed),
        Command::Suspensions(typed) => suspend::list(&typed),
        Command::State(typed) => state::run(&typed),
        Command::Cache(typed) => cache::run(&typed),
        Command::Demo(typed) => demo::run(&typed),
        Command::Completions(typed) => completions(&typed),
    }
}

fn new(typed: NewArguments) -> Result<Exit, Failure> {
    let spec = NewSpec::new(typed.path, typed.name.as_deref())?;
    new::create(&spec)?;
    let folder = spec.folder().display();
    terminal::note(format_args!("the policy crate `{}` is made", spec.name()));
    terminal::note(format_args!(
        "go on with `cd {folder}`, `cargo test` and `lictor test`"
    ));
    writeln!(anstream::stdout(), "{folder}")?;
    Ok(Exit::Done)
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
