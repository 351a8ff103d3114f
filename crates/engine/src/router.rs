//! Where an execution is worked on, and the way there from any thread: Standard ones in the inbox of their
//! shard, Express ones in that of their lane. A uid says which.

use std::sync::Arc;

use execution::{Advance, Command, Execution};
use store::{SlotRange, Uid};

use crate::express::Order;
use crate::shard::Envelope;
use crate::shard::inbox::Inbox;

/// The inboxes of all shards and lanes. Shard `i` of `n` has the `i`-th of `n` equal ranges of slots, and so
/// has lane `i`.
pub struct Router {
    pub(crate) inboxes: Vec<Arc<Inbox>>,
    /// As many as there are shards.
    pub(crate) lanes: Vec<Arc<Inbox<Order>>>,
}

impl Router {
    pub fn new(shards: usize) -> Self {
        let shards = shards.clamp(1, usize::from(Uid::STANDARD_SLOTS.end));
        Router {
            inboxes: (0..shards).map(|_| Arc::default()).collect(),
            lanes: (0..shards).map(|_| Arc::default()).collect(),
        }
    }

    pub fn shards(&self) -> usize {
        self.inboxes.len()
    }

    pub fn shard_of(&self, execution: Uid) -> usize {
        usize::from(execution.slot()) * self.shards() / Uid::STANDARD_SLOTS.len()
    }

    pub(crate) fn lane_of(&self, execution: Uid) -> usize {
        usize::from(execution.slot() - Uid::EXPRESS_SLOTS.start) * self.lanes.len() / Uid::EXPRESS_SLOTS.len()
    }

    /// The slots of a shard: exactly those that `shard_of` maps to it.
    pub fn slots(&self, shard: usize) -> SlotRange {
        let first = |shard: usize| (shard * Uid::STANDARD_SLOTS.len()).div_ceil(self.shards()) as u16;
        first(shard)..first(shard + 1)
    }

    /// The slots of a lane.
    pub(crate) fn slots_of_lane(&self, lane: usize) -> SlotRange {
        let SlotRange { start, end } = self.slots(lane);
        Uid::EXPRESS_SLOTS.start + start..Uid::EXPRESS_SLOTS.start + end
    }

    /// A command for an execution, wherever it is worked on. Nobody waits for its answer.
    pub(crate) fn command(&self, execution: Uid, command: Command) {
        if execution.is_express() {
            self.order(execution, Order::Command { execution, command });
        } else {
            self.send(Envelope::command(execution, command));
        }
    }

    /// What became of an Express execution that an evaluator had; none if it panicked.
    pub(crate) fn evaluated(&self, execution: Uid, evaluated: Option<Box<(Execution, Advance)>>) {
        self.order(execution, Order::Evaluated { execution, evaluated });
    }

    pub(crate) fn order(&self, execution: Uid, order: Order) {
        self.lanes[self.lane_of(execution)].put(order);
    }

    pub fn send(&self, envelope: Envelope) {
        self.send_to(self.shard_of(envelope.execution), envelope);
    }

    pub fn send_to(&self, shard: usize, envelope: Envelope) {
        self.inboxes[shard].put(envelope);
    }

    /// The inbox of a shard, for whoever runs it.
    pub fn inbox(&self, shard: usize) -> &Arc<Inbox> {
        &self.inboxes[shard]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_belongs_to_exactly_the_shard_or_lane_that_claims_it() {
        for shards in [1, 2, 3, 7, 64, 1_024] {
            let router = Router::new(shards);
            for slot in Uid::STANDARD_SLOTS {
                let shard = router.shard_of(Uid::new(slot, 0, 0));
                assert!(router.slots(shard).contains(&slot), "{slot} of {shards}");
            }
            for slot in Uid::EXPRESS_SLOTS {
                let lane = router.lane_of(Uid::new(slot, 0, 0));
                assert!(router.slots_of_lane(lane).contains(&slot), "{slot} of {shards}");
            }
            assert_eq!(router.slots(shards - 1).end, Uid::STANDARD_SLOTS.end);
            assert_eq!(router.slots_of_lane(shards - 1).end, Uid::SLOTS);
        }
    }
}
