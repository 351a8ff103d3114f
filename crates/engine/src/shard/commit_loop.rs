//! Group commit: what many executions did in one step becomes durable with one `Store::commit`.
//!
//! Here: the thread that drains a shard's inbox, steps, commits once, and lets answers and effects out
//! when the store says that the batch is durable. The shard does not wait for that: it goes on with the
//! next step, building on what is in flight.
//! Not here: what an execution does next (`execution`), how bytes reach the disk (the store).
//! INVARIANT: nothing leaves the shard before the commit that recorded it (`release`).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use store::{Fence, Store};

use crate::clock::Clock;
use crate::engine::FaultHandler;
use crate::planted::{self, Bug};
use crate::shard::inbox::Inbox;
use crate::shard::release::World;
use crate::shard::step::{Shard, Step};
use crate::workers::Workers;

/// A shard with everything around it.
pub(crate) struct CommitLoop {
    pub(crate) number: usize,
    pub(crate) shard: Shard,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) commits: Commits,
    pub(crate) workers: Workers,
}

/// The way of a shard's batches to the store and of what they hold to the world.
pub struct Commits {
    pub store: Arc<dyn Store>,
    pub fence: Fence,
    pub world: Arc<World>,
    /// Number of the last batch that is durable. Batches become durable in order.
    pub durable: Arc<AtomicU64>,
    pub on_fault: FaultHandler,
}

impl CommitLoop {
    /// Runs until the inbox is closed.
    pub(crate) fn run(mut self) {
        let mut envelopes = Vec::new();
        loop {
            let now_ms = self.clock.now_ms();
            let timeout = self.shard.next_deadline_ms().map(|at| until(at, now_ms));
            if !self.inbox.wait(&mut envelopes, timeout) {
                return;
            }
            if envelopes.is_empty() && self.skip_time() {
                continue;
            }
            let durable = self.commits.durable.load(Ordering::Acquire);
            let Step { commits, held, loads, evaluations } =
                self.shard.step(self.clock.now_ms(), durable, &mut envelopes);
            for execution in loads {
                self.workers.load(self.number, execution);
            }
            for evaluation in evaluations {
                self.workers.evaluate(self.number, evaluation);
            }
            self.commits.submit(self.shard.last_batch, commits, held);
        }
    }

    /// On virtual time, jumps to the next deadline when nobody anywhere is at work.
    fn skip_time(&self) -> bool {
        let Some(deadline_ms) = self.shard.next_deadline_ms() else { return false };
        let idle = self.commits.durable.load(Ordering::Acquire) == self.shard.last_batch
            && !self.shard.has_tasks_in_hand();
        idle && deadline_ms > self.clock.now_ms() && self.clock.skip_to(deadline_ms)
    }
}

/// How long to wait from `now_ms` until `at_ms`.
fn until(at_ms: i64, now_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(at_ms.saturating_sub(now_ms)).unwrap_or(0))
}

impl Commits {
    /// Gives a step's batch to the store; what it holds goes out when it is durable. Answers that rest on
    /// nothing in flight go out at once.
    pub fn submit(
        &self,
        batch: u64,
        commits: Vec<store::Commit>,
        held: crate::shard::release::HeldBatch,
    ) {
        if held.is_empty() && commits.is_empty() {
            return;
        }
        // A step without commits still takes a number, so `batch - 1` is the last one in flight.
        let nothing_in_flight = self.durable.load(Ordering::Acquire) + 1 == batch;
        if commits.is_empty() && nothing_in_flight {
            held.rests_on_nothing().let_out(&self.world);
            self.durable.store(batch, Ordering::Release);
            return;
        }
        if planted::is_on(Bug::ReplyBeforeCommit) {
            let outcomes = vec![store::Outcome::Committed; commits.len()];
            if let Ok(committed) = held.settled(Ok(outcomes)) {
                committed.let_out(&self.world);
            }
            let durable = Arc::clone(&self.durable);
            let done = Box::new(move |_| durable.store(batch, Ordering::Release));
            return self.store.commit(&self.fence, commits, done);
        }
        let (world, durable) = (Arc::clone(&self.world), Arc::clone(&self.durable));
        let on_fault = Arc::clone(&self.on_fault);
        let done = move |result| match held.settled(result) {
            Ok(committed) => {
                durable.store(batch, Ordering::Release);
                committed.let_out(&world);
            }
            Err((fault, refusal)) => {
                on_fault(&fault);
                refusal.tell();
            }
        };
        self.store.commit(&self.fence, commits, Box::new(done));
    }
}
