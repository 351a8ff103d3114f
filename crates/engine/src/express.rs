//! Express executions: the same `advance`, without a commit for each step.
//!
//! Here: what all threads share that run them. A run begins on the thread that was asked for it (`run`);
//! when it does not end there at once, a lane goes on with it (`lane`). Asynchronous starts are recorded and
//! their ends marked (`starts`); what happened lately can be read (`recent`).
//! Not here: what an execution does next (`execution`), the services that it calls (`task/runner`).
//! INVARIANT: an asynchronous start that was acknowledged runs at least once, from its beginning.

mod identity;
pub(crate) mod lane;
mod read;
pub(crate) mod recent;
mod run;
pub(crate) mod starts;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use asl::Document;
use asl::arn::ExecutionArn;
use asl::error_name::Failure;
use asl::services::Services;
use execution::{Advance, Command, Execution, Limits};
use store::Uid;

use crate::clock::Clock;
use crate::entropy;
use crate::read::ExecutionDescription;
use crate::reply::ReplyTo;
use crate::shard::release::World;
use crate::task::token::TokenKey;
pub(crate) use identity::{uid_of, uuid_of};
use recent::Recent;
pub(crate) use run::{Run, Turn};

/// LIMIT: Express executions at work at once, beyond which starts are refused with AWS's throttling error.
const AT_WORK_MAX: usize = 200_000;

/// What every thread that runs Express executions has.
pub(crate) struct Express {
    pub(crate) world: Arc<World>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tokens: TokenKey,
    /// Of each execution.
    pub(crate) limits: Limits,
    pub(crate) services: Arc<dyn Services>,
    pub(crate) recent: Arc<Recent>,
    /// Executions that the lanes have.
    pub(crate) at_work: AtomicUsize,
}

impl Express {
    pub(crate) fn is_overfull(&self) -> bool {
        self.at_work.load(Ordering::Relaxed) >= AT_WORK_MAX
    }
}

/// What a lane is told.
#[derive(Debug)]
pub(crate) enum Order {
    /// Record this start, answer, and run it.
    Start {
        run: Box<Run>,
        input: Document,
        reply: ReplyTo,
    },
    /// Go on with a run that did not end where it began.
    GoOn {
        run: Box<Run>,
        turn: Turn,
        caller: ReplyTo,
    },
    /// The store has settled these starts.
    Settled {
        starts: Vec<(Uid, bool)>,
    },
    Command {
        execution: Uid,
        command: Command,
    },
    /// Stop the execution, if this is its ARN, and answer when it has ended.
    Stop {
        execution: Uid,
        arn: Box<ExecutionArn>,
        failure: Failure,
        reply: ReplyTo,
    },
    /// Answer when the execution has ended.
    WatchEnd {
        execution: Uid,
        reply: ReplyTo,
    },
    /// The evaluator has gone on with the execution; none if that panicked.
    Evaluated {
        execution: Uid,
        evaluated: Option<Box<(Execution, Advance)>>,
    },
}

/// A synchronous execution at its end.
#[derive(Clone, Debug)]
pub struct SyncExecution {
    pub execution: ExecutionDescription,
    /// What its definition and all that it recorded take: an estimate of the memory that AWS would bill.
    pub memory_bytes: u64,
}

/// The history of an Express execution has no bound but its time (`spec/features.md` 5).
pub(crate) fn limits_of(limits: Limits) -> Limits {
    Limits { history_events_max: u64::MAX, ..limits }
}

/// A uid for an execution that starts now. Any lane will do.
pub(crate) fn new_uid(now_ms: i64, in_order: u64) -> Uid {
    let slots = Uid::EXPRESS_SLOTS;
    let slot = slots.start + (entropy::draw() % slots.len() as u64) as u16;
    Uid::new(slot, now_ms, in_order)
}
