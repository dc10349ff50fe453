//! The whole way of a policy.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::desk::Desk;

/// Two operators of whom both must agree, an author, a registry, and a host elsewhere that decides with what it pulled.
pub fn from_author_to_host(component: &Path) {
    let author = Desk::new("story-author");
    let host = Desk::new("story-host");
    let id = author.key("author");
    let (_, _) = (host.key("olga"), host.key("otto"));
    host.ok(&format!(
        "keys trust {id} --owner alice --tenants bank --first --state state --key olga.key --key otto.key"
    ));
    host.ok("keys threshold 2 --updates --state state --key olga.key --why four-eyes");

    let named = component.file_name().unwrap();
    fs::copy(component, author.path(named.to_str().unwrap())).unwrap();
    let file = author.ok(&format!("sign {} --key author.key", named.display()));
    let registry = format!("dir:{}#actions", host.path("registry").display());
    author.ok(&format!("push {file} {registry}"));

    let version = host.ok(&format!("versions {registry}"));
    let pulled = host.ok(&format!("pull {registry}:{version}"));
    let inspected = host.ok(&format!("inspect {pulled}"));
    assert!(inspected.contains("nobody has verified this") && inspected.contains(&id));
    let json: Value = serde_json::from_str(&host.ok(&format!("inspect {pulled} --json"))).unwrap();
    assert_eq!(json["signed"]["verified"], false);
    assert_eq!(json["signed"]["manifest"]["policy"], "actions");
    let verify = format!("verify {pulled} --tenant bank --state state");
    host.ok(&verify);
    let decided = host.run(&format!("eval {pulled} purchase.json"));
    assert_eq!(decided.code, 3, "no request is there yet: {}", decided.err);
    let request = r#"{"subject": {"type": "a", "id": "b"}, "action": {"name": "c"}, "resource": {"type": "d", "id": "e"}}"#;
    let decided = host.with_stdin(&format!("eval {pulled}"), request.as_bytes());
    assert!(
        decided.out.starts_with("deny"),
        "{}{}",
        decided.out,
        decided.err
    );

    let revoke = format!("keys revoke {id} --state state");
    host.fails(
        &format!("{revoke} --key olga.key"),
        4,
        "1 more key must sign",
    );
    host.ok(&verify);
    host.ok(&format!("{revoke} --key olga.key --output revoke.json"));
    host.fails(
        "keys install revoke.json --state state",
        4,
        "1 more key must sign",
    );
    host.ok("keys cosign revoke.json --key otto.key");
    host.ok("keys install revoke.json --state state");
    host.fails(&verify, 4, "(revoked-key)");
}
