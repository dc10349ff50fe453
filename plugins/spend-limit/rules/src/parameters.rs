//! The parameters `/currency` and `/limits`. Must never take a limit for higher than what is written there.

use lictor_sdk::{Decimal, Mismatch, ParameterError, Parameters, Pointer, Presence, pointer};

/// The tier of a subject that has none, whose limit also holds for tiers without one.
pub(crate) const STANDARD_TIER: &str = "standard";
/// What is spent where the parameters don't say.
const CURRENCY: &str = "USD";
/// The actions that spend money, whatever else the parameters name.
const SPENDING_ACTIONS: [&str; 4] = ["pay", "purchase", "refund", "transfer"];
const MEMBERS: [&str; 2] = ["currency", "limits"];

/// The currency in which limits are meant.
pub(crate) fn currency(parameters: &Parameters) -> Result<String, Mismatch> {
    Ok(parameters
        .text("/currency")
        .optional()?
        .unwrap_or_else(|| CURRENCY.to_owned()))
}

/// Whether the action spends money.
pub(crate) fn is_spending(parameters: &Parameters, action: &str) -> bool {
    SPENDING_ACTIONS.contains(&action) || is_object(parameters, &pointer!("/limits", action))
}

/// The limit that is set for the action and the tier, else for the action and the standard tier.
pub(crate) fn limit(
    parameters: &Parameters,
    action: &str,
    tier: &str,
) -> Result<Option<Decimal>, Mismatch> {
    let tiers = pointer!("/limits", action);
    match number(parameters, tiers.clone().push(tier))? {
        None if tier != STANDARD_TIER => number(parameters, tiers.push(STANDARD_TIER)),
        limit => Ok(limit),
    }
}

fn number(parameters: &Parameters, pointer: Pointer) -> Result<Option<Decimal>, Mismatch> {
    // `check` has asked for every limit there is, so none stands at a pointer that is too long.
    if pointer.is_too_long() {
        Ok(None)
    } else {
        parameters.decimal(&pointer).optional()
    }
}

fn is_object(parameters: &Parameters, pointer: &Pointer) -> bool {
    !pointer.is_too_long() && parameters.count(pointer).is_some()
}

// --- Checking ------------------------------------------------------------------------------------------------------

/// Are the parameters right? A name that nobody knows is a mistake, since a limit that is misspelled would not hold.
pub(crate) fn check(parameters: &Parameters) -> Result<(), ParameterError> {
    for name in parameters.keys("").unwrap_or_default() {
        if !MEMBERS.contains(&name.as_str()) {
            return Err(ParameterError::at(
                &pointer!("", name),
                "is unknown: there are `currency` and `limits`",
            ));
        }
    }
    if currency(parameters).is_ok_and(|currency| !currency.is_empty()) {
        check_limits(parameters)
    } else {
        Err(ParameterError::at("/currency", "must be a non-empty text"))
    }
}

fn check_limits(parameters: &Parameters) -> Result<(), ParameterError> {
    if parameters.get("/limits").is_none() {
        return Ok(());
    }
    for action in members(
        parameters,
        &Pointer::from("/limits"),
        "must be an object of actions",
    )? {
        let tiers = pointer!("/limits", action);
        for tier in members(parameters, &tiers, "must be an object of tiers")? {
            check_limit(parameters, &tiers.clone().push(tier))?;
        }
    }
    Ok(())
}

fn check_limit(parameters: &Parameters, limit: &Pointer) -> Result<(), ParameterError> {
    match parameters.decimal(limit) {
        Ok(number) if !number.is_negative() => Ok(()),
        _ => Err(ParameterError::at(
            limit,
            "must be a number that is not negative",
        )),
    }
}

fn members(
    parameters: &Parameters,
    object: &Pointer,
    complaint: &str,
) -> Result<Vec<String>, ParameterError> {
    parameters
        .keys(object)
        .ok_or_else(|| ParameterError::at(object, complaint))
}
