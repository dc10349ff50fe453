//! Looks up user and password, where a registry asks for them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use docker_credential::{CredentialRetrievalError, DockerCredential};

use super::settings::{Credentials, Secret};
use crate::registry::error::RegistryError;

/// The largest configuration that is read: Docker's have a few hundred bytes.
const CONFIG_BYTES_MAX: u64 = 1024 * 1024;

/// What there is to show to one registry.
#[derive(Clone, Debug)]
pub(super) enum Identity {
    Nobody,
    Password { user: String, password: Secret },
    Token(Secret),
}

impl Credentials {
    /// What is known for the registry at `authority`. Reads a file and may run a credential helper that it names, so it
    /// belongs on a thread that may wait.
    pub(super) fn look_up(&self, authority: &str) -> Result<Identity, RegistryError> {
        match self {
            Self::Anonymous => Ok(Identity::Nobody),
            Self::Password { user, password } => Ok(Identity::Password {
                user: user.clone(),
                password: password.clone(),
            }),
            Self::IdentityToken(token) => Ok(Identity::Token(token.clone())),
            Self::Docker { config } => docker(config, authority),
        }
    }
}

fn docker(config: &Path, authority: &str) -> Result<Identity, RegistryError> {
    let refuse = |reason: String| RegistryError::Credentials {
        path: config.to_owned(),
        reason,
    };
    let bytes = match read(config) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Identity::Nobody),
        Err(error) => return Err(refuse(error.to_string())),
    };
    match docker_credential::get_credential_from_reader(bytes.as_slice(), authority) {
        Ok(DockerCredential::IdentityToken(token)) => Ok(Identity::Token(Secret::new(token))),
        Ok(DockerCredential::UsernamePassword(user, password)) => Ok(Identity::Password {
            user,
            password: Secret::new(password),
        }),
        Err(error) if is_nothing(&error) => Ok(Identity::Nobody),
        Err(error) => Err(refuse(reason(&error))),
    }
}

fn read(config: &Path) -> io::Result<zeroize::Zeroizing<Vec<u8>>> {
    let file = File::open(config)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut bytes = zeroize::Zeroizing::new(Vec::new());
    file.take(CONFIG_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > CONFIG_BYTES_MAX {
        return Err(io::Error::other("it is too large"));
    }
    Ok(bytes)
}

/// Helpers say in words that they know nothing of a registry; these are the words of Docker's own.
fn is_nothing(error: &CredentialRetrievalError) -> bool {
    match error {
        CredentialRetrievalError::NoCredentialConfigured => true,
        CredentialRetrievalError::HelperFailure { stdout, .. } => {
            stdout.contains("credentials not found in native keychain")
        }
        _ => false,
    }
}

/// Without what a helper printed, which may be a secret.
fn reason(error: &CredentialRetrievalError) -> String {
    match error {
        CredentialRetrievalError::HelperFailure { helper, .. } => format!("`{helper}` failed"),
        CredentialRetrievalError::HelperCommunicationError => {
            "the credential helper that it names can't be run".to_owned()
        }
        CredentialRetrievalError::MalformedHelperResponse => {
            "the credential helper that it names answers something else".to_owned()
        }
        CredentialRetrievalError::ConfigReadError => "it is no Docker configuration".to_owned(),
        _ => "the entry for the registry can't be read".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn look_up(config: &str, authority: &str) -> Result<Identity, RegistryError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        fs::write(&path, config).unwrap();
        Credentials::Docker { config: path }.look_up(authority)
    }

    #[test]
    fn docker_knows() {
        // `user:pass` and `token` in Docker's own spelling.
        let config = r#"{"auths": {"registry.example:5000": {"auth": "dXNlcjpwYXNz"}, "other.example": {"identitytoken": "secret"}}}"#;
        let known = look_up(config, "registry.example:5000").unwrap();
        assert!(
            matches!(&known, Identity::Password { user, password } if user == "user" && password.expose() == "pass")
        );
        let token = look_up(config, "other.example").unwrap();
        assert!(matches!(&token, Identity::Token(token) if token.expose() == "secret"));
        assert!(!format!("{known:?} {token:?}").contains("pass\""));
        for stranger in ["registry.example", "registry.example:5001", "example"] {
            assert!(
                matches!(look_up(config, stranger), Ok(Identity::Nobody)),
                "{stranger}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_secrets() {
        let missing = Credentials::Docker {
            config: "/nonexistent/config.json".into(),
        };
        assert!(matches!(missing.look_up("h"), Ok(Identity::Nobody)));
        for (config, reason) in [
            ("{", "no Docker configuration"),
            (r#"{"auths": {"h": {"auth": "c2VjcmV0"}}}"#, "can't be read"),
            (r#"{"credHelpers": {"h": "of-nobody"}}"#, "can't be run"),
        ] {
            let error = look_up(config, "h").unwrap_err().to_string();
            assert!(
                error.contains(reason) && !error.contains("secret"),
                "{error}"
            );
        }
        let large = " ".repeat(1024 * 1024 + 1);
        assert!(
            look_up(&large, "h")
                .unwrap_err()
                .to_string()
                .contains("too large")
        );
    }
}
