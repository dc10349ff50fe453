//! `lictor deploy` and `lictor withdraw`: putting policies into use for a tenant, and taking them out of use.

mod change;

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use lictor::{BindingOrder, Plan, Reply, RolloutOrder, RolloutStatus, Stage, Verb};

use crate::arguments::{DeployArguments, HostPlaceArguments, WithdrawArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{self, Session};
use crate::{rollout, terminal};

pub(crate) use change::order;

/// Puts policies into use.
pub fn run(typed: &DeployArguments) -> Result<Exit, Failure> {
    let plan = plan(typed)?;
    let change = RolloutOrder {
        plan,
        name: typed.name.clone(),
        planned: typed.planned,
        ..order(&typed.change)?
    };
    if typed.order.tenant.is_base() {
        return bind_base(typed, change);
    }
    let order = &typed.order;
    let verb = Verb::RollOut {
        tenant: order.tenant.clone(),
        rollout: change,
    };
    let status = match Session::open(&order.order.place)?.order(verb, &order.order.reason)? {
        Reply::Rollout { status, .. } => *status,
        reply => return Err(session::unexpected(&reply)),
    };
    say(&status, &order.order.place);
    let mut stdout = anstream::stdout().lock();
    if typed.json {
        serde_json::to_writer(&mut stdout, &status).map_err(io::Error::from)?;
        writeln!(stdout)?;
    } else {
        writeln!(stdout, "{}", status.rollout)?;
    }
    Ok(Exit::Done)
}

fn say(status: &RolloutStatus, place: &HostPlaceArguments) {
    if status.stage == Stage::Promoted {
        for replaced in &status.replaces {
            let (line, tenant) = (rollout::replaced(replaced), &status.tenant);
            terminal::note(format_args!("in use for `{tenant}`: {line}"));
        }
        return;
    }
    rollout::say(status);
    let (name, tenant) = (&status.rollout, &status.tenant);
    let watch = format!("lictor rollout watch {name} --tenant {tenant}");
    match (&place.state, &place.remote.server) {
        (_, Some(server)) => {
            terminal::note(format_args!("watch it with `{watch} --server {server}`"));
        }
        (Some(state), None) => {
            let state = state.display();
            terminal::note(format_args!("watch it with `{watch} --state {state}`"));
        }
        (None, None) => {}
    }
}

/// The operator's layer has no rollouts: it is bound at once.
fn bind_base(typed: &DeployArguments, change: RolloutOrder) -> Result<Exit, Failure> {
    let is_plain = change.plan.is_none()
        && change.name.is_none()
        && !change.planned
        && change.removed.is_empty()
        && change.documents.is_empty()
        && change.removed_documents.is_empty();
    let one = <[BindingOrder; 1]>::try_from(change.bindings);
    let (Ok([binding]), true) = (one, is_plain) else {
        let message = "the base layer has no rollouts: it takes one artifact, at once";
        return Err(Failure::new(Exit::Usage, message)
            .hint("leave the plan out; `lictor data put --tenant base` puts its documents"));
    };
    let order = &typed.order;
    let verb = Verb::Bind {
        tenant: order.tenant.clone(),
        binding,
    };
    let bound = match Session::open(&order.order.place)?.order(verb, &order.order.reason)? {
        Reply::Bound(bound) => bound,
        reply => return Err(session::unexpected(&reply)),
    };
    let (policy, version) = (&bound.policy, &bound.version);
    terminal::note(format_args!(
        "`{policy}` {version} decides for every tenant"
    ));
    let mut stdout = anstream::stdout().lock();
    if typed.json {
        serde_json::to_writer(&mut stdout, &bound).map_err(io::Error::from)?;
        writeln!(stdout)?;
    } else {
        writeln!(stdout, "{}", bound.revision)?;
    }
    Ok(Exit::Done)
}

/// The plan that was named: a ready-made one, or a file.
fn plan(typed: &DeployArguments) -> Result<Option<Plan>, Failure> {
    let subjects = || typed.subject.iter().cloned();
    let usage = |message: &str| Failure::new(Exit::Usage, message);
    let Some(name) = typed.plan.as_deref() else {
        return match typed.subject.is_empty() {
            true => Ok(None),
            false => Err(usage("`--subject` is for `--plan cohort`")),
        };
    };
    if name == "cohort" {
        let plan = Plan::cohort(subjects()).map_err(|error| {
            Failure::new(Exit::Usage, error)
                .hint("name them with `--subject SUBJECT`, once for each")
        })?;
        return Ok(Some(plan));
    }
    if !typed.subject.is_empty() {
        return Err(usage("`--subject` is for `--plan cohort`"));
    }
    let unknown = match Plan::ready(name) {
        Ok(plan) => return Ok(Some(plan)),
        Err(error) => error,
    };
    if !Path::new(name).exists() {
        let failure = Failure::input(format!("{unknown} and cohort"));
        return Err(failure.hint("there is no file of that name either"));
    }
    let text = fs::read_to_string(name)
        .map_err(|error| Failure::input(format!("the plan in `{name}` can't be read: {error}")))?;
    let plan = text.parse::<Plan>();
    let plan = plan.map_err(|error| Failure::input(format!("`{name}`: {error}")))?;
    Ok(Some(plan))
}

/// Takes a policy out of use.
pub fn withdraw(typed: &WithdrawArguments) -> Result<Exit, Failure> {
    let order = &typed.order;
    let verb = Verb::Unbind {
        tenant: order.tenant.clone(),
        policy: typed.policy.clone(),
    };
    Session::open(&order.order.place)?.order(verb, &order.order.reason)?;
    let (tenant, policy) = (&order.tenant, &typed.policy);
    terminal::note(format_args!(
        "`{policy}` decides nothing for `{tenant}` any more"
    ));
    Ok(Exit::Done)
}
