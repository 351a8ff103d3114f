//! Replaying the log: what its entries make of the index and of what is recent.
//!
//! Here: one entry after the other, from the place that the index knows or from the front of the log.
//! Not here: reading and checking frames (`recover`).
//! Where the log was cut, commits of executions stand whose beginnings are gone. Each of these executions was
//! carried forward or is forgotten, and an entry behind says so: until then it is an orphan.
//! INVARIANT: at the end of the log there are no orphans.

use std::sync::Arc;

use bytes::Bytes;
use rustc_hash::FxHashMap;
use store::{Awaits, Ended, Fault, Started, Uid};

use crate::entry::{Entry, Front, Logged, Pointer, read_payload};
use crate::frame::HEADER;
use crate::index::Index;
use crate::indexer::Indexer;
use crate::moved::Moved;
use crate::names::Names;
use crate::recent::RecentExecutions;
use crate::recover::Mark;
use crate::row::{Progress, Row, noted};
use crate::segment::damaged;

/// LIMIT: executions held in memory while an index is written anew from the log.
const REPLAYED_BETWEEN_ROUNDS: usize = 50_000;

/// What is rebuilt while the log is read.
pub(crate) struct Replay {
    pub(crate) recent: RecentExecutions,
    pub(crate) names: Names,
    pub(crate) indexer: Indexer,
    pub(crate) front: Front,
    /// The end of the last frame that was visited.
    pub(crate) visited: Mark,
    index: Arc<dyn Index>,
    salt: u64,
    /// What is noted since the last round.
    waiting: usize,
    orphans: FxHashMap<Uid, Orphan>,
}

/// The commits of an execution whose beginning was cut off.
struct Orphan {
    /// The number of the first commit that was found.
    first: u64,
    /// The number after the last one.
    next: u64,
    last: Pointer,
    awaits: Awaits,
    ended: Option<Ended>,
    /// The last one that came with a commit of these.
    note: Option<Bytes>,
}

impl Replay {
    pub(crate) fn after(progress: Progress, index: Arc<dyn Index>, salt: u64) -> Self {
        Replay {
            recent: RecentExecutions::new(),
            names: Names::new(),
            indexer: Indexer::after(progress, index.clone()),
            front: progress.front,
            visited: progress.mark,
            index,
            salt,
            waiting: 0,
            orphans: FxHashMap::default(),
        }
    }

    pub(crate) fn visit(&mut self, mark: Mark, payload: &Bytes) -> Result<(), Fault> {
        // Only frames before this one: if it is the last, it is not known to be durable yet.
        if self.waiting > REPLAYED_BETWEEN_ROUNDS {
            self.round(self.visited)?;
        }
        self.visited = mark;
        let base = mark.last_frame + HEADER as u64;
        let nonsense = || damaged("the log", base, "this batch makes no sense");
        for entry in read_payload(payload, base, self.salt).ok_or_else(nonsense)? {
            match entry {
                Entry::Claim(fence) => self.front.epoch = self.front.epoch.max(fence.epoch.0),
                Entry::Commit(at, logged) => self.apply(at, &logged)?,
                // They count when the entry behind them says so.
                Entry::Again(..) => {}
                Entry::Moved(at, moved) => self.carry(at, &moved)?,
                Entry::Gone(position, executions) => {
                    executions.into_iter().try_for_each(|execution| self.forget(position, execution))?;
                }
                Entry::Front(Front { segment, epoch }) => {
                    let Front { segment: before, epoch: highest } = self.front;
                    self.front = Front { segment: segment.max(before), epoch: epoch.max(highest) };
                }
            }
        }
        Ok(())
    }

    fn apply(&mut self, at: Pointer, logged: &Logged) -> Result<(), Fault> {
        let mut stripe = self.recent.stripe_of(logged.execution);
        let is_first = logged.sequence == 0 && stripe.is_new(logged.execution, &*self.index)?;
        if !is_first && stripe.fetch(logged.execution, &*self.index)?.is_none() {
            drop(stripe);
            return self.adopt(at, logged);
        }
        let known = stripe.begin(logged.execution);
        // The index may have seen commits that its progress does not speak of yet.
        if logged.sequence < known.next_sequence {
            if let Some(Started { machine, name, .. }) = logged.started.as_deref() {
                // Who had the name before, and is forgotten, may have had its row written again.
                known.must_be_named = true;
                self.names.hold(*machine, name, logged.execution);
                stripe.note(logged.execution);
            }
            return Ok(());
        }
        let is_next = logged.sequence == known.next_sequence && known.gone_at.is_none();
        let row = Row::after(known.latest(), at, logged).filter(|_| is_next);
        known.advance(row.ok_or_else(|| out_of_order(at))?, u64::MAX);
        known.next_sequence += 1;
        if let Some(Started { machine, name, .. }) = logged.started.as_deref() {
            self.names.hold(*machine, name, logged.execution);
        }
        stripe.note(logged.execution);
        self.waiting += 1;
        Ok(())
    }

    /// A commit of an execution whose beginning is not there.
    fn adopt(&mut self, at: Pointer, logged: &Logged) -> Result<(), Fault> {
        let Logged { sequence, awaits, ended, .. } = *logged;
        let orphan = self.orphans.entry(logged.execution);
        let first = || Orphan { first: sequence, next: sequence, last: at, awaits, ended, note: None };
        let orphan = orphan.or_insert_with(first);
        if orphan.next != sequence {
            return Err(out_of_order(at));
        }
        let note = logged.note.clone().or(orphan.note.take());
        *orphan = Orphan { first: orphan.first, next: sequence + 1, last: at, awaits, ended, note };
        Ok(())
    }

    fn carry(&mut self, at: u64, moved: &Moved) -> Result<(), Fault> {
        let out_of_order = || out_of_order(moved.last);
        let mut stripe = self.recent.stripe_of(moved.execution);
        let known = stripe.fetch(moved.execution, &*self.index)?;
        let row = match known.as_ref().map(|known| known.latest()) {
            Some(Some(row)) if row.moved.is_some_and(|before| before.at >= at) => {
                return Ok(());
            }
            Some(Some(row)) if moved.count <= row.sequence => row.carried(at, moved),
            Some(_) => return Err(out_of_order()),
            None => match self.orphans.remove(&moved.execution) {
                Some(orphan) if orphan.first > moved.count || orphan.next < moved.count => {
                    return Err(out_of_order());
                }
                // What came between the reading of the execution and this entry stands before it.
                Some(Orphan { next, last, awaits, ended, note, .. }) if next > moved.count => {
                    let started = noted(moved.started.clone(), note.as_ref());
                    Row { sequence: next, last, awaits, ended, started, ..Row::of_moved(at, moved) }
                }
                Some(_) | None => Row::of_moved(at, moved),
            },
        };
        if known.is_none() {
            self.names.hold(moved.started.machine, &moved.started.name, moved.execution);
        }
        let known = stripe.begin(moved.execution);
        known.next_sequence = row.sequence;
        known.advance(row, u64::MAX);
        stripe.note(moved.execution);
        self.waiting += 1;
        Ok(())
    }

    fn forget(&mut self, position: u64, execution: Uid) -> Result<(), Fault> {
        self.orphans.remove(&execution);
        let mut stripe = self.recent.stripe_of(execution);
        // Where nothing is known of it, the index has forgotten it, or its beginning was cut off.
        let Some(known) = stripe.fetch(execution, &*self.index)? else { return Ok(()) };
        known.gone_at = Some(position);
        if let Some(row) = known.latest() {
            let Started { machine, name, .. } = &*row.started;
            self.names.free(*machine, name, execution);
        }
        stripe.note(execution);
        self.waiting += 1;
        Ok(())
    }

    /// Whether every execution that was met has a beginning.
    pub(crate) fn check_complete(&self) -> Result<(), Fault> {
        self.orphans.values().next().map_or(Ok(()), |orphan| Err(out_of_order(orphan.last)))
    }

    pub(crate) fn round(&mut self, mark: Mark) -> Result<(), Fault> {
        self.waiting = 0;
        self.indexer.round(&self.recent, &self.names, mark, self.front, || u64::MAX, |_| ())
    }
}

fn out_of_order(at: Pointer) -> Fault {
    damaged("the log", at.position, "this commit does not follow the one before")
}
