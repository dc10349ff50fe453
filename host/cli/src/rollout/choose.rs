//! Which rollout is meant where none is named: the only one that can be.

use lictor::{Move, RolloutName, RolloutStatus, Stage, TenantName};

use crate::failure::Failure;

/// The only one with which this can be done.
///
/// # Errors
/// There is none, or several.
pub(super) fn movable(
    all: &[RolloutStatus],
    tenant: &TenantName,
    r#move: Move,
) -> Result<RolloutName, Failure> {
    only(all.iter().filter(|it| is_legal(it, r#move)), tenant, all)
}

/// The only one that isn't over.
///
/// # Errors
/// There is none, or several.
pub(super) fn open(all: &[RolloutStatus], tenant: &TenantName) -> Result<RolloutName, Failure> {
    let open = |it: &&RolloutStatus| matches!(it.stage, Stage::Planned | Stage::Phase(_));
    only(all.iter().filter(open), tenant, all)
}

fn is_legal(status: &RolloutStatus, r#move: Move) -> bool {
    match (r#move, status.stage) {
        (Move::Begin | Move::Abort, Stage::Planned) => true,
        (Move::Pause | Move::Advance, Stage::Phase(_)) => !status.paused,
        (Move::Resume, Stage::Phase(_)) => status.paused,
        (Move::Promote | Move::Abort, Stage::Phase(_)) => true,
        (Move::RollBack, Stage::Promoted) => true,
        _ => false,
    }
}

fn only<'a>(
    mut meant: impl Iterator<Item = &'a RolloutStatus>,
    tenant: &TenantName,
    all: &[RolloutStatus],
) -> Result<RolloutName, Failure> {
    let first = meant.next();
    let names = |of: &[&RolloutStatus]| -> String {
        let names: Vec<String> = of.iter().map(|it| format!("`{}`", it.rollout)).collect();
        names.join(", ")
    };
    match first {
        None if all.is_empty() => {
            let failure = Failure::input(format!("`{tenant}` has no rollouts"));
            Err(failure.hint("`lictor deploy --plan` begins one"))
        }
        None => {
            let failure = Failure::input(format!(
                "`{tenant}` has no rollout with which this can be done"
            ));
            Err(failure.hint("`lictor rollout status` shows where each stands"))
        }
        Some(first) => {
            let rest: Vec<&RolloutStatus> = meant.collect();
            if rest.is_empty() {
                return Ok(first.rollout.clone());
            }
            let all: Vec<&RolloutStatus> = std::iter::once(first).chain(rest).collect();
            let message = format!(
                "several rollouts of `{tenant}` can be meant: {}",
                names(&all)
            );
            Err(Failure::input(message).hint("name one of them"))
        }
    }
}
