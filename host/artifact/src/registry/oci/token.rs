//! What a registry wants to be shown after a 401: user and password, or a token from the service that it names.
//!
//! Follows the token authentication of the distribution project and its OAuth2 variant for identity tokens.

use http_auth::parser::ChallengeParser;
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use reqwest::{RequestBuilder, Url};
use serde::Deserialize;

use super::credentials::Identity;
use super::settings::Secret;
use crate::registry::error::RegistryError;

/// The largest answer of a token service, in bytes.
pub(super) const TOKEN_BYTES_MAX: u64 = 64 * 1024;

/// What is shown to the registry.
#[derive(Clone, Debug)]
pub(super) enum Pass {
    Password { user: String, password: Secret },
    Bearer(Secret),
}

impl Pass {
    pub fn show(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::Password { user, password } => request.basic_auth(user, Some(password.expose())),
            Self::Bearer(token) => request.bearer_auth(token.expose()),
        }
    }
}

/// What a registry asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    Password,
    Token {
        realm: String,
        service: Option<String>,
    },
}

impl Challenge {
    /// The best of the challenges in an answer that can be met.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let texts = headers.get_all(WWW_AUTHENTICATE).into_iter();
        let mut challenges: Vec<_> = texts
            .filter_map(|text| text.to_str().ok())
            .flat_map(|text| {
                ChallengeParser::new(text)
                    .filter_map(Result::ok)
                    .map(|it| read(&it))
            })
            .flatten()
            .collect();
        let token = challenges
            .iter()
            .position(|it| matches!(it, Self::Token { .. }));
        let best = token.unwrap_or(0);
        (best < challenges.len()).then(|| challenges.swap_remove(best))
    }
}

fn read(challenge: &http_auth::ChallengeRef<'_>) -> Option<Challenge> {
    if challenge.scheme.eq_ignore_ascii_case("Basic") {
        return Some(Challenge::Password);
    }
    if !challenge.scheme.eq_ignore_ascii_case("Bearer") {
        return None;
    }
    let parameter = |name: &str| {
        let found = challenge
            .params
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_unescaped())
    };
    Some(Challenge::Token {
        realm: parameter("realm")?,
        service: parameter("service"),
    })
}

/// What is asked of a token service.
pub(super) fn token_request(
    client: &reqwest::Client,
    realm: Url,
    service: Option<&str>,
    scope: &str,
    identity: &Identity,
) -> RequestBuilder {
    let mut fields = vec![("scope", scope)];
    fields.extend(service.map(|service| ("service", service)));
    match identity {
        Identity::Nobody => client.get(with_query(realm, &fields)),
        Identity::Password { user, password } => client
            .get(with_query(realm, &fields))
            .basic_auth(user, Some(password.expose())),
        Identity::Token(token) => {
            fields.extend([
                ("grant_type", "refresh_token"),
                ("client_id", "lictor"),
                ("refresh_token", token.expose()),
            ]);
            // The body is what a query would be, without its question mark.
            let mut form = realm.clone();
            form.set_query(None);
            let form = with_query(form, &fields)
                .query()
                .unwrap_or_default()
                .to_owned();
            client
                .post(realm)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(form)
        }
    }
}

fn with_query(mut url: Url, fields: &[(&str, &str)]) -> Url {
    url.query_pairs_mut().extend_pairs(fields);
    url
}

/// The token in a service's answer.
pub(super) fn parse_token(body: &[u8]) -> Result<Secret, RegistryError> {
    #[derive(Deserialize)]
    struct Answer {
        token: Option<String>,
        access_token: Option<String>,
    }
    let refuse = |reason: &str| RegistryError::Token(reason.to_owned());
    let answer: Answer =
        serde_json::from_slice(body).map_err(|_| refuse("its answer is no JSON object"))?;
    let token = answer
        .token
        .or(answer.access_token)
        .filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| refuse("its answer holds no token"))?;
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refuse("its token has characters that no token has"));
    }
    Ok(Secret::new(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(texts: &[&str]) -> Option<Challenge> {
        let mut headers = HeaderMap::new();
        for text in texts {
            headers.append(WWW_AUTHENTICATE, text.parse().unwrap());
        }
        Challenge::of(&headers)
    }

    #[test]
    fn a_token_is_preferred() {
        let token = Challenge::Token {
            realm: "https://auth.example/token".to_owned(),
            service: Some("registry, \"the\"".to_owned()),
        };
        let bearer =
            r#"bearer realm="https://auth.example/token",service="registry, \"the\"",scope="x""#;
        assert_eq!(
            challenge(&[r#"Basic realm="x""#, bearer]),
            Some(token.clone())
        );
        assert_eq!(
            challenge(&[&format!(r#"{bearer}, Basic realm="x""#)]),
            Some(token)
        );
        assert_eq!(
            challenge(&[r#"Basic realm="x""#]),
            Some(Challenge::Password)
        );
        for unmet in [&[][..], &["Negotiate"], &["Bearer service=\"x\""], &[",,="]] {
            assert_eq!(challenge(unmet), None, "{unmet:?}");
        }
    }

    #[test]
    fn a_token_is_one_word() {
        for (body, token) in [
            (r#"{"token": "abc"}"#, Some("abc")),
            (r#"{"access_token": "abc", "expires_in": 300}"#, Some("abc")),
            ("[]", None),
            ("{}", None),
            (r#"{"token": ""}"#, None),
            (r#"{"token": "a\r\nX-Header: b"}"#, None),
        ] {
            let parsed = parse_token(body.as_bytes()).ok();
            assert_eq!(parsed.as_ref().map(Secret::expose), token, "{body}");
        }
    }

    #[test]
    fn a_service_is_asked_in_one_of_two_ways() {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(
                rustls::ClientConfig::builder_with_provider(std::sync::Arc::new(
                    rustls::crypto::ring::default_provider(),
                ))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth(),
            )
            .build()
            .unwrap();
        let realm = || Url::parse("https://auth.example/token?a=b").unwrap();
        let get = token_request(
            &client,
            realm(),
            Some("s&t"),
            "repository:x:pull",
            &Identity::Nobody,
        );
        let get = get.build().unwrap();
        let query = "a=b&scope=repository%3Ax%3Apull&service=s%26t";
        assert_eq!(get.url().query(), Some(query));
        let token = Identity::Token(Secret::new("secret".to_owned()));
        let post = token_request(&client, realm(), None, "x", &token)
            .build()
            .unwrap();
        assert_eq!(post.url().query(), Some("a=b"));
        let body = String::from_utf8(post.body().unwrap().as_bytes().unwrap().to_vec()).unwrap();
        assert_eq!(
            body,
            "scope=x&grant_type=refresh_token&client_id=lictor&refresh_token=secret"
        );
    }
}
