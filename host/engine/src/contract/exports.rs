//! What a policy exports, found and typed once at load.

use lictor_policy::{Decision, Fault};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{
    ComponentExportIndex, ComponentNamedList, Instance, InstancePre, Lift, TypedFunc,
};
use wasmtime::{Engine, Store};

use super::types;
use super::{CONTRACT_VERSION, PACKAGE};
use crate::guest::Guest;
use crate::imports;
use crate::refusal::Refusal;
use crate::trap;

/// The interface that every policy exports.
const EVALUATOR: &str = "evaluator";
/// The interface that a policy with a dear set-up exports besides.
const PREPARATION: &str = "preparation";

/// Where the exports of a policy stand in its component.
#[derive(Clone)]
pub(crate) struct Exports {
    check: ComponentExportIndex,
    evaluate: ComponentExportIndex,
    prepare: Option<ComponentExportIndex>,
}

type Setup = (Result<(), String>,);
type Evaluate = (Result<types::Decision, String>,);

impl Exports {
    /// Finds the exports of a component; what toolchains export besides doesn't matter.
    pub(crate) fn find(engine: &Engine, pre: &InstancePre<Guest>) -> Result<Self, Refusal> {
        let evaluator =
            interface(engine, pre, EVALUATOR)?.ok_or_else(|| missing(EVALUATOR, "it is absent"))?;
        let preparation = interface(engine, pre, PREPARATION)?;
        Ok(Self {
            check: function::<Setup>(pre, &evaluator, EVALUATOR, "check")?,
            evaluate: function::<Evaluate>(pre, &evaluator, EVALUATOR, "evaluate")?,
            prepare: preparation
                .map(|index| function::<Setup>(pre, &index, PREPARATION, "prepare"))
                .transpose()?,
        })
    }

    /// Whether the policy has a set-up of its own.
    pub(crate) fn has_preparation(&self) -> bool {
        self.prepare.is_some()
    }

    /// Asks the policy whether its parameters are right. The inner error is the policy's message.
    pub(crate) fn call_check(
        &self,
        store: &mut Store<Guest>,
        instance: &Instance,
    ) -> wasmtime::Result<Result<(), String>> {
        call_setup(store, instance, &self.check)
    }

    /// Lets the policy set itself up, if it wants to. The inner error is the policy's message.
    pub(crate) fn call_prepare(
        &self,
        store: &mut Store<Guest>,
        instance: &Instance,
    ) -> wasmtime::Result<Result<(), String>> {
        match &self.prepare {
            Some(prepare) => call_setup(store, instance, prepare),
            None => Ok(Ok(())),
        }
    }

    /// Lets the policy decide, and checks what it answers.
    pub(crate) fn call_evaluate(
        &self,
        store: &mut Store<Guest>,
        instance: &Instance,
    ) -> wasmtime::Result<Result<Decision, Fault>> {
        let function: TypedFunc<(), Evaluate> =
            instance.get_typed_func(&mut *store, self.evaluate)?;
        let (answer,) = function.call(&mut *store, ())?;
        let bytes_max = store.data().limits.decision_bytes;
        Ok(match answer {
            Ok(decision) => Decision::from(decision)
                .checked(bytes_max)
                .map_err(Fault::from),
            Err(message) => Err(Fault::Failed {
                message: trap::shortened(&message),
            }),
        })
    }
}

fn call_setup(
    store: &mut Store<Guest>,
    instance: &Instance,
    index: &ComponentExportIndex,
) -> wasmtime::Result<Result<(), String>> {
    let function: TypedFunc<(), Setup> = instance.get_typed_func(&mut *store, index)?;
    let (answer,) = function.call(&mut *store, ())?;
    Ok(answer.map_err(|message| trap::shortened(&message)))
}

/// The index of one of the contract's interfaces among the exports, in whichever compatible version.
fn interface(
    engine: &Engine,
    pre: &InstancePre<Guest>,
    name: &str,
) -> Result<Option<ComponentExportIndex>, Refusal> {
    let component = pre.component();
    let wanted = format!("{PACKAGE}/{name}");
    for (export, _) in component.component_type().exports(engine) {
        let Some((interface, version)) = export.split_once('@') else {
            continue;
        };
        if interface != wanted {
            continue;
        }
        if !imports::is_served(version) {
            return Err(Refusal::ContractVersion {
                name: export.to_owned(),
                served: CONTRACT_VERSION,
            });
        }
        return Ok(component.get_export_index(None, export));
    }
    Ok(None)
}

/// The index of one of an interface's functions, which must have the type that the contract gives it.
fn function<Answer>(
    pre: &InstancePre<Guest>,
    interface: &ComponentExportIndex,
    interface_name: &str,
    name: &str,
) -> Result<ComponentExportIndex, Refusal>
where
    Answer: ComponentNamedList + Lift + 'static,
{
    let refuse = |detail: &str| missing(&format!("{interface_name}#{name}"), detail);
    let (item, index) = pre
        .component()
        .get_export(Some(interface), name)
        .ok_or_else(|| refuse("it is absent"))?;
    let ComponentItem::ComponentFunc(function) = item else {
        return Err(refuse("it is no function"));
    };
    // What wasmtime's own binding generator calls at this place: the type is checked once here, not at each evaluation.
    function
        .typecheck::<(), Answer>(&pre.instance_type())
        .map_err(|error| refuse(&format!("its type differs: {error:#}")))?;
    Ok(index)
}

fn missing(name: &str, detail: &str) -> Refusal {
    Refusal::MissingExport {
        name: format!("{PACKAGE}/{name}"),
        detail: detail.to_owned(),
    }
}
