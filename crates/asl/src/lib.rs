//! Amazon States Language: everything that can be known from a definition and a bag of JSON
//! without time passing.
//!
//! Here: JSON values and texts, the definition model and its parser, every finding about a
//! definition, and the evaluation of what a state says about data.
//! Not here: what an execution does next (`execution`), threads, clocks, disks.
//! INVARIANT: no I/O, no clock, no randomness of its own; the same inputs give the same answers.

pub mod arn;
pub mod catcher;
mod check;
pub mod definition;
pub mod diagnostic;
pub mod error_name;
pub mod json;
pub mod limits;
pub mod query;
pub mod resource;
pub mod retrier;
pub mod services;
pub mod state;
mod time;

pub use definition::{Parsed, Scope, ScopeId, StateId, StateMachine, parse, parse_for};
pub use diagnostic::{Diagnostic, Position, Severity};
pub use json::{Document, Value};
pub use state::{Kind, State, Transition};
