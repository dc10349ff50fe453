//! The floor of a fresh evaluation: what the engine's own configuration costs with nothing of Lictor around it.
//!
//! The same component, pool, pagemap scan, fuel and epochs; every import is a constant function that looks at nothing;
//! nothing is recorded, limited or checked. The configuration is the engine's own file, compiled into this program.

use wasmtime::Store;
use wasmtime::component::{
    Component, ComponentExportIndex, ComponentType, InstancePre, Lift, Linker, Lower, TypedFunc,
    WasmStr,
};

#[path = "../../../host/engine/src/configuration.rs"]
#[allow(
    dead_code,
    unused_qualifications,
    reason = "it is the engine's file, of which the floor needs one function"
)]
mod configuration;

/// The version of the contract that guests import.
const VERSION: &str = "0.1.0";
/// What an evaluation may use; enough.
const FUEL: u64 = 10_000_000;
/// What every question is answered with.
const ANSWER: &str = "crm.customer";
/// More epochs than the floor lives to see.
const EPOCHS: u64 = 1_000_000_000;

#[derive(ComponentType, Lower)]
#[component(variant)]
#[expect(dead_code, reason = "only one of them is ever answered")]
enum Value {
    #[component(name = "null")]
    Null,
    #[component(name = "boolean")]
    Boolean(bool),
    #[component(name = "integer")]
    Integer(i64),
    #[component(name = "decimal")]
    Decimal(&'static str),
    #[component(name = "text")]
    Text(&'static str),
    #[component(name = "json")]
    Json(&'static str),
}

#[derive(ComponentType, Lift, Clone, Copy, Debug, PartialEq, Eq)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "the canonical ABI makes them from their numbers")]
enum Level {
    #[component(name = "debug")]
    Debug,
    #[component(name = "info")]
    Info,
    #[component(name = "warn")]
    Warn,
    #[component(name = "error")]
    Error,
}

#[derive(ComponentType, Lift, Clone, Copy, Debug, PartialEq, Eq)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "the canonical ABI makes them from their numbers")]
enum Effect {
    #[component(name = "abstain")]
    Abstain,
    #[component(name = "allow")]
    Allow,
    #[component(name = "review")]
    Review,
    #[component(name = "deny")]
    Deny,
}

#[derive(ComponentType, Lift, Debug)]
#[component(record)]
#[expect(
    dead_code,
    reason = "what is handed over is lifted whole and then dropped"
)]
struct Reason {
    code: String,
    message: String,
    annotations: Vec<(String, String)>,
}

#[derive(ComponentType, Lift, Debug)]
#[component(record)]
#[expect(
    dead_code,
    reason = "what is handed over is lifted whole and then dropped"
)]
struct Obligation {
    id: String,
    kind: String,
    properties: String,
    annotations: Vec<(String, String)>,
}

#[derive(ComponentType, Lift, Debug)]
#[component(record)]
#[expect(
    dead_code,
    reason = "what is handed over is lifted whole and then dropped"
)]
struct Decision {
    effect: Effect,
    reasons: Vec<Reason>,
    obligations: Vec<Obligation>,
    annotations: Vec<(String, String)>,
}

type Evaluate = (Result<Decision, String>,);

/// Components on the floor.
pub struct Floor {
    engine: wasmtime::Engine,
    programs: Vec<Program>,
}

struct Program {
    pre: InstancePre<()>,
    evaluate: ComponentExportIndex,
}

impl Floor {
    /// Compiles a component for the floor.
    pub fn new(component: &[u8]) -> wasmtime::Result<Self> {
        Self::of(&[component.to_vec()])
    }

    /// Compiles components of about the same size for one floor.
    pub fn of(components: &[Vec<u8>]) -> wasmtime::Result<Self> {
        let component_bytes = components.first().map_or(0, Vec::len);
        let settings = lictor_engine::Settings::default();
        let slots = configuration::Slots {
            evaluations: settings.slots,
            warm: settings.warm_slots,
        };
        let start = if component_bytes < settings.image_bytes {
            configuration::MemoryStart::Copied
        } else {
            configuration::MemoryStart::Imaged
        };
        let config = configuration::configure(slots, start)?;
        let engine = wasmtime::Engine::new(&config)?;
        let linker = linker(&engine)?;
        let programs = components
            .iter()
            .map(|component| Program::new(&engine, &linker, component))
            .collect::<wasmtime::Result<_>>()?;
        Ok(Self { engine, programs })
    }

    /// One evaluation: store, instance, call, drop. Says whether there was a decision that allows.
    pub fn evaluate(&self) -> wasmtime::Result<bool> {
        self.evaluate_at(0)
    }

    /// The same with the component of that number.
    pub fn evaluate_at(&self, number: usize) -> wasmtime::Result<bool> {
        let program = self.programs.get(number);
        let program = program.ok_or_else(|| wasmtime::Error::msg("there is no such component"))?;
        let mut store = Store::try_new(&self.engine, ())?;
        store.set_fuel(FUEL)?;
        store.set_epoch_deadline(EPOCHS);
        let instance = program.pre.instantiate(&mut store)?;
        store.set_fuel(FUEL)?;
        let function: TypedFunc<(), Evaluate> =
            instance.get_typed_func(&mut store, program.evaluate)?;
        let (answer,) = function.call(&mut store, ())?;
        Ok(answer.is_ok_and(|decision| decision.effect == Effect::Allow))
    }
}

impl Program {
    fn new(
        engine: &wasmtime::Engine,
        linker: &Linker<()>,
        component: &[u8],
    ) -> wasmtime::Result<Self> {
        let component = Component::from_binary(engine, component)?;
        component.initialize_copy_on_write_image()?;
        let pre = linker.instantiate_pre(&component)?;
        let evaluate = component
            .get_export_index(None, &format!("lictor:policy/evaluator@{VERSION}"))
            .and_then(|interface| component.get_export_index(Some(&interface), "evaluate"))
            .ok_or_else(|| wasmtime::Error::msg("the component is no policy"))?;
        Ok(Self { pre, evaluate })
    }
}

/// Every import of the contract, constant.
fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<()>> {
    let mut linker = Linker::new(engine);
    for source in ["request", "data", "parameters"] {
        let mut instance = linker.instance(&format!("lictor:policy/{source}@{VERSION}"))?;
        instance.func_wrap("get", |_, (_,): (WasmStr,)| {
            Ok((Some(Value::Text(ANSWER)),))
        })?;
        instance.func_wrap("count", |_, (_,): (WasmStr,)| Ok((Some(1u32),)))?;
        instance.func_wrap("keys", |_, (_,): (WasmStr,)| {
            Ok((None::<Vec<&'static str>>,))
        })?;
    }
    let mut clock = linker.instance(&format!("lictor:policy/clock@{VERSION}"))?;
    clock.func_wrap("now", |_, (): ()| Ok((0u64,)))?;
    clock.func_wrap("before", |_, (_,): (u64,)| Ok((false,)))?;
    let mut log = linker.instance(&format!("lictor:policy/log@{VERSION}"))?;
    log.func_wrap("write", |_, (_, _): (Level, WasmStr)| Ok(()))?;
    Ok(linker)
}
