//! The context object that a tester gives: which members it may have.

use std::sync::Arc;

use asl::json::{Object, Value};
use asl::resource::{Pattern, Resource};
use asl::state::{Kind, State};

use crate::error::ApiError;
use crate::wire::member::Payload;

/// Members of the parts of the context object, and whether they are text, a number, or anything.
const PARTS: &[(&str, &[(&str, Type)])] = &[
    (
        "Execution",
        &[
            ("Id", Type::Text),
            ("Input", Type::Anything),
            ("Name", Type::Text),
            ("RoleArn", Type::Text),
            ("StartTime", Type::Text),
            ("RedriveCount", Type::Number),
            ("RedriveTime", Type::Text),
        ],
    ),
    ("State", &[("EnteredTime", Type::Text), ("Name", Type::Text), ("RetryCount", Type::Number)]),
    ("StateMachine", &[("Id", Type::Text), ("Name", Type::Text)]),
    ("Task", &[("Token", Type::Text)]),
];

#[derive(Clone, Copy)]
enum Type {
    Text,
    Number,
    Anything,
}

pub(super) fn read(given: Option<Payload>, state: &State) -> Result<Option<Arc<Object>>, ApiError> {
    let Some(given) = given else { return Ok(None) };
    let document = given.document.map_err(|_| refused("it must be valid JSON".to_owned()))?;
    let Value::Object(parts) = document.value() else {
        return Err(refused("it must be a JSON object".to_owned()));
    };
    for (name, part) in parts.iter() {
        check_part(name, part)?;
    }
    if parts.contains_key("Task") && !has_token(state) {
        return Err(refused(
            "contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' service \
             integration pattern"
                .to_owned(),
        ));
    }
    Ok(Some(Arc::clone(parts)))
}

fn check_part(name: &str, part: &Value) -> Result<(), ApiError> {
    if name == "Map" {
        return Err(refused("'Map' field is not supported when mocking a Context object".to_owned()));
    }
    let not_allowed = |name: &str| refused(format!("Field '{name}' is not allowed"));
    let (_, members) = PARTS.iter().find(|(known, _)| *known == name).ok_or_else(|| not_allowed(name))?;
    let Value::Object(part) = part else { return Err(refused(format!("{name} must be an object"))) };
    for (member, value) in part.iter() {
        let (_, of) =
            members.iter().find(|(known, _)| **known == **member).ok_or_else(|| not_allowed(member))?;
        match (of, value) {
            (Type::Anything, _) | (Type::Text, Value::String(_)) | (Type::Number, Value::Number(_)) => {}
            (Type::Text, _) => return Err(refused(format!("{name}.{member} must be a string"))),
            (Type::Number, _) => return Err(refused(format!("{name}.{member} must be a number"))),
        }
    }
    Ok(())
}

fn has_token(state: &State) -> bool {
    let Kind::Task(task) = &state.kind else { return false };
    matches!(
        &task.resource,
        Resource::Service { pattern: Pattern::Sync { .. } | Pattern::WaitForTaskToken, .. }
    )
}

fn refused(what: String) -> ApiError {
    ApiError::Validation(format!("Invalid Context object provided: {what}"))
}
