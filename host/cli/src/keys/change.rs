//! Changing who is trusted: each change makes the next version of the keyring, signed by those whom the present one trusts.

use std::io::Write;

use lictor::{
    Digest, KeyId, Keyring, KeyringDocument, PrivateKey, Scope, SignedKeyring, TrustedKey, UnixMs,
    Validity,
};
use lictor_state::Trust;

use crate::arguments::{
    ChangeArguments, KeysFloorArguments, KeysRevokeArguments, KeysRotateArguments,
    KeysThresholdArguments, KeysTrustArguments,
};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::keys::keeper::Keeper;
use crate::keys::stop::{self, Stops};
use crate::write::write;
use crate::{secret, terminal, trusted};

/// Trusts a key, and founds the keyring where that is asked for.
pub fn trust(typed: &KeysTrustArguments) -> Result<Exit, Failure> {
    let wanted = wanted(typed)?;
    let id = typed.id.id();
    let put = |document: &mut KeyringDocument, _: UnixMs| {
        if document.revoked_keys.contains(&id) {
            let message = format!("the key `{id}` is revoked, and stays so");
            return Err(Failure::input(message).hint("make a new one with `lictor keys new`"));
        }
        document.keys.insert(typed.id, wanted.clone());
        Ok(format!("`{id}` of {} is trusted", wanted.owner))
    };
    if typed.first {
        found(&typed.change, put)
    } else {
        change(&typed.change, Purpose::Other, put)
    }
}

fn wanted(typed: &KeysTrustArguments) -> Result<TrustedKey, Failure> {
    let usage = |error: String| Failure::new(Exit::Usage, error);
    let texts = |typed: &[String]| {
        typed
            .iter()
            .map(|it| it.trim().to_owned())
            .collect::<Vec<_>>()
    };
    let tenants = texts(&typed.tenants);
    let tenants = Scope::parse(tenants.iter().map(String::as_str));
    let tenants = tenants.map_err(|error| usage(format!("`--tenants` is refused: {error}")))?;
    let policies = texts(&typed.policies);
    let policies = match policies.is_empty() {
        true if typed.tenants.is_empty() => Scope::only([]),
        true => Scope::All,
        false => Scope::parse(policies.iter().map(String::as_str))
            .map_err(|error| usage(format!("`--policies` is refused: {error}")))?,
    };
    Ok(TrustedKey {
        policies,
        validity: Validity {
            not_before_unix_ms: typed.from,
            not_after_unix_ms: typed.until,
        },
        updates: typed.updates,
        ..TrustedKey::new(typed.owner.clone(), tenants)
    })
}

/// Revokes a key, an artifact or a component.
pub fn revoke(typed: &KeysRevokeArguments) -> Result<Exit, Failure> {
    let target = &typed.target;
    let key: Option<KeyId> = target.parse().ok();
    let digest: Option<Digest> = target.parse().ok();
    change(&typed.change, Purpose::Stop, |document, _| {
        let is_new = match (key, digest) {
            (Some(_), _) if typed.component => {
                let message = "`--component` wants the digest of one, and not a key";
                return Err(Failure::new(Exit::Usage, message));
            }
            (Some(key), _) => document.revoked_keys.insert(key),
            (None, Some(digest)) if typed.component => document.revoked_components.insert(digest),
            (None, Some(digest)) => document.revoked_artifacts.insert(digest),
            (None, None) => {
                let message = format!(
                    "`{target}` is neither a key (`ed25519:...`) nor a digest (`blake3:...`)"
                );
                return Err(Failure::new(Exit::Usage, message));
            }
        };
        if !is_new {
            return Err(Failure::input(format!("`{target}` is revoked already")));
        }
        Ok(format!("`{target}` is revoked"))
    })
}

/// Lets a key take another's place.
pub fn rotate(typed: &KeysRotateArguments) -> Result<Exit, Failure> {
    let (old, new) = (typed.old, typed.new.id());
    change(&typed.change, Purpose::Other, |document, now| {
        if document.revoked_keys.contains(&new) || document.keys.contains_key(&typed.new) {
            let message = format!("the keyring knows `{new}` already");
            return Err(Failure::input(message).hint("make a new one with `lictor keys new`"));
        }
        let found = document.keys.iter_mut().find(|(key, _)| key.id() == old);
        let Some((_, trusted)) = found else {
            return Err(Failure::input(format!("the keyring doesn't name `{old}`")));
        };
        let successor = trusted.clone();
        let until = typed.until.unwrap_or(now);
        let end = &mut trusted.validity.not_after_unix_ms;
        *end = Some(end.map_or(until, |end| end.min(until)));
        document.keys.insert(typed.new, successor);
        Ok(format!("`{new}` takes the place of `{old}`"))
    })
}

/// Sets how many must sign.
pub fn threshold(typed: &KeysThresholdArguments) -> Result<Exit, Failure> {
    let count = typed.count;
    change(&typed.change, Purpose::Other, |document, _| {
        Ok(match &typed.tenant {
            Some(tenant) => {
                document.thresholds.insert(tenant.clone(), count);
                format!("{count} must sign for `{tenant}`")
            }
            None => {
                document.update_threshold = count;
                format!("{count} must sign changes of who is trusted")
            }
        })
    })
}

/// Sets the lowest version of a policy that a tenant may install, or that there is none.
pub fn floor(typed: &KeysFloorArguments) -> Result<Exit, Failure> {
    let (tenant, policy) = (&typed.tenant, &typed.policy);
    change(&typed.change, Purpose::Other, |document, _| {
        let floors = document.floors.entry(tenant.clone()).or_default();
        let what = match &typed.version {
            Some(version) => {
                floors.insert(policy.clone(), version.clone());
                format!("`{tenant}` may install no {policy} below {version}")
            }
            None if floors.remove(policy).is_some() => {
                format!("`{tenant}` may install any version of {policy}")
            }
            None => {
                let message = format!("`{tenant}` has no floor for {policy}");
                return Err(Failure::input(message));
            }
        };
        document.floors.retain(|_, floors| !floors.is_empty());
        Ok(what)
    })
}

// --- What they have in common

/// What a change is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// To stop something: nobody has to say so again.
    Stop,
    /// Something else.
    Other,
}

/// The next version of a keyring, with what was made of it in words.
struct Next {
    keyring: Keyring,
    what: String,
}

impl Next {
    fn of(
        mut document: KeyringDocument,
        now: UnixMs,
        edit: impl FnOnce(&mut KeyringDocument, UnixMs) -> Result<String, Failure>,
    ) -> Result<Self, Failure> {
        let what = edit(&mut document, now)?;
        check_not_locked_out(&document, now)?;
        let keyring = Keyring::new(document).map_err(Failure::input)?;
        Ok(Self { keyring, what })
    }

    fn signed(&self, keys: &[PrivateKey]) -> Result<SignedKeyring, Failure> {
        let none = || Failure::new(Exit::Usage, "no key was given");
        let (first, others) = keys.split_first().ok_or_else(none)?;
        let mut signed = SignedKeyring::new(self.keyring.clone(), first).map_err(Failure::input)?;
        for key in others {
            signed.sign(key).map_err(Failure::input)?;
        }
        Ok(signed)
    }

    fn said(&self) -> Result<Exit, Failure> {
        let version = self.keyring.version();
        terminal::note(format_args!(
            "{}: keyring version {version} is in effect",
            self.what
        ));
        Ok(Exit::Done)
    }

    /// Writes the signed change, for others to sign and install.
    fn write(&self, keys: &[PrivateKey], path: &std::path::Path) -> Result<Exit, Failure> {
        write(path, &self.signed(keys)?.to_bytes())?;
        let (what, version) = (&self.what, self.keyring.version());
        terminal::note(format_args!(
            "{what}: keyring version {version} is written, and nothing is changed yet"
        ));
        writeln!(anstream::stdout(), "{}", path.display())?;
        Ok(Exit::Done)
    }
}

/// Makes the next keyring and puts it into effect, or into a file.
fn change(
    typed: &ChangeArguments,
    purpose: Purpose,
    edit: impl FnOnce(&mut KeyringDocument, UnixMs) -> Result<String, Failure>,
) -> Result<Exit, Failure> {
    let keys = secret::keys(&typed.keys)?;
    let mut keeper = Keeper::find(typed.place.state.as_deref(), &typed.place.remote)?;
    let mut document = keeper.keyring()?.document().clone();
    document.version = document.version.saturating_add(1);
    let next = Next::of(document, trusted::now().wall, edit)?;
    let signed = next.signed(&keys)?;
    let outlook = keeper.preview(&signed, None)?;
    let stops = Stops::new(outlook.stopped, &typed.stop, purpose == Purpose::Stop);
    if let Some(path) = &typed.output {
        stops.warn();
        return next.write(&keys, path);
    }
    outlook.accepted?;
    if !stops.go_on()? {
        return Ok(Exit::Done);
    }
    stop::tell(&keeper.update(&signed, None, &typed.reason)?);
    next.said()
}

/// Makes the first keyring: the keys that were given sign changes of it from then on.
fn found(
    typed: &ChangeArguments,
    edit: impl FnOnce(&mut KeyringDocument, UnixMs) -> Result<String, Failure>,
) -> Result<Exit, Failure> {
    let keys = secret::keys(&typed.keys)?;
    let by = trusted::by(&typed.reason);
    let now = trusted::now();
    let next = Next::of(KeyringDocument::empty(), now.wall, |document, now| {
        let what = edit(document, now)?;
        for key in &keys {
            let operator = TrustedKey::operator(by.clone());
            let trusted = document.keys.entry(key.public()).or_insert(operator);
            trusted.updates = true;
        }
        Ok(what)
    })?;
    if let Some(path) = &typed.output {
        return next.write(&keys, path);
    }
    if typed.stop.dry_run {
        terminal::note(format_args!(
            "nothing is changed by this look: {}",
            next.what
        ));
        return Ok(Exit::Done);
    }
    let mut trust: Trust = trusted::open_or_create(trusted::founded(&typed.place)?)?;
    trust.found(next.keyring.clone(), now, &by)?;
    next.said()
}

/// A keyring that nobody could change any more is never made: too few keys could sign.
fn check_not_locked_out(document: &KeyringDocument, now: UnixMs) -> Result<(), Failure> {
    let usable = document.keys.iter().filter(|(key, trusted)| {
        let revoked = document.revoked_keys.contains(&key.id());
        let over = trusted
            .validity
            .not_after_unix_ms
            .is_some_and(|end| end <= now);
        trusted.updates && !revoked && !over
    });
    let (usable, needed) = (usable.count(), document.update_threshold as usize);
    if usable >= needed {
        return Ok(());
    }
    let message = format!(
        "after this nobody could change who is trusted: {needed} keys must sign that, and {usable} could"
    );
    Err(Failure::input(message).hint("trust another key with `--updates` first"))
}
