//! Parallel: opens its branches and gathers their outputs.

use asl::Document;

use crate::advance::Step;
use crate::frame::{Doing, FrameId};
use crate::record::Event;
use crate::scope::Halt;

pub(super) fn start(step: &mut Step<'_>, id: FrameId) -> Result<(), Halt> {
    let input = step.evaluate(id, |state, scope| state.effective_input(scope))?;
    let frame = step.execution.frames.get(id);
    let (state, raw_input) = (frame.state, frame.input);
    step.check_size(state, &input).map_err(Halt::Failed)?;
    let input = step.keep_unless_same(input, &[raw_input]);
    step.event(id, Event::ParallelStateStarted { state, input });
    Ok(())
}

/// Every branch has ended.
pub(crate) fn succeed(step: &mut Step<'_>, id: FrameId) -> Result<(), Halt> {
    let Doing::Branches { results, .. } = &step.execution.frames.get(id).doing else { return Ok(()) };
    let outputs = results.iter().flatten().map(|output| step.execution.payloads.get(*output));
    let result = Document::array_of(outputs);
    let result = step.keep(result);
    step.event(id, Event::ParallelStateSucceeded { result });
    Ok(())
}
