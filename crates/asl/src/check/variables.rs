//! Variables: what they may be called, and that no block assigns what a block around it assigns.
//!
//! The second rule leaves catchers out: AWS accepts a branch that assigns what a catcher of its Parallel
//! assigns (recorded). At run time the innermost value is read.

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use unicode_ident::{is_xid_continue, is_xid_start};

use crate::definition::report::{Place, Report};
use crate::definition::source::{Node, NodeKind};
use crate::definition::{Outline, ScopeId, StateOutline};
use crate::limits::VARIABLE_NAME_CHARS_MAX;
use crate::query::Language;

/// JSONata's own variable in every state.
const RESERVED: &str = "states";

/// A name in some `Assign`, without the `.$` of a template.
struct Assigned<'a> {
    name: &'a str,
    is_in_catcher: bool,
    place: Place,
}

pub(super) fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    let mut by_scope: Vec<Vec<Assigned<'_>>> = outline.scopes.iter().map(|_| Vec::new()).collect();
    for (_, state) in outline.states() {
        by_scope[state.scope.0 as usize].extend(assigned_in(state));
    }
    for assigned in by_scope.iter().flatten() {
        if let Some(message) = refusal(assigned.name) {
            report.schema(message, &assigned.place);
        }
    }
    for assigned in &mut by_scope {
        assigned.retain(|assigned| !assigned.is_in_catcher);
    }
    let names: Vec<HashSet<&str>> =
        by_scope.iter().map(|assigned| assigned.iter().map(|assigned| assigned.name).collect()).collect();
    for (scope, assigned) in by_scope.iter().enumerate() {
        let around = blocks_around(outline, ScopeId(scope as u32));
        for Assigned { name, place, .. } in assigned {
            if around.iter().any(|outer| names[outer.0 as usize].contains(name)) {
                let message = format!(
                    "The variable '{name}' is assigned in an outer scope and cannot be assigned here"
                );
                report.schema(message, place);
            }
        }
    }
}

/// Everything that a state, its Choice rules and its catchers assign.
fn assigned_in<'a>(state: &'a StateOutline<'_>) -> Vec<Assigned<'a>> {
    let section = &state.section;
    let mut assigned = Vec::new();
    let mut add = |node: &'a Node, place: &Place, is_in_catcher: bool| {
        for member in node.members().unwrap_or_default() {
            let name = match state.language {
                Language::JsonPath => member.key.strip_suffix(".$").unwrap_or(&member.key),
                Language::Jsonata => &member.key,
            };
            assigned.push(Assigned { name, is_in_catcher, place: place.named(name, &member.node) });
        }
    };
    if let Some((node, place)) = section.field("Assign") {
        add(node, &place, false);
    }
    for list in ["Choices", "Catch"] {
        if let Some((Node { kind: NodeKind::Array(items), .. }, place)) = section.field(list) {
            for (at, item) in items.iter().enumerate() {
                if let Some(node) = item.get("Assign") {
                    add(node, &place.item(at, item).named("Assign", node), list == "Catch");
                }
            }
        }
    }
    assigned
}

fn refusal(name: &str) -> Option<String> {
    let mut characters = name.chars();
    if name == RESERVED {
        return Some(format!("The variable name '{RESERVED}' is reserved"));
    }
    if name.chars().count() > VARIABLE_NAME_CHARS_MAX {
        return Some(format!("Variable name must be at most {VARIABLE_NAME_CHARS_MAX} characters: {name}"));
    }
    if !characters.next().is_some_and(is_xid_start) || !characters.all(is_xid_continue) {
        return Some(format!(
            "The variable name '{name}' must start with a letter, followed by letters, digits or underscores"
        ));
    }
    None
}

/// The blocks whose variables a block sees. The children of a Distributed Map are executions of their
/// own and see none.
fn blocks_around(outline: &Outline<'_>, scope: ScopeId) -> Vec<ScopeId> {
    let mut around = Vec::new();
    let mut inner = scope;
    while let Some(owner) = outline.scopes[inner.0 as usize].owner {
        let owner = outline.state(owner);
        if is_distributed(owner) {
            break;
        }
        inner = owner.scope;
        around.push(inner);
    }
    around
}

pub(super) fn is_distributed(state: &StateOutline<'_>) -> bool {
    let processor = state.section.get("ItemProcessor").or_else(|| state.section.get("Iterator"));
    let mode = processor.and_then(|processor| processor.get("ProcessorConfig")?.get("Mode")?.as_str());
    mode.is_some_and(|mode| &**mode == "DISTRIBUTED")
}
