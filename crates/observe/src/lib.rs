//! What happened, told to others: log records, status changes, metrics.
//!
//! Here: the engine's `Observer`; records and events in AWS's shapes, on their way to CloudWatch Logs, an event
//! bus, a webhook and files; counters, and the text in which they are read.
//! Not here: what happens (`execution`), when it is durable (`engine`), the address `/metrics` (`api`).
//! INVARIANT: whoever is told may be slow or gone: the engine's threads count, offer and go on. What finds no
//! room is dropped and counted.

mod budget;
mod change;
mod desk;
mod file;
mod lane;
mod log;
mod metrics;
mod observe;
mod outside;
mod settings;
mod sink;

pub use metrics::{CallClass, StoreFigures};
pub use observe::{Observe, StartFault, Surroundings};
pub use settings::{EventsSettings, LogsSettings, PUBLISHED_MAX};
