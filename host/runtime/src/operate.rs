//! The operator's verbs: one closed list, done in one place, so that every control surface can do the same.
//!
//! Must never know how a verb came: a socket, a command line and a server bring the same ones.

mod breakers;
mod named;
mod part;
mod refused;
mod reply;
mod role;
mod rollouts;
mod trust;
mod verb;

use std::collections::BTreeMap;
use std::time::Duration;

use lictor_artifact::{Fetched, SignedRollback};
use lictor_engine::CONTRACT_VERSION;
use lictor_policy::{DocumentName, Documents, PolicyName, TenantName};

pub use part::{PART_BYTES_MAX, Part};
pub use refused::{Refused, Turn};
pub use reply::{
    BoundReport, BreakerLine, DocumentLine, HostStatus, RecallLine, RefusedLine, Reply,
    SettingsReport, StoppedLine, SuspensionLine, TenantLine, TenantReport, TokenLine,
};
pub use role::Role;
pub use verb::{BindingOrder, RolloutOrder, TenantChange, Verb};

use crate::binding::BindingSpec;
use crate::error::HostError;
use crate::host::{Host, TokenGrant};
use crate::record::RecordPage;
use crate::tenant::TenantSettings;

/// The most changes in one answer. The largest that a host makes has some 2 KiB of texts and names what it changed.
const CHANGES_MAX: usize = 256;

/// Who gives an order, and why: what the journal tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Who: a name.
    pub by: String,
    /// Why, in their own words.
    pub why: Option<String>,
}

impl Host {
    /// Does what an operator asks, in their name.
    ///
    /// # Errors
    /// The verb isn't legal now, what it brings is refused, or it can't be done; nothing has changed then.
    pub fn operate(&self, verb: Verb, operator: &Operator) -> Result<Reply, Refused> {
        let in_their_name = self.acting_as(&operator.by, operator.why.clone());
        in_their_name.carry_out(verb, operator)
    }

    fn carry_out(&self, verb: Verb, operator: &Operator) -> Result<Reply, Refused> {
        match verb {
            Verb::TenantAdd { tenant, settings } => {
                let settings = settings.of(TenantSettings::default());
                done(self.add_tenant(&tenant, settings))
            }
            Verb::TenantSet { tenant, settings } => {
                let settings = settings.of(self.tenant_settings(&tenant)?);
                done(self.set_tenant(&tenant, settings))
            }
            Verb::TenantRemove { tenant } => done(self.remove_tenant(&tenant)),
            Verb::TenantList {} => self.list_tenants(),
            Verb::TenantShow { tenant } => self.show_tenant(tenant),
            Verb::Bind { tenant, binding } => self.bind_order(&tenant, binding),
            Verb::Unbind { tenant, policy } => done(self.unbind_for(&tenant, &policy)),
            Verb::RollOut { tenant, rollout } => self.roll_out_order(&tenant, rollout),
            Verb::RolloutList { tenant } => Ok(Reply::Rollouts {
                rollouts: self.rollouts(&tenant)?,
            }),
            Verb::RolloutShow { tenant, rollout } => self.show_rollout(&tenant, &rollout),
            Verb::RolloutMove {
                tenant,
                rollout,
                r#move,
            } => self.move_order(&tenant, &rollout, r#move),
            Verb::RolloutPreview {
                tenant,
                rollout,
                requests,
            } => self.preview_order(&tenant, rollout, &requests),
            Verb::BreakerList { tenant } => self.list_breakers(&tenant),
            Verb::BreakerClose { tenant, policy } => self.close_order(&tenant, &policy),
            Verb::DataPut { tenant, documents } => self.put_documents(&tenant, documents),
            Verb::DataPatch {
                tenant,
                document,
                patch,
            } => match self.patch_data(&tenant, &document, patch.bytes()?) {
                Err(HostError::UnknownDocument { .. }) => Err(unknown_document(&tenant, &document)),
                patched => done(patched),
            },
            Verb::DataGet { tenant, document } => self.get_document(&tenant, &document),
            Verb::DataList { tenant } => Ok(Reply::Documents {
                documents: lines(&self.documents_of(&tenant)?),
            }),
            Verb::DataRemove { tenant, document } => self.remove_document(&tenant, &document),
            Verb::KeyringShow {} => self.show_keyring(),
            Verb::KeyringPreview { keyring, rollback } => {
                self.preview_trust(&keyring, rollback.as_ref())
            }
            Verb::KeyringUpdate { keyring, rollback } => {
                self.update_trust(&keyring, rollback.as_ref(), operator)
            }
            Verb::ClockAccept {} => {
                self.accept_clock(&operator.by)?;
                Ok(Reply::Done {})
            }
            Verb::Suspend { target, until_ms } => {
                let suspended = self.suspend(target, until_ms)?;
                Ok(Reply::Suspended(suspended.into()))
            }
            Verb::Unsuspend { target } => done(self.unsuspend(&target)),
            Verb::SuspensionList {} => {
                let all = self.suspensions().into_iter();
                let suspensions = all.map(SuspensionLine::from).collect();
                Ok(Reply::Suspensions { suspensions })
            }
            Verb::TokenIssue {
                grant,
                label,
                valid_s,
                priority,
            } => {
                let valid = Duration::from_secs(valid_s);
                let issued = self.issue_token_of(grant, priority, &label, valid)?;
                Ok(Reply::Token {
                    secret: Part::new(issued.secret),
                    token: line_of_token((issued.id, issued.grant)),
                })
            }
            Verb::TokenList {} => Ok(Reply::Tokens {
                tokens: self.tokens().into_iter().map(line_of_token).collect(),
            }),
            Verb::TokenRevoke { token } => done(self.revoke_token(&token)),
            Verb::RecordList { after } => {
                let RecordPage { lines, next } = self.records(after)?;
                let lines = Part::new(lines);
                Ok(Reply::Records { lines, next })
            }
            Verb::Status {} => Ok(Reply::Status(self.status())),
            Verb::Journal { after } => Ok(Reply::Journal {
                changes: self.journal_after(after, CHANGES_MAX)?,
            }),
        }
    }
}

fn done(done: Result<(), HostError>) -> Result<Reply, Refused> {
    done?;
    Ok(Reply::Done {})
}

// --- Tenants

impl Host {
    fn list_tenants(&self) -> Result<Reply, Refused> {
        let line = |tenant: TenantName| {
            // One that went meanwhile is no longer one.
            let bindings = self.bound(&tenant).ok()?.len();
            let documents = self.documents(&tenant).ok()?.len();
            Some(TenantLine {
                tenant,
                bindings,
                documents,
            })
        };
        let tenants = self.tenants().into_iter().filter_map(line).collect();
        Ok(Reply::Tenants { tenants })
    }

    fn show_tenant(&self, tenant: TenantName) -> Result<Reply, Refused> {
        let (settings, bound) = if tenant.is_base() {
            (None, self.bound_base())
        } else {
            (Some(self.tenant_settings(&tenant)?), self.bound(&tenant)?)
        };
        let documents = lines(&self.documents_of(&tenant)?);
        Ok(Reply::Tenant(TenantReport {
            tenant,
            settings: settings.map(SettingsReport::from),
            bindings: bound.iter().map(BoundReport::from).collect(),
            documents,
        }))
    }
}

// --- Bindings

impl Host {
    fn bind_order(&self, tenant: &TenantName, order: BindingOrder) -> Result<Reply, Refused> {
        let spec = order.into_spec()?;
        let bound = if tenant.is_base() {
            self.bind_base(spec)
        } else {
            self.bind(tenant, spec)
        };
        Ok(Reply::Bound(BoundReport::from(&bound?)))
    }

    fn unbind_for(&self, tenant: &TenantName, policy: &PolicyName) -> Result<(), HostError> {
        if tenant.is_base() {
            self.unbind_base(policy)
        } else {
            self.unbind(tenant, policy)
        }
    }
}

impl BindingOrder {
    /// What the library binds.
    ///
    /// # Errors
    /// A part is missing, or isn't what it must be.
    pub fn into_spec(self) -> Result<BindingSpec, Refused> {
        let limits = self.limits.checked();
        let limits = limits.map_err(|error| Refused::new(Turn::Caller, error))?;
        let spec = BindingSpec::new(fetched(self.artifact.into_bytes()?)?)
            .parameters(self.parameters)
            .limits(limits)
            .applies_when(self.conditions);
        match self.rollback {
            Some(rollback) => Ok(spec.rollback(signed_rollback(&rollback)?)),
            None => Ok(spec),
        }
    }

    /// Which policy the artifact says that it is.
    fn policy(&self) -> Result<PolicyName, Refused> {
        let fetched = fetched(self.artifact.bytes()?.to_vec())?;
        Ok(fetched.manifest().policy.clone())
    }
}

fn fetched(bytes: Vec<u8>) -> Result<Fetched, Refused> {
    let fetched = Fetched::parse(bytes, PART_BYTES_MAX as usize);
    fetched.map_err(|error| {
        let message = format!("the artifact is refused: {error}");
        Refused::new(Turn::Author, message)
    })
}

fn signed_rollback(part: &Part) -> Result<SignedRollback, Refused> {
    SignedRollback::parse(part.bytes()?).map_err(|error| Refused::new(Turn::Caller, error))
}

// --- Data

impl Host {
    fn documents_of(&self, tenant: &TenantName) -> Result<Documents, HostError> {
        if tenant.is_base() {
            Ok(self.base_documents())
        } else {
            self.documents(tenant)
        }
    }

    fn put_documents(
        &self,
        tenant: &TenantName,
        documents: BTreeMap<DocumentName, Part>,
    ) -> Result<Reply, Refused> {
        let texts = documents
            .iter()
            .map(|(name, part)| Ok((name.clone(), part.bytes()?)))
            .collect::<Result<Vec<_>, Refused>>()?;
        if !tenant.is_base() {
            return done(self.replace_data(tenant, texts));
        }
        match <[_; 1]>::try_from(texts) {
            Ok([(name, json)]) => done(self.put_base_data(name, json)),
            Err(texts) => {
                let count = texts.len();
                let message = format!(
                    "{count} documents are given for `base`, which takes one document at a time"
                );
                Err(Refused::new(Turn::Caller, message))
            }
        }
    }

    fn get_document(&self, tenant: &TenantName, name: &DocumentName) -> Result<Reply, Refused> {
        let document = self.document(tenant, name).map_err(|error| match error {
            HostError::UnknownDocument { .. } => unknown_document(tenant, name),
            error => error.into(),
        })?;
        Ok(Reply::Document {
            json: Part::new(document.to_json()),
        })
    }

    fn remove_document(&self, tenant: &TenantName, name: &DocumentName) -> Result<Reply, Refused> {
        match self.document(tenant, name) {
            Err(HostError::UnknownDocument { .. }) => return Err(unknown_document(tenant, name)),
            // One that could not be restored can be taken away like any other.
            Ok(_) | Err(HostError::MissingDocument { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        if tenant.is_base() {
            self.remove_base_data(name)?;
            return Ok(Reply::Done {});
        }
        done(self.remove_data(tenant, name))
    }
}

fn unknown_document(tenant: &TenantName, name: &DocumentName) -> Refused {
    let message = format!("`{tenant}` has no document `{name}`");
    Refused::new(Turn::Unknown, message).hint("`lictor data list` shows its documents")
}

fn lines(documents: &Documents) -> Vec<DocumentLine> {
    let line = |(name, document): (&DocumentName, &lictor_policy::Document)| DocumentLine {
        document: name.clone(),
        bytes: document.byte_len(),
    };
    documents.iter().map(line).collect()
}

// --- Tokens

fn line_of_token((id, grant): (String, TokenGrant)) -> TokenLine {
    TokenLine { id, grant }
}

// --- The host

impl Host {
    /// How the host is, for an operator.
    pub fn status(&self) -> HostStatus {
        let recall = self.recall_report();
        let jump = self.clock_jump().map(|jump| jump.to_string());
        let troubles = self.troubles().into_iter().map(|trouble| {
            // What to do about it, in the same line.
            trouble.to_string().replace("\nhint: ", "; ")
        });
        HostStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            contract: CONTRACT_VERSION.to_owned(),
            tenants: self.tenants().len(),
            keyring: self.keyring().map(|keyring| keyring.version()),
            suspensions: self.suspensions().len(),
            troubles: jump
                .into_iter()
                .chain(self.suspension_troubles())
                .chain(troubles)
                .chain(self.circuits_open())
                .collect(),
            recall: RecallLine::new(recall.counts, recall.bytes, recall.contradictions),
            records_lost: self.records_lost(),
        }
    }
}
