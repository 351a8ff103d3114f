//! Who is in memory: executions that are being worked on or were lately, and what waits for those that
//! are being fetched or evaluated elsewhere.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use execution::{Execution, Origin, TaskWork};
use planted::Bug;
use rustc_hash::FxHashMap;
use store::Uid;

use crate::reply::ReplyTo;
use crate::shard::Envelope;
use crate::shard::names::Names;

/// An execution that a shard knows of.
pub(crate) struct Resident {
    pub(crate) presence: Presence,
    /// Arrived while the execution was not here.
    pub(crate) parked: Vec<Envelope>,
    /// The number of commits so far, in flight included.
    pub(crate) sequence: u64,
    /// The batch that carried its start; 0 when it was read from the store.
    pub(crate) start_batch: u64,
    /// The last batch that carried one of its commits.
    pub(crate) last_batch: u64,
    pub(crate) deadline_ms: Option<i64>,
    /// Record bytes since the last checkpoint, and the size of that.
    pub(crate) tail_bytes: usize,
    pub(crate) checkpoint_bytes: usize,
    pub(crate) watchers: Vec<ReplyTo>,
    pub(crate) origin: Option<Origin>,
    /// Whether it stands in the queue of those that may be put to sleep.
    pub(crate) is_queued: bool,
}

pub(crate) enum Presence {
    Here(Box<Execution>),
    /// Being read from the store.
    Loading,
    /// The store could not give it: it is asked for again when its deadline comes.
    Unread,
    /// With an evaluator, for an expression that takes long.
    Away,
    /// It made its step panic: a bug of ours. It rests until the next start, and the others go on.
    Parked,
}

impl Resident {
    pub(crate) fn new(presence: Presence, origin: Option<Origin>, sequence: u64) -> Self {
        Resident {
            presence,
            parked: Vec::new(),
            sequence,
            start_batch: 0,
            last_batch: 0,
            deadline_ms: None,
            tail_bytes: 0,
            checkpoint_bytes: 0,
            watchers: Vec::new(),
            origin,
            is_queued: false,
        }
    }

    pub(crate) fn execution(&self) -> Option<&Execution> {
        match &self.presence {
            Presence::Here(execution) => Some(execution),
            Presence::Loading | Presence::Unread | Presence::Away | Presence::Parked => None,
        }
    }
}

/// How many executions a shard keeps in memory beside those that are being worked on.
#[derive(Clone, Copy, Debug)]
pub struct ResidentLimits {
    /// LIMIT: executions that stay although they only wait, or have ended. Above it the ones that were touched
    /// longest ago sleep on disk.
    pub residents_max: usize,
    /// LIMIT: ended executions that stay for those who ask for their end.
    pub ended_residents_max: usize,
}

impl Default for ResidentLimits {
    fn default() -> Self {
        ResidentLimits { residents_max: 20_000, ended_residents_max: 512 }
    }
}

/// Whether a call can begin now. That takes no longer than a commit, and while the execution is here the
/// auditor sees when nobody begins it.
fn has_call_to_begin(execution: &Execution) -> bool {
    execution.outstanding().any(|effect| matches!(effect.work, TaskWork::BeginCall(_)))
}

/// All residents of a shard, with their timers and names.
#[derive(Default)]
pub(crate) struct Residents {
    pub(crate) by_uid: FxHashMap<Uid, Resident>,
    pub(crate) names: Names,
    timers: BTreeSet<(i64, Uid)>,
    /// Waiting ones, and ended ones, in the order in which they came to rest.
    waiting: VecDeque<Uid>,
    ended: VecDeque<Uid>,
}

impl Residents {
    pub(crate) fn next_deadline_ms(&self) -> Option<i64> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Takes executions whose deadline has come, at most so many.
    pub(crate) fn take_due(&mut self, now_ms: i64, most: usize) -> Vec<Uid> {
        let mut due = Vec::new();
        while due.len() < most
            && let Some((at, execution)) = self.timers.first().copied()
        {
            if at > now_ms && !(planted::is_on(Bug::TimersFireEarly) && at <= now_ms + 1_000) {
                break;
            }
            self.timers.pop_first();
            if let Some(resident) = self.by_uid.get_mut(&execution) {
                resident.deadline_ms = None;
            }
            if !planted::is_on(Bug::DueTimerWakesNobody) {
                due.push(execution);
            }
        }
        due
    }

    /// The execution that has a name, if it is in memory and its start is durable. One whose start is in
    /// flight may still be refused: nobody must hear of it.
    pub(crate) fn find(&self, machine: u128, name: &Arc<str>, durable_batch: u64) -> Option<Uid> {
        let execution = self.names.find(machine, name)?;
        let resident = self.by_uid.get(&execution)?;
        (resident.start_batch <= durable_batch).then_some(execution)
    }

    /// A deadline of an execution that is not in memory.
    pub(crate) fn set_sleeping_deadline(&mut self, execution: Uid, at_ms: i64) {
        self.timers.insert((at_ms, execution));
    }

    pub(crate) fn has_timer_at(&self, at_ms: i64, execution: Uid) -> bool {
        self.timers.contains(&(at_ms, execution))
    }

    /// Looks through all timers.
    pub(crate) fn has_timer(&self, execution: Uid) -> bool {
        self.timers.iter().any(|(_, of)| *of == execution)
    }

    /// Brings the timer of a resident up to date.
    pub(crate) fn set_deadline(&mut self, execution: Uid, deadline_ms: Option<i64>) {
        let Some(resident) = self.by_uid.get_mut(&execution) else { return };
        if resident.deadline_ms == deadline_ms {
            return;
        }
        if let Some(before) = resident.deadline_ms {
            self.timers.remove(&(before, execution));
        }
        resident.deadline_ms = deadline_ms;
        if let Some(at) = deadline_ms {
            self.timers.insert((at, execution));
        }
    }

    /// An execution came to rest: it may sleep when room is needed.
    pub(crate) fn rest(&mut self, execution: Uid) {
        let Some(resident) = self.by_uid.get_mut(&execution) else { return };
        let ended = resident.execution().is_some_and(|execution| execution.ended().is_some());
        if ended {
            self.ended.push_back(execution);
        } else if !std::mem::replace(&mut resident.is_queued, true) {
            self.waiting.push_back(execution);
        }
    }

    /// Lets executions sleep that rested longest, while there are too many. `durable_batch` is the last
    /// batch that is durable: only what the store can give back may leave memory.
    pub(crate) fn make_room(&mut self, durable_batch: u64, limits: ResidentLimits) {
        while self.ended.len() > limits.ended_residents_max {
            if !self.may_leave(self.ended.front(), durable_batch) {
                break;
            }
            let Some(execution) = self.ended.pop_front() else { break };
            // It may be there again, for somebody who asks; then it comes to rest, and to this queue, once more.
            let at_rest = self.by_uid.get(&execution).and_then(Resident::execution);
            if at_rest.is_some_and(|at_rest| at_rest.ended().is_some()) {
                self.forget(execution);
            }
        }
        while self.by_uid.len() > limits.residents_max + self.ended.len() {
            let Some(execution) = self.waiting.pop_front() else { break };
            let Some(resident) = self.by_uid.get_mut(&execution) else { continue };
            let Some(at_rest) = resident.execution() else {
                resident.is_queued = false;
                continue;
            };
            if at_rest.ended().is_some() {
                // Redriven, it comes to this queue again.
                resident.is_queued = false;
                continue;
            }
            let busy = at_rest.can_continue() || !resident.watchers.is_empty() || has_call_to_begin(at_rest);
            let is_in_flight = resident.last_batch > durable_batch && !planted::is_on(Bug::SleepsInFlight);
            if busy || is_in_flight {
                self.waiting.push_back(execution);
                break;
            }
            self.put_to_sleep(execution);
        }
    }

    fn may_leave(&self, execution: Option<&Uid>, durable_batch: u64) -> bool {
        let resident = execution.and_then(|execution| self.by_uid.get(execution));
        resident.is_none_or(|resident| resident.last_batch <= durable_batch)
    }

    /// Drops an execution from memory; its timer stays.
    fn put_to_sleep(&mut self, execution: Uid) {
        if planted::is_on(Bug::SleeperLosesItsTimer) {
            self.set_deadline(execution, None);
        }
        if let Some(resident) = self.by_uid.remove(&execution)
            && let Some(origin) = resident.origin
        {
            self.names.remove(origin.machine, &origin.name, execution);
        }
    }

    /// Drops an execution from memory, its timer included.
    pub(crate) fn forget(&mut self, execution: Uid) -> Option<Resident> {
        self.set_deadline(execution, None);
        let resident = self.by_uid.remove(&execution)?;
        if let Some(origin) = &resident.origin {
            self.names.remove(origin.machine, &origin.name, execution);
        }
        Some(resident)
    }

    pub(crate) fn insert(&mut self, execution: Uid, resident: Resident) {
        if let Some(Origin { machine, name, .. }) = &resident.origin {
            self.names.insert(*machine, &Arc::clone(name), execution);
        }
        self.by_uid.insert(execution, resident);
    }
}
