//! `lictor serve`: a host that others reach over the protocols that gateways speak.
//!
//! Must never do more than the library and the server do: it sets them up, tells how they are, and ends them.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use lictor::{Host, Operator, Role, StateError, Store, TOKEN_VALID_MAX};
use lictor_server::{Address, ServeError, Server, ServerSettings};
use lictor_socket::ServerSettings as SocketSettings;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;

use crate::arguments::ServeArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{records, session, terminal};

/// For how long the first token is good: long enough to make others.
const FIRST_TOKEN: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How often and how long a store is tried that somebody else holds.
const TRIES: u32 = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(50);
const _: () = assert!(FIRST_TOKEN.as_secs() <= TOKEN_VALID_MAX.as_secs());

/// Serves until it is told to end.
pub fn run(typed: &ServeArguments) -> Result<Exit, Failure> {
    if typed.openapi {
        let mut stdout = anstream::stdout().lock();
        serde_json::to_writer_pretty(&mut stdout, &lictor_server::openapi())
            .map_err(io::Error::from)?;
        writeln!(stdout)?;
        return Ok(Exit::Done);
    }
    let settings = settings(typed)?;
    let Some(state) = typed.state.as_ref().filter(|_| !typed.check) else {
        terminal::note(format_args!("the settings can be used"));
        return Ok(Exit::Done);
    };
    lictor_server::start_log(&settings.log);
    let mut told = Told::listen()?;
    let store = opened(state)?;
    let sink = records::sink(&typed.records)?;
    let host_settings = session::settings(&typed.cache, typed.slots);
    let host = session::host_that_records(store, host_settings, sink.clone())?;
    let server = Server::start(host.clone(), settings)?;
    let operated = host.clone();
    let operate = move |verb, operator: &Operator| operated.operate(verb, operator);
    let socket = lictor_socket::Server::listen(state, SocketSettings::default(), operate)?;
    introduce(&host, state, &server)?;
    told.wait(&server, typed);
    terminal::note(format_args!(
        "ends as soon as what is in flight is answered"
    ));
    server.stop();
    socket.close();
    records::flush(&sink, &typed.records)?;
    Ok(Exit::Done)
}

/// The store of the folder, which is made where there is none. A command that holds it is soon done.
fn opened(state: &Path) -> Result<Store, Failure> {
    for _ in 1..TRIES {
        match Store::open_or_create(state) {
            Err(StateError::Held { .. }) => thread::sleep(BETWEEN_TRIES),
            opened => return Ok(opened?),
        }
    }
    Ok(Store::open_or_create(state)?)
}

fn settings(typed: &ServeArguments) -> Result<ServerSettings, Failure> {
    let mut settings = match &typed.settings {
        Some(path) => read(path)?,
        None => ServerSettings::default(),
    };
    if let Some(listen) = &typed.listen {
        settings.listen = listen.clone();
    }
    if let Some(listen) = &typed.admin_listen {
        settings.admin.listen = listen.clone();
    }
    check_open(&settings.listen, settings.tls.is_some())?;
    check_open(&settings.admin.listen, settings.admin.tls.is_some())?;
    Ok(settings)
}

fn check_open(listen: &Address, is_encrypted: bool) -> Result<(), Failure> {
    if listen.is_local() || is_encrypted {
        return Ok(());
    }
    let message = format!("others than this machine would reach `{listen}` without encryption");
    let failure = Failure::new(Exit::Input, message);
    Err(failure.hint("name a certificate in the settings, or listen on loopback behind a proxy"))
}

/// The settings in a file.
///
/// # Errors
/// It can't be read, or has what can't be used.
pub fn read(path: &Path) -> Result<ServerSettings, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::input(format!("`{shown}` can't be read: {error}")))?;
    ServerSettings::parse(&text).map_err(|error| {
        Failure::input(format!("the settings in `{shown}` can't be used:\n{error}"))
    })
}

/// Tells how the host is, and hands out the first token of all.
fn introduce(host: &Host, state: &Path, server: &Server) -> Result<(), Failure> {
    let (tenants, state) = (host.tenants().len(), state.display());
    let address = server.address();
    terminal::note(format_args!(
        "the host of `{state}` serves {tenants} tenants on {address}"
    ));
    terminal::note(format_args!(
        "its operators reach it on {}",
        server.admin_address()
    ));
    for trouble in host.status().troubles {
        let trouble = terminal::visible(&trouble).into_owned();
        terminal::note(format_args!("trouble: {trouble}"));
    }
    if host.keyring().is_none() {
        terminal::note(format_args!(
            "it trusts nobody yet, so that no policy can be used: end it, and see `lictor keys trust --help`"
        ));
    }
    if !host.has_issued_tokens() {
        let host = host.acting_as("serve", Some("the first start".to_owned()));
        let issued = host.issue_token(Role::Engineer {}, "the first token", FIRST_TOKEN);
        let issued = issued.map_err(|error| Failure::new(Exit::HostFault, error))?;
        terminal::note(format_args!(
            "there was no token, so here is one that is good for everything for 30 days, and is shown this once:\n{}",
            issued.secret
        ));
    }
    terminal::note(format_args!("it takes requests until it is told to end"));
    Ok(())
}

/// What the process is told by signals.
struct Told {
    signals: Signals,
}

impl Told {
    fn listen() -> Result<Self, Failure> {
        let failed = |error: io::Error| {
            let message = format!("signals can't be listened for: {error}");
            Failure::new(Exit::HostFault, message)
        };
        let signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).map_err(failed)?;
        // A file that may not grow is a write that fails, and no reason to end: decisions go on.
        signal_hook::flag::register(SIGXFSZ, Arc::default()).map_err(failed)?;
        Ok(Self { signals })
    }

    /// Waits until it is told to end. A second time ends it at once; SIGHUP reads the settings and the certificates again.
    fn wait(&mut self, server: &Server, typed: &ServeArguments) {
        for signal in self.signals.forever() {
            if signal != SIGHUP {
                break;
            }
            reload(server, typed);
        }
        // From here on the system ends the process at the next signal.
        for signal in [SIGINT, SIGTERM] {
            drop(signal_hook::flag::register_conditional_default(
                signal,
                Arc::new(true.into()),
            ));
        }
    }
}

fn reload(server: &Server, typed: &ServeArguments) {
    let settings = settings(typed).map_err(|failure| failure.to_string());
    let reloaded =
        settings.and_then(|settings| server.reload(settings).map_err(|error| error.to_string()));
    match reloaded {
        Ok(kept) => {
            terminal::note(format_args!(
                "the settings and certificates were read again"
            ));
            for name in kept {
                terminal::note(format_args!(
                    "`{name}` stays as it was until the server is started again"
                ));
            }
        }
        Err(error) => terminal::note(format_args!(
            "the settings and certificates stay as they were: {error}"
        )),
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        Self::new(Exit::HostFault, error)
    }
}
