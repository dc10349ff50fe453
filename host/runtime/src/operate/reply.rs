//! What a host answers to a verb that was done.

use lictor_engine::Start;
use lictor_policy::{Digest, DocumentName, Effect, PolicyName, TenantName, Version};
use lictor_state::{JournalEntry, SuspensionTarget};
use serde::{Deserialize, Serialize};

use super::part::Part;
use super::refused::Refused;
use crate::admit::Rate;
use crate::binding::{BoundPolicy, Layer};
use crate::breaker::{BreakerReport, CircuitState};
use crate::host::{Stopped, Suspension, TokenGrant};
use crate::judge::FailurePolicy;
use crate::recall::RecallCounts;
use crate::rollout::{DivergenceReport, RolloutStatus};
use crate::tenant::TenantSettings;

/// What came of a verb.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Reply {
    /// It is done, and there is no more to say.
    Done {},
    /// The tenants, by name.
    Tenants {
        /// Each with what it has.
        tenants: Vec<TenantLine>,
    },
    /// One tenant.
    Tenant(TenantReport),
    /// A policy is bound.
    Bound(BoundReport),
    /// The rollouts of a tenant, by name.
    Rollouts {
        /// Where each stands.
        rollouts: Vec<RolloutStatus>,
    },
    /// One rollout.
    Rollout {
        /// Where it stands.
        status: Box<RolloutStatus>,
        /// What it has found out.
        divergence: DivergenceReport,
    },
    /// What a rollout would do.
    Preview {
        /// How the decisions differ.
        divergence: DivergenceReport,
        /// Requests that could not be compared.
        dropped: u64,
        /// Lines that are no requests.
        refused: Vec<RefusedLine>,
    },
    /// Circuit breakers, those of the base layer first, then by policy and version.
    Breakers {
        /// Each with its state.
        breakers: Vec<BreakerLine>,
    },
    /// Documents, by name.
    Documents {
        /// Each with its size.
        documents: Vec<DocumentLine>,
    },
    /// A document: canonical JSON.
    Document {
        /// The text.
        json: Part,
    },
    /// The keyring that is in use: its text, as it is signed.
    Keyring {
        /// Its version.
        version: u64,
        /// The text.
        keyring: Part,
    },
    /// What another keyring would do.
    KeyringPreview {
        /// Its version.
        version: u64,
        /// In what it differs from the one in use, a sentence each.
        differences: Vec<String>,
        /// What it would stop.
        would_stop: Vec<StoppedLine>,
        /// Why it would not be accepted, if that is so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<Refused>,
    },
    /// Another keyring is in use.
    KeyringUpdated {
        /// Its version.
        version: u64,
        /// What it stopped.
        stopped: Vec<StoppedLine>,
    },
    /// It is suspended.
    Suspended(SuspensionLine),
    /// What is suspended: agents, then policies, then tenants.
    Suspensions {
        /// Each.
        suspensions: Vec<SuspensionLine>,
    },
    /// A token was made.
    Token {
        /// What it is good for.
        token: TokenLine,
        /// The token itself, which nobody is told again.
        secret: Part,
    },
    /// The tokens that are good, by id.
    Tokens {
        /// What each is good for.
        tokens: Vec<TokenLine>,
    },
    /// Records; none where no more are written yet.
    Records {
        /// Lines of JSON.
        lines: Part,
        /// Where the next ones begin.
        next: u64,
    },
    /// How the host is.
    Status(HostStatus),
    /// Changes, oldest first; none where there are no more.
    Journal {
        /// Each with who made it, and why.
        changes: Vec<JournalEntry>,
    },
}

impl Reply {
    /// The parts whose bytes follow the text, in the order in which they stand in it.
    pub fn parts_mut(&mut self) -> Vec<&mut Part> {
        match self {
            Reply::Document { json: part }
            | Reply::Keyring { keyring: part, .. }
            | Reply::Records { lines: part, .. }
            | Reply::Token { secret: part, .. } => vec![part],
            _ => Vec::new(),
        }
    }
}

/// A token in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenLine {
    /// What names it.
    pub id: String,
    /// What it is good for.
    pub grant: TokenGrant,
}

/// A tenant in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantLine {
    /// Its name.
    pub tenant: TenantName,
    /// How many policies it has bound.
    pub bindings: usize,
    /// How many documents it has.
    pub documents: usize,
}

/// What a tenant has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantReport {
    /// Its name, `base` for the operator's layer.
    pub tenant: TenantName,
    /// What it may do; nothing for `base`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<SettingsReport>,
    /// What is bound, by policy.
    pub bindings: Vec<BoundReport>,
    /// Its documents, by name.
    pub documents: Vec<DocumentLine>,
}

/// What a tenant may do and how it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsReport {
    /// The effect when no policy has an opinion.
    pub default_effect: Effect,
    /// What answers when a policy has a fault.
    pub on_failure: FailurePolicy,
    /// How many evaluations may be in flight.
    pub concurrency: u32,
    /// How many bytes of memory documents may take.
    pub data_bytes: usize,
    /// How often it is served where several tenants' evaluations wait.
    pub weight: u32,
    /// How many decisions it may ask for in a time; nothing where that isn't limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// How many each of its agents may; nothing where that isn't limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_rate: Option<Rate>,
}

impl From<TenantSettings> for SettingsReport {
    fn from(settings: TenantSettings) -> Self {
        Self {
            default_effect: settings.default_effect,
            on_failure: settings.on_failure,
            concurrency: settings.concurrency,
            data_bytes: settings.data_bytes,
            weight: settings.weight,
            rate: settings.rate,
            agent_rate: settings.agent_rate,
        }
    }
}

/// What is bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoundReport {
    /// The policy.
    pub policy: PolicyName,
    /// Its version.
    pub version: Version,
    /// The digest of the artifact.
    pub artifact: Digest,
    /// The digest of the component in it.
    pub component: Digest,
    /// The digest of the binding.
    pub revision: Digest,
    /// How each evaluation starts: `fresh`, `snapshot` or `prepared-each-time`.
    pub start: String,
}

impl From<&BoundPolicy> for BoundReport {
    fn from(bound: &BoundPolicy) -> Self {
        let start = match bound.start {
            Start::Fresh => "fresh",
            Start::Snapshot => "snapshot",
            Start::PreparedEachTime => "prepared-each-time",
        };
        Self {
            policy: bound.policy.clone(),
            version: bound.version.clone(),
            artifact: bound.artifact,
            component: bound.component,
            revision: bound.revision,
            start: start.to_owned(),
        }
    }
}

/// A tenant's circuit breaker of one policy. Times are in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakerLine {
    /// Which layer the policy belongs to.
    pub layer: Layer,
    /// The policy.
    pub policy: PolicyName,
    /// Its version.
    pub version: Version,
    /// The digest of the binding, whose breaker it is.
    pub revision: Digest,
    /// Whether the policy is run.
    pub state: CircuitState,
    /// Since when.
    pub since_ms: u64,
    /// Until when an open circuit stays open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<u64>,
    /// How often it opened for all subjects.
    pub opened: u64,
    /// How many subjects are cut off alone now.
    pub subjects_cut_off: usize,
    /// How often the failure policy answered because the policy wasn't run.
    pub cut: u64,
    /// How many faults were counted.
    pub faults: u64,
    /// The last of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_fault: Option<String>,
    /// When that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_fault_ms: Option<u64>,
}

impl From<&BreakerReport> for BreakerLine {
    fn from(report: &BreakerReport) -> Self {
        Self {
            layer: report.layer,
            policy: report.bound.policy.clone(),
            version: report.bound.version.clone(),
            revision: report.bound.revision,
            state: report.state,
            since_ms: report.since_ms,
            until_ms: report.until_ms,
            opened: report.opened,
            subjects_cut_off: report.subjects_cut_off,
            cut: report.cut,
            faults: report.faults,
            last_fault: report.last_fault.as_ref().map(ToString::to_string),
            last_fault_ms: report.last_fault_ms,
        }
    }
}

/// A document in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentLine {
    /// Its name.
    pub document: DocumentName,
    /// How many bytes of memory it takes.
    pub bytes: usize,
}

/// A binding that a change of the keyring stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoppedLine {
    /// The tenant, `base` for the operator's layer.
    pub tenant: TenantName,
    /// The policy.
    pub policy: PolicyName,
    /// Its version.
    pub version: Version,
    /// Why it may not run any more.
    pub why: String,
}

impl From<Stopped> for StoppedLine {
    fn from(stopped: Stopped) -> Self {
        Self {
            tenant: stopped.tenant,
            policy: stopped.bound.policy,
            version: stopped.bound.version,
            why: stopped.why,
        }
    }
}

/// A suspension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuspensionLine {
    /// What is suspended.
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
    /// Whether it is written down, so that it holds after a restart.
    pub written: bool,
}

impl From<Suspension> for SuspensionLine {
    fn from(suspension: Suspension) -> Self {
        let kept = suspension.kept;
        Self {
            target: kept.target,
            at_ms: kept.at_ms,
            by: kept.by,
            why: kept.why,
            until_ms: kept.until_ms,
            written: suspension.is_written,
        }
    }
}

/// A line that is no request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusedLine {
    /// Its number, counted from 1.
    pub line: u64,
    /// Why.
    pub why: String,
}

/// How a host is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostStatus {
    /// The version of this program.
    pub version: String,
    /// The version of the contract that it serves.
    pub contract: String,
    /// How many tenants it has.
    pub tenants: usize,
    /// The version of its keyring; nothing where it trusts nobody.
    pub keyring: Option<u64>,
    /// How much is suspended.
    pub suspensions: usize,
    /// What an operator has to look at; empty while all is well.
    pub troubles: Vec<String>,
    /// How often it recalled since it started.
    pub recall: RecallLine,
    /// How many records were lost since it started.
    pub records_lost: u64,
}

/// How often policies were recalled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecallLine {
    /// Policies whose decision was recalled.
    pub hits: u64,
    /// Policies that were looked for in memory, and evaluated.
    pub misses: u64,
    /// Bytes that all memories take.
    pub bytes: usize,
    /// How often a policy was found to contradict itself.
    pub contradictions: u64,
}

impl RecallLine {
    pub(super) fn new(counts: RecallCounts, bytes: usize, contradictions: u64) -> Self {
        Self {
            hits: counts.hits,
            misses: counts.misses,
            bytes,
            contradictions,
        }
    }
}
