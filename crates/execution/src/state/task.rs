//! Task: schedules one attempt; the answer comes as a command, or from the test case of the execution.

use std::sync::Arc;

use asl::Document;
use asl::error_name::{Failure, RUNTIME};
use asl::resource::Resource;
use asl::services::cannot_start;
use asl::state::task::Task;

use crate::advance::Step;
use crate::command::TaskKey;
use crate::frame::FrameId;
use crate::record::{Event, Record};
use crate::scope::{EvaluationContext, Halt};

pub(super) fn schedule(step: &mut Step<'_>, id: FrameId, task: &Task) -> Result<(), Halt> {
    let nonce = step.entropy.next_u64();
    // The token names the event that is about to be recorded.
    let key = TaskKey { scheduled: step.execution.last_event + 1, nonce };
    let has_token = matches!(task.resource, Resource::Activity(_)) || task.resource.is_submitted();
    let with = EvaluationContext { task: has_token.then_some(key), map_item: None };
    let (input, limits, role_arn) = step.evaluate_with(id, with, |state, scope| {
        Ok((state.effective_input(scope)?, task.time_limits(scope)?, task.role_arn(scope)?))
    })?;
    let frame = step.execution.frames.get(id);
    let (state, raw_input) = (frame.state, frame.input);
    step.check_size(state, &input).map_err(Halt::Failed)?;
    if let Resource::Service { .. } = &task.resource {
        check_start(step, id, &task.resource, &input)?;
    }
    let input = step.keep_unless_same(input, &[raw_input]);
    // Before the attempt counts as an invocation.
    let mocked = step.execution.mocked_answer(state);
    let (timeout_seconds, heartbeat_seconds) = (limits.timeout_seconds, limits.heartbeat_seconds);
    step.event(id, Event::TaskScheduled { state, input, timeout_seconds, heartbeat_seconds, nonce });
    // A worker comes for an activity's task by itself: nobody is asked as somebody.
    if let Some(role_arn) = role_arn.filter(|_| !matches!(task.resource, Resource::Activity(_))) {
        step.record(Record::TaskCredentials { frame: id, role_arn });
    }
    match mocked {
        Some(answer) => step.answer_mocked(id, state, answer),
        None => step.begin_effect(id),
    }
    Ok(())
}

/// AWS does not even schedule a task whose input its service does not take.
fn check_start(step: &Step<'_>, id: FrameId, resource: &Resource, input: &Document) -> Result<(), Halt> {
    let problems = step.moment.services.check_input(resource, input);
    if problems.is_empty() {
        return Ok(());
    }
    let cause = step.circumstances(id) + &cannot_start(input, problems.iter().map(String::as_str));
    let failure = Failure { error: Some(Arc::from(RUNTIME)), cause: Some(Arc::from(cause)) };
    Err(Halt::Failed(failure))
}
