//! The audit log: one record for each request that was decided.
//!
//! A record is a line of JSON (JSON Lines). `FORMAT.md` in the folder of this module says what each member means; a golden
//! file in the tests holds it in place. What a record may show of a request is the operator's to say, by rules.

mod hidden;
mod line;
mod pages;
mod places;
mod redact;
mod sink;

use lictor_policy::{Request, TenantName};

pub(crate) use hidden::Hidden;
pub use pages::{RecordError, RecordPage};
pub(crate) use redact::{MASK, Shown};
pub use redact::{Redact, Redaction, RedactionRule};
pub use sink::{Sink, WhenFull};

use crate::outcome::Outcome;
use crate::tenant::Tenant;

/// One entry of the audit log.
#[derive(Clone, Debug)]
pub struct Record {
    /// Whose request it was.
    pub tenant: TenantName,
    /// The request. What a line shows of it, the redaction rules say.
    pub request: Request,
    /// The time of the request in milliseconds since 1970-01-01T00:00:00Z.
    pub unix_ms: u64,
    /// What came of it, with what the base layer asked.
    pub outcome: Outcome,
}

impl Record {
    pub(crate) fn new(tenant: &Tenant, request: &Request, unix_ms: u64, outcome: &Outcome) -> Self {
        Self {
            tenant: tenant.name.clone(),
            request: request.clone(),
            unix_ms,
            outcome: outcome.clone(),
        }
    }

    /// The record as one line of JSON, without the line break. `lost` is how many records before it were lost.
    pub fn to_json(&self, redaction: &Redaction, lost: u64) -> String {
        let line = line::Line::new(self, redaction, lost);
        serde_json::to_string(&line).expect("a record has only texts and numbers")
    }
}
