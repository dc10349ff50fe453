//! Tokens: for how long they are good, how many there may be, and what a host that can't write does.

use std::sync::Arc;
use std::time::Duration;

use harness::NOW_MS;
use lictor::{
    Clock, Host, HostError, ManualClock, Role, TOKEN_VALID_MAX, TOKENS_MAX, TenantSettings,
};

use crate::fixture::{builder, tenant};
use crate::restore::open;

const HOUR: Duration = Duration::from_secs(3_600);

fn engineer(host: &Host, valid: Duration) -> Result<String, HostError> {
    let issued = host.issue_token(Role::Engineer {}, "test", valid)?;
    Ok(issued.secret)
}

#[test]
fn a_token_is_good_until_its_time_and_not_a_moment_longer() {
    let clock = Arc::new(ManualClock::at(NOW_MS));
    let host = builder()
        .clock(Arc::clone(&clock) as Arc<dyn Clock>)
        .build();
    let host = host.unwrap();
    let token = engineer(&host, HOUR).unwrap();
    clock.set(NOW_MS + 3_600_000 - 1);
    assert_eq!(host.role_of(&token), Some(Role::Engineer {}));
    assert_eq!(host.tokens().len(), 1);
    clock.set(NOW_MS + 3_600_000);
    assert_eq!(host.role_of(&token), None);
    assert!(host.tokens().is_empty());
}

#[test]
fn what_a_list_could_not_show_and_what_never_ends_is_refused() {
    let host = builder().build().unwrap();
    for valid in [Duration::ZERO, TOKEN_VALID_MAX + Duration::from_millis(1)] {
        let refused = engineer(&host, valid);
        assert!(matches!(refused, Err(HostError::TokenValidity { .. })));
    }
    assert!(engineer(&host, TOKEN_VALID_MAX).is_ok());
    for label in ["a\nb", "\u{1b}[2J", &"a".repeat(129)] {
        let refused = host.issue_token(Role::Auditor {}, label, HOUR);
        assert!(
            matches!(refused, Err(HostError::TokenLabel { .. })),
            "{label:?}"
        );
    }
    let unknown = Role::Tenant {
        tenant: tenant("nobody"),
    };
    let refused = host.issue_token(unknown, "", HOUR);
    assert!(matches!(refused, Err(HostError::UnknownTenant { .. })));
}

#[test]
fn there_are_only_so_many_and_expired_ones_make_room() {
    let clock = Arc::new(ManualClock::at(NOW_MS));
    let host = builder()
        .clock(Arc::clone(&clock) as Arc<dyn Clock>)
        .build();
    let host = host.unwrap();
    let first = engineer(&host, HOUR).unwrap();
    for _ in 1..TOKENS_MAX {
        engineer(&host, 2 * HOUR).unwrap();
    }
    let refused = engineer(&host, HOUR);
    assert!(matches!(refused, Err(HostError::TooManyTokens { .. })));
    clock.set(NOW_MS + 3_600_000);
    assert!(engineer(&host, HOUR).is_ok());
    assert_eq!(
        (host.role_of(&first), host.tokens().len()),
        (None, TOKENS_MAX)
    );
}

#[test]
fn a_revoked_token_is_refused_even_where_nothing_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = || open(folder.path());
    let host = builder().state(store()).build().unwrap();
    let bank = tenant("bank");
    host.add_tenant(&bank, TenantSettings::default()).unwrap();
    let of_bank = Role::Tenant { tenant: bank };
    let issued = host.issue_token(of_bank.clone(), "", HOUR).unwrap();
    host.fail_writes(true);
    assert!(engineer(&host, HOUR).is_err());
    assert_eq!(host.tokens().len(), 1);
    assert!(host.revoke_token(&issued.id).is_err());
    assert_eq!(host.role_of(&issued.secret), None);
    drop(host);
    // Nothing of it was acknowledged, so the token is there again, and can be revoked for good.
    let host = builder().state(store()).build().unwrap();
    assert_eq!(host.role_of(&issued.secret), Some(of_bank));
    host.revoke_token(&issued.id).unwrap();
    drop(host);
    let host = builder().state(store()).build().unwrap();
    assert_eq!(host.role_of(&issued.secret), None);
}

#[test]
fn a_secret_stands_in_no_debug_output_and_in_no_journal() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let host = builder().state(store).build().unwrap();
    let issued = host.issue_token(Role::Engineer {}, "", HOUR).unwrap();
    let (_, secret) = issued.secret.rsplit_once('_').unwrap();
    assert!(!format!("{issued:?} {host:?} {:?}", host.tokens()).contains(secret));
    drop(host);
    for file in walk(folder.path()) {
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes
            .windows(secret.len())
            .any(|it| it == secret.as_bytes());
        assert!(!found, "{}", file.display());
    }
}

/// All files below a folder.
fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path());
    let each = |path: std::path::PathBuf| {
        if path.is_dir() {
            walk(&path)
        } else {
            vec![path]
        }
    };
    entries.flat_map(each).collect()
}
