//! The parameter `/roles`: which tools each role may read and write. Must never grant what is not written there.

use lictor_sdk::{Mismatch, ParameterError, Parameters, Pointer, Presence, pointer};

/// The two lists that a role may have, which are also the two actions.
pub(crate) const ACCESSES: [&str; 2] = ["read", "write"];

/// Are all roles well formed?
pub(crate) fn check(parameters: &Parameters) -> Result<(), ParameterError> {
    let roles = parameters.keys("/roles").unwrap_or_default();
    if roles.is_empty() {
        return Err(ParameterError::at(
            "/roles",
            "must be an object with at least one role",
        ));
    }
    roles
        .iter()
        .try_for_each(|role| check_role(parameters, &pointer!("/roles", role)))
}

fn check_role(parameters: &Parameters, role: &Pointer) -> Result<(), ParameterError> {
    let Some(members) = parameters.keys(role) else {
        return Err(ParameterError::at(
            role,
            "must be an object of `read` and `write`",
        ));
    };
    members.iter().try_for_each(|member| {
        let entries = role.clone().push(member);
        if ACCESSES.contains(&member.as_str()) {
            check_entries(parameters, &entries)
        } else {
            Err(ParameterError::at(
                &entries,
                "is unknown: a role has `read` and `write`",
            ))
        }
    })
}

fn check_entries(parameters: &Parameters, entries: &Pointer) -> Result<(), ParameterError> {
    match parameters.texts(entries) {
        Ok(tools) => match tools.iter().position(String::is_empty) {
            Some(place) => Err(no_tool(&entries.clone().push(place))),
            None => Ok(()),
        },
        Err(mismatch) if mismatch.pointer() == entries.as_str() => {
            Err(ParameterError::at(entries, "must be a list of tools"))
        }
        Err(mismatch) => Err(no_tool(mismatch.pointer())),
    }
}

fn no_tool(entry: &str) -> ParameterError {
    ParameterError::at(entry, "must be a non-empty text")
}

/// What the parameters say of one role.
pub(crate) enum Grant {
    /// There is no such role.
    UnknownRole,
    /// The entries that say which tools it may access.
    Entries(Vec<String>),
}

impl Grant {
    /// What a role may access in one of the two ways.
    pub(crate) fn of(parameters: &Parameters, role: &str, access: &str) -> Result<Self, Mismatch> {
        let role = pointer!("/roles", role);
        let list = role.clone().push(access);
        // `check` has asked for every list there is, so none stands at a pointer that is too long.
        let entries = if list.is_too_long() {
            None
        } else {
            parameters.texts(&list).optional()?
        };
        Ok(match entries {
            Some(entries) => Self::Entries(entries),
            None if role.is_too_long() || parameters.count(&role).is_none() => Self::UnknownRole,
            None => Self::Entries(Vec::new()),
        })
    }
}

/// Whether an entry names the tool: in full, or by what stands before a `*` at its end.
pub(crate) fn matches(entry: &str, tool: &str) -> bool {
    match entry.strip_suffix('*') {
        Some(prefix) => tool.starts_with(prefix),
        None => entry == tool,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_matches_in_full_or_by_prefix() {
        assert!(matches("crm.customer", "crm.customer"));
        assert!(!matches("crm.customer", "crm.customers"));
        assert!(!matches("crm.customers", "crm.customer"));
        assert!(matches("crm.*", "crm.customer"));
        assert!(matches("crm.*", "crm."));
        assert!(!matches("crm.*", "crm"));
        assert!(!matches("crm.*", "Crm.customer"));
        assert!(matches("*", "anything") && matches("*", ""));
        assert!(matches("a**", "a*b") && !matches("a**", "ab"));
        assert!(!matches("*.read", "crm.read"));
    }
}
