//! The AWS JSON 1.0 surface of Step Functions over HTTP/1.1: one file per operation.
//!
//! Here: who may call, for whom, and whether a browser was tricked into it (`access`, `caller`, `guard`),
//! which operation it is (`dispatch`), AWS's shapes, bounds and words (`wire`, `error`), the operations themselves
//! (`operation`), the web console's files and what it reads (`console`), what watches over it (`probe`), and the sockets
//! (`server`), or none (`door`).
//! Not here: what an execution does (`execution`), how it becomes durable (`engine`), what a definition
//! means (`asl`), what a signature is (`aws`).
//! INVARIANT: AWS's spelling (camelCase members, exception names, texts) stops at this door.

mod access;
mod api;
mod body;
mod caller;
mod console;
mod current;
mod dispatch;
mod domain;
mod door;
mod error;
mod extension;
mod guard;
mod operation;
mod page_token;
mod probe;
mod quotas;
mod reply;
mod server;
mod telemetry;
mod test_case;
mod throttle;
mod wire;

pub use access::{Access, AccessKey, KeyRing};
pub use aws::sign::SecretKey;
pub use door::Door;
pub use quotas::ApiQuotas;
pub use server::{ApiConfig, ServeError, Server, Tls, TlsFault};
pub use telemetry::{Answered, Telemetry};
pub use test_case::TestCases;
pub use throttle::Throttle;
