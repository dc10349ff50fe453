//! The three rules in Rego, decided by both engines of `regorus` in this process. Everything that doesn't change from call to
//! call is built ahead.

use std::cell::RefCell;

use anyhow::Context;
use lictor_policy::Effect;
use regorus::Engine;
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use serde_json::{Value, json};

use super::requests;

/// The rule that is asked for.
const RULE: &str = "data.lictor.decision";

/// The rules in the interpreter, which walks their syntax tree.
pub struct Interpreter {
    engine: RefCell<Engine>,
}

/// The rules in the virtual machine, compiled ahead.
pub struct Machine {
    vm: RefCell<RegoVM>,
}

/// A request, built.
pub struct Asked(regorus::Value);

impl Asked {
    /// Builds a request from its JSON.
    pub fn new(json: &Value) -> anyhow::Result<Self> {
        Ok(Self(value(json)?))
    }
}

impl Interpreter {
    /// Parses the rules.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            engine: RefCell::new(engine()?),
        })
    }

    /// Decides.
    pub fn decide(&self, Asked(input): &Asked) -> anyhow::Result<Effect> {
        let mut engine = self.engine.borrow_mut();
        engine.set_input(input.clone());
        effect(&engine.eval_rule(RULE.to_owned())?)
    }
}

impl Machine {
    /// Parses and compiles the rules.
    pub fn new() -> anyhow::Result<Self> {
        let compiled = engine()?.compile_with_entrypoint(&RULE.into())?;
        let program = Compiler::compile_from_policy(&compiled, &[RULE])?;
        let mut vm = RegoVM::new();
        vm.load_program(program);
        vm.set_data(data()?)?;
        Ok(Self {
            vm: RefCell::new(vm),
        })
    }

    /// Decides.
    pub fn decide(&self, Asked(input): &Asked) -> anyhow::Result<Effect> {
        let mut vm = self.vm.borrow_mut();
        vm.set_input(input.clone());
        effect(&vm.execute()?)
    }
}

fn engine() -> anyhow::Result<Engine> {
    let mut engine = Engine::new();
    engine.add_policy(
        "policies.rego".to_owned(),
        include_str!("policies.rego").to_owned(),
    )?;
    engine.add_data(data()?)?;
    Ok(engine)
}

fn data() -> anyhow::Result<regorus::Value> {
    let review: serde_json::Map<String, Value> = requests::REVIEW
        .iter()
        .map(|action| ((*action).to_owned(), json!(true)))
        .collect();
    value(&json!({
        "roles": requests::roles(),
        "limits": requests::limits(),
        "currency": "USD",
        "review": review,
    }))
}

fn value(json: &Value) -> anyhow::Result<regorus::Value> {
    regorus::Value::from_json_str(&json.to_string())
}

fn effect(value: &regorus::Value) -> anyhow::Result<Effect> {
    match value.as_string()?.as_ref() {
        "allow" => Ok(Effect::Allow),
        "review" => Ok(Effect::Review),
        "deny" => Ok(Effect::Deny),
        other => Err(anyhow::anyhow!("`{other}` is no effect")),
    }
    .context("the rules in Rego")
}
