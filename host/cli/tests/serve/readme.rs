//! What the README says of serving: its commands are run as they stand there, and its settings are what a server has anyhow.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use super::desk::Desk;
use super::root;

/// The commands under a heading.
fn commands(heading: &str) -> String {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, section) = readme.split_once(heading).unwrap();
    let (_, block) = section.split_once("```sh\n").unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

fn has_curl() -> bool {
    let found = Command::new("curl").arg("--version").output().is_ok();
    if !found {
        assert!(
            std::env::var_os("LICTOR_TOOLS").is_none(),
            "curl is missing"
        );
        drop(writeln!(
            std::io::stderr(),
            "curl isn't installed: the README's commands for serving are skipped"
        ));
    }
    found
}

#[test]
fn the_five_commands_lead_to_a_decision() {
    if !has_curl() {
        return;
    }
    let desk = Desk::new("readme");
    for name in [
        "plugins",
        "examples",
        "sdk",
        "wit",
        "host",
        "Cargo.toml",
        "Cargo.lock",
    ] {
        std::os::unix::fs::symlink(
            fs::canonicalize(root().join(name)).unwrap(),
            desk.path(name),
        )
        .unwrap();
    }
    // Another port than the usual one, which somebody on this machine may use.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let block = commands("## Serve decisions")
        .replace("state &", &format!("state --listen 127.0.0.1:{port} &"))
        .replace("127.0.0.1:8181", &format!("127.0.0.1:{port}"));
    assert_eq!(block.lines().count(), 5, "{block}");
    let script = format!("set -eu\ntrap 'kill $!' EXIT\n{block}");
    let program = Path::new(env!("CARGO_BIN_EXE_lictor")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).env("PATH", path);
    shell.current_dir(desk.path("."));
    let said = shell.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&said.stdout), text(&said.stderr));
    assert!(out.ends_with(r#"{"decision":true}"#), "{out}\n{err}");
}

#[test]
fn the_settings_of_the_example_are_the_default_ones() {
    let text = fs::read_to_string(root().join("examples/serve/lictor.toml")).unwrap();
    let settings = lictor_server::ServerSettings::parse(&text).unwrap();
    assert_eq!(settings, lictor_server::ServerSettings::default());
}
