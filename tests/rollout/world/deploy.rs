//! What an operator puts into the world.

use super::*;

// Setting up.
impl World {
    pub fn add_tenant(&mut self, name: &str, on_failure: FailurePolicy, agents: u64) {
        let settings = TenantSettings {
            on_failure,
            ..TenantSettings::default()
        };
        let tenant = Tenant::new(name.parse().unwrap(), on_failure, 15_000);
        self.host.add_tenant(&tenant.name, settings).unwrap();
        self.tenants.push(tenant);
        self.agents.push(agents);
        let tenant = self.tenants.len() - 1;
        assert!(self.put_documents(tenant, 15_000));
        let shared = Bound {
            guest: Guest::Shared,
            ..Terms::new(0).bound("shared", Version::new(1, 0, 0))
        };
        assert!(self.bind_as(tenant, shared));
    }

    pub fn bind(&mut self, tenant: usize, terms: Terms) {
        let bound = terms.bound("limit", Version::new(1, 0, 0));
        assert!(self.bind_as(tenant, bound));
    }

    /// Rolls out the next MINOR version of the policy `limit`.
    pub fn deploy(&mut self, tenant: usize, plan: Plan, terms: Terms) {
        let highest = &self.tenants[tenant].highest["limit"];
        let mut minor = highest.minor + 1;
        for rollout in &self.tenants[tenant].rollouts {
            minor = minor.max(
                rollout.new.policies["limit"]
                    .as_ref()
                    .unwrap()
                    .version
                    .minor
                    + 1,
            );
        }
        let version = Version::new(highest.major, minor, 0);
        self.deploy_version(tenant, plan, terms, version);
    }

    /// Rolls out a MAJOR version of the policy `limit`.
    pub fn deploy_major(&mut self, tenant: usize, plan: Plan, terms: Terms) {
        self.deploy_version(tenant, plan, terms, Version::new(2, 0, 0));
    }

    fn deploy_version(&mut self, tenant: usize, plan: Plan, terms: Terms, version: Version) {
        let bound = Rc::new(terms.bound("limit", version));
        let new = Replacement {
            policies: [("limit".to_owned(), Some(bound))].into(),
            documents: None,
        };
        assert!(self.roll_out(tenant, plan, new, true));
    }
}
