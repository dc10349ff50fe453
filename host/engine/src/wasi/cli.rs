//! A process without environment, arguments or terminal, whose standard streams lead to the log.

use lictor_policy::Fault;
use wasmtime::Error;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::cli::{
    environment, exit, stderr, stdin, stdout, terminal_input, terminal_output, terminal_stderr,
    terminal_stdin, terminal_stdout,
};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};

use super::io;
use crate::guest::Guest;

type TerminalInput = Resource<terminal_input::TerminalInput>;
type TerminalOutput = Resource<terminal_output::TerminalOutput>;

impl environment::Host for Guest {
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        self.count_call()?;
        Ok(Vec::new())
    }

    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        self.count_call()?;
        Ok(Vec::new())
    }

    fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        self.count_call()?;
        Ok(None)
    }
}

impl exit::Host for Guest {
    fn exit(&mut self, _: Result<(), ()>) -> wasmtime::Result<()> {
        Err(Error::new(Fault::Exited))
    }

    fn exit_with_code(&mut self, _: u8) -> wasmtime::Result<()> {
        Err(Error::new(Fault::Exited))
    }
}

impl stdin::Host for Guest {
    fn get_stdin(&mut self) -> wasmtime::Result<Resource<DynInputStream>> {
        self.count_call()?;
        Ok(self.give(io::standard_input()))
    }
}

impl stdout::Host for Guest {
    fn get_stdout(&mut self) -> wasmtime::Result<Resource<DynOutputStream>> {
        self.count_call()?;
        Ok(self.give(io::standard_output()))
    }
}

impl stderr::Host for Guest {
    fn get_stderr(&mut self) -> wasmtime::Result<Resource<DynOutputStream>> {
        self.count_call()?;
        Ok(self.give(io::standard_error()))
    }
}

impl terminal_input::Host for Guest {}

impl terminal_input::HostTerminalInput for Guest {
    fn drop(&mut self, _: TerminalInput) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl terminal_output::Host for Guest {}

impl terminal_output::HostTerminalOutput for Guest {
    fn drop(&mut self, _: TerminalOutput) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl terminal_stdin::Host for Guest {
    fn get_terminal_stdin(&mut self) -> wasmtime::Result<Option<TerminalInput>> {
        self.count_call()?;
        Ok(None)
    }
}

impl terminal_stdout::Host for Guest {
    fn get_terminal_stdout(&mut self) -> wasmtime::Result<Option<TerminalOutput>> {
        self.count_call()?;
        Ok(None)
    }
}

impl terminal_stderr::Host for Guest {
    fn get_terminal_stderr(&mut self) -> wasmtime::Result<Option<TerminalOutput>> {
        self.count_call()?;
        Ok(None)
    }
}
