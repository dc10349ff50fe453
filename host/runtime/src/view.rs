//! What a request sees of its tenant: one snapshot, taken once and used from the first stage to the last.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use lictor_policy::{Document, DocumentName, Documents, Fault, PolicyName, Request, TenantName};
use lictor_state::KeptBinding;
use smallvec::SmallVec;

use crate::binding::{Binding, Layer, Side};
use crate::missing::Missing;
use crate::rollout::{ROLLOUTS_MAX, Replacement, Rollouts, Sides};
use crate::tenant::TenantSettings;

/// What begins the names under which the base layer reads a tenant's documents.
pub(crate) const TENANT_DOCUMENTS: &str = "tenant.";

/// One layer of policies, sorted by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bindings {
    routes: Vec<Route>,
}

/// The bindings of one policy: of stable, of the rollout that replaces it, and the one that answers when stable faults.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    policy: PolicyName,
    /// Nothing where only a rollout brings the policy.
    current: Option<Arc<Binding>>,
    /// The last binding before this one that has decided without a fault.
    pub(crate) last_good: Option<Arc<Binding>>,
    candidate: Option<Candidate>,
}

/// What a rollout puts in the place of a policy's binding.
#[derive(Clone, Debug)]
struct Candidate {
    /// Its place among the rollouts of the snapshot.
    rollout: usize,
    /// Nothing where the policy is taken away.
    binding: Option<Arc<Binding>>,
}

impl Bindings {
    /// A layer of these.
    pub(crate) fn of(mut routes: Vec<Route>) -> Self {
        routes.sort_by(|a, b| a.policy().cmp(b.policy()));
        Self { routes }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter()
    }

    /// How many policies there are, with those that a rollout brings.
    pub(crate) fn len(&self) -> usize {
        self.routes.len()
    }

    pub(crate) fn has(&self, policy: &PolicyName) -> bool {
        self.get(policy).is_some()
    }

    /// Whether there is such a policy, or a rollout brings one.
    pub(crate) fn knows(&self, policy: &PolicyName) -> bool {
        self.routes.iter().any(|route| route.policy == *policy)
    }

    /// The bindings that decide where no rollout runs.
    pub(crate) fn stable(&self) -> impl Iterator<Item = &Arc<Binding>> {
        self.routes
            .iter()
            .filter_map(|route| route.current.as_ref())
    }

    /// The stable binding of a policy.
    pub(crate) fn get(&self, policy: &PolicyName) -> Option<&Arc<Binding>> {
        self.stable()
            .find(|binding| binding.described.policy == *policy)
    }

    /// The layer with this binding in it, in the place of one of the same policy.
    pub(crate) fn with(&self, binding: Arc<Binding>) -> Self {
        let mut bindings = self.clone();
        let policy = binding.described.policy.clone();
        bindings.route(&policy).replace(binding);
        bindings
    }

    /// How a policy of the layer is bound again after a restart, where the host has a store.
    pub(crate) fn kept(&self, tenant: &TenantName, policy: &PolicyName) -> Option<KeptBinding> {
        let route = self.routes.iter().find(|route| route.policy() == policy);
        route?.kept(tenant)
    }

    /// The layer without this policy.
    pub(crate) fn without(&self, policy: &PolicyName) -> Self {
        let kept = self.routes.iter().filter(|route| route.policy != *policy);
        Self {
            routes: kept.cloned().collect(),
        }
    }

    /// The layer as it is when a rollout is over and its candidate has taken over.
    pub(crate) fn replaced(&self, replacement: &Replacement) -> Self {
        let bindings = replacement.bindings.iter();
        bindings.fold(self.clone(), |layer, (policy, binding)| match binding {
            Some(binding) => layer.with(Arc::clone(binding)),
            None => layer.without(policy),
        })
    }

    /// The layer as it is when that is taken back: what a candidate's fault had been answered by before it came answers again, and
    /// the candidate itself never does.
    pub(crate) fn restored(&self, replacement: &Replacement) -> Self {
        let mut layer = self.replaced(replacement);
        for (policy, _) in &replacement.bindings {
            if let Some(route) = layer.routes.iter_mut().find(|it| it.policy == *policy) {
                route.last_good = None;
            }
        }
        layer
    }

    /// The same layer with the candidates of these rollouts, and of no others.
    fn rolling(&self, rollouts: &Rollouts) -> Self {
        let stable = self.routes.iter().filter(|route| route.current.is_some());
        let mut layer = Self {
            routes: stable.cloned().collect(),
        };
        layer.routes.iter_mut().for_each(|it| it.candidate = None);
        for (rollout, running) in rollouts.iter() {
            for (policy, binding) in &running.replacement.bindings {
                let binding = binding.clone();
                layer.route(policy).candidate = Some(Candidate { rollout, binding });
            }
        }
        layer
    }

    /// The route of a policy, made where there is none.
    fn route(&mut self, policy: &PolicyName) -> &mut Route {
        let found = self.routes.binary_search_by(|it| it.policy.cmp(policy));
        let at = found.unwrap_or_else(|at| {
            self.routes.insert(at, Route::new(policy.clone()));
            at
        });
        self.routes.get_mut(at).expect("it was found or made")
    }
}

impl Route {
    fn new(policy: PolicyName) -> Self {
        Self {
            policy,
            current: None,
            last_good: None,
            candidate: None,
        }
    }

    /// The route as it was before a restart.
    pub(crate) fn restored(current: Arc<Binding>, last_good: Option<Arc<Binding>>) -> Self {
        Self {
            current: Some(Arc::clone(&current)),
            last_good,
            ..Self::new(current.described.policy.clone())
        }
    }

    /// What decides and what answers for it, without what a rollout brings.
    pub(crate) fn bindings(&self) -> impl Iterator<Item = &Arc<Binding>> {
        self.current.iter().chain(&self.last_good)
    }

    /// How the route is made again after a restart, where the host has a store.
    pub(crate) fn kept(&self, tenant: &TenantName) -> Option<KeptBinding> {
        let last_good = self.last_good.as_ref();
        Some(KeptBinding {
            tenant: tenant.clone(),
            policy: self.policy().clone(),
            current: self.current.as_ref()?.kept()?.clone(),
            last_good: last_good.and_then(|it| it.kept()).cloned(),
        })
    }

    pub(crate) fn policy(&self) -> &PolicyName {
        &self.policy
    }

    /// The binding that decides where the candidates of these rollouts count; nothing where there is no such policy then.
    pub(crate) fn choose(&self, sides: Sides) -> Option<(Side, &Arc<Binding>)> {
        match &self.candidate {
            Some(candidate) if sides.has(candidate.rollout) => {
                Some((Side::Candidate, candidate.binding.as_ref()?))
            }
            _ => Some((Side::Stable, self.current.as_ref()?)),
        }
    }

    /// How long evaluating it for the request is expected to take, whichever version that is.
    fn expected(&self, request: &Request) -> Duration {
        let candidate = self.candidate.as_ref();
        let candidate = candidate.and_then(|it| it.binding.as_ref());
        let bindings = self.current.iter().chain(candidate);
        let times = bindings
            .filter(|it| it.applies(request))
            .map(|it| it.pace.expected());
        times.max().unwrap_or_default()
    }

    /// The rollout that replaces the policy.
    pub(crate) fn rollout(&self) -> Sides {
        let candidate = self.candidate.as_ref();
        candidate.map_or(Sides::STABLE, |candidate| Sides::of(candidate.rollout))
    }

    /// Takes the new binding; the old one stays as the last good one if it ever was good.
    fn replace(&mut self, binding: Arc<Binding>) {
        let old = self.current.replace(binding);
        if let Some(old) = old.filter(|old| old.has_decided()) {
            self.last_good = Some(old);
        }
    }
}

/// The operator's layer: policies for every tenant, and the documents that they read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Base {
    pub(crate) bindings: Bindings,
    pub(crate) data: Documents,
    /// Documents that could not be restored.
    pub(crate) missing: Missing,
}

/// One snapshot of a tenant.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) settings: TenantSettings,
    pub(crate) bindings: Bindings,
    pub(crate) data: Documents,
    /// Documents that could not be restored, and so are not in `data`.
    pub(crate) missing: Missing,
    /// The same of what the base layer reads.
    pub(crate) base_missing: Missing,
    pub(crate) base: Base,
    /// What the base layer reads: the operator's documents, and the tenant's under names that say so.
    pub(crate) base_data: Documents,
    pub(crate) rollouts: Rollouts,
    /// For each rollout that replaces documents, those that the tenant and the base layer read on its side.
    pub(crate) replaced: SmallVec<[Option<Replaced>; 1]>,
}

/// The documents on a rollout's side.
#[derive(Clone, Debug)]
pub(crate) struct Replaced {
    data: Documents,
    base_data: Documents,
}

impl View {
    /// A tenant that has nothing of its own yet.
    pub(crate) fn new(settings: TenantSettings, base: &Base) -> Self {
        Self {
            settings,
            bindings: Bindings::default(),
            data: Documents::new(),
            ..Self::empty()
        }
        .with_base(base)
    }

    fn empty() -> Self {
        Self {
            settings: TenantSettings::default(),
            bindings: Bindings::default(),
            data: Documents::new(),
            base: Base::default(),
            missing: Missing::default(),
            base_missing: Missing::default(),
            base_data: Documents::new(),
            rollouts: Rollouts::default(),
            replaced: SmallVec::new(),
        }
    }

    /// The same tenant under this base layer, with all that follows from its parts.
    pub(crate) fn with_base(&self, base: &Base) -> Self {
        let replaced = self.rollouts.iter().map(|(_, running)| {
            let replacement = &running.replacement;
            (!replacement.documents.is_empty()).then(|| {
                let data = replacement.documents(&self.data);
                Replaced {
                    base_data: base.data_with(&data),
                    data,
                }
            })
        });
        Self {
            bindings: self.bindings.rolling(&self.rollouts),
            base: base.clone(),
            base_data: base.data_with(&self.data),
            replaced: replaced.collect(),
            base_missing: base.missing.or(&self.missing),
            ..self.clone()
        }
    }

    /// The documents that a layer reads where the candidates of these rollouts count.
    pub(crate) fn documents(&self, layer: Layer, sides: Sides) -> Cow<'_, Documents> {
        if sides.is_empty() {
            return Cow::Borrowed(match layer {
                Layer::Tenant => &self.data,
                Layer::Base => &self.base_data,
            });
        }
        let mut replaced = (0..ROLLOUTS_MAX)
            .filter(|rollout| sides.has(*rollout))
            .filter_map(|rollout| self.replaced.get(rollout)?.as_ref());
        let (first, second) = (replaced.next(), replaced.next());
        match (layer, first, second) {
            (Layer::Tenant, None, _) => Cow::Borrowed(&self.data),
            (Layer::Base, None, _) => Cow::Borrowed(&self.base_data),
            (Layer::Tenant, Some(only), None) => Cow::Borrowed(&only.data),
            (Layer::Base, Some(only), None) => Cow::Borrowed(&only.base_data),
            (_, Some(_), Some(_)) => Cow::Owned(self.replaced_together(layer, sides)),
        }
    }

    /// The documents where several rollouts replace some; no two replace the same.
    fn replaced_together(&self, layer: Layer, sides: Sides) -> Documents {
        let those = self.rollouts.iter().filter(|(at, _)| sides.has(*at));
        let data = those.fold(self.data.clone(), |data, (_, running)| {
            running.replacement.documents(&data)
        });
        match layer {
            Layer::Tenant => data,
            Layer::Base => self.base.data_with(&data),
        }
    }

    /// How long evaluating all policies for the request is expected to take, by what it took lately.
    pub(crate) fn expected(&self, request: &Request) -> Duration {
        let routes = self.base.bindings.iter().chain(self.bindings.iter());
        let times = routes.map(|route| route.expected(request));
        times.fold(Duration::ZERO, Duration::saturating_add)
    }

    /// Why no policy of a layer may be asked, where a document that it may read could not be restored.
    pub(crate) fn missing(&self, layer: Layer) -> Option<&Fault> {
        match layer {
            Layer::Base => self.base_missing.fault(),
            Layer::Tenant => self.missing.fault(),
        }
    }
}

impl Base {
    /// What the base layer reads beside a tenant with these documents.
    fn data_with(&self, data: &Documents) -> Documents {
        if self.bindings.len() == 0 {
            Documents::new()
        } else {
            self.data.with_all(for_base(data))
        }
    }
}

/// The tenant's documents under the names by which the base layer reads them. One whose name grows too long by that can't
/// be read by the base; it has no other effect.
fn for_base(data: &Documents) -> impl Iterator<Item = (DocumentName, Document)> {
    data.iter().filter_map(|(name, document)| {
        let qualified = format!("{TENANT_DOCUMENTS}{name}").parse().ok()?;
        Some((qualified, document.clone()))
    })
}
