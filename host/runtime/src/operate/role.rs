//! Who may ask for what: one table for every control surface.

use std::fmt;

use lictor_policy::TenantName;
use lictor_state::SuspensionTarget;
use serde::{Deserialize, Serialize};

use super::verb::Verb;
use crate::rollout::Move;

/// What somebody who isn't the host's own user may do.
///
/// As JSON `{"role": "engineer"}`, and `{"role": "tenant", "tenant": "bank"}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Role {
    /// Everything.
    Engineer {},
    /// Sees how the host and its rollouts are, stops what goes wrong, and changes no policy.
    Operator {},
    /// Reads records, and nothing else.
    Auditor {},
    /// Has requests of one tenant decided, and sees what that tenant has.
    Tenant {
        /// Which.
        tenant: TenantName,
    },
}

impl Role {
    /// Whether it may have requests of this tenant decided.
    pub fn may_ask(&self, tenant: &TenantName) -> bool {
        match self {
            Role::Engineer {} => true,
            Role::Tenant { tenant: own } => own == tenant,
            Role::Operator {} | Role::Auditor {} => false,
        }
    }

    /// Whether there is an order of this name that it may give: what is asked before the order is read. [`Role::may_order`] has
    /// the last word.
    pub fn may_order_some(&self, name: &str) -> bool {
        match self {
            Role::Engineer {} => true,
            Role::Operator {} => {
                ["rollout-move", "suspend", "unsuspend"].contains(&name) || SHOWING.contains(&name)
            }
            Role::Auditor {} => name == "record-list",
            Role::Tenant { .. } => SHOWING_TENANT.contains(&name),
        }
    }

    /// Whether it may give this order.
    pub fn may_order(&self, verb: &Verb) -> bool {
        match self {
            Role::Engineer {} => true,
            Role::Operator {} => looks_on(verb) || stops(verb),
            Role::Auditor {} => matches!(verb, Verb::RecordList { .. }),
            Role::Tenant { tenant } => shows(verb) == Some(tenant),
        }
    }
}

/// The names of the verbs that only show how things stand.
const SHOWING: [&str; 11] = [
    "tenant-list",
    "tenant-show",
    "rollout-list",
    "rollout-show",
    "data-list",
    "breaker-list",
    "keyring-show",
    "suspension-list",
    "token-list",
    "status",
    "journal",
];
/// The names of those that show something of one tenant.
const SHOWING_TENANT: [&str; 5] = [
    "tenant-show",
    "rollout-list",
    "rollout-show",
    "breaker-list",
    "data-list",
];

/// Whether a verb only shows how things stand, without what is in a tenant's documents.
fn looks_on(verb: &Verb) -> bool {
    match verb {
        Verb::TenantList {}
        | Verb::TenantShow { .. }
        | Verb::RolloutList { .. }
        | Verb::RolloutShow { .. }
        | Verb::DataList { .. }
        | Verb::BreakerList { .. }
        | Verb::KeyringShow {}
        | Verb::SuspensionList {}
        | Verb::TokenList {}
        | Verb::Status {}
        | Verb::Journal { .. } => true,
        Verb::TenantAdd { .. }
        | Verb::TenantSet { .. }
        | Verb::TenantRemove { .. }
        | Verb::Bind { .. }
        | Verb::Unbind { .. }
        | Verb::RollOut { .. }
        | Verb::RolloutMove { .. }
        | Verb::RolloutPreview { .. }
        | Verb::DataPut { .. }
        | Verb::DataPatch { .. }
        | Verb::DataGet { .. }
        | Verb::DataRemove { .. }
        | Verb::BreakerClose { .. }
        | Verb::KeyringPreview { .. }
        | Verb::KeyringUpdate { .. }
        | Verb::ClockAccept {}
        | Verb::Suspend { .. }
        | Verb::Unsuspend { .. }
        | Verb::TokenIssue { .. }
        | Verb::TokenRevoke { .. }
        | Verb::RecordList { .. } => false,
    }
}

/// Whether a verb moves a rollout towards stable, keeps it where it is, or suspends an agent or a tenant or lets it go on. What a
/// policy decides is no operator's to change.
fn stops(verb: &Verb) -> bool {
    match verb {
        Verb::RolloutMove { r#move, .. } => {
            matches!(r#move, Move::Pause | Move::Abort | Move::RollBack)
        }
        Verb::Suspend { target, .. } | Verb::Unsuspend { target } => {
            !matches!(target, SuspensionTarget::Policy { .. })
        }
        _ => false,
    }
}

/// The tenant that a verb shows something of, where it does nothing else.
fn shows(verb: &Verb) -> Option<&TenantName> {
    match verb {
        Verb::TenantShow { tenant }
        | Verb::RolloutList { tenant }
        | Verb::RolloutShow { tenant, .. }
        | Verb::BreakerList { tenant }
        | Verb::DataList { tenant } => Some(tenant),
        _ => None,
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Role::Engineer {} => f.write_str("engineer"),
            Role::Operator {} => f.write_str("operator"),
            Role::Auditor {} => f.write_str("auditor"),
            Role::Tenant { tenant } => write!(f, "tenant {tenant}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;

    fn verb(json: &str) -> Verb {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn each_role_may_what_it_is_there_for() {
        let bank: TenantName = "bank".parse().unwrap();
        let tenant = Role::Tenant { tenant: bank };
        // The verb; whether an operator, an auditor and the tenant `bank` may.
        for (json, operator, of_bank) in [
            (r#"{"status":{}}"#, true, false),
            (r#"{"tenant-list":{}}"#, true, false),
            (r#"{"tenant-show":{"tenant":"bank"}}"#, true, true),
            (r#"{"tenant-show":{"tenant":"shop"}}"#, true, false),
            (r#"{"tenant-show":{"tenant":"base"}}"#, true, false),
            (r#"{"tenant-add":{"tenant":"bank"}}"#, false, false),
            (
                r#"{"tenant-set":{"tenant":"bank","settings":{}}}"#,
                false,
                false,
            ),
            (r#"{"tenant-remove":{"tenant":"bank"}}"#, false, false),
            (
                r#"{"unbind":{"tenant":"bank","policy":"limit"}}"#,
                false,
                false,
            ),
            (
                r#"{"roll-out":{"tenant":"bank","rollout":{}}}"#,
                false,
                false,
            ),
            (r#"{"rollout-list":{"tenant":"bank"}}"#, true, true),
            (r#"{"rollout-list":{"tenant":"shop"}}"#, true, false),
            (
                r#"{"rollout-move":{"tenant":"bank","rollout":"a","move":"pause"}}"#,
                true,
                false,
            ),
            (
                r#"{"rollout-move":{"tenant":"bank","rollout":"a","move":"abort"}}"#,
                true,
                false,
            ),
            (
                r#"{"rollout-move":{"tenant":"bank","rollout":"a","move":"roll-back"}}"#,
                true,
                false,
            ),
            (
                r#"{"rollout-move":{"tenant":"bank","rollout":"a","move":"promote"}}"#,
                false,
                false,
            ),
            (
                r#"{"rollout-move":{"tenant":"bank","rollout":"a","move":"resume"}}"#,
                false,
                false,
            ),
            (r#"{"breaker-list":{"tenant":"bank"}}"#, true, true),
            (
                r#"{"suspend":{"target":{"agent":{"agent":"a"}}}}"#,
                true,
                false,
            ),
            (
                r#"{"unsuspend":{"target":{"tenant":{"tenant":"bank"}}}}"#,
                true,
                false,
            ),
            (
                r#"{"suspend":{"target":{"policy":{"tenant":"bank","policy":"limit"}}}}"#,
                false,
                false,
            ),
            (r#"{"suspension-list":{}}"#, true, false),
            (r#"{"journal":{}}"#, true, false),
            (r#"{"data-list":{"tenant":"bank"}}"#, true, true),
            (
                r#"{"data-get":{"tenant":"bank","document":"users"}}"#,
                false,
                false,
            ),
            (
                r#"{"data-remove":{"tenant":"bank","document":"users"}}"#,
                false,
                false,
            ),
            (r#"{"keyring-show":{}}"#, true, false),
            (r#"{"clock-accept":{}}"#, false, false),
            (r#"{"record-list":{}}"#, false, false),
            (r#"{"token-list":{}}"#, true, false),
            (r#"{"token-revoke":{"token":"0a1b"}}"#, false, false),
            (
                r#"{"token-issue":{"grant":{"role":"engineer"},"label":"","valid_s":60}}"#,
                false,
                false,
            ),
        ] {
            let verb = verb(json);
            assert!(Role::Engineer {}.may_order(&verb), "{json}");
            assert_eq!(Role::Operator {}.may_order(&verb), operator, "{json}");
            let is_records = json.contains("record-list");
            assert_eq!(Role::Auditor {}.may_order(&verb), is_records, "{json}");
            assert_eq!(tenant.may_order(&verb), of_bank, "{json}");
        }
    }

    #[test]
    fn what_is_asked_before_an_order_is_read_agrees_with_what_is_asked_after() {
        let orders = Verb::names().iter().flat_map(|name| {
            let moves = ["abort", "promote"]
                .map(|it| json!({"tenant": "bank", "rollout": "a", "move": it}));
            let targets = [
                json!({"agent": {"agent": "a"}}),
                json!({"policy": {"tenant": "bank", "policy": "a"}}),
            ];
            let members = match *name {
                "rollout-move" => moves.to_vec(),
                "suspend" | "unsuspend" => targets.map(|it| json!({"target": it})).to_vec(),
                _ => vec![everything(name)],
            };
            members.into_iter().map(move |members| (*name, members))
        });
        let bank = Role::Tenant {
            tenant: "bank".parse().unwrap(),
        };
        for role in [Role::Engineer {}, Role::Operator {}, Role::Auditor {}, bank] {
            let mut some: BTreeMap<&str, bool> = BTreeMap::new();
            for (name, members) in orders.clone() {
                let verb = Verb::named(name, members.to_string().as_bytes()).unwrap();
                *some.entry(name).or_default() |= role.may_order(&verb);
            }
            for (name, may) in some {
                assert_eq!(role.may_order_some(name), may, "{role} {name}");
            }
        }
    }

    /// Members for the verb of a name: those that it has of all that verbs have.
    fn everything(name: &str) -> Value {
        let mut all = json!({
            "tenant": "bank", "policy": "a", "rollout": "a", "document": "a", "documents": {}, "patch": "{}", "requests": "",
            "settings": {}, "keyring": "{}", "token": "0a", "grant": {"role": "auditor"}, "valid_s": 1, "binding": {"artifact": ""},
        });
        if ["roll-out", "rollout-preview"].contains(&name) {
            all["rollout"] = json!({});
        }
        loop {
            let read = Verb::named(name, all.to_string().as_bytes());
            let Err(refused) = read else { return all };
            let unknown = refused.message.split('`').nth(1).unwrap_or_default();
            let was_there = all.as_object_mut().unwrap().remove(unknown);
            assert!(was_there.is_some(), "{name}: {}", refused.message);
        }
    }

    #[test]
    fn only_a_tenant_itself_and_an_engineer_have_its_requests_decided() {
        let [bank, shop]: [TenantName; 2] = ["bank", "shop"].map(|name| name.parse().unwrap());
        let of_bank = Role::Tenant {
            tenant: bank.clone(),
        };
        assert!(of_bank.may_ask(&bank) && !of_bank.may_ask(&shop));
        assert!(Role::Engineer {}.may_ask(&shop));
        assert!(!Role::Operator {}.may_ask(&bank) && !Role::Auditor {}.may_ask(&bank));
    }

    #[test]
    fn a_role_is_written_with_its_name() {
        for text in [
            r#"{"role":"engineer"}"#,
            r#"{"role":"tenant","tenant":"bank"}"#,
        ] {
            let role: Role = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&role).unwrap(), text);
        }
        for text in [
            r#"{"role":"root"}"#,
            r#"{"role":"tenant"}"#,
            r#"{"role":"engineer","tenant":"bank"}"#,
        ] {
            assert!(serde_json::from_str::<Role>(text).is_err(), "{text}");
        }
    }
}
