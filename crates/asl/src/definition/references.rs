//! Which variables each state reads: `variableReferences` of DescribeStateMachine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::StateMachine;
use crate::query::jsonpath::Root;

impl StateMachine {
    /// The names of the variables that a state's expressions mention, by the state's name. States that
    /// mention none are left out.
    pub fn variable_references(&self) -> BTreeMap<Arc<str>, BTreeSet<Arc<str>>> {
        let mut references: BTreeMap<Arc<str>, BTreeSet<Arc<str>>> = BTreeMap::new();
        for state in &self.states {
            for path in state.paths() {
                if let Root::Variable(name) = path.root() {
                    references.entry(state.name.clone()).or_default().insert(name.clone());
                }
            }
            if !state.mentioned.is_empty() {
                references.entry(state.name.clone()).or_default().extend(state.mentioned.iter().cloned());
            }
        }
        references
    }
}

#[cfg(test)]
mod tests {
    use crate::definition::MachineType;

    #[test]
    fn every_field_that_reads_a_variable_counts() {
        let definition = r#"{"StartAt":"M","States":{
            "M":{"Type":"Map","ItemsPath":"$items","MaxConcurrencyPath":"$width.max",
                "ItemSelector":{"a":[{"b.$":"States.Format('{}{}', $format, States.Array($nested))"}]},
                "ItemProcessor":{"StartAt":"Inner","States":{"Inner":{"Type":"Wait","SecondsPath":"$pause","End":true}}},
                "Catch":[{"ErrorEquals":["States.ALL"],"Assign":{"e.$":"$caught"},"Next":"C"}],"Next":"C"},
            "C":{"Type":"Choice","InputPath":"$in","Assign":{"literal":"$not"},"Default":"P","Choices":[
                {"Not":{"Variable":"$left","StringEqualsPath":"$right"},"Assign":{"x.$":"$ruled"},"Next":"F"}]},
            "P":{"Type":"Pass","Parameters":{"from.$":"$$.Execution","and.$":"$.input"},"OutputPath":"$out","End":true},
            "F":{"Type":"Fail","ErrorPath":"$error","CausePath":"$cause"}}}"#;
        let parsed = crate::parse(definition, MachineType::Standard);
        let machine = parsed.machine.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
        let lines: Vec<String> = machine
            .variable_references()
            .iter()
            .map(|(state, names)| {
                format!("{state}: {}", names.iter().map(|name| &**name).collect::<Vec<_>>().join(" "))
            })
            .collect();
        assert_eq!(
            lines,
            [
                "C: in left right ruled",
                "F: cause error",
                "Inner: pause",
                "M: caught format items nested width",
                "P: out",
            ]
        );
    }
}
