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
        // The amount is asked last, although what is wrong with it is said first: it differs from request to request, and
        // what is asked before it is shared by all that are remembered.
        let currency = parameters::currency(&ask.parameters)?;
        let other_currency = ask.request.text("/context/currency").ok().as_ref() != Some(&currency);
        let tier = if other_currency {
            None
        } else {
            Some(tier(&ask.request))
        };
        let amount = match amount(&ask.request) {
            Ok(amount) => amount,
            Err(denied) => return Ok(denied),
        };
        let tier = match tier {
            None => return Ok(deny_other_currency(&currency)),
            Some(Err(denied)) => return Ok(denied),
            Some(Ok(tier)) => tier,
        };
        let limit = parameters::limit(&ask.parameters, &action, &tier)?;
        Ok(decide(
            &amount,
            &limit.unwrap_or_else(|| Decimal::from(DEFAULT_LIMIT)),
        ))
    }
}

fn amount(request: &Request) -> Result<Decimal, Decision> {
    match request.decimal("/context/amount") {
        Ok(amount) if amount.is_negative() => {
            Err(Decision::deny().reason("negative-amount", "the amount is negative"))
        }
        Ok(amount) => Ok(amount),
        Err(_) => Err(Decision::deny().reason("no-amount", "the request has no amount")),
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

fn decide(amount: &Decimal, limit: &Decimal) -> Decision {
    let (shown_amount, shown_limit) = (excerpt(amount.as_str()), excerpt(limit.as_str()));
    let decision = if amount <= limit {
        let message = format!("the amount {shown_amount} is within the limit of {shown_limit}");
        Decision::allow().reason("within-limit", message)
    } else {
        let message = format!("the amount {shown_amount} is over the limit of {shown_limit}");
        Decision::deny().reason("over-limit", message)
    };
    decision
        .annotate("limit", limit.as_str())
        .annotate("amount", amount.as_str())
}

#[cfg(test)]
mod tests;
