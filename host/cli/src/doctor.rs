//! `lictor doctor`: what is wrong with a host and its machine, and what to do about it.
//!
//! Must never change anything: who looks is no operator yet.

mod doors;
mod folder;
mod keys;
mod machine;

use std::io::{self, Write};

use lictor::{HostStatus, Keyring, Reply, TenantLine, Verb};
use lictor_server::ServerSettings;
use serde::Serialize;

use crate::arguments::DoctorArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{self, Session};
use crate::{registry, serve, terminal, trusted};

use machine::{Machine, Wanted};

/// Something that was found, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Finding {
    /// What it is about: `machine`, `state`, `host`, `clock`, `keys`, `registry`, `certificates` or `listeners`.
    about: &'static str,
    /// Whether it is wrong already, or only will be, or may be.
    wrong: bool,
    /// What is the matter.
    what: String,
    /// What to do about it.
    advice: String,
}

impl Finding {
    fn wrong(about: &'static str, what: impl ToString, advice: impl ToString) -> Self {
        Self {
            about,
            wrong: true,
            what: what.to_string(),
            advice: advice.to_string(),
        }
    }

    /// Something that isn't wrong yet.
    fn near(about: &'static str, what: impl ToString, advice: impl ToString) -> Self {
        Self {
            wrong: false,
            ..Self::wrong(about, what, advice)
        }
    }
}

/// Looks at everything that was named. Ends with 1 where something is wrong.
pub fn run(typed: &DoctorArguments) -> Result<Exit, Failure> {
    let settings = match &typed.settings {
        Some(path) => serve::read(path)?,
        None => ServerSettings::default(),
    };
    let now_s = trusted::now().wall.0 / 1_000;
    let mut findings = Vec::new();
    if let Some(state) = &typed.place.state {
        let connections = settings.traffic.connections + settings.admin.connections;
        let wanted = Wanted {
            connections: connections as u64,
            slots: typed.slots,
        };
        findings.extend(Machine::look().findings(&wanted));
        findings.extend(folder::findings(state));
    }
    let mut is_running = false;
    // A damaged or missing state is what somebody looks for, so it is no reason to look no further.
    match Session::open(&typed.place) {
        Ok(mut session) => {
            is_running = session.is_running();
            match host(&mut session, now_s) {
                Ok(found) => findings.extend(found),
                Err(failure) => findings.push(of_failure("host", &failure)),
            }
        }
        Err(failure) if failure.exit() == Exit::Usage => return Err(failure),
        Err(failure) => findings.push(of_failure("host", &failure)),
    }
    if typed.settings.is_some() {
        findings.extend(doors::certificates(&settings, now_s));
        if typed.place.state.is_some() {
            findings.extend(doors::listeners(&settings, is_running));
        }
    }
    if let Some(repository) = &typed.repository
        && let Err(failure) = registry::look(repository, &typed.registry)
    {
        findings.push(of_failure("registry", &failure));
    }
    show(&findings, typed.json)?;
    Ok(match findings.iter().any(|finding| finding.wrong) {
        true => Exit::No,
        false => Exit::Done,
    })
}

fn of_failure(about: &'static str, failure: &Failure) -> Finding {
    let advice = match (failure.hint_text(), about) {
        (Some(hint), _) => hint,
        (None, "registry") => "see that the registry runs, and that this machine reaches it",
        (None, _) => {
            "see that the host runs, or that its state folder is whole: `lictor state check`"
        }
    };
    Finding::wrong(about, failure, advice)
}

/// What the host itself says.
fn host(session: &mut Session, now_s: u64) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    let status = match session.ask(Verb::Status {})? {
        Reply::Status(status) => status,
        reply => return Err(session::unexpected(&reply)),
    };
    findings.extend(of_status(&status));
    if status.keyring.is_none() {
        findings.push(Finding::wrong(
            "keys",
            "the host trusts nobody, so that no policy can be used",
            "say whom it is to trust: `lictor keys trust --first --help`",
        ));
        return Ok(findings);
    }
    let keyring = match session.ask(Verb::KeyringShow {})? {
        Reply::Keyring { keyring, .. } => {
            Keyring::parse(keyring.bytes()?).map_err(Failure::input)?
        }
        reply => return Err(session::unexpected(&reply)),
    };
    let tenants = match session.ask(Verb::TenantList {})? {
        Reply::Tenants { tenants } => tenants,
        reply => return Err(session::unexpected(&reply)),
    };
    let tenants: Vec<_> = tenants
        .into_iter()
        .map(|TenantLine { tenant, .. }| tenant)
        .collect();
    findings.extend(keys::findings(keyring.document(), &tenants, now_s));
    Ok(findings)
}

fn of_status(status: &HostStatus) -> Vec<Finding> {
    let troubles = status.troubles.iter().map(|trouble| {
        if trouble.contains("the wall clock says") {
            return Finding::wrong(
                "clock",
                trouble,
                "set the clock right; where it is right now, `lictor state accept-clock` says so",
            );
        }
        match trouble.split_once("; ") {
            Some((what, advice)) => Finding::wrong("host", what, advice),
            None => Finding::wrong("host", trouble, "`lictor status` shows it as well"),
        }
    });
    let lost = (status.records_lost > 0).then(|| {
        let what = format!("{} records were lost since it started", status.records_lost);
        let advice = "make room where records are written, or put them on a faster disk";
        Finding::wrong("host", what, advice)
    });
    troubles.chain(lost).collect()
}

fn show(findings: &[Finding], is_json: bool) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    if is_json {
        serde_json::to_writer(&mut stdout, findings).map_err(io::Error::from)?;
        return Ok(writeln!(stdout)?);
    }
    if findings.is_empty() {
        writeln!(stdout, "nothing is wrong that can be seen from here")?;
    }
    for finding in findings {
        let how = if finding.wrong { "wrong" } else { "near " };
        let (what, advice) = (
            terminal::visible(&finding.what),
            terminal::visible(&finding.advice),
        );
        writeln!(stdout, "{how}  {}: {what}", finding.about)?;
        writeln!(stdout, "       {advice}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_and_lost_records_are_found() {
        let text = r#"{"version": "1", "contract": "1", "tenants": 0, "keyring": 1, "suspensions": 0, "records_lost": 2,
            "troubles": ["the wall clock says 1 and should say 2: expiry stands still", "`bank` lacks a file; bind it again", "odd"],
            "recall": {"hits": 0, "misses": 0, "bytes": 0, "contradictions": 0}}"#;
        let found = of_status(&serde_json::from_str(text).unwrap());
        let about: Vec<&str> = found.iter().map(|it| it.about).collect();
        assert_eq!(about, ["clock", "host", "host", "host"]);
        assert_eq!(found[1].advice, "bind it again");
        assert!(found.iter().all(|it| it.wrong && !it.advice.is_empty()));
    }
}
