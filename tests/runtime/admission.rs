//! Which calls are taken on, and who goes first.

mod served;

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use harness::NOW_MS;
use lictor::{
    AdmissionSettings, Blame, BreakerSettings, Effect, Fault, Host, HostSettings, Limits,
    ManualClock, Operator, Priority, Rate, RateScope, RecallSettings, Semantics, TenantChange,
    TenantName, TenantSettings, Verb,
};

use crate::fixture::{ALLOW, bank_with, builder, says, settings, spec, tenant};
use crate::restore::on;
use crate::rollout::pay;

fn rate(text: &str) -> Option<Rate> {
    Some(text.parse().unwrap())
}

fn of_rates(tenant: Option<Rate>, agent: Option<Rate>) -> TenantSettings {
    TenantSettings {
        rate: tenant,
        agent_rate: agent,
        ..TenantSettings::default()
    }
}

struct Desk {
    host: Host,
    bank: TenantName,
    clock: Arc<ManualClock>,
}

impl Desk {
    fn new(host: Option<Rate>, settings: TenantSettings) -> Self {
        let clock = Arc::new(ManualClock::at(NOW_MS));
        let admission = AdmissionSettings {
            rate: host,
            ..AdmissionSettings::default()
        };
        let of_host = HostSettings {
            admission,
            ..crate::fixture::settings()
        };
        let builder = builder().clock(clock.clone()).settings(of_host);
        let (host, bank) = bank_with(builder, settings);
        host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
        Self { host, bank, clock }
    }

    fn ask(&self, id: &str) -> Option<RateScope> {
        match self.host.evaluate(&self.bank, &pay(id, 1)) {
            Ok(outcome) => {
                assert_eq!(outcome.decision.effect, Effect::Allow);
                None
            }
            Err(Fault::RateLimited { scope, .. }) => Some(scope),
            Err(fault) => panic!("{fault}"),
        }
    }
}

fn now<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

#[test]
fn a_rate_counts_recalled_decisions_and_comes_back_with_time() {
    let desk = Desk::new(None, of_rates(rate("2/s,3"), None));
    assert_eq!([(); 3].map(|()| desk.ask("ada")), [None; 3]);
    assert_eq!(desk.ask("ada"), Some(RateScope::Tenant));
    let fault = desk.host.evaluate(&desk.bank, &pay("ada", 1)).unwrap_err();
    assert_eq!(
        (fault.code(), fault.blame()),
        ("rate-limited", Blame::Tenant)
    );
    let wait = fault.retry_after().unwrap().as_millis();
    assert!((500..=1_000).contains(&wait), "{wait}");
    // The wall clock has nothing to do with it.
    desk.clock.jump_wall(NOW_MS + 1_000_000);
    assert_eq!(desk.ask("ada"), Some(RateScope::Tenant));
    desk.clock.advance(Duration::from_millis(500));
    assert_eq!(
        [desk.ask("ada"), desk.ask("ada")],
        [None, Some(RateScope::Tenant)]
    );
    let counts = desk.host.admission_report().counts;
    assert_eq!(counts.rate_limited.tenant, 4);
    assert_eq!(desk.host.admission_of(&desk.bank).unwrap().counts, counts);
    // One was evaluated, the others were recalled.
    assert_eq!(counts.admitted, 1);
}

#[test]
fn agents_tenants_and_the_host_each_have_a_rate_of_their_own() {
    let desk = Desk::new(rate("5/h"), of_rates(rate("4/h"), rate("2/h")));
    assert_eq!([desk.ask("ada"), desk.ask("ada")], [None, None]);
    assert_eq!(desk.ask("ada"), Some(RateScope::Agent));
    assert_eq!([desk.ask("bob"), desk.ask("bob")], [None, None]);
    assert_eq!(desk.ask("eve"), Some(RateScope::Tenant));
    let shop = tenant("shop");
    desk.host
        .add_tenant(&shop, TenantSettings::default())
        .unwrap();
    assert!(desk.host.evaluate(&shop, &pay("ada", 1)).is_ok());
    let fault = desk.host.evaluate(&shop, &pay("ada", 1)).unwrap_err();
    assert!(matches!(
        fault,
        Fault::RateLimited {
            scope: RateScope::Host,
            ..
        }
    ));
    assert_eq!(fault.blame(), Blame::Host);
    let limited = desk.host.admission_report().counts.rate_limited;
    assert_eq!([limited.agent, limited.tenant, limited.host], [1, 1, 1]);
}

#[test]
fn every_form_of_a_call_is_counted_and_a_batch_by_its_requests() {
    let desk = Desk::new(None, of_rates(None, rate("4/h")));
    let (host, bank) = (&desk.host, &desk.bank);
    let two = || vec![pay("ada", 1), pay("ada", 2)];
    assert!(
        host.evaluate_all(bank, &two(), Semantics::ExecuteAll)
            .is_ok()
    );
    assert!(now(host.evaluate_async(bank, &pay("ada", 1))).is_ok());
    // Three of four are used, so a batch of two gets nothing, and takes nothing.
    let all = now(host.evaluate_all_async(bank, two(), Semantics::ExecuteAll));
    assert!(matches!(all, Err(Fault::RateLimited { .. })));
    let all = host.evaluate_all(bank, &two(), Semantics::ExecuteAll);
    assert!(matches!(all, Err(Fault::RateLimited { .. })));
    assert!(
        host.call(bank)
            .priority(Priority::Low)
            .evaluate(&pay("ada", 1))
            .is_ok()
    );
    assert!(now(host.evaluate_async(bank, &pay("ada", 1))).is_err());
    // One that is larger than what may come at once is told so, since waiting doesn't help.
    let five = vec![pay("bob", 1); 5];
    let all = host.evaluate_all(bank, &five, Semantics::ExecuteAll);
    assert_eq!(
        all.unwrap_err(),
        Fault::BatchTooLarge { count: 5, limit: 4 }
    );
}

#[test]
fn rates_are_settings_that_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let host = on(folder.path()).build().unwrap();
    let bank = tenant("bank");
    let operator = Operator {
        by: "olga".to_owned(),
        why: None,
    };
    let change = |text: &str| serde_json::from_str::<TenantChange>(text).unwrap();
    let add = Verb::TenantAdd {
        tenant: bank.clone(),
        settings: change(r#"{"rate": "100/s,250", "agent_rate": "30/min", "weight": 5000}"#),
    };
    host.operate(add, &operator).unwrap();
    let set = Verb::TenantSet {
        tenant: bank.clone(),
        settings: change(r#"{"agent_rate": null}"#),
    };
    host.operate(set, &operator).unwrap();
    drop(host);
    let host = on(folder.path()).build().unwrap();
    let settings = host.tenant_settings(&bank).unwrap();
    assert_eq!(
        (settings.rate, settings.agent_rate),
        (rate("100/s,250"), None)
    );
    assert_eq!(settings.weight, 1_000);
    assert!(serde_json::from_str::<TenantChange>(r#"{"rate": "fast"}"#).is_err());
    // A change that says nothing of them leaves them, and says nothing when it is written.
    assert_eq!(serde_json::to_string(&change("{}")).unwrap(), "{}");
    let text = r#"{"rate":null}"#;
    assert_eq!(serde_json::to_string(&change(text)).unwrap(), text);
}

#[test]
fn with_no_rate_nothing_is_refused() {
    let desk = Desk::new(None, TenantSettings::default());
    assert!((0..5_000).all(|_| desk.ask("ada").is_none()));
    let many = Desk::new(
        Some(Rate::per_second(NonZeroU32::MAX)),
        of_rates(rate("4294967295/s"), rate("4294967295/s")),
    );
    assert!((0..5_000).all(|_| many.ask("ada").is_none()));
}

// --- Who goes first

/// A host with one evaluator thread, which evaluates every time.
fn narrow(admission: AdmissionSettings, tenant: TenantSettings) -> (Host, TenantName, TenantName) {
    narrow_while(admission, tenant, 300)
}

/// The same, whose tenant `busy` keeps it busy for so long.
fn narrow_while(
    admission: AdmissionSettings,
    tenant: TenantSettings,
    deadline_ms: u64,
) -> (Host, TenantName, TenantName) {
    let settings = HostSettings {
        workers: 1,
        recall: RecallSettings::off(),
        breaker: BreakerSettings::off(),
        admission,
        ..settings()
    };
    let (host, bank) = bank_with(builder().settings(settings), tenant);
    let busy = self::tenant("busy");
    host.add_tenant(&busy, TenantSettings::default()).unwrap();
    let limits = Limits {
        fuel: u64::MAX / 4,
        deadline_ms,
        ..Limits::default()
    };
    let spec = spec("busy", "1.0.0", "busy", "{}").limits(limits);
    host.bind(&busy, spec).unwrap();
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    (host, bank, busy)
}

/// Waits until the evaluator has begun with what the tenant asked.
fn begun(host: &Host, tenant: &TenantName) {
    while host.admission_of(tenant).unwrap().waiting > 0 {
        std::thread::yield_now();
    }
}

type Asked = tokio::task::JoinHandle<Result<lictor::Outcome, Fault>>;

fn ask(host: &Host, tenant: &TenantName, priority: Priority) -> Asked {
    let (host, tenant) = (host.clone(), tenant.clone());
    tokio::spawn(async move {
        let call = host.call(&tenant).priority(priority);
        call.evaluate_async(&pay("ada", 1)).await
    })
}

#[test]
fn calls_that_matter_more_are_evaluated_first() {
    let (host, bank, busy) = narrow(AdmissionSettings::default(), TenantSettings::default());
    let order = Arc::new(Mutex::new(Vec::new()));
    now(async {
        let first = ask(&host, &busy, Priority::Low);
        tokio::task::yield_now().await;
        begun(&host, &busy);
        let mut asked = Vec::new();
        for priority in Priority::ALL {
            let asking = ask(&host, &bank, priority);
            let order = Arc::clone(&order);
            asked.push(tokio::spawn(async move {
                asking.await.unwrap().unwrap();
                order.lock().unwrap().push(priority);
            }));
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        }
        let waiting = host.admission_report().priorities.map(|it| it.waiting);
        assert_eq!(waiting, [1; 4]);
        first.await.unwrap().unwrap();
        for asked in asked {
            asked.await.unwrap();
        }
    });
    // Answers reach the one reactor thread in the order in which they are given, or close to it: the last is the low one.
    let order = order.lock().unwrap();
    assert_eq!(order.len(), 4);
    let served = host.admission_report().priorities.map(|it| it.served);
    assert_eq!(served, [2, 1, 1, 1]);
}

#[test]
fn a_call_that_matters_takes_the_place_of_one_that_does_not() {
    let two = TenantSettings {
        concurrency: 2,
        ..TenantSettings::default()
    };
    let (host, bank, busy) = narrow(AdmissionSettings::default(), two);
    now(async {
        let first = ask(&host, &busy, Priority::Low);
        tokio::task::yield_now().await;
        begun(&host, &busy);
        let mut asked = Vec::new();
        for priority in [
            Priority::Normal,
            Priority::Low,
            Priority::Low,
            Priority::High,
        ] {
            asked.push(ask(&host, &bank, priority));
            tokio::task::yield_now().await;
        }
        first.await.unwrap().unwrap();
        let mut said = Vec::new();
        for asked in asked {
            said.push(asked.await.unwrap().map(drop).map_err(|fault| fault.code()));
        }
        // The third found both places taken, the fourth took that of the second.
        assert_eq!(said, [Ok(()), Err("shed"), Err("tenant-busy"), Ok(())]);
    });
    let counts = host.admission_of(&bank).unwrap().counts;
    assert_eq!(
        (counts.shed.low, counts.tenant_busy, counts.admitted),
        (1, 1, 2)
    );
    assert_eq!(host.admission_of(&bank).unwrap().in_flight, 0);
}

#[test]
fn a_tenant_may_wait_for_so_many_and_no_more() {
    let admission = AdmissionSettings {
        waiting_of_tenant: 2,
        ..AdmissionSettings::default()
    };
    let (host, bank, busy) = narrow(admission, TenantSettings::default());
    now(async {
        let first = ask(&host, &busy, Priority::Low);
        tokio::task::yield_now().await;
        begun(&host, &busy);
        let mut asked = Vec::new();
        for _ in 0..4 {
            asked.push(ask(&host, &bank, Priority::Normal));
            tokio::task::yield_now().await;
        }
        first.await.unwrap().unwrap();
        let mut full = 0;
        for asked in asked {
            match asked.await.unwrap() {
                Ok(_) => {}
                Err(fault) => {
                    assert!(matches!(fault, Fault::QueueFull { .. }), "{fault}");
                    let wait = fault.retry_after().unwrap().as_millis();
                    assert!((100..=200).contains(&wait), "{wait}");
                    full += 1;
                }
            }
        }
        assert_eq!(full, 2);
    });
}

#[test]
fn a_flood_of_one_tenant_leaves_an_evaluator_to_others() {
    let settings = HostSettings {
        workers: 2,
        recall: RecallSettings::off(),
        breaker: BreakerSettings::off(),
        ..settings()
    };
    let (host, bank) = bank_with(builder().settings(settings), TenantSettings::default());
    let wild = tenant("wild");
    host.add_tenant(&wild, TenantSettings::default()).unwrap();
    let limits = Limits {
        fuel: u64::MAX / 4,
        deadline_ms: 300,
        ..Limits::default()
    };
    host.bind(&wild, spec("busy", "1.0.0", "busy", "{}").limits(limits))
        .unwrap();
    host.bind(&bank, says("rule", "1.0.0", ALLOW)).unwrap();
    now(async {
        let flood: Vec<_> = (0..8)
            .map(|_| ask(&host, &wild, Priority::Critical))
            .collect();
        tokio::task::yield_now().await;
        // All of these are answered while the first of the flood are busy.
        for _ in 0..50 {
            ask(&host, &bank, Priority::Low).await.unwrap().unwrap();
        }
        let done = flood.iter().filter(|it| it.is_finished()).count();
        assert!(done <= 2, "{done}");
        for asked in flood {
            asked.await.unwrap().unwrap();
        }
    });
}
