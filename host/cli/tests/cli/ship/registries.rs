//! Registries.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::desk::Desk;
use crate::server::Server;

#[test]
fn a_directory_registry_keeps_versions_and_gives_them_by_digest() {
    let desk = Desk::new("registry");
    desk.key("author");
    desk.fails("push tiny-1.0.0.wasm dir:reg#tiny", 4, "isn't signed");
    let file = desk.ok("sign tiny-1.0.0.wasm --key author.key");
    let pinned = desk.ok(&format!("push {file} dir:reg#tiny"));
    assert!(pinned.starts_with("dir:reg#tiny@sha256:"), "{pinned}");
    assert_eq!(desk.ok(&format!("push {file} dir:reg#tiny:1.0.0")), pinned);
    desk.fails(
        &format!("push {file} dir:reg#tiny:2.0.0"),
        4,
        "signed as version 1.0.0",
    );
    desk.fails(
        &format!("push {file} dir:reg#other"),
        4,
        "signed as the policy `tiny`",
    );
    desk.fails(&format!("push {file} https://x"), 2, "names no registry");
    desk.ok("sign tiny-1.0.0.wasm --key author.key --version 1.0.0 --fuel 7 -o other.wasm");
    desk.fails("push other.wasm dir:reg#tiny", 3, "is taken by other bytes");
    desk.ok("sign tiny-1.0.0.wasm --key author.key --version 1.10.0 -o later.wasm");
    desk.ok("push later.wasm dir:reg#tiny");
    assert_eq!(desk.ok("versions dir:reg#tiny"), "1.0.0\n1.10.0");
    assert_eq!(
        desk.ok("versions dir:reg#tiny --json"),
        r#"["1.0.0","1.10.0"]"#
    );

    let by_digest = format!("pull {pinned} -o by-digest.wasm");
    desk.ok(&by_digest);
    let pushed = fs::read(desk.path(&file)).unwrap();
    assert_eq!(fs::read(desk.path("by-digest.wasm")).unwrap(), pushed);
    let said = desk.run("pull dir:reg#tiny:1.0.0 --cache cache");
    assert_eq!((said.code, said.out.as_str()), (0, "tiny-1.0.0.wasm\n"));
    assert!(said.err.contains("nobody has verified it"), "{}", said.err);
    desk.fails("pull dir:reg#tiny:3.0.0", 3, "is not there");

    // Whoever may write in the registry's folder may swap its versions, and is found out.
    desk.ok("push other.wasm dir:reg#tiny --replace");
    damage(&desk.path("reg"));
    desk.fails("pull dir:reg#tiny:1.10.0 -o damaged.wasm", 4, "");
    assert!(!desk.path("damaged.wasm").exists());
}

/// Flips a bit of every blob.
fn damage(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            damage(&path);
        } else if path.parent().unwrap().ends_with("sha256") {
            let mut bytes = fs::read(&path).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            fs::write(&path, bytes).unwrap();
        }
    }
}

#[test]
fn a_real_registry_is_asked_with_dockers_credentials_and_not_needed_afterwards() {
    let Some(server) = Server::start(true) else {
        return;
    };
    let desk = Desk::new("oci");
    desk.key("author");
    let file = desk.ok("sign tiny-1.0.0.wasm --key author.key");
    let repository = format!("oci://{}/team/tiny", server.authority);
    let push = format!("push {file} {repository}:1.0.0");
    desk.fails(&push, 3, "wants other credentials");
    // `someone:pass`, as `docker login` writes it.
    let config = serde_json::json!({"auths": {&server.authority: {"auth": "c29tZW9uZTpwYXNz"}}});
    fs::write(desk.path("config.json"), config.to_string()).unwrap();
    let pushed = desk.run(&push);
    assert_eq!(pushed.code, 0, "{}", pushed.err);
    let told = pushed.out.clone() + &pushed.err;
    assert!(
        !told.contains("pass") && !told.contains("c29tZW9"),
        "{told}"
    );
    let pinned = pushed.out.trim_end();
    assert!(
        pinned.starts_with(&format!("{repository}@sha256:")),
        "{pinned}"
    );
    assert_eq!(desk.ok(&format!("versions {repository}")), "1.0.0");
    let pull = format!("pull {repository}:1.0.0 --cache cache");
    desk.ok(&pull);
    let bytes = fs::read(desk.path(&file)).unwrap();
    assert_eq!(fs::read(desk.path("tiny-1.0.0.wasm")).unwrap(), bytes);

    drop(server);
    desk.ok(&format!("pull {pinned} --cache cache -o pinned.wasm"));
    assert_eq!(fs::read(desk.path("pinned.wasm")).unwrap(), bytes);
    desk.fails(&pull, 6, "can't be reached");
    let offline = desk.run(&format!("{pull} --offline -o offline.wasm"));
    assert_eq!(offline.code, 0, "{}", offline.err);
    assert!(
        offline.err.contains("when it was last asked for"),
        "{}",
        offline.err
    );
}
