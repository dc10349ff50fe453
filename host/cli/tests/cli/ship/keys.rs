//! Keys as files.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::desk::Desk;

#[test]
fn a_new_key_is_its_owners_alone_and_never_shown() {
    let desk = Desk::new("key");
    let said = desk.run("keys new author.key");
    let id = said.out.trim_end();
    assert!(id.starts_with("ed25519:") && id.len() == 72, "{id}");
    let file = desk.path("author.key");
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    let pem = fs::read_to_string(&file).unwrap();
    let secret = pem.lines().nth(1).unwrap();
    assert!(!said.out.contains(secret) && !said.err.contains(secret));
    assert_eq!(desk.ok("keys export author.key"), id);
    let piped = desk.with_stdin("keys export -", pem.as_bytes());
    assert_eq!(piped.out.trim_end(), id);
    desk.fails("keys new author.key", 3, "`author.key` is there already");
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        pem,
        "it is not replaced"
    );
}

#[test]
fn a_key_that_others_can_read_signs_nothing() {
    let desk = Desk::new("open-key");
    desk.key("author");
    let open = fs::Permissions::from_mode(0o640);
    fs::set_permissions(desk.path("author.key"), open).unwrap();
    desk.fails("sign tiny-1.0.0.wasm --key author.key", 3, "has mode 640");
    desk.fails("keys export author.key", 3, "set it to 600");
    assert!(!desk.path("tiny-1.0.0.signed.wasm").exists());
}

#[test]
fn a_passphrase_comes_from_a_file_and_opens_the_key() {
    let desk = Desk::new("passphrase");
    for (name, text) in [("right", "correct horse\n"), ("wrong", "battery staple\n")] {
        fs::write(desk.path(name), text).unwrap();
        fs::set_permissions(desk.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let id = desk.ok("keys new author.key --passphrase-file right");
    let opened = desk.ok("keys export author.key --passphrase-file right");
    assert_eq!(opened, id);
    let piped = desk.with_stdin(
        "keys export author.key --passphrase-file -",
        b"correct horse",
    );
    assert_eq!(piped.out.trim_end(), id);
    desk.fails("keys export author.key", 3, "under a passphrase");
    let wrong = "keys export author.key --passphrase-file wrong";
    desk.fails(wrong, 3, "the passphrase doesn't open the key");
    assert!(!desk.run(wrong).err.contains("battery"));
    desk.fails(
        "sign tiny-1.0.0.wasm --key - --passphrase-file -",
        2,
        "standard input can hold one secret",
    );
    fs::set_permissions(desk.path("right"), fs::Permissions::from_mode(0o644)).unwrap();
    desk.fails(
        "keys export author.key --passphrase-file right",
        3,
        "the passphrase file `right` has mode 644",
    );
}
