//! The history that AWS clients see: a view over the records, not a second history.

mod event;
mod logging;
mod past;
mod visible;

pub use event::{Detail, HistoryEvent};
pub use logging::{LogLevel, Logging, Severity};
pub use past::Past;
pub use visible::{Reader, visible};
