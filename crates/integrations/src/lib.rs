//! What the resource of a Task does: AWS services by their models, Lambda functions, nested executions.
//!
//! Here: the runner that the engine hands calls to, and one short file or one row of a table for each
//! service. Not here: when a call begins and what its answer means for an execution (`engine`,
//! `execution`), how a request is written, signed and sent (`aws`), local functions (`functions`).
//! INVARIANT: every call is answered once, whatever becomes of it.

mod apigateway;
mod call;
mod events;
mod failure;
mod follow;
mod in_doubt;
mod known;
mod lambda;
mod metadata;
mod names;
mod optimized;
mod runner;
mod sdk;
mod services;
mod sessions;
mod states;
mod turns;

pub use known::KnownServices;
pub use runner::{Integrations, OwnApi};
pub use services::{Outside, OutsideFault};
pub use sessions::Roles;
