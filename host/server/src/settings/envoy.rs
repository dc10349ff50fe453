//! How an Envoy, or another gateway that asks before it lets a request through, is served: each of its routes has a tenant, and
//! says what of an HTTP request becomes subject, action, resource and context.

mod origin;

use std::collections::BTreeMap;

use lictor::{Priority, TenantName};

pub use origin::{Origin, OriginError};

/// A route, by the name that the operator gave it in the gateway's own settings. No client can choose it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvoyRoute {
    /// Its name: lower-case letters, digits and inner hyphens, 64 at most.
    pub name: String,
    /// Whose policies decide.
    pub tenant: TenantName,
    /// How much it matters beside the tenant's other calls. Default normal.
    pub priority: Priority,
    /// What is asked.
    pub mapping: Mapping,
    /// Which paths are let through at all. Default [`Paths::Plain`].
    pub paths: Paths,
    /// Request headers that only policies set, by obligations. What a client sends in them is never let through. Default none.
    pub own_headers: Vec<String>,
    /// Request headers that policies may set, add to and remove; what a client sends in them stays where none does. Default none.
    pub changed_headers: Vec<String>,
    /// Headers that policies may set in what the client is answered. Default none.
    pub response_headers: Vec<String>,
    /// The status for what a person must approve first: 400 to 499. Default 403.
    pub review_status: u16,
}

/// What of an HTTP request becomes what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Who asks. Default the `peer` that the connection's certificate names, or `anonymous`.
    pub subject: EntityMapping,
    /// The action's name. Default the method.
    pub action: Origins,
    /// `/action/properties`. Default none.
    pub action_properties: BTreeMap<String, Origins>,
    /// What is asked for. Default `http` and the path.
    pub resource: EntityMapping,
    /// `/context`. Default `address`, `host`, `query` and `scheme`.
    pub context: BTreeMap<String, Origins>,
}

/// What becomes a subject or a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityMapping {
    /// Its type.
    pub kind: Origins,
    /// Its id.
    pub id: Origins,
    /// Its properties; one that is nowhere is left out.
    pub properties: BTreeMap<String, Origins>,
}

/// Where a value is looked for: in order, and the first that is there counts.
pub type Origins = Vec<Origin>;

/// Which paths are let through at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paths {
    /// Those that everybody reads alike. One with `..`, `//`, a backslash, an encoded slash or the like is denied: a policy might
    /// see another path in it than the service behind the gateway.
    #[default]
    Plain,
    /// Any: the gateway has made one form of them.
    Any,
}

impl EnvoyRoute {
    /// A route with defaults for everything else.
    pub fn new(name: impl Into<String>, tenant: TenantName) -> Self {
        Self {
            name: name.into(),
            tenant,
            priority: Priority::default(),
            mapping: Mapping::default(),
            paths: Paths::default(),
            own_headers: Vec::new(),
            changed_headers: Vec::new(),
            response_headers: Vec::new(),
            review_status: 403,
        }
    }
}

impl Default for Mapping {
    fn default() -> Self {
        let text = |text: &str| Origin::Text(text.to_owned());
        let named = |name: &str, origin| (name.to_owned(), vec![origin]);
        Self {
            subject: EntityMapping {
                kind: vec![text("peer")],
                id: vec![Origin::Principal, text("anonymous")],
                properties: BTreeMap::new(),
            },
            action: vec![Origin::Method],
            action_properties: BTreeMap::new(),
            resource: EntityMapping {
                kind: vec![text("http")],
                id: vec![Origin::Path],
                properties: BTreeMap::new(),
            },
            context: BTreeMap::from([
                named("address", Origin::Address),
                named("host", Origin::Host),
                named("query", Origin::Query),
                named("scheme", Origin::Scheme),
            ]),
        }
    }
}
