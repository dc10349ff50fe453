//! Everything changes while many threads decide: no answer is older than what was changed before it was asked for, and none is
//! another tenant's.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use lictor::{Digest, Host, RecallSettings, TenantName, TenantSettings};
use serde_json::json;

use crate::fixture::{host, request, table, tenant};

/// How many changes each tenant sees.
const CHANGES: u64 = 150;
/// How many tables come in turn: few, so that old ones come again and find what they left in memory.
const TABLES: u64 = 3;

/// One tenant, and the last changes that were done: nothing older may be answered from now on.
struct House {
    name: TenantName,
    data: AtomicU64,
    /// What each binding says of itself, by its revision.
    codes: HashMap<Digest, String>,
}

impl House {
    fn new(host: &Host, name: &str) -> Self {
        let mut house = Self {
            name: tenant(name),
            data: AtomicU64::new(0),
            codes: HashMap::new(),
        };
        host.add_tenant(&house.name, TenantSettings::default())
            .unwrap();
        house.put(host, 0);
        house.codes = (0..TABLES).map(|number| house.bind(host, number)).collect();
        house
    }

    fn put(&self, host: &Host, number: u64) {
        let value = format!("{}-{number}", self.name);
        let json = json!({"v": value}).to_string();
        let name = |name: &str| name.parse().unwrap();
        host.replace_data(
            &self.name,
            [(name("a"), json.as_bytes()), (name("b"), json.as_bytes())],
        )
        .unwrap();
        self.data.store(number, Ordering::SeqCst);
    }

    /// Binds another table, and gives its revision with its code.
    fn bind(&self, host: &Host, number: u64) -> (Digest, String) {
        let rules = json!([
            {"get": "/subject/id", "of": "request", "else": 1},
            {"get": "/a/v", "of": "data", "else": 2},
            {"get": "/b/v", "of": "data", "else": 3},
            {"decide": "allow"},
        ]);
        let code = format!("{}-{}", self.name, number % TABLES);
        let bound = host.bind(&self.name, table(&code, &rules)).unwrap();
        (bound.revision, code)
    }

    /// Decides, and holds the answer against what was there before it was asked for.
    fn decide(&self, host: &Host, agent: &str) -> bool {
        let oldest = self.data.load(Ordering::SeqCst);
        let outcome = host
            .evaluate(&self.name, &request(agent, &json!({})))
            .unwrap();
        let reason = &outcome.decision.reasons[0];
        let revision = outcome.policies[0].bound.revision;
        assert_eq!(reason.code, self.codes[&revision]);
        let said: Vec<&str> = reason.message.split(';').collect();
        assert_eq!(said[0], agent);
        assert_eq!(said[1], said[2], "two versions of the data in one decision");
        let (house, number) = said[1].rsplit_once('-').unwrap();
        assert_eq!(house, self.name.as_str());
        assert!(
            number.parse::<u64>().unwrap() >= oldest,
            "{said:?}, {oldest}"
        );
        outcome.is_recalled()
    }
}

#[test]
fn nothing_old_and_nothing_of_others_is_answered_while_everything_changes() {
    let (host, _) = host(RecallSettings {
        bytes: 64 * 1024,
        tenant_bytes: 16 * 1024,
        proof_one_in: 4,
    });
    let houses = [House::new(&host, "bank"), House::new(&host, "exchange")];
    let done = AtomicBool::new(false);
    let recalled = AtomicU64::new(0);
    thread::scope(|scope| {
        for number in 0..4 {
            let (host, houses, done, recalled) = (&host, &houses, &done, &recalled);
            scope.spawn(move || {
                let mut turn = number;
                while !done.load(Ordering::SeqCst) {
                    turn += 1;
                    let agent = format!("agent{}", turn % 7);
                    for house in houses {
                        recalled.fetch_add(house.decide(host, &agent).into(), Ordering::Relaxed);
                    }
                }
            });
        }
        for change in 1..=CHANGES {
            for house in &houses {
                house.put(&host, change);
                house.bind(&host, change);
            }
        }
        done.store(true, Ordering::SeqCst);
    });
    let report = host.recall_report();
    assert_eq!(report.contradictions, 0, "{:?}", report.distrusted);
    assert!(recalled.into_inner() > 0);
}
