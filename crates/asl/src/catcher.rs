//! Catch: which errors lead where, with what output.

use crate::definition::report::{Place, Report};
use crate::definition::section::Section;
use crate::definition::source::Node;
use crate::definition::{Draft, StateId};
use crate::error_name::ErrorPattern;
use crate::json::Document;
use crate::query::fields::ResultPath;
use crate::query::jsonata::reader::{Reader, Sees};
use crate::query::jsonata::{States, Work};
use crate::query::jsonpath::Path;
use crate::query::{Assign, Interrupted, Language, Scope, View, jsonata};
use crate::retrier::read_error_equals;
use crate::state::Outcome;

#[derive(Debug)]
pub struct Catcher {
    pub error_equals: Vec<ErrorPattern>,
    pub next: StateId,
    exit: Exit,
}

/// What becomes of the error output.
#[derive(Debug)]
enum Exit {
    JsonPath { result: ResultPath, assign: Assign },
    Jsonata(jsonata::fields::Exit),
}

impl Catcher {
    pub fn matches(&self, error: &str) -> bool {
        self.error_equals.iter().any(|pattern| pattern.matches(error))
    }

    /// Output of the state when this catcher is taken; `error_output` is `{"Error", "Cause"}`.
    pub fn outcome(&self, scope: &Scope<'_>, error_output: &Document) -> Result<Outcome, Interrupted> {
        match &self.exit {
            Exit::JsonPath { result, assign } => {
                let view = View { scope, input: scope.input };
                let output = result.combine(view, error_output.clone())?;
                Ok(Outcome { output, assigned: assign.evaluate(view.of(error_output))? })
            }
            Exit::Jsonata(exit) => {
                exit.evaluate(States { scope, outcome: Work::ErrorOutput(error_output) }, error_output)
            }
        }
    }

    pub(crate) fn paths<'a>(&'a self, found: &mut Vec<&'a Path>) {
        if let Exit::JsonPath { assign, .. } = &self.exit {
            assign.paths(found);
        }
    }

    /// None if one of them could not be read; that is reported.
    pub(crate) fn read_all(
        list: &[(&Node, Place)],
        draft: &Draft<'_>,
        report: &mut Report<'_>,
    ) -> Option<Vec<Catcher>> {
        let read = |(at, (node, place)): (usize, &(&Node, Place))| {
            let section = Section::read(node, place.clone(), report)?;
            section.only_in(Language::JsonPath, &["Output"], report);
            let result = ResultPath::read(&section, report);
            let exit = Exit::JsonPath { result, assign: Assign::read(&section, report) };
            Catcher::read(&section, exit, at + 1 == list.len(), draft, report)
        };
        let catchers: Vec<Option<Catcher>> = list.iter().enumerate().map(read).collect();
        catchers.into_iter().collect()
    }

    /// The same of a JSONata state.
    pub(crate) fn read_all_jsonata(
        list: &[(&Node, Place)],
        draft: &Draft<'_>,
        reader: &mut Reader<'_, '_>,
    ) -> Option<Vec<Catcher>> {
        let read = |(at, (node, place)): (usize, &(&Node, Place))| {
            let section = Section::read(node, place.clone(), reader.report)?;
            section.only_in(Language::Jsonata, &["ResultPath"], reader.report);
            let exit = Exit::Jsonata(jsonata::fields::Exit::read(&section, Sees::ErrorOutput, reader));
            Catcher::read(&section, exit, at + 1 == list.len(), draft, reader.report)
        };
        let catchers: Vec<Option<Catcher>> = list.iter().enumerate().map(read).collect();
        catchers.into_iter().collect()
    }

    fn read(
        section: &Section<'_>,
        exit: Exit,
        is_last: bool,
        draft: &Draft<'_>,
        report: &mut Report<'_>,
    ) -> Option<Catcher> {
        section.require(&["Next"], report);
        let error_equals = read_error_equals(section, is_last, report);
        let next = section.string("Next", report).and_then(|name| draft.target(&name));
        Some(Catcher { error_equals: error_equals?, next: next?, exit })
    }
}
