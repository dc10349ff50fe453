//! Who may do what with a to-do. Must never grant anything to a subject that is no user of the tenant.

use lictor_sdk::{Ask, Decision, Fault, Mismatch, Request, excerpt};

use crate::user::{Roles, User};

/// The actions of the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    ReadUser,
    ReadTodos,
    Create,
    Update,
    Delete,
}

impl Action {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "can_read_user" => Self::ReadUser,
            "can_read_todos" => Self::ReadTodos,
            "can_create_todo" => Self::Create,
            "can_update_todo" => Self::Update,
            "can_delete_todo" => Self::Delete,
            _ => return None,
        })
    }
}

/// Decides a request of the scenario.
pub fn evaluate(ask: &Ask) -> Result<Decision, Fault> {
    let name = ask.request.text("/action/name")?;
    let subject = ask.request.text("/subject/id")?;
    let user = User::of(&ask.data, &subject);
    let Some(action) = Action::named(&name) else {
        return Ok(if user.is_known() {
            unknown_action(&name)
        } else {
            unknown_user(&subject)
        });
    };
    let granted = match action {
        Action::ReadUser | Action::ReadTodos if user.is_known() => true,
        Action::ReadUser | Action::ReadTodos => return Ok(unknown_user(&subject)),
        Action::Create | Action::Update | Action::Delete => match user.roles()? {
            Some(roles) => is_granted(action, roles, &user, &ask.request)?,
            None if user.is_known() => false,
            None => return Ok(unknown_user(&subject)),
        },
    };
    Ok(decide(granted, &subject, &name))
}

fn is_granted(
    action: Action,
    roles: Roles,
    user: &User<'_>,
    request: &Request,
) -> Result<bool, Mismatch> {
    Ok(match action {
        Action::ReadUser | Action::ReadTodos => true,
        Action::Create => roles.admin || roles.editor,
        Action::Update => roles.evil_genius || (roles.editor && owns(user, request)?),
        Action::Delete => roles.admin || (roles.editor && owns(user, request)?),
    })
}

/// Whether the to-do is the user's own; one without an owner is nobody's. What differs most from request to request is asked last.
fn owns(user: &User<'_>, request: &Request) -> Result<bool, Mismatch> {
    let Some(email) = user.email()? else {
        return Ok(false);
    };
    let owner = request.test("/resource/properties/ownerID");
    Ok(owner.is(&email).unwrap_or(false))
}

fn decide(granted: bool, subject: &str, action: &str) -> Decision {
    let subject = excerpt(subject);
    if granted {
        Decision::allow().reason(
            "granted",
            format!("the user `{subject}` has the right `{action}`"),
        )
    } else {
        Decision::deny().reason(
            "not-granted",
            format!("the user `{subject}` has no right `{action}` here"),
        )
    }
}

fn unknown_user(subject: &str) -> Decision {
    Decision::deny().reason(
        "unknown-user",
        format!("there is no user `{}`", excerpt(subject)),
    )
}

fn unknown_action(action: &str) -> Decision {
    Decision::deny().reason(
        "unknown-action",
        format!("there is no action `{}`", excerpt(action)),
    )
}

#[cfg(test)]
mod tests;
