//! Who is next, by hand and with seeded random traffic against what was promised.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn tenant(name: &str) -> TenantName {
    name.parse().unwrap()
}

fn rules() -> Rules {
    Rules {
        waiting: 100,
        of_tenant: 50,
        serving: u32::MAX,
        patience: Patience::ENDLESS,
    }
}

fn patient() -> Patience {
    let target = |ms| Some(Duration::from_millis(ms));
    Patience {
        targets: [target(5), target(20), target(80), None],
        interval: Duration::from_millis(100),
    }
}

/// Puts items in that are named by their tenants.
fn put(line: &mut Line<String>, caller: Caller<'_>, name: &str) {
    let pushed = line.push(caller, Duration::ZERO, name.to_owned());
    assert!(matches!(pushed, Ok((_, None))), "{pushed:?}");
}

fn all(line: &mut Line<String>) -> Vec<String> {
    std::iter::from_fn(|| {
        let (ticket, item, _) = line.next(Duration::ZERO).served?;
        line.done(&ticket);
        Some(item)
    })
    .collect()
}

#[test]
fn the_highest_priority_goes_first_within_a_tenant_and_nowhere_else() {
    let mut line = Line::new(rules());
    let (a, b) = (tenant("a"), tenant("b"));
    for priority in [Priority::Low, Priority::Normal, Priority::Critical] {
        let caller = Caller {
            priority,
            ..Caller::of(&a)
        };
        put(&mut line, caller, &format!("a {priority}"));
    }
    let low = Caller {
        priority: Priority::Low,
        ..Caller::of(&b)
    };
    put(&mut line, low, "b low");
    assert_eq!(all(&mut line), ["a critical", "b low", "a normal", "a low"]);
}

#[test]
fn weights_say_how_often_a_tenant_is_served_and_slow_work_has_a_quarter() {
    let mut line = Line::new(rules());
    let names = ["heavy", "light", "slow"].map(tenant);
    let [heavy, light, slow] = &names;
    for _ in 0..40 {
        let caller = Caller {
            weight: 4,
            ..Caller::of(heavy)
        };
        put(&mut line, caller, "heavy");
    }
    for _ in 0..20 {
        put(&mut line, Caller::of(light), "light");
        let caller = Caller {
            lane: Lane::Slow,
            ..Caller::of(slow)
        };
        put(&mut line, caller, "slow");
    }
    let served = all(&mut line);
    let of = |name: &str, most: usize| {
        let first = served.iter().take(most);
        first.filter(|it| *it == name).count()
    };
    // 16 to 4 to 1.
    assert_eq!(
        [of("heavy", 42), of("light", 42), of("slow", 42)],
        [32, 8, 2]
    );
}

#[test]
fn a_tenant_and_slow_work_leave_an_evaluator_to_others() {
    let mut line = Line::new(Rules {
        serving: 2,
        ..rules()
    });
    line.is_shared = true;
    let names = ["a", "b", "c"].map(tenant);
    let [a, b, c] = &names;
    for _ in 0..4 {
        put(&mut line, Caller::of(a), "a");
    }
    let mut tickets = Vec::new();
    while let Some((ticket, ..)) = line.next(Duration::ZERO).served {
        tickets.push(ticket);
    }
    assert_eq!(tickets.len(), 2);
    put(&mut line, Caller::of(b), "b");
    let (ticket, item, _) = line.next(Duration::ZERO).served.unwrap();
    assert_eq!(item, "b");
    line.done(&ticket);
    // One that ends lets the next of its tenant begin.
    line.done(&tickets.pop().unwrap());
    assert_eq!(line.next(Duration::ZERO).served.unwrap().1, "a");
    assert!(line.next(Duration::ZERO).served.is_none());

    // Slow work of different tenants counts together.
    let mut line = Line::new(Rules {
        serving: 2,
        ..rules()
    });
    line.is_shared = true;
    for tenant in [a, b, c] {
        let caller = Caller {
            lane: Lane::Slow,
            ..Caller::of(tenant)
        };
        put(&mut line, caller, "slow");
    }
    assert!(line.next(Duration::ZERO).served.is_some());
    assert!(line.next(Duration::ZERO).served.is_some());
    assert!(line.next(Duration::ZERO).served.is_none());
    put(&mut line, Caller::of(c), "fast");
    assert_eq!(line.next(Duration::ZERO).served.unwrap().1, "fast");
}

#[test]
fn a_tenant_that_is_alone_has_every_evaluator() {
    let mut line = Line::new(Rules {
        serving: 1,
        ..rules()
    });
    let a = tenant("a");
    (0..3).for_each(|_| put(&mut line, Caller::of(&a), "a"));
    for _ in 0..3 {
        assert!(line.next(Duration::ZERO).served.is_some());
    }
}

#[test]
fn what_matters_less_gives_way_first_within_its_tenant() {
    let mut line = Line::new(Rules {
        of_tenant: 2,
        ..rules()
    });
    let a = tenant("a");
    let of = |priority| Caller {
        priority,
        ..Caller::of(&a)
    };
    put(&mut line, of(Priority::Low), "low");
    put(&mut line, of(Priority::Normal), "normal");
    let gave_way = line.push(of(Priority::High), Duration::ZERO, "high".to_owned());
    let (_, gave_way) = gave_way.unwrap();
    assert_eq!(gave_way, Some(("low".to_owned(), Priority::Low)));
    // Nothing gives way to what matters no more.
    assert!(
        line.push(of(Priority::Normal), Duration::ZERO, "late".to_owned())
            .is_err()
    );
    assert!(
        line.push(of(Priority::Low), Duration::ZERO, "late".to_owned())
            .is_err()
    );
    assert_eq!(all(&mut line), ["high", "normal"]);
}

#[test]
fn a_full_line_has_room_for_who_has_little_in_it() {
    let mut line = Line::new(Rules {
        waiting: 4,
        of_tenant: 4,
        ..rules()
    });
    let (a, b) = (tenant("a"), tenant("b"));
    let critical = Caller {
        priority: Priority::Critical,
        ..Caller::of(&a)
    };
    (0..4).for_each(|number| put(&mut line, critical, &format!("a{number}")));
    for expected in ["a3", "a2"] {
        let pushed = line.push(Caller::of(&b), Duration::ZERO, "b".to_owned());
        let (item, _) = pushed.unwrap().1.unwrap();
        assert_eq!(item, expected);
    }
    // Now both have their share.
    assert!(
        line.push(Caller::of(&b), Duration::ZERO, "b".to_owned())
            .is_err()
    );
    assert_eq!(line.len(), 4);
}

#[test]
fn low_calls_are_shed_before_normal_ones_and_critical_ones_never() {
    let mut line = Line::new(Rules {
        patience: patient(),
        waiting: 10_000,
        of_tenant: 10_000,
        ..rules()
    });
    let a = tenant("a");
    let mut shed: BTreeMap<Priority, Vec<u64>> = BTreeMap::new();
    // One of each comes each millisecond, and three of four are served.
    for now_ms in 0..2_000 {
        let now = Duration::from_millis(now_ms);
        for priority in Priority::ALL {
            let caller = Caller {
                priority,
                ..Caller::of(&a)
            };
            drop(line.push(caller, now, now_ms));
        }
        for _ in 0..3 {
            let next = line.next(now);
            for (since, priority) in next.shed {
                shed.entry(priority).or_default().push(now_ms - since);
            }
            if let Some((ticket, ..)) = next.served {
                line.done(&ticket);
            }
        }
    }
    assert_eq!(shed.keys().collect::<Vec<_>>(), [&Priority::Low]);
    // Each had waited for twice the target.
    let waits = &shed[&Priority::Low];
    assert!(
        waits.len() > 1_500 && waits.iter().all(|wait| *wait > 10),
        "{waits:?}"
    );
    // What is in the line is what came lately.
    assert!(line.len() < 200, "{}", line.len());
}

#[test]
fn what_is_taken_out_is_gone() {
    let mut line = Line::new(rules());
    let a = tenant("a");
    let caller = Caller::of(&a);
    let (number, _) = line.push(caller, SECOND, "a").unwrap();
    assert_eq!(line.remove(caller, number), Some("a"));
    assert_eq!(line.remove(caller, number), None);
    assert_eq!((line.len(), line.turns.len(), line.queues.len()), (0, 0, 0));
}

#[derive(Clone, Debug)]
enum Act {
    Push {
        tenant: usize,
        priority: usize,
        slow: bool,
    },
    Next,
    Done,
    Wait {
        ms: u64,
    },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..5_usize, 0..4_usize, any::<bool>())
            .prop_map(|(tenant, priority, slow)| Act::Push { tenant, priority, slow }),
        4 => Just(Act::Next),
        3 => Just(Act::Done),
        2 => (0..40_u64).prop_map(|ms| Act::Wait { ms }),
    ]
}

proptest! {
    #[test]
    fn no_bound_is_passed_and_nothing_is_lost(acts in prop::collection::vec(act(), 1..400)) {
        let rules = Rules { waiting: 12, of_tenant: 6, serving: 2, patience: patient() };
        let mut line = Line::new(rules);
        line.is_shared = true;
        let names: Vec<_> = ["a", "b", "c", "d", "e"].map(tenant).into();
        let (mut put, mut out, mut now) = (0_usize, 0_usize, Duration::ZERO);
        let mut serving: Vec<Ticket> = Vec::new();
        for act in acts {
            match act {
                Act::Push { tenant, priority, slow } => {
                    let caller = Caller {
                        priority: Priority::ALL[priority],
                        lane: if slow { Lane::Slow } else { Lane::Fast },
                        ..Caller::of(&names[tenant])
                    };
                    if let Ok((_, gave_way)) = line.push(caller, now, ()) {
                        put += 1;
                        out += usize::from(gave_way.is_some());
                    }
                }
                Act::Next => {
                    let next = line.next(now);
                    out += next.shed.len();
                    prop_assert!(next.shed.iter().all(|(_, it)| *it != Priority::Critical));
                    out += usize::from(next.served.is_some());
                    let is_free = |it: &&Turn| line.may_serve(&it.tenant, it.lane);
                    prop_assert!(next.served.is_some() || line.turns.iter().find(is_free).is_none());
                    serving.extend(next.served.map(|(ticket, ..)| ticket));
                }
                Act::Done => {
                    if let Some(ticket) = serving.pop() {
                        line.done(&ticket);
                    }
                }
                Act::Wait { ms } => now += Duration::from_millis(ms),
            }
            prop_assert_eq!(line.len(), put - out);
            prop_assert!(line.len() <= rules.waiting);
            prop_assert!(names.iter().all(|it| line.len_of(it) <= rules.of_tenant));
            let slow = serving.iter().filter(|it| it.lane == Lane::Slow).count();
            prop_assert!(slow <= 2);
            for name in &names {
                let of_tenant = serving.iter().filter(|it| it.tenant == *name);
                prop_assert!(of_tenant.count() <= 2);
            }
        }
    }
}
