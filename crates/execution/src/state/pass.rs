//! Pass: its result is its literal, or what its Parameters made of the input.

use asl::state::pass::Pass;

use crate::advance::Step;
use crate::frame::FrameId;
use crate::scope::Halt;
use crate::state::{following, leave};

pub(super) fn pass(step: &mut Step<'_>, id: FrameId, pass: &Pass) -> Result<(), Halt> {
    let outcome = step.evaluate(id, |state, scope| match &pass.result {
        Some(result) => state.outcome(scope, result),
        None => state.outcome(scope, &state.effective_input(scope)?),
    })?;
    let next = following(step, id);
    leave(step, id, outcome, next, &[])
}
