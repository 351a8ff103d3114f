//! What the expressions of a frame see, and what their failures become.

use std::sync::Arc;

use asl::definition::{MachineType, STATE_NAME};
use asl::error_name::{DATA_LIMIT_EXCEEDED, Failure, QUERY_EVALUATION_ERROR};
use asl::json::Value;
use asl::query::{ContextObject, Interrupted, MapItem, Scope};
use asl::state::Kind;

use crate::advance::Step;
use crate::command::TaskKey;
use crate::execution::Execution;
use crate::frame::{Doing, Frame, FrameId};

/// Why a turn could not be finished.
#[derive(Debug)]
pub(crate) enum Halt {
    Failed(Failure),
    /// A JSONata expression failed: AWS shows that as an event of its own.
    NotEvaluated {
        failure: Failure,
        location: Option<Arc<str>>,
    },
    OverBudget,
}

impl Step<'_> {
    /// Evaluates something of the state that a frame is in.
    pub(crate) fn evaluate<T>(
        &self,
        id: FrameId,
        expression: impl FnOnce(&asl::State, &Scope<'_>) -> Result<T, Interrupted>,
    ) -> Result<T, Halt> {
        self.evaluate_with(id, EvaluationContext::default(), expression)
    }

    /// What AWS puts before the cause of a failure, but while a state is tested.
    pub(crate) fn circumstances(&self, id: FrameId) -> String {
        if self.setting.is_some() {
            return String::new();
        }
        let frame = self.execution.frames.get(id);
        let name = &self.execution.identity.machine.state(frame.state).name;
        format!(
            "An error occurred while executing the state '{name}' (entered at the event id #{}). ",
            frame.entered
        )
    }

    pub(crate) fn evaluate_with<T>(
        &self,
        id: FrameId,
        with: EvaluationContext<'_>,
        expression: impl FnOnce(&asl::State, &Scope<'_>) -> Result<T, Interrupted>,
    ) -> Result<T, Halt> {
        let execution = &*self.execution;
        let identity = &*execution.identity;
        let frame = execution.frames.get(id);
        let state = identity.machine.state(frame.state);
        let map_item = match with.map_item {
            Some(_) => None,
            None => execution.map_item_of(frame),
        };
        let token = with.task.map(|task| self.moment.tokens.mint(task));
        let setting = self.setting;
        let tested_item = setting.and_then(|setting| setting.map_item.as_ref());
        let role = setting.map_or(Some(&*identity.role_arn), |setting| setting.role_arn.as_deref());
        let redriven = execution.redriven();
        let context = ContextObject {
            execution_id: &identity.arn,
            execution_input: execution.input(),
            execution_name: &identity.name,
            role_arn: role,
            start_time_ms: execution.started_ms,
            // Express executions cannot be redriven, and AWS shows none for them.
            redrive_count: match identity.machine_type {
                MachineType::Standard if setting.is_none() => {
                    Some(redriven.map_or(0, |redriven| redriven.count))
                }
                MachineType::Standard | MachineType::Express => None,
            },
            redrive_time_ms: redriven.map(|redriven| redriven.at_ms),
            state_machine_id: &identity.state_machine_arn,
            state_machine_name: &identity.state_machine_name,
            // AWS has one name for every state that is tested.
            state_name: if setting.is_some() { STATE_NAME } else { &state.name },
            state_entered_time_ms: frame.entered_ms,
            retry_count: retry_count(state, frame),
            task_token: token.as_deref(),
            map_item: with.map_item.or(map_item.as_ref()).or(tested_item),
            given: setting.and_then(|setting| setting.context.as_deref()),
        };
        let variables = execution.variables_of(frame);
        let scope = Scope {
            input: execution.payloads.get(frame.input),
            context: &context,
            variables: &variables,
            entropy: &self.entropy,
            budget: &self.budget,
            now_ms: self.moment.now_ms,
            seen: setting.map(|setting| &setting.seen),
        };
        expression(state, &scope).map_err(|interrupted| halt(interrupted, self.circumstances(id)))
    }
}

/// What an evaluation sees beyond its frame.
#[derive(Default)]
pub(crate) struct EvaluationContext<'a> {
    /// The attempt whose token `$$.Task.Token` is.
    pub(crate) task: Option<TaskKey>,
    /// The item whose iteration is being prepared.
    pub(crate) map_item: Option<&'a MapItem>,
}

/// AWS shows `State.RetryCount` for the states that can retry.
fn retry_count(state: &asl::State, frame: &Frame) -> Option<u32> {
    match state.kind {
        Kind::Task(_) | Kind::Parallel(_) | Kind::Map(_) => {
            Some(frame.retries.iter().sum::<u64>().try_into().unwrap_or(u32::MAX))
        }
        Kind::Pass(_) | Kind::Choice(_) | Kind::Wait(_) | Kind::Succeed(_) | Kind::Fail(_) => None,
    }
}

fn halt(interrupted: Interrupted, circumstances: String) -> Halt {
    match interrupted {
        Interrupted::OverBudget => Halt::OverBudget,
        // AWS's text for this stands alone.
        Interrupted::Failed(error) if error.error == DATA_LIMIT_EXCEEDED => {
            Halt::Failed(Failure { error: Some(Arc::from(error.error)), cause: Some(Arc::from(error.cause)) })
        }
        Interrupted::Failed(error) => {
            let failure = Failure {
                error: Some(Arc::from(error.error)),
                cause: Some(Arc::from(circumstances + &error.cause)),
            };
            match error.error {
                QUERY_EVALUATION_ERROR => {
                    Halt::NotEvaluated { failure, location: error.location.map(Arc::from) }
                }
                _ => Halt::Failed(failure),
            }
        }
    }
}

impl Execution {
    /// The item of the innermost iteration that a frame runs in.
    fn map_item_of(&self, frame: &Frame) -> Option<MapItem> {
        let mut inner = frame;
        while let Some(owner) = inner.owner {
            let owner = self.frames.get(owner);
            if let Doing::Iterations(iterations) = &owner.doing {
                return Some(map_item(self.payloads.get(iterations.items).value(), inner.index));
            }
            inner = owner;
        }
        None
    }
}

/// The item at `index` of what a Map iterates over.
pub(crate) fn map_item(items: &Value, index: u32) -> MapItem {
    let at = index as usize;
    let (key, value) = match items {
        Value::Array(items) => (None, items.get(at).cloned()),
        Value::Object(members) => match members.get_index(at) {
            Some((key, value)) => (Some(Arc::clone(key)), Some(value.clone())),
            None => (None, None),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (None, None),
    };
    MapItem {
        index: u64::from(index),
        key,
        value: value.expect("an iteration's index is below the number of items"),
    }
}
