//! Choice: the first matching rule says where to go.

use asl::state::choice::{Choice, Decision};

use crate::advance::Step;
use crate::failure;
use crate::frame::FrameId;
use crate::scope::Halt;
use crate::state::leave;

pub(super) fn choose(step: &mut Step<'_>, id: FrameId, choice: &Choice) -> Result<(), Halt> {
    match step.evaluate(id, |state, scope| choice.decide(state, scope))? {
        Decision::Taken { next, outcome } => leave(step, id, outcome, Some(next), &[]),
        Decision::NoneMatched => Err(Halt::Failed(failure::no_choice_matched(step.circumstances(id)))),
    }
}
