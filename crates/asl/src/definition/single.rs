//! One state by itself, as TestState takes it: read as a machine that has nothing else.
//!
//! The states that it leads to are added as ends, so that a transition out of it has a target.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::source::{Node, NodeKind};
use super::{MachineType, Parsed, StateId, StateMachine, parse_for};
use crate::json::Value;
use crate::services::Services;

/// AWS's name for a state that is tested without its machine.
pub const STATE_NAME: &str = "StateName";

/// Reads the definition of a state; findings name places as if it were the state `StateName` of a machine.
pub fn parse_state(text: &str, machine_type: MachineType, services: &dyn Services) -> Parsed {
    match Node::parse(text) {
        Ok(node) if matches!(node.kind, NodeKind::Object(_)) => {
            parse_for(&around(text, &node), machine_type, services)
        }
        // What is no object is told as of a machine.
        Ok(_) | Err(_) => parse_for(text, machine_type, services),
    }
}

fn around(text: &str, state: &Node) -> String {
    let mut whole = format!(r#"{{"StartAt":"{STATE_NAME}","States":{{"{STATE_NAME}":{text}"#);
    for target in targets(state) {
        let name = Value::from(target).to_json();
        // Writing to a string cannot fail.
        let _ = write!(whole, r#",{name}:{{"Type":"Succeed"}}"#);
    }
    whole.push_str("}}");
    whole
}

/// The names that the state itself may lead to.
fn targets(state: &Node) -> BTreeSet<&str> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    found.extend(["Next", "Default"].iter().filter_map(|name| text(state, name)));
    for list in ["Choices", "Catch"] {
        if let Some(NodeKind::Array(items)) = member(state, list).map(|node| &node.kind) {
            found.extend(items.iter().filter_map(|item| text(item, "Next")));
        }
    }
    found.remove(STATE_NAME);
    found
}

fn text<'n>(node: &'n Node, name: &str) -> Option<&'n str> {
    member(node, name)?.as_str().map(|text| &**text)
}

fn member<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    match &node.kind {
        NodeKind::Object(members) => {
            members.iter().find(|member| *member.key == *name).map(|member| &member.node)
        }
        _ => None,
    }
}

impl StateMachine {
    /// The state of this name, in whatever block it stands.
    pub fn state_named(&self, name: &str) -> Option<StateId> {
        let at = self.states.iter().position(|state| *state.name == *name)?;
        u32::try_from(at).ok().map(StateId)
    }

    /// The Parallel or Map states around a state, from the inside out.
    pub fn around(&self, state: StateId) -> impl Iterator<Item = StateId> + '_ {
        let owner = |state: &StateId| self.scope(self.state(*state).scope).owner;
        std::iter::successors(owner(&state), owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::NoneKnown;

    fn check_errors(text: &str, expected: &[&str]) {
        let parsed = parse_state(text, MachineType::Standard, &NoneKnown);
        let told: Vec<String> = parsed.diagnostics.iter().map(ToString::to_string).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn targets_of_a_single_state_exist() {
        let choice =
            r#"{"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true,"Next":"A\"B"}],"Default":"D"}"#;
        let machine = parse_state(choice, MachineType::Standard, &NoneKnown).machine.unwrap();
        assert!(machine.state_named("A\"B").is_some());
        assert!(machine.state_named("D").is_some());
        check_errors(
            r#"{"Type":"Pass","Next":"StateName"}"#,
            &["MISSING_END_STATE: Workflow has no terminal state"],
        );
    }

    #[test]
    fn findings_stand_at_the_state_that_aws_names() {
        check_errors(
            r#"{"Type":"Parallel","Branches":[],"End":true}"#,
            &["SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/StateName/Branches"],
        );
        check_errors("[]", &["SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object"]);
    }

    #[test]
    fn blocks_around_a_state_are_found_from_the_inside_out() {
        let text = r#"{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,
            "Branches":[{"StartAt":"I","States":{"I":{"Type":"Pass","End":true}}}]}}}}"#;
        let machine = parse_state(text, MachineType::Standard, &NoneKnown).machine.unwrap();
        let named = |name| machine.state_named(name).unwrap();
        let around: Vec<StateId> = machine.around(named("I")).collect();
        assert_eq!(around, [named("P"), named(STATE_NAME)]);
    }
}
