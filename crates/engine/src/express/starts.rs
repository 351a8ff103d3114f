//! Starts of asynchronous executions, recorded before they are answered, and the marks of their ends.
//!
//! Here: which commits a lane owes the store, and when. A record is the execution's first batch, under a name
//! that nobody else can have; a mark is a commit without records.
//! Not here: running (`lane`). Synchronous executions leave nothing in the store.
//! INVARIANT: a start without a mark runs again after a restart, one with a mark never does.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use execution::{Batch, Execution};
use planted::Bug;
use store::{Awaits, Commit, Ended, Fence, Outcome, SlotRange, Started, Store, Uid};

use crate::admission::Admission;
use crate::block_on::block_on;
use crate::clock::Clock;
use crate::codes;
use crate::engine::FaultHandler;
use crate::error::EngineError;
use crate::express::recent::{Recent, RecentExecution};
use crate::express::{Express, Order, Run};
use crate::reply::{ReplyTo, deliver_all};
use crate::shard::Answer;
use crate::shard::inbox::Inbox;
use crate::shard::recover::each_open;
use crate::shard::stored::note_of;

/// How long a mark waits for a start to ride with. One sync for all that ended meanwhile.
const MARK_DELAY_MS: i64 = 1_000;
/// LIMIT: marks that wait.
const MARKS_MAX: usize = 10_000;

pub(crate) struct Starts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) fence: Fence,
    pub(crate) on_fault: FaultHandler,
    /// Learns how long starts wait for their commit.
    pub(crate) admission: Arc<Admission>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Where the store's word on starts goes: the lane's own inbox.
    pub(crate) inbox: Arc<Inbox<Order>>,
    pub(crate) recent: Arc<Recent>,
    /// Of this step.
    pub(crate) recorded: Vec<Recorded>,
    /// Ends that wait to be marked.
    pub(crate) marks: Vec<Mark>,
    /// When the marks go alone.
    pub(crate) marks_due_ms: Option<i64>,
}

/// A start, and what is let out when its record is durable.
pub(crate) struct Recorded {
    commit: Commit,
    seen: RecentExecution,
    to: ReplyTo,
}

/// The mark of an end, and who must not hear of it before it is durable.
pub(crate) struct Mark {
    commit: Commit,
    answers: Vec<(ReplyTo, Answer)>,
}

impl Starts {
    /// The starts of a lane's slots, and those of before that a crash left without a mark.
    pub(crate) fn open(
        store: &Arc<dyn Store>,
        slots: SlotRange,
        inbox: &Arc<Inbox<Order>>,
        express: &Express,
        admission: &Arc<Admission>,
        on_fault: &FaultHandler,
    ) -> Result<(Starts, VecDeque<Uid>), EngineError> {
        let starts = Starts {
            store: Arc::clone(store),
            fence: block_on(store.claim(slots.clone()))?,
            on_fault: Arc::clone(on_fault),
            admission: Arc::clone(admission),
            clock: Arc::clone(&express.clock),
            inbox: Arc::clone(inbox),
            recent: Arc::clone(&express.recent),
            recorded: Vec::new(),
            marks: Vec::new(),
            marks_due_ms: None,
        };
        let mut unmarked = VecDeque::new();
        if !planted::is_on(Bug::ExpressForgottenAtRestart) {
            each_open(&**store, slots, |execution, _| unmarked.push_back(execution))?;
        }
        Ok((starts, unmarked))
    }

    /// Records a start, whose first records `seen` has; the answer goes out when that is durable.
    pub(crate) fn record(&mut self, run: &Run, seen: RecentExecution, to: ReplyTo) {
        let uuid = run.arn.express.map(|uuid| format!(":{uuid}")).unwrap_or_default();
        let commit = Commit {
            execution: run.execution,
            sequence: 0,
            started: Some(Started {
                machine: run.origin.machine,
                // As the ARN ends, for the executions of a machine may share their names.
                name: format!("{}{uuid}", run.arn.name).into(),
                started_ms: seen.started_ms,
                note: note_of(&run.origin, None),
            }),
            records: seen.batches.first().cloned().unwrap_or_default(),
            awaits: Awaits { deadline_ms: None, owes: true },
            ended: planted::is_on(Bug::ExpressStartIsItsMark)
                .then_some(Ended { status: 1, stopped_ms: seen.started_ms }),
            note: None,
            checkpoint: None,
        };
        self.recorded.push(Recorded { commit, seen, to });
    }

    /// A recorded execution has ended. A mark that somebody waits for goes at once.
    pub(crate) fn mark(
        &mut self,
        execution: Uid,
        value: &Execution,
        answers: Vec<(ReplyTo, Answer)>,
        now_ms: i64,
    ) {
        let Some(end) = value.ended() else { return };
        if planted::is_on(Bug::ExpressMarkIsLost) {
            return;
        }
        let delay_ms = if answers.is_empty() { MARK_DELAY_MS } else { 0 };
        let due_ms = now_ms.saturating_add(delay_ms);
        if !planted::is_on(Bug::MarkWaitsForAStart) {
            self.marks_due_ms = Some(self.marks_due_ms.map_or(due_ms, |before_ms| before_ms.min(due_ms)));
        }
        let commit = Commit {
            execution,
            sequence: 1,
            started: None,
            records: Bytes::new(),
            awaits: Awaits::default(),
            ended: Some(Ended { status: codes::of_status(end.status), stopped_ms: end.at_ms }),
            note: None,
            checkpoint: None,
        };
        self.marks.push(Mark { commit, answers });
    }

    /// Gives the store what is to be recorded now: the starts at once, and with them the marks that wait.
    pub(crate) fn submit(&mut self, now_ms: i64) {
        let marks_are_due =
            self.marks.len() >= MARKS_MAX || self.marks_due_ms.is_some_and(|due_ms| due_ms <= now_ms);
        if !self.recorded.is_empty() || marks_are_due {
            self.flush();
        }
    }

    /// The same without waiting for anything.
    pub(crate) fn flush(&mut self) {
        if self.recorded.is_empty() && self.marks.is_empty() {
            return;
        }
        self.marks_due_ms = None;
        let (mut commits, mut held) = (Vec::new(), Vec::new());
        for Recorded { commit, seen, to } in self.recorded.drain(..) {
            commits.push(commit);
            held.push((seen, to));
        }
        let mut marked = Vec::new();
        for Mark { commit, answers } in self.marks.drain(..) {
            commits.push(commit);
            marked.push(answers);
        }
        let (recent, inbox) = (Arc::clone(&self.recent), Arc::clone(&self.inbox));
        let on_fault = Arc::clone(&self.on_fault);
        let (admission, clock) = (Arc::clone(&self.admission), Arc::clone(&self.clock));
        let submitted = admission.submitted(held.len(), clock.now_ms(), inbox.depth());
        let done = move |result: Result<Vec<Outcome>, store::Fault>| {
            let outcomes = result.unwrap_or_else(|fault| {
                on_fault(&fault);
                Vec::new()
            });
            let (mut settled, mut answers) = (Vec::new(), Vec::new());
            let starts = held.len();
            let is_durable = |at: usize| outcomes.get(at) == Some(&Outcome::Committed);
            for (at, (seen, to)) in held.into_iter().enumerate() {
                let is_recorded = is_durable(at);
                settled.push((seen.execution, is_recorded));
                if is_recorded {
                    let (started_ms, status) = (seen.started_ms, seen.status());
                    answers.push((to, Answer::Started { started_ms, status }));
                    recent.begin(seen);
                } else {
                    answers.push((to, Answer::Unavailable));
                }
            }
            admission.committed(submitted, clock.now_ms());
            for (at, waiting) in marked.into_iter().enumerate() {
                let known = is_durable(starts + at);
                let told = |(to, answer)| (to, if known { answer } else { Answer::Unavailable });
                answers.extend(waiting.into_iter().map(told));
            }
            // Before the answers: whoever has one may ask for the execution, and must find it.
            if !settled.is_empty() {
                inbox.put(Order::Settled { starts: settled });
            }
            deliver_all(answers);
        };
        self.store.commit(&self.fence, commits, Box::new(done));
    }

    /// A start that a crash left without a mark; none if it is not to be found.
    pub(crate) fn read(&self, execution: Uid) -> Result<Option<Batch>, EngineError> {
        let Some(loaded) = block_on(self.store.load(execution))? else { return Ok(None) };
        loaded.tail.first().map(|records| Batch::decode(records)).transpose().map_err(EngineError::from)
    }
}
