//! How an OCI registry is talked to.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::registry::limits::RegistryLimits;

/// Everything that can be set about an OCI registry. The defaults are the safe ones.
#[derive(Clone, Debug, Default)]
pub struct OciSettings {
    /// Bounds of what is read.
    pub limits: RegistryLimits,
    /// Whether the connection is encrypted.
    pub encryption: Encryption,
    /// Who asks.
    pub credentials: Credentials,
    /// More authorities to trust than those of the system, as PEM certificates one after the other. Default none.
    pub roots_pem: Vec<u8>,
    /// Whether the environment's `HTTPS_PROXY`, `NO_PROXY` and so on count. Default no; never for this machine itself.
    pub environment_proxy: bool,
    /// What is done when a registry fails now and then.
    pub patience: Patience,
}

/// Whether the connection to a registry is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Encryption {
    /// TLS, except for a registry on this machine (`localhost`, `127.…`, `[::1]`), which is asked in plain HTTP.
    #[default]
    ExceptLoopback,
    /// TLS always.
    Always,
    /// Plain HTTP for this one registry, and credentials in the clear. Other hosts that it leads to still need TLS.
    Never,
}

/// How long and how often something is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The time for one push, pull or list as a whole. Default 120,000 ms.
    pub deadline_ms: u64,
    /// The time in which a connection must be made, and in which the next byte must come; what is sent takes
    /// its time besides. Default 10,000 ms.
    pub idle_ms: u64,
    /// How often in a row something may fail without any progress, the first time included. Default 5.
    pub tries_max: u32,
    /// The pause after the first failure; each further one is twice as long. Default 200 ms.
    pub pause_ms: u64,
    /// The longest pause, also where a registry asks for a longer one. Default 5,000 ms.
    pub pause_ms_max: u64,
    /// Where the pauses' jitter begins: each is between half of its length and all of it. Hosts that ask one registry
    /// should differ here. Default 0.
    pub jitter_seed: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            deadline_ms: 120_000,
            idle_ms: 10_000,
            tries_max: 5,
            pause_ms: 200,
            pause_ms_max: 5_000,
            jitter_seed: 0,
        }
    }
}

/// Where user and password come from. They are sent only when a registry asks for them, and only to it or to the token
/// service that it names, never to where it redirects.
#[derive(Clone, Debug, Default)]
pub enum Credentials {
    /// There are none.
    #[default]
    Anonymous,
    /// Docker's `config.json`, with the credential helpers that it names. A file that is not there, or knows nothing of
    /// the registry, means none.
    Docker {
        /// The file.
        config: PathBuf,
    },
    /// A user and password.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A token that is exchanged for others, as `docker login` stores it for some registries.
    IdentityToken(Secret),
}

impl Credentials {
    /// Where Docker keeps its configuration, according to the environment variables that `variable` knows.
    pub fn docker_config(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
        let folder = variable("DOCKER_CONFIG").map(PathBuf::from).or_else(|| {
            let home = variable("HOME").or_else(|| variable("USERPROFILE"))?;
            Some(PathBuf::from(home).join(".docker"))
        });
        folder.map(|folder| folder.join("config.json"))
    }
}

/// A text that nobody may see: `Debug` redacts it, and dropping it wipes it.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Keeps a text.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let password = Credentials::Password {
            user: "someone".to_owned(),
            password: Secret::new("hunter2".to_owned()),
        };
        let token = Credentials::IdentityToken(Secret::new("hunter2".to_owned()));
        let settings = OciSettings {
            credentials: password.clone(),
            ..OciSettings::default()
        };
        let shown = format!("{password:?} {token:?} {settings:?}");
        assert!(
            shown.contains("someone") && !shown.contains("hunter2"),
            "{shown}"
        );
    }

    #[test]
    fn docker_keeps_its_configuration_in_one_of_two_places() {
        let path = |known: &[(&str, &str)]| {
            Credentials::docker_config(|name| {
                let value = known.iter().find(|(known, _)| *known == name)?.1;
                Some(value.into())
            })
        };
        assert_eq!(path(&[]), None);
        assert_eq!(
            path(&[("HOME", "/h")]),
            Some("/h/.docker/config.json".into())
        );
        let both = path(&[("HOME", "/h"), ("DOCKER_CONFIG", "/d")]);
        assert_eq!(both, Some("/d/config.json".into()));
    }
}
