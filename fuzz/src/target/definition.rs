//! Definitions, checked for both types of state machine; what has no error is asked what Describe asks.

use std::collections::BTreeSet;

use asl::definition::MachineType;

use super::kind_of;

pub(super) fn feed(text: &str) -> String {
    let mut kinds = BTreeSet::new();
    for machine_type in [MachineType::Standard, MachineType::Express] {
        let parsed = asl::parse(text, machine_type);
        for finding in &parsed.diagnostics {
            kinds.insert(format!("{} {}", finding.code, kind_of(&finding.message)));
        }
        if let Some(machine) = &parsed.machine {
            kinds.insert(format!("a machine, variables: {}", !machine.variable_references().is_empty()));
        }
    }
    // What the few first kinds are tells inputs apart well enough; all of them would tell each from each.
    kinds.into_iter().take(3).collect::<Vec<_>>().join("; ")
}
