//! A warning of Stairway's own: a state reads data that nothing before it can have written.
//!
//! Here: what is told. `flow` finds what the input of each state can hold (`shape`), `visit` what one state
//! makes of it; what JSONata reads is told by those who compiled it.
//! INVARIANT: what is not known may hold anything, and a member is missed only if it is missing on every way.

mod flow;
mod shape;
#[cfg(test)]
mod tests;
mod visit;

use crate::definition::report::{Place, Report};
use crate::definition::{DataRead, Outline};
use visit::Visit;

/// A definition with errors is not looked at: a way that is misspelt may be the one that writes.
pub(crate) fn check(outline: &Outline<'_>, in_jsonata: Vec<DataRead>, report: &mut Report<'_>) {
    if report.has_errors() {
        return;
    }
    let Some(inputs) = flow::inputs(outline) else { return };
    let mut in_jsonata = in_jsonata.into_iter().peekable();
    for ((id, state), input) in outline.states().zip(inputs) {
        let mut missed: Vec<(String, Place)> = Vec::new();
        while let Some(read) = in_jsonata.next_if(|read| read.state == id) {
            if input.as_ref().is_some_and(|input| !input.may_have(&read.names)) {
                missed.push((format!("$states.input.{}", read.names.join(".")), read.place));
            }
        }
        missed.extend(input.map(|input| Visit::of(outline, state, input).misses).unwrap_or_default());
        for (path, place) in missed {
            let message = format!("'{path}' is read, but nothing that runs before can have written it");
            report.warning("UNWRITTEN_DATA", message, &place);
        }
    }
}
