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

use planted::Bug;
use store::{Fence, Store};

use crate::admission::Admission;
use crate::clock::{Clock, idle_time};
use crate::engine::FaultHandler;
use crate::shard::inbox::{Inbox, Waited};
use crate::shard::release::World;
use crate::shard::step::{Shard, Step};
use crate::statistics::Counters;
use crate::workers::Workers;

/// A shard with everything around it.
pub(crate) struct CommitLoop {
    pub(crate) number: usize,
    pub(crate) shard: Shard,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) commits: Commits,
    pub(crate) workers: Workers,
    pub(crate) counters: Arc<Counters>,
}

/// The way of a shard's batches to the store and of what they hold to the world.
pub(crate) struct Commits {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) fence: Fence,
    pub(crate) world: Arc<World>,
    /// Number of the last batch that is durable. Batches become durable in order.
    pub(crate) durable: Arc<AtomicU64>,
    pub(crate) on_fault: FaultHandler,
    /// Learns how long commands wait for this.
    pub(crate) admission: Arc<Admission>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// When the oldest command of a step came in, and how many wait behind it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrived {
    pub(crate) since_ms: i64,
    pub(crate) waiting: usize,
}

impl CommitLoop {
    /// Runs until the inbox is closed.
    pub(crate) fn run(mut self) {
        let mut envelopes = Vec::new();
        let mut taken_ms = self.clock.now_ms();
        loop {
            let timeout = self.idle_time();
            // Read before the inbox is emptied: whatever a batch up to this one has sent here, a refused
            // start above all, is then among the envelopes.
            let durable = self.commits.durable.load(Ordering::Acquire);
            let waited = self.inbox.wait(&mut envelopes, timeout);
            let now_ms = self.clock.now_ms();
            // What was there already may have come right after the last time that the inbox was emptied.
            let since_ms = match waited {
                Waited::NotAtAll => taken_ms,
                Waited::Awhile => now_ms,
                Waited::Closed => return,
            };
            taken_ms = now_ms;
            let Step { commits, held, loads, evaluations } = self.shard.step(now_ms, durable, &mut envelopes);
            for execution in loads {
                self.workers.load(self.number, execution);
            }
            for evaluation in evaluations {
                self.workers.evaluate(self.number, evaluation);
            }
            self.counters.took_step(commits.len(), self.shard.residents.by_uid.len());
            let arrived = Arrived { since_ms, waiting: self.inbox.depth() };
            self.commits.submit(self.shard.last_batch, arrived, commits, held);
        }
    }

    /// How long to wait for envelopes; for ever when no execution has a deadline.
    fn idle_time(&self) -> Option<Duration> {
        let deadline_ms = self.shard.next_deadline_ms()?;
        let at_work = || {
            !self.inbox.is_empty()
                || self.commits.durable.load(Ordering::Acquire) != self.shard.last_batch
                || self.shard.has_tasks_in_hand()
        };
        Some(idle_time(&*self.clock, deadline_ms, at_work))
    }
}

impl Commits {
    /// Gives a step's batch to the store; what it holds goes out when it is durable. Answers that rest on
    /// nothing in flight go out at once.
    pub(crate) fn submit(
        &self,
        batch: u64,
        arrived: Arrived,
        commits: Vec<store::Commit>,
        held: crate::shard::release::HeldBatch,
    ) {
        if held.is_empty() && commits.is_empty() {
            return;
        }
        // A step without commits still takes a number, so `batch - 1` is the last one in flight.
        let nothing_in_flight = self.durable.load(Ordering::Acquire) + 1 == batch;
        let rests = nothing_in_flight || planted::is_on(Bug::ReadsAnsweredFromFlight);
        if commits.is_empty() && rests {
            held.rests_on_nothing().let_out(&self.world);
            self.durable.store(batch, Ordering::Release);
            return;
        }
        if planted::is_on(Bug::ReplyBeforeCommit) {
            let outcomes = vec![store::Outcome::Committed; commits.len()];
            held.settled(outcomes).let_out(&self.world);
            let durable = Arc::clone(&self.durable);
            let done = Box::new(move |_| durable.store(batch, Ordering::Release));
            return self.store.commit(&self.fence, commits, done);
        }
        let (world, durable) = (Arc::clone(&self.world), Arc::clone(&self.durable));
        let on_fault = Arc::clone(&self.on_fault);
        let (admission, clock) = (Arc::clone(&self.admission), Arc::clone(&self.clock));
        let submitted = admission.submitted(commits.len(), arrived.since_ms, arrived.waiting);
        let done = move |result| match result {
            Ok(outcomes) => {
                admission.committed(submitted, clock.now_ms());
                held.settled(outcomes).let_out(&world);
                // Only now: who sees this number must find in its inbox what the batch has sent there.
                durable.store(batch, Ordering::Release);
            }
            Err(_) if planted::is_on(Bug::FailedCommitIsReleased) => {
                held.rests_on_nothing().let_out(&world);
                durable.store(batch, Ordering::Release);
            }
            Err(fault) => {
                on_fault(&fault);
                held.failed();
            }
        };
        self.store.commit(&self.fence, commits, Box::new(done));
    }
}
