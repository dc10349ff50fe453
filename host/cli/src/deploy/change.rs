//! What is to change places, as it was typed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lictor::{BindingOrder, Condition, Part, RolloutOrder};

use crate::arguments::ChangeSetArguments;
use crate::data;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::given;
use crate::source::Source;

/// Reads everything that was named.
///
/// # Errors
/// A file can't be read, isn't what it must be, or something is named twice or for nothing.
pub(crate) fn order(typed: &ChangeSetArguments) -> Result<RolloutOrder, Failure> {
    let mut parameters = Parameters::typed(typed)?;
    let bindings = typed
        .artifacts
        .iter()
        .map(|artifact| binding(artifact, typed, &mut parameters))
        .collect::<Result<_, _>>()?;
    parameters.check_used()?;
    let mut documents = BTreeMap::new();
    for typed in &typed.data {
        let (name, text) = data::document(typed)?;
        documents.insert(name, Part::new(text));
    }
    Ok(RolloutOrder {
        bindings,
        documents,
        removed: typed.without.clone(),
        removed_documents: typed.without_data.clone(),
        ..RolloutOrder::default()
    })
}

fn binding(
    artifact: &Path,
    typed: &ChangeSetArguments,
    parameters: &mut Parameters<'_>,
) -> Result<BindingOrder, Failure> {
    // Its form is looked at here, so that a mistyped name doesn't travel.
    let fetched = Source::signed(artifact)?;
    let conditions = typed.condition.iter().map(|typed| condition(typed));
    let rollback = typed.rollback.as_ref().map(|file| {
        fs::read(file)
            .map_err(|error| Failure::input(format!("`{}` can't be read: {error}", file.display())))
    });
    let parameters = parameters.of(fetched.manifest().policy.as_str());
    Ok(BindingOrder {
        parameters: given::parameters(parameters)?.to_json(),
        limits: given::limits(&typed.limits)?,
        conditions: conditions.collect::<Result<_, _>>()?,
        rollback: rollback
            .transpose()?
            .map(|text| Part::new(text.trim_ascii_end())),
        ..BindingOrder::new(fetched.to_bytes())
    })
}

/// The parameters of one artifact, or of several by their policies.
enum Parameters<'a> {
    One(Option<&'a str>),
    Several(BTreeMap<&'a str, &'a str>),
}

impl<'a> Parameters<'a> {
    fn typed(typed: &'a ChangeSetArguments) -> Result<Self, Failure> {
        let usage = |message: String| Failure::new(Exit::Usage, message);
        if typed.artifacts.len() <= 1 {
            return match typed.parameters.as_slice() {
                [] => Ok(Parameters::One(None)),
                [only] => Ok(Parameters::One(Some(only))),
                _ => Err(usage(
                    "`--parameters` is given more than once for one artifact".to_owned(),
                )),
            };
        }
        let mut several = BTreeMap::new();
        for typed in &typed.parameters {
            let (policy, parameters) = typed.split_once('=').ok_or_else(|| {
                usage(format!(
                    "`--parameters {typed}` doesn't say for which artifact"
                ))
                .hint("write it as `--parameters POLICY=FILE`, once for each")
            })?;
            if several.insert(policy, parameters).is_some() {
                return Err(usage(format!(
                    "the parameters of `{policy}` are given twice"
                )));
            }
        }
        Ok(Parameters::Several(several))
    }

    /// Those of a policy, which are given once.
    fn of(&mut self, policy: &str) -> Option<&'a str> {
        match self {
            Parameters::One(parameters) => parameters.take(),
            Parameters::Several(several) => several.remove(policy),
        }
    }

    fn check_used(&self) -> Result<(), Failure> {
        let Parameters::Several(several) = self else {
            return Ok(());
        };
        match several.keys().next() {
            None => Ok(()),
            Some(policy) => {
                let message = format!("there are parameters for `{policy}`, and no such artifact");
                Err(Failure::new(Exit::Usage, message))
            }
        }
    }
}

fn condition(typed: &str) -> Result<Condition, Failure> {
    serde_json::from_str(typed).map_err(|error| {
        let failure = Failure::new(Exit::Usage, format!("`--condition {typed}`: {error}"));
        failure.hint(r#"write it as `{"attribute": "/action/name", "one_of": ["refund"]}`"#)
    })
}
