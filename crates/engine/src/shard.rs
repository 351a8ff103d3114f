//! A shard: the executions of some hash slots, and the one thread that changes them.
//!
//! `step` is pure: envelopes and executions in; commits, answers and effects out. `commit_loop` is the
//! thread around it. `release` is the only way out for answers and effects.

pub(crate) mod audit;
pub(crate) mod commit_loop;
pub mod inbox;
pub(crate) mod names;
pub(crate) mod recover;
pub mod release;
pub(crate) mod resident;
pub mod step;
pub(crate) mod stored;

use std::sync::Arc;

use asl::Document;
use execution::{Advance, Command, Execution, Identity, Mocks, NotRedrivable, Origin, TaskKey};
use store::{Awaits, Fault, Uid};

use crate::catalog::Intake;
use crate::express::SyncExecution;
use crate::read::ExecutionDescription;
use crate::reply::ReplyTo;
use crate::task::activity::Poller;
use crate::waits::ExecutionWaits;

/// Something for one shard.
#[derive(Debug)]
pub struct Envelope {
    pub(crate) execution: Uid,
    pub(crate) message: Message,
    pub(crate) reply: Reply,
}

/// Who waits for the answer.
#[derive(Debug)]
pub(crate) enum Reply {
    Nobody,
    Client(ReplyTo),
    /// A worker that shall have an activity task; when the task is gone it goes on waiting.
    Worker(Arc<str>, Poller),
}

#[derive(Debug)]
pub(crate) enum Message {
    Start(Box<Start>),
    /// A start with this input found the name taken by this execution.
    StartedBefore {
        input: Document,
    },
    Command(Command),
    /// Go on after an end without success, unless the machine takes nothing in any more.
    Redrive {
        token: Option<Arc<str>>,
        intake: Arc<Intake>,
    },
    /// The engine has started again: what this execution is owed begins anew.
    Recover,
    /// Answer when the execution has ended. `name` finds it while the caller does not know its uid.
    WatchEnd {
        name: Option<(u128, Arc<str>)>,
    },
    /// Tell what the execution waits for.
    Waits,
    /// The loader has read the execution.
    Loaded(Result<Option<Box<LoadedExecution>>, Fault>),
    /// The evaluator has gone on with the execution; none if that panicked.
    Evaluated(Option<Box<(Execution, Advance)>>),
    /// Open executions with what the store says that each owes or awaits.
    Audit(Vec<(Uid, Awaits)>),
    /// The store refused this execution's start.
    Refused,
    /// The store has forgotten this execution, long after its end.
    Forgotten,
    /// Answer when everything that arrived before is durable.
    Barrier,
}

/// A new execution.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) identity: Arc<Identity>,
    /// Of its machine.
    pub(crate) intake: Arc<Intake>,
    pub(crate) origin: Origin,
    pub(crate) input: Document,
    /// What answers its tasks, when it is a test case.
    pub(crate) mocks: Option<Arc<Mocks>>,
}

#[derive(Debug)]
pub(crate) struct LoadedExecution {
    pub(crate) execution: Execution,
    pub(crate) origin: Origin,
    pub(crate) sequence: u64,
}

/// What comes back.
#[derive(Debug)]
pub enum Answer {
    Started {
        started_ms: i64,
        status: execution::Status,
    },
    AlreadyExists,
    /// The machine is being deleted, or is gone.
    Deleting,
    Stopped {
        stopped_ms: i64,
    },
    Redriven {
        redriven_ms: i64,
    },
    NotRedrivable(NotRedrivable),
    Done,
    /// Nothing waits for this completion any more.
    NoSuchTask,
    NoSuchExecution,
    /// The shard does not have an execution of this name in memory.
    NotHere,
    Ended(Box<ExecutionDescription>),
    Waits(Box<ExecutionWaits>),
    /// The execution made its step panic, and rests until the engine starts again.
    Parked,
    /// The Express execution that was waited for from its start has ended.
    Ran(Box<SyncExecution>),
    Task {
        execution: Uid,
        key: TaskKey,
        input: Document,
    },
    Unavailable,
}

impl Envelope {
    pub(crate) fn command(execution: Uid, command: Command) -> Self {
        Envelope { execution, message: Message::Command(command), reply: Reply::Nobody }
    }
}

/// Hash slot of an execution: of its machine's ARN and its own name, so that two starts with one name
/// meet in one shard. FNV-1a, fixed for ever because stored uids carry the slot.
pub(crate) fn slot_of(machine_arn: &asl::arn::StateMachineArn, name: &str) -> u16 {
    let owner = &machine_arn.owner;
    let parts: [&str; 4] = [&owner.account, &owner.region, &machine_arn.name, name];
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    // The high bits are the better mixed ones.
    ((hash >> 32) % u64::from(Uid::STANDARD_SLOTS.end)) as u16
}
