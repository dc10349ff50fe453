//! Whatever one tenant's policy does, its neighbours decide as if it weren't there: right after it, and while it runs.
//!
//! "In time" means that no deadline passes. Durations are not compared: the machine may have other work.

use std::sync::Arc;
use std::thread;

use harness::{NOW_MS, guest};
use lictor::{
    BindingSpec, Decision, Fault, Host, HostSettings, Limits, ManualClock, RecallSettings, Request,
    TenantName, TenantSettings, Verdict,
};

use crate::listed;
use crate::row::Row;

/// How many decisions each neighbour takes at least while the attack runs.
const DECISIONS: usize = 4;
/// How many set-ups are tried at once: more than there is room for.
const BINDERS: usize = 8;

/// A host with a hostile tenant and two whose policies are ordinary.
struct Street {
    host: Host,
    hostile: TenantName,
    neighbours: [TenantName; 2],
}

/// What a neighbour gets: everything but the time it took.
type Answer = (Arc<Decision>, u64, Option<Fault>);

impl Street {
    fn new(mut settings: HostSettings) -> Self {
        // What is answered from memory would show nothing of what happens to evaluations.
        settings.recall = RecallSettings::off();
        let host = Host::builder()
            .settings(settings)
            .compiler(harness::compiler())
            .keyring(harness::keyring())
            .clock(Arc::new(ManualClock::at(NOW_MS)))
            .build()
            .expect("a host can be set up");
        let name = |name: &str| name.parse().expect("a good name");
        let street = Self {
            host,
            hostile: name("hostile"),
            neighbours: [name("bank"), name("exchange")],
        };
        let tenants = street.neighbours.iter().chain([&street.hostile]);
        for tenant in tenants {
            let settings = TenantSettings::default();
            street.host.add_tenant(tenant, settings).expect("it is new");
        }
        for (tenant, limit) in street.neighbours.iter().zip([300, 200]) {
            let limits = Limits {
                // Generous for a busy machine with few cores, and still a deadline.
                deadline_ms: 10_000,
                ..Limits::default()
            };
            let spec = spec("ordinary", &format!(r#"{{"limit": {limit}}}"#), limits);
            street.host.bind(tenant, spec).expect("it is bound");
            let users = br#"{"agent-7": {"roles": ["buyer"]}}"#;
            street
                .host
                .put_data(tenant, name_of_users(), users)
                .expect("it fits");
        }
        street
    }

    fn answers(&self, request: &Request) -> [Answer; 2] {
        let of = |tenant| {
            let outcome = self.host.evaluate(tenant, request).expect("it is admitted");
            let fault = outcome
                .policies
                .iter()
                .find_map(|policy| policy.verdict.fault());
            (
                outcome.decision.clone(),
                outcome.fuel_used(),
                fault.cloned(),
            )
        };
        let [bank, exchange] = &self.neighbours;
        [of(bank), of(exchange)]
    }

    /// Lets the hostile tenant bind and run a guest, as far as it comes.
    fn attack(&self, row: &Row) {
        let spec = spec(row.guest, &row.parameters, row.limits);
        if self.host.bind(&self.hostile, spec).is_ok() {
            let outcome = self.host.evaluate(&self.hostile, &row.view.request);
            let verdicts = outcome.map(|outcome| outcome.policies);
            assert!(
                verdicts.is_ok_and(|policies| policies
                    .iter()
                    .all(|policy| !matches!(policy.verdict, Verdict::NotApplicable))),
                "{} was not run",
                row.guest
            );
        }
    }
}

fn name_of_users() -> lictor::DocumentName {
    "users".parse().expect("a good name")
}

fn spec(name: &str, parameters: &str, limits: Limits) -> BindingSpec {
    BindingSpec::new(harness::artifact(
        "policy".parse().expect("a good name"),
        "1.0.0".parse().expect("a good version"),
        guest(name),
    ))
    .parameters(parameters)
    .limits(limits)
}

#[test]
fn every_attack_leaves_the_neighbours_unharmed() {
    let street = Street::new(HostSettings::default());
    let request = harness::request(250);
    let quiet = street.answers(&request);
    assert!(
        quiet.iter().all(|(_, _, fault)| fault.is_none()),
        "{quiet:?}"
    );
    assert_ne!(
        quiet[0].0.effect, quiet[1].0.effect,
        "they have opposite rules"
    );

    for row in listed::rows() {
        thread::scope(|scope| {
            let attack = scope.spawn(|| street.attack(&row));
            let mut decisions = 0;
            while decisions < DECISIONS || !attack.is_finished() {
                decisions += 1;
                assert_eq!(
                    street.answers(&request),
                    quiet,
                    "while `{}` runs",
                    row.guest
                );
            }
            attack.join().expect("no attack makes the host panic");
        });
        assert_eq!(street.answers(&request), quiet, "after `{}`", row.guest);
    }
}

#[test]
fn neighbours_decide_while_the_deadline_of_an_attack_runs() {
    let street = Street::new(HostSettings::default());
    let request = harness::request(250);
    let quiet = street.answers(&request);
    let endless = listed::rows()
        .into_iter()
        .find(|row| row.guest == "endless-loop")
        .expect("there is such a guest")
        .limits(|limits| {
            limits.fuel = u64::MAX / 4;
            limits.deadline_ms = 500;
        });
    thread::scope(|scope| {
        let attack = scope.spawn(|| street.attack(&endless));
        let mut decisions = 0;
        while !attack.is_finished() {
            assert_eq!(street.answers(&request), quiet);
            decisions += 1;
        }
        attack.join().expect("no attack makes the host panic");
        assert!(decisions > 0);
    });
}

#[test]
fn many_set_ups_at_once_take_no_place_of_an_evaluation() {
    let mut settings = HostSettings::default();
    settings.engine.slots = 1;
    let street = Street::new(settings);
    let request = harness::request(250);
    let quiet = street.answers(&request);
    thread::scope(|scope| {
        let attacks: Vec<_> = (0..BINDERS)
            .map(|_| {
                scope.spawn(|| {
                    let limits = Limits {
                        setup_fuel: u64::MAX / 4,
                        setup_deadline_ms: 200,
                        ..Limits::default()
                    };
                    street
                        .host
                        .bind(&street.hostile, spec("endless-loop-in-check", "{}", limits))
                })
            })
            .collect();
        while attacks.iter().any(|attack| !attack.is_finished()) {
            assert_eq!(street.answers(&request), quiet);
        }
        for attack in attacks {
            let refused = attack.join().expect("no attack makes the host panic");
            let refused = refused.expect_err("it is out of time").to_string();
            // Nobody is told that the host has no room: they waited for it.
            assert!(refused.contains("deadline"), "{refused}");
        }
    });
}
