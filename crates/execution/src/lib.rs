//! One execution: commands in, records out, effects owed to the world.
//!
//! Here: what an execution is, what each command does to it, and what its history says.
//! Not here: threads, clocks, stores, HTTP. Time and chance arrive as arguments (`Moment`).
//! INVARIANT: expressions are evaluated only in `Execution::advance`; their results are in the records,
//! and `Execution::replay` of the records gives the same execution.

mod advance;
mod command;
mod effect;
mod execution;
mod failure;
mod fallen;
mod frame;
#[cfg(test)]
mod golden;
pub mod history;
mod limits;
mod mocks;
mod payload;
mod record;
mod recorded;
mod redrive;
mod scope;
mod state;
pub mod test_state;
#[cfg(test)]
mod tests;
mod variables;
mod wait;

pub use command::{Command, Moment, Reply, TaskKey, TokenMint};
pub use effect::{Effect, ServiceCall, TaskWork};
pub use execution::{Advance, End, Execution, Identity, Pause, Status};
pub use frame::Outcome;
pub use history::{Detail, HistoryEvent, LogLevel, Logging, Past, Severity, visible};
pub use limits::Limits;
pub use mocks::{MockedAnswer, MockedAnswers, Mocks};
pub use payload::PayloadId;
pub use record::{Batch, DecodeError, Event, EventId, Origin, Record, Through};
pub use recorded::{AttemptTime, Recorded, Until};
pub use redrive::{NotRedrivable, Redrivable, Redriven};
pub use wait::{Reason, Wait};
