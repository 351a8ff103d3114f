//! What a definition must keep to, beyond what each state's reader finds in its own fields.
//!
//! One file per family of rules. Each rule reports all that it finds; none stops another.

mod express;
mod fields;
mod lost_tasks;
mod names;
mod query_language;
mod resource;
mod transitions;
mod unassigned;
mod unwritten;
mod variables;
mod warnings;

use crate::definition::report::Report;
use crate::definition::source::Node;
use crate::definition::{MachineType, Outline};
use crate::services::Services;
pub(crate) use unassigned::check as variables_are_assigned;
pub(crate) use unwritten::check as data_is_written;

/// All but [`variables_are_assigned`] and [`data_is_written`], for which the expressions must have been read.
pub(crate) fn all(
    root: &Node,
    outline: &Outline<'_>,
    machine_type: MachineType,
    services: &dyn Services,
    report: &mut Report<'_>,
) {
    names::unique_keys(root, report);
    fields::blocks(outline, report);
    fields::states(outline, report);
    names::state_names(outline, report);
    query_language::check(outline, report);
    resource::check(outline, machine_type, services, report);
    express::check(outline, machine_type, report);
    transitions::check(outline, report);
    variables::check(outline, report);
    warnings::check(outline, report);
    lost_tasks::check(outline, report);
}
