//! What operators have suspended.

use std::fmt;

use lictor_policy::{Digest, PolicyName, TenantName};
use serde::{Deserialize, Serialize};

use super::{Entry, Table};

/// What stands in the key in the place of a tenant where all are meant. No name has it.
const EVERYWHERE: &str = "*";
/// How much of an agent's id a message shows.
const SHOWN_CHARACTERS_MAX: usize = 64;

/// What is suspended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SuspensionTarget {
    /// An agent: a subject's id.
    Agent {
        /// The id.
        agent: String,
        /// Within this tenant; in all of them where none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tenant: Option<TenantName>,
    },
    /// A tenant, with all that it asks.
    Tenant {
        /// Which.
        tenant: TenantName,
    },
    /// A policy, in whichever version.
    Policy {
        /// Whose, [`TenantName::base`] for one of the base layer.
        tenant: TenantName,
        /// Which.
        policy: PolicyName,
    },
}

impl SuspensionTarget {
    /// Under which name its suspension stands. An agent's id, which may be any text, stands in it as its digest.
    pub fn key(&self) -> String {
        // Names have no slash, so no two targets share a key.
        match self {
            SuspensionTarget::Agent { agent, tenant } => {
                let tenant = tenant.as_ref().map_or(EVERYWHERE, TenantName::as_str);
                format!("agent/{tenant}/{}", Digest::of(agent.as_bytes()))
            }
            SuspensionTarget::Tenant { tenant } => format!("tenant/{tenant}"),
            SuspensionTarget::Policy { tenant, policy } => format!("policy/{tenant}/{policy}"),
        }
    }
}

impl fmt::Display for SuspensionTarget {
    /// For messages and the journal: an id that is long is cut, and what isn't printable is escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SuspensionTarget::Agent { agent, tenant } => {
                let shown = agent.chars().take(SHOWN_CHARACTERS_MAX);
                let shown: String = shown.flat_map(char::escape_debug).collect();
                let cut = agent.chars().nth(SHOWN_CHARACTERS_MAX).map_or("", |_| "…");
                write!(f, "the agent `{shown}{cut}`")?;
                match tenant {
                    Some(tenant) => write!(f, " of `{tenant}`"),
                    None => f.write_str(" in all tenants"),
                }
            }
            SuspensionTarget::Tenant { tenant } => write!(f, "the tenant `{tenant}`"),
            SuspensionTarget::Policy { tenant, policy } => {
                write!(f, "the policy `{policy}` of `{tenant}`")
            }
        }
    }
}

/// What the key of a suspension says, where its text can't be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SuspensionKey {
    /// An agent, by the digest of its id.
    Agent {
        /// The digest.
        digest: Digest,
        /// Within this tenant, or in all.
        tenant: Option<TenantName>,
    },
    /// What it names.
    Named(SuspensionTarget),
}

impl SuspensionKey {
    /// Reads a key.
    pub fn parse(key: &str) -> Option<Self> {
        let (kind, rest) = key.split_once('/')?;
        match kind {
            "agent" => {
                let (tenant, digest) = rest.split_once('/')?;
                let tenant = match tenant {
                    EVERYWHERE => None,
                    tenant => Some(tenant.parse().ok()?),
                };
                let digest = digest.parse().ok()?;
                Some(Self::Agent { digest, tenant })
            }
            "tenant" => {
                let tenant = rest.parse().ok()?;
                Some(Self::Named(SuspensionTarget::Tenant { tenant }))
            }
            "policy" => {
                let (tenant, policy) = rest.split_once('/')?;
                let (tenant, policy) = (tenant.parse().ok()?, policy.parse().ok()?);
                Some(Self::Named(SuspensionTarget::Policy { tenant, policy }))
            }
            _ => None,
        }
    }
}

/// One suspension: what, since when, by whom, why, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptSuspension {
    /// What.
    pub target: SuspensionTarget,
    /// Since when, in milliseconds since 1970.
    pub at_ms: u64,
    /// Who suspended it.
    pub by: String,
    /// Why, in their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Until when, in milliseconds since 1970; nothing where somebody has to lift it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<u64>,
}

impl Entry for KeptSuspension {
    const TABLE: Table = Table::Suspensions;

    fn key(&self) -> String {
        self.target.key()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets() -> [SuspensionTarget; 5] {
        let [bank, base] = ["bank", "base"].map(|name| name.parse::<TenantName>().unwrap());
        let agent = |tenant| SuspensionTarget::Agent {
            agent: "a/b\n".to_owned(),
            tenant,
        };
        let policy = "rule".parse().unwrap();
        [
            agent(None),
            agent(Some(bank.clone())),
            SuspensionTarget::Tenant { tenant: bank },
            SuspensionTarget::Policy {
                tenant: base.clone(),
                policy,
            },
            SuspensionTarget::Tenant { tenant: base },
        ]
    }

    #[test]
    fn a_key_says_what_is_suspended_without_its_text() {
        for target in targets() {
            let read = SuspensionKey::parse(&target.key()).unwrap();
            match &target {
                SuspensionTarget::Agent { agent, tenant } => {
                    let digest = Digest::of(agent.as_bytes());
                    let tenant = tenant.clone();
                    assert_eq!(read, SuspensionKey::Agent { digest, tenant });
                }
                named => assert_eq!(read, SuspensionKey::Named(named.clone())),
            }
        }
        for key in [
            "",
            "agent",
            "agent/bank",
            "agent/bank/x",
            "tenant/B",
            "other/bank",
        ] {
            assert_eq!(SuspensionKey::parse(key), None, "{key}");
        }
    }

    #[test]
    fn no_two_targets_share_a_key_and_none_breaks_a_line() {
        let mut keys: Vec<_> = targets().iter().map(SuspensionTarget::key).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 5);
        let long = SuspensionTarget::Agent {
            agent: "é".repeat(10_000),
            tenant: None,
        };
        assert!(long.to_string().len() < 200);
        let texts = targets().map(|target| target.to_string());
        assert!(!texts.iter().any(|text| text.contains('\n')), "{texts:?}");
    }
}
