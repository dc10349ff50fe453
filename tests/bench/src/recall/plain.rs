//! The plain alternative to recalling: the whole request as canonical JSON, hashed, and one lookup.

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::sync::Arc;

use lictor::{Decision, Digest, Host, Request, TenantName};

/// Decisions by the hash of the tenant and the whole request.
pub struct Plain {
    tenant: TenantName,
    decisions: HashMap<Digest, Arc<Decision>>,
}

impl Plain {
    /// With the decisions of all these requests in it.
    pub fn filled(host: &Host, tenant: &TenantName, requests: &[Request]) -> anyhow::Result<Self> {
        let mut plain = Self::new(tenant);
        for request in requests {
            let decision = host.evaluate(tenant, request)?.decision;
            plain.decisions.insert(plain.key(request), decision);
        }
        Ok(plain)
    }

    /// Without decisions.
    pub fn new(tenant: &TenantName) -> Self {
        Self {
            tenant: tenant.clone(),
            decisions: HashMap::new(),
        }
    }

    /// The decision about an equal request.
    pub fn find(&self, request: &Request) -> Option<Arc<Decision>> {
        self.decisions.get(&self.key(request)).cloned()
    }

    /// Remembers a decision.
    pub fn put(&mut self, request: &Request, decision: Arc<Decision>) {
        self.decisions.insert(self.key(request), decision);
    }

    fn key(&self, request: &Request) -> Digest {
        let mut hashed = Hashed(blake3::Hasher::new());
        hashed.0.update(self.tenant.as_str().as_bytes());
        // A hasher takes everything.
        let _ = request.document().write_json(&mut hashed);
        hashed.0.finalize().into()
    }
}

struct Hashed(blake3::Hasher);

impl Write for Hashed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}
