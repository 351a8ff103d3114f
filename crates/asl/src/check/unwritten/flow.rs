//! The input that each state can have, found by following data through the definition until nothing changes.
//!
//! Here: the order of the visits and their bound. What one state makes of its input: `visit`.

use std::collections::VecDeque;

use super::shape::Shape;
use super::visit::Visit;
use crate::definition::Outline;
use crate::definition::source::Node;

/// LIMIT: parts of shapes and expressions that are looked at for one definition. Ours: what needs more is not
/// warned about; a definition of a hundred states takes some thousands.
const WORK_MAX: usize = 400_000;

/// By state: its input, none where no way leads. None if that takes too much work.
pub(super) fn inputs(outline: &Outline<'_>) -> Option<Vec<Option<Shape>>> {
    let states: Vec<_> = outline.states().map(|(_, state)| state).collect();
    let mut inputs: Vec<Option<Shape>> = vec![None; states.len()];
    let start = target(outline, 0, outline.scopes[0].section.get("StartAt"))?;
    *inputs.get_mut(start)? = Some(Shape::Anything);
    let mut waiting = VecDeque::from([start]);
    let mut is_waiting = vec![false; states.len()];
    let mut work_left = WORK_MAX;
    while let Some(at) = waiting.pop_front() {
        is_waiting[at] = false;
        let Some(input) = inputs[at].clone() else { continue };
        let visit = Visit::of(outline, states[at], input);
        work_left = work_left.checked_sub(visit.work)?;
        for (to, shape) in visit.exits {
            work_left = work_left.checked_sub(shape.parts())?;
            let both = inputs[to].as_ref().map_or_else(|| shape.clone(), |input| input.or(&shape));
            if inputs[to].as_ref() != Some(&both) {
                inputs[to] = Some(both);
                if !std::mem::replace(&mut is_waiting[to], true) {
                    waiting.push_back(to);
                }
            }
        }
    }
    Some(inputs)
}

/// The state of a block that a field names.
pub(super) fn target(outline: &Outline<'_>, block: usize, name: Option<&Node>) -> Option<usize> {
    outline.scopes[block].names.get(&**name?.as_str()?).map(|id| id.0 as usize)
}
