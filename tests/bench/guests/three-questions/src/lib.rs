//! Asks three questions and allows: what a fresh evaluation is measured with.

use lictor_sdk::{Ask, Decision, Fault};

lictor_sdk::policy!(evaluate);

fn evaluate(ask: &Ask) -> Result<Decision, Fault> {
    let subject = ask.request.text("/subject/id")?;
    let action = ask.request.text("/action/name")?;
    let resource = ask.request.text("/resource/id")?;
    Ok(
        if subject.is_empty() || action.is_empty() || resource.is_empty() {
            Decision::deny().reason("empty", "something has no name")
        } else {
            Decision::allow().reason("named", "everything has a name")
        },
    )
}
