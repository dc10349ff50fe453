//! What operators do, alone or against each other: the host does it where the model says that it may be done, and refuses it
//! where not.

use std::rc::Rc;

use lictor::{Move, Replaced, RolloutSpec, Strict, Version};

use crate::fixture::Guest;
use crate::model::{Bound, Guarded, Part, Plan, Replacement};
use crate::world::{Terms, World};

/// All there are.
pub const MOVES: [Move; 7] = [
    Move::Begin,
    Move::Advance,
    Move::Pause,
    Move::Resume,
    Move::Promote,
    Move::Abort,
    Move::RollBack,
];

// At random.
impl World {
    /// Does one thing to a tenant, whether it makes sense or not.
    pub fn operate(&mut self, tenant: usize) {
        let is_done = match self.random.below(12) {
            0..4 => {
                let (plan, new) = (self.any_plan(), self.any_replacement(tenant));
                let begins = !self.random.once_in(8);
                self.roll_out(tenant, plan, new, begins)
            }
            4 => {
                let number = 1_000 * (self.random.below(10) as i64 + 3);
                self.put_documents(tenant, number)
            }
            5 => {
                let bound = self.any_bound(tenant, "limit");
                self.bind_as(tenant, bound)
            }
            _ => {
                let count = self.tenants[tenant].rollouts.len() as u64;
                if count == 0 {
                    return;
                }
                // The last ones are the ones that aren't over, mostly.
                let back = self.random.below(count.min(4)) + 1;
                let rollout = (count - back) as usize;
                let r#move = self.any_move(tenant, rollout);
                self.make(tenant, rollout, r#move)
            }
        };
        self.drawn.refused += u64::from(!is_done);
        self.check(tenant);
    }

    /// Half of the time one that is legal.
    fn any_move(&mut self, tenant: usize, rollout: usize) -> Move {
        let rollout = &self.tenants[tenant].rollouts[rollout];
        let legal = MOVES.into_iter().filter(|it| rollout.target(*it).is_some());
        let legal: Vec<Move> = legal.collect();
        match legal.is_empty() || self.random.once_in(2) {
            true => self.random.one_of(&MOVES),
            false => self.random.one_of(&legal),
        }
    }

    fn any_terms(&mut self) -> Terms {
        Terms {
            limit: 1_000 * (self.random.below(8) as i64 + 5),
            trap: self.random.one_of(&[-1, -1, -1, 6_666]),
            spin: self.random.one_of(&[0, 0, 0, 0, 0, 50_000]),
        }
    }

    fn any_bound(&mut self, tenant: usize, policy: &str) -> Bound {
        let tenant = &self.tenants[tenant];
        let first = Version::new(1, 0, 0);
        let highest = tenant.highest.get(policy).cloned().unwrap_or(first);
        let stable = tenant.view.stable.get(policy).map(|it| it.version.clone());
        let Version {
            major,
            minor,
            patch,
            ..
        } = highest;
        let version = match self.random.below(12) {
            0 => Version::new(major, minor, patch),
            1 => Version::new(major, minor, patch.saturating_sub(1)),
            2 => Version::new(major + 1, 0, 0),
            3 => stable.clone().unwrap_or_else(|| Version::new(1, 0, 0)),
            4..7 => Version::new(major, minor, patch + 1),
            _ => Version::new(major, minor + 1, 0),
        };
        let is_stable = stable.as_ref() == Some(&version);
        let bound = self.any_terms().bound(policy, version);
        Bound {
            guest: match is_stable && self.random.once_in(2) {
                true => Guest::Shared,
                false => Guest::Limit,
            },
            ..bound
        }
    }

    fn any_replacement(&mut self, tenant: usize) -> Replacement {
        let put = |bound: Bound| (bound.policy.clone(), Some(Rc::new(bound)));
        let mut new = Replacement::default();
        let kind = self.random.below(10);
        if kind < 7 {
            let bound = self.any_bound(tenant, "limit");
            new.policies.extend([put(bound)]);
        }
        if (5..9).contains(&kind) {
            let bound = self.any_bound(tenant, "cap");
            new.policies.extend([put(bound)]);
        }
        // A rule moves from one policy to another.
        if kind == 8 {
            new.policies.insert("limit".to_owned(), None);
        }
        if kind == 4 {
            new.policies.insert("cap".to_owned(), None);
        }
        if kind == 9 || kind == 3 {
            let number = 1_000 * (self.random.below(10) as i64 + 3);
            new.documents = Some(Rc::new(number));
        }
        new
    }

    fn any_plan(&mut self) -> Plan {
        let strict = self
            .random
            .one_of(&[Strict::Off, Strict::Canary, Strict::Fleet]);
        let mut plan = match self.random.below(8) {
            0 => return Plan::careful(),
            1 => return Plan::immediate(),
            2 => Plan::quick(strict, &[10.0, 50.0, 100.0]),
            3 => Plan::quick(strict, &[25.0, 25.0, 30.5]),
            _ => Plan::quick(strict, &[0.0, 10.0, 50.0, 90.0]),
        };
        plan.by_team = self.random.once_in(4);
        if let Part::Canary { percent, subjects } = &mut plan.phases[0].part
            && self.random.once_in(2)
        {
            *percent = 0.0;
            *subjects = (0..9).map(|it| format!("agent-{}", it * it)).collect();
        }
        for phase in &mut plan.phases {
            phase.wait = self.random.once_in(8);
            phase.sample = self.random.one_of(&[1.0, 0.5, 0.1]);
            phase.pairs_min = self.random.below(8);
            phase.guards = Guarded {
                fault_rate: self.random.one_of(&[None, None, Some(0.01), Some(0.05)]),
                divergence_rate: self.random.one_of(&[None, None, None, Some(0.2)]),
                loosened_max: self.random.one_of(&[None, None, Some(0), Some(3)]),
                latency_ratio: self.random.one_of(&[None, Some(2.0)]),
            };
        }
        plan
    }
}

// Each says whether it was done, which is what the model says.
impl World {
    pub fn roll_out(&mut self, tenant: usize, plan: Plan, new: Replacement, begins: bool) -> bool {
        let tenant = &mut self.tenants[tenant];
        let mut spec = RolloutSpec::new(plan.read());
        for (policy, bound) in &new.policies {
            spec = match bound {
                Some(bound) => spec.bind(bound.spec()),
                None => spec.unbind(policy.parse().unwrap()),
            };
        }
        if let Some(number) = &new.documents {
            for name in ["a", "b"] {
                spec = spec.put_data(name.parse().unwrap(), document(**number));
            }
        }
        if !begins {
            spec = spec.planned();
        }
        let done = self.host.roll_out(&tenant.name, spec);
        let may = tenant.may_roll_out(&new, &plan);
        assert_eq!(
            done.is_ok(),
            may,
            "{} {plan:?} {new:?}: {done:?}",
            tenant.name
        );
        let Ok(status) = done else {
            return false;
        };
        // The host forgets those that are long over, and their names may come again.
        let listed = self.host.rollouts(&tenant.name).unwrap();
        let is_listed = |name: &str| listed.iter().any(|it| it.rollout.as_str() == name);
        let rollouts = &mut tenant.rollouts;
        rollouts
            .retain(|it| it.is_open() || is_listed(&it.name) && it.name != status.rollout.as_str());
        for replaced in &status.replaces {
            if let Replaced::Policy {
                policy,
                to: Some(to),
                ..
            } = replaced
            {
                let bound = new.policies[policy].as_ref().unwrap();
                assert_eq!(to.version, bound.version);
                bound.revision.set(Some(to.revision));
            }
        }
        tenant.roll_out(status.rollout.to_string(), plan, new, status.stage);
        assert_eq!(status.stage, tenant.rollouts.last().unwrap().stage);
        self.drawn.deployed += 1;
        true
    }

    /// Makes a move with the rollout of this number.
    pub fn make(&mut self, tenant: usize, rollout: usize, r#move: Move) -> bool {
        let tenant = &mut self.tenants[tenant];
        let name = tenant.rollouts[rollout].name.clone();
        let is_there = self
            .host
            .rollout(&tenant.name, &name.parse().unwrap())
            .is_ok();
        // Those that are long over are forgotten.
        let may = is_there && tenant.make(&name, r#move);
        let made = self
            .host
            .move_rollout(&tenant.name, &name.parse().unwrap(), r#move);
        assert_eq!(
            made.is_ok(),
            may,
            "{} {name} {move:?}: {made:?}",
            tenant.name
        );
        if may {
            *self.drawn.moves.entry(format!("{move:?}")).or_default() += 1;
        }
        if let Ok(status) = made {
            let was_moved = status.moves.last().unwrap();
            assert_eq!((was_moved.r#move, was_moved.to), (r#move, status.stage));
        }
        may
    }

    pub fn put_documents(&mut self, tenant: usize, number: i64) -> bool {
        let tenant = &mut self.tenants[tenant];
        let json = document(number);
        let both = ["a", "b"].map(|name| (name.parse().unwrap(), json.as_bytes()));
        let done = self.host.replace_data(&tenant.name, both);
        let may = !tenant.are_documents_taken();
        assert_eq!(done.is_ok(), may, "{}: {done:?}", tenant.name);
        if may {
            tenant.put_documents(number);
        }
        may
    }

    pub fn bind_as(&mut self, tenant: usize, bound: Bound) -> bool {
        let tenant = &mut self.tenants[tenant];
        // What `deploy` refuses, `bind` leaves to whoever asks for it.
        let bound = Bound {
            guest: match bound.policy.as_str() {
                "shared" => Guest::Shared,
                _ => Guest::Limit,
            },
            ..bound
        };
        let done = self.host.bind(&tenant.name, bound.spec());
        let may = tenant.may_bind(&bound);
        assert_eq!(done.is_ok(), may, "{} {bound:?}: {done:?}", tenant.name);
        if let Ok(described) = done {
            bound.revision.set(Some(described.revision));
            tenant.bind(Rc::new(bound));
        }
        may
    }
}

fn document(number: i64) -> String {
    format!(r#"{{"v":{number}}}"#)
}
