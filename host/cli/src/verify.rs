//! `lictor verify`: whether a signed file may be installed for a tenant, or which check fails. It changes nothing.

use std::io::{self, Write};

use anstyle::Style;
use lictor::{
    Admission, Fetched, Keyring, TenantName, TrustError, TrustedKey, UnixMs, Verified, VerifyError,
};
use lictor_state::Trust;
use serde::Serialize;

use crate::arguments::VerifyArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::keys::signs;
use crate::source::Source;
use crate::terminal::visible;
use crate::trusted;

const HEADING: Style = Style::new().bold();

/// What verifying found, as a program reads it.
#[derive(Serialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
enum Verdict {
    Verified(Box<Accepted>),
    Refused {
        check: &'static str,
        message: String,
    },
}

/// An artifact that may be installed.
#[derive(Serialize)]
struct Accepted {
    tenant: TenantName,
    policy: String,
    version: String,
    artifact: String,
    component: String,
    keys: Vec<Counted>,
    keys_needed: u32,
    /// The last moment at which it may be installed, as things are.
    #[serde(skip_serializing_if = "Option::is_none")]
    until_unix_ms: Option<UnixMs>,
    uses_rollback: bool,
}

/// A key whose signature counted.
#[derive(Serialize)]
struct Counted {
    key: String,
    #[serde(flatten)]
    trusted: TrustedKey,
}

/// Verifies the file that was typed.
pub fn run(typed: &VerifyArguments) -> Result<Exit, Failure> {
    let mut trust = trusted::read(&typed.trusted)?;
    trust.keyring()?;
    let artifact = match Source::signed(&typed.file) {
        Err(failure) if typed.json && failure.exit() == Exit::Refused => {
            return refuse_json("form", &failure);
        }
        artifact => artifact?,
    };
    match verified(typed, &mut trust, &artifact)? {
        Ok(verified) => {
            let accepted = accepted(trust.keyring()?, &verified);
            let mut stdout = anstream::stdout().lock();
            if typed.json {
                print(&Verdict::Verified(Box::new(accepted)))?;
            } else {
                accepted.write(&mut stdout)?;
            }
            Ok(Exit::Done)
        }
        Err(error) => {
            let failure = refused(typed, &error);
            if typed.json {
                return refuse_json(check(&error), &failure);
            }
            Err(failure)
        }
    }
}

/// The outcome of the checks. What could not be checked is a failure.
fn verified(
    typed: &VerifyArguments,
    trust: &mut Trust,
    artifact: &Fetched,
) -> Result<Result<Verified, VerifyError>, Failure> {
    let tenant = &typed.tenant;
    if let Some(at) = typed.at {
        let policy = &artifact.manifest().policy;
        let mut seen = trust.highest();
        let seen = seen.find(|seen| (&seen.tenant, &seen.policy) == (tenant, policy));
        let admission = Admission::new(tenant, at).highest_seen(seen.map(|seen| &seen.version));
        return Ok(trust.keyring()?.verify(artifact, admission));
    }
    let rollback = typed
        .rollback
        .as_deref()
        .map(trusted::rollback)
        .transpose()?;
    match trust.verify(artifact, tenant, trusted::now(), rollback.as_ref()) {
        Ok(candidate) => Ok(Ok(candidate.verified().clone())),
        Err(TrustError::Verify(error)) => Ok(Err(error)),
        Err(error) => Err(error.into()),
    }
}

fn accepted(keyring: &Keyring, verified: &Verified) -> Accepted {
    let manifest = verified.manifest();
    let signers = verified.signers().iter();
    let known = signers.filter_map(|id| keyring.keys().iter().find(|(key, _)| key.id() == *id));
    let keys: Vec<Counted> = known
        .map(|(key, trusted)| Counted {
            key: key.id().to_string(),
            trusted: trusted.clone(),
        })
        .collect();
    let keys_needed = keyring.threshold(verified.tenant());
    let of_keys = end_of_enough(&keys, keys_needed);
    let of_artifact = manifest.validity.not_after_unix_ms;
    Accepted {
        tenant: verified.tenant().clone(),
        policy: manifest.policy.to_string(),
        version: manifest.version.to_string(),
        artifact: verified.artifact().to_string(),
        component: verified.component_digest().to_string(),
        keys,
        keys_needed,
        until_unix_ms: of_keys.into_iter().chain(of_artifact).min(),
        uses_rollback: verified.rollback().is_some(),
    }
}

/// When too few of these keys are left that have not expired: the end of the key that is the last one needed, counted from the
/// one that lasts longest.
fn end_of_enough(keys: &[Counted], needed: u32) -> Option<UnixMs> {
    let end = |key: &Counted| key.trusted.validity.not_after_unix_ms;
    let mut ends: Vec<UnixMs> = keys
        .iter()
        .map(|key| end(key).unwrap_or(UnixMs(u64::MAX)))
        .collect();
    ends.sort_unstable();
    let last = ends.iter().rev().nth(needed.saturating_sub(1) as usize);
    last.copied().filter(|end| *end != UnixMs(u64::MAX))
}

/// The name of the check, for programs.
fn check(error: &VerifyError) -> &'static str {
    match error {
        VerifyError::Component { .. } => "component",
        VerifyError::RevokedArtifact(_) => "revoked-artifact",
        VerifyError::RevokedComponent(_) => "revoked-component",
        VerifyError::BadSignature(_) => "bad-signature",
        VerifyError::BadProvenanceSignature(_) => "bad-provenance-signature",
        VerifyError::UnknownKeys(_) => "unknown-keys",
        VerifyError::RevokedKey(_) => "revoked-key",
        VerifyError::ExpiredKey { .. } => "expired-key",
        VerifyError::KeyNotYetValid { .. } => "key-not-yet-valid",
        VerifyError::OtherTenant { .. } => "other-tenant",
        VerifyError::OtherPolicy { .. } => "other-policy",
        VerifyError::Threshold { .. } => "threshold",
        VerifyError::NotYetValid(_) => "not-yet-valid",
        VerifyError::Expired(_) => "expired",
        VerifyError::BelowFloor { .. } => "below-floor",
        VerifyError::LowerVersion { .. } => "lower-version",
        VerifyError::OtherRollback { .. } => "other-rollback",
    }
}

fn refused(typed: &VerifyArguments, error: &VerifyError) -> Failure {
    let detail = match error {
        VerifyError::Threshold { signatures, .. } => trusted::standings(signatures),
        _ => String::new(),
    };
    let (file, tenant, check) = (typed.file.display(), &typed.tenant, check(error));
    Failure::new(
        Exit::Refused,
        format!("`{file}` is refused for the tenant `{tenant}` ({check}): {error}{detail}"),
    )
}

fn refuse_json(check: &'static str, failure: &Failure) -> Result<Exit, Failure> {
    let message = failure.to_string();
    print(&Verdict::Refused { check, message })?;
    Ok(failure.exit())
}

fn print(verdict: &Verdict) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    serde_json::to_writer_pretty(&mut stdout, verdict).map_err(io::Error::from)?;
    writeln!(stdout)?;
    Ok(())
}

impl Accepted {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let (policy, version, tenant) = (&self.policy, &self.version, &self.tenant);
        writeln!(
            out,
            "verified: {policy} {version} may be installed for the tenant `{tenant}`"
        )?;
        writeln!(out, "{HEADING}artifact{HEADING:#}   {}", self.artifact)?;
        writeln!(out, "{HEADING}component{HEADING:#}  {}", self.component)?;
        match self.until_unix_ms {
            Some(until) => writeln!(out, "{HEADING}until{HEADING:#}      {until}")?,
            None => writeln!(out, "{HEADING}until{HEADING:#}      no end is set")?,
        }
        if self.uses_rollback {
            writeln!(
                out,
                "{HEADING}rollback{HEADING:#}   it is a lower version, which the rollback allows once"
            )?;
        }
        let (have, needed) = (self.keys.len(), self.keys_needed);
        writeln!(
            out,
            "{HEADING}keys{HEADING:#}       {have} of at least {needed}"
        )?;
        for Counted { key, trusted } in &self.keys {
            writeln!(out, "  {key}  {}", visible(&trusted.owner))?;
            writeln!(out, "    {}", signs(trusted))?;
        }
        Ok(())
    }
}
