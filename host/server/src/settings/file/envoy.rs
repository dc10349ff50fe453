//! The part of a file that is about gateways' routes.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::HeaderName;
use serde::Deserialize;
use toml::Spanned;

use super::Reader;
use crate::settings::{EntityMapping, EnvoyRoute, Mapping, Origins, Paths};

/// The longest name of a route.
const NAME_BYTES_MAX: usize = 64;
/// Headers that hold a message together, or that steer the gateway itself: no policy may touch them.
const FRAMING: [&str; 14] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-request-id",
];
const STEERING: [&str; 2] = ["x-envoy-", "lictor-"];

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Envoy {
    route: Vec<Route>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Route {
    name: Spanned<String>,
    tenant: Spanned<String>,
    priority: Option<Spanned<String>>,
    paths: Option<Spanned<String>>,
    #[serde(default)]
    own_headers: Vec<Spanned<String>>,
    #[serde(default)]
    changed_headers: Vec<Spanned<String>>,
    #[serde(default)]
    response_headers: Vec<Spanned<String>>,
    review_status: Option<Spanned<u16>>,
    #[serde(default)]
    subject: Entity,
    #[serde(default)]
    action: Action,
    #[serde(default)]
    resource: Entity,
    context: Option<BTreeMap<String, Spanned<Places>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Entity {
    r#type: Option<Spanned<Places>>,
    id: Option<Spanned<Places>>,
    properties: BTreeMap<String, Spanned<Places>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Action {
    name: Option<Spanned<Places>>,
    properties: BTreeMap<String, Spanned<Places>>,
}

/// Where a value is looked for: in one place, or in several one after another.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a text or a list of texts is needed here")]
enum Places {
    One(String),
    Several(Vec<String>),
}

impl Places {
    fn texts(&self) -> &[String] {
        match self {
            Places::One(text) => std::slice::from_ref(text),
            Places::Several(texts) => texts,
        }
    }
}

impl Reader<'_> {
    pub(super) fn envoy(&mut self, file: &Envoy) -> Vec<Arc<EnvoyRoute>> {
        let mut routes: Vec<Arc<EnvoyRoute>> = Vec::new();
        for written in &file.route {
            let Some(route) = self.route(written) else {
                continue;
            };
            if routes.iter().any(|it| it.name == route.name) {
                self.refuse(&written.name, format!("there are two `{}`", route.name));
            }
            routes.push(Arc::new(route));
        }
        routes
    }

    fn route(&mut self, written: &Route) -> Option<EnvoyRoute> {
        let name = self.read(&written.name, name_of);
        let tenant = self.read(&written.tenant, |text| {
            text.parse()
                .map_err(|error: lictor::NameError| error.to_string())
        });
        let mapping = self.mapping(written);
        let headers = [
            &written.own_headers,
            &written.changed_headers,
            &written.response_headers,
        ];
        self.check_apart(headers);
        let [own, changed, response] = headers.map(|it| self.headers(it));
        let priority = written.priority.as_ref().and_then(|it| {
            self.read(it, |text| {
                text.parse()
                    .map_err(|error: lictor::PriorityError| error.to_string())
            })
        });
        let paths = written
            .paths
            .as_ref()
            .and_then(|it| self.read(it, paths_of));
        let status = written.review_status.as_ref();
        let status = status.and_then(|it| self.status(it));
        let default = EnvoyRoute::new(name?, tenant?);
        Some(EnvoyRoute {
            priority: priority.unwrap_or(default.priority),
            paths: paths.unwrap_or(default.paths),
            own_headers: own,
            changed_headers: changed,
            response_headers: response,
            review_status: status.unwrap_or(default.review_status),
            mapping,
            ..default
        })
    }

    fn mapping(&mut self, written: &Route) -> Mapping {
        let default = Mapping::default();
        let action = written.action.name.as_ref();
        Mapping {
            subject: self.entity(&written.subject, default.subject),
            action: self.origins(action).unwrap_or(default.action),
            action_properties: self.named(&written.action.properties),
            resource: self.entity(&written.resource, default.resource),
            context: match &written.context {
                Some(context) => self.named(context),
                None => default.context,
            },
        }
    }

    fn entity(&mut self, written: &Entity, default: EntityMapping) -> EntityMapping {
        EntityMapping {
            kind: self
                .origins(written.r#type.as_ref())
                .unwrap_or(default.kind),
            id: self.origins(written.id.as_ref()).unwrap_or(default.id),
            properties: self.named(&written.properties),
        }
    }

    fn named(&mut self, written: &BTreeMap<String, Spanned<Places>>) -> BTreeMap<String, Origins> {
        let named = written.iter().filter_map(|(name, places)| {
            let origins = self.origins(Some(places))?;
            Some((name.clone(), origins))
        });
        named.collect()
    }

    fn origins(&mut self, written: Option<&Spanned<Places>>) -> Option<Origins> {
        let written = written?;
        let texts = written.get_ref().texts();
        if texts.is_empty() {
            self.refuse(written, "at least one place must be named");
        }
        let read = texts.iter().map(|text| text.parse());
        match read.collect::<Result<Origins, crate::settings::OriginError>>() {
            Ok(origins) => Some(origins),
            Err(error) => {
                self.refuse(written, error.to_string());
                None
            }
        }
    }

    fn headers(&mut self, written: &[Spanned<String>]) -> Vec<String> {
        let read = written.iter().filter_map(|it| self.read(it, changeable_of));
        read.collect()
    }

    /// A header that two lists rule would have two rules; over HTTP, an answer's headers can't be told from a request's.
    fn check_apart(&mut self, lists: [&Vec<Spanned<String>>; 3]) {
        let mut seen: Vec<&str> = Vec::new();
        for name in lists.into_iter().flatten() {
            if seen.contains(&name.get_ref().as_str()) {
                self.refuse(name, format!("`{}` is named twice", name.get_ref()));
            }
            seen.push(name.get_ref());
        }
    }

    fn status(&mut self, written: &Spanned<u16>) -> Option<u16> {
        let status = *written.get_ref();
        if (400..500).contains(&status) {
            return Some(status);
        }
        self.refuse(written, "a status from 400 to 499 is needed here");
        None
    }
}

fn name_of(text: &str) -> Result<String, String> {
    let is_plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    let is_name = (1..=NAME_BYTES_MAX).contains(&text.len())
        && text.chars().all(is_plain)
        && !text.starts_with('-')
        && !text.ends_with('-');
    if is_name {
        return Ok(text.to_owned());
    }
    Err(format!(
        "`{text}` is no name of a route: it has 1 to {NAME_BYTES_MAX} lower-case letters, digits and inner hyphens"
    ))
}

fn paths_of(text: &str) -> Result<Paths, String> {
    match text {
        "plain" => Ok(Paths::Plain),
        "any" => Ok(Paths::Any),
        _ => Err(format!("`{text}` is neither `plain` nor `any`")),
    }
}

fn changeable_of(text: &str) -> Result<String, String> {
    if HeaderName::from_lowercase(text.as_bytes()).is_err() {
        return Err(format!("`{text}` is no name of a header in lower case"));
    }
    if FRAMING.contains(&text) || STEERING.iter().any(|it| text.starts_with(it)) {
        return Err(format!("`{text}` can't be a policy's to change"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::settings::{Origin, Paths, ServerSettings};

    #[test]
    fn a_route_needs_a_name_and_a_tenant_alone() {
        let text = "[[envoy.route]]\nname = \"shop\"\ntenant = \"bank\"\n";
        let settings = ServerSettings::parse(text).unwrap();
        let expected = crate::settings::EnvoyRoute::new("shop", "bank".parse().unwrap());
        assert_eq!(*settings.envoy[0], expected);
    }

    #[test]
    fn everything_of_a_route_can_be_set() {
        let text = r#"
            [[envoy.route]]
            name = "shop"
            tenant = "bank"
            priority = "high"
            paths = "any"
            own_headers = ["x-tier"]
            changed_headers = ["accept-language"]
            response_headers = ["x-decided-by"]
            review_status = 428
            subject = { type = "text:agent", id = ["header:x-agent", "principal"], properties = { team = "extension:team" } }
            action = { name = "text:call", properties = { verb = "method" } }
            resource = { type = "text:page", id = "path", properties = { q = "query" } }
            context = { sub = "metadata:jwt/payload/sub" }
        "#;
        let settings = ServerSettings::parse(text).unwrap();
        let route = &settings.envoy[0];
        let mapping = &route.mapping;
        assert_eq!(route.priority, lictor::Priority::High);
        assert_eq!((route.paths, route.review_status), (Paths::Any, 428));
        assert_eq!(route.own_headers, ["x-tier"]);
        assert_eq!(route.changed_headers, ["accept-language"]);
        assert_eq!(route.response_headers, ["x-decided-by"]);
        assert_eq!(
            mapping.subject.id,
            [Origin::Header("x-agent".to_owned()), Origin::Principal]
        );
        assert_eq!(mapping.action_properties["verb"], [Origin::Method]);
        assert_eq!(mapping.context.len(), 1);
    }

    #[test]
    fn all_that_is_wrong_with_routes_is_told_with_its_line() {
        let text = r#"[[envoy.route]]
name = "Shop"
tenant = "B"
priority = "urgent"
paths = "some"
own_headers = ["X-Tier",
  "host"]
changed_headers = ["x-envoy-a", "x-a"]
response_headers = [
  "x-a",
  "transfer-encoding"]
review_status = 200
[envoy.route.subject]
id = "cookie"
[envoy.route.action]
name = []
[envoy.route.context]
a = "header:cookie"
[[envoy.route]]
name = "a"
tenant = "a"
[[envoy.route]]
name = "a"
tenant = "b"
"#;
        let error = ServerSettings::parse(text).unwrap_err();
        let lines: Vec<usize> = error.wrong.iter().map(|it| it.line).collect();
        assert_eq!(
            lines,
            [2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 14, 16, 18, 23],
            "{error}"
        );
    }

    #[test]
    fn what_has_another_form_has_its_line() {
        for (text, line) in [
            ("[[envoy.route]]\nname = \"a\"\n", 1),
            (
                "[[envoy.route]]\nname = \"a\"\ntenant = \"a\"\nbody = 1\n",
                4,
            ),
            (
                "[[envoy.route]]\nname = \"a\"\ntenant = \"a\"\nsubject.id = 5\n",
                4,
            ),
            ("[envoy]\nroutes = 1\n", 2),
        ] {
            let error = ServerSettings::parse(text).unwrap_err();
            assert_eq!(error.wrong.len(), 1);
            assert_eq!(error.wrong[0].line, line, "{text}: {error}");
        }
    }
}
