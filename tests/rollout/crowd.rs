//! Threads decide while an operator rolls out, promotes, aborts and rolls back: no request fails, none is decided by two policies
//! of different versions, and what was taken away decides nothing any more.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;

use harness::NOW_MS;
use lictor::{
    Host, ManualClock, Move, Plan, RolloutSettings, RolloutSpec, TenantName, TenantSettings,
    Version,
};

use crate::fixture::{builder, limit, pay, settings};

const THREADS: u64 = 4;
const ROUNDS: usize = 60;
/// Decisions between two moves.
const MEANWHILE: u64 = 200;

struct Crowd {
    host: Host,
    bank: TenantName,
    /// MINOR versions that decide nothing any more, since the call that took them away has returned.
    gone: [AtomicBool; ROUNDS + 1],
    decisions: AtomicU64,
    is_over: AtomicBool,
}

/// Ends the crowd when the operator is done, also where it fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

#[test]
fn nothing_fails_mixes_or_comes_back_while_an_operator_is_at_work() {
    let clock = Arc::new(ManualClock::at(NOW_MS));
    let settings = settings(RolloutSettings {
        tick: None,
        ..RolloutSettings::default()
    });
    let host = builder(&clock, 1).settings(settings).build().unwrap();
    let bank: TenantName = "bank".parse().unwrap();
    host.add_tenant(&bank, TenantSettings::default()).unwrap();
    for policy in ["cap", "limit"] {
        host.bind(&bank, limit(policy, &version(0), 1)).unwrap();
    }
    let crowd = Crowd {
        host,
        bank,
        gone: std::array::from_fn(|_| AtomicBool::new(false)),
        decisions: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                let crowd = &crowd;
                scope.spawn(move || {
                    let _over = Over(&crowd.is_over);
                    crowd.decide_until_it_is_over(number)
                })
            })
            .collect();
        let over = Over(&crowd.is_over);
        crowd.operate();
        drop(over);
        let seen: BTreeSet<u64> = threads
            .into_iter()
            .flat_map(|it| it.join().unwrap())
            .collect();
        // Every version has decided something, for whoever was on its side.
        assert_eq!(seen.len(), ROUNDS + 1, "{seen:?}");
    });
}

fn version(minor: u64) -> Version {
    Version::new(1, minor, 0)
}

impl Crowd {
    /// Says which versions have decided.
    fn decide_until_it_is_over(&self, thread: u64) -> BTreeSet<u64> {
        let mut seen = BTreeSet::new();
        for number in 0.. {
            if self.is_over.load(SeqCst) {
                break;
            }
            let gone: Vec<bool> = self.gone.iter().map(|it| it.load(SeqCst)).collect();
            let agent = format!("agent-{}", (number * THREADS + thread) % 64);
            let outcome = self
                .host
                .evaluate(&self.bank, &pay(&agent, number as i64 % 50));
            let outcome = outcome.expect("no request fails");
            self.decisions.fetch_add(1, SeqCst);
            let of = |policy: &str| {
                let policies = outcome.policies.iter();
                let those = policies.filter(|it| it.bound.policy.as_str() == policy);
                those
                    .map(|it| (it.side, it.bound.version.minor))
                    .collect::<Vec<_>>()
            };
            let (cap, limit) = (of("cap"), of("limit"));
            assert_eq!(
                cap, limit,
                "a request is decided by one set of bindings, or by two"
            );
            assert!((1..=2).contains(&limit.len()), "{limit:?}");
            for (side, minor) in limit {
                assert!(!gone[minor as usize], "1.{minor}.0 ({side:?}) has decided");
                seen.insert(minor);
            }
        }
        seen
    }

    fn operate(&self) {
        let mut stable = 0;
        for minor in 1..=ROUNDS {
            let strict = ["off", "canary", "fleet"][minor % 3];
            let plan = format!(
                "name = \"half\"\nstrict = \"{strict}\"\n[[phases]]\nkind = \"canary\"\npercent = 50\ntime = \"1h\"\n"
            );
            let spec = ["cap", "limit"].iter().fold(
                RolloutSpec::new(Plan::from_toml(&plan).unwrap()),
                |spec, policy| spec.bind(limit(policy, &version(minor as u64), minor as i64 % 50)),
            );
            let rollout = self.host.roll_out(&self.bank, spec).unwrap().rollout;
            let make = |r#move| {
                self.host
                    .move_rollout(&self.bank, &rollout, r#move)
                    .unwrap()
            };
            self.let_decide();
            match minor % 5 {
                0 | 3 => {
                    make(Move::Abort);
                    self.gone[minor].store(true, SeqCst);
                }
                1 | 4 => {
                    make(Move::Promote);
                    self.gone[stable].store(true, SeqCst);
                    stable = minor;
                }
                _ => {
                    make(Move::Promote);
                    self.let_decide();
                    make(Move::RollBack);
                    self.gone[minor].store(true, SeqCst);
                }
            }
            self.let_decide();
        }
    }

    fn let_decide(&self) {
        let until = self.decisions.load(SeqCst) + MEANWHILE;
        while self.decisions.load(SeqCst) < until && !self.is_over.load(SeqCst) {
            thread::yield_now();
        }
    }
}
