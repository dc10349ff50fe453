//! `lictor doctor` against hosts with which something is wrong.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;

use super::desk::{Desk, Said, said};
use super::serving::Serving;

/// What is found: what it is about, and whether it is wrong.
fn found(said: &Said) -> Vec<(String, bool)> {
    let findings: Value = serde_json::from_str(&said.out)
        .unwrap_or_else(|error| panic!("{error}: {}{}", said.out, said.err));
    let findings = findings.as_array().unwrap().iter();
    // What this machine grants is its own affair; unit tests look at that.
    let findings = findings.filter(|it| it["about"] != "machine");
    findings
        .map(|it| {
            assert!(!it["advice"].as_str().unwrap().is_empty(), "{it}");
            (
                it["about"].as_str().unwrap().to_owned(),
                it["wrong"].as_bool().unwrap(),
            )
        })
        .collect()
}

fn looked(desk: &Desk, with: &str) -> Vec<(String, bool)> {
    found(&desk.run(&format!("doctor --state state --json {with}")))
}

fn wrong(about: &str) -> (String, bool) {
    (about.to_owned(), true)
}

#[test]
fn what_is_wrong_with_a_host_at_rest_is_found() {
    let (desk, _) = Desk::founded("doctor");
    desk.ok("tenant add bank --state state");
    assert_eq!(looked(&desk, ""), []);
    // Nobody may sign for it.
    desk.ok("tenant add shop --state state");
    assert_eq!(looked(&desk, ""), [wrong("keys")]);
    desk.ok("tenant remove shop --state state");
    // A key that ends soon is no trouble yet.
    let key = desk.key("late");
    let until = lictor::Clock::unix_ms(&lictor::SystemClock::new()) + 86_400_000;
    desk.ok(&format!(
        "keys trust {key} --owner bob --tenants bank --until {until} --state state --key operator.key"
    ));
    assert_eq!(looked(&desk, ""), [("keys".to_owned(), false)]);
    fs::set_permissions(desk.path("state"), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(looked(&desk, "").contains(&wrong("state")));
    fs::set_permissions(desk.path("state"), fs::Permissions::from_mode(0o700)).unwrap();

    // Certificates and addresses of the settings.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = format!(
        "[decisions]\nlisten = \"{}\"\ncertificate = \"none.pem\"\nkey = \"none.key\"\n[admin]\nlisten = \"unix:/none/admin.sock\"\n",
        taken.local_addr().unwrap()
    );
    fs::write(desk.path("lictor.toml"), settings).unwrap();
    let with_settings = looked(&desk, "--settings lictor.toml");
    for about in ["certificates", "listeners"] {
        assert!(with_settings.contains(&wrong(about)), "{with_settings:?}");
    }
    // A registry that is gone, and one that is there.
    let gone = looked(&desk, "--repository oci://127.0.0.1:1/policies/tiny");
    assert!(gone.contains(&wrong("registry")), "{gone:?}");
    desk.ok("sign tiny-1.0.0.wasm --key author.key --version 1.0.0 --output signed.wasm");
    desk.ok("push signed.wasm dir:registry#tiny");
    let there = looked(&desk, "--repository dir:registry#tiny");
    assert!(!there.contains(&wrong("registry")), "{there:?}");

    // No state at all, and one that isn't whole.
    let absent = desk.run("doctor --state nowhere --json");
    assert_eq!(absent.code, 1);
    assert_eq!(found(&absent), [wrong("host")]);
}

#[test]
fn what_is_wrong_with_a_host_that_serves_is_found_from_afar() {
    let serving = Serving::start("doctor-far", &["bank"]);
    let doctor = |serving: &Serving, with: &str| {
        let line = format!("doctor --server http://{} {with}", serving.admin);
        let mut command: Command = serving.desk.command(&line);
        said(
            command
                .env("LICTOR_TOKEN", &serving.token)
                .output()
                .unwrap(),
        )
    };
    let well = doctor(&serving, "");
    assert_eq!(well.code, 0, "{}", well.err);
    assert!(well.out.contains("nothing is wrong"), "{}", well.out);
    serving.desk.ok("tenant add shop --state state");
    let ill = doctor(&serving, "");
    assert_eq!(ill.code, 1, "{}", ill.err);
    assert!(
        ill.out.contains("`shop`") && ill.out.contains("keys trust"),
        "{}",
        ill.out
    );
    let admin = serving.admin.clone();
    serving.signal("-TERM");
    let desk = Desk::new("doctor-gone");
    drop(serving.end());
    let mut gone = desk.command(&format!("doctor --json --server http://{admin}"));
    let gone = said(gone.env("LICTOR_TOKEN", "lictor_0_0").output().unwrap());
    assert_eq!((gone.code, found(&gone)), (1, vec![wrong("host")]));
}
