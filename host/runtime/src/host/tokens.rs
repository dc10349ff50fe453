//! The tokens by which others than the host's own user speak to it.
//!
//! A token is handed out once and known again by a hash; its secret is nowhere else. Must never tell a wrong token from one
//! that was revoked, or from one of somebody else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lictor_policy::{Digest, Priority, TenantName};
use lictor_state::{Change, KeptToken, StateError, Store};
use serde::{Deserialize, Serialize};

use super::Host;
use crate::error::HostError;
use crate::operate::Role;

/// The most tokens that are good at once.
pub const TOKENS_MAX: usize = 10_000;
/// The longest time for which a token is good.
pub const TOKEN_VALID_MAX: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// The most bytes of what a token is for.
const LABEL_BYTES_MAX: usize = 128;
/// What each begins with, so that people and scanners see what it is.
const PREFIX: &str = "lictor_";
/// The hexadecimal digits of an id.
const ID_DIGITS: usize = 16;
/// What the hash is for, so that it is no hash of anything else.
const CONTEXT: &str = "lictor 2026-11-21 the secret of a token";

/// Tokens, by their ids. A change copies the map, and shares what is in it.
pub(crate) type Tokens = BTreeMap<Arc<str>, Arc<Token>>;

/// A token that is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    secret: Digest,
    grant: TokenGrant,
}

/// What a token is good for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenGrant {
    /// What may be done with it.
    pub role: Role,
    /// Until when, in milliseconds since 1970.
    pub until_ms: u64,
    /// What it is for, in the words of who had it made.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Who had it made.
    pub by: String,
    /// How much its requests matter.
    #[serde(default, skip_serializing_if = "is_normal")]
    pub priority: Priority,
}

fn is_normal(priority: &Priority) -> bool {
    *priority == Priority::Normal
}

/// A token that was just made. Nobody can be told its secret again.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedToken {
    /// What names it.
    pub id: String,
    /// What it is good for.
    pub grant: TokenGrant,
    /// The token itself: what its bearer shows.
    pub secret: String,
}

impl std::fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IssuedToken({})", self.id)
    }
}

impl Host {
    /// Makes a token that is good for so long, and whose requests matter as usual.
    ///
    /// # Errors
    /// Its tenant is unknown, it would be good for too long or for no time, there are too many, or it can't be written down.
    pub fn issue_token(
        &self,
        role: Role,
        label: &str,
        valid: Duration,
    ) -> Result<IssuedToken, HostError> {
        self.issue_token_of(role, Priority::Normal, label, valid)
    }

    /// Makes a token whose requests matter so much.
    ///
    /// # Errors
    /// As for [`Host::issue_token`].
    pub fn issue_token_of(
        &self,
        role: Role,
        priority: Priority,
        label: &str,
        valid: Duration,
    ) -> Result<IssuedToken, HostError> {
        if let Role::Tenant { tenant } = &role {
            self.tenant(tenant)?;
        }
        check(label, valid)?;
        let mut control = self.control();
        let now_ms = self.state.clock.unix_ms();
        let mut tokens = Tokens::clone(&self.state.tokens.load());
        let gone: Vec<String> = take_expired(&mut tokens, now_ms);
        if tokens.len() >= TOKENS_MAX {
            return Err(HostError::TooManyTokens { max: TOKENS_MAX });
        }
        let (id, secret) = self.draw();
        let (by, _) = self.actor();
        let grant = TokenGrant {
            role,
            until_ms: now_ms.saturating_add(u64::try_from(valid.as_millis()).unwrap_or(u64::MAX)),
            label: label.to_owned(),
            by: by.to_owned(),
            priority,
        };
        let token = Token {
            secret: hash(&secret),
            grant: grant.clone(),
        };
        let what = format!("hand out the token {id} to {}", grant.role);
        let change = self.begin(&mut control, what).put(&kept(&id, &token));
        let change = gone.into_iter().fold(change, Change::remove::<KeptToken>);
        Self::journal(&mut control, change)?;
        tokens.insert(id.as_str().into(), token.into());
        self.state.tokens.store(tokens.into());
        Ok(IssuedToken {
            secret: format!("{PREFIX}{id}_{secret}"),
            id,
            grant,
        })
    }

    /// Refuses a token from now on, and then writes it down.
    ///
    /// # Errors
    /// There is no such token, or it can't be written down: it is refused all the same then, until the host is started again.
    pub fn revoke_token(&self, id: &str) -> Result<(), HostError> {
        let mut control = self.control();
        let mut tokens = Tokens::clone(&self.state.tokens.load());
        let now_ms = self.state.clock.unix_ms();
        let good = tokens.get(id).filter(|it| it.is_good(now_ms));
        let Some(spent) = good.map(|it| it.spent()) else {
            return Err(HostError::UnknownToken { id: id.to_owned() });
        };
        let change = self.begin(&mut control, format!("revoke the token {id}"));
        let change = change.put(&kept(id, &spent));
        tokens.insert(id.into(), spent.into());
        self.state.tokens.store(tokens.into());
        Ok(Self::journal(&mut control, change)?)
    }

    /// Whether a token was ever handed out, whatever became of it.
    pub fn has_issued_tokens(&self) -> bool {
        !self.state.tokens.load().is_empty()
    }

    /// The tokens that are good, by id.
    pub fn tokens(&self) -> Vec<(String, TokenGrant)> {
        let now_ms = self.state.clock.unix_ms();
        let tokens = self.state.tokens.load();
        let good = tokens.iter().filter(|(_, it)| it.is_good(now_ms));
        good.map(|(id, it)| (id.to_string(), it.grant.clone()))
            .collect()
    }

    /// What may be done by whoever shows this; nothing where it is no token that is good.
    pub fn role_of(&self, shown: &str) -> Option<Role> {
        Some(self.token_of(shown)?.1.role)
    }

    /// The id of the token that is shown, and what it is good for; nothing where it is no token that is good.
    pub fn token_of(&self, shown: &str) -> Option<(String, TokenGrant)> {
        let (id, secret) = shown.strip_prefix(PREFIX)?.split_once('_')?;
        let tokens = self.state.tokens.load();
        let token = tokens.get(id)?;
        // Hashes of 32 bytes are compared in constant time; the id is no secret.
        let is_it = blake3::Hash::from_bytes(*token.secret.as_bytes())
            == blake3::Hash::from_bytes(*hash(secret).as_bytes());
        let is_good = is_it && token.is_good(self.state.clock.unix_ms());
        is_good.then(|| (id.to_owned(), token.grant.clone()))
    }

    /// An id that no token has, and a secret that nobody can guess.
    fn draw(&self) -> (String, String) {
        let ids = &self.state.ids;
        let id: String = ids.next().to_string().chars().take(ID_DIGITS).collect();
        let secret = blake3::Hash::from_bytes(ids.salt()).to_hex().to_string();
        (id, secret)
    }

    /// The tokens of a tenant that goes are refused.
    pub(super) fn tokens_without(&self, gone: &TenantName) -> (Tokens, Vec<KeptToken>) {
        let mut tokens = Tokens::clone(&self.state.tokens.load());
        let of_gone =
            |token: &Token| matches!(&token.grant.role, Role::Tenant { tenant } if tenant == gone);
        let mut changed = Vec::new();
        for (id, token) in &mut tokens {
            if of_gone(token) {
                *token = token.spent().into();
                changed.push(kept(id, token));
            }
        }
        (tokens, changed)
    }
}

impl Token {
    fn is_good(&self, now_ms: u64) -> bool {
        now_ms < self.grant.until_ms
    }

    /// The same, good no more. It stays until another one is made, so that it is known that there was one.
    fn spent(&self) -> Self {
        let mut spent = self.clone();
        spent.grant.until_ms = 0;
        spent
    }
}

fn check(label: &str, valid: Duration) -> Result<(), HostError> {
    if label.len() > LABEL_BYTES_MAX || label.chars().any(char::is_control) {
        return Err(HostError::TokenLabel {
            bytes_max: LABEL_BYTES_MAX,
        });
    }
    if valid.is_zero() || valid > TOKEN_VALID_MAX {
        return Err(HostError::TokenValidity {
            days_max: TOKEN_VALID_MAX.as_secs() / (24 * 60 * 60),
        });
    }
    Ok(())
}

/// Takes out what isn't good any more.
fn take_expired(tokens: &mut Tokens, now_ms: u64) -> Vec<String> {
    let expired = tokens.iter().filter(|(_, it)| !it.is_good(now_ms));
    let ids: Vec<String> = expired.map(|(id, _)| id.to_string()).collect();
    tokens.retain(|_, it| it.is_good(now_ms));
    ids
}

fn hash(secret: &str) -> Digest {
    Digest::from(blake3::Hash::from_bytes(blake3::derive_key(
        CONTEXT,
        secret.as_bytes(),
    )))
}

fn kept(id: &str, token: &Token) -> KeptToken {
    let grant = serde_json::to_value(&token.grant).unwrap_or_default();
    KeptToken {
        id: id.to_owned(),
        secret: token.secret,
        grant: grant.as_object().cloned().unwrap_or_default(),
    }
}

/// The tokens that a store keeps. One that can't be understood is good for nothing.
pub(super) fn restored(store: &Store) -> Result<Tokens, StateError> {
    let each = store.each::<KeptToken>()?.into_iter();
    let understood = each.filter_map(|(id, kept)| {
        let kept = kept.ok()?;
        let grant = serde_json::from_value(kept.grant.into()).ok()?;
        let secret = kept.secret;
        Some((id.into(), Token { secret, grant }.into()))
    });
    Ok(understood.collect())
}
