//! `lictor host`: a host in the foreground. It serves its operators, and decides requests from a file or a pipe.
//!
//! Must never do more than the library does: a server takes its place without anybody noticing.

mod decide;
mod lines;
mod pace;
mod shown;
mod summary;

use lictor::Store;
use lictor_socket::{Server, ServerSettings};

use crate::arguments::HostArguments;
use crate::ending::Ending;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{records, session, terminal};

/// How many evaluations may be in flight: one request after the other is decided here, beside what the host proves for itself.
const SLOTS: u32 = 4;

/// Runs a host until its requests are at an end, or it is told to end.
pub fn run(typed: &HostArguments) -> Result<Exit, Failure> {
    let ending = Ending::watch()?;
    let store = Store::open(&typed.state).map_err(session::absent)?;
    let sink = records::sink(&typed.records)?;
    let settings = session::settings(&typed.cache, SLOTS);
    let host = session::host_that_records(store, settings, sink.clone())?;
    let operated = host.clone();
    let server = Server::listen(
        &typed.state,
        ServerSettings::default(),
        move |verb, operator| operated.operate(verb, operator),
    )?;
    let (state, tenants) = (typed.state.display(), host.tenants().len());
    terminal::note(format_args!(
        "the host of `{state}` is up with {tenants} tenants"
    ));
    for trouble in host.status().troubles {
        let trouble = terminal::visible(&trouble).into_owned();
        terminal::note(format_args!("trouble: {trouble}"));
    }
    let done = match &typed.requests {
        Some(requests) => decide::all(&host, &sink, requests, typed, &ending),
        None => {
            ending.wait();
            Ok(Exit::Done)
        }
    };
    server.close();
    records::flush(&sink, &typed.records)?;
    done
}
