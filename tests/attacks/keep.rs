//! What one evaluation leaves behind no other finds: not the next of the same binding, not another tenant's.

use harness::{document, guest, patient, seed, view};
use lictor_engine::{Engine, Prepared, Settings};

/// An engine with one slot, so that every evaluation gets the memory of the one before it.
fn narrow(copy_on_write: bool) -> Engine {
    let settings = Settings {
        slots: 1,
        warm_slots: 1,
        image_bytes: if copy_on_write { 0 } else { usize::MAX },
        ..harness::settings()
    };
    Engine::new(&settings).expect("an engine can be set up")
}

fn bind(engine: &Engine, name: &str, parameters: &str, tenant: &str) -> Prepared {
    let loaded = harness::load_bytes(engine, &guest(name), &patient()).expect("it is loaded");
    engine
        .prepare(&loaded, &document(parameters), &patient(), seed(tenant))
        .expect("it is bound")
}

fn said(prepared: &Prepared) -> String {
    let decision = prepared.evaluate(&view()).outcome.expect("it decides");
    decision.reasons[0].message.clone()
}

#[test]
fn nobody_finds_what_another_left() {
    for copy_on_write in [true, false] {
        let engine = narrow(copy_on_write);
        for name in [
            "keep-state-in-global",
            "keep-state-in-memory",
            "keep-state-in-table",
        ] {
            let bank = bind(&engine, name, "{}", "bank");
            let exchange = bind(&engine, name, "{}", "exchange");
            for turn in 0..20 {
                let tenant = if turn % 3 == 0 { &exchange } else { &bank };
                assert_eq!(said(tenant), "0000000000000000", "{name}, turn {turn}");
            }
        }
    }
}

#[test]
fn a_fault_leaves_nothing_behind_either() {
    let engine = narrow(true);
    let faulty = bind(&engine, "question-flood", "{}", "bank");
    let curious = bind(&engine, "keep-state-in-memory", "{}", "exchange");
    for _ in 0..5 {
        assert!(faulty.evaluate(&view()).outcome.is_err());
        assert_eq!(said(&curious), "0000000000000000");
    }
}

#[test]
fn a_snapshot_holds_one_bindings_parameters() {
    let engine = narrow(true);
    for name in ["prepared", "prepared-with-table"] {
        let bank = bind(&engine, name, r#"{"limit": 1}"#, "bank");
        let exchange = bind(&engine, name, r#"{"limit": 2}"#, "exchange");
        for _ in 0..3 {
            assert_eq!(said(&bank), "0000000100010001", "{name}");
            assert_eq!(said(&exchange), "0000000100020002", "{name}");
        }
    }
}

#[test]
fn random_numbers_belong_to_the_binding() {
    let engine = narrow(true);
    for name in ["random-number", "random-number-from-prepare"] {
        let bank = bind(&engine, name, "{}", "bank");
        let same = bind(&engine, name, "{}", "bank");
        let exchange = bind(&engine, name, "{}", "exchange");
        assert_eq!(said(&bank), said(&bank), "{name}");
        assert_eq!(said(&bank), said(&same), "{name}");
        assert_ne!(said(&bank), said(&exchange), "{name}");
    }
    let evaluate = bind(&engine, "random-number", "{}", "bank");
    let prepare = bind(&engine, "random-number-from-prepare", "{}", "bank");
    assert_ne!(said(&evaluate), said(&prepare));
}
