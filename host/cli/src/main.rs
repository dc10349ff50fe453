//! The `lictor` binary: everything stands in the library.

use std::process::ExitCode;

use clap::Parser;
use lictor_cli::{Arguments, run};

fn main() -> ExitCode {
    // Started as `lictor compile-worker` this is another program, which never comes back from here.
    lictor::compile_worker_if_asked();
    run(Arguments::parse()).into()
}
