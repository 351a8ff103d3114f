//! The seam for those who tell others what happens: logs, status changes, metrics, a run on a terminal.
//!
//! Here: what they are told, and from when on. Not here: what they make of it (`observe`), the numbers (`tally`).
//! INVARIANT: nothing is told of that is not durable, nothing of it is copied, and nobody is waited for.

use std::sync::Arc;

use asl::Document;
use execution::{Execution, Identity, Limits, NotRedrivable, Origin, Recorded, Redriven, Status};

use crate::tally::Tally;

/// What one commit recorded of an execution, with everything that those who are told may ask.
#[derive(Debug)]
pub struct Happened {
    pub recorded: Recorded,
    /// Its name, its trace header, the version and the alias that it was started through.
    pub origin: Origin,
    pub started_ms: i64,
    pub input: Document,
    pub redriven: Option<Redriven>,
    /// Why it cannot be redriven after this, if it cannot.
    pub not_redrivable: Option<NotRedrivable>,
    /// None while it runs.
    pub ended: Option<Ended>,
}

/// How the execution ended, when this commit did that.
#[derive(Clone, Debug)]
pub struct Ended {
    pub status: Status,
    pub at_ms: i64,
    pub output: Option<Document>,
    pub error: Option<Arc<str>>,
    pub cause: Option<Arc<str>>,
}

impl Happened {
    /// `recorded` is of the command that the execution took last.
    pub(crate) fn of(
        execution: &Execution,
        origin: &Origin,
        limits: &Limits,
        recorded: Recorded,
    ) -> Happened {
        let ended = execution.ended().map(|end| Ended {
            status: end.status,
            at_ms: end.at_ms,
            output: execution.output().cloned(),
            error: end.failure.error.clone(),
            cause: end.failure.cause.clone(),
        });
        Happened {
            origin: origin.clone(),
            started_ms: execution.started_ms(),
            input: execution.input().clone(),
            redriven: execution.redriven(),
            not_redrivable: execution.redrivable(false).refusal(recorded.at_ms(), limits),
            recorded,
            ended,
        }
    }

    pub fn identity(&self) -> &Arc<Identity> {
        self.recorded.identity()
    }

    /// How often the execution was redriven when this happened.
    pub fn redrive_count(&self) -> u32 {
        self.redriven.map_or(0, |redriven| redriven.count)
    }
}

/// Told of commits after they are durable, from threads of the engine: must not block, and must be quick.
pub trait Observer: Send + Sync {
    /// Whether `committed` shall be told of the commits of such executions. What nobody listens to is never
    /// put together: most servers count and listen to nothing.
    fn listens_to(&self, identity: &Identity) -> bool;

    /// What durable commits come to.
    fn counted(&self, tally: &Tally);

    fn committed(&self, happened: Box<Happened>);
}
