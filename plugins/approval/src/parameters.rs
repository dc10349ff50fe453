//! The parameters `/review` and `/approvers`. Must never let an action go unreviewed because of a misspelling.

use lictor_sdk::{Mismatch, ParameterError, Parameters, Presence, pointer};

/// The actions that need an approval where the parameters don't say: what can't be taken back.
const REVIEW: [&str; 4] = [
    "email_customer",
    "change_contract",
    "purchase",
    "delete_record",
];
/// Who approves where the parameters don't say.
const APPROVERS: &str = "owners";
const MEMBERS: [&str; 2] = ["approvers", "review"];

/// Whether the action needs an approval.
pub(crate) fn needs_approval(parameters: &Parameters, action: &str) -> Result<bool, Mismatch> {
    Ok(match parameters.texts("/review").optional()? {
        Some(review) => review.iter().any(|reviewed| reviewed == action),
        None => REVIEW.contains(&action),
    })
}

/// The group that approves.
pub(crate) fn approvers(parameters: &Parameters) -> Result<String, Mismatch> {
    Ok(parameters
        .text("/approvers")
        .optional()?
        .unwrap_or_else(|| APPROVERS.to_owned()))
}

/// Are the parameters right?
pub(crate) fn check(parameters: &Parameters) -> Result<(), ParameterError> {
    for name in parameters.keys("").unwrap_or_default() {
        if !MEMBERS.contains(&name.as_str()) {
            return Err(ParameterError::at(
                &pointer!("", name),
                "is unknown: there are `approvers` and `review`",
            ));
        }
    }
    if approvers(parameters).map_or(true, |group| group.is_empty()) {
        return Err(ParameterError::at("/approvers", "must be a non-empty text"));
    }
    match parameters.texts("/review").optional() {
        Ok(Some(review)) => match review.iter().position(String::is_empty) {
            Some(place) => Err(no_action(&pointer!("/review", place))),
            None => Ok(()),
        },
        Ok(None) => Ok(()),
        Err(mismatch) if mismatch.pointer() == "/review" => {
            Err(ParameterError::at("/review", "must be a list of actions"))
        }
        Err(mismatch) => Err(no_action(mismatch.pointer())),
    }
}

fn no_action(entry: &str) -> ParameterError {
    ParameterError::at(entry, "must be a non-empty text")
}
