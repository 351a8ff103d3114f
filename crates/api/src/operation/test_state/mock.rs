//! The mock of a TestState: which states may have one, which must, and what it may say.
//!
//! Not here: what a service would answer (`asl::services`), by which the result of a Task is judged.

use asl::error_name::Failure;
use asl::resource::{Pattern, Resource};
use asl::services::{Completeness, Services};
use asl::state::{Kind, State};
use asl::{Document, Value};
use serde::Deserialize;

use crate::domain::Mock;
use crate::error::ApiError;
use crate::wire::constraint::Constraints;
use crate::wire::limits;
use crate::wire::member::{Payload, Structure, Text};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub(super) struct MockShape<'a> {
    result: Option<Payload>,
    error_output: Option<Structure<ErrorOutput<'a>>>,
    field_validation_mode: Option<Text<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct ErrorOutput<'a> {
    error: Option<Text<'a>>,
    cause: Option<Text<'a>>,
}

impl MockShape<'_> {
    pub(super) fn check(&self, constraints: &mut Constraints) {
        if let Some(result) = &self.result {
            constraints.measured("mock.result", result.bytes, result.characters, &limits::PAYLOAD);
        }
        if let Some(output) = &self.error_output {
            constraints.optional("mock.errorOutput.error", &output.error, &limits::ERROR);
            constraints.optional("mock.errorOutput.cause", &output.cause, &limits::CAUSE);
        }
        let mode = &self.field_validation_mode;
        constraints.one_of("mock.fieldValidationMode", mode, limits::FIELD_VALIDATION_MODE);
    }

    /// Against what the service would answer, as strictly as the mode says; `STRICT` if it says nothing.
    fn check_fields(
        &self,
        resource: &Resource,
        result: &Document,
        services: &dyn Services,
    ) -> Result<(), ApiError> {
        let completeness = match self.field_validation_mode.as_deref() {
            Some("NONE") => return Ok(()),
            Some("PRESENT") => Completeness::Present,
            Some(_) | None => Completeness::Required,
        };
        match services.check_result(resource, result, completeness) {
            None => Ok(()),
            Some(problem) => Err(refused(&format!("Mock result schema validation error: {problem}"))),
        }
    }

    pub(super) fn refuse_contradictions(&self) -> Result<(), ApiError> {
        if self.result.is_some() != self.error_output.is_some() {
            return Ok(());
        }
        Err(refused("A test mock should have only one of the following fields: [result, errorOutput]."))
    }
}

pub(super) fn read(
    mock: Option<&Structure<MockShape<'_>>>,
    state: &State,
    failed_iterations: usize,
    services: &dyn Services,
) -> Result<Option<Mock>, ApiError> {
    let Some(mock) = mock else { return Ok(None) };
    if let Some(type_name) = without_mock(&state.kind) {
        return Err(refused(&format!("State type '{type_name}' is not supported when a mock is specified")));
    }
    if let Some(output) = &mock.error_output {
        let text = |text: &Option<Text<'_>>| text.as_deref().map(Into::into);
        return Ok(Some(Mock::Failure(Failure { error: text(&output.error), cause: text(&output.cause) })));
    }
    let Some(result) = &mock.result else { return Ok(None) };
    let result = result.document.as_ref().map_err(|_| refused("Mocked result must be valid JSON"))?;
    match &state.kind {
        Kind::Task(task) => mock.check_fields(&task.resource, result, services)?,
        kind => check_shape(kind, result)?,
    }
    Ok(Some(Mock::Result { result: result.clone(), failed_iterations }))
}

/// AWS's name of the type of a state that asks nobody.
fn without_mock(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::Pass(_) => Some("Pass"),
        Kind::Choice(_) => Some("Choice"),
        Kind::Wait(_) => Some("Wait"),
        Kind::Succeed(_) => Some("Succeed"),
        Kind::Fail(_) => Some("Fail"),
        Kind::Task(_) | Kind::Parallel(_) | Kind::Map(_) => None,
    }
}

fn check_shape(kind: &Kind, result: &Document) -> Result<(), ApiError> {
    let branches = match kind {
        Kind::Map(_) => None,
        Kind::Parallel(parallel) => Some(parallel.branches.len()),
        Kind::Task(_)
        | Kind::Pass(_)
        | Kind::Choice(_)
        | Kind::Wait(_)
        | Kind::Succeed(_)
        | Kind::Fail(_) => {
            return Ok(());
        }
    };
    let Value::Array(items) = result.value() else { return Err(refused("Mocked result must be an array.")) };
    if branches.is_some_and(|branches| branches != items.len()) {
        return Err(refused(
            "Mocked result must contain the same number of items as number of Parallel branches.",
        ));
    }
    Ok(())
}

/// The states that cannot be tested without a mock.
pub(super) fn refuse_missing(state: &State) -> Result<(), ApiError> {
    let text = match &state.kind {
        Kind::Map(_) | Kind::Parallel(_) => {
            "TestState API does not support Map or Parallel states. Supported state types include: [Task, \
             Wait, Pass, Succeed, Fail, Choice]"
        }
        Kind::Task(task) => match &task.resource {
            Resource::LambdaFunction(_) | Resource::Service { pattern: Pattern::RequestResponse, .. } => {
                return Ok(());
            }
            Resource::Activity(_)
            | Resource::Service { pattern: Pattern::Sync { .. } | Pattern::WaitForTaskToken, .. } => {
                "TestState API supports activities and the service integration patterns '.sync' and \
                 '.waitForTaskToken' only when a mock is specified."
            }
        },
        Kind::Pass(_) | Kind::Choice(_) | Kind::Wait(_) | Kind::Succeed(_) | Kind::Fail(_) => return Ok(()),
    };
    Err(ApiError::UntestableState(text))
}

fn refused(text: &str) -> ApiError {
    ApiError::Validation(text.to_owned())
}
