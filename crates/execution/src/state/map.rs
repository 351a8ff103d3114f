//! Map, inline: one iteration for each item, so many at once, results in the order of the items.

use std::sync::Arc;

use asl::Document;
use asl::json::Value;
use asl::state::map::{Items, Map};

use crate::advance::Step;
use crate::frame::{Doing, FrameId};
use crate::record::Event;
use crate::scope::{EvaluationContext, Halt, map_item};

pub(super) fn start(step: &mut Step<'_>, id: FrameId, map: &Map) -> Result<(), Halt> {
    let (items, concurrency) =
        step.evaluate(id, |state, scope| Ok((map.items(state, scope)?, map.max_concurrency(scope)?)))?;
    let (length, items) = match items {
        Items::Array(items) => (items.len(), Value::Array(items)),
        Items::Object(members) => (members.len(), Value::Object(Arc::new(members.into_iter().collect()))),
    };
    let raw_input = step.execution.frames.get(id).input;
    let items = step.keep_unless_same(Document::from_value(items), &[raw_input]);
    let concurrency_max = match concurrency {
        0 => step.moment.limits.map_concurrency_max,
        given => given.min(step.moment.limits.map_concurrency_max),
    };
    step.event(
        id,
        Event::MapStateStarted { length: length as u32, items, concurrency_max: concurrency_max as u32 },
    );
    Ok(())
}

/// Starts the next iteration, or gathers the results when all have ended.
pub(crate) fn go_on(step: &mut Step<'_>, id: FrameId) -> Result<(), Halt> {
    let frame = step.execution.frames.get(id);
    let Doing::Iterations(iterations) = &frame.doing else { return Ok(()) };
    if iterations.is_over() {
        let outputs = iterations.results.iter().flatten().map(|output| step.execution.payloads.get(*output));
        let result = Document::array_of(outputs);
        let result = step.keep(result);
        step.event(id, Event::MapStateSucceeded { result });
        return Ok(());
    }
    let (state, index, after) = (frame.state, iterations.next, iterations.resume_after);
    let item = map_item(step.execution.payloads.get(iterations.items).value(), index);
    let map = step.execution.map(state);
    let with = EvaluationContext { task: None, map_item: Some(&item) };
    let input = step.evaluate_with(id, with, |state, scope| map.item_input(state, scope, &item))?;
    let input = step.keep(input);
    step.record_event(id, after, Event::MapIterationStarted { state, index, input });
    Ok(())
}
