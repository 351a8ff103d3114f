//! Catch: which errors lead where, with what output.

use crate::definition::report::{Place, Report};
use crate::definition::section::Section;
use crate::definition::source::Node;
use crate::definition::{Draft, StateId};
use crate::error_name::ErrorPattern;
use crate::json::Document;
use crate::query::fields::ResultPath;
use crate::query::{Assign, Interrupted, Scope, View};
use crate::retrier::read_error_equals;
use crate::state::Outcome;

#[derive(Debug)]
pub struct Catcher {
    pub error_equals: Vec<ErrorPattern>,
    pub next: StateId,
    result: ResultPath,
    pub(crate) assign: Assign,
}

impl Catcher {
    pub fn matches(&self, error: &str) -> bool {
        self.error_equals.iter().any(|pattern| pattern.matches(error))
    }

    /// Output of the state when this catcher is taken; `error_output` is `{"Error", "Cause"}`.
    pub fn outcome(&self, scope: &Scope<'_>, error_output: &Document) -> Result<Outcome, Interrupted> {
        let view = View { scope, input: scope.input };
        let output = self.result.combine(view, error_output.clone())?;
        Ok(Outcome { output, assigned: self.assign.evaluate(view.of(error_output))? })
    }

    /// None if one of them could not be read; that is reported.
    pub(crate) fn read_all(
        list: &[(&Node, Place)],
        draft: &Draft<'_>,
        report: &mut Report<'_>,
    ) -> Option<Vec<Catcher>> {
        let read = |(at, (node, place)): (usize, &(&Node, Place))| {
            let section = Section::read(node, place.clone(), report)?;
            Catcher::read(&section, at + 1 == list.len(), draft, report)
        };
        let catchers: Vec<Option<Catcher>> = list.iter().enumerate().map(read).collect();
        catchers.into_iter().collect()
    }

    fn read(
        section: &Section<'_>,
        is_last: bool,
        draft: &Draft<'_>,
        report: &mut Report<'_>,
    ) -> Option<Catcher> {
        section.require(&["Next"], report);
        let result = ResultPath::read(section, report);
        let assign = Assign::read(section, report);
        let error_equals = read_error_equals(section, is_last, report);
        let next = section.string("Next", report).and_then(|name| draft.target(&name));
        Some(Catcher { error_equals: error_equals?, next: next?, result, assign })
    }
}
