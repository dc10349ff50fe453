//! The oracle: a host that recalls and one that doesn't are put through the same steps, drawn by chance, and must answer the
//! same, always.
//!
//! `LICTOR_STEPS` says how many steps, `LICTOR_SEED` which; a failure prints both.

use std::sync::Arc;

use harness::NOW_MS;
use lictor::{
    BindingSpec, FailurePolicy, Host, Layer, Limits, ManualClock, Outcome, RecallSettings, Request,
    TenantName, TenantSettings, Verdict,
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
    // Each of these is drawn often enough that a run without it is a mistake of the oracle.
    let drawn = &pair.drawn;
    assert!(drawn.out_of_fuel > 0, "{drawn:?}");
    assert!(drawn.last_good > 0, "{drawn:?}");
    assert!(drawn.base_recalled > 0, "{drawn:?}");
    assert!(drawn.recalled_at_once > 0, "{drawn:?}");
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
    reactor: tokio::runtime::Runtime,
    drawn: Drawn,
}

/// How often something happened that has to be among what is tried.
#[derive(Debug, Default)]
struct Drawn {
    out_of_fuel: u64,
    last_good: u64,
    base_recalled: u64,
    recalled_at_once: u64,
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
            reactor: tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap(),
            drawn: Drawn::default(),
        };
        for (number, tenant) in pair.tenants.clone().into_iter().enumerate() {
            let on_failure = [FailurePolicy::Deny, FailurePolicy::LastGood][number];
            for host in [&pair.recalling, &pair.evaluating] {
                let settings = TenantSettings {
                    on_failure,
                    ..TenantSettings::default()
                };
                host.add_tenant(&tenant, settings).unwrap();
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
            20..24 => self.change_base(),
            24..50 => self.put_data(&tenant),
            50..80 => self.move_clock(),
            _ => self.decide(&tenant, at),
        }
    }

    fn decide(&mut self, tenant: &TenantName, at: &str) {
        let request = self.request();
        let is_async = self.random.below(4) == 0;
        let recalled = if is_async {
            let asked = self.recalling.evaluate_async(tenant, &request);
            self.reactor.block_on(asked).unwrap()
        } else {
            self.recalling.evaluate(tenant, &request).unwrap()
        };
        let evaluated = self.evaluating.evaluate(tenant, &request).unwrap();
        assert!(!evaluated.is_recalled());
        assert_eq!(
            said(&recalled),
            said(&evaluated),
            "{at}: {} of {tenant}",
            request.document().to_json()
        );
        self.note(&recalled, is_async);
    }

    fn note(&mut self, outcome: &Outcome, is_async: bool) {
        self.drawn.recalled_at_once += u64::from(is_async && outcome.is_recalled());
        for policy in &outcome.policies {
            self.drawn.base_recalled += u64::from(policy.recalled && policy.layer == Layer::Base);
            if let Verdict::Faulted { fault, by, .. } = &policy.verdict {
                self.drawn.out_of_fuel += u64::from(fault.code() == "fuel-exhausted");
                self.drawn.last_good += u64::from(by.is_some());
            }
        }
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

    /// A policy for every tenant, or none; and what such policies read.
    fn change_base(&mut self) {
        let spec = self.table();
        let is_there = self.random.below(3) > 0;
        let json = self.limits();
        for host in [&self.recalling, &self.evaluating] {
            host.put_base_data("limits".parse().unwrap(), json.as_bytes())
                .unwrap();
            if is_there {
                host.bind_base(spec.clone()).unwrap();
            } else {
                // There may be none.
                let _ = host.unbind_base(&"rule-table".parse().unwrap());
            }
        }
    }

    /// A list may be short or long, whatever is in it: that makes tests dearer and changes no answer.
    fn limits(&mut self) -> String {
        let mut list = vec![json!(self.random.value()), json!(self.random.value())];
        if self.random.below(2) == 0 {
            let more = self.random.below(600);
            list.extend((0..more).map(|number| json!(format!("item-{number}"))));
        }
        json!({"a": self.random.value(), "more": self.random.value(), "list": list}).to_string()
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
        let spec = table(&format!("v{version}"), &of_version.rules());
        // Some have hardly enough fuel.
        let fuel = match of_version.below(2) {
            0 => 3_000 << of_version.below(6),
            _ => Limits::default().fuel,
        };
        spec.limits(Limits {
            fuel,
            ..harness::patient()
        })
    }

    fn put_data(&mut self, tenant: &TenantName) {
        let users: serde_json::Map<String, Value> = (0..4)
            .filter_map(|number| {
                let value = self.random.value()?;
                Some((format!("agent-{number}"), json!({"role": value})))
            })
            .collect();
        let (name, json) = match self.random.below(2) {
            0 => ("users", Value::Object(users).to_string()),
            _ => ("limits", self.limits()),
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
        const VALUES: [&str; 26] = [
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
            "\"10.0.0.1\"",
            "\"::1\"",
            "\"2026-05-01T00:00:00Z\"",
            "[\"agent-1\",\"10.0.0.0/8\",\"1\"]",
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
                let mut rule = self.test();
                rule["yes"] = json!(first);
                rule["no"] = json!(second);
                rule["else"] = json!(third);
                rule
            }
            6 => json!({"decide": "allow"}),
            _ => self.look(first, second, third),
        }
    }

    /// Any relation of a value to an operand, mostly one that it says something of.
    fn test(&mut self) -> Value {
        let (of, at) = [
            ("request", "/context/a"),
            ("request", "/context/b"),
            ("request", "/subject/id"),
            ("data", "/limits/a"),
        ][self.below(4)];
        let (relation, limits): (&str, [Value; 2]) = match self.below(11) {
            0 => ("equal", [json!(1), json!("1")]),
            1 => ("less", [json!(1), json!("b")]),
            2 => ("at-most", [json!(0.5), json!(0)]),
            3 => ("greater", [json!(0.5), json!("")]),
            4 => ("at-least", [json!(1), json!("agent-2")]),
            5 => ("in", [json!(["agent-1", 1]), json!({"agent-2": 0})]),
            6 => ("prefix", [json!("agent-"), json!(["a", "1"])]),
            7 => ("suffix", [json!("-1"), json!(["1", "2"])]),
            8 => ("glob", [json!("agent-*"), json!(["*.0.*", "?"])]),
            9 => ("network", [json!("10.0.0.0/8"), json!(["::/0", "x"])]),
            _ => (
                "within",
                [json!([null, "2026-06-01T00:00:00Z"]), json!([0, 1])],
            ),
        };
        let limit = limits[self.below(2)].clone();
        let mut rule = json!({"test": at, "of": of, "relation": relation, "limit": limit});
        match self.below(6) {
            0 => rule["in_request"] = json!("/context/b"),
            1 => rule["in_data"] = json!("/limits/more"),
            2 => {
                rule["in_data"] = json!("/limits/list");
                rule["relation"] = json!(["in", "prefix", "suffix", "glob"][self.below(4)]);
            }
            _ => {}
        }
        rule
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
