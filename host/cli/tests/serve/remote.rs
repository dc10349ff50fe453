//! The command line against a server instead of a state folder.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::certification;
use super::desk::{Desk, Said, said};
use super::serving::Serving;

/// A command with what is asked of a server.
fn far(serving: &Serving, line: &str) -> Command {
    let mut command = serving
        .desk
        .command(&format!("{line} --server http://{}", serving.admin));
    command.env("LICTOR_TOKEN", &serving.token);
    command
}

fn run(serving: &Serving, line: &str) -> Said {
    said(far(serving, line).output().unwrap())
}

fn ok(serving: &Serving, line: &str) -> String {
    let said = run(serving, line);
    assert_eq!(said.code, 0, "{line}\n{}{}", said.out, said.err);
    said.out.trim_end().to_owned()
}

#[test]
fn what_is_done_in_a_state_folder_is_done_at_a_server() {
    let serving = certification::serving("remote");
    let desk = &serving.desk;
    let ok = |line: &str| ok(&serving, line);
    ok("tenant add shop --rate 500/s");
    assert!(ok("tenant list").contains("shop"));
    assert!(ok("tenant show shop").contains("500"));
    ok("tenant set shop --concurrency 3");
    assert!(ok("status").contains("running"));
    fs::write(desk.path("users.json"), r#"{"a": {"b": 1}}"#).unwrap();
    ok("data put users=users.json --tenant shop");
    fs::write(desk.path("patch.json"), r#"{"a": {"c": 2}}"#).unwrap();
    ok("data patch users patch.json --tenant shop");
    assert_eq!(ok("data get users --tenant shop"), r#"{"a":{"b":1,"c":2}}"#);
    assert!(ok("data list --tenant shop").contains("users"));
    ok("data remove users --tenant shop");
    // What is signed for the one tenant isn't for the other, and whose turn that is shows in the exit code.
    let refused = run(&serving, "deploy signed.wasm --tenant shop");
    assert_eq!(refused.code, 4, "{}", refused.err);
    ok("withdraw records --tenant records");
    let named = ok("deploy signed.wasm --tenant records --name again --json");
    assert!(named.contains("\"again\""), "{named}");
    assert!(ok("rollout status --tenant records").contains("again"));
    ok("breaker list --tenant records");
    ok("suspend tenant shop --why drill");
    assert!(ok("suspensions").contains("drill"));
    ok("unsuspend tenant shop");
    assert!(ok("keys list").contains("keyring"));
    let key = desk.key("another");
    ok(&format!(
        "keys trust {key} --owner bob --tenants shop --key operator.key"
    ));
    assert!(ok("keys list").contains("bob"));
    ok("state accept-clock --why back");
    let token = ok("token issue --role operator --label drill --priority low");
    assert!(ok("token list").contains("drill"));
    let id = token.split('_').nth(1).unwrap();
    ok(&format!("token revoke {id}"));
    ok("withdraw records --tenant records");
    ok("tenant remove shop");
    let journal = ok("state journal");
    let own = serving.token.split('_').nth(1).unwrap();
    assert!(
        journal.contains(&format!("the first token (token {own})")),
        "{journal}"
    );
    assert!(journal.contains("(drill)"), "{journal}");
    assert!(!journal.contains("olga: suspend"), "{journal}");
}

#[test]
fn what_is_shown_comes_from_a_file_the_environment_or_standard_input() {
    let serving = Serving::start("remote-token", &["bank"]);
    let desk = &serving.desk;
    let line = format!("tenant list --server http://{}", serving.admin);
    desk.fails(&line, 2, "there is no token to show");
    fs::write(desk.path("token"), format!("{}\n", serving.token)).unwrap();
    let with = |mode| fs::set_permissions(desk.path("token"), fs::Permissions::from_mode(mode));
    with(0o644).unwrap();
    desk.fails(&format!("{line} --token-file token"), 3, "set it to 600");
    with(0o600).unwrap();
    assert!(
        desk.ok(&format!("{line} --token-file token"))
            .contains("bank")
    );
    let piped = desk.with_stdin(&format!("{line} --token-file -"), serving.token.as_bytes());
    assert_eq!(
        (piped.code, piped.out.contains("bank")),
        (0, true),
        "{}",
        piped.err
    );
    fs::write(desk.path("token"), "lictor_0_0").unwrap();
    let refused = desk.run(&format!("{line} --token-file token"));
    assert_eq!(refused.code, 3);
    assert!(
        refused.err.contains("a token that is good"),
        "{}",
        refused.err
    );
    // Nobody acts in another's name, and one host is asked at a time.
    let by = run(&serving, "suspend tenant bank --by alice");
    assert_eq!(by.code, 2);
    assert!(by.err.contains("`--by`"), "{}", by.err);
    assert_eq!(run(&serving, "tenant list --state state").code, 2);
    desk.fails("tenant list", 2, "--state");
    desk.fails(
        "tenant list --token-file token --state state",
        2,
        "cannot be used with",
    );
    desk.fails(
        "tenant list --token-file token --server http://192.0.2.1:8182",
        2,
        "in the clear",
    );
    let first = desk.key("first");
    let founded = run(
        &serving,
        &format!("keys trust {first} --owner a --tenants bank --first --key operator.key"),
    );
    assert_eq!(founded.code, 2, "{}", founded.err);
    // A door that takes no orders.
    let mut wrong = desk.command(&format!("tenant list --server http://{}", serving.address));
    let wrong = said(wrong.env("LICTOR_TOKEN", &serving.token).output().unwrap());
    assert!(wrong.err.contains("operators' address"), "{}", wrong.err);
    // Nobody at all.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut nobody = desk.command(&format!("tenant list --server http://{port}"));
    let nobody = said(nobody.env("LICTOR_TOKEN", "a").output().unwrap());
    assert_eq!(nobody.code, 6);
    assert!(nobody.err.contains("doesn't answer"), "{}", nobody.err);
}

#[test]
fn a_server_is_reached_over_tls_and_over_a_unix_socket() {
    let desk = Desk::new("remote-tls");
    super::tls::certify(&desk);
    let settings = "[admin]\ncertificate = \"host.pem\"\nkey = \"host.key\"\n";
    let serving = Serving::at(desk, &["bank"], settings);
    let port = serving.admin.rsplit(':').next().unwrap();
    let list = |with: &str| {
        let line = format!("tenant list --server https://localhost:{port} {with}");
        let mut command = serving.desk.command(&line);
        said(
            command
                .env("LICTOR_TOKEN", &serving.token)
                .output()
                .unwrap(),
        )
    };
    let believed = list("--server-ca host.pem");
    assert_eq!(
        (believed.code, believed.out.contains("bank")),
        (0, true),
        "{}",
        believed.err
    );
    // Nobody vouches for it without that.
    let doubted = list("");
    assert_eq!(doubted.code, 6);
    assert!(doubted.err.contains("certificate"), "{}", doubted.err);

    let desk = Desk::new("remote-unix");
    let socket = std::env::temp_dir().join(format!("lictor-admin-{}.sock", std::process::id()));
    let serving = Serving::operated(desk, &["bank"], &format!("unix:{}", socket.display()));
    let line = format!("tenant list --server unix:{}", socket.display());
    let mut command = serving.desk.command(&line);
    let listed = said(
        command
            .env("LICTOR_TOKEN", &serving.token)
            .output()
            .unwrap(),
    );
    assert_eq!(
        (listed.code, listed.out.contains("bank")),
        (0, true),
        "{}",
        listed.err
    );
}
