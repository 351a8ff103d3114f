//! Lambda functions without a cloud: each is a local process that speaks the Lambda Runtime API, or an
//! HTTP address.
//!
//! Here: which function a name means, processes started on demand and kept warm, the Runtime API that
//! they speak, what an invocation answers in Lambda's words.
//! Not here: what a Task state makes of an answer, where the configuration comes from.
//! INVARIANT: an invocation that was accepted is answered once, whatever its process does.

mod answer;
mod config;
mod entropy;
mod environment;
mod failure;
mod functions;
mod guardian;
mod invocation;
mod job;
mod life;
mod limits;
mod log;
mod name;
mod pool;
mod runtime_api;
mod url;
mod watch;

pub use answer::{Answer, FunctionError, InvokeError};
pub use config::{FunctionConfig, FunctionsConfig, ProcessConfig, UrlConfig};
pub use functions::{Functions, Surroundings};
pub use invocation::{Invocation, InvocationType};
pub use log::{LogLine, LogSink, Stream};
pub use name::{Owner, Pattern};
