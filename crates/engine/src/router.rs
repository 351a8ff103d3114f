//! Which shard an execution belongs to, and the way into its inbox from any thread.

use std::sync::Arc;

use store::{SlotRange, Uid};

use crate::shard::Envelope;
use crate::shard::inbox::Inbox;

/// The inboxes of all shards. Shard `i` of `n` has the `i`-th of `n` equal ranges of slots.
pub struct Router {
    pub(crate) inboxes: Vec<Arc<Inbox>>,
}

impl Router {
    pub fn new(shards: usize) -> Self {
        let shards = shards.clamp(1, usize::from(Uid::SLOTS));
        Router { inboxes: (0..shards).map(|_| Arc::default()).collect() }
    }

    pub fn shards(&self) -> usize {
        self.inboxes.len()
    }

    pub fn shard_of(&self, execution: Uid) -> usize {
        usize::from(execution.slot()) * self.shards() / usize::from(Uid::SLOTS)
    }

    /// The slots of a shard: exactly those that `shard_of` maps to it.
    pub fn slots(&self, shard: usize) -> SlotRange {
        let first = |shard: usize| (shard * usize::from(Uid::SLOTS)).div_ceil(self.shards()) as u16;
        first(shard)..first(shard + 1)
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
    fn every_slot_belongs_to_exactly_the_shard_that_claims_it() {
        for shards in [1, 2, 3, 7, 64, 1_024] {
            let router = Router::new(shards);
            for slot in 0..Uid::SLOTS {
                let shard = router.shard_of(Uid::new(slot, 0, 0));
                assert!(router.slots(shard).contains(&slot), "{slot} of {shards}");
            }
            assert_eq!(router.slots(shards - 1).end, Uid::SLOTS);
        }
    }
}
