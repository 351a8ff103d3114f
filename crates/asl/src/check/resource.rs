//! Resources: every Task names one that exists, and that is for this type of state machine.

use crate::definition::report::Report;
use crate::definition::{MachineType, Outline};
use crate::resource::Resource;

pub(super) fn check(outline: &Outline<'_>, machine_type: MachineType, report: &mut Report<'_>) {
    for (_, state) in outline.states().filter(|(_, state)| state.kind() == Some("Task")) {
        let Some((node, place)) = state.section.field("Resource") else { continue };
        let Some(text) = node.as_str() else { continue };
        let finding = match Resource::parse(text) {
            Ok(resource) => resource.refusal_for(machine_type),
            Err(message) => Some(message),
        };
        if let Some(message) = finding {
            report.schema(message, &place);
        }
    }
}
