//! What a JSONata state says about its data (`spec/features.md` 2.3, right column).

use std::sync::Arc;

use super::reader::{Reader, Sees};
use super::template::Template;
use super::{States, Work};
use crate::definition::section::Section;
use crate::json::Document;
use crate::query::{Interrupted, Scope, Stage};
use crate::state::Outcome;

/// `Arguments`, and what the state leaves behind.
#[derive(Debug, Default)]
pub(crate) struct JsonataFields {
    arguments: Option<Template>,
    exit: Exit,
    /// Whether the state has a result of its own.
    has_result: bool,
}

/// `Output` and `Assign` of a state, a Choice rule or a catcher. Neither sees what the other makes.
#[derive(Debug, Default)]
pub(crate) struct Exit {
    output: Option<Template>,
    assign: Vec<(Arc<str>, Template)>,
}

impl JsonataFields {
    /// Reads them all; a state type that has no such field has had it refused by `check/fields`.
    pub(crate) fn read(state: &Section<'_>, has_result: bool, reader: &mut Reader<'_, '_>) -> JsonataFields {
        let sees = if has_result { Sees::Result } else { Sees::Input };
        JsonataFields {
            arguments: reader.template(state, "Arguments", Sees::Input),
            exit: Exit::read(state, sees, reader),
            has_result,
        }
    }

    /// `Arguments`, or the input.
    pub(crate) fn effective_input(&self, scope: &Scope<'_>) -> Result<Document, Interrupted> {
        match &self.arguments {
            None => Ok(scope.input.clone()),
            Some(arguments) => {
                let arguments = arguments.evaluate(States::before(scope))?;
                scope.note(Stage::Arguments, &arguments);
                Ok(arguments)
            }
        }
    }

    pub(crate) fn outcome(&self, scope: &Scope<'_>, result: &Document) -> Result<Outcome, Interrupted> {
        self.outcome_leaving(scope, result, &self.exit)
    }

    /// The same with another exit than the state's own.
    pub(crate) fn outcome_leaving(
        &self,
        scope: &Scope<'_>,
        result: &Document,
        exit: &Exit,
    ) -> Result<Outcome, Interrupted> {
        let outcome = if self.has_result { Work::Result(result) } else { Work::Nothing };
        exit.evaluate(States { scope, outcome }, result)
    }
}

impl Exit {
    pub(crate) fn read(section: &Section<'_>, sees: Sees, reader: &mut Reader<'_, '_>) -> Exit {
        Exit {
            output: reader.template(section, "Output", sees),
            assign: reader.named_templates(section, "Assign", sees),
        }
    }

    /// `otherwise` is the output where the definition gives none.
    pub(crate) fn evaluate(&self, states: States<'_>, otherwise: &Document) -> Result<Outcome, Interrupted> {
        let value = |(name, template): &(Arc<str>, Template)| Ok((name.clone(), template.evaluate(states)?));
        let assigned = self.assign.iter().map(value).collect::<Result<_, Interrupted>>()?;
        let output = match &self.output {
            None => otherwise.clone(),
            Some(output) => output.evaluate(states)?,
        };
        Ok(Outcome { output, assigned })
    }
}
