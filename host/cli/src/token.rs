//! `lictor token`: who else may speak to a host that serves.

use std::io::{self, Write};
use std::time::{Duration, UNIX_EPOCH};

use lictor::{Reply, Role, TokenLine, Verb};

use crate::arguments::{
    RoleName, TokenArguments, TokenCommand, TokenIssueArguments, TokenListArguments,
    TokenRevokeArguments,
};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{self, Session};
use crate::terminal;

/// Does what was typed.
pub fn run(typed: &TokenArguments) -> Result<Exit, Failure> {
    match &typed.command {
        TokenCommand::Issue(typed) => issue(typed),
        TokenCommand::List(typed) => list(typed),
        TokenCommand::Revoke(typed) => revoke(typed),
    }
}

fn issue(typed: &TokenIssueArguments) -> Result<Exit, Failure> {
    let verb = Verb::TokenIssue {
        grant: role(typed)?,
        label: typed.label.clone(),
        valid_s: typed.valid.as_secs(),
        priority: typed.priority,
    };
    let order = &typed.order;
    let reply = Session::open(&order.place)?.order(verb, &order.reason)?;
    let Reply::Token { token, secret } = reply else {
        return Err(session::unexpected(&reply));
    };
    let (id, until) = (&token.id, moment(token.grant.until_ms));
    let role = &token.grant.role;
    terminal::note(format_args!(
        "the token `{id}` is good for {role} until {until}; it is shown this once"
    ));
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(secret.bytes()?)?;
    writeln!(stdout)?;
    Ok(Exit::Done)
}

fn role(typed: &TokenIssueArguments) -> Result<Role, Failure> {
    match (typed.role, &typed.tenant) {
        (Some(RoleName::Engineer), _) => Ok(Role::Engineer {}),
        (Some(RoleName::Operator), _) => Ok(Role::Operator {}),
        (Some(RoleName::Auditor), _) => Ok(Role::Auditor {}),
        (None, Some(tenant)) => Ok(Role::Tenant {
            tenant: tenant.clone(),
        }),
        (None, None) => Err(Failure::new(Exit::Usage, "name a `--tenant` or a `--role`")),
    }
}

fn list(typed: &TokenListArguments) -> Result<Exit, Failure> {
    let tokens = match Session::open(&typed.place)?.ask(Verb::TokenList {})? {
        Reply::Tokens { tokens } => tokens,
        reply => return Err(session::unexpected(&reply)),
    };
    let mut stdout = anstream::stdout().lock();
    if typed.json {
        serde_json::to_writer(&mut stdout, &tokens).map_err(io::Error::from)?;
        writeln!(stdout)?;
        return Ok(Exit::Done);
    }
    for TokenLine { id, grant } in tokens {
        let (role, until) = (grant.role.to_string(), moment(grant.until_ms));
        let by = terminal::visible(&grant.by).into_owned();
        let label = terminal::visible(&grant.label).into_owned();
        writeln!(stdout, "{id}  {role:<16}  until {until}  by {by}  {label}")?;
    }
    Ok(Exit::Done)
}

fn revoke(typed: &TokenRevokeArguments) -> Result<Exit, Failure> {
    let (order, token) = (&typed.order, typed.token.clone());
    Session::open(&order.place)?.order(Verb::TokenRevoke { token }, &order.reason)?;
    let token = &typed.token;
    terminal::note(format_args!("the token `{token}` is refused from now on"));
    Ok(Exit::Done)
}

/// A moment as a person reads it.
fn moment(unix_ms: u64) -> impl std::fmt::Display {
    let at = UNIX_EPOCH + Duration::from_secs(unix_ms / 1_000);
    humantime::format_rfc3339_seconds(at)
}
