//! The verbs: everything that an operator can ask of a host, each saying when it is legal.

use std::collections::BTreeMap;

use lictor_policy::{
    Condition, DocumentName, Effect, Limits, PolicyName, Priority, RolloutName, TenantName,
};
use lictor_state::SuspensionTarget;
use serde::{Deserialize, Deserializer, Serialize};

use super::part::Part;
use super::role::Role;
use crate::admit::Rate;
use crate::judge::FailurePolicy;
use crate::rollout::{Move, Plan};
use crate::tenant::TenantSettings;

/// What an operator asks of a host.
///
/// As JSON it is an object with one member that is named like the verb: `{"tenant-remove": {"tenant": "bank"}}`. Where a verb
/// says tenant, `base` means the layer of the operator, unless it says otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Verb {
    // --- Tenants
    /// Takes a tenant in. Legal while there is none of that name; never for `base`.
    TenantAdd {
        /// Its name.
        tenant: TenantName,
        /// What it may do and how it is answered, where that isn't the default.
        #[serde(default)]
        settings: TenantChange,
    },
    /// Changes what a tenant may do and how it is answered. Legal while there is such a tenant; never for `base`.
    TenantSet {
        /// Which.
        tenant: TenantName,
        /// What changes.
        settings: TenantChange,
    },
    /// Lets a tenant go, with its bindings, documents and rollouts. Legal while there is such a tenant; never for `base`.
    TenantRemove {
        /// Which.
        tenant: TenantName,
    },
    /// Lists the tenants. Always legal.
    TenantList {},
    /// Shows what a tenant has. Legal while there is such a tenant; always for `base`.
    TenantShow {
        /// Which.
        tenant: TenantName,
    },

    // --- Bindings
    /// Binds a policy at once, in the place of an earlier binding of the same policy. Legal while there is such a tenant.
    Bind {
        /// For whom.
        tenant: TenantName,
        /// What is bound.
        binding: BindingOrder,
    },
    /// Takes a policy away. Legal while it is bound.
    Unbind {
        /// From whom.
        tenant: TenantName,
        /// Which.
        policy: PolicyName,
    },

    // --- Rollouts
    /// Rolls a set of bindings and documents out. Legal while there is such a tenant, and none of them is being replaced by
    /// another rollout; never for `base`.
    RollOut {
        /// For whom.
        tenant: TenantName,
        /// What, and how.
        rollout: RolloutOrder,
    },
    /// Lists the rollouts: those that aren't over, and the last ones that are. Legal while there is such a tenant.
    RolloutList {
        /// Whose.
        tenant: TenantName,
    },
    /// Shows where a rollout stands and what it has found out. Legal while there is one of that name.
    RolloutShow {
        /// Whose.
        tenant: TenantName,
        /// Which.
        rollout: RolloutName,
    },
    /// Moves a rollout on, or back. [`Move`] says which move is legal where.
    RolloutMove {
        /// Whose.
        tenant: TenantName,
        /// Which.
        rollout: RolloutName,
        /// How.
        r#move: Move,
    },
    /// Decides requests with what would be rolled out and with what is in use, and changes nothing. Legal as for a rollout of
    /// the same.
    RolloutPreview {
        /// For whom.
        tenant: TenantName,
        /// What would be rolled out; its plan doesn't matter.
        rollout: RolloutOrder,
        /// The requests: lines of JSON, each a request or a record that holds one, which is decided at its own time.
        requests: Part,
    },

    // --- Breakers
    /// Lists the circuit breakers of the policies that faulted lately for a tenant, or that weren't run for a while. Legal while there
    /// is such a tenant; never for `base`, whose policies have breakers for each tenant.
    BreakerList {
        /// For whom.
        tenant: TenantName,
    },
    /// Has a policy run again at once for all subjects, and forgets the faults that were counted. Legal while its circuit isn't
    /// closed or somebody is cut off from it; never for `base`.
    BreakerClose {
        /// For whom.
        tenant: TenantName,
        /// Which, of the tenant's own layer or of the base layer.
        policy: PolicyName,
    },

    // --- Data
    /// Puts documents, all at once, each in the place of one of the same name. Legal while there is such a tenant; for `base` one
    /// document at a time.
    DataPut {
        /// For whom.
        tenant: TenantName,
        /// The texts of JSON by the documents' names.
        documents: BTreeMap<DocumentName, Part>,
    },
    /// Merges a JSON merge patch (RFC 7396) into a document: its members replace those of the same name, `null` takes them away.
    /// Legal while there is such a document.
    DataPatch {
        /// Whose.
        tenant: TenantName,
        /// Which.
        document: DocumentName,
        /// The text of the patch.
        patch: Part,
    },
    /// Shows a document. Legal while there is one of that name.
    DataGet {
        /// Whose.
        tenant: TenantName,
        /// Which.
        document: DocumentName,
    },
    /// Lists the documents. Legal while there is such a tenant.
    DataList {
        /// Whose.
        tenant: TenantName,
    },
    /// Takes a document away. Legal while there is one of that name.
    DataRemove {
        /// Whose.
        tenant: TenantName,
        /// Which.
        document: DocumentName,
    },

    // --- Trust
    /// Shows the keyring. Legal while there is one.
    KeyringShow {},
    /// Says in what a keyring differs from the one that is in use, what it would stop, and why it would not be accepted if that is
    /// so; changes nothing. Legal while there is a keyring.
    KeyringPreview {
        /// The signed keyring, to which signatures may still be missing.
        keyring: Part,
        /// The leave to go back to a lower version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rollback: Option<Part>,
    },
    /// Replaces the keyring by one that those signed whom it trusts for that, and stops what the new one no longer trusts. Legal
    /// while there is a keyring.
    KeyringUpdate {
        /// The signed keyring.
        keyring: Part,
        /// The leave to go back to a lower version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rollback: Option<Part>,
    },
    /// Takes the wall clock as right again. Always legal.
    ClockAccept {},

    // --- Suspending
    /// Stops an agent, a tenant or a policy at once, until it is lifted or that time. It takes effect also where it can't be written
    /// down. Legal while there is such a tenant or policy; for an agent always.
    Suspend {
        /// What.
        target: SuspensionTarget,
        /// Until when, in milliseconds since 1970; nothing where somebody has to lift it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until_ms: Option<u64>,
    },
    /// Lifts a suspension. Legal while there is one of exactly this.
    Unsuspend {
        /// Of what.
        target: SuspensionTarget,
    },
    /// Lists what is suspended. Always legal.
    SuspensionList {},

    // --- Tokens
    /// Makes a token, by which somebody else than the host's own user may speak to it. Always legal; for a tenant, while there is
    /// such a tenant.
    TokenIssue {
        /// What may be done with it.
        grant: Role,
        /// What it is for.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        label: String,
        /// For how many seconds it is good.
        valid_s: u64,
        /// How much the requests matter that are decided with it. Default normal.
        #[serde(default)]
        priority: Priority,
    },
    /// Lists the tokens that are good. Always legal.
    TokenList {},
    /// Refuses a token from now on. Legal while there is one of that id.
    TokenRevoke {
        /// Its id.
        token: String,
    },

    // --- Records
    /// Shows the records of earlier decisions: those that begin at this place in their file, oldest first, as many as fit an answer.
    /// Legal while the host writes records to a file.
    RecordList {
        /// Where they begin: 0, or what the answer before said.
        #[serde(default)]
        after: u64,
    },

    // --- The host
    /// Says how the host is. Always legal.
    Status {},
    /// Lists who changed what, when and why: the changes after this number, oldest first, as many as fit an answer. Always legal;
    /// a host without a state folder has none.
    Journal {
        /// The number of the last change that is known.
        #[serde(default)]
        after: u64,
    },
}

/// What is to be bound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BindingOrder {
    /// The signed artifact.
    pub artifact: Part,
    /// The parameters: the text of a JSON object. Default `{}`.
    #[serde(default = "no_parameters")]
    pub parameters: String,
    /// The limits that are granted. Default [`Limits::default`].
    #[serde(default)]
    pub limits: Limits,
    /// Which requests it applies to: those that meet all of them. Default all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// A signed leave to install a version lower than the highest that the tenant has had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Part>,
}

fn no_parameters() -> String {
    "{}".to_owned()
}

impl BindingOrder {
    /// An artifact with no parameters, within the default limits, for all requests.
    pub fn new(artifact: impl Into<Vec<u8>>) -> Self {
        Self {
            artifact: Part::new(artifact),
            parameters: no_parameters(),
            limits: Limits::default(),
            conditions: Vec::new(),
            rollback: None,
        }
    }

    fn parts_mut(&mut self) -> Vec<&mut Part> {
        let mut parts = vec![&mut self.artifact];
        parts.extend(&mut self.rollback);
        parts
    }
}

/// What is to be rolled out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RolloutOrder {
    /// By which plan. Default: at once where none of the policies is bound and none of the documents is there, else
    /// [`Plan::careful`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// Its name. Default one that is made of what it replaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<RolloutName>,
    /// What is bound.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<BindingOrder>,
    /// Policies that are taken away.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<PolicyName>,
    /// Documents that are put: the texts of JSON by their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub documents: BTreeMap<DocumentName, Part>,
    /// Documents that are taken away.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed_documents: Vec<DocumentName>,
    /// Whether it waits to be told to begin.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub planned: bool,
}

impl RolloutOrder {
    fn parts_mut(&mut self) -> Vec<&mut Part> {
        let bindings = self.bindings.iter_mut();
        let bindings = bindings.flat_map(BindingOrder::parts_mut);
        bindings.chain(self.documents.values_mut()).collect()
    }
}

/// What changes about a tenant's settings; what isn't named stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TenantChange {
    /// The effect when none of the tenant's policies has an opinion; not `abstain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_effect: Option<Effect>,
    /// What answers when a policy has a fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<FailurePolicy>,
    /// How many evaluations it may have in flight or waiting at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// How many bytes all its documents together may take in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_bytes: Option<usize>,
    /// How often it is served where several tenants' evaluations wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// How many decisions it may ask for in a time; `null` for as many as the host can give.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub rate: Option<Option<Rate>>,
    /// How many decisions each of its agents may ask for in a time; `null` for as many as the tenant may.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub agent_rate: Option<Option<Rate>>,
}

/// A `null` that was said, which is something else than nothing.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Rate>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl TenantChange {
    /// Settings with the change made.
    pub fn of(&self, settings: TenantSettings) -> TenantSettings {
        TenantSettings {
            default_effect: self.default_effect.unwrap_or(settings.default_effect),
            on_failure: self.on_failure.unwrap_or(settings.on_failure),
            concurrency: self.concurrency.unwrap_or(settings.concurrency),
            data_bytes: self.data_bytes.unwrap_or(settings.data_bytes),
            weight: self.weight.unwrap_or(settings.weight),
            rate: self.rate.unwrap_or(settings.rate),
            agent_rate: self.agent_rate.unwrap_or(settings.agent_rate),
        }
    }
}

impl Verb {
    /// The parts whose bytes follow the text, in the order in which they stand in it.
    pub fn parts_mut(&mut self) -> Vec<&mut Part> {
        match self {
            Verb::Bind { binding, .. } => binding.parts_mut(),
            Verb::RollOut { rollout, .. } => rollout.parts_mut(),
            Verb::RolloutPreview {
                rollout, requests, ..
            } => {
                let mut parts = rollout.parts_mut();
                parts.push(requests);
                parts
            }
            Verb::DataPut { documents, .. } => documents.values_mut().collect(),
            Verb::DataPatch { patch, .. } => vec![patch],
            Verb::KeyringPreview { keyring, rollback }
            | Verb::KeyringUpdate { keyring, rollback } => {
                let mut parts = vec![keyring];
                parts.extend(rollback);
                parts
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_is_an_object_with_one_member() {
        let text = r#"{"tenant-remove":{"tenant":"bank"}}"#;
        let verb: Verb = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&verb).unwrap(), text);
        let tenant = "bank".parse().unwrap();
        assert_eq!(verb, Verb::TenantRemove { tenant });
    }

    #[test]
    fn what_no_verb_has_is_refused() {
        for text in [
            r#"{"tenant-burn":{"tenant":"bank"}}"#,
            r#"{"tenant-remove":{"tenant":"bank","quietly":true}}"#,
            r#"{"tenant-remove":{}}"#,
            r#"{"tenant-remove":{"tenant":"Bank"}}"#,
            r#"{"tenant-set":{"tenant":"bank","settings":{"colour":"red"}}}"#,
            r#"{"status":{},"clock-accept":{}}"#,
            r#"{"status":{"now":true}}"#,
        ] {
            assert!(serde_json::from_str::<Verb>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn parts_stand_in_the_order_of_the_text() {
        let text = r#"{"bind":{"tenant":"bank","binding":{"artifact":3,"rollback":2}}}"#;
        let mut verb: Verb = serde_json::from_str(text).unwrap();
        let lengths: Vec<u64> = verb.parts_mut().iter().map(|it| it.byte_len()).collect();
        assert_eq!(lengths, [3, 2]);
        let documents = [("users", "{}"), ("accounts", "[1]")];
        let documents = documents.map(|(name, json)| (name.parse().unwrap(), Part::new(json)));
        let mut put = Verb::DataPut {
            tenant: "bank".parse().unwrap(),
            documents: documents.into(),
        };
        let text = serde_json::to_string(&put).unwrap();
        assert!(text.contains(r#"{"accounts":3,"users":2}"#), "{text}");
        assert_eq!(put.parts_mut()[0].byte_len(), 3);
    }
}
