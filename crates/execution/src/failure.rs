//! What becomes of a failed state: another attempt, a catcher, or its block fails with it.

use std::sync::Arc;

use asl::Document;
use asl::catcher::Catcher;
use asl::error_name::{self, Failure};
use asl::json::Value;
use asl::retrier::Retrier;
use asl::state::Kind;

use planted::Bug;

use crate::advance::Step;
use crate::frame::{Doing, Frame, FrameId};
use crate::record::{Event, EventId, Record};
use crate::scope::Halt;
use crate::state;

/// One turn of a frame whose state has failed.
pub(crate) fn handle(step: &mut Step<'_>, id: FrameId, failure: Failure) -> Result<(), Halt> {
    let machine = Arc::clone(&step.execution.identity.machine);
    let frame = step.execution.frames.get(id);
    let state = machine.state(frame.state);
    let Doing::Failing { announced, missed_heartbeat, .. } = frame.doing else { return Ok(()) };
    let error = ErrorNames::of(state, &failure, missed_heartbeat);
    if let Some((retrier, at_ms)) = next_attempt(step, state, frame, &error) {
        step.record(Record::RetrySet { frame: id, retrier, at_ms });
        return Ok(());
    }
    if !announced {
        let event = match state.kind {
            Kind::Map(_) => Event::MapStateFailed,
            _ => Event::ParallelStateFailed,
        };
        step.event(id, event);
        if step.execution.end.is_some() {
            return Ok(());
        }
    }
    match error.catcher(state) {
        Some((_, catcher)) => match catch(step, id, catcher, &failure) {
            // No catcher of the state gets this one: the same would catch it for ever.
            Err(Halt::Failed(failure)) => {
                fail_block(step, id, failure);
                Ok(())
            }
            Err(Halt::NotEvaluated { failure, location }) => {
                step.record_not_evaluated(id, failure.clone(), location);
                if step.execution.end.is_none() {
                    fail_block(step, id, failure);
                }
                Ok(())
            }
            caught => caught,
        },
        None => {
            fail_block(step, id, failure);
            Ok(())
        }
    }
}

fn catch(step: &mut Step<'_>, id: FrameId, catcher: &Catcher, failure: &Failure) -> Result<(), Halt> {
    let error_output = error_output(failure);
    let outcome = step.evaluate(id, |_, scope| catcher.outcome(scope, &error_output))?;
    state::leave(step, id, outcome, Some(catcher.next), &[])
}

/// The retrier and the catcher of a state that a failure of it is for, whether or not attempts are left.
pub(crate) fn handlers(
    state: &asl::State,
    failure: &Failure,
    missed_heartbeat: bool,
) -> (Option<usize>, Option<usize>) {
    let error = ErrorNames::of(state, failure, missed_heartbeat);
    (error.retrier(state).map(|(index, _)| index), error.catcher(state).map(|(index, _)| index))
}

/// Every name under which Retry and Catch may know a failure.
struct ErrorNames<'a> {
    own: &'a str,
    /// A failed branch is also `States.BranchFailed`.
    of_branch: bool,
    /// A missed heartbeat is shown as `States.Timeout` and is also `States.HeartbeatTimeout`.
    missed_heartbeat: bool,
}

impl<'a> ErrorNames<'a> {
    fn of(state: &asl::State, failure: &'a Failure, missed_heartbeat: bool) -> ErrorNames<'a> {
        ErrorNames {
            own: failure.error.as_deref().unwrap_or_default(),
            of_branch: matches!(state.kind, Kind::Parallel(_)),
            missed_heartbeat,
        }
    }

    fn retrier<'s>(&self, state: &'s asl::State) -> Option<(usize, &'s Retrier)> {
        state.retriers.iter().enumerate().find(|(_, retrier)| self.any(|name| retrier.matches(name)))
    }

    fn catcher<'s>(&self, state: &'s asl::State) -> Option<(usize, &'s Catcher)> {
        state.catchers.iter().enumerate().find(|(_, catcher)| self.any(|name| catcher.matches(name)))
    }

    fn any(&self, matches: impl Fn(&str) -> bool) -> bool {
        matches(self.own)
            || (self.of_branch && self.own != error_name::RUNTIME && matches(error_name::BRANCH_FAILED))
            || (self.missed_heartbeat && matches(error_name::HEARTBEAT_TIMEOUT))
    }
}

/// The first retrier that matches is the one; when its attempts are used up, no later one takes over.
fn next_attempt(
    step: &Step<'_>,
    state: &asl::State,
    frame: &Frame,
    error: &ErrorNames<'_>,
) -> Option<(u32, i64)> {
    let (index, retrier) = error.retrier(state)?;
    let used = frame.retries.get(index).copied().unwrap_or(0);
    if used >= retrier.max_attempts || planted::is_on(Bug::RetryIsSkipped) {
        return None;
    }
    let delay_ms = retrier.delay_ms(used + 1, step.entropy.next_u64());
    let delay_ms = if planted::is_on(Bug::RetryDoesNotWait) { 0 } else { delay_ms };
    let at_ms = step.moment.now_ms.saturating_add(i64::try_from(delay_ms).unwrap_or(i64::MAX));
    Some((index as u32, at_ms))
}

/// `{"Error": ..., "Cause": ...}`; what the failure does not have is absent, but a timeout that nobody
/// explained has an empty cause, which its event does not show.
fn error_output(failure: &Failure) -> Document {
    let timed_out = failure.error.as_deref() == Some(error_name::TIMEOUT);
    let cause = failure.cause.clone().or_else(|| timed_out.then(Arc::default));
    let object = [("Error", failure.error.clone()), ("Cause", cause)]
        .into_iter()
        .filter_map(|(name, text)| text.map(|text| (Arc::from(name), Value::String(text))))
        .collect();
    Document::from_value(Value::Object(Arc::new(object)))
}

/// The failure leaves the block that the frame runs: the execution fails, or the state that owns the
/// block does.
fn fail_block(step: &mut Step<'_>, id: FrameId, failure: Failure) {
    let frame = step.execution.frames.get(id);
    let Some(owner_id) = frame.owner else {
        step.event(id, Event::ExecutionFailed { failure });
        return;
    };
    // Everything that is recorded because of this failure points to the last event before it.
    let (after, index) = (frame.last, frame.index);
    let owner = step.execution.frames.get(owner_id);
    let (map, is_map) = (owner.state, matches!(owner.doing, Doing::Iterations(_)));
    if is_map {
        step.record_event(id, after, Event::MapIterationFailed { state: map, index });
    }
    abort(step, id, after);
    let siblings: Vec<(FrameId, u32)> = step
        .execution
        .frames
        .children(owner_id)
        .filter(|sibling| sibling.id != id)
        .map(|sibling| (sibling.id, sibling.index))
        .collect();
    for (sibling, index) in siblings {
        if is_map {
            step.record_event(sibling, after, Event::MapIterationAborted { state: map, index });
        }
        abort(step, sibling, after);
    }
    step.record(Record::StateFailed { frame: owner_id, failure, after, announced: false });
}

/// A Map that fails by itself, for want of an iteration's input, ends the iterations that run.
pub(crate) fn abort_iterations(step: &mut Step<'_>, id: FrameId) {
    let Some(map) = step.execution.frames.find(id) else { return };
    let (state, after) = (map.state, map.last);
    let running: Vec<(FrameId, u32)> =
        step.execution.frames.children(id).map(|frame| (frame.id, frame.index)).collect();
    for (iteration, index) in running {
        step.record_event(iteration, after, Event::MapIterationAborted { state, index });
        abort(step, iteration, after);
    }
}

/// Records that what a frame and the frames below it were doing is over.
fn abort(step: &mut Step<'_>, id: FrameId, after: EventId) {
    // A history that is full has ended the execution, and its frames with it.
    let Some(frame) = step.execution.frames.find(id) else { return };
    let state = frame.state;
    let inside = !matches!(frame.doing, Doing::Beginning { .. } | Doing::Left { .. });
    if !planted::is_on(Bug::AbortLeavesWorkRunning) {
        step.end_effect(id);
    }
    let kind = &step.execution.identity.machine.state(state).kind;
    if inside && matches!(kind, Kind::Task(_) | Kind::Wait(_) | Kind::Parallel(_) | Kind::Map(_)) {
        step.record_event(id, after, Event::StateAborted { state });
    }
    let below: Vec<FrameId> = step.execution.frames.children(id).map(|frame| frame.id).collect();
    for child in below {
        abort(step, child, after);
    }
}

pub(crate) fn history_is_full(events_max: u64) -> Failure {
    Failure {
        error: Some(Arc::from(error_name::RUNTIME)),
        cause: Some(Arc::from(format!(
            "The execution reached the maximum number of history events ({events_max})."
        ))),
    }
}

pub(crate) fn payload_is_too_large(state: &str) -> Failure {
    Failure {
        error: Some(Arc::from(error_name::DATA_LIMIT_EXCEEDED)),
        cause: Some(Arc::from(format!(
            "The state/task '{state}' returned a result with a size exceeding the maximum number of bytes service limit."
        ))),
    }
}

/// AWS's text for this is not known.
pub(crate) fn variables_are_too_large(state: &str, what: &str, bytes_max: usize) -> Failure {
    Failure {
        error: Some(Arc::from(error_name::DATA_LIMIT_EXCEEDED)),
        cause: Some(Arc::from(format!(
            "The state '{state}' cannot assign: {what} would exceed {bytes_max} bytes."
        ))),
    }
}

pub(crate) fn no_choice_matched(circumstances: String) -> Failure {
    let what = "Failed to transition out of the state. The state does not point to a next state.";
    Failure {
        error: Some(Arc::from(error_name::NO_CHOICE_MATCHED)),
        cause: Some(Arc::from(circumstances + what)),
    }
}
