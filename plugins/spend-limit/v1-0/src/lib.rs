//! The policy `spend-limit`, version 1.0.0: where no limit is set, 10,000 may be spent at once.

/// The rules with this version's limit.
pub type SpendLimit = spend_limit_rules::SpendLimit<10_000>;

lictor_sdk::policy!(SpendLimit);

#[cfg(test)]
mod tests {
    use super::SpendLimit;
    use lictor_sdk::{Effect, Fake};

    #[test]
    fn up_to_ten_thousand_may_be_spent() {
        let effect = |amount: &str| {
            let request = format!(
                r#"{{
                    "subject": {{"type": "agent", "id": "a-1"}},
                    "action": {{"name": "pay"}},
                    "resource": {{"type": "invoice", "id": "i-1"}},
                    "context": {{"amount": {amount}, "currency": "USD"}}
                }}"#
            );
            Fake::new()
                .request(request)
                .evaluate::<SpendLimit>()
                .map(|decision| decision.effect())
        };
        assert_eq!(effect("10000"), Ok(Effect::Allow));
        assert_eq!(effect("10000.01"), Ok(Effect::Deny));
    }
}
