//! Transitions: every target exists in its own block, every state is reachable, every block can end.

use std::collections::HashSet;

use crate::definition::report::{MISSING_END_STATE, MISSING_TRANSITION_TARGET, Place, Report};
use crate::definition::source::{Node, NodeKind};
use crate::definition::{Outline, StateId, StateOutline};

pub(super) fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    let mut can_end = true;
    for scope in &outline.scopes {
        let states: Vec<(StateId, &StateOutline<'_>)> =
            scope.names.values().map(|&id| (id, outline.state(id))).collect();
        let mut reached: HashSet<StateId> = HashSet::new();
        let mut waiting: Vec<StateId> = Vec::new();
        let start = scope.section.field("StartAt").and_then(|(node, place)| Some((node.as_str()?, place)));
        if let Some((name, place)) = &start {
            match scope.names.get(*name) {
                Some(&start) => waiting.push(start),
                None => missing_target(name, place, report),
            }
        }
        for (_, state) in &states {
            for (name, place) in targets(state) {
                if !scope.names.contains_key(name) {
                    missing_target(name, &place, report);
                }
            }
        }
        if !states.is_empty() && !states.iter().any(|(_, state)| is_terminal(state)) {
            can_end = false;
            continue;
        }
        if start.is_none() {
            // Everything would be unreachable; AWS only says that StartAt is missing.
            continue;
        }
        while let Some(id) = waiting.pop() {
            if reached.insert(id) {
                let next = targets(outline.state(id));
                waiting.extend(next.iter().filter_map(|(name, _)| scope.names.get(*name)));
            }
        }
        for (id, state) in &states {
            if !reached.contains(id) {
                let message = format!("State \"{}\" is not reachable.", state.name);
                report.error(MISSING_TRANSITION_TARGET, message, &state.section.place);
            }
        }
    }
    if !can_end {
        report.error_without_place(MISSING_END_STATE, "Workflow has no terminal state".into());
    }
}

/// Whether a block can end with this state. Of unknown types it is not known: benefit of the doubt.
fn is_terminal(state: &StateOutline<'_>) -> bool {
    let ends = |state: &StateOutline<'_>| {
        matches!(state.section.get("End"), Some(Node { kind: NodeKind::Bool(true), .. }))
    };
    match state.kind() {
        Some("Succeed" | "Fail") => true,
        Some("Choice") => false,
        Some("Task" | "Pass" | "Wait" | "Parallel" | "Map") => ends(state),
        _ => true,
    }
}

/// Every state that this one names, and where it does so.
fn targets<'a>(state: &'a StateOutline<'_>) -> Vec<(&'a str, Place)> {
    let section = &state.section;
    let mut targets = Vec::new();
    let mut add = |field: Option<(&'a Node, Place)>| {
        if let Some((node, place)) = field
            && let Some(name) = node.as_str()
        {
            targets.push((&**name, place));
        }
    };
    add(section.field("Next"));
    for list in ["Choices", "Catch"] {
        if let Some((Node { kind: NodeKind::Array(items), .. }, place)) = section.field(list) {
            for (at, item) in items.iter().enumerate() {
                let item_place = place.item(at, item);
                add(item.get("Next").map(|next| (next, item_place.named("Next", next))));
            }
        }
    }
    add(section.field("Default"));
    targets
}

fn missing_target(name: &str, place: &Place, report: &mut Report<'_>) {
    report.error(MISSING_TRANSITION_TARGET, format!("Missing 'Next' target: {name}"), place);
}
