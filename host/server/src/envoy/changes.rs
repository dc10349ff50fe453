//! Obligations that a gateway meets by changing what it lets through: headers and metadata.
//!
//! A policy is its tenant's, and the request goes on to services of the operator's. So a policy may touch only the headers
//! that the operator named for the route, and what can't be met to the letter isn't met at all: the request is denied then.

use std::collections::BTreeMap;

use axum::http::{HeaderName, HeaderValue};
use lictor::{Decision, Obligation};
use serde::Deserialize;
use serde_json::Value;

use super::Form;
use super::checked::Checked;
use crate::settings::EnvoyRoute;

/// The most bytes of all headers that one decision sets.
const HEADER_BYTES_MAX: usize = 16 << 10;

/// What is to be changed.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Changes {
    /// Headers of the request that goes on.
    pub(super) request: Vec<Change>,
    /// Headers that it must not have.
    pub(super) removed: Vec<HeaderName>,
    /// Headers of what the client is answered.
    pub(super) response: Vec<Change>,
    /// What later filters of the gateway are told, by name.
    pub(super) metadata: BTreeMap<String, Value>,
}

/// A header to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) name: HeaderName,
    pub(super) value: HeaderValue,
    /// Whether it comes beside what is there, or in its place.
    pub(super) appends: bool,
}

/// An obligation that can't be met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unmet {
    /// Its type.
    pub(super) kind: String,
}

/// What is demanded of one header.
#[derive(Debug, Default)]
struct Demand {
    set: Option<HeaderValue>,
    appended: Vec<HeaderValue>,
    removed: bool,
}

type Demands = BTreeMap<String, Demand>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    name: String,
    value: Value,
}

impl Changes {
    /// What the obligations of a decision to allow ask for.
    ///
    /// # Errors
    /// One of them asks for something else, for what isn't the policy's to change, or for what contradicts another one.
    pub(super) fn of(
        decision: &Decision,
        route: &EnvoyRoute,
        checked: &Checked<'_>,
        form: Form,
    ) -> Result<Self, Unmet> {
        let mut collected = Collected::default();
        for obligation in &decision.obligations {
            let met = collected.take(obligation, route, form);
            met.ok_or_else(|| Unmet::of(obligation))?;
        }
        let mut changes = Self {
            response: answered(collected.response),
            metadata: collected.metadata,
            ..Self::default()
        };
        for name in &route.own_headers {
            if !collected.request.contains_key(name) {
                changes.removed.extend(HeaderName::try_from(name));
            }
        }
        for (name, demand) in collected.request {
            if demand.removed {
                changes.removed.extend(HeaderName::try_from(&name));
                continue;
            }
            // What the client sent stays only in headers that are the client's as well.
            let stays = !route.own_headers.contains(&name) && checked.has_header(&name);
            changes.request.extend(demand.written(&name, stays));
        }
        Ok(changes)
    }

    /// What the obligations of a denial ask for that its answer can have; nothing goes on, so there is nothing else to meet.
    pub(super) fn of_denial(decision: &Decision, route: &EnvoyRoute) -> Vec<Change> {
        let mut collected = Collected::default();
        for obligation in &decision.obligations {
            // What a denied request can't have any more needs no meeting.
            let _ = collected.take(obligation, route, Form::Grpc);
        }
        answered(collected.response)
    }
}

impl Unmet {
    fn of(obligation: &Obligation) -> Self {
        let kind = obligation.kind.clone();
        Self { kind }
    }
}

/// What is asked for so far.
#[derive(Debug, Default)]
struct Collected {
    request: Demands,
    response: Demands,
    metadata: BTreeMap<String, Value>,
    header_bytes: usize,
}

impl Collected {
    /// Takes one in, or nothing where it can't be met.
    fn take(&mut self, obligation: &Obligation, route: &EnvoyRoute, form: Form) -> Option<()> {
        let properties = &obligation.properties;
        match (obligation.kind.as_str(), form) {
            ("set-request-header", _) => {
                let header = serde_json::from_str(properties).ok()?;
                self.set(header, |it| &mut it.request, is_request_header(route))
            }
            ("set-response-header", _) => {
                let header = serde_json::from_str(properties).ok()?;
                let is_named = |name: &str| has(&route.response_headers, name);
                self.set(header, |it| &mut it.response, is_named)
            }
            ("append-request-header", Form::Grpc) => {
                let header = serde_json::from_str(properties).ok()?;
                self.append(header, |it| &mut it.request, is_request_header(route))
            }
            ("append-response-header", Form::Grpc) => {
                let header = serde_json::from_str(properties).ok()?;
                let is_named = |name: &str| has(&route.response_headers, name);
                self.append(header, |it| &mut it.response, is_named)
            }
            // A header that is the policies' own is never let through anyway.
            ("remove-request-header", form) => {
                let Named { name } = serde_json::from_str(properties).ok()?;
                let is_own = has(&route.own_headers, &name);
                if !is_own && (form == Form::Http || !has(&route.changed_headers, &name)) {
                    return None;
                }
                let demand = self.request.entry(name).or_default();
                demand.removed = true;
                demand.is_possible().then_some(())
            }
            ("set-metadata", Form::Grpc) => {
                let Metadata { name, value } = serde_json::from_str(properties).ok()?;
                self.tell(name, value)
            }
            _ => None,
        }
    }

    fn set(
        &mut self,
        header: Header,
        of: fn(&mut Self) -> &mut Demands,
        may: impl Fn(&str) -> bool,
    ) -> Option<()> {
        let value = self.checked(&header, may)?;
        let demand = of(self).entry(header.name).or_default();
        if demand.set.as_ref().is_some_and(|other| *other != value) {
            return None;
        }
        demand.set = Some(value);
        demand.is_possible().then_some(())
    }

    fn append(
        &mut self,
        header: Header,
        of: fn(&mut Self) -> &mut Demands,
        may: impl Fn(&str) -> bool,
    ) -> Option<()> {
        let value = self.checked(&header, may)?;
        let demand = of(self).entry(header.name).or_default();
        demand.appended.push(value);
        demand.is_possible().then_some(())
    }

    /// The value of a header that may be set: visible characters, so that it can't end its line and begin another one.
    fn checked(&mut self, header: &Header, may: impl Fn(&str) -> bool) -> Option<HeaderValue> {
        let Header { name, value } = header;
        self.header_bytes += name.len() + value.len();
        let is_visible = |it: char| it == ' ' || it.is_ascii_graphic();
        let is_whole = !value.is_empty() && value.trim() == value && value.chars().all(is_visible);
        if !may(name) || !is_whole || self.header_bytes > HEADER_BYTES_MAX {
            return None;
        }
        HeaderValue::from_str(value).ok()
    }

    fn tell(&mut self, name: String, value: Value) -> Option<()> {
        super::metadata::value(&value)?;
        // What begins like this is the host's own.
        if name.is_empty() || name.starts_with("lictor") {
            return None;
        }
        if self.metadata.get(&name).is_some_and(|it| *it != value) {
            return None;
        }
        self.metadata.insert(name, value);
        Some(())
    }
}

impl Demand {
    /// Nobody can both have a header and not have it.
    fn is_possible(&self) -> bool {
        !(self.removed && (self.set.is_some() || !self.appended.is_empty()))
    }

    /// The changes in their order: the first takes the place of what is there, unless that stays.
    fn written(self, name: &str, stays: bool) -> Vec<Change> {
        let Ok(name) = HeaderName::try_from(name) else {
            return Vec::new();
        };
        let is_set = self.set.is_some();
        let values = self.set.into_iter().chain(self.appended);
        let changes = values.enumerate().map(|(number, value)| Change {
            name: name.clone(),
            value,
            appends: number > 0 || (stays && !is_set),
        });
        changes.collect()
    }
}

fn answered(demands: Demands) -> Vec<Change> {
    let changes = demands.into_iter();
    let changes = changes.flat_map(|(name, demand)| {
        // What the service behind the gateway answers with isn't known yet.
        demand.written(&name, true)
    });
    changes.collect()
}

fn is_request_header(route: &EnvoyRoute) -> impl Fn(&str) -> bool {
    |name| has(&route.own_headers, name) || has(&route.changed_headers, name)
}

/// Names are compared as they stand: the operator's are in lower case, and so must the policy's be.
fn has(names: &[String], name: &str) -> bool {
    names.iter().any(|it| it == name)
}

#[cfg(test)]
mod tests;
