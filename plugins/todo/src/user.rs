//! One entry of the tenant's document `users`. Must never answer for another user than the subject.

use lictor_sdk::{Data, Mismatch, Pointer, Presence, pointer};

/// The entry of the tenant's document `users` that the subject has, or the place where it has none.
pub(crate) struct User<'a> {
    data: &'a Data,
    entry: Pointer,
}

/// What a role lets a user do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Roles {
    pub(crate) admin: bool,
    pub(crate) editor: bool,
    pub(crate) evil_genius: bool,
}

impl<'a> User<'a> {
    pub(crate) fn of(data: &'a Data, subject: &str) -> Self {
        Self {
            data,
            entry: pointer!("/users", subject),
        }
    }

    /// Whether there is such a user.
    pub(crate) fn is_known(&self) -> bool {
        self.has_askable_id() && self.data.count(&self.entry).is_some()
    }

    /// The roles; none where there is no such user, or no roles.
    pub(crate) fn roles(&self) -> Result<Option<Roles>, Mismatch> {
        if !self.has_askable_id() {
            return Ok(None);
        }
        let names = self
            .data
            .texts(&self.entry.clone().push("roles"))
            .optional()?;
        Ok(names.map(|names| Roles {
            admin: names.iter().any(|name| name == "admin"),
            editor: names.iter().any(|name| name == "editor"),
            evil_genius: names.iter().any(|name| name == "evil_genius"),
        }))
    }

    /// The e-mail address, by which to-dos name their owners.
    pub(crate) fn email(&self) -> Result<Option<String>, Mismatch> {
        self.data.text(&self.entry.clone().push("email")).optional()
    }

    /// No user of a directory has an id of thousands of bytes, and asking for one would be this policy's fault.
    fn has_askable_id(&self) -> bool {
        !self.entry.clone().push("roles").is_too_long()
    }
}
