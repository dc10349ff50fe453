//! The `lictor` binary: everything stands in the library.

use std::process::ExitCode;

use clap::Parser;
use lictor_cli::{Arguments, run};

fn main() -> ExitCode {
    run(Arguments::parse()).into()
}
