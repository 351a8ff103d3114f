//! The seam for whoever counts calls and shows metrics.
//!
//! INVARIANT: nothing here waits: it is told of each answer on the thread that gives it.

use std::fmt;
use std::time::Duration;

use hyper::StatusCode;

use crate::error::ApiError;
use crate::reply::Reply;

/// Told of every answer, and asked for the text of `GET /metrics`.
pub trait Telemetry: fmt::Debug + Send + Sync {
    /// `operation` is one that AWS has.
    fn answered(&self, operation: &str, answered: Answered, took: Duration);

    /// In Prometheus's text format.
    fn metrics(&self) -> String;
}

/// How a call was answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answered {
    Done,
    /// Refused for what was asked.
    Refused,
    /// Refused because too much was asked.
    Throttled,
    /// The server failed.
    Failed,
}

impl Answered {
    pub(crate) fn of(result: &Result<Reply, ApiError>) -> Answered {
        match result {
            Ok(_) => Answered::Done,
            Err(ApiError::Throttled) => Answered::Throttled,
            // An operation that is not built fails with 501, but not for the server's sake.
            Err(error) if error.status() == StatusCode::NOT_IMPLEMENTED => Answered::Refused,
            Err(error) if error.status().is_server_error() => Answered::Failed,
            Err(_) => Answered::Refused,
        }
    }
}
