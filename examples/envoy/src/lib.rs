//! Who may do what in a shop on the web, as a gateway asks: the subject is the customer, the action the method, the resource the
//! path. What the services behind the gateway should know is told by obligations that the gateway meets.

use lictor_sdk::{Ask, Decision, Fault, Obligation};

lictor_sdk::policy!(evaluate);

/// Decides a request to the shop.
pub fn evaluate(ask: &Ask) -> Result<Decision, Fault> {
    let request = &ask.request;
    if request.text("/resource/type")? != "http" {
        return Ok(Decision::abstain());
    }
    let (method, path) = (request.text("/action/name")?, request.text("/resource/id")?);
    let reads = matches!(method.as_str(), "GET" | "HEAD");
    if reads && (path == "/" || is_within(&path, "/products")) {
        return Ok(Decision::allow().reason("public", "everybody may look around"));
    }
    let customer = request.text("/subject/id")?;
    if customer == "anonymous" {
        return Ok(Decision::deny().reason("anonymous", "only customers may do that"));
    }
    if is_within(&path, "/orders") {
        return Ok(match method.as_str() {
            "DELETE" => Decision::review().reason("cancels", "a person must agree first"),
            _ => order(&customer),
        });
    }
    if is_within(&path, "/reports") {
        // No gateway knows how to do this, so none lets the request through.
        let notify = Obligation::new("owner", "notify").property("whom", "owner");
        return Ok(Decision::allow().obligation(notify));
    }
    Ok(Decision::deny().reason("nothing-there", ""))
}

/// A customer's orders: the services behind the gateway are told what kind of a customer it is.
fn order(customer: &str) -> Decision {
    let tier = if customer.starts_with("vip-") {
        "gold"
    } else {
        "standard"
    };
    let decision = Decision::allow().reason("customer", "");
    let decision = decision.obligation(header("tier", "set-request-header", "x-tier", tier));
    if tier == "standard" {
        return decision;
    }
    // What only the form over gRPC can tell.
    decision
        .obligation(header("tag", "append-request-header", "x-tag", "vip"))
        .obligation(header(
            "by",
            "set-response-header",
            "x-decided-by",
            "lictor",
        ))
        .obligation(
            Obligation::new("metadata", "set-metadata")
                .property("name", "tier")
                .property("value", tier),
        )
        .obligation(
            Obligation::new("language", "remove-request-header")
                .property("name", "accept-language"),
        )
}

fn header(id: &str, kind: &str, name: &str, value: &str) -> Obligation {
    let header = Obligation::new(id, kind);
    header.property("name", name).property("value", value)
}

/// Whether a path is this one, or stands below it.
fn is_within(path: &str, above: &str) -> bool {
    let rest = path.strip_prefix(above);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use lictor_sdk::{Effect, Fake};

    use super::evaluate;

    fn decided(customer: &str, method: &str, path: &str) -> (Effect, usize) {
        let request = Fake::request_of(customer, method, path).resource("http", path);
        let decision = Fake::new()
            .request(request)
            .evaluate_with(evaluate)
            .unwrap();
        (decision.effect(), decision.obligations().len())
    }

    #[test]
    fn each_may_what_the_shop_lets_them() {
        use Effect::{Allow, Deny, Review};
        for (customer, method, path, expected) in [
            ("anonymous", "GET", "/", (Allow, 0)),
            ("anonymous", "GET", "/products/1", (Allow, 0)),
            ("anonymous", "POST", "/products/1", (Deny, 0)),
            ("anonymous", "GET", "/productsets", (Deny, 0)),
            ("anonymous", "GET", "/orders", (Deny, 0)),
            ("ann", "GET", "/orders/1", (Allow, 1)),
            ("vip-bob", "POST", "/orders", (Allow, 5)),
            ("ann", "DELETE", "/orders/1", (Review, 0)),
            ("ann", "GET", "/reports", (Allow, 1)),
            ("ann", "GET", "/admin", (Deny, 0)),
        ] {
            assert_eq!(
                decided(customer, method, path),
                expected,
                "{customer} {method} {path}"
            );
        }
    }
}
