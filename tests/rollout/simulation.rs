//! A whole `careful` rollout of 120 hours, several times over: 50 tenants, 10,000 agents, operators who do what they like, and a
//! clock that nobody can trust. After every step the model says what must be.
//!
//! A step is ten minutes. The default run is 126 hours; `LICTOR_STEPS=100000 cargo test --workspace --test rollout simulation`
//! goes on for two years, and `LICTOR_SEED` takes another course. A failure names its seed and step.

use lictor::{FailurePolicy, Move, Stage, Strict};

use crate::model::{Asked, Plan};
use crate::operator::MOVES;
use crate::world::{Terms, World};

const TENANTS: usize = 50;
const STEPS: u64 = 126 * 6;
/// When a `careful` rollout is through: the 24 + 24 + 48 + 24 hours of its phases.
const CAREFUL_STEPS: u64 = 120 * 6;

/// Tenants whose course is set; operators play with all others.
const RIGHT: usize = 0;
const LOOSENS: usize = 1;
const TRAPS: usize = 2;
const SLOW: usize = 3;
const PLAYED_WITH: std::ops::Range<usize> = 4..TENANTS;

/// The amount that the candidate that traps can't bear.
const TRAP: i64 = 6_666;

#[test]
fn a_careful_rollout_of_five_days_keeps_every_promise() {
    let steps = number("LICTOR_STEPS").unwrap_or(STEPS);
    let mut world = World::new(number("LICTOR_SEED").unwrap_or(1));
    run(&mut world, steps);
    let right = world.stage(RIGHT);
    let is_over = steps >= CAREFUL_STEPS;
    assert_eq!(right == Stage::Promoted, is_over, "{right:?}");
    if steps < STEPS {
        return;
    }
    for (tenant, guard) in [
        (LOOSENS, "less strict than stable to 11 of"),
        (TRAPS, "faults that stable has not"),
        (SLOW, "the fuel of stable"),
    ] {
        let why = world.why_aborted(tenant);
        assert!(why.contains(guard), "{why}");
    }
    // Each of these is drawn often enough that a run without it is a mistake of the simulation.
    let drawn = &world.drawn;
    assert!(drawn.strict_denials > 100, "{drawn:?}");
    assert!(drawn.candidate_faults > 100, "{drawn:?}");
    assert!(drawn.last_good > 0, "{drawn:?}");
    assert!(drawn.refused > 50 && drawn.deployed > 50, "{drawn:?}");
    assert!(drawn.dropped > 0, "{drawn:?}");
    assert!(drawn.recalled > drawn.requests / 4, "{drawn:?}");
    assert_eq!(drawn.moves.len(), MOVES.len(), "{drawn:?}");
}

/// A day and a half of the same, on a state folder, with a crash now and then.
#[test]
fn crashes_change_nothing_of_it() {
    let steps = number("LICTOR_STEPS").unwrap_or(STEPS / 4);
    let mut world = World::on_a_folder(number("LICTOR_SEED").unwrap_or(1));
    run(&mut world, steps);
    assert!(steps < 100 || world.drawn.crashes > 0);
}

fn run(world: &mut World, steps: u64) {
    populate(world);
    let old = Terms::new(10_000);
    let candidates = [
        (RIGHT, Terms::new(5_000)),
        (LOOSENS, Terms::new(12_000)),
        (TRAPS, Terms { trap: TRAP, ..old }),
        (
            SLOW,
            Terms {
                spin: 50_000,
                ..old
            },
        ),
    ];
    for (tenant, terms) in candidates {
        world.deploy_major(tenant, Plan::careful(), terms);
    }
    for step in 0..steps {
        world.step = step;
        traffic(world);
        events(world);
        world.compare();
        world.pass_ten_minutes();
    }
    world.say_what_happened();
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// 10,000 agents with the one that floods: half of them of one tenant, the others of all others.
fn populate(world: &mut World) {
    for number in 0..TENANTS {
        let on_failure = match number % 3 {
            _ if number < PLAYED_WITH.start => FailurePolicy::Deny,
            0 => FailurePolicy::Deny,
            1 => FailurePolicy::Review,
            _ => FailurePolicy::LastGood,
        };
        let agents = match number {
            LOOSENS => 5_000,
            RIGHT => 151,
            _ => 101,
        };
        world.add_tenant(&format!("tenant-{number}"), on_failure, agents);
        world.bind(number, Terms::new(10_000));
    }
    assert_eq!(world.agents.iter().sum::<u64>(), 10_000 - 1);
}

/// What agents ask for in ten minutes.
fn traffic(world: &mut World) {
    for _ in 0..12 {
        let amount = world.amount();
        world.decide_any(RIGHT, amount);
    }
    let is_open = matches!(world.stage(LOOSENS), Stage::Phase(_));
    for _ in 0..if is_open { 140 } else { 2 } {
        // One request in a thousand is one that the candidate newly allows.
        let amount = match world.random.once_in(1_000) {
            true => 11_000,
            false => world.random.one_of(&[3_000, 8_000, 10_000, 13_000]),
        };
        world.decide_any(LOOSENS, amount);
    }
    for _ in 0..3 {
        let amount = match world.random.once_in(30) {
            true => TRAP,
            false => world.amount(),
        };
        world.decide_any(TRAPS, amount);
        let amount = world.fresh_amount();
        world.decide_any(SLOW, amount);
    }
    for _ in 0..40 {
        let tenant = world.random.below(PLAYED_WITH.len() as u64) as usize + PLAYED_WITH.start;
        let amount = match world.random.below(8) {
            0 => TRAP,
            1 => world.fresh_amount(),
            _ => world.amount(),
        };
        world.decide_any(tenant, amount);
    }
}

/// What happens besides.
fn events(world: &mut World) {
    for _ in 0..2 {
        let tenant = world.random.below(PLAYED_WITH.len() as u64) as usize + PLAYED_WITH.start;
        world.operate(tenant);
        if world.random.once_in(3) {
            world.compare();
        }
    }
    if world.random.once_in(10) {
        world.jump_wall();
    }
    if world.random.once_in(40) {
        flood(world);
    }
    if world.can_crash() && world.random.once_in(25) {
        world.crash();
    }
}

/// One agent asks again and again, mostly for what the candidate of its tenant does wrong.
fn flood(world: &mut World) {
    let tenant = world.random.below(TENANTS as u64) as usize;
    let amount = match tenant {
        LOOSENS => 11_000,
        TRAPS => TRAP,
        _ => world.amount(),
    };
    for _ in 0..300 {
        world.decide(tenant, &Asked::new("flood", amount));
    }
}

#[test]
fn a_rollback_brings_back_what_decided_before_it() {
    let mut world = World::new(7);
    world.add_tenant("bank", FailurePolicy::Deny, 10);
    world.bind(0, Terms::new(10_000));
    world.deploy(0, Plan::quick(Strict::Off, &[100.0]), Terms::new(9_000));
    world.make(0, 0, Move::Promote);
    // It is rolled back while its successor is on its way, which is then promoted and rolled back too.
    world.deploy(0, Plan::quick(Strict::Off, &[100.0]), Terms::new(8_000));
    world.make(0, 0, Move::RollBack);
    world.make(0, 1, Move::Promote);
    world.make(0, 1, Move::RollBack);
    world.decide(0, &Asked::new("ann", 10_000));
    world.check(0);
}
