//! Succeed: ends its block.

use crate::advance::Step;
use crate::frame::FrameId;
use crate::scope::Halt;
use crate::state::exit;

pub(super) fn succeed(step: &mut Step<'_>, id: FrameId) -> Result<(), Halt> {
    exit(step, id, None)
}
