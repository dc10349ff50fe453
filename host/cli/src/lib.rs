//! The command line of Lictor as a library: what the `lictor` binary runs, and what tests use without starting a process.
//!
//! It knows terminals, files and exit codes. How a decision is made it must not know: that is the runtime's.

mod arguments;
pub mod build;
pub mod cases;
mod exit;
mod failure;
pub mod new;
mod run;
mod terminal;
pub mod test;
mod time;

pub use arguments::Arguments;
pub use build::{BuildError, BuildSpec, Built, Progress, build};
pub use exit::Exit;
pub use failure::Failure;
pub use run::run;
