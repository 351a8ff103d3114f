//! The context object as a value, in AWS's layout.

use std::sync::Arc;

use super::ContextObject;
use crate::json::{Object, Value};
use crate::time::iso_8601;

/// What of the context object an expression asks for.
#[derive(Clone, Copy)]
pub(super) enum Part<'a> {
    Whole,
    /// `$$.name...`: the other members need not be built.
    Member(&'a str),
}

impl ContextObject<'_> {
    /// The object, or as much of it as `part` needs.
    pub(super) fn to_value(&self, part: Part<'_>) -> Value {
        let is_asked_for = |name: &str| match part {
            Part::Whole => true,
            Part::Member(wanted) => wanted == name,
        };
        let is_wanted =
            |name: &str| is_asked_for(name) && self.given.is_none_or(|given| !given.contains_key(name));
        let mut members = Object::default();
        for (name, value) in self.given.into_iter().flatten().filter(|(name, _)| is_asked_for(name)) {
            members.insert(name.clone(), value.clone());
        }
        if is_wanted("Execution") {
            members.insert("Execution".into(), self.execution());
        }
        if is_wanted("StateMachine") {
            let machine = [("Id", self.state_machine_id.into()), ("Name", self.state_machine_name.into())];
            members.insert("StateMachine".into(), object(machine));
        }
        if is_wanted("State") {
            members.insert("State".into(), self.state());
        }
        if let Some(token) = self.task_token.filter(|_| is_wanted("Task")) {
            members.insert("Task".into(), object([("Token", token.into())]));
        }
        if let Some(item) = self.map_item.filter(|_| is_wanted("Map")) {
            let mut parts = Object::default();
            parts.insert("Index".into(), Value::from(item.index as i64));
            if let Some(key) = &item.key {
                parts.insert("Key".into(), Value::String(key.clone()));
            }
            parts.insert("Value".into(), item.value.clone());
            parts.insert("Source".into(), "STATE_DATA".into());
            members.insert("Map".into(), object([("Item", Value::Object(Arc::new(parts)))]));
        }
        Value::Object(Arc::new(members))
    }

    fn execution(&self) -> Value {
        let mut execution = Object::default();
        execution.insert("Id".into(), self.execution_id.into());
        execution.insert("Input".into(), self.execution_input.value().clone());
        execution.insert("StartTime".into(), iso_8601(self.start_time_ms).as_str().into());
        execution.insert("Name".into(), self.execution_name.into());
        execution.insert("RoleArn".into(), self.role_arn.map_or(Value::Null, Value::from));
        if let Some(count) = self.redrive_count {
            execution.insert("RedriveCount".into(), i64::from(count).into());
        }
        if let Some(time_ms) = self.redrive_time_ms {
            execution.insert("RedriveTime".into(), iso_8601(time_ms).as_str().into());
        }
        Value::Object(Arc::new(execution))
    }

    fn state(&self) -> Value {
        let mut state = Object::default();
        state.insert("Name".into(), self.state_name.into());
        state.insert("EnteredTime".into(), iso_8601(self.state_entered_time_ms).as_str().into());
        if let Some(count) = self.retry_count {
            state.insert("RetryCount".into(), i64::from(count).into());
        }
        Value::Object(Arc::new(state))
    }
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(Arc::new(members.into_iter().map(|(name, value)| (name.into(), value)).collect()))
}
