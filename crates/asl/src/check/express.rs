//! What an Express state machine cannot hold, beside resources (`check/resource`): a Distributed Map, whose
//! parent is always a Standard one (`spec/features.md` 2.17). Its children may be Express.

use super::variables::is_distributed;
use crate::definition::report::{Place, Report};
use crate::definition::{MachineType, Outline, StateOutline};

pub(super) fn check(outline: &Outline<'_>, machine_type: MachineType, report: &mut Report<'_>) {
    if machine_type == MachineType::Standard {
        return;
    }
    for (_, state) in outline.states().filter(|(_, state)| state.kind() == Some("Map")) {
        if is_distributed(state)
            && let Some(place) = mode(state)
        {
            report.schema("Express state machine does not support Distributed Map".into(), &place);
        }
    }
}

fn mode(state: &StateOutline<'_>) -> Option<Place> {
    let section = &state.section;
    let (processor, place) = section.field("ItemProcessor").or_else(|| section.field("Iterator"))?;
    let config = processor.get("ProcessorConfig")?;
    Some(place.named("ProcessorConfig", config).named("Mode", config.get("Mode")?))
}

#[cfg(test)]
mod tests {
    use crate::Severity;
    use crate::definition::{MachineType, parse};

    fn errors(machine_type: MachineType, mode: &str) -> Vec<String> {
        let definition = format!(
            r#"{{"StartAt":"M","States":{{"M":{{"Type":"Map","End":true,"ItemProcessor":{{"ProcessorConfig":{{{mode}}},
                "StartAt":"P","States":{{"P":{{"Type":"Pass","End":true}}}}}}}}}}}}"#
        );
        let findings = parse(&definition, machine_type).diagnostics;
        let errors = findings.iter().filter(|told| told.severity == Severity::Error);
        errors.map(ToString::to_string).collect()
    }

    #[test]
    fn only_a_standard_state_machine_has_a_distributed_map() {
        let distributed = r#""Mode":"DISTRIBUTED","ExecutionType":"EXPRESS""#;
        assert_eq!(errors(MachineType::Standard, distributed), [""; 0]);
        assert_eq!(
            errors(MachineType::Express, distributed),
            ["SCHEMA_VALIDATION_FAILED: Express state machine does not support Distributed Map at \
              /States/M/ItemProcessor/ProcessorConfig/Mode"]
        );
        assert_eq!(errors(MachineType::Express, r#""Mode":"INLINE""#), [""; 0]);
    }
}
