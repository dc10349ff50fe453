//! The command line of Lictor as a library: what the `lictor` binary runs, and what tests use without starting a process.
//!
//! It knows terminals, files and exit codes. How a decision is made it must not know: that is the runtime's.

mod arguments;
mod bench;
mod breaker;
pub mod build;
mod cache;
pub mod cases;
mod data;
mod demo;
mod deploy;
mod doctor;
mod ending;
mod eval;
mod exit;
mod failure;
mod faulted;
mod figures;
mod given;
mod host;
mod inspect;
mod keys;
mod local;
pub mod new;
mod random;
mod records;
mod registry;
mod remote;
mod rollout;
mod run;
mod secret;
mod serve;
mod session;
mod sign;
mod source;
mod state;
mod status;
mod suspend;
mod tenant;
mod terminal;
mod test;
mod time;
mod token;
mod trial;
mod trusted;
mod verify;
mod write;

pub use arguments::Arguments;
pub use build::{BuildError, BuildSpec, Built, Progress, build};
pub use exit::Exit;
pub use failure::Failure;
pub use run::run;
