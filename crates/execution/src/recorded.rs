//! What one command recorded, kept for those who tell others of it once it is durable.
//!
//! Here: the batch with everything that its events show, none of it copied, and the times of attempts.
//! INVARIANT: making it costs the shard no more than the payloads that older batches brought; the events
//! themselves are made by whoever reads them.

use std::sync::Arc;

use asl::{Document, StateId};

use crate::execution::{Execution, Identity};
use crate::frame::Doing;
use crate::history::{HistoryEvent, Reader};
use crate::payload::PayloadId;
use crate::record::{Batch, Event, EventId, Record};

#[derive(Clone, Debug)]
pub struct Recorded {
    identity: Arc<Identity>,
    batch: Batch,
    /// The last event before the batch.
    after: EventId,
    /// What the events show of payloads that came before the batch.
    earlier: Vec<(PayloadId, Document)>,
}

/// How long an attempt of a task took until an event of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AttemptTime {
    pub state: StateId,
    pub until: Until,
    /// From when it was scheduled, and from when it was started. None where a checkpoint has forgotten it,
    /// or where it was never started.
    pub since_scheduled_ms: Option<u64>,
    pub since_started_ms: Option<u64>,
}

/// Which event an attempt has come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Until {
    Started,
    Ended,
}

impl Recorded {
    /// Of the batch that the execution recorded last.
    pub fn last_of(execution: &Execution, batch: Batch) -> Recorded {
        let events = batch.records.iter().filter(|record| matches!(record, Record::Event { .. })).count();
        let mut earlier = Vec::new();
        for record in &batch.records {
            if let Record::Event { event, .. } = record {
                event.shown(|id| {
                    if id.0 < batch.first_payload {
                        earlier.push((id, execution.payloads.get(id).clone()));
                    }
                });
            }
        }
        Recorded {
            identity: Arc::clone(execution.identity()),
            after: execution.last_event() - events as u64,
            batch,
            earlier,
        }
    }

    pub fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    pub fn at_ms(&self) -> i64 {
        self.batch.at_ms
    }

    /// The visible records, in their order.
    pub fn records(&self) -> impl Iterator<Item = &Event> {
        self.batch.records.iter().filter_map(|record| match record {
            Record::Event { event, .. } => Some(event),
            _ => None,
        })
    }

    /// The same as AWS shows them.
    pub fn events(&self) -> Vec<HistoryEvent> {
        Reader::after(self.after, self.earlier.iter().cloned()).read(&self.identity, &self.batch)
    }

    /// Bytes of the payloads that it keeps in memory, about.
    pub fn bytes(&self) -> usize {
        let earlier = self.earlier.iter().map(|(_, document)| document);
        earlier.chain(&self.batch.payloads).map(|document| document.text().len()).sum()
    }
}

impl AttemptTime {
    /// Before the record is applied: the frame still has the attempt.
    pub(crate) fn at(execution: &Execution, record: &Record, now_ms: i64) -> Option<AttemptTime> {
        let Record::Event { frame, event, .. } = record else { return None };
        let (state, until) = match event {
            Event::TaskStarted { state, .. } => (*state, Until::Started),
            Event::TaskSucceeded { state, .. }
            | Event::TaskFailed { state, .. }
            | Event::TaskTimedOut { state, .. }
            | Event::TaskSubmitFailed { state, .. } => (*state, Until::Ended),
            _ => return None,
        };
        let Doing::Task(attempt) = &execution.frames.find(*frame)?.doing else { return None };
        let since = |then_ms: i64| u64::try_from(now_ms - then_ms).unwrap_or(0);
        Some(AttemptTime {
            state,
            until,
            since_scheduled_ms: attempt.scheduled_ms.map(since),
            since_started_ms: attempt.started_ms.map(since),
        })
    }
}

impl Event {
    /// The payloads that AWS's view of the event shows.
    fn shown(&self, mut see: impl FnMut(PayloadId)) {
        match self {
            Event::ExecutionStarted { input: payload, .. }
            | Event::ExecutionSucceeded { output: payload }
            | Event::StateEntered { input: payload, .. }
            | Event::TaskScheduled { input: payload, .. }
            | Event::TaskSubmitted { output: payload, .. }
            | Event::TaskSucceeded { output: payload, .. } => see(*payload),
            Event::StateExited { output, assigned, .. } => {
                see(*output);
                assigned.iter().for_each(|(_, value)| see(*value));
            }
            Event::ExecutionFailed { .. }
            | Event::ExecutionAborted { .. }
            | Event::ExecutionTimedOut { .. }
            | Event::StateAborted { .. }
            | Event::ParallelStateStarted { .. }
            | Event::ParallelStateSucceeded { .. }
            | Event::ParallelStateFailed
            | Event::MapStateStarted { .. }
            | Event::MapStateSucceeded { .. }
            | Event::MapStateFailed
            | Event::MapIterationStarted { .. }
            | Event::MapIterationSucceeded { .. }
            | Event::MapIterationFailed { .. }
            | Event::MapIterationAborted { .. }
            | Event::EvaluationFailed { .. }
            | Event::TaskScheduleFailed { .. }
            | Event::TaskStarted { .. }
            | Event::TaskSubmitFailed { .. }
            | Event::TaskFailed { .. }
            | Event::TaskTimedOut { .. }
            | Event::ExecutionRedriven { .. } => {}
        }
    }
}
