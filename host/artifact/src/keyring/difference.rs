//! In what a keyring differs from the one before it, for people and for the journal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use lictor_policy::{Digest, PolicyName, TenantName, Version};

use super::{Keyring, TrustedKey};
use crate::{KeyId, PublicKey};

/// One thing in which a keyring differs from the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyringDifference {
    /// A key is trusted that was not.
    KeyAdded(KeyId, String),
    /// A key may sign other things than before, at other times, or has another owner.
    KeyChanged(KeyId, String),
    /// A key isn't named any more.
    KeyRemoved(KeyId, String),
    /// A key is revoked, or its revocation is taken back.
    KeyRevoked(KeyId, bool),
    /// An artifact is revoked, or its revocation is taken back.
    ArtifactRevoked(Digest, bool),
    /// A component is revoked, or its revocation is taken back.
    ComponentRevoked(Digest, bool),
    /// So many keys must sign for a tenant.
    Threshold(TenantName, u32),
    /// So many keys must sign changes of who is trusted.
    UpdateThreshold(u32),
    /// The lowest version of a policy that a tenant may install, where there is one.
    Floor(TenantName, PolicyName, Option<Version>),
}

impl Keyring {
    /// In what another keyring differs from this one; nothing where they differ in their version numbers alone.
    pub fn differences(&self, next: &Keyring) -> Vec<KeyringDifference> {
        use KeyringDifference::{ArtifactRevoked, ComponentRevoked, KeyRevoked, UpdateThreshold};

        let (old, new) = (self.document(), next.document());
        let mut found = differences_of_keys(&old.keys, &new.keys);
        let revoked = |old, new| changed(old, new).map(|(key, is_in)| KeyRevoked(*key, is_in));
        found.extend(revoked(&old.revoked_keys, &new.revoked_keys));
        let artifacts = changed(&old.revoked_artifacts, &new.revoked_artifacts);
        found.extend(artifacts.map(|(digest, is_in)| ArtifactRevoked(*digest, is_in)));
        let components = changed(&old.revoked_components, &new.revoked_components);
        found.extend(components.map(|(digest, is_in)| ComponentRevoked(*digest, is_in)));
        let tenants: BTreeSet<&TenantName> =
            old.thresholds.keys().chain(new.thresholds.keys()).collect();
        for tenant in tenants {
            let threshold = next.threshold(tenant);
            if threshold != self.threshold(tenant) {
                found.push(KeyringDifference::Threshold(tenant.clone(), threshold));
            }
        }
        if old.update_threshold != new.update_threshold {
            found.push(UpdateThreshold(new.update_threshold));
        }
        found.extend(differences_of_floors(self, next));
        found
    }
}

fn differences_of_keys(
    old: &BTreeMap<PublicKey, TrustedKey>,
    new: &BTreeMap<PublicKey, TrustedKey>,
) -> Vec<KeyringDifference> {
    let come = new.iter().filter_map(|(key, trusted)| {
        let (id, owner) = (key.id(), trusted.owner.clone());
        match old.get(key) {
            None => Some(KeyringDifference::KeyAdded(id, owner)),
            Some(before) if before != trusted => Some(KeyringDifference::KeyChanged(id, owner)),
            Some(_) => None,
        }
    });
    let gone = old.iter().filter(|(key, _)| !new.contains_key(*key));
    let gone =
        gone.map(|(key, trusted)| KeyringDifference::KeyRemoved(key.id(), trusted.owner.clone()));
    come.chain(gone).collect()
}

/// What is in one of the sets alone, and whether that is the new one.
fn changed<'a, T: Ord>(
    old: &'a BTreeSet<T>,
    new: &'a BTreeSet<T>,
) -> impl Iterator<Item = (&'a T, bool)> {
    old.symmetric_difference(new)
        .map(|it| (it, new.contains(it)))
}

fn differences_of_floors<'a>(
    old: &'a Keyring,
    new: &'a Keyring,
) -> impl Iterator<Item = KeyringDifference> + 'a {
    let all = [old, new]
        .into_iter()
        .flat_map(|keyring| &keyring.document().floors);
    let named: BTreeSet<_> = all
        .flat_map(|(tenant, floors)| floors.keys().map(move |policy| (tenant, policy)))
        .collect();
    named
        .into_iter()
        .filter(|(tenant, policy)| old.floor(tenant, policy) != new.floor(tenant, policy))
        .map(|(tenant, policy)| {
            let floor = new.floor(tenant, policy).cloned();
            KeyringDifference::Floor(tenant.clone(), policy.clone(), floor)
        })
}

impl fmt::Display for KeyringDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = |revoked: &bool| match revoked {
            true => "revoke",
            false => "no longer revoke",
        };
        match self {
            Self::KeyAdded(key, owner) => write!(f, "trust {key} of {owner}"),
            Self::KeyChanged(key, owner) => write!(f, "change what {key} of {owner} may sign"),
            Self::KeyRemoved(key, owner) => write!(f, "forget {key} of {owner}"),
            Self::KeyRevoked(key, is_in) => write!(f, "{} {key}", verb(is_in)),
            Self::ArtifactRevoked(digest, is_in) => {
                write!(f, "{} artifact {digest}", verb(is_in))
            }
            Self::ComponentRevoked(digest, is_in) => {
                write!(f, "{} component {digest}", verb(is_in))
            }
            Self::Threshold(tenant, 1) => write!(f, "1 key must sign for {tenant}"),
            Self::Threshold(tenant, count) => write!(f, "{count} keys must sign for {tenant}"),
            Self::UpdateThreshold(1) => f.write_str("1 key must sign changes of who is trusted"),
            Self::UpdateThreshold(count) => {
                write!(f, "{count} keys must sign changes of who is trusted")
            }
            Self::Floor(tenant, policy, Some(version)) => {
                write!(f, "refuse {policy} below {version} for {tenant}")
            }
            Self::Floor(tenant, policy, None) => {
                write!(f, "refuse no version of {policy} for {tenant}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyringDocument, PrivateKey, Scope};

    #[test]
    fn each_difference_is_told_and_nothing_else() {
        let key = |number| PrivateKey::from_seed(&[number; 32]);
        let mut before = KeyringDocument::empty();
        for number in [1, 2, 3] {
            let trusted = TrustedKey::new(format!("owner {number}"), Scope::All);
            before.keys.insert(key(number).public(), trusted);
        }
        before.revoked_artifacts.insert(Digest::of(b"a"));
        let (bank, rule) = ("bank".parse().unwrap(), "rule".parse().unwrap());
        let mut after = before.clone();
        after.version = 2;
        after.keys.remove(&key(1).public());
        after.keys.get_mut(&key(2).public()).unwrap().tenants = Scope::only([]);
        let added = TrustedKey::operator("owner 4");
        after.keys.insert(key(4).public(), added);
        after.revoked_keys.insert(key(3).id());
        after.revoked_artifacts.clear();
        after.revoked_components.insert(Digest::of(b"c"));
        after.thresholds.insert("bank".parse().unwrap(), 2);
        // What the default says anyway.
        after.thresholds.insert("shop".parse().unwrap(), 1);
        let floors = BTreeMap::from([(rule, "1.2.0".parse().unwrap())]);
        after.floors.insert(bank, floors);
        let (before, after) = (Keyring::new(before).unwrap(), Keyring::new(after).unwrap());

        let mut told: Vec<String> = before
            .differences(&after)
            .iter()
            .map(KeyringDifference::to_string)
            .collect();
        told.sort();
        let mut expected = [
            format!("trust {} of owner 4", key(4).id()),
            format!("change what {} of owner 2 may sign", key(2).id()),
            format!("forget {} of owner 1", key(1).id()),
            format!("revoke {}", key(3).id()),
            format!("no longer revoke artifact {}", Digest::of(b"a")),
            format!("revoke component {}", Digest::of(b"c")),
            "2 keys must sign for bank".to_owned(),
            "refuse rule below 1.2.0 for bank".to_owned(),
        ];
        expected.sort();
        assert_eq!(told, expected);
        assert_eq!(before.differences(&before), []);
        assert_eq!(after.differences(&before).len(), expected.len());
    }
}
