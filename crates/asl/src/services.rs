//! What is known about the services that Tasks name: a seam for whoever has their models.
//!
//! Here: what the checker, executions and TestState ask, in plain words. Not here: the answers
//! (`integrations`), and which optimized actions there are (`resource`).
//! INVARIANT: where nothing is known everything is accepted, so a gap in what is known refuses nothing.

use std::fmt;

use crate::json::Document;
use crate::resource::Resource;

/// What somebody knows about services. Asked from threads that must not wait: nothing here does I/O.
///
/// What is not answered here is not known.
pub trait Services: fmt::Debug + Send + Sync {
    /// False only for what is known not to be there, or not to be called from Step Functions.
    fn has(&self, _resource: &Resource) -> bool {
        true
    }

    /// A sentence about a resource that was refused: what may have been meant. AWS says no such thing.
    fn hint(&self, _resource: &str) -> Option<String> {
        None
    }

    /// Everything that is wrong with the parameters of a task as its definition gives them. What is to be
    /// computed (`"name.$"`, `{% … %}`) can be anything. At most so many problems have a hint.
    fn check_template(
        &self,
        _resource: &Resource,
        _parameters: &Document,
        _hints_max: usize,
    ) -> Vec<Problem> {
        Vec::new()
    }

    /// Why a task cannot start with this input, in AWS's words; empty if it can. On the way of every task of
    /// a service.
    fn check_input(&self, _resource: &Resource, _input: &Document) -> Vec<String> {
        Vec::new()
    }

    /// The first thing that is wrong with a result that a task only pretends to have, in AWS's words.
    fn check_result(
        &self,
        _resource: &Resource,
        _result: &Document,
        _completeness: Completeness,
    ) -> Option<String> {
        None
    }
}

/// Something that is wrong with parameters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// In AWS's words.
    pub message: String,
    /// The names and indexes that lead to it from the parameters on.
    pub way: Vec<String>,
    /// What may have been meant. AWS says no such thing.
    pub hint: Option<String>,
}

/// Whether a pretended result must have all that a real one has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Completeness {
    /// TestState's `STRICT`.
    Required,
    /// TestState's `PRESENT`: what is there must be right.
    Present,
}

/// No service is known.
#[derive(Clone, Copy, Debug)]
pub struct NoneKnown;

impl Services for NoneKnown {}

/// AWS's text for a task that cannot start with its input.
pub fn cannot_start<'p>(input: &Document, problems: impl IntoIterator<Item = &'p str>) -> String {
    let problems: Vec<&str> = problems.into_iter().collect();
    format!(
        "The Parameters '{}' could not be used to start the Task: [{}]",
        input.text(),
        problems.join(", ")
    )
}
