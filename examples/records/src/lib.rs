//! Who may read, write and delete records: the rules that AuthZEN's certification scenario supposes. `alice` and `bob` read,
//! `alice` writes what isn't archived and deletes softly, and who is an administrator writes everything.

use lictor_sdk::{Ask, Decision, Fault, Presence, Request};

lictor_sdk::policy!(evaluate);

/// Decides a request for a record.
pub fn evaluate(ask: &Ask) -> Result<Decision, Fault> {
    let request = &ask.request;
    if request.text("/resource/type")? != "record" {
        return Ok(Decision::deny().reason("no-record", "only records are known here"));
    }
    let is_granted = match request.text("/action/name")?.as_str() {
        "read" => is(request, "/subject/id", "alice") || is(request, "/subject/id", "bob"),
        "write" => {
            is(request, "/subject/properties/role", "admin")
                || (is(request, "/subject/id", "alice")
                    && !is(request, "/resource/properties/status", "archived"))
        }
        "delete" => {
            let soft = request.boolean("/action/properties/soft").optional()?;
            is(request, "/subject/id", "alice") && soft == Some(true)
        }
        _ => false,
    };
    Ok(if is_granted {
        Decision::allow().reason("granted", "")
    } else {
        Decision::deny().reason("not-granted", "")
    })
}

/// Whether there is this text. What is absent, or no text, is no other text either.
fn is(request: &Request, pointer: &str, text: &str) -> bool {
    request.test(pointer).is(text).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use lictor_sdk::{Effect, Fake};

    use super::evaluate;

    fn decided(subject: &str, role: Option<&str>, action: &str, status: Option<&str>) -> Effect {
        let mut request =
            Fake::request_of(subject, action, "record-1").resource("record", "record-1");
        if let Some(role) = role {
            request = request.subject_property("role", role);
        }
        if let Some(status) = status {
            request = request.resource_property("status", status);
        }
        let fake = Fake::new().request(request);
        fake.evaluate_with(evaluate).unwrap().effect()
    }

    #[test]
    fn each_may_what_the_scenario_says() {
        use Effect::{Allow, Deny};
        for (subject, role, action, status, expected) in [
            ("alice", None, "read", None, Allow),
            ("bob", None, "read", None, Allow),
            ("carol", None, "read", None, Deny),
            ("alice", None, "write", None, Allow),
            ("alice", None, "write", Some("archived"), Deny),
            ("bob", None, "write", None, Deny),
            ("bob", Some("admin"), "write", Some("archived"), Allow),
            ("alice", None, "delete", None, Deny),
            ("alice", Some("admin"), "burn", None, Deny),
        ] {
            assert_eq!(
                decided(subject, role, action, status),
                expected,
                "{subject} {action}"
            );
        }
    }
}
