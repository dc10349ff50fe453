//! A tenant: what is stable, what is rolled out, and what an operator may do about it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use lictor::{FailurePolicy, Move, ROLLOUTS_MAX, Stage, TenantName, Version};

use super::split::{Choice, is_drawn};
use super::{Asked, Bound, Circle, Class, Numbers, Pair, Plan, Replacement, Rollout};

/// What a request sees.
#[derive(Clone, Debug)]
pub struct View {
    pub on_failure: FailurePolicy,
    pub stable: BTreeMap<String, Rc<Bound>>,
    pub last_good: BTreeMap<String, Rc<Bound>>,
    pub documents: Numbers,
    pub running: Vec<Running>,
}

/// A rollout in one of its phases.
#[derive(Clone, Debug)]
pub struct Running {
    pub name: String,
    pub plan: Plan,
    pub phase: usize,
    pub circle: Circle,
    pub new: Replacement,
}

#[derive(Debug)]
pub struct Tenant {
    pub name: TenantName,
    pub view: View,
    pub rollouts: Vec<Rollout>,
    pub highest: BTreeMap<String, Version>,
    /// Requests that wait to be compared, each in some rollouts.
    pub waiting: VecDeque<Vec<Pair>>,
}

impl View {
    pub fn choices(&self, asked: &Asked) -> Vec<(String, Choice)> {
        let running = self.running.iter();
        running
            .map(|it| (it.name.clone(), it.circle.choose(&it.plan, it.phase, asked)))
            .collect()
    }
}

impl Tenant {
    pub fn new(name: TenantName, on_failure: FailurePolicy, documents: i64) -> Self {
        let view = View {
            on_failure,
            stable: BTreeMap::new(),
            last_good: BTreeMap::new(),
            documents: Rc::new(documents),
            running: Vec::new(),
        };
        Self {
            name,
            view,
            rollouts: Vec::new(),
            highest: BTreeMap::new(),
            waiting: VecDeque::new(),
        }
    }

    pub fn rollout(&mut self, name: &str) -> Option<&mut Rollout> {
        self.rollouts.iter_mut().find(|it| it.name == name)
    }

    fn open(&self) -> impl Iterator<Item = &Rollout> {
        self.rollouts.iter().filter(|it| it.is_open())
    }

    pub fn is_policy_taken(&self, policy: &str) -> bool {
        self.open().any(|it| it.new.policies.contains_key(policy))
    }

    pub fn are_documents_taken(&self) -> bool {
        self.open().any(|it| it.new.documents.is_some())
    }

    /// Whether a binding may take the place of the stable one at once.
    pub fn may_bind(&self, bound: &Bound) -> bool {
        let stable = self.view.stable.get(&bound.policy);
        let is_major = stable.is_some_and(|it| bound.version.major > it.version.major);
        !is_major && !self.is_policy_taken(&bound.policy) && !self.is_lower(bound)
    }

    fn is_lower(&self, bound: &Bound) -> bool {
        let highest = self.highest.get(&bound.policy);
        highest.is_some_and(|it| bound.version < *it)
    }

    /// Whether a rollout may begin.
    pub fn may_roll_out(&self, new: &Replacement, plan: &Plan) -> bool {
        let is_taken = new.policies.keys().any(|it| self.is_policy_taken(it))
            || (new.documents.is_some() && self.are_documents_taken());
        let fits = |(policy, bound): (&String, &Option<Rc<Bound>>)| {
            let stable = self.view.stable.get(policy);
            let Some(bound) = bound else {
                return stable.is_some();
            };
            let is_major = stable.is_some_and(|it| bound.version.major > it.version.major);
            let is_other =
                stable.is_some_and(|it| it.version == bound.version && it.guest != bound.guest);
            !self.is_lower(bound) && !is_other && (!is_major || plan.starts_in_shadow())
        };
        self.open().count() < ROLLOUTS_MAX && !is_taken && new.policies.iter().all(fits)
    }

    pub fn bind(&mut self, bound: Rc<Bound>) {
        self.note_highest(&bound);
        self.put(bound);
        self.settle();
    }

    pub fn put_documents(&mut self, number: i64) {
        self.view.documents = Rc::new(number);
        self.settle();
    }

    pub fn roll_out(&mut self, name: String, plan: Plan, new: Replacement, stage: Stage) {
        let old = self.what_is_there(&new);
        self.rollouts.push(Rollout {
            circle: Circle::new(self.name.as_str(), &name),
            name: name.clone(),
            plan,
            new,
            old,
            stage: Stage::Planned,
            paused: false,
            time: Duration::ZERO,
            warm: true,
            tally: Default::default(),
            kept: Default::default(),
            dropped: 0,
            canary: BTreeSet::new(),
            beside: BTreeSet::new(),
        });
        if stage != Stage::Planned {
            assert!(self.make(&name, Move::Begin), "it can begin");
        }
    }

    /// Makes a move, where it is legal.
    pub fn make(&mut self, name: &str, r#move: Move) -> bool {
        let Some(rollout) = self.rollout(name) else {
            return false;
        };
        let Some(to) = rollout.target(r#move) else {
            return false;
        };
        rollout.make(r#move, to);
        let (new, old) = (rollout.new.clone(), rollout.old.clone());
        match to {
            Stage::Promoted => {
                let old = self.what_is_there(&new);
                self.rollout(name).unwrap().old = old;
                for bound in new.policies.values().flatten() {
                    self.note_highest(bound);
                }
                self.take_on(&new);
            }
            Stage::RolledBack => {
                self.take_on(&old);
                for policy in old.policies.keys() {
                    self.view.last_good.remove(policy);
                }
            }
            _ => {}
        }
        self.settle();
        true
    }

    /// Lets time pass for what isn't paused.
    pub fn pass(&mut self, time: Duration) {
        for rollout in &mut self.rollouts {
            if rollout.phase().is_some() && !rollout.paused {
                rollout.time += time;
            }
        }
    }

    /// Moves on what is complete.
    pub fn tick(&mut self) {
        for rollout in &mut self.rollouts {
            rollout.kept = (rollout.phase(), rollout.tally.clone());
        }
        let complete = self.rollouts.iter().filter(|rollout| {
            let waits = rollout
                .phase()
                .is_some_and(|it| rollout.plan.phases[it].wait);
            rollout.is_complete() && !waits
        });
        let complete: Vec<String> = complete.map(|it| it.name.clone()).collect();
        for name in complete {
            self.make(&name, Move::Advance);
        }
    }

    /// What is left when the host is killed and comes back.
    pub fn crash(&mut self) {
        self.waiting.clear();
        for rollout in &mut self.rollouts {
            rollout.crash();
        }
        let replaced = self.rollouts.iter().flat_map(|it| [&it.new, &it.old]);
        let replaced = replaced.flat_map(|it| it.policies.values().flatten());
        // Whether a binding was ever good is found out again.
        for bound in replaced.chain(self.view.stable.values()) {
            bound.decided.set(false);
        }
    }

    /// Has a request compared in the rollouts for which it is drawn, by the first eight bytes of its decision's id, or counts
    /// it as dropped where too many are waiting.
    pub fn sample(&mut self, asked: &Asked, id: &[u8], is_fresh: bool, waiting_max: usize) {
        let view = &self.view;
        let is_drawn = |it: &&Running| is_drawn(id, it.plan.phases[it.phase].sample);
        let those: Vec<&Running> = view.running.iter().filter(is_drawn).collect();
        if those.is_empty() {
            return;
        }
        if self.waiting.len() >= waiting_max {
            let names: Vec<String> = those.iter().map(|it| it.name.clone()).collect();
            for name in names {
                self.rollout(&name).unwrap().dropped += 1;
            }
            return;
        }
        let choices = view.choices(asked);
        let pairs = those.iter().map(|running| {
            let others: BTreeSet<String> = choices
                .iter()
                .filter(|(name, choice)| *choice == Choice::Candidate && *name != running.name)
                .map(|(name, _)| name.clone())
                .collect();
            let with: BTreeSet<String> = others
                .iter()
                .cloned()
                .chain([running.name.clone()])
                .collect();
            let (stable, candidate) = (view.say(&others, asked), view.say(&with, asked));
            let rolled = &running.new.policies;
            let has_fault =
                |faulted: &BTreeSet<String>| faulted.iter().any(|it| rolled.contains_key(it));
            let bound = |policy| view.stable.get(policy);
            let spins = |bounds: Vec<&Rc<Bound>>| bounds.iter().map(|it| it.spin).sum::<u32>();
            let replaced: Vec<_> = rolled.keys().filter_map(bound).collect();
            // Where nothing is replaced there is nothing to be dearer than.
            let is_measured = is_fresh && !replaced.is_empty();
            let of_stable = spins(replaced);
            let of_candidate = spins(rolled.values().flatten().collect());
            Pair {
                rollout: running.name.clone(),
                phase: running.phase,
                subject: asked.subject(&running.plan).map(str::to_owned),
                class: Class::of(
                    (stable.effect, has_fault(&stable.faulted)),
                    (candidate.effect, has_fault(&candidate.faulted)),
                ),
                may_be_slow: of_candidate > of_stable,
                is_slow: is_measured && of_stable == 0 && of_candidate > 0,
                decided: [stable.decided, candidate.decided].concat(),
            }
        });
        let pairs = pairs.collect();
        self.waiting.push_back(pairs);
    }

    fn put(&mut self, bound: Rc<Bound>) {
        let policy = bound.policy.clone();
        let old = self.view.stable.insert(policy.clone(), bound);
        if let Some(old) = old.filter(|it| it.decided.get()) {
            self.view.last_good.insert(policy, old);
        }
    }

    fn take_on(&mut self, replacement: &Replacement) {
        for (policy, bound) in &replacement.policies {
            match bound {
                Some(bound) => self.put(Rc::clone(bound)),
                None => {
                    self.view.stable.remove(policy);
                    self.view.last_good.remove(policy);
                }
            }
        }
        if let Some(documents) = &replacement.documents {
            self.view.documents = Rc::clone(documents);
        }
    }

    fn what_is_there(&self, new: &Replacement) -> Replacement {
        let policies = new.policies.keys();
        Replacement {
            policies: policies
                .map(|it| (it.clone(), self.view.stable.get(it).cloned()))
                .collect(),
            documents: new
                .documents
                .as_ref()
                .map(|_| Rc::clone(&self.view.documents)),
        }
    }

    fn note_highest(&mut self, bound: &Bound) {
        let highest = self.highest.entry(bound.policy.clone());
        let highest = highest.or_insert_with(|| bound.version.clone());
        *highest = highest.clone().max(bound.version.clone());
    }

    /// What follows from a change: what requests see of the rollouts, and which can't be rolled back any more.
    pub fn settle(&mut self) {
        let view = &mut self.view;
        for rollout in &mut self.rollouts {
            let is_there = |(policy, bound): (&String, &Option<Rc<Bound>>)| {
                let revision = |it: &Rc<Bound>| it.revision.get();
                view.stable.get(policy).map(revision) == bound.as_ref().map(revision)
            };
            let documents = rollout.new.documents.as_ref();
            let are_there = documents.is_none_or(|it| Rc::ptr_eq(it, &view.documents));
            if rollout.stage == Stage::Promoted
                && !(are_there && rollout.new.policies.iter().all(is_there))
            {
                rollout.warm = false;
            }
        }
        let running = self.rollouts.iter().filter_map(|rollout| {
            Some(Running {
                phase: rollout.phase()?,
                name: rollout.name.clone(),
                plan: rollout.plan.clone(),
                circle: rollout.circle.clone(),
                new: rollout.new.clone(),
            })
        });
        view.running = running.collect();
    }
}
