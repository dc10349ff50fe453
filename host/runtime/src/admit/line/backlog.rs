//! What waits of one tenant, by lane and priority.

use std::collections::VecDeque;
use std::time::Duration;

use lictor_policy::Priority;

use super::super::delay::{Delay, Patience};

/// What waits of one tenant.
#[derive(Debug)]
pub(super) struct Queue<T> {
    pub(super) waiting: usize,
    pub(super) lanes: [Option<Backlog<T>>; 2],
}

#[derive(Debug)]
pub(super) struct Backlog<T> {
    pub(super) turn: (u64, u64),
    pub(super) weight: u32,
    /// By priority, the lowest first.
    pub(super) classes: [Class<T>; 4],
}

#[derive(Debug)]
pub(super) struct Class<T> {
    pub(super) items: VecDeque<Item<T>>,
    pub(super) delay: Delay,
}

#[derive(Debug)]
pub(super) struct Item<T> {
    pub(super) since: Duration,
    pub(super) number: u64,
    pub(super) item: T,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            waiting: 0,
            lanes: [None, None],
        }
    }
}

impl<T> Default for Class<T> {
    fn default() -> Self {
        Self {
            items: VecDeque::new(),
            delay: Delay::default(),
        }
    }
}

impl<T> Backlog<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.classes.iter().all(|class| class.items.is_empty())
    }

    pub(super) fn class(&mut self, priority: Priority) -> &mut Class<T> {
        let class = self.classes.get_mut(priority as usize);
        class.expect("there is one for each priority")
    }

    /// Takes out what has waited for too long.
    pub(super) fn shed(
        &mut self,
        now: Duration,
        patience: &Patience,
        shed: &mut Vec<(T, Priority)>,
    ) {
        for priority in Priority::ALL {
            let Some(target) = patience.target(priority) else {
                continue;
            };
            let Class { items, delay } = self.class(priority);
            while let Some(first) = items.front()
                && delay.sheds(
                    now.saturating_sub(first.since),
                    now,
                    target,
                    patience.interval,
                )
                && let Some(first) = items.pop_front()
            {
                shed.push((first.item, priority));
            }
        }
    }

    /// The oldest of the highest priority.
    pub(super) fn pop(&mut self) -> Option<(Item<T>, Priority)> {
        let mut priorities = Priority::ALL.into_iter().rev();
        priorities.find_map(|priority| Some((self.class(priority).items.pop_front()?, priority)))
    }

    /// The newest of the lowest priority, if that is below this one.
    pub(super) fn pop_below(&mut self, below: Priority) -> Option<(T, Priority)> {
        let lower = Priority::ALL.into_iter().take_while(|it| *it < below);
        let mut lower = lower.filter_map(|it| Some((self.class(it).items.pop_back()?.item, it)));
        lower.next()
    }
}
