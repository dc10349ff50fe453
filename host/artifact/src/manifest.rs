//! What the signature covers besides the bytes. Must never name anything that depends on where or when a host runs.

use std::collections::BTreeSet;

use lictor_policy::{Document, LimitError, Limits, PolicyName, Version};
use serde::{Deserialize, Serialize};

use crate::{ParameterSchema, UnixMs, Violation, WantedLimits};

/// The most imports that a manifest may allow.
pub const IMPORTS_MAX: usize = 64;
/// The most bytes of an import's name.
pub const IMPORT_BYTES_MAX: usize = 128;
/// The most bytes of a version, its pre-release and build parts with it.
pub const VERSION_BYTES_MAX: usize = 64;

/// What the author of an artifact says about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The policy that this is a version of.
    pub policy: PolicyName,
    /// Its version; which of two is higher follows Semantic Versioning 2.0.0.
    pub version: Version,
    /// The version of the contract (`lictor:policy`) that it was built for.
    pub contract: Version,
    /// The interfaces that the component may import, by their full names: `lictor:policy/request@0.1.0`.
    pub imports: BTreeSet<String>,
    /// The limits that it asks for; what is left out is the host's default.
    #[serde(default, skip_serializing_if = "WantedLimits::is_empty")]
    pub limits: WantedLimits,
    /// The JSON Schema that a binding's parameters must meet; none accepts all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<ParameterSchema>,
    /// When a host may begin to use it.
    #[serde(default, skip_serializing_if = "Validity::is_always")]
    pub validity: Validity,
}

/// A window of time; open on both sides by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Validity {
    /// The first moment inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before_unix_ms: Option<UnixMs>,
    /// The last moment inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_after_unix_ms: Option<UnixMs>,
}

/// Why a manifest is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Too many imports.
    #[error("a manifest may allow {IMPORTS_MAX} imports at most, this one allows {0}")]
    TooManyImports(usize),
    /// An import whose name is empty, too long or not printable.
    #[error(
        "`{0}` is no name of an import: 1 to {IMPORT_BYTES_MAX} printable characters without white space"
    )]
    ImportName(String),
    /// A version that is too long.
    #[error("a version may have {VERSION_BYTES_MAX} bytes at most, `{0}` has more")]
    VersionTooLong(String),
    /// A limit that no host can grant.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// A window that ends before it begins.
    #[error("the validity ends ({not_after}) before it begins ({not_before})")]
    Validity {
        /// Where it begins.
        not_before: UnixMs,
        /// Where it ends.
        not_after: UnixMs,
    },
}

/// A component imports what its manifest doesn't allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the component imports `{import}`, which its manifest doesn't allow")]
pub struct ImportError {
    /// The import.
    pub import: String,
}

impl Manifest {
    /// A manifest that allows no imports, asks for no limits, takes any parameters and is always valid.
    pub fn new(policy: PolicyName, version: Version, contract: Version) -> Self {
        Self {
            policy,
            version,
            contract,
            imports: BTreeSet::new(),
            limits: WantedLimits::default(),
            parameters: None,
            validity: Validity::default(),
        }
    }

    /// Checks what the types leave open. Signing and reading a file do this.
    ///
    /// # Errors
    /// The first member that is out of bounds.
    pub fn check(&self) -> Result<(), ManifestError> {
        for version in [&self.version, &self.contract] {
            let text = version.to_string();
            if text.len() > VERSION_BYTES_MAX {
                let start = text.chars().take(VERSION_BYTES_MAX).collect();
                return Err(ManifestError::VersionTooLong(start));
            }
        }
        if self.imports.len() > IMPORTS_MAX {
            return Err(ManifestError::TooManyImports(self.imports.len()));
        }
        for import in &self.imports {
            let printable = import.bytes().all(|byte| byte.is_ascii_graphic());
            if import.is_empty() || import.len() > IMPORT_BYTES_MAX || !printable {
                let start = import.chars().take(IMPORT_BYTES_MAX).collect();
                return Err(ManifestError::ImportName(start));
            }
        }
        // INVARIANT: whatever base a host has, what is asked for alone can be granted.
        self.limits.over(Limits::default())?;
        self.validity.check()
    }

    /// Whether the manifest allows all of a component's imports.
    ///
    /// # Errors
    /// The first import that it doesn't allow.
    pub fn check_imports<'a>(
        &self,
        imports: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), ImportError> {
        match imports
            .into_iter()
            .find(|import| !self.imports.contains(*import))
        {
            None => Ok(()),
            Some(import) => Err(ImportError {
                import: import.to_owned(),
            }),
        }
    }

    /// Whether parameters meet the manifest's schema, before the policy's own `check` sees them.
    ///
    /// # Errors
    /// The first [`crate::VIOLATIONS_MAX`] violations.
    pub fn check_parameters(&self, parameters: &Document) -> Result<(), Vec<Violation>> {
        match &self.parameters {
            None => Ok(()),
            Some(schema) => schema.check(parameters),
        }
    }
}

impl Validity {
    /// Whether the window is open on both sides.
    pub fn is_always(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a moment lies before the window; gives where the window begins.
    pub fn begins_after(&self, now: UnixMs) -> Option<UnixMs> {
        self.not_before_unix_ms.filter(|start| now < *start)
    }

    /// Whether a moment lies behind the window; gives where the window ended.
    pub fn ended_before(&self, now: UnixMs) -> Option<UnixMs> {
        self.not_after_unix_ms.filter(|end| now > *end)
    }

    pub(crate) fn check(&self) -> Result<(), ManifestError> {
        match (self.not_before_unix_ms, self.not_after_unix_ms) {
            (Some(not_before), Some(not_after)) if not_after < not_before => {
                Err(ManifestError::Validity {
                    not_before,
                    not_after,
                })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest::new(
            "spend-limit".parse().unwrap(),
            Version::new(1, 2, 3),
            Version::new(0, 1, 0),
        )
    }

    #[test]
    fn the_least_manifest_is_short() {
        let text = serde_json::to_string(&manifest()).unwrap();
        assert_eq!(
            text,
            r#"{"policy":"spend-limit","version":"1.2.3","contract":"0.1.0","imports":[]}"#
        );
        assert_eq!(serde_json::from_str::<Manifest>(&text).unwrap(), manifest());
        assert_eq!(manifest().check(), Ok(()));
    }

    #[test]
    fn each_member_has_bounds() {
        let refused = |edit: &dyn Fn(&mut Manifest)| {
            let mut edited = manifest();
            edit(&mut edited);
            edited.check().unwrap_err()
        };
        assert!(matches!(
            refused(&|m| m.imports = (0..65).map(|i| format!("a:b/c{i}")).collect()),
            ManifestError::TooManyImports(65)
        ));
        for name in ["", "a b", "a\n", "ä", &"x".repeat(129)] {
            assert!(matches!(
                refused(&|m| m.imports = [name.to_owned()].into()),
                ManifestError::ImportName(_)
            ));
        }
        assert!(matches!(
            refused(&|m| m.version = format!("1.0.0-{}", "x".repeat(64)).parse().unwrap()),
            ManifestError::VersionTooLong(_)
        ));
        assert!(matches!(
            refused(&|m| m.limits.memory_bytes = Some(1 << 40)),
            ManifestError::Limit(_)
        ));
        assert!(matches!(
            refused(&|m| m.validity = Validity {
                not_before_unix_ms: Some(UnixMs(2)),
                not_after_unix_ms: Some(UnixMs(1)),
            }),
            ManifestError::Validity { .. }
        ));
    }

    #[test]
    fn imports_beyond_the_manifest_are_named() {
        let mut manifest = manifest();
        manifest.imports = ["a:b/c@1.0.0".to_owned()].into();
        assert_eq!(manifest.check_imports(["a:b/c@1.0.0"]), Ok(()));
        assert_eq!(manifest.check_imports([]), Ok(()));
        let error = manifest
            .check_imports(["a:b/c@1.0.0", "a:b/c@1.0.1"])
            .unwrap_err();
        assert_eq!(error.import, "a:b/c@1.0.1");
    }

    #[test]
    fn both_ends_of_a_window_lie_inside() {
        let window = Validity {
            not_before_unix_ms: Some(UnixMs(5)),
            not_after_unix_ms: Some(UnixMs(7)),
        };
        let state = |now| {
            (
                window.begins_after(UnixMs(now)).is_some(),
                window.ended_before(UnixMs(now)).is_some(),
            )
        };
        assert_eq!(state(4), (true, false));
        assert_eq!(state(5), (false, false));
        assert_eq!(state(7), (false, false));
        assert_eq!(state(8), (false, true));
    }
}
