//! Fail: its block fails with the error it names.

use asl::state::fail::Fail;

use crate::advance::Step;
use crate::frame::FrameId;
use crate::scope::Halt;

pub(super) fn fail(step: &mut Step<'_>, id: FrameId, fail: &Fail) -> Result<(), Halt> {
    let failure = step.evaluate(id, |_, scope| fail.failure(scope))?;
    step.fail_state(id, failure);
    Ok(())
}
