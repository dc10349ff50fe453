//! The part of a file that is about clients with certificates.

use std::path::PathBuf;

use lictor::{Priority, Role, TenantName};
use serde::Deserialize;
use toml::Spanned;

use super::Reader;
use crate::settings::{CertificateGrant, ClientSettings};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Clients {
    ca: Option<Spanned<PathBuf>>,
    certificate: Vec<Named>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: Spanned<String>,
    role: Spanned<String>,
    tenant: Option<Spanned<String>>,
    priority: Option<Spanned<String>>,
}

impl Reader<'_> {
    pub(super) fn clients(&mut self, file: Clients) -> ClientSettings {
        let mut certificates: Vec<CertificateGrant> = Vec::new();
        for named in file.certificate {
            if file.ca.is_none() {
                self.refuse(
                    &named.name,
                    "nobody vouches for it: name a `ca` under `[clients]`",
                );
            }
            let is_there = |it: &CertificateGrant| it.name == *named.name.get_ref();
            if certificates.iter().any(is_there) {
                self.refuse(&named.name, "this name is there already");
            }
            certificates.extend(self.grant(&named));
        }
        ClientSettings {
            ca: file.ca.map(Spanned::into_inner),
            certificates,
        }
    }

    fn grant(&mut self, named: &Named) -> Option<CertificateGrant> {
        let name = self.read(&named.name, |text| match text.is_empty() {
            true => Err("a name isn't empty".to_owned()),
            false => Ok(text.to_owned()),
        });
        let tenant = named.tenant.as_ref();
        let tenant = tenant.map(|it| self.read(it, name_of));
        let role = self.read(&named.role, |text| role_of(text, tenant.flatten()));
        if let (Some(tenant), Some(role)) = (&named.tenant, &role)
            && !matches!(role, Role::Tenant { .. })
        {
            self.refuse(tenant, format!("the role {role} is for all tenants"));
        }
        let priority = named.priority.as_ref();
        let priority = priority.map(|it| {
            self.read(it, |text| {
                text.parse::<Priority>().map_err(|error| error.to_string())
            })
        });
        Some(CertificateGrant {
            name: name?,
            role: role?,
            priority: priority.flatten().unwrap_or_default(),
        })
    }
}

fn name_of(text: &str) -> Result<TenantName, String> {
    text.parse()
        .map_err(|error| format!("`{text}` is no name of a tenant: {error}"))
}

fn role_of(text: &str, tenant: Option<TenantName>) -> Result<Role, String> {
    match (text, tenant) {
        ("engineer", _) => Ok(Role::Engineer {}),
        ("operator", _) => Ok(Role::Operator {}),
        ("auditor", _) => Ok(Role::Auditor {}),
        ("tenant", Some(tenant)) => Ok(Role::Tenant { tenant }),
        ("tenant", None) => Err("the role `tenant` needs a `tenant`".to_owned()),
        _ => Err(format!(
            "`{text}` is none of `engineer`, `operator`, `auditor` and `tenant`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::ServerSettings;

    #[test]
    fn each_name_has_a_role() {
        let settings = ServerSettings::parse(
            r#"
            [clients]
            ca = "clients.pem"
            [[clients.certificate]]
            name = "deploy.example.com"
            role = "engineer"
            [[clients.certificate]]
            name = "spiffe://example.com/gateway"
            role = "tenant"
            tenant = "bank"
            priority = "high"
            "#,
        );
        let clients = settings.unwrap().clients;
        assert_eq!(clients.ca, Some("clients.pem".into()));
        let grant = |name: &str, role, priority| CertificateGrant {
            name: name.to_owned(),
            role,
            priority,
        };
        let bank = Role::Tenant {
            tenant: "bank".parse().unwrap(),
        };
        let expected = [
            grant("deploy.example.com", Role::Engineer {}, Priority::Normal),
            grant("spiffe://example.com/gateway", bank, Priority::High),
        ];
        assert_eq!(clients.certificates, expected);
    }

    #[test]
    fn what_is_wrong_has_its_line() {
        let named = |with: &str| {
            format!("[clients]\nca = \"a\"\n[[clients.certificate]]\nname = \"a\"\n{with}")
        };
        for (text, line) in [
            (named("role = \"root\""), 5),
            (named("role = \"tenant\""), 5),
            (named("role = \"tenant\"\ntenant = \"Bank\""), 5),
            (named("role = \"auditor\"\ntenant = \"bank\""), 6),
            (named("role = \"auditor\"\npriority = \"urgent\""), 6),
            (
                named(
                    "role = \"auditor\"\n[[clients.certificate]]\nname = \"a\"\nrole = \"auditor\"",
                ),
                7,
            ),
            (
                "[[clients.certificate]]\nname = \"a\"\nrole = \"auditor\"".to_owned(),
                2,
            ),
        ] {
            let error = ServerSettings::parse(&text).unwrap_err();
            assert_eq!(error.wrong[0].line, line, "{text}: {error}");
        }
    }
}
