//! Who or what a search could find: what stands in the tenant's directory.
//!
//! The directory is the tenant's document `directory`: `/<type>/<id>` has an entity's properties, and `/action/<name>` an
//! action's.

use lictor::{Document, Host, Item, TenantName};

use crate::problem::Problem;

/// The document's name.
const DIRECTORY: &str = "directory";
/// Under which type actions stand.
pub(super) const ACTION: &str = "action";

/// A tenant's directory, as it was when the search began.
#[derive(Debug)]
pub(super) struct Directory {
    document: Document,
}

/// Something that could be found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'a> {
    pub(super) id: &'a str,
    properties: Item<'a>,
}

impl Directory {
    /// The directory of a tenant; one that has none knows nobody.
    pub(super) fn of(host: &Host, tenant: &TenantName) -> Result<Self, Problem> {
        let documents = host
            .documents(tenant)
            .map_err(|_| lictor::Fault::UnknownTenant {
                tenant: tenant.to_string(),
            })?;
        Ok(Self {
            document: documents.get(DIRECTORY).cloned().unwrap_or_default(),
        })
    }

    /// All of a type, from the one at this place on, in an order that stays as long as the directory does.
    pub(super) fn from(&self, kind: &str, at: usize) -> impl Iterator<Item = Candidate<'_>> {
        let members = self.of_type(kind).and_then(Item::members);
        let candidates = members.into_iter().flatten().skip(at);
        candidates.map(|(id, properties)| Candidate { id, properties })
    }

    /// The one at this place.
    pub(super) fn at(&self, kind: &str, at: usize) -> Option<&str> {
        self.from(kind, at).next().map(|candidate| candidate.id)
    }

    /// Whether the directory lists entities of this type and this isn't one of them.
    pub(super) fn misses(&self, kind: &str, id: &str) -> bool {
        self.of_type(kind)
            .is_some_and(|entities| entities.member(id).is_none())
    }

    fn of_type(&self, kind: &str) -> Option<Item<'_>> {
        self.document.root().member(kind)
    }
}

impl Candidate<'_> {
    /// The entity as a member of a request. A directory's properties are an object, or there are none.
    pub(super) fn entity(&self, name: &str, kind: Option<&str>) -> String {
        let mut entity = serde_json::Map::new();
        if let Some(kind) = kind {
            entity.insert("type".to_owned(), kind.into());
        }
        entity.insert(name.to_owned(), self.id.into());
        let mut text = serde_json::Value::from(entity).to_string();
        if self.properties.members().is_some() {
            text.pop();
            text.push_str(",\"properties\":");
            text.push_str(&self.properties.to_json());
            text.push('}');
        }
        text
    }
}
