//! Components that are small and valid, and take the compiler more time or memory than anybody has.

use std::fmt::Write as _;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use harness::{compiler, guest};
use lictor::{BindError, BindingSpec, Host, Limits, ManualClock, TenantName, TenantSettings};
use lictor_engine::{Compiler, Settings};

use crate::load;

/// A function with that many variables that live through that many loops within one another: the compiler keeps track of each
/// variable at each loop.
fn loops(variables: usize, depth: usize) -> String {
    let mut text = String::from("(func $bomb (param i32) (result i32)\n(local");
    text.push_str(&" i32".repeat(variables));
    text.push_str(")\n");
    for number in 1..=variables {
        writeln!(
            text,
            "(local.set {number} (i32.add (local.get 0) (i32.const {number})))"
        )
        .unwrap();
    }
    for number in 0..depth {
        let variable = number % variables + 1;
        writeln!(
            text,
            "(loop (local.set {variable} (i32.add (local.get {variable}) (local.get 0))) (br_if 0 (local.get {variable}))"
        )
        .unwrap();
    }
    text.push_str(&")".repeat(depth));
    for number in 1..=variables {
        writeln!(
            text,
            "(local.set 0 (i32.xor (local.get 0) (local.get {number})))"
        )
        .unwrap();
    }
    text.push_str("(local.get 0))\n");
    text
}

fn bomb(variables: usize, depth: usize) -> Vec<u8> {
    let evaluate =
        "(func $evaluate (result i32) (call $fail (i32.const 0) (call $bomb (i32.const 1))))\n";
    harness::component("bomb", &format!("{evaluate}{}", loops(variables, depth)))
}

fn limited(change: impl FnOnce(&mut Compiler)) -> Settings {
    let mut compiler = compiler();
    change(&mut compiler);
    Settings {
        compiler: Some(compiler),
        ..Settings::default()
    }
}

#[test]
fn a_bomb_is_stopped_at_each_limit() {
    let bomb = bomb(4_000, 4_000);
    assert!(bomb.len() < 200_000, "{} bytes", bomb.len());

    let time = limited(|compiler| compiler.deadline = Duration::from_millis(300));
    let refusal = load(time, &bomb).expect_err("it takes too long");
    assert_eq!(refusal.code(), "compile-time", "{refusal}");

    let processor = limited(|compiler| {
        compiler.processor_seconds = 1;
        compiler.memory_bytes = 64 << 30;
    });
    let refusal = load(processor, &bomb).expect_err("it takes too long");
    assert_eq!(refusal.code(), "compile-time", "{refusal}");
    assert!(refusal.to_string().contains(" 1 s "), "{refusal}");

    let memory = limited(|compiler| compiler.memory_bytes = 192 << 20);
    let refusal = load(memory, &bomb).expect_err("it takes too much memory");
    assert_eq!(refusal.code(), "compile-memory", "{refusal}");
    assert!(refusal.to_string().contains("201326592"), "{refusal}");
}

#[test]
fn what_compiles_to_more_than_may_be_is_refused() {
    let small = limited(|compiler| compiler.native_bytes = 4_096);
    let refusal = load(small, &guest("ordinary")).expect_err("its native code is larger");
    assert_eq!(refusal.code(), "compile-size", "{refusal}");
}

#[test]
fn neighbours_decide_while_a_bomb_is_compiled() {
    let compiler = Compiler {
        deadline: Duration::from_secs(3),
        at_once: 1,
        ..compiler()
    };
    let host = Host::builder()
        .compiler(compiler)
        .clock(Arc::new(ManualClock::at(harness::NOW_MS)))
        .keyring(harness::keyring())
        .build()
        .expect("a host can be set up");
    let [bank, mallory]: [TenantName; 2] = ["bank", "mallory"].map(|name| name.parse().unwrap());
    for tenant in [&bank, &mallory] {
        host.add_tenant(tenant, TenantSettings::default()).unwrap();
    }
    let limits = Limits {
        deadline_ms: 10_000,
        ..Limits::default()
    };
    let spec = |component| {
        let artifact = harness::artifact(
            "policy".parse().unwrap(),
            "1.0.0".parse().unwrap(),
            component,
        );
        BindingSpec::new(artifact).limits(limits)
    };
    host.bind(
        &bank,
        spec(guest("ordinary")).parameters(r#"{"limit": 300}"#),
    )
    .expect("it is bound");
    let request = harness::request(250);
    let quiet = host.evaluate(&bank, &request).unwrap().decision;

    let bomb = bomb(4_000, 4_000);
    let mut decisions = 0;
    thread::scope(|scope| {
        let attack = scope.spawn(|| host.bind(&mallory, spec(bomb)));
        while !attack.is_finished() {
            assert_eq!(host.evaluate(&bank, &request).unwrap().decision, quiet);
            decisions += 1;
        }
        let refused = attack.join().expect("no bomb makes the host panic");
        assert!(
            matches!(&refused, Err(BindError::Refused { refusal, .. }) if refusal.code().starts_with("compile-")),
            "{refused:?}"
        );
    });
    assert!(decisions > 10, "{decisions}");
    // The place is free again.
    host.bind(&mallory, spec(guest("ordinary")))
        .expect("it is bound");
}
