//! Names: keys of one object differ, state names differ in the whole definition and are not too long.

use std::collections::HashSet;

use crate::definition::Outline;
use crate::definition::report::{DUPLICATE_STATE_NAME, INVALID_STATE_NAME, Report};
use crate::definition::source::{Node, NodeKind};
use crate::limits::STATE_NAME_CHARS_MAX;

/// Of equal keys JSON keeps one; what the other said would be lost in silence. Equal state names are
/// left to [`state_names`].
pub(super) fn unique_keys(root: &Node, report: &mut Report<'_>) {
    let mut waiting = vec![(root, false)];
    while let Some((node, are_states)) = waiting.pop() {
        match &node.kind {
            NodeKind::Array(items) => waiting.extend(items.iter().rev().map(|item| (item, false))),
            NodeKind::Object(members) => {
                let mut seen = HashSet::new();
                for member in members {
                    if !seen.insert(&member.key) && !are_states {
                        report.duplicate_key(member);
                    }
                }
                let nested = members.iter().rev().map(|member| (&member.node, &*member.key == "States"));
                waiting.extend(nested);
            }
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {}
        }
    }
}

pub(super) fn state_names(outline: &Outline<'_>, report: &mut Report<'_>) {
    let mut seen = HashSet::new();
    for (_, state) in outline.states() {
        let place = &state.section.place;
        if !seen.insert(&state.name) {
            report.error(DUPLICATE_STATE_NAME, format!("Duplicate State name: {}", state.name), place);
        }
        if state.name.chars().count() > STATE_NAME_CHARS_MAX {
            let message =
                format!("State name must be at most {STATE_NAME_CHARS_MAX} characters: {}", state.name);
            report.error(INVALID_STATE_NAME, message, place);
        }
        if state.name.is_empty() {
            report.error(INVALID_STATE_NAME, "State name cannot be empty".into(), place);
        }
    }
}
