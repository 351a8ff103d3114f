//! What is allowed and probably not meant: a path where no path is read.

use crate::definition::Outline;
use crate::definition::report::{Place, Report};
use crate::definition::source::{Node, NodeKind};
use crate::query::Language;

pub(super) fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    for (_, state) in outline.states().filter(|(_, state)| state.language == Language::JsonPath) {
        let section = &state.section;
        for name in ["Parameters", "ResultSelector", "ItemSelector"] {
            if let Some((node, place)) = section.field(name) {
                template(node, &place, report);
            }
        }
        if let Some((node, place)) = section.field("Result") {
            static_result(node, &place, report);
        }
        for name in
            ["TimeoutSeconds", "HeartbeatSeconds", "Seconds", "Timestamp", "MaxConcurrency", "Error", "Cause"]
        {
            if let Some((node, place)) = section.field(name)
                && is_path(node)
            {
                let message = format!("Value looks like a path; the field '{name}Path' takes one");
                report.warning("NO_PATH", message, &place);
            }
        }
    }
}

fn is_path(node: &Node) -> bool {
    node.as_str().is_some_and(|text| text.starts_with("$.") || text.starts_with("$$."))
}

fn template(node: &Node, place: &Place, report: &mut Report<'_>) {
    match &node.kind {
        NodeKind::Object(members) => {
            for member in members {
                let place = place.member(member);
                let is_expression = is_path(&member.node)
                    || member
                        .node
                        .as_str()
                        .is_some_and(|text| text.starts_with("States.") && text.ends_with(')'));
                if is_expression && !member.key.ends_with(".$") {
                    let message =
                        format!("Value looks like an expression; the key '{}' lacks '.$'", member.key);
                    report.warning("NO_DOLLAR", message, &place);
                }
                template(&member.node, &place, report);
            }
        }
        NodeKind::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                template(item, &place.item(at, item), report);
            }
        }
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {}
    }
}

fn static_result(node: &Node, place: &Place, report: &mut Report<'_>) {
    let Some(members) = node.members() else { return };
    for member in members {
        if member.key.ends_with(".$") && is_path(&member.node) {
            let message = format!("'Result' is not evaluated; '{}' stays as it is", member.key);
            report.warning("PASS_RESULT_IS_STATIC", message, &place.member(member));
        }
    }
}
