//! Variables of an execution: which ones a frame sees, and the bounds on what is assigned.
//!
//! They are kept in frames (`frame.rs`) and change only with the record of a state's exit
//! (`record.rs`), so a retried attempt assigns nothing and a block's variables end with its frame.

use std::sync::Arc;

use asl::Document;
use asl::error_name::Failure;
use asl::query::Variables;

use crate::execution::Execution;
use crate::failure::variables_are_too_large;
use crate::frame::{Frame, FrameId};
use crate::limits::Limits;

impl Execution {
    /// What a frame's expressions read: its own variables, then those of the frames around it.
    pub(crate) fn variables_of(&self, frame: &Frame) -> Variables {
        let around =
            std::iter::successors(Some(frame), |inner| inner.owner.map(|owner| self.frames.get(owner)));
        around
            .flat_map(|frame| &frame.variables)
            .map(|(name, value)| (Arc::clone(name), self.payloads.get(*value).clone()))
            .collect()
    }

    /// Refuses an assignment that is too large by itself or together with what the execution holds.
    pub(crate) fn check_assigned(
        &self,
        id: FrameId,
        assigned: &[(Arc<str>, Document)],
        limits: &Limits,
    ) -> Result<(), Failure> {
        if assigned.is_empty() {
            return Ok(());
        }
        let frame = self.frames.get(id);
        let state = &self.identity.machine.state(frame.state).name;
        if let Some((name, _)) =
            assigned.iter().find(|(_, value)| value.text().len() > limits.variable_bytes_max)
        {
            let what = format!("the variable '{name}'");
            return Err(variables_are_too_large(state, &what, limits.variable_bytes_max));
        }
        let new_bytes: usize = assigned.iter().map(|(_, value)| value.text().len()).sum();
        if new_bytes > limits.assign_bytes_max {
            return Err(variables_are_too_large(state, "its variables", limits.assign_bytes_max));
        }
        let is_replaced = |holder: FrameId, name: &str| {
            holder == id && assigned.iter().any(|(assigned, _)| **assigned == *name)
        };
        let kept_bytes: usize = self
            .frames
            .iter()
            .flat_map(|frame| frame.variables.iter().map(|(name, value)| (frame.id, name, value)))
            .filter(|(holder, name, _)| !is_replaced(*holder, name))
            .map(|(_, _, value)| self.payloads.get(*value).text().len())
            .sum();
        if kept_bytes + new_bytes > limits.variables_bytes_max {
            return Err(variables_are_too_large(
                state,
                "all variables of the execution",
                limits.variables_bytes_max,
            ));
        }
        Ok(())
    }
}
