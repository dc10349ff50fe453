//! Bytes that are no component at all: nothing of them reaches the compiler.

use harness::{engine, guest, patient};
use lictor_engine::Refusal;

fn refusal(bytes: &[u8]) -> Refusal {
    harness::load_bytes(engine(), bytes, &patient()).expect_err("it is no component")
}

#[test]
fn what_is_no_component_is_refused_by_what_it_is() {
    let component = guest("ordinary");
    let module = b"\0asm\x01\0\0\0";
    let native = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0";
    let newer = b"\0asm\x0e\0\x01\0";
    let rows: [(&[u8], &str, &str); 14] = [
        (b"", "empty", "it is empty"),
        (b"(component)", "text", "text"),
        (b"\n\t ;; a comment\n(module)", "text", "text"),
        (module, "core-module", "lictor build"),
        (native, "precompiled", "native code"),
        (b"\x7fELF", "precompiled", "native code"),
        (newer, "binary-version", "`0e000100`"),
        (b"\0asm", "binary-version", "``"),
        (b"\0asm\x0d\0", "binary-version", "`0d00`"),
        (b"MZ\x90\0", "not-a-component", "`4d5a9000`"),
        (b"\0as", "not-a-component", "`006173`"),
        (&[0xff; 1000], "not-a-component", "`ffffffffffffffff`"),
        (&component[1..], "not-a-component", "`61736d0d"),
        (b"#!/usr/bin/env node\n", "not-a-component", "`23212f75"),
    ];
    for (bytes, code, says) in rows {
        let refusal = refusal(bytes);
        assert_eq!(refusal.code(), code, "{bytes:?}");
        assert!(refusal.to_string().contains(says), "{refusal}");
    }
}

#[test]
fn a_component_that_ends_early_is_refused_wherever_it_ends() {
    let component = guest("ordinary");
    for end in (8..component.len()).step_by(31) {
        let code = refusal(&component[..end]).code();
        // Where a cut leaves whole sections, the component is valid and lacks its exports.
        assert!(
            matches!(code, "invalid" | "missing-export"),
            "{end}: {code}"
        );
    }
}

#[test]
fn a_component_with_changed_bytes_is_refused_or_evaluated_but_never_more() {
    let component = guest("ordinary");
    for at in (8..component.len()).step_by(13) {
        let mut changed = component.clone();
        changed[at] ^= 0x55;
        let Ok(loaded) = harness::load_bytes(engine(), &changed, &patient()) else {
            continue;
        };
        let parameters = harness::document("{}");
        if let Ok(prepared) =
            engine().prepare(&loaded, &parameters, &patient(), harness::seed("changed"))
        {
            // Whatever it means now, it ends, and within its fuel.
            let evaluation = prepared.evaluate(&harness::view());
            assert!(evaluation.fuel_used <= patient().fuel, "{at}");
        }
    }
}
