//! Resources: every Task names one that exists, that is for this type of state machine, and that takes the
//! parameters that the definition gives it.

use crate::definition::report::Report;
use crate::definition::source::{Node, NodeKind};
use crate::definition::{MachineType, Outline, StateOutline};
use crate::json::Document;
use crate::query::Language;
use crate::resource::Resource;
use crate::services::Services;

pub(super) fn check(
    outline: &Outline<'_>,
    machine_type: MachineType,
    services: &dyn Services,
    report: &mut Report<'_>,
) {
    for (_, state) in outline.states().filter(|(_, state)| state.kind() == Some("Task")) {
        let Some((node, place)) = state.section.field("Resource") else { continue };
        let Some(text) = node.as_str() else { continue };
        let parsed = Resource::parse(text);
        match parsed.ok().filter(|resource| services.has(resource)) {
            None => {
                let hint = (report.hints_left() > 0).then(|| services.hint(text)).flatten();
                report.schema_with_hint(Resource::unknown(text), hint, &place);
            }
            Some(resource) => {
                if let Some(message) = resource.refusal_for(machine_type) {
                    report.schema(message, &place);
                }
                parameters(state, &resource, services, report);
            }
        }
    }
}

/// AWS places what is wrong with parameters at the field that holds them all.
fn parameters(
    state: &StateOutline<'_>,
    resource: &Resource,
    services: &dyn Services,
    report: &mut Report<'_>,
) {
    let field = match state.language {
        Language::JsonPath => "Parameters",
        Language::Jsonata => "Arguments",
    };
    let Some((node, place)) = state.section.field(field) else { return };
    // What is no object is an expression, or refused by the state's reader.
    if !matches!((node.members(), resource), (Some(_), Resource::Service { .. })) {
        return;
    }
    let given = Document::from_value(node.to_value());
    for problem in services.check_template(resource, &given, report.hints_left()) {
        let place = place.shown_at(at(node, &problem.way));
        report.schema_with_hint(problem.message, problem.hint, &place);
    }
}

/// What stands at the end of this way, or as far as it can be gone.
fn at<'n>(node: &'n Node, way: &[String]) -> &'n Node {
    let mut reached = node;
    for step in way {
        let next = match &reached.kind {
            NodeKind::Object(members) => members
                .iter()
                .find(|member| member.key.strip_suffix(".$").unwrap_or(&member.key) == step)
                .map(|member| &member.node),
            NodeKind::Array(items) => step.parse::<usize>().ok().and_then(|index| items.get(index)),
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => None,
        };
        let Some(next) = next else { break };
        reached = next;
    }
    reached
}

#[cfg(test)]
mod tests;
