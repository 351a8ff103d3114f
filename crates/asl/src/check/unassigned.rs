//! A warning of Stairway's own: a variable is read in a state that no assignment of it can lead to.
//!
//! Here: what JSONPath reads, by looking at each field; what JSONata reads is told by those who compiled it.
//! Assigned is what some way into the state assigns: a variable that other ways leave out is not told.

mod reads;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::definition::report::{Place, Report};
use crate::definition::source::{Node, NodeKind};
use crate::definition::{Mention, Outline, StateId, StateOutline};
use crate::query::Language;

/// LIMIT: visits of states over all variables. Ours: a definition with more variables and states than this
/// allows for is not warned about.
const VISITS_MAX: usize = 10_000_000;

/// Leads from one state to another, past an `Assign`.
struct Way<'a> {
    to: usize,
    assign: Option<&'a Node>,
    language: Language,
}

pub(crate) fn check(outline: &Outline<'_>, in_jsonata: Vec<Mention>, report: &mut Report<'_>) {
    // By variable: the states that read it, each with the place where it first does.
    let mut readers: BTreeMap<String, Vec<(usize, Place)>> = BTreeMap::new();
    let mut add = |id: StateId, variable: String, place: Place| {
        let readers = readers.entry(variable).or_default();
        if readers.last().is_none_or(|(last, _)| *last != id.0 as usize) {
            readers.push((id.0 as usize, place));
        }
    };
    for (id, state) in outline.states().filter(|(_, state)| state.language == Language::JsonPath) {
        reads::each(&state.section, &mut |variable, place| add(id, variable.to_owned(), place));
    }
    in_jsonata.into_iter().for_each(|Mention { state, variable, place }| add(state, variable, place));
    if readers.is_empty() {
        return;
    }
    let ways: Vec<Vec<Way<'_>>> = outline.states().map(|(_, state)| ways_out(outline, state)).collect();
    let assignments = assignments(&ways);
    let mut visits_left = VISITS_MAX;
    let mut unassigned: Vec<(usize, String, Place)> = Vec::new();
    for (variable, readers) in readers {
        let assigned = assignments.get(&*variable).map_or(&[][..], Vec::as_slice);
        let Some(reached) = reached_from(assigned, &ways, &mut visits_left) else { return };
        let missed = readers.into_iter().filter(|(state, _)| !reached[*state]);
        unassigned.extend(missed.map(|(state, place)| (state, variable.clone(), place)));
    }
    unassigned.sort_by_key(|(state, ..)| *state);
    for (_, variable, place) in unassigned {
        let message = format!("The variable '${variable}' is read, but nothing that runs before assigns it");
        report.warning("UNASSIGNED_VARIABLE", message, &place);
    }
}

/// By variable: the states that are entered right after it was assigned.
fn assignments<'a>(ways: &[Vec<Way<'a>>]) -> BTreeMap<&'a str, Vec<usize>> {
    let mut assignments: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for way in ways.iter().flatten() {
        for member in way.assign.and_then(Node::members).unwrap_or_default() {
            let name = match way.language {
                Language::JsonPath => member.key.strip_suffix(".$").unwrap_or(&member.key),
                Language::Jsonata => &member.key,
            };
            assignments.entry(name).or_default().push(way.to);
        }
    }
    assignments
}

/// Which states can be entered once one of `start` has been; none when that takes too many visits.
fn reached_from(start: &[usize], ways: &[Vec<Way<'_>>], visits_left: &mut usize) -> Option<Vec<bool>> {
    *visits_left = visits_left.checked_sub(ways.len())?;
    let mut reached = vec![false; ways.len()];
    let mut waiting = start.to_vec();
    while let Some(state) = waiting.pop() {
        if !std::mem::replace(&mut reached[state], true) {
            *visits_left = visits_left.checked_sub(ways[state].len())?;
            waiting.extend(ways[state].iter().map(|way| way.to));
        }
    }
    Some(reached)
}

/// To the states that this one names, and into its own blocks. The children of a Distributed Map are
/// executions of their own, which see no variables from outside.
fn ways_out<'a>(outline: &'a Outline<'_>, state: &'a StateOutline<'_>) -> Vec<Way<'a>> {
    let section = &state.section;
    let target = |block: usize, name: Option<&Node>| {
        outline.scopes[block].names.get(&**name?.as_str()?).map(|id| id.0 as usize)
    };
    let here = state.scope.0 as usize;
    let mut ways = Vec::new();
    let mut add = |to: Option<usize>, assign: Option<&'a Node>| {
        ways.extend(to.map(|to| Way { to, assign, language: state.language }));
    };
    for name in ["Next", "Default"] {
        add(target(here, section.get(name)), section.get("Assign"));
    }
    for list in ["Choices", "Catch"] {
        if let Some(Node { kind: NodeKind::Array(items), .. }) = section.get(list) {
            items.iter().for_each(|item| add(target(here, item.get("Next")), item.get("Assign")));
        }
    }
    if !super::variables::is_distributed(state) {
        for block in state.blocks.iter().map(|block| block.0 as usize) {
            add(target(block, outline.scopes[block].section.get("StartAt")), None);
        }
    }
    ways
}
