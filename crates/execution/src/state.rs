//! The eight states: what each does when it is entered, and how it is left. Leaves called by `advance`.

mod choice;
mod fail;
pub(crate) mod map;
pub(crate) mod parallel;
mod pass;
mod succeed;
mod task;
mod wait;

use std::sync::Arc;

use asl::state::{Kind, Outcome, Transition};

use crate::advance::Step;
use crate::frame::FrameId;
use crate::payload::PayloadId;
use crate::record::Event;
use crate::scope::Halt;

/// Begins the work of the state that a frame has entered.
pub(crate) fn work(step: &mut Step<'_>, frame: FrameId) -> Result<(), Halt> {
    let machine = Arc::clone(&step.execution.identity.machine);
    match &machine.state(step.execution.frames.get(frame).state).kind {
        Kind::Task(task) => task::schedule(step, frame, task),
        Kind::Pass(pass) => pass::pass(step, frame, pass),
        Kind::Choice(choice) => choice::choose(step, frame, choice),
        Kind::Wait(wait) => wait::wait(step, frame, wait),
        Kind::Succeed(_) => succeed::succeed(step, frame),
        Kind::Fail(fail) => fail::fail(step, frame, fail),
        Kind::Parallel(_) => parallel::start(step, frame),
        Kind::Map(map) => map::start(step, frame, map),
    }
}

/// Leaves a state whose work is done. Without a result, its effective input is its result.
pub(crate) fn exit(step: &mut Step<'_>, id: FrameId, result: Option<PayloadId>) -> Result<(), Halt> {
    let outcome = step.evaluate(id, |state, scope| match result {
        Some(result) => state.outcome(scope, step.execution.payloads.get(result)),
        None => state.outcome(scope, &state.effective_input(scope)?),
    })?;
    let next = following(step, id);
    leave(step, id, outcome, next, result.as_slice())
}

/// Records the exit. `kept` are payloads that the output may be the very text of.
pub(crate) fn leave(
    step: &mut Step<'_>,
    id: FrameId,
    outcome: Outcome,
    next: Option<asl::StateId>,
    kept: &[PayloadId],
) -> Result<(), Halt> {
    let frame = step.execution.frames.get(id);
    let (state, input) = (frame.state, frame.input);
    step.check_size(state, &outcome.output).map_err(Halt::Failed)?;
    step.execution.check_assigned(id, &outcome.assigned, &step.moment.limits).map_err(Halt::Failed)?;
    let mut candidates = vec![input];
    candidates.extend_from_slice(kept);
    let output = step.keep_unless_same(outcome.output, &candidates);
    let assigned = outcome.assigned.into_iter().map(|(name, value)| (name, step.keep(value))).collect();
    step.event(id, Event::StateExited { state, output, assigned, next });
    Ok(())
}

/// Where the definition leads from the state that a frame is in.
pub(crate) fn following(step: &Step<'_>, id: FrameId) -> Option<asl::StateId> {
    let state = step.execution.frames.get(id).state;
    match step.execution.identity.machine.state(state).transition {
        Transition::Next(next) => Some(next),
        Transition::End => None,
    }
}
