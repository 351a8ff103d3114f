//! The AWS JSON 1.0 surface of Step Functions over HTTP/1.1: one file per operation.
//!
//! Here: who calls and whether a browser was tricked into it (`caller`, `guard`), which operation it is
//! (`dispatch`), AWS's shapes, bounds and words (`wire`, `error`), the operations themselves
//! (`operation`), the web console's files (`console`), and the sockets (`server`), or none (`door`).
//! Not here: what an execution does (`execution`), how it becomes durable (`engine`), what a definition
//! means (`asl`), and the proof of a caller's identity (signatures are not checked yet).
//! INVARIANT: AWS's spelling (camelCase members, exception names, texts) stops at this door.

mod api;
mod body;
mod caller;
mod console;
mod dispatch;
mod domain;
mod door;
mod error;
mod extension;
mod guard;
mod operation;
mod page_token;
mod quotas;
mod reply;
mod server;
mod telemetry;
mod test_case;
mod throttle;
mod wire;

pub use door::Door;
pub use quotas::ApiQuotas;
pub use server::{ApiConfig, ServeError, Server};
pub use telemetry::{Answered, Telemetry};
pub use test_case::TestCases;
pub use throttle::Throttle;
