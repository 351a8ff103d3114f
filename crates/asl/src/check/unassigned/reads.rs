//! Every place of a JSONPath state where an expression reads a variable.

use crate::definition::report::Place;
use crate::definition::section::Section;
use crate::definition::source::{Member, Node, NodeKind};
use crate::query::jsonpath::intrinsic::Call;
use crate::query::jsonpath::{Path, Root};

const TEMPLATES: [&str; 5] = ["Parameters", "Credentials", "ItemSelector", "ResultSelector", "Assign"];

/// Calls `found` with each variable and its place, in the order of the text. Blocks inside the state are
/// left out: their states are states of their own.
pub(super) fn each(state: &Section<'_>, found: &mut impl FnMut(&str, Place)) {
    for member in state.members() {
        let place = state.place.member(member);
        match (&*member.key, &member.node.kind) {
            ("Choices" | "Catch", NodeKind::Array(items)) => {
                for (at, item) in items.iter().enumerate() {
                    rule(item, &place.item(at, item), found);
                }
            }
            _ => field(member, place, found),
        }
    }
}

/// A Choice rule with the rules inside it, or a catcher.
fn rule(node: &Node, place: &Place, found: &mut impl FnMut(&str, Place)) {
    for member in node.members().unwrap_or_default() {
        let place = place.member(member);
        match (&*member.key, &member.node.kind) {
            ("And" | "Or", NodeKind::Array(rules)) => {
                for (at, inner) in rules.iter().enumerate() {
                    rule(inner, &place.item(at, inner), found);
                }
            }
            ("Not", _) => rule(&member.node, &place, found),
            ("Variable", _) => expression(&member.node, place, found),
            _ => field(member, place, found),
        }
    }
}

fn field(member: &Member, place: Place, found: &mut impl FnMut(&str, Place)) {
    if TEMPLATES.contains(&&*member.key) {
        template(&member.node, &place, found);
    } else if member.key.ends_with("Path") {
        expression(&member.node, place, found);
    }
}

fn template(node: &Node, place: &Place, found: &mut impl FnMut(&str, Place)) {
    match &node.kind {
        NodeKind::Object(members) => {
            for member in members {
                let place = place.member(member);
                match member.key.ends_with(".$") {
                    true => expression(&member.node, place, found),
                    false => template(&member.node, &place, found),
                }
            }
        }
        NodeKind::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                template(item, &place.item(at, item), found);
            }
        }
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {}
    }
}

/// What is no expression is reported where the field is read.
fn expression(node: &Node, place: Place, found: &mut impl FnMut(&str, Place)) {
    // Most expressions start from the input; only those that could name a variable are parsed again.
    let Some(text) = node.as_str().filter(|text| Call::is_meant(text) || !text.starts_with("$.")) else {
        return;
    };
    if Call::is_meant(text) {
        let Ok(call) = Call::parse(text) else { return };
        let mut paths = Vec::new();
        call.paths(&mut paths);
        paths.into_iter().for_each(|path| variable(path, &place, found));
    } else if let Ok(path) = Path::parse(text) {
        variable(&path, &place, found);
    }
}

fn variable(path: &Path, place: &Place, found: &mut impl FnMut(&str, Place)) {
    if let Root::Variable(name) = path.root() {
        found(name, place.clone());
    }
}
