//! Whom a host trusts, for people to read.

use std::io::{self, Write};

use anstyle::Style;
use lictor::{Keyring, PublicKey, TrustedKey, UnixMs, Validity};

use crate::arguments::KeysListArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::keys::keeper::Keeper;
use crate::terminal::visible;
use crate::trusted;

const HEADING: Style = Style::new().bold();

/// Shows the keyring that was named.
pub fn list(typed: &KeysListArguments) -> Result<Exit, Failure> {
    let keyring = match &typed.keyring {
        Some(file) => trusted::keyring(file)?,
        None => Keeper::find(typed.state.as_deref(), &typed.remote)?.keyring()?,
    };
    let mut stdout = anstream::stdout().lock();
    if typed.json {
        stdout.write_all(&keyring.to_bytes())?;
        writeln!(stdout)?;
    } else {
        write(&mut stdout, &keyring, trusted::now().wall)?;
    }
    Ok(Exit::Done)
}

fn write(out: &mut impl Write, keyring: &Keyring, now: UnixMs) -> io::Result<()> {
    let document = keyring.document();
    writeln!(
        out,
        "{HEADING}keyring{HEADING:#}  version {}, {}",
        keyring.version(),
        keyring.digest()
    )?;
    let many = |count: &u32| match count {
        1 => "1 key".to_owned(),
        count => format!("{count} keys"),
    };
    let updates = many(&document.update_threshold);
    writeln!(out, "{HEADING}changes{HEADING:#}  signed by {updates}")?;
    for (tenant, count) in &document.thresholds {
        writeln!(
            out,
            "{HEADING}tenant{HEADING:#}   `{tenant}` needs {}",
            many(count)
        )?;
    }
    writeln!(out, "{HEADING}keys{HEADING:#}")?;
    for (key, trusted) in keyring.keys() {
        write_key(out, key, trusted, keyring, now)?;
    }
    let revoked_keys = document.revoked_keys.iter();
    let strangers = revoked_keys.filter(|key| !document.keys.contains_key(*key));
    let revoked: Vec<String> = strangers
        .map(|key| format!("key {key}"))
        .chain(
            document
                .revoked_artifacts
                .iter()
                .map(|it| format!("artifact {it}")),
        )
        .chain(
            document
                .revoked_components
                .iter()
                .map(|it| format!("component {it}")),
        )
        .collect();
    if !revoked.is_empty() {
        writeln!(out, "{HEADING}revoked{HEADING:#}")?;
    }
    revoked
        .iter()
        .try_for_each(|line| writeln!(out, "  {line}"))?;
    for (tenant, policies) in &document.floors {
        for (policy, floor) in policies {
            writeln!(
                out,
                "{HEADING}floor{HEADING:#}    `{tenant}`: {policy} {floor}"
            )?;
        }
    }
    Ok(())
}

fn write_key(
    out: &mut impl Write,
    key: &PublicKey,
    trusted: &TrustedKey,
    keyring: &Keyring,
    now: UnixMs,
) -> io::Result<()> {
    let revoked = keyring.document().revoked_keys.contains(&key.id());
    let over = trusted
        .validity
        .not_after_unix_ms
        .is_some_and(|end| end < now);
    let standing = match (revoked, over) {
        (true, _) => "  REVOKED",
        (false, true) => "  EXPIRED",
        _ => "",
    };
    let owner = visible(&trusted.owner);
    writeln!(out, "  {}  {owner}{standing}", key.id())?;
    writeln!(out, "    {}", signs(trusted))
}

/// What a key may sign, and when.
pub fn signs(trusted: &TrustedKey) -> String {
    let mut parts = Vec::new();
    let tenants = trusted.tenants.to_string();
    if tenants != "none" {
        parts.push(format!("tenants {tenants}; policies {}", trusted.policies));
    }
    if trusted.updates {
        parts.push("changes of who is trusted".to_owned());
    }
    if parts.is_empty() {
        parts.push("nothing".to_owned());
    }
    parts.extend(window(&trusted.validity));
    parts.join("; ")
}

/// A window of time, where there is one.
pub fn window(validity: &Validity) -> Option<String> {
    match (validity.not_before_unix_ms, validity.not_after_unix_ms) {
        (None, None) => None,
        (Some(from), None) => Some(format!("from {from}")),
        (None, Some(until)) => Some(format!("until {until}")),
        (Some(from), Some(until)) => Some(format!("from {from} until {until}")),
    }
}
