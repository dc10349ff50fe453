//! A version is replaced while threads decide with it.

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use lictor::{Effect, Host, Outcome, PolicyName, Request, TenantName, Version};

use super::fleet::Fleet;
use super::{Built, show};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures::grouped;

/// How many decisions are made before the change, and at least as many after it.
const DECISIONS: u64 = 2_000;
/// How many threads decide.
const THREADS: usize = 2;

/// What the threads have seen.
#[derive(Default)]
struct Seen {
    by_old: AtomicU64,
    by_new: AtomicU64,
    faults: AtomicU64,
    mixed: AtomicU64,
}

/// Replaces `spend-limit` for the bank while a payment of 7,500, which only the old version allows, is decided again and
/// again.
pub(super) fn under_load(
    host: &Host,
    built: &Built,
    fleet: &Fleet,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let bank: TenantName = "bank".parse().expect("it is a name");
    let policy: PolicyName = "spend-limit".parse().expect("it is a name");
    let (old, new) = (Version::new(1, 0, 0), Version::new(1, 1, 0));
    let payment = payment(fleet)?;
    let (seen, done) = (Seen::default(), AtomicBool::new(false));

    let bound = thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) || seen.by_new.load(Ordering::SeqCst) < DECISIONS
                {
                    seen.note(host.evaluate(&bank, payment), &policy, &old);
                    if seen.failed() {
                        break;
                    }
                }
            });
        }
        while seen.by_old.load(Ordering::SeqCst) < DECISIONS && !seen.failed() {
            thread::yield_now();
        }
        let bound = built
            .spec(&policy, Some(&new))
            .and_then(|spec| Ok(host.bind(&bank, spec)?));
        if bound.is_err() {
            // Without the new version the threads would wait for it for ever.
            seen.faults.fetch_add(1, Ordering::SeqCst);
        }
        done.store(true, Ordering::SeqCst);
        bound
    });
    bound?;

    let count = |number: &AtomicU64| grouped(number.load(Ordering::SeqCst));
    show::row(
        out,
        "1.0.0 allowed a payment of 7,500",
        &count(&seen.by_old),
    )?;
    show::row(out, "1.1.0 denied it", &count(&seen.by_new))?;
    show::row(out, "requests that failed", &count(&seen.faults))?;
    show::row(out, "decisions that mixed versions", &count(&seen.mixed))?;
    if seen.failed() {
        return Err(Failure::new(
            Exit::HostFault,
            "replacing a version harmed a request",
        ));
    }
    Ok(())
}

fn payment(fleet: &Fleet) -> Result<&Request, Failure> {
    let found = fleet
        .requests
        .iter()
        .find(|request| request.resource_id() == "inv-312");
    found.ok_or_else(|| Failure::input("the recorded requests have no payment `inv-312`"))
}

impl Seen {
    fn note(&self, decided: Result<Outcome, lictor::Fault>, policy: &PolicyName, old: &Version) {
        let Ok(outcome) = decided else {
            self.faults.fetch_add(1, Ordering::SeqCst);
            return;
        };
        let Some(ran) = outcome
            .policies
            .iter()
            .find(|ran| ran.bound.policy == *policy)
        else {
            self.faults.fetch_add(1, Ordering::SeqCst);
            return;
        };
        let by_old = ran.bound.version == *old;
        let expected = if by_old { Effect::Allow } else { Effect::Deny };
        if ran.verdict.fault().is_some() {
            self.faults.fetch_add(1, Ordering::SeqCst);
        } else if outcome.decision.effect != expected {
            self.mixed.fetch_add(1, Ordering::SeqCst);
        }
        let count = if by_old { &self.by_old } else { &self.by_new };
        count.fetch_add(1, Ordering::SeqCst);
    }

    fn failed(&self) -> bool {
        self.faults.load(Ordering::SeqCst) > 0 || self.mixed.load(Ordering::SeqCst) > 0
    }
}
