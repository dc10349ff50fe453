//! The oracle: a host that recalls and one that doesn't are put through the same steps, drawn by chance, and must answer the
//! same, always.
//!
//! `LICTOR_STEPS` says how many steps, `LICTOR_SEED` which; a failure prints both.

use std::sync::Arc;

use harness::NOW_MS;
use lictor::{
    BindingSpec, Host, ManualClock, Outcome, RecallSettings, Request, TenantName, TenantSettings,
};
use serde_json::{Value, json};

use crate::fixture::{host, table, tenant};

/// The steps of a run that nobody asked more of.
const STEPS: u64 = 4_000;
/// So little memory that much is forgotten all the time.
const MEMORY_BYTES: usize = 96 * 1024;

#[test]
fn an_answer_from_memory_is_the_answer_of_an_evaluation() {
    let steps = number("LICTOR_STEPS").unwrap_or(STEPS);
    let seed = number("LICTOR_SEED").unwrap_or(1);
    let mut pair = Pair::new(seed);
    for step in 0..steps {
        pair.step(&format!("LICTOR_SEED={seed}, step {step}"));
    }
    let report = pair.recalling.recall_report();
    harness::say(&format!("the oracle: {steps} steps, {:?}", report.counts));
    assert_eq!(report.contradictions, 0);
    assert!(report.counts.hits > steps / 20, "{report:?}");
    assert!(report.counts.misses > steps / 20, "{report:?}");
    assert!(report.counts.forgotten > 0, "{report:?}");
    assert!(report.counts.unrecallable > 0, "{report:?}");
    assert!(report.bytes <= MEMORY_BYTES, "{report:?}");
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Two hosts of which one recalls.
struct Pair {
    recalling: Host,
    evaluating: Host,
    clocks: [Arc<ManualClock>; 2],
    tenants: [TenantName; 2],
    random: Random,
    now_ms: u64,
    versions: u32,
}

impl Pair {
    fn new(seed: u64) -> Self {
        let recall = RecallSettings {
            bytes: MEMORY_BYTES,
            tenant_bytes: MEMORY_BYTES / 4,
            proof_one_in: 16,
        };
        let (recalling, first) = host(recall);
        let (evaluating, second) = host(RecallSettings::off());
        let mut pair = Self {
            recalling,
            evaluating,
            clocks: [first, second],
            tenants: [tenant("bank"), tenant("exchange")],
            random: Random(seed),
            now_ms: NOW_MS,
            versions: 0,
        };
        for tenant in pair.tenants.clone() {
            for host in [&pair.recalling, &pair.evaluating] {
                host.add_tenant(&tenant, TenantSettings::default()).unwrap();
            }
            pair.bind(&tenant);
            pair.put_data(&tenant);
        }
        pair
    }

    fn step(&mut self, at: &str) {
        let tenant = self.tenants[self.random.below(2)].clone();
        match self.random.below(1_000) {
            0..15 => self.bind(&tenant),
            15..20 => self.bind_for_both(),
            20..50 => self.put_data(&tenant),
            50..80 => self.move_clock(),
            _ => self.decide(&tenant, at),
        }
    }

    fn decide(&mut self, tenant: &TenantName, at: &str) {
        let request = self.request();
        let recalled = self.recalling.evaluate(tenant, &request).unwrap();
        let evaluated = self.evaluating.evaluate(tenant, &request).unwrap();
        assert!(!evaluated.is_recalled());
        assert_eq!(
            said(&recalled),
            said(&evaluated),
            "{at}: {} of {tenant}",
            request.document().to_json()
        );
    }

    fn request(&mut self) -> Request {
        let mut context = serde_json::Map::new();
        for name in ["a", "b"] {
            if let Some(value) = self.random.value() {
                context.insert(name.to_owned(), value);
            }
        }
        // What no policy asks for.
        context.insert("trace".to_owned(), json!(self.random.below(1 << 30)));
        let agent = format!("agent-{}", self.random.below(4));
        crate::fixture::request(&agent, &Value::Object(context))
    }

    /// Another table for one tenant, and sometimes an older one again.
    fn bind(&mut self, tenant: &TenantName) {
        let spec = self.table();
        self.bind_all([tenant], &spec);
    }

    /// The same component with the same parameters for both tenants.
    fn bind_for_both(&mut self) {
        let spec = self.table();
        let tenants = self.tenants.clone();
        self.bind_all(tenants.iter(), &spec);
    }

    fn bind_all<'a>(&self, tenants: impl IntoIterator<Item = &'a TenantName>, spec: &BindingSpec) {
        for tenant in tenants {
            for host in [&self.recalling, &self.evaluating] {
                host.bind(tenant, spec.clone()).unwrap();
            }
        }
    }

    fn table(&mut self) -> BindingSpec {
        if self.random.below(3) > 0 {
            self.versions += 1;
        }
        // An older table comes again, so that its root is found again.
        let version = match self.random.below(4) {
            0 => self.versions.saturating_sub(1),
            _ => self.versions,
        };
        let mut of_version = Random(u64::from(version));
        table(&format!("v{version}"), &of_version.rules())
    }

    fn put_data(&mut self, tenant: &TenantName) {
        let users: serde_json::Map<String, Value> = (0..4)
            .filter_map(|number| {
                let value = self.random.value()?;
                Some((format!("agent-{number}"), json!({"role": value})))
            })
            .collect();
        let list = json!([self.random.value(), self.random.value()]);
        let limits = json!({"a": self.random.value(), "more": self.random.value(), "list": list});
        let (name, json) = match self.random.below(2) {
            0 => ("users", Value::Object(users).to_string()),
            _ => ("limits", limits.to_string()),
        };
        for host in [&self.recalling, &self.evaluating] {
            let name = name.parse().unwrap();
            host.put_data(tenant, name, json.as_bytes()).unwrap();
        }
    }

    fn move_clock(&mut self) {
        self.now_ms = NOW_MS + self.random.below(6) as u64;
        for clock in &self.clocks {
            clock.set(self.now_ms);
        }
    }
}

/// Everything of an outcome that must not depend on whether it was recalled.
fn said(outcome: &Outcome) -> Vec<String> {
    let policies = outcome.policies.iter().map(|policy| {
        let observations: Vec<String> = policy
            .observations
            .iter()
            .map(|it| it.to_string())
            .collect();
        format!(
            "{} {} {:?} {observations:?}",
            policy.bound.version, policy.bound.revision, policy.verdict
        )
    });
    std::iter::once(format!("{:?}", outcome.decision))
        .chain(policies)
        .collect()
}

/// Numbers that look random and are the same for the same seed (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let bits = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % bound as u64) as usize
    }

    /// A value that is easily taken for another, or none.
    fn value(&mut self) -> Option<Value> {
        const VALUES: [&str; 22] = [
            "null",
            "false",
            "true",
            "0",
            "-0.0",
            "1",
            "1.0",
            "\"1\"",
            "\"\"",
            "0.5",
            "\"0.5\"",
            "[]",
            "{}",
            "\"[]\"",
            "[1]",
            "[[1]]",
            "[\"a\",\"b\"]",
            "[\"a,b\"]",
            "{\"a\":1}",
            "\"\u{e9}\"",
            "\"e\u{301}\"",
            "\"agent-1\"",
        ];
        let text = VALUES.get(self.below(VALUES.len() + 2))?;
        serde_json::from_str(text).ok()
    }

    /// Rules whose ways lead only forward, so that each ends.
    fn rules(&mut self) -> Value {
        let count = 3 + self.below(8);
        let mut rules: Vec<Value> = (0..count).map(|place| self.rule(place, count)).collect();
        let effects = ["allow", "deny", "review", "abstain"];
        rules.push(json!({"decide": effects[self.below(4)]}));
        Value::Array(rules)
    }

    fn rule(&mut self, place: usize, count: usize) -> Value {
        let mut next = || place + 1 + self.below(count - place);
        let (first, second, third) = (next(), next(), next());
        match self.below(20) {
            0 => json!({"now": first}),
            1 => json!({"fail": "yes"}),
            2..5 => {
                let unix_ms = NOW_MS + self.below(6) as u64;
                json!({"before": unix_ms, "yes": first, "no": second})
            }
            5 => json!({"decide": "review"}),
            7..10 => {
                let (of, at) = [
                    ("request", "/context/a"),
                    ("list", "/context/a"),
                    ("request", "/context/b"),
                    ("data", "/limits/a"),
                ][self.below(4)];
                let limit = [json!(0), json!(1), json!(0.5), json!("b")][self.below(4)].clone();
                json!({"test": at, "of": of, "limit": limit, "yes": first, "no": second, "else": third})
            }
            6 => json!({"decide": "allow"}),
            _ => self.look(first, second, third),
        }
    }

    fn look(&mut self, first: usize, second: usize, third: usize) -> Value {
        let places = [
            ("request", "/context/a"),
            ("request", "/context/b"),
            ("request", "/context"),
            ("request", "/subject/id"),
            ("request", "/context/a/0"),
            ("request", "/context/absent"),
            ("data", "/limits/a"),
            ("data", "/limits"),
            ("data", "/users"),
            ("data", ""),
        ];
        let aspect = ["get", "get", "get", "count", "keys"][self.below(5)];
        // A trace is in the whole context, so only its shape is asked for.
        let (of, at) = places[self.below(places.len())];
        let aspect = if at == "/context" { "count" } else { aspect };
        let then = json!({"absent": second, "1": second, "Integer(1)": third, "agent-1": third, "Some(1)": second});
        if self.below(4) == 0 {
            return json!({"get": "/users", "of": "data", "on": "yes", "then": then, "else": first});
        }
        json!({aspect: at, "of": of, "then": then, "else": first})
    }
}
