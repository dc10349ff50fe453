//! A new program makes ready what it needs before it takes an old one's place.

use std::path::Path;

use lictor::{
    CacheSettings, Compiler, Engine, Filled, Limits, Settings, ThrowAwayKey, UnixMs, Verified,
};

use super::operate::desk;
use super::running::{Running, asks};

const HOST: &str = "--cache native --cache-key host.key --requests - --tenant bank";

/// The component, for whoever tries it.
fn verified(component: &[u8]) -> Verified {
    let key = ThrowAwayKey::new(&[7; 32]).unwrap();
    let policy = "actions".parse().unwrap();
    let manifest = lictor::manifest(policy, "1.0.0".parse().unwrap(), component);
    let fetched = key.sign(component, manifest.unwrap()).unwrap();
    let tenant = ThrowAwayKey::TENANT.parse().unwrap();
    let admission = lictor::Admission::new(&tenant, UnixMs(1_700_000_000_000));
    key.keyring().verify(&fetched, admission).unwrap()
}

/// The host is the program `lictor`; the other program is this one, whose engine makes other native code of the same component.
/// It starts `lictor` only to compile.
pub fn another_program_fills_the_cache_while_a_host_decides(component: &Path) {
    let desk = desk("upgrade", component);
    desk.ok("tenant add bank --state state");
    let mut host = Running::start(&desk, HOST);
    desk.ok("deploy one.wasm --tenant bank --parameters search.json --state state");
    let effects = |host: &mut Running, agent: &str| {
        let decided = host.decided(&[asks(agent, "search"), asks(agent, "pay")]);
        let effects = decided.iter().map(|it| it["effect"].clone());
        effects.collect::<Vec<_>>()
    };
    assert_eq!(effects(&mut host, "before"), ["allow", "deny"]);

    let verified = verified(&std::fs::read(component).unwrap());
    let cache = CacheSettings::new(desk.path("native"), desk.path("host.key"));
    let settings = |compiler| Settings {
        slots: 1,
        image_bytes: 0,
        cache: Some(cache.clone()),
        compiler,
        ..Settings::default()
    };
    let worker = Compiler::new(env!("CARGO_BIN_EXE_lictor"));
    let new = Engine::new(&settings(Some(worker))).unwrap();
    let filled = new.fill_cache(&verified, &Limits::default());
    assert_eq!(
        filled,
        Ok(Filled::Compiled),
        "the host's own code is not this program's"
    );
    assert_eq!(effects(&mut host, "meanwhile"), ["allow", "deny"]);

    // Each starts from the cache: this program without any compiler, and the host with what it finds there.
    let new = Engine::new(&settings(None)).unwrap();
    new.load(&verified, &Limits::default()).unwrap();
    host.signal("-TERM");
    assert!(host.end().0.success());
    let prepare = "cache prepare one.wasm --cache native --key host.key";
    assert_eq!(desk.ok(prepare), "one.wasm: found");
    let listed = desk.ok("cache list --cache native --key host.key");
    assert_eq!(listed.lines().count(), 2, "{listed}");
    let mut host = Running::start(&desk, HOST);
    assert_eq!(effects(&mut host, "afterwards"), ["allow", "deny"]);
    assert!(host.end().0.success());
}
