//! Parallel: several blocks at once, each with the same input.

use crate::definition::report::Report;
use crate::definition::{ScopeId, StateOutline};

#[derive(Debug)]
pub struct Parallel {
    pub branches: Vec<ScopeId>,
}

impl Parallel {
    pub(crate) fn read(state: &StateOutline<'_>, report: &mut Report<'_>) -> Parallel {
        state.section.require(&["Branches"], report);
        state.section.list("Branches", report);
        Parallel { branches: state.blocks.clone() }
    }
}
