use super::*;

fn mover(uptime_ms: u64) -> Mover<'static> {
    Mover {
        unix_ms: 1_000_000 + uptime_ms,
        uptime_ms,
        by: "ann",
        why: None,
    }
}

const MOVES: [Move; 7] = [
    Move::Begin,
    Move::Advance,
    Move::Pause,
    Move::Resume,
    Move::Promote,
    Move::Abort,
    Move::RollBack,
];

/// Every legal move, and where it leads, from each place; everything else is refused and changes nothing.
#[test]
fn only_legal_moves_are_made() {
    let plan = Plan::careful();
    let paths: [(&[Move], &str, &[Move]); 9] = [
        (&[], "planned", &[Move::Begin, Move::Abort]),
        (
            &[Move::Begin],
            "in phase 1",
            &[Move::Advance, Move::Pause, Move::Promote, Move::Abort],
        ),
        (
            &[Move::Begin, Move::Pause],
            "in phase 1, paused",
            &[Move::Resume, Move::Promote, Move::Abort],
        ),
        (
            &[Move::Begin, Move::Advance, Move::Advance, Move::Advance],
            "in phase 4",
            &[Move::Advance, Move::Pause, Move::Promote, Move::Abort],
        ),
        (
            &[
                Move::Begin,
                Move::Advance,
                Move::Advance,
                Move::Advance,
                Move::Advance,
            ],
            "promoted",
            &[Move::RollBack],
        ),
        (&[Move::Begin, Move::Promote], "promoted", &[Move::RollBack]),
        (&[Move::Abort], "aborted", &[]),
        (&[Move::Begin, Move::Pause, Move::Abort], "aborted", &[]),
        (
            &[Move::Begin, Move::Promote, Move::RollBack],
            "rolled back",
            &[],
        ),
    ];
    for (path, standing, legal) in paths {
        let mut progress = Progress::new();
        for step in path {
            progress.make(*step, &plan, &mover(0)).unwrap();
        }
        for step in MOVES {
            let mut tried = progress.clone();
            let made = tried.make(step, &plan, &mover(1));
            assert_eq!(made.is_ok(), legal.contains(&step), "{path:?} {step:?}");
            if let Err(error) = made {
                assert_eq!(tried, progress);
                assert!(error.to_string().contains(standing), "{error}");
            }
        }
    }
}

#[test]
fn a_plan_without_phases_is_promoted_as_it_begins() {
    let mut progress = Progress::new();
    progress
        .make(Move::Begin, &Plan::immediate(), &mover(0))
        .unwrap();
    assert_eq!(progress.stage(), Stage::Promoted);
}

#[test]
fn time_runs_only_in_a_phase_that_is_not_paused() {
    let plan = Plan::careful();
    let mut progress = Progress::new();
    assert_eq!(progress.time(5_000), Duration::ZERO);
    progress.make(Move::Begin, &plan, &mover(5_000)).unwrap();
    assert_eq!(progress.time(7_000), Duration::from_secs(2));
    progress.make(Move::Pause, &plan, &mover(8_000)).unwrap();
    assert_eq!(progress.time(100_000), Duration::from_secs(3));
    progress.make(Move::Resume, &plan, &mover(100_000)).unwrap();
    assert_eq!(progress.time(101_000), Duration::from_secs(4));
    // Kept and read again, it goes on where it was.
    let json = serde_json::to_string(&progress).unwrap();
    let progress: Progress = serde_json::from_str(&json).unwrap();
    assert_eq!(progress.time(102_000), Duration::from_secs(5));
    let mut next = progress.clone();
    next.make(Move::Advance, &plan, &mover(102_000)).unwrap();
    assert_eq!(next.time(103_000), Duration::from_secs(1));
}

#[test]
fn a_phase_is_complete_with_its_time_and_its_pairs() {
    let plan = Plan::careful();
    let mut progress = Progress::new();
    progress.make(Move::Begin, &plan, &mover(0)).unwrap();
    let day_ms = 86_400_000;
    assert!(!progress.is_complete(&plan, day_ms - 1, || 100));
    assert!(!progress.is_complete(&plan, day_ms, || 99));
    assert!(progress.is_complete(&plan, day_ms, || 100));
    progress.make(Move::Pause, &plan, &mover(day_ms)).unwrap();
    assert!(!progress.is_complete(&plan, day_ms, || 100));
}

#[test]
fn the_moves_say_who_when_and_why_and_are_bounded() {
    let plan = Plan::careful();
    let mut progress = Progress::new();
    progress.make(Move::Begin, &plan, &mover(0)).unwrap();
    for _ in 0..MOVES_MAX {
        progress.make(Move::Pause, &plan, &mover(1)).unwrap();
        progress.make(Move::Resume, &plan, &mover(2)).unwrap();
    }
    let why = Some("it is late");
    progress
        .make(Move::Abort, &plan, &Mover { why, ..mover(9) })
        .unwrap();
    assert_eq!(progress.moves().len(), MOVES_MAX);
    assert_eq!(progress.moves()[0].r#move, Move::Begin);
    let last = progress.moves().last().unwrap();
    assert_eq!(
        (last.by.as_str(), last.at_ms, last.why.as_deref()),
        ("ann", 1_000_009, why)
    );
}
