//! How much may be spent at once. Must never compare an amount in any other way than exactly.

use lictor_sdk::{
    Ask, Decimal, Decision, Fault, ParameterError, Parameters, Policy, Presence, Request, excerpt,
};

use crate::parameters::{self, STANDARD_TIER};

/// The policy `spend-limit` with the limit that holds where none is set.
#[derive(Debug)]
pub struct SpendLimit<const DEFAULT_LIMIT: i64>;

impl<const DEFAULT_LIMIT: i64> Policy for SpendLimit<DEFAULT_LIMIT> {
    fn from_parameters(_: &Parameters) -> Result<Self, ParameterError> {
        Ok(Self)
    }

    fn check(parameters: &Parameters) -> Result<(), ParameterError> {
        parameters::check(parameters)
    }

    fn evaluate(&self, ask: &Ask) -> Result<Decision, Fault> {
        let action = ask.request.text("/action/name")?;
        if !parameters::is_spending(&ask.parameters, &action) {
            return Ok(Decision::abstain());
        }
        // The amount is asked about last, although what is wrong with it is said first: it differs from request to request,
        // and what is asked before it is shared by all that are remembered. It is tested and not read, so that all amounts
        // within the limit share one entry too.
        let currency = parameters::currency(&ask.parameters)?;
        let is_currency = ask.request.test("/context/currency").is(&currency);
        let tier = match is_currency {
            Ok(true) => Some(tier(&ask.request)),
            Ok(false) | Err(_) => None,
        };
        if let Some(denied) = without_amount(&ask.request) {
            return Ok(denied);
        }
        let tier = match tier {
            None => return Ok(deny_other_currency(&currency)),
            Some(Err(denied)) => return Ok(denied),
            Some(Ok(tier)) => tier,
        };
        let limit = parameters::limit(&ask.parameters, &action, &tier)?;
        decide(
            &ask.request,
            &limit.unwrap_or_else(|| Decimal::from(DEFAULT_LIMIT)),
        )
    }
}

const AMOUNT: &str = "/context/amount";

/// The denial of a request that has no amount which could be spent.
fn without_amount(request: &Request) -> Option<Decision> {
    match request.test(AMOUNT).is_below(0) {
        Ok(false) => None,
        Ok(true) => Some(Decision::deny().reason("negative-amount", "the amount is negative")),
        Err(_) => Some(Decision::deny().reason("no-amount", "the request has no amount")),
    }
}

fn tier(request: &Request) -> Result<String, Decision> {
    match request.text("/subject/properties/tier").optional() {
        Ok(tier) => Ok(tier.unwrap_or_else(|| STANDARD_TIER.to_owned())),
        Err(_) => Err(Decision::deny().reason("no-tier", "the tier of the subject is no text")),
    }
}

fn deny_other_currency(currency: &str) -> Decision {
    let message = format!("only amounts in `{}` may be spent", excerpt(currency));
    Decision::deny().reason("other-currency", message)
}

/// Only a denial tells the amount: an allowance that told it would be one of its own for each.
fn decide(request: &Request, limit: &Decimal) -> Result<Decision, Fault> {
    let shown_limit = excerpt(limit.as_str());
    if request.test(AMOUNT).is_at_most(limit)? {
        let message = format!("the amount is within the limit of {shown_limit}");
        let allowed = Decision::allow().reason("within-limit", message);
        return Ok(allowed.annotate("limit", limit.as_str()));
    }
    let amount = request.decimal(AMOUNT)?;
    let shown_amount = excerpt(amount.as_str());
    let message = format!("the amount {shown_amount} is over the limit of {shown_limit}");
    Ok(Decision::deny()
        .reason("over-limit", message)
        .annotate("limit", limit.as_str())
        .annotate("amount", amount.as_str()))
}

#[cfg(test)]
mod tests;
