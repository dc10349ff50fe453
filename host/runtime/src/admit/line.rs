//! Who is next: what waits for an evaluator, by tenant, lane and priority. It knows no threads and reads no clock.
//!
//! Tenants are served in turn, each as often as its weight says (a weighted fair queue: what is served moves its tenant's turn
//! back by a step that is the smaller the greater the weight). Slow work has a lane of its own with a quarter of the weight. Within a tenant's lane the
//! highest priority goes first, then the oldest. Must never let a tenant, or all slow work together, have every evaluator where
//! there is another tenant: an evaluation can't be taken back once it runs.

mod backlog;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use foldhash::fast::RandomState;
use lictor_policy::{Priority, TenantName};

use super::delay::Patience;
use backlog::{Backlog, Item, Queue};

/// One whole turn.
const STEP: u64 = 1 << 20;
/// How many turns one of the slow lane costs, and how many times as long it may wait.
const SLOW: u32 = 4;
/// Tenants without anything in service that are remembered, to save making them again.
const REMEMBERED_MAX: usize = 1_024;

/// How fast work is expected to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    #[default]
    Fast,
    Slow,
}

/// On whose behalf something is done, and how much it matters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller<'a> {
    pub(crate) tenant: &'a TenantName,
    /// At least 1.
    pub(crate) weight: u32,
    pub(crate) priority: Priority,
    pub(crate) lane: Lane,
}

impl<'a> Caller<'a> {
    /// A usual caller of this tenant.
    pub(crate) fn of(tenant: &'a TenantName) -> Self {
        Self {
            tenant,
            weight: 1,
            priority: Priority::default(),
            lane: Lane::Fast,
        }
    }
}

/// What a line is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// What may wait together.
    pub(super) waiting: usize,
    /// What may wait of one tenant.
    pub(super) of_tenant: usize,
    /// What one tenant, and slow work, may have in service, where there are several tenants.
    pub(super) serving: u32,
    pub(super) patience: Patience,
}

/// Something in service.
#[derive(Debug)]
pub(super) struct Ticket {
    tenant: TenantName,
    lane: Lane,
}

/// What came of asking for what is next.
#[derive(Debug)]
pub(super) struct Next<T> {
    pub(super) served: Option<(Ticket, T, Waited)>,
    /// What had waited for too long.
    pub(super) shed: Vec<(T, Priority)>,
}

/// How long something waited.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waited {
    pub(super) priority: Priority,
    pub(super) time: Duration,
}

/// The number of what was put in, and what gave way to it.
pub(super) type Pushed<T> = (u64, Option<(T, Priority)>);

/// Why something may not wait.
#[derive(Debug)]
pub(super) struct Full<T>(pub(super) T);

#[derive(Debug)]
pub(super) struct Line<T> {
    rules: Rules,
    /// Whether there is more than one tenant.
    pub(super) is_shared: bool,
    queues: HashMap<TenantName, Queue<T>, RandomState>,
    /// The lanes that have something, the next to be served first.
    turns: BTreeSet<Turn>,
    serving: HashMap<TenantName, u32, RandomState>,
    serving_slow: u32,
    waiting: usize,
    /// The turn that was served last.
    reached: u64,
    number: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    at: u64,
    number: u64,
    lane: Lane,
    tenant: TenantName,
}

impl<T> Line<T> {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            is_shared: false,
            queues: HashMap::default(),
            turns: BTreeSet::new(),
            serving: HashMap::default(),
            serving_slow: 0,
            waiting: 0,
            reached: 0,
            number: 0,
        }
    }

    /// How much waits.
    pub(super) fn len(&self) -> usize {
        self.waiting
    }

    /// How much waits of one tenant.
    pub(super) fn len_of(&self, tenant: &TenantName) -> usize {
        self.queues.get(tenant).map_or(0, |queue| queue.waiting)
    }

    /// How much waits of each priority, the lowest first, and since when the oldest does.
    pub(super) fn waiting(&self) -> [(usize, Option<Duration>); 4] {
        let mut all = [(0, None); 4];
        let backlogs = self
            .queues
            .values()
            .flat_map(|queue| &queue.lanes)
            .flatten();
        for backlog in backlogs {
            for ((count, oldest), class) in all.iter_mut().zip(&backlog.classes) {
                *count += class.items.len();
                let first: Option<Duration> = class.items.front().map(|first| first.since);
                *oldest = [*oldest, first].into_iter().flatten().min();
            }
        }
        all
    }

    /// Puts something behind what its tenant has waiting, and gives the number that it can be taken out by. Where there is no room, what
    /// matters less gives way: of the same tenant, or of the one that has most waiting, where that is more than this one has.
    pub(super) fn push(
        &mut self,
        caller: Caller<'_>,
        now: Duration,
        item: T,
    ) -> Result<Pushed<T>, Full<T>> {
        let mut gave_way = None;
        let own = self.len_of(caller.tenant);
        if own >= self.rules.of_tenant || self.waiting >= self.rules.waiting {
            gave_way = self.make_room(caller, own);
            if gave_way.is_none() {
                return Err(Full(item));
            }
        }
        self.number += 1;
        let number = self.number;
        let next_turn = self
            .reached
            .saturating_add(step(caller.weight, caller.lane));
        let queue = self.queues.entry(caller.tenant.clone()).or_default();
        queue.waiting += 1;
        self.waiting += 1;
        let lane = queue.lanes.get_mut(caller.lane as usize);
        let lane = lane.expect("there are two lanes");
        let backlog = lane.get_or_insert_with(|| {
            self.turns.insert(Turn {
                at: next_turn,
                number,
                lane: caller.lane,
                tenant: caller.tenant.clone(),
            });
            Backlog {
                turn: (next_turn, number),
                weight: caller.weight,
                classes: Default::default(),
            }
        });
        backlog.weight = caller.weight;
        let since = now;
        let items = &mut backlog.class(caller.priority).items;
        items.push_back(Item {
            since,
            number,
            item,
        });
        Ok((number, gave_way))
    }

    /// What is next, with what has waited for too long before it.
    pub(super) fn next(&mut self, now: Duration) -> Next<T> {
        let mut shed = Vec::new();
        while let Some(turn) = self.turn() {
            let patience = match turn.lane {
                Lane::Fast => self.rules.patience,
                Lane::Slow => self.rules.patience.times(SLOW),
            };
            let before = shed.len();
            let Some(backlog) = self.backlog(&turn) else {
                self.turns.remove(&turn);
                continue;
            };
            backlog.shed(now, &patience, &mut shed);
            let popped = backlog.pop();
            let weight = backlog.weight;
            let gone = shed.len() - before + usize::from(popped.is_some());
            self.reached = self.reached.max(turn.at);
            let at = turn.at.saturating_add(step(weight, turn.lane));
            self.took(&turn, gone, popped.is_some().then_some(at));
            if let Some((item, priority)) = popped {
                let waited = Waited {
                    priority,
                    time: now.saturating_sub(item.since),
                };
                let ticket = self.serve(&turn.tenant, turn.lane);
                let served = Some((ticket, item.item, waited));
                return Next { served, shed };
            }
        }
        Next { served: None, shed }
    }

    /// Serves somebody who doesn't wait, if it is nobody else's turn.
    pub(super) fn serve_at_once(&mut self, caller: Caller<'_>) -> Option<Ticket> {
        let may = self.waiting == 0 && self.may_serve(caller.tenant, caller.lane);
        may.then(|| self.serve(caller.tenant, caller.lane))
    }

    /// Says that what was in service is done.
    pub(super) fn done(&mut self, ticket: &Ticket) {
        if let Some(serving) = self.serving.get_mut(&ticket.tenant) {
            *serving = serving.saturating_sub(1);
        }
        if ticket.lane == Lane::Slow {
            self.serving_slow = self.serving_slow.saturating_sub(1);
        }
        if self.serving.len() > REMEMBERED_MAX {
            self.serving.retain(|_, serving| *serving > 0);
        }
    }

    /// Takes out what was put in with this number, if it waits still.
    pub(super) fn remove(&mut self, caller: Caller<'_>, number: u64) -> Option<T> {
        let queue = self.queues.get_mut(caller.tenant)?;
        let backlog = queue.lanes.get_mut(caller.lane as usize)?.as_mut()?;
        let (at, first) = backlog.turn;
        let items = &mut backlog.class(caller.priority).items;
        let place = items.iter().position(|item| item.number == number)?;
        let item = items.remove(place)?.item;
        let turn = Turn {
            at,
            number: first,
            lane: caller.lane,
            tenant: caller.tenant.clone(),
        };
        self.took(&turn, 1, None);
        Some(item)
    }

    /// Takes out what a tenant has waiting with a lower priority than this: the newest of the lowest.
    pub(super) fn give_way(
        &mut self,
        tenant: &TenantName,
        below: Priority,
    ) -> Option<(T, Priority)> {
        // Slow work first: it would have waited longest.
        [Lane::Slow, Lane::Fast].into_iter().find_map(|lane| {
            let queue = self.queues.get_mut(tenant)?;
            let backlog = queue.lanes.get_mut(lane as usize)?.as_mut()?;
            let (at, number) = backlog.turn;
            let taken = backlog.pop_below(below)?;
            let turn = Turn {
                at,
                number,
                lane,
                tenant: tenant.clone(),
            };
            self.took(&turn, 1, None);
            Some(taken)
        })
    }
}

// What it takes to do that.
impl<T> Line<T> {
    fn make_room(&mut self, caller: Caller<'_>, own: usize) -> Option<(T, Priority)> {
        if let Some(taken) = self.give_way(caller.tenant, caller.priority) {
            return Some(taken);
        }
        if own >= self.rules.of_tenant {
            return None;
        }
        let most = self.queues.iter().max_by_key(|(_, queue)| queue.waiting);
        let (tenant, waiting) = most.map(|(tenant, queue)| (tenant.clone(), queue.waiting))?;
        if waiting <= own + 1 {
            return None;
        }
        // Beyond its fair share nothing of it matters more than what others have within theirs.
        self.give_way(&tenant, Priority::Critical)
            .or_else(|| self.newest_of(&tenant))
    }

    /// The newest of a tenant that has nothing but critical calls.
    fn newest_of(&mut self, tenant: &TenantName) -> Option<(T, Priority)> {
        [Lane::Slow, Lane::Fast].into_iter().find_map(|lane| {
            let queue = self.queues.get_mut(tenant)?;
            let backlog = queue.lanes.get_mut(lane as usize)?.as_mut()?;
            let (at, number) = backlog.turn;
            let taken = backlog.class(Priority::Critical).items.pop_back()?;
            let turn = Turn {
                at,
                number,
                lane,
                tenant: tenant.clone(),
            };
            self.took(&turn, 1, None);
            Some((taken.item, Priority::Critical))
        })
    }

    /// The first turn of those that may have an evaluator.
    fn turn(&self) -> Option<Turn> {
        let mut turns = self.turns.iter();
        turns
            .find(|turn| self.may_serve(&turn.tenant, turn.lane))
            .cloned()
    }

    // INVARIANT: where there are several tenants, each of them, and slow work, leaves an evaluator to others.
    fn may_serve(&self, tenant: &TenantName, lane: Lane) -> bool {
        if !self.is_shared {
            return true;
        }
        let serving = self.serving.get(tenant).copied().unwrap_or(0);
        let slow_may = lane == Lane::Fast || self.serving_slow < self.rules.serving;
        serving < self.rules.serving && slow_may
    }

    fn serve(&mut self, tenant: &TenantName, lane: Lane) -> Ticket {
        match self.serving.get_mut(tenant) {
            Some(serving) => *serving += 1,
            None => {
                self.serving.insert(tenant.clone(), 1);
            }
        }
        if lane == Lane::Slow {
            self.serving_slow += 1;
        }
        Ticket {
            tenant: tenant.clone(),
            lane,
        }
    }

    fn backlog(&mut self, turn: &Turn) -> Option<&mut Backlog<T>> {
        let queue = self.queues.get_mut(&turn.tenant)?;
        queue.lanes.get_mut(turn.lane as usize)?.as_mut()
    }

    /// Counts what was taken out of a lane, which goes when it is empty, and else has its next turn then, if it had one.
    fn took(&mut self, turn: &Turn, count: usize, next: Option<u64>) {
        self.waiting = self.waiting.saturating_sub(count);
        let Some(queue) = self.queues.get_mut(&turn.tenant) else {
            return;
        };
        queue.waiting = queue.waiting.saturating_sub(count);
        let is_idle = queue.waiting == 0;
        let Some(lane) = queue.lanes.get_mut(turn.lane as usize) else {
            return;
        };
        if lane.as_ref().is_some_and(Backlog::is_empty) {
            self.turns.remove(turn);
            *lane = None;
        } else if let (Some(backlog), Some(at)) = (lane, next) {
            self.turns.remove(turn);
            self.number += 1;
            backlog.turn = (at, self.number);
            self.turns.insert(Turn {
                at,
                number: self.number,
                ..turn.clone()
            });
        }
        if is_idle {
            self.queues.remove(&turn.tenant);
        }
    }
}

/// By how much what is served moves its tenant's turn back.
fn step(weight: u32, lane: Lane) -> u64 {
    let times = match lane {
        Lane::Fast => 1,
        Lane::Slow => SLOW,
    };
    STEP.saturating_mul(times.into()) / u64::from(weight.max(1))
}

#[cfg(test)]
mod tests;
