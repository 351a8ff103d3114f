//! The service models: which operations there are, what goes in and comes out, and where it travels.
//!
//! Here: facts, read from the model file one service at a time when it is first asked for.
//! Not here: how a value becomes bytes (`protocol`), how Step Functions names things (`sdk`).
//! INVARIANT: what a use of a shape says about it has been merged with what the shape says.

mod archive;
mod decode;
mod operation;
mod service;
mod shape;
mod strings;
#[cfg(test)]
mod tests;

pub use archive::partitions;
pub use operation::Operation;
pub use service::{Protocol, Service};
pub use shape::{ErrorFacts, Kind, Location, Place, Shape, TimestampFormat, XmlNamespace};
