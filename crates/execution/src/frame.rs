//! A frame: one running branch of an execution. The top level is frame 0; each Parallel branch and
//! each Map iteration in progress is another.

use std::collections::BTreeMap;
use std::sync::Arc;

use asl::error_name::Failure;
use asl::{ScopeId, StateId};
use planted::Bug;
use serde::{Deserialize, Serialize};

use crate::payload::PayloadId;
use crate::record::EventId;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct FrameId(pub u32);

impl FrameId {
    pub(crate) const ROOT: FrameId = FrameId(0);
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Frame {
    pub id: FrameId,
    /// The frame whose Parallel or Map state opened this one; none for the root.
    pub owner: Option<FrameId>,
    /// Number of the branch or iteration within its owner.
    pub index: u32,
    /// The `previousEventId` of what happens next here.
    pub last: EventId,
    /// The state being worked on, and when it was entered. Meaningless while `Beginning`.
    pub state: StateId,
    pub entered: EventId,
    pub entered_ms: i64,
    /// The `previousEventId` of that entry.
    pub entered_after: EventId,
    pub input: PayloadId,
    /// How often each retrier of the state was used since the state was entered.
    pub retries: Vec<u64>,
    /// What states of this block have assigned. Frames below read it; it ends with the frame.
    pub variables: BTreeMap<Arc<str>, PayloadId>,
    pub doing: Doing,
}

/// What a frame is about.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) enum Doing {
    /// Owes the entry into the first state of a block.
    Beginning {
        scope: ScopeId,
    },
    /// Entered; the work of the state is owed.
    Entered,
    Waiting {
        until_ms: i64,
    },
    Task(Attempt),
    /// Between a failure and the next attempt.
    Backoff {
        until_ms: i64,
    },
    Branches {
        results: Vec<Option<PayloadId>>,
        open: u32,
    },
    Iterations(Iterations),
    /// The work is done; the output is owed. None: the state's effective input is its result.
    Done {
        result: Option<PayloadId>,
    },
    /// The state failed; Retry, Catch or the way up is owed.
    Failing {
        failure: Failure,
        announced: bool,
        missed_heartbeat: bool,
    },
    /// Left with this output; the next state or the end of the block is owed.
    Left {
        output: PayloadId,
        next: Option<StateId>,
    },
}

/// One attempt of a Task.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub scheduled: EventId,
    pub nonce: u64,
    pub input: PayloadId,
    pub stage: Stage,
    /// An answer under the attempt's token that came before the submission was known.
    pub early: Option<Outcome>,
    pub timeout_at_ms: Option<i64>,
    pub heartbeat_seconds: Option<u64>,
    /// Runs once the worker has the task; volatile, restarted at recovery.
    pub heartbeat_at_ms: Option<i64>,
    /// The role of the task's `Credentials`. Stored apart (`Record::TaskCredentials`, and behind the frames of
    /// a checkpoint): older bytes know nothing of roles.
    #[serde(skip)]
    pub role_arn: Option<Arc<str>>,
    /// When it was scheduled and when it was started, for those who measure it: a checkpoint forgets it.
    #[serde(skip)]
    pub scheduled_ms: Option<i64>,
    #[serde(skip)]
    pub started_ms: Option<i64>,
}

/// How far an attempt has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Stage {
    Scheduled,
    /// A worker has the activity task, or the call of a service may be on its way.
    Started,
    /// The service has taken the task and answered this; its end comes later.
    Submitted {
        output: PayloadId,
    },
    /// Whether the service has taken the task is not known and not asked: its end comes under its token, or
    /// its time is over.
    InDoubt,
}

/// How a task ended.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Outcome {
    Succeeded(PayloadId),
    Failed(Failure),
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Iterations {
    /// The array or object that is iterated over.
    pub items: PayloadId,
    pub concurrency_max: u32,
    /// The next iteration to start.
    pub next: u32,
    pub open: u32,
    /// The `previousEventId` of the next iteration: AWS points it to the last event inside the iteration
    /// that succeeded last, while the end of the Map points to that success.
    pub resume_after: EventId,
    pub results: Vec<Option<PayloadId>>,
}

impl Frame {
    /// Whether the frame can go on by itself.
    pub(crate) fn is_ready(&self) -> bool {
        match &self.doing {
            Doing::Beginning { .. }
            | Doing::Entered
            | Doing::Done { .. }
            | Doing::Failing { .. }
            | Doing::Left { .. } => true,
            Doing::Branches { open, .. } => *open <= u32::from(planted::is_on(Bug::ParallelEndsEarly)),
            Doing::Iterations(iterations) => iterations.can_go_on(),
            Doing::Waiting { .. } | Doing::Task(_) | Doing::Backoff { .. } => false,
        }
    }

    /// The moment at which the frame must be woken, if any.
    pub(crate) fn deadline_ms(&self) -> Option<i64> {
        match &self.doing {
            Doing::Waiting { until_ms } | Doing::Backoff { until_ms } => Some(*until_ms),
            Doing::Task(attempt) => attempt.deadline_ms(),
            Doing::Beginning { .. }
            | Doing::Entered
            | Doing::Branches { .. }
            | Doing::Iterations(_)
            | Doing::Done { .. }
            | Doing::Failing { .. }
            | Doing::Left { .. } => None,
        }
    }

    /// Every payload that the frame names.
    pub(crate) fn payloads(&self, mut named: impl FnMut(PayloadId)) {
        named(self.input);
        self.variables.values().copied().for_each(&mut named);
        self.doing.payloads(named);
    }
}

impl Doing {
    /// Every payload that it names.
    pub(crate) fn payloads(&self, mut named: impl FnMut(PayloadId)) {
        match self {
            Doing::Task(attempt) => {
                named(attempt.input);
                if let Stage::Submitted { output } = attempt.stage {
                    named(output);
                }
                if let Some(Outcome::Succeeded(output)) = attempt.early {
                    named(output);
                }
            }
            Doing::Branches { results, .. } => results.iter().flatten().copied().for_each(named),
            Doing::Iterations(iterations) => {
                named(iterations.items);
                iterations.results.iter().flatten().copied().for_each(named);
            }
            Doing::Done { result } => result.iter().copied().for_each(named),
            Doing::Left { output, .. } => named(*output),
            Doing::Beginning { .. }
            | Doing::Entered
            | Doing::Waiting { .. }
            | Doing::Backoff { .. }
            | Doing::Failing { .. } => {}
        }
    }
}

impl Attempt {
    /// Whether a heartbeat is missing at this moment, while the attempt's own time is not over.
    pub(crate) fn misses_heartbeat(&self, now_ms: i64) -> bool {
        self.heartbeat_at_ms.is_some_and(|at| at <= now_ms) && self.timeout_at_ms.is_none_or(|at| at > now_ms)
    }

    pub(crate) fn deadline_ms(&self) -> Option<i64> {
        match (self.timeout_at_ms, self.heartbeat_at_ms) {
            (Some(timeout), Some(heartbeat)) => Some(timeout.min(heartbeat)),
            (timeout, heartbeat) => timeout.or(heartbeat),
        }
    }
}

impl Iterations {
    fn can_go_on(&self) -> bool {
        let more = u32::from(planted::is_on(Bug::MapStartsOneTooMany));
        self.is_over()
            || (self.open < self.concurrency_max + more && (self.next as usize) < self.results.len())
    }

    pub(crate) fn is_over(&self) -> bool {
        self.open == 0 && self.next as usize == self.results.len()
    }
}

/// The frames of an execution in id order. New frames have ever higher ids.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Frames {
    frames: Vec<Frame>,
    next: u32,
}

impl Frames {
    pub(crate) fn open(
        &mut self,
        owner: Option<FrameId>,
        index: u32,
        last: EventId,
        scope: ScopeId,
        input: PayloadId,
    ) {
        if self.frames.is_empty() {
            // Most executions never have more than the root.
            self.frames.reserve_exact(1);
        }
        self.frames.push(Frame {
            id: FrameId(self.next),
            owner,
            index,
            last,
            state: StateId(0),
            entered: 0,
            entered_ms: 0,
            entered_after: 0,
            input,
            retries: Vec::new(),
            variables: BTreeMap::new(),
            doing: Doing::Beginning { scope },
        });
        self.next += 1;
    }

    fn position(&self, id: FrameId) -> Option<usize> {
        match self.frames.first() {
            // Most executions have one frame, the root.
            Some(first) if first.id == id => Some(0),
            _ => self.frames.binary_search_by_key(&id, |frame| frame.id).ok(),
        }
    }

    pub(crate) fn find(&self, id: FrameId) -> Option<&Frame> {
        self.position(id).map(|position| &self.frames[position])
    }

    pub(crate) fn get(&self, id: FrameId) -> &Frame {
        self.find(id).expect("a frame that a record or another frame names is open")
    }

    pub(crate) fn get_mut(&mut self, id: FrameId) -> &mut Frame {
        let position = self.position(id).expect("a frame that a record or another frame names is open");
        &mut self.frames[position]
    }

    pub(crate) fn close(&mut self, id: FrameId) -> Frame {
        let position = self.position(id).expect("a frame that is closed is open");
        self.frames.remove(position)
    }

    /// Closes every frame below `owner` and gives them, in id order.
    pub(crate) fn take_below(&mut self, owner: FrameId) -> Vec<Frame> {
        // A frame has a higher id than its owner, so one pass in id order sees owners first.
        let mut closing = vec![owner];
        self.frames
            .extract_if(.., |frame| {
                let below = frame.owner.is_some_and(|owner| closing.contains(&owner));
                if below {
                    closing.push(frame.id);
                }
                below
            })
            .collect()
    }

    /// Closes every frame and gives them, in id order.
    pub(crate) fn close_all(&mut self) -> Vec<Frame> {
        std::mem::take(&mut self.frames)
    }

    /// Opens frames that were closed, in id order, where none is open.
    pub(crate) fn open_again(&mut self, frames: Vec<Frame>) {
        self.frames = frames;
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Frame> {
        self.frames.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Frame> {
        self.frames.iter_mut()
    }

    /// The roles that attempts have, by frame.
    pub(crate) fn roles(&self) -> Vec<(FrameId, Arc<str>)> {
        let roles = self.frames.iter().filter_map(|frame| match &frame.doing {
            Doing::Task(attempt) => Some((frame.id, attempt.role_arn.clone()?)),
            _ => None,
        });
        roles.collect()
    }

    pub(crate) fn set_roles(&mut self, roles: Vec<(FrameId, Arc<str>)>) {
        for (id, role) in roles {
            if let Some(at) = self.position(id)
                && let Doing::Task(attempt) = &mut self.frames[at].doing
            {
                attempt.role_arn = Some(role);
            }
        }
    }

    /// Open frames directly below `owner`, in id order.
    pub(crate) fn children(&self, owner: FrameId) -> impl Iterator<Item = &Frame> {
        self.frames.iter().filter(move |frame| frame.owner == Some(owner))
    }

    /// The ready frame whose turn it is: the next one after `last`, then from the first again, so that
    /// a branch that never waits cannot starve its siblings.
    pub(crate) fn next_ready(&self, last: FrameId) -> Option<FrameId> {
        let ready = |frame: &&Frame| frame.is_ready();
        let start = self.frames.partition_point(|frame| frame.id <= last);
        self.frames[start..]
            .iter()
            .find(ready)
            .or_else(|| self.frames[..start].iter().find(ready))
            .map(|frame| frame.id)
    }
}

/// The name of the worker that took an activity task.
pub(crate) type Worker = Option<Arc<str>>;
