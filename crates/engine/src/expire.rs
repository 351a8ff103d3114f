//! Expiry: executions are forgotten some time after their end, as AWS does after 90 days.
//!
//! Here: which ones, how many at once, and that their shards let go of them. Not here: how the store gives their
//! room back.
//! Express executions are read from memory (`express/recent`): of them the store keeps starts and marks of their
//! ends, and an end that is marked is of no use any more.
//! INVARIANT: what is forgotten has ended for as long as the quota says; one that was redriven meanwhile has not,
//! and the store, which judges both in one order, refuses to forget it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use store::{Done, Fence, Forget, Outcome, SlotRange, Store, Uid};

use crate::block_on::block_on;
use crate::clock::Clock;
use crate::router::Router;
use crate::shard::{Envelope, Message, Reply};

/// LIMIT: executions that are forgotten with one entry of the log.
const PAGE: usize = 1_000;
/// LIMIT: how often is looked, at most and at least. Beside a retention of days a minute is nothing.
const PAUSE_MIN: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Forgets what has ended long enough ago.
pub(crate) struct Expiry {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) router: Arc<Router>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The rights to write the slots of all shards and lanes.
    pub(crate) fences: Vec<Fence>,
    pub(crate) retention: Duration,
}

impl Expiry {
    /// What the thread does until its engine stops.
    pub(crate) fn run(&self, stopped: &Receiver<()>) {
        // A tenth of the retention late is not late.
        let pause = (self.retention / 10).clamp(PAUSE_MIN, PAUSE_MAX);
        while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
            self.round(|| {
                stopped.try_recv().is_err_and(|error| error == std::sync::mpsc::TryRecvError::Empty)
            });
        }
    }

    /// Forgets all that has expired by now, as long as `may_go_on` says so.
    pub(crate) fn round(&self, may_go_on: impl Fn() -> bool) {
        let retention_ms = i64::try_from(self.retention.as_millis()).unwrap_or(i64::MAX);
        let expired_ms = self.clock.now_ms().saturating_sub(retention_ms);
        for fence in &self.fences {
            let before_ms = if is_express(&fence.slots) { i64::MAX } else { expired_ms };
            while may_go_on() && self.forget_page(fence, before_ms) {}
        }
    }

    /// False when nothing is left, or nothing can be done now. A store that fails stops the engine elsewhere.
    fn forget_page(&self, fence: &Fence, before_ms: i64) -> bool {
        let found = block_on(self.store.ended(fence.slots.clone(), before_ms, PAGE)).unwrap_or_default();
        let is_last = found.len() < PAGE;
        !found.is_empty() && self.forget(fence, found) && !is_last
    }

    /// True when some of them are forgotten, and their shards know.
    fn forget(&self, fence: &Fence, executions: Vec<Forget>) -> bool {
        let uids: Vec<Uid> = executions.iter().map(|forget| forget.execution).collect();
        let (sender, settled) = channel();
        let done: Done = Box::new(move |result| {
            // Whoever waited for it may have been stopped.
            let _ = sender.send(result);
        });
        self.store.forget(fence, executions, done);
        let Ok(Ok(outcomes)) = settled.recv() else { return false };
        let gone = uids.into_iter().zip(outcomes).filter(|(_, outcome)| *outcome == Outcome::Committed);
        let gone: Vec<Uid> = gone.map(|(execution, _)| execution).collect();
        for &execution in gone.iter().filter(|execution| !execution.is_express()) {
            self.router.send(Envelope { execution, message: Message::Forgotten, reply: Reply::Nobody });
        }
        !gone.is_empty()
    }
}

fn is_express(slots: &SlotRange) -> bool {
    slots.start >= Uid::EXPRESS_SLOTS.start
}
