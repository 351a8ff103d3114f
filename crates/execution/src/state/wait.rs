//! Wait: until a moment that is fixed when the state is entered, or when a redrive goes on with it.

use asl::state::wait::Wait;

use crate::advance::Step;
use crate::frame::FrameId;
use crate::record::Record;
use crate::scope::Halt;
use crate::state::exit;

pub(super) fn wait(step: &mut Step<'_>, id: FrameId, wait: &Wait) -> Result<(), Halt> {
    let entered_ms = step.execution.frames.get(id).entered_ms;
    let redriven_ms = step.execution.redriven().map(|redriven| redriven.at_ms);
    let since_ms = redriven_ms.map_or(entered_ms, |at_ms| at_ms.max(entered_ms));
    let until_ms = step.evaluate(id, |_, scope| wait.until_ms(scope, since_ms))?;
    if until_ms <= step.moment.now_ms {
        return exit(step, id, None);
    }
    step.record(Record::WaitSet { frame: id, until_ms });
    Ok(())
}
