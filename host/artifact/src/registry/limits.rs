//! What a registry may make this process read.

/// Bounds of what is read and written, the same for every registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryLimits {
    /// The largest file, in bytes. Default 32 MiB: a policy with a language runtime inside has a few.
    pub artifact_bytes_max: u64,
    /// The largest image manifest, and the largest config, in bytes. Default 64 KiB: Lictor's own have 500.
    pub manifest_bytes_max: u64,
    /// The most versions of one name. Default 10,000.
    pub versions_max: usize,
    /// The largest list of versions, in bytes: a directory's index, or one page of an OCI registry. Default 4 MiB.
    pub list_bytes_max: u64,
}

impl Default for RegistryLimits {
    fn default() -> Self {
        Self {
            artifact_bytes_max: 32 * 1024 * 1024,
            manifest_bytes_max: 64 * 1024,
            versions_max: 10_000,
            list_bytes_max: 4 * 1024 * 1024,
        }
    }
}
