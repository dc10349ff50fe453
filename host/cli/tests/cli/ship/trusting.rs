//! Whom a host trusts, and how that changes.

use std::fs;

use serde_json::Value;

use super::desk::{CHANGE, Desk};

#[test]
fn a_change_needs_keys_that_the_keyring_trusts_for_it() {
    let (desk, author) = Desk::founded("changes");
    let bob = desk.key("bob");
    let trust = format!("keys trust {bob} --owner bob --tenants bank --state state");
    desk.fails(
        &format!("{trust} --key author.key"),
        4,
        "key doesn't sign keyrings",
    );
    desk.fails(
        &format!("{trust} --key operator.key --first"),
        3,
        "has a keyring already",
    );
    desk.ok(&format!(
        "{trust} --key operator.key --policies tiny --until 2090-01-01 --why joined"
    ));
    let listed = desk.ok("keys list --state state");
    for part in [
        "version 2",
        "alice",
        "olga",
        "tenants bank; policies tiny; until 2090",
    ] {
        assert!(listed.contains(part), "{part} in {listed}");
    }
    let operator = desk.ok("keys export operator.key");
    desk.fails(
        &format!("keys revoke {operator} {CHANGE}"),
        3,
        "nobody could change who is trusted",
    );
    desk.fails(
        &format!("keys revoke nonsense {CHANGE}"),
        2,
        "neither a key",
    );

    let new = desk.key("new");
    desk.ok(&format!("keys rotate {author} {new} {CHANGE}"));
    desk.ok("sign tiny-1.0.0.wasm --key author.key -o old.wasm");
    desk.ok("sign tiny-1.0.0.wasm --key new.key -o new.wasm");
    let at = "--tenant bank --state state --at 2099-01-01";
    desk.fails(&format!("verify old.wasm {at}"), 4, "(expired-key)");
    desk.ok(&format!("verify new.wasm {at}"));
    desk.ok(&format!("keys revoke {author} {CHANGE}"));
    desk.fails(
        &format!("keys trust {author} --owner alice --tenants bank {CHANGE}"),
        3,
        "is revoked, and stays so",
    );
    let journal =
        fs::read_to_string(desk.path(&desk.ok("state export --state state -o out"))).unwrap();
    assert!(journal.contains("\"why\":\"joined\"") && journal.contains("\"by\":\"olga\""));
    let keyring = desk.ok("keys list --state state --json");
    fs::write(desk.path("keyring.json"), keyring + "\n").unwrap();
    desk.ok("verify new.wasm --tenant bank --keyring keyring.json");
    fs::write(desk.path("keyring.json"), "{}").unwrap();
    desk.fails("keys list --keyring keyring.json", 3, "neither a keyring");
}

#[test]
fn going_back_takes_an_operators_word_and_works_once() {
    let (desk, author) = Desk::founded("rollback");
    let first = desk.ok("keys list --state state --json");
    fs::write(desk.path("first.json"), &first).unwrap();
    desk.ok(&format!(
        "keys trust {author} --owner alice --tenants bank,shop {CHANGE}"
    ));
    // The first keyring again, as a signed change.
    let other = Desk::new("rollback-other");
    for key in ["author.key", "operator.key"] {
        fs::copy(desk.path(key), other.path(key)).unwrap();
    }
    other.ok(&format!(
        "keys trust {author} --owner alice --tenants bank --first --output old.json {CHANGE}"
    ));
    fs::copy(other.path("old.json"), desk.path("old.json")).unwrap();
    let install = "keys install old.json --state state";
    desk.fails(install, 4, "needs an operator's signed rollback");
    desk.ok("keys allow-rollback --from 2 --to-keyring first.json --until 2100-01-01 --key operator.key -o back.json");
    desk.ok(&format!("{install} --rollback back.json"));
    assert_eq!(desk.ok("keys list --state state --json"), first);
    desk.ok(&format!(
        "keys trust {author} --owner alice --tenants bank,shop {CHANGE}"
    ));
    desk.fails(
        &format!("{install} --rollback back.json"),
        4,
        "the rollback was used already",
    );
    desk.fails(
        "keys allow-rollback --from 2 --to 1.0.0 --until 2100-01-01 --key operator.key -o x.json",
        2,
        "--tenant",
    );
}

#[test]
fn a_lower_version_needs_an_operators_word() {
    let (desk, _) = Desk::founded("lower");
    desk.ok("sign tiny-1.0.0.wasm --key author.key --version 2.0.0 -o high.wasm");
    desk.ok("sign tiny-1.0.0.wasm --key author.key -o low.wasm");
    desk.admit("high.wasm");

    let verify = "verify low.wasm --tenant bank --state state";
    desk.fails(
        verify,
        4,
        "(lower-version): version 2.0.0 was seen and this is 1.0.0",
    );
    let later = format!("{verify} --at 2090-01-01");
    desk.fails(&later, 4, "(lower-version)");
    let allow = "keys allow-rollback --tenant bank --policy tiny --from 2.0.0 --until 2100-01-01";
    desk.ok(&format!(
        "{allow} --to 1.0.0 --key operator.key -o back.json"
    ));
    let verified = desk.ok(&format!("{verify} --rollback back.json"));
    assert!(
        verified.contains("which the rollback allows once"),
        "{verified}"
    );
    desk.ok(&format!(
        "{allow} --to 1.5.0 --key operator.key -o other.json"
    ));
    desk.fails(
        &format!("{verify} --rollback other.json"),
        4,
        "(other-rollback)",
    );
    desk.ok(&format!(
        "{allow} --to 1.0.0 --key author.key -o forged.json"
    ));
    let forged = format!("{verify} --rollback forged.json");
    desk.fails(&forged, 4, "key doesn't sign keyrings");
    let keyring = format!("{verify} --rollback low.wasm");
    desk.fails(&keyring, 3, "neither a keyring nor a rollback");
}

#[test]
fn one_file_founds_many_hosts_and_revocations_travel_as_files() {
    let desk = Desk::new("many");
    let author = desk.key("author");
    let (_, _) = (desk.key("olga"), desk.key("otto"));
    desk.ok(&format!(
        "keys trust {author} --owner alice --tenants bank --first --state a --key olga.key --key otto.key -o first.json"
    ));
    assert!(!desk.path("a").exists(), "nothing is changed yet");
    for host in ["a", "b"] {
        desk.ok(&format!("keys install first.json --state {host} --first"));
    }
    desk.fails(
        "keys install first.json --state a --first",
        3,
        "has a keyring already",
    );
    let bare = desk.ok("keys list --state a --json");
    fs::write(desk.path("bare.json"), bare).unwrap();
    desk.fails(
        "keys install bare.json --state a",
        3,
        "is no signed keyring",
    );
    desk.fails(
        "keys cosign bare.json --key olga.key",
        3,
        "without signatures",
    );

    let file = desk.ok("sign tiny-1.0.0.wasm --key author.key");
    let verify = |host: &str| format!("verify {file} --tenant bank --state {host}");
    let json: Value = serde_json::from_str(&desk.ok(&format!("{} --json", verify("a")))).unwrap();
    for (member, flag, check) in [
        ("component", "--component", "(revoked-component)"),
        ("artifact", "", "(revoked-artifact)"),
    ] {
        let digest = json[member].as_str().unwrap();
        desk.ok(&format!(
            "keys revoke {digest} {flag} --state a --key otto.key -o revoke.json"
        ));
        for host in ["a", "b"] {
            desk.ok(&format!("keys install revoke.json --state {host}"));
            desk.fails(&verify(host), 4, check);
        }
    }
    desk.fails(
        "keys install revoke.json --state a",
        4,
        "needs an operator's signed rollback",
    );
    desk.fails(
        &format!("keys revoke {author} --component --state a --key otto.key"),
        2,
        "and not a key",
    );

    desk.ok("keys threshold 2 --updates --state b --key olga.key");
    desk.ok("keys allow-rollback --from 4 --to-keyring first.json --until 2100-01-01 --key olga.key -o back.json");
    let back = "keys install first.json --state b --rollback back.json";
    desk.fails(back, 4, "2 keys must sign a rollback, 1 did");
    desk.ok("keys cosign back.json --key otto.key");
    desk.ok("keys cosign first.json --key otto.key");
    desk.ok(back);
    desk.ok(&verify("b"));
}

#[test]
fn a_change_that_would_stop_something_shows_it_and_waits_for_a_word() {
    let (desk, author) = Desk::founded("stop");
    let file = desk.ok("sign tiny-1.0.0.wasm --key author.key");
    desk.admit(&file);
    let verify = format!("verify {file} --tenant bank --state state");
    let threshold = format!("keys threshold 2 --tenant bank {CHANGE}");
    let line = "`bank`: tiny 1.0.0: 2 keys must sign for this tenant, 1 did";
    desk.fails(&threshold, 4, line);
    assert_eq!(desk.ok(&format!("{threshold} --dry-run")), line);
    // What is looked at is checked as if it were done.
    desk.fails(
        "keys threshold 2 --tenant bank --state state --key author.key --dry-run",
        4,
        "key doesn't sign keyrings",
    );
    desk.ok(&verify);
    let other = format!("keys threshold 2 --tenant shop {CHANGE}");
    assert_eq!(desk.ok(&format!("{other} --dry-run")), "");
    desk.ok(&other);

    let written = desk.run(&format!("{threshold} -o change.json"));
    assert!(
        written.err.contains("it will stop `bank`"),
        "{}",
        written.err
    );
    let install = "keys install change.json --state state";
    desk.fails(install, 4, line);
    assert_eq!(desk.ok(&format!("{install} --dry-run")), line);
    let installed = desk.run(&format!("{install} --stop"));
    assert_eq!(installed.code, 0, "{}", installed.err);
    for told in ["2 keys must sign for bank", "stopped `bank`: tiny 1.0.0"] {
        assert!(installed.err.contains(told), "{told} in {}", installed.err);
    }
    desk.fails(&verify, 4, "(threshold)");
    // It is stopped already, so nothing stops it again.
    desk.ok(&format!("keys threshold 3 --tenant bank {CHANGE}"));
    desk.ok(&format!("keys threshold 1 --tenant bank {CHANGE}"));

    // A revocation is for stopping: it needs no second word, and tells what it stops.
    let revoke = format!("keys revoke {author} {CHANGE}");
    assert!(
        desk.ok(&format!("{revoke} --dry-run"))
            .starts_with("`bank`: tiny 1.0.0:")
    );
    let revoked = desk.run(&revoke);
    assert!(
        revoked.code == 0 && revoked.err.contains("stopped `bank`"),
        "{}",
        revoked.err
    );
    let journal = desk.ok("state journal --state state");
    let last = journal.lines().last().unwrap();
    assert!(
        last.contains(&format!(
            "olga: replace keyring version 5 by 6: revoke {author}"
        )),
        "{journal}"
    );
}

#[test]
fn a_floor_keeps_lower_versions_out_and_can_be_taken_away() {
    let (desk, _) = Desk::founded("floor");
    let file = desk.ok("sign tiny-1.0.0.wasm --key author.key");
    let verify = format!("verify {file} --tenant bank --state state");
    let floor =
        |version: &str| format!("keys floor {version} --tenant bank --policy tiny {CHANGE}");
    desk.ok(&floor("1.0.1"));
    let listed = desk.ok("keys list --state state");
    assert!(listed.contains("`bank`: tiny 1.0.1"), "{listed}");
    desk.fails(&verify, 4, "(below-floor)");
    desk.ok(&floor("none"));
    desk.ok(&verify);
    desk.fails(&floor("none"), 3, "has no floor");
    desk.fails(&floor("first"), 2, "neither a version");
}
