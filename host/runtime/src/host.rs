//! The host: its tenants, and the changes that an operator makes to them.
//!
//! A change prepares what is dear first, then swaps a snapshot. Requests that have begun go on with the one that they took.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use lictor_engine::{Engine, Loaded, LoadedWeak};
use lictor_policy::{
    Digest, Document, DocumentName, Documents, JsonBounds, PolicyName, TenantName,
};

use crate::binding::{Binding, BindingSpec, BoundPolicy};
use crate::builder::{HostBuilder, HostSettings};
use crate::clock::Clock;
use crate::decision_id::DecisionIds;
use crate::error::{BindError, HostError};
use crate::recall::{Recall, RecallCounts, RecallReport, TenantRecall};
use crate::record::Sink;
use crate::retire::Retirement;
use crate::slots::Slots;
use crate::tenant::{Tenant, TenantSettings};
use crate::view::{Base, Bindings, TENANT_DOCUMENTS, View};
use crate::workers::Workers;

/// The most documents of one tenant.
const DOCUMENTS_MAX: usize = 1024;
/// The most policies of one layer of one tenant.
const POLICIES_MAX: usize = 64;

/// Decides requests for many tenants. Clones are handles to the same host.
#[derive(Clone)]
pub struct Host {
    pub(crate) state: Arc<State>,
}

pub(crate) struct State {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: DecisionIds,
    pub(crate) slots: Arc<Slots>,
    pub(crate) workers: Workers,
    pub(crate) sink: Sink,
    pub(crate) recall: Recall,
    pub(crate) tenants: ArcSwap<HashMap<TenantName, Arc<Tenant>>>,
    retirement: Retirement,
    control: Mutex<Control>,
}

/// What only one change at a time may touch.
#[derive(Default)]
struct Control {
    base: Base,
    /// Compiled components by digest, so that those who bind the same artifact share its native code.
    loaded: HashMap<Digest, LoadedWeak>,
}

impl State {
    pub(crate) fn start(
        engine: Engine,
        settings: &HostSettings,
        clock: Arc<dyn Clock>,
        sink: Sink,
        seed: &[u8; 32],
    ) -> io::Result<Self> {
        Ok(Self {
            engine,
            clock,
            ids: DecisionIds::new(seed),
            slots: Arc::new(Slots::new(settings.engine.slots, settings.slot_wait)),
            workers: Workers::start(settings.workers, settings.queue)?,
            sink,
            recall: Recall::start(&settings.recall, seed)?,
            tenants: ArcSwap::default(),
            retirement: Retirement::start()?,
            control: Mutex::default(),
        })
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("tenants", &self.state.tenants.load().len())
            .finish_non_exhaustive()
    }
}

// What an operator sees.
impl Host {
    /// Begins to set up a host.
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// The tenants, sorted.
    pub fn tenants(&self) -> Vec<TenantName> {
        let mut names: Vec<TenantName> = self.state.tenants.load().keys().cloned().collect();
        names.sort();
        names
    }

    /// What a tenant has bound, by policy name.
    ///
    /// # Errors
    /// The tenant is unknown.
    pub fn bound(&self, tenant: &TenantName) -> Result<Vec<BoundPolicy>, HostError> {
        let view = self.tenant(tenant)?.view.load_full();
        Ok(view
            .bindings
            .iter()
            .map(|route| BoundPolicy::clone(&route.current.described))
            .collect())
    }

    /// What the host recalled and remembers, over all tenants.
    pub fn recall_report(&self) -> RecallReport {
        let tenants = self.state.tenants.load();
        let memories = tenants.values().filter_map(|tenant| tenant.memory.as_ref());
        let counts = memories.map(|memory| memory.counted());
        RecallReport {
            counts: counts.fold(Default::default(), RecallCounts::and),
            ..self.state.recall.report()
        }
    }

    /// What the host recalled and remembers of one tenant, with the questions whose answers differ most.
    ///
    /// # Errors
    /// The tenant is unknown.
    pub fn recall_of(&self, tenant: &TenantName) -> Result<TenantRecall, HostError> {
        let tenant = self.tenant(tenant)?;
        Ok(tenant
            .memory
            .as_ref()
            .map(|memory| memory.described())
            .unwrap_or_default())
    }

    /// How many records were lost because the sink was full.
    pub fn records_lost(&self) -> u64 {
        self.state.sink.lost()
    }
}

// Tenants.
impl Host {
    /// Takes a tenant in, with no policies and no documents: every request gets its default effect.
    ///
    /// # Errors
    /// There is such a tenant already, or its default effect is `abstain`.
    pub fn add_tenant(&self, name: &TenantName, settings: TenantSettings) -> Result<(), HostError> {
        let settings = settings.checked()?;
        let control = self.control();
        let tenants = self.state.tenants.load();
        if tenants.contains_key(name) {
            return Err(HostError::TenantExists {
                tenant: name.clone(),
            });
        }
        let mut tenants = HashMap::clone(&tenants);
        let view = View::new(settings, &control.base);
        let tenant = Tenant::new(name.clone(), view, self.state.recall.memory());
        tenants.insert(name.clone(), Arc::new(tenant));
        self.state.tenants.store(Arc::new(tenants));
        Ok(())
    }

    /// Lets a tenant go. Requests that have begun are still decided.
    ///
    /// # Errors
    /// The tenant is unknown.
    pub fn remove_tenant(&self, name: &TenantName) -> Result<(), HostError> {
        let _control = self.control();
        let mut tenants = HashMap::clone(&self.state.tenants.load());
        let gone = tenants
            .remove(name)
            .ok_or_else(|| HostError::UnknownTenant {
                tenant: name.clone(),
            })?;
        self.state.tenants.store(Arc::new(tenants));
        let view = gone.view.load_full();
        let retired = view.bindings.iter().flat_map(|route| {
            std::iter::once(Arc::clone(&route.current)).chain(route.last_good.clone())
        });
        self.state.retirement.retire(retired.collect());
        Ok(())
    }

    /// Changes what a tenant may do and how it is answered.
    ///
    /// # Errors
    /// The tenant is unknown, or the default effect is `abstain`.
    pub fn set_tenant(&self, name: &TenantName, settings: TenantSettings) -> Result<(), HostError> {
        let settings = settings.checked()?;
        let control = self.control();
        self.change(&control, name, |view| {
            Ok(View {
                settings,
                ..view.clone()
            })
        })
    }
}

// Policies.
impl Host {
    /// Binds a policy for a tenant, in the place of an earlier binding of the same policy.
    ///
    /// Compiles and checks first, which takes some 10 ms to seconds, then swaps: no request fails or sees both.
    ///
    /// # Errors
    /// The tenant is unknown, or the component, its limits, parameters or conditions are refused; nothing has changed then.
    pub fn bind(&self, tenant: &TenantName, spec: BindingSpec) -> Result<BoundPolicy, BindError> {
        self.tenant(tenant)?;
        let binding = Arc::new(self.prepare(tenant.as_str(), &spec)?);
        let described = BoundPolicy::clone(&binding.described);
        let control = self.control();
        let view = self.tenant(tenant)?.view.load_full();
        check_room(&view.bindings, spec.policy())?;
        let (bindings, retired) = view.bindings.with(binding);
        self.change(&control, tenant, |view| {
            Ok(View {
                bindings,
                ..view.clone()
            })
        })?;
        self.state.retirement.retire(retired);
        Ok(described)
    }

    /// Takes a policy from a tenant.
    ///
    /// # Errors
    /// The tenant or the policy is unknown.
    pub fn unbind(&self, tenant: &TenantName, policy: &PolicyName) -> Result<(), HostError> {
        let control = self.control();
        let view = self.tenant(tenant)?.view.load_full();
        if !view.bindings.has(policy) {
            return Err(HostError::UnknownPolicy {
                policy: policy.clone(),
            });
        }
        let (bindings, retired) = view.bindings.without(policy);
        self.change(&control, tenant, |view| {
            Ok(View {
                bindings,
                ..view.clone()
            })
        })?;
        self.state.retirement.retire(retired);
        Ok(())
    }

    /// Binds a policy of the base layer, which every tenant gets and which can only tighten. It reads the operator's
    /// documents, and a tenant's document `users` as `tenant.users`.
    ///
    /// # Errors
    /// As for [`Host::bind`].
    pub fn bind_base(&self, spec: BindingSpec) -> Result<BoundPolicy, BindError> {
        let binding = Arc::new(self.prepare("", &spec)?);
        let described = BoundPolicy::clone(&binding.described);
        let mut control = self.control();
        check_room(&control.base.bindings, spec.policy())?;
        let (bindings, retired) = control.base.bindings.with(binding);
        control.base.bindings = bindings;
        self.spread_base(&control);
        self.state.retirement.retire(retired);
        Ok(described)
    }

    /// Takes a policy from the base layer.
    ///
    /// # Errors
    /// The policy isn't in it.
    pub fn unbind_base(&self, policy: &PolicyName) -> Result<(), HostError> {
        let mut control = self.control();
        if !control.base.bindings.has(policy) {
            return Err(HostError::UnknownPolicy {
                policy: policy.clone(),
            });
        }
        let (bindings, retired) = control.base.bindings.without(policy);
        control.base.bindings = bindings;
        self.spread_base(&control);
        self.state.retirement.retire(retired);
        Ok(())
    }

    /// Everything about a binding that is dear or can fail, without any lock held.
    fn prepare(&self, owner: &str, spec: &BindingSpec) -> Result<Binding, BindError> {
        let loaded = self.load(spec)?;
        Binding::prepare(&self.state.engine, owner, spec, loaded)
    }

    /// The compiled component: one that another binding of the same bytes holds, else freshly compiled.
    fn load(&self, spec: &BindingSpec) -> Result<Loaded, BindError> {
        let artifact = spec.artifact();
        let known = self
            .control()
            .loaded
            .get(&artifact)
            .and_then(LoadedWeak::upgrade);
        if let Some(loaded) = known {
            loaded
                .fits(spec.limits_wanted())
                .map_err(|refusal| spec.refused(refusal))?;
            return Ok(loaded);
        }
        let loaded = self
            .state
            .engine
            .load(spec.component(), spec.limits_wanted())
            .map_err(|refusal| spec.refused(refusal))?;
        let mut control = self.control();
        control.loaded.retain(|_, weak| weak.upgrade().is_some());
        control.loaded.insert(artifact, loaded.downgrade());
        Ok(loaded)
    }
}

// Data.
impl Host {
    /// Puts a document among a tenant's data, in the place of one of the same name, as a whole: a request sees the old or the
    /// new one from its first question to its last.
    ///
    /// # Errors
    /// The tenant is unknown, the text isn't acceptable JSON, or the tenant's documents would take too much memory.
    pub fn put_data(
        &self,
        tenant: &TenantName,
        name: DocumentName,
        json: &[u8],
    ) -> Result<(), HostError> {
        self.replace_data(tenant, [(name, json)])
    }

    /// Puts several documents among a tenant's data at once: no request sees some of them old and some new.
    ///
    /// # Errors
    /// As for [`Host::put_data`]; nothing has changed then.
    pub fn replace_data<'a>(
        &self,
        tenant: &TenantName,
        documents: impl IntoIterator<Item = (DocumentName, &'a [u8])>,
    ) -> Result<(), HostError> {
        self.tenant(tenant)?;
        let parsed = documents
            .into_iter()
            .map(|(name, json)| parse(name, json))
            .collect::<Result<Vec<_>, _>>()?;
        let control = self.control();
        self.change(&control, tenant, |view| {
            with_data(view, view.data.with_all(parsed))
        })
    }

    /// Takes a document from a tenant's data. One that isn't there is no error.
    ///
    /// # Errors
    /// The tenant is unknown.
    pub fn remove_data(&self, tenant: &TenantName, name: &DocumentName) -> Result<(), HostError> {
        let control = self.control();
        self.change(&control, tenant, |view| {
            with_data(view, view.data.without(name.as_str()))
        })
    }

    /// Puts a document among the operator's data, which the base layer reads.
    ///
    /// # Errors
    /// The text isn't acceptable JSON, or the name is one under which a tenant's documents are read.
    pub fn put_base_data(&self, name: DocumentName, json: &[u8]) -> Result<(), HostError> {
        if name.as_str().starts_with(TENANT_DOCUMENTS) {
            return Err(HostError::DocumentName { document: name });
        }
        let (name, document) = parse(name, json)?;
        let mut control = self.control();
        control.base.data = control.base.data.with(name, document);
        self.spread_base(&control);
        Ok(())
    }
}

// How changes are made.
impl Host {
    fn control(&self) -> MutexGuard<'_, Control> {
        // Every change is one assignment, so what a panicking thread left behind is whole.
        self.state
            .control
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn tenant(&self, name: &TenantName) -> Result<Arc<Tenant>, HostError> {
        let found = self.state.tenants.load().get(name).cloned();
        found.ok_or_else(|| HostError::UnknownTenant {
            tenant: name.clone(),
        })
    }

    /// Swaps a tenant's view for one that was made from it. The guard proves that nobody else does so at the same time.
    fn change(
        &self,
        control: &MutexGuard<'_, Control>,
        tenant: &TenantName,
        change: impl FnOnce(&View) -> Result<View, HostError>,
    ) -> Result<(), HostError> {
        let tenant = self.tenant(tenant)?;
        let view = change(&tenant.view.load())?.with_base(&control.base);
        tenant.view.store(Arc::new(view));
        Ok(())
    }

    /// Gives every tenant the base layer as it now is.
    fn spread_base(&self, control: &MutexGuard<'_, Control>) {
        for tenant in self.state.tenants.load().values() {
            let view = tenant.view.load().with_base(&control.base);
            tenant.view.store(Arc::new(view));
        }
    }
}

fn check_room(bindings: &Bindings, policy: &PolicyName) -> Result<(), BindError> {
    if bindings.has(policy) || bindings.len() < POLICIES_MAX {
        return Ok(());
    }
    Err(BindError::TooManyPolicies {
        count: bindings.len() + 1,
        max: POLICIES_MAX,
    })
}

fn parse(name: DocumentName, json: &[u8]) -> Result<(DocumentName, Document), HostError> {
    match Document::parse(json, &JsonBounds::DOCUMENT) {
        Ok(document) => Ok((name, document)),
        Err(source) => Err(HostError::Document {
            document: name,
            source,
        }),
    }
}

fn with_data(view: &View, data: Documents) -> Result<View, HostError> {
    if data.len() > DOCUMENTS_MAX {
        let (count, max) = (data.len(), DOCUMENTS_MAX);
        return Err(HostError::TooManyDocuments { count, max });
    }
    let (bytes, limit) = (data.byte_len(), view.settings.data_bytes);
    if bytes > limit {
        return Err(HostError::DataTooLarge { bytes, limit });
    }
    Ok(View {
        data,
        ..view.clone()
    })
}
