//! What is kept of a verified file: all that a newer keyring needs to judge it again, and none of its bytes.

use lictor_policy::{Digest, PolicyName, TenantName, Version};
use serde::{Deserialize, Serialize};

use crate::{KeyId, Keyring, VerifyError};

/// What was admitted for a tenant, and who had signed it. Small enough to be kept for each of ten thousand tenants, also over a
/// restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admitted {
    pub(crate) tenant: TenantName,
    pub(crate) policy: PolicyName,
    pub(crate) version: Version,
    pub(crate) artifact: Digest,
    pub(crate) component: Digest,
    pub(crate) keys: Vec<KeyId>,
}

impl Admitted {
    /// The tenant that it was verified for.
    pub fn tenant(&self) -> &TenantName {
        &self.tenant
    }

    /// Which policy it is.
    pub fn policy(&self) -> &PolicyName {
        &self.policy
    }

    /// Its version.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// What names the artifact: the digest of its statement.
    pub fn artifact(&self) -> Digest {
        self.artifact
    }

    /// The BLAKE3 digest of the component's bytes.
    pub fn component_digest(&self) -> Digest {
        self.component
    }

    /// The keys whose signatures are good, whether they counted or not: a newer keyring may see that otherwise.
    pub fn keys(&self) -> &[KeyId] {
        &self.keys
    }
}

impl AsRef<Admitted> for Admitted {
    fn as_ref(&self) -> &Admitted {
        self
    }
}

impl Keyring {
    /// Whether what was admitted may go on running: nothing of it is revoked, and those who signed it are still trusted.
    ///
    /// Time plays no part. A key that was taken out of the keyring signs no more; to retire one without stopping what it signed,
    /// let it expire.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn recheck(&self, admitted: &impl AsRef<Admitted>) -> Result<(), VerifyError> {
        let admitted = admitted.as_ref();
        self.check_digests(admitted.artifact, admitted.component)?;
        let (tenant, policy) = (&admitted.tenant, &admitted.policy);
        let tally =
            self.tally_checked(&admitted.keys, |key| key.standing_for(tenant, policy, None));
        self.judge(tally, tenant, policy).map(|_| ())
    }
}
