//! Keys: whether those that are needed can still sign.

use lictor::{KeyringDocument, TenantName, TrustedKey};

use super::Finding;

/// How long before its end a key is spoken of.
const SOON_S: u64 = 14 * 24 * 60 * 60;

/// What is the matter with a keyring, for these tenants.
pub(super) fn findings(
    document: &KeyringDocument,
    tenants: &[TenantName],
    now_s: u64,
) -> Vec<Finding> {
    let usable = || {
        document.keys.iter().filter(|(key, trusted)| {
            !document.revoked_keys.contains(&key.id())
                && ends_s(trusted).is_none_or(|end| end > now_s)
        })
    };
    let mut findings = Vec::new();
    let (needed, there) = (
        document.update_threshold as usize,
        usable().filter(|(_, trusted)| trusted.updates).count(),
    );
    if there < needed {
        findings.push(Finding::wrong(
            "keys",
            format!("nobody can change who is trusted any more: {needed} keys must sign that, and {there} can"),
            "found the keyring anew in a new state folder, with keys that are good: `lictor keys trust --first`",
        ));
    }
    for tenant in tenants {
        let needed = document.thresholds.get(tenant).map_or(1, |it| *it as usize);
        let there = usable()
            .filter(|(_, it)| it.tenants.contains(tenant))
            .count();
        if there < needed {
            findings.push(Finding::wrong(
                "keys",
                format!("no policy can be put into use for `{tenant}`: {needed} keys must sign, and {there} can"),
                format!("trust another key for it: `lictor keys trust KEYID --tenants {tenant}`"),
            ));
        }
    }
    for (key, trusted) in usable() {
        if let Some(end) = ends_s(trusted).filter(|end| *end - now_s < SOON_S) {
            let days = (end - now_s) / (24 * 60 * 60);
            let what = format!(
                "the key {} of {} ends in {days} days",
                key.id(),
                trusted.owner
            );
            let advice = "let a new one take its place: `lictor keys rotate`";
            findings.push(Finding::near("keys", what, advice));
        }
    }
    findings
}

fn ends_s(trusted: &TrustedKey) -> Option<u64> {
    Some(trusted.validity.not_after_unix_ms?.0 / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lictor::{PrivateKey, Scope, UnixMs};

    const NOW_S: u64 = 1_800_000_000;

    fn of(end_s: Option<u64>, tenants: &[&str], updates: bool) -> TrustedKey {
        let mut key = TrustedKey::operator("alice");
        key.updates = updates;
        key.tenants = Scope::only(tenants.iter().map(|it| it.parse().unwrap()));
        key.validity.not_after_unix_ms = end_s.map(|it| UnixMs(it * 1_000));
        key
    }

    fn found(keys: [TrustedKey; 2], threshold: u32) -> Vec<(bool, String)> {
        let mut document = KeyringDocument::empty();
        for (number, key) in keys.into_iter().enumerate() {
            let private = PrivateKey::from_seed(&[number as u8 + 1; 32]);
            document.keys.insert(private.public(), key);
        }
        document.update_threshold = threshold;
        let bank: TenantName = "bank".parse().unwrap();
        let found = findings(&document, &[bank], NOW_S).into_iter();
        found.map(|it| (it.wrong, it.what)).collect()
    }

    #[test]
    fn keys_that_can_sign_are_well() {
        let late = Some(NOW_S + SOON_S);
        assert_eq!(
            found([of(late, &["bank"], false), of(None, &[], true)], 1),
            []
        );
    }

    #[test]
    fn what_can_not_be_signed_any_more_is_found() {
        let over = Some(NOW_S);
        let only = |keys, threshold, wrong, with: &str| {
            let found = found(keys, threshold);
            let [(is_wrong, what)] = found.as_slice() else {
                panic!("{found:?}");
            };
            assert!(*is_wrong == wrong && what.contains(with), "{what}");
        };
        let good = || of(None, &["bank"], true);
        only(
            [good(), of(over, &[], true)],
            2,
            true,
            "2 keys must sign that, and 1 can",
        );
        only(
            [of(over, &["bank"], true), of(None, &["shop"], true)],
            1,
            true,
            "`bank`",
        );
        only(
            [good(), of(Some(NOW_S + 86_400), &[], true)],
            1,
            false,
            "1 days",
        );
    }
}
