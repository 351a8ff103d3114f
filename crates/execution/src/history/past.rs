//! The recorded past of one execution, of which a reader looks at a part.
//!
//! Here: the batches as they were recorded, and the events of any range of ids. Only those are made that are
//! asked for; what they name is found where it was recorded.
//! INVARIANT: the past does not change: batches are only added.

use std::ops::Range;

use crate::execution::Identity;
use crate::history::event::HistoryEvent;
use crate::history::visible::Viewer;
use crate::payload::PayloadId;
use crate::record::{Batch, EventId, Origin, Record, Through};

#[derive(Debug, Default)]
pub struct Past {
    batches: Vec<Batch>,
    /// The id of the last event up to and with each batch.
    last_events: Vec<EventId>,
    through: Option<Through>,
}

impl Past {
    /// The batch that was recorded next.
    pub fn add(&mut self, batch: Batch) {
        let mut last = self.last_event();
        for record in &batch.records {
            match record {
                Record::Event { .. } => last += 1,
                Record::StartedThrough { through } => self.through = Some(through.clone()),
                Record::WaitSet { .. }
                | Record::Woken { .. }
                | Record::StateFailed { .. }
                | Record::RetrySet { .. }
                | Record::AnsweredEarly { .. }
                | Record::TaskCredentials { .. }
                | Record::SubmissionInDoubt { .. }
                | Record::StartedWithMocks { .. } => {}
            }
        }
        self.last_events.push(last);
        self.batches.push(batch);
    }

    /// How many batches there are.
    pub fn batches(&self) -> usize {
        self.batches.len()
    }

    pub fn last_event(&self) -> EventId {
        self.last_events.last().copied().unwrap_or(0)
    }

    /// Where the execution comes from; none while nothing is recorded.
    pub fn origin(&self) -> Option<Origin> {
        self.batches.first().and_then(Batch::origin)
    }

    /// The events with these ids, in their order.
    pub fn events(&self, identity: &Identity, ids: Range<EventId>) -> Vec<HistoryEvent> {
        let payload = |id| self.payload(id);
        let viewer = Viewer { payload: &payload, through: self.through.as_ref() };
        let first = self.last_events.partition_point(|last| *last < ids.start);
        let mut id = first.checked_sub(1).map_or(0, |before| self.last_events[before]);
        let mut events = Vec::new();
        for batch in &self.batches[first..] {
            for at in 0..batch.records.len() {
                if !matches!(batch.records[at], Record::Event { .. }) {
                    continue;
                }
                id += 1;
                if id >= ids.end {
                    return events;
                }
                if id >= ids.start {
                    events.extend(viewer.event(identity, id, batch, at));
                }
            }
        }
        events
    }

    fn payload(&self, id: PayloadId) -> asl::Document {
        let after = self.batches.partition_point(|batch| batch.first_payload <= id.0);
        // Batches without payloads have the number of the next one.
        let mut brought = self.batches[..after].iter().rev().filter(|batch| !batch.payloads.is_empty());
        let batch = brought.next().expect("a payload is recorded before it is named");
        batch.payloads[(id.0 - batch.first_payload) as usize].clone()
    }
}
