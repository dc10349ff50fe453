//! `lictor deploy` and `lictor withdraw`: putting a policy into use for a tenant, and taking it out of use.

use std::fs;
use std::io::{self, Write};

use lictor::{BindingOrder, Condition, Part, Reply, Verb};

use crate::arguments::{BindingArguments, DeployArguments, WithdrawArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{self, Session};
use crate::source::Source;
use crate::{given, terminal};

/// Puts a policy into use.
pub fn run(typed: &DeployArguments) -> Result<Exit, Failure> {
    let binding = binding(&typed.artifact, &typed.binding)?;
    let order = &typed.order;
    let verb = Verb::Bind {
        tenant: order.tenant.clone(),
        binding,
    };
    let bound = match Session::open(&order.order.place)?.order(verb, &order.order.reason)? {
        Reply::Bound(bound) => bound,
        reply => return Err(session::unexpected(&reply)),
    };
    let tenant = &order.tenant;
    let (policy, version) = (&bound.policy, &bound.version);
    terminal::note(format_args!("`{policy}` {version} decides for `{tenant}`"));
    let mut stdout = anstream::stdout().lock();
    if typed.json {
        serde_json::to_writer(&mut stdout, &bound).map_err(io::Error::from)?;
        writeln!(stdout)?;
    } else {
        writeln!(stdout, "{}", bound.revision)?;
    }
    Ok(Exit::Done)
}

/// What is to be bound, as it was typed.
fn binding(artifact: &std::path::Path, typed: &BindingArguments) -> Result<BindingOrder, Failure> {
    // Its form is looked at here, so that a mistyped name doesn't travel.
    let fetched = Source::signed(artifact)?;
    let conditions = typed.condition.iter().map(|typed| condition(typed));
    let rollback = typed.rollback.as_ref().map(|file| {
        fs::read(file)
            .map_err(|error| Failure::input(format!("`{}` can't be read: {error}", file.display())))
    });
    Ok(BindingOrder {
        parameters: given::parameters(typed.parameters.as_deref())?.to_json(),
        limits: given::limits(&typed.limits)?,
        conditions: conditions.collect::<Result<_, _>>()?,
        rollback: rollback
            .transpose()?
            .map(|text| Part::new(text.trim_ascii_end())),
        ..BindingOrder::new(fetched.to_bytes())
    })
}

fn condition(typed: &str) -> Result<Condition, Failure> {
    serde_json::from_str(typed).map_err(|error| {
        let failure = Failure::new(Exit::Usage, format!("`--condition {typed}`: {error}"));
        failure.hint(r#"write it as `{"attribute": "/action/name", "one_of": ["refund"]}`"#)
    })
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
