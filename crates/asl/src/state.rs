//! The eight states: what a definition says of each.

pub mod choice;
pub mod fail;
pub mod map;
pub mod parallel;
pub mod pass;
pub mod succeed;
pub mod task;
#[cfg(test)]
mod tests;
pub mod wait;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catcher::Catcher;
use crate::definition::report::Report;
use crate::definition::section::Section;
use crate::definition::source::Node;
use crate::definition::{Draft, ScopeId, StateId, StateOutline};
use crate::json::Document;
use crate::query::fields::JsonPathFields;
use crate::query::jsonata::fields::JsonataFields;
use crate::query::jsonata::reader::Reader;
use crate::query::jsonpath::Path;
use crate::query::{Assign, Fields, Interrupted, Language, Scope, View, jsonata};
use crate::retrier::Retrier;

/// Where a state leads when it is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transition {
    Next(StateId),
    /// `End: true`, and always for Succeed and Fail; Choice decides at run time and has `End` here.
    End,
}

#[derive(Debug)]
pub struct State {
    pub name: Arc<str>,
    /// The block this state stands in.
    pub scope: ScopeId,
    pub transition: Transition,
    pub kind: Kind,
    /// InputPath, OutputPath, Parameters, Assign, Output, ...: the private data-flow fields.
    pub(crate) fields: Fields,
    pub retriers: Vec<Retrier>,
    pub catchers: Vec<Catcher>,
    /// The variables that JSONata expressions of this state mention; JSONPath has its `paths`.
    pub(crate) mentioned: BTreeSet<Arc<str>>,
}

/// What else than the state's own fields says how it is left: a Choice rule.
#[derive(Debug)]
pub(crate) enum Exit {
    JsonPath(Assign),
    Jsonata(jsonata::fields::Exit),
}

#[derive(Debug)]
pub enum Kind {
    Task(task::Task),
    Pass(pass::Pass),
    Choice(choice::Choice),
    Wait(wait::Wait),
    Succeed(succeed::Succeed),
    Fail(fail::Fail),
    Parallel(parallel::Parallel),
    Map(map::Map),
}

/// What a state hands on, and the variables that it assigned.
#[derive(Debug)]
pub struct Outcome {
    pub output: Document,
    pub assigned: Vec<(Arc<str>, Document)>,
}

impl State {
    /// What the state works on: InputPath, then Parameters or Arguments. For Pass this is also its
    /// result unless it has a `Result`; for Parallel the input of every branch; for Map what
    /// `ItemsPath` is applied to.
    pub fn effective_input(&self, scope: &Scope<'_>) -> Result<Document, Interrupted> {
        match &self.fields {
            Fields::JsonPath(fields) => fields.effective_input(self.view(scope)),
            Fields::Jsonata(fields) => fields.effective_input(scope),
        }
    }

    /// From a result to the state's output: ResultSelector, ResultPath into the raw input, OutputPath
    /// (or Assign and Output). States without a result of their own (Wait, Succeed) pass their
    /// effective input as `result`.
    pub fn outcome(&self, scope: &Scope<'_>, result: &Document) -> Result<Outcome, Interrupted> {
        match &self.fields {
            Fields::JsonPath(fields) => self.outcome_assigning(fields, scope, result, &fields.assign),
            Fields::Jsonata(fields) => fields.outcome(scope, result),
        }
    }

    /// The same with another exit than the state's own.
    pub(crate) fn outcome_leaving(
        &self,
        scope: &Scope<'_>,
        result: &Document,
        exit: &Exit,
    ) -> Result<Outcome, Interrupted> {
        match (&self.fields, exit) {
            (Fields::JsonPath(fields), Exit::JsonPath(assign)) => {
                self.outcome_assigning(fields, scope, result, assign)
            }
            (Fields::Jsonata(fields), Exit::Jsonata(exit)) => fields.outcome_leaving(scope, result, exit),
            (Fields::JsonPath(_) | Fields::Jsonata(_), _) => {
                unreachable!("a state has one language")
            }
        }
    }

    /// Neither the output nor the variables see what the other makes.
    fn outcome_assigning(
        &self,
        fields: &JsonPathFields,
        scope: &Scope<'_>,
        result: &Document,
        assign: &Assign,
    ) -> Result<Outcome, Interrupted> {
        let view = self.view(scope);
        let output = fields.output(view, result)?;
        Ok(Outcome { output, assigned: assign.evaluate(view.of(result))? })
    }

    /// Whether its expressions are JSONata.
    pub fn is_jsonata(&self) -> bool {
        matches!(self.fields, Fields::Jsonata(_))
    }

    /// Every path that the state reads, in no particular order.
    pub(crate) fn paths(&self) -> Vec<&Path> {
        let mut found = Vec::new();
        match &self.fields {
            Fields::JsonPath(fields) => fields.paths(&mut found),
            Fields::Jsonata(_) => return found,
        }
        match &self.kind {
            Kind::Task(task) => task.paths(&mut found),
            Kind::Choice(choice) => choice.paths(&mut found),
            Kind::Wait(wait) => wait.paths(&mut found),
            Kind::Fail(fail) => fail.paths(&mut found),
            Kind::Map(map) => map.paths(&mut found),
            Kind::Pass(_) | Kind::Succeed(_) | Kind::Parallel(_) => {}
        }
        self.catchers.iter().for_each(|catcher| catcher.paths(&mut found));
        found
    }

    /// Reads one state. None if something is missing; that is reported.
    pub(crate) fn read(
        state: &StateOutline<'_>,
        draft: &Draft<'_>,
        report: &mut Report<'_>,
    ) -> Option<State> {
        match state.language {
            Language::JsonPath => State::read_json_path(state, draft, report),
            Language::Jsonata => State::read_jsonata(state, draft, report),
        }
    }

    fn read_json_path(state: &StateOutline<'_>, draft: &Draft<'_>, report: &mut Report<'_>) -> Option<State> {
        let section = &state.section;
        let mut fields = JsonPathFields::read(section, report);
        let kind = match state.kind()? {
            "Task" => task::Task::read(section, fields.input.clone(), report).map(Kind::Task),
            "Pass" => Some(Kind::Pass(pass::Pass::read(section))),
            "Choice" => choice::Choice::read(section, draft, report).map(Kind::Choice),
            "Wait" => wait::Wait::read(section, fields.input.clone(), report).map(Kind::Wait),
            "Succeed" => Some(Kind::Succeed(succeed::Succeed)),
            "Fail" => Some(Kind::Fail(fail::Fail::read(section, report))),
            "Parallel" => Some(Kind::Parallel(parallel::Parallel::read(state, report))),
            "Map" => {
                let parameters = fields.parameters.take();
                map::Map::read(state, parameters, fields.input.clone(), report).map(Kind::Map)
            }
            _ => None,
        };
        let transition = read_transition(section, draft);
        let retriers = section.optional_list("Retry", report);
        let retriers = Retrier::read_all(&retriers, report);
        let catchers = section.optional_list("Catch", report);
        let catchers = Catcher::read_all(&catchers, draft, report);
        Some(State {
            name: state.name.clone(),
            scope: state.scope,
            transition: transition?,
            kind: kind?,
            fields: Fields::JsonPath(fields),
            retriers: retriers?,
            catchers: catchers?,
            mentioned: BTreeSet::new(),
        })
    }

    fn read_jsonata(state: &StateOutline<'_>, draft: &Draft<'_>, report: &mut Report<'_>) -> Option<State> {
        let section = &state.section;
        let mut reader = Reader::new(section.place.clone(), report);
        let type_name = state.kind()?;
        let has_result = matches!(type_name, "Task" | "Parallel" | "Map");
        let fields = JsonataFields::read(section, has_result, &mut reader);
        let kind = match type_name {
            "Task" => task::Task::read_jsonata(section, &mut reader).map(Kind::Task),
            "Pass" => Some(Kind::Pass(pass::Pass { result: None })),
            "Choice" => choice::Choice::read_jsonata(section, draft, &mut reader).map(Kind::Choice),
            "Wait" => wait::Wait::read_jsonata(section, &mut reader).map(Kind::Wait),
            "Succeed" => Some(Kind::Succeed(succeed::Succeed)),
            "Fail" => Some(Kind::Fail(fail::Fail::read_jsonata(section, &mut reader))),
            "Parallel" => Some(Kind::Parallel(parallel::Parallel::read(state, reader.report))),
            "Map" => map::Map::read_jsonata(state, &mut reader).map(Kind::Map),
            _ => None,
        };
        let retriers = section.optional_list("Retry", reader.report);
        let retriers = Retrier::read_all(&retriers, reader.report);
        let catchers = section.optional_list("Catch", reader.report);
        let catchers = Catcher::read_all_jsonata(&catchers, draft, &mut reader);
        Some(State {
            name: state.name.clone(),
            scope: state.scope,
            transition: read_transition(section, draft)?,
            kind: kind?,
            fields: Fields::Jsonata(fields),
            retriers: retriers?,
            catchers: catchers?,
            mentioned: reader.mentioned,
        })
    }

    /// The state's raw input as `$`.
    pub(crate) fn view<'a>(&self, scope: &'a Scope<'a>) -> View<'a> {
        View { scope, input: scope.input }
    }
}

/// None if `Next` leads nowhere; `check/transitions` reports it.
fn read_transition(section: &Section<'_>, draft: &Draft<'_>) -> Option<Transition> {
    match section.get("Next").and_then(Node::as_str) {
        Some(name) => draft.target(name).map(Transition::Next),
        None => Some(Transition::End),
    }
}
