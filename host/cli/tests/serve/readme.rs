//! What the README says of serving: its commands are run as they stand there, and its settings are what a server has anyhow.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use super::desk::Desk;
use super::{port, root};

/// The commands under a heading of a file.
pub fn commands(file: &str, heading: &str) -> String {
    let readme = fs::read_to_string(root().join(file)).unwrap();
    let (_, section) = readme.split_once(heading).unwrap();
    let (_, block) = section.split_once("```sh\n").unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

/// A folder that has what a checkout has.
pub fn checkout(name: &str) -> Desk {
    let desk = Desk::new(name);
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
    desk
}

/// What commands print that are typed one after another, and what they complain of. What they leave running is ended.
pub fn typed(desk: &Desk, block: &str) -> (String, String) {
    let lines = block.lines().map(|line| {
        // Without what a line says about itself.
        let line = line.split("  #").next().unwrap_or_default().trim_end();
        let left = if line.ends_with('&') {
            " pids=\"$pids $!\""
        } else {
            ""
        };
        format!("{line}{left}\n")
    });
    let lines: String = lines.collect();
    let script = format!("set -eu\npids=\ntrap 'kill $pids' EXIT\n{lines}");
    let program = Path::new(env!("CARGO_BIN_EXE_lictor")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).env("PATH", path);
    shell.current_dir(desk.path("."));
    let said = shell.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&said.stdout), text(&said.stderr))
}

pub fn has_curl() -> bool {
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
    let desk = checkout("readme");
    // Another port than the usual one, which somebody on this machine may use.
    let port = port::free();
    let block = commands("README.md", "## Serve decisions");
    assert_eq!(block.lines().count(), 5, "{block}");
    let block = block
        .replace(
            "state &",
            &format!("state --listen 127.0.0.1:{port} --admin-listen 127.0.0.1:0 &"),
        )
        .replace("127.0.0.1:8181", &format!("127.0.0.1:{port}"));
    let (out, err) = typed(&desk, &block);
    assert!(out.ends_with(r#"{"decision":true}"#), "{out}\n{err}");
}

#[test]
fn the_settings_of_the_example_are_the_default_ones() {
    let text = fs::read_to_string(root().join("examples/serve/lictor.toml")).unwrap();
    let settings = lictor_server::ServerSettings::parse(&text).unwrap();
    assert_eq!(settings, lictor_server::ServerSettings::default());
}

#[test]
fn the_route_of_the_example_has_the_defaults() {
    let text = fs::read_to_string(root().join("examples/serve/lictor.toml")).unwrap();
    let (_, written) = text.split_once("# [[envoy.route]]\n").unwrap();
    let written: Vec<&str> = written.lines().map(|it| &it[2..]).collect();
    let route = format!("[[envoy.route]]\n{}", written.join("\n"));
    let settings = lictor_server::ServerSettings::parse(&route).unwrap();
    let expected = lictor_server::EnvoyRoute::new("shop", "shop".parse().unwrap());
    assert_eq!(*settings.envoy[0], expected);
}
