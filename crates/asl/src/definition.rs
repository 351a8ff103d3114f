//! A definition as the engine uses it: flat tables of states and scopes, names resolved.
//!
//! Reading goes in three passes over one tree: `source` reads the text, `outline` numbers states and
//! blocks, then `check` (one file per family of rules) and the states' own readers look at each.
//! INVARIANT: no pass stops at its first finding; there is a machine only if no finding is an error.

mod outline;
mod place;
mod references;
pub(crate) mod report;
pub(crate) mod section;
mod single;
pub(crate) mod source;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use outline::{Draft, Outline, StateOutline};
use report::{Place, Report, SCHEMA_VALIDATION_FAILED};
pub use single::{STATE_NAME, parse_state};
use source::{Node, NodeKind};

use crate::check;
use crate::diagnostic::{Diagnostic, Severity};
use crate::limits::SECONDS_MAX;
use crate::services::{NoneKnown, Services};
use crate::state::State;

/// Position of a state in the definition text: states are numbered in the order in which their
/// names appear in the document, over all scopes, from 0. Stored histories name states by it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub struct StateId(pub u32);

/// Position of a `States` block: 0 is the top level, then in the order of the document.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub struct ScopeId(pub u32);

/// One `States` block with its `StartAt`: the top level, a branch, or an item processor.
#[derive(Debug)]
pub struct Scope {
    pub start_at: StateId,
    /// The Parallel or Map state that holds this block; none for the top level.
    pub owner: Option<StateId>,
}

/// A definition without errors.
#[derive(Debug)]
pub struct StateMachine {
    pub comment: Option<Arc<str>>,
    /// `TimeoutSeconds` of the whole execution.
    pub timeout_seconds: Option<u64>,
    pub states: Vec<State>,
    pub scopes: Vec<Scope>,
}

impl StateMachine {
    pub const TOP: ScopeId = ScopeId(0);

    pub fn state(&self, id: StateId) -> &State {
        &self.states[id.0 as usize]
    }

    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }
}

/// A place where the JSONata of a state reads a variable.
pub(crate) struct Mention {
    pub(crate) state: StateId,
    pub(crate) variable: String,
    pub(crate) place: Place,
}

/// A place where the JSONata of a state reads what these names lead to in its input.
pub(crate) struct DataRead {
    pub(crate) state: StateId,
    pub(crate) names: Vec<String>,
    pub(crate) place: Place,
}

/// What reading a definition gives: every finding, and the machine when no finding is an error and Stairway
/// runs all that is in it.
#[derive(Debug)]
pub struct Parsed {
    pub machine: Option<StateMachine>,
    pub diagnostics: Vec<Diagnostic>,
    /// How many more findings there are than are told.
    pub left_out: usize,
}

impl Parsed {
    /// Why there is no machine: the errors, or else what Stairway does not run yet.
    pub fn refusals(&self) -> impl Iterator<Item = &Diagnostic> {
        let has_errors = self.diagnostics.iter().any(|told| told.severity == Severity::Error);
        self.diagnostics.iter().filter(move |told| match has_errors {
            true => told.severity == Severity::Error,
            false => told.code == report::NOT_SUPPORTED_YET,
        })
    }
}

/// The type of state machine a definition is checked for: some resources exist only for one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum MachineType {
    Standard,
    Express,
}

/// Reads a definition (JSON text) and checks it without knowing any service; never stops at the first finding.
pub fn parse(text: &str, machine_type: MachineType) -> Parsed {
    parse_for(text, machine_type, &NoneKnown)
}

/// The same, with what is known of the services that its Tasks name.
pub fn parse_for(text: &str, machine_type: MachineType, services: &dyn Services) -> Parsed {
    let mut report = Report::new(text);
    let machine = read(text, machine_type, services, &mut report);
    let machine = if report.allows_a_machine() { machine } else { None };
    let (diagnostics, left_out) = report.finish();
    Parsed { machine, diagnostics, left_out }
}

fn read(
    text: &str,
    machine_type: MachineType,
    services: &dyn Services,
    report: &mut Report<'_>,
) -> Option<StateMachine> {
    let not_an_object = "Definition must be a valid JSON object";
    if text.trim().is_empty() {
        report.error_without_place(SCHEMA_VALIDATION_FAILED, not_an_object.into());
        return None;
    }
    let root = match Node::parse(text) {
        Ok(root) => root,
        Err(error) => {
            report.syntax(error);
            return None;
        }
    };
    if !matches!(root.kind, NodeKind::Object(_)) {
        report.error_without_place(SCHEMA_VALIDATION_FAILED, not_an_object.into());
        return None;
    }
    let outline = Outline::of(&root, report)?;
    check::all(&root, &outline, machine_type, services, report);
    let mut mentions: Vec<Mention> = Vec::new();
    let mut data_reads: Vec<DataRead> = Vec::new();
    let read = |(id, state): (StateId, &StateOutline<'_>)| {
        let read = State::read(state, &outline.draft(state), report);
        let found = report.take_mentions().into_iter();
        mentions.extend(found.map(|(variable, place)| Mention { state: id, variable, place }));
        let found = report.take_data_reads().into_iter();
        data_reads.extend(found.map(|(names, place)| DataRead { state: id, names, place }));
        read
    };
    // Every state is read before the first one that could not be read ends this.
    let states: Vec<Option<State>> = outline.states().map(read).collect();
    check::variables_are_assigned(&outline, mentions, report);
    check::data_is_written(&outline, data_reads, report);
    let top = &outline.scopes[0].section;
    Some(StateMachine {
        comment: top.string("Comment", report),
        timeout_seconds: top.integer("TimeoutSeconds", 1..=SECONDS_MAX, report),
        states: states.into_iter().collect::<Option<_>>()?,
        scopes: outline.finished_scopes()?,
    })
}
