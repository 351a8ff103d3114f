//! The indexer: brings what is durable from `recent` into the index, in rounds, off the commit path.
//!
//! Here: one round, how far the index has come, and who waits for that.
//! Not here: when a round takes place (`threads`, or whoever pumps).
//! An execution that starts and ends between two rounds is written once, in its final form.
//! INVARIANT: when the progress row says a position, everything before it is in the index. Some of what is
//! after it may be too, all of it durable: replaying the log skips commits that a row knows already.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use planted::Bug;
use store::{Ended, Fault, ListingPosition, Started, Uid};

use crate::entry::Front;
use crate::index::{
    Index, IndexChange, PROGRESS, STATUS_OPEN, ended_key, execution_key, listing_key, name_key, open_key,
};
use crate::names::{Names, read_name};
use crate::recent::{Indexed, Recent, RecentExecutions};
use crate::recover::Mark;
use crate::row::{Progress, Row, encode_awaits};
use crate::signal::{self, Receiver, Sender};

/// LIMIT: bytes of log that may have to be read again after a loss of power.
const UNPERSISTED_MAX: u64 = 64 << 20;

/// LIMIT: changes of the index after which a part of a round is applied.
const PART_CHANGES: usize = 20_000;

pub(crate) struct Indexer {
    index: Arc<dyn Index>,
    progress: Mutex<Progress>,
    /// The end of the progress, to be read without waiting for a round.
    applied: AtomicU64,
    persisted: AtomicU64,
    /// Held for writing while the index changes: a scan sees one state of it.
    view: RwLock<()>,
    waiters: Mutex<Vec<(u64, Sender<()>)>>,
}

/// What is applied together: enough to be quick, not so much that others wait long for it.
#[derive(Default)]
struct Part {
    changes: Vec<IndexChange>,
    written: Vec<Written>,
}

/// What a round has written about an execution.
struct Written {
    execution: Uid,
    /// None when the execution is forgotten.
    indexed: Option<Indexed>,
    /// The index says now who has its name.
    named: Option<Arc<Started>>,
}

impl Indexer {
    pub(crate) fn after(progress: Progress, index: Arc<dyn Index>) -> Self {
        let end = progress.mark.end;
        Indexer {
            index,
            progress: Mutex::new(progress),
            applied: AtomicU64::new(end),
            persisted: AtomicU64::new(end),
            view: RwLock::default(),
            waiters: Mutex::default(),
        }
    }

    pub(crate) fn applied(&self) -> u64 {
        self.applied.load(Ordering::Acquire)
    }

    /// One state of the index, for a scan.
    pub(crate) fn view(&self) -> RwLockReadGuard<'_, ()> {
        self.view.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiters(&self) -> MutexGuard<'_, Vec<(u64, Sender<()>)>> {
        self.waiters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ready when the index has come to a position; none if it has already.
    pub(crate) fn reach(&self, position: u64) -> Option<Receiver<()>> {
        let mut waiters = self.waiters();
        if self.applied() >= position {
            return None;
        }
        let (sender, receiver) = signal::channel();
        waiters.push((position, sender));
        Some(receiver)
    }

    pub(crate) fn has_waiters(&self) -> bool {
        !self.waiters().is_empty()
    }

    /// Lets all who wait go; they find out about the fault or the close themselves.
    pub(crate) fn dismiss_waiters(&self) {
        self.waiters().clear();
    }

    /// Writes everything before the mark. `front` is at least that of the log up to there; `durable` says how far
    /// the log is durable, now and at least up to the mark; `released` is told how many executions `recent`
    /// could let go, part by part.
    pub(crate) fn round(
        &self,
        recent: &RecentExecutions,
        names: &Names,
        mark: Mark,
        front: Front,
        durable: impl Fn() -> u64,
        released: impl Fn(usize),
    ) -> Result<(), Fault> {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        if mark == progress.mark {
            return Ok(());
        }
        let mut part = Part::default();
        for mut stripe in recent.each() {
            let durable = durable();
            for execution in stripe.take_noted() {
                let Some(known) = stripe.executions.get(&execution) else { continue };
                let described = match known.latest() {
                    Some(row) if known.is_gone(durable) => Some(self.removed(execution, known, row, names)?),
                    _ => describe(execution, known, durable),
                };
                match described {
                    Some((one, rows)) => {
                        part.changes.extend(rows);
                        part.written.push(one);
                    }
                    None => stripe.note(execution),
                }
            }
            drop(stripe);
            if part.changes.len() > PART_CHANGES {
                released(self.apply(std::mem::take(&mut part), recent, names)?);
            }
        }
        // The last part says how far this is: with it, all before the mark is there.
        let next = Progress { mark, front, ..*progress };
        if planted::is_on(Bug::IndexSaysMoreThanItHas) {
            part.changes.pop();
        }
        part.changes.push((PROGRESS.to_vec(), Some(next.encode())));
        released(self.apply(part, recent, names)?);
        *progress = next;
        self.come_to(mark.end)
    }

    /// Writes a part of a round and lets go what the index has now: how many executions that was.
    fn apply(&self, part: Part, recent: &RecentExecutions, names: &Names) -> Result<usize, Fault> {
        let Part { mut changes, written } = part;
        // In key order the index has less to search. Of two changes of one key the later one counts.
        changes.reverse();
        changes.sort_by(|(one, _), (other, _)| one.cmp(other));
        changes.dedup_by(|(later, _), (kept, _)| later == kept);
        {
            let _view = self.view.write().unwrap_or_else(PoisonError::into_inner);
            self.index.apply(changes)?;
        }
        let mut released = 0;
        for Written { execution, indexed, named } in written {
            let mut stripe = recent.stripe_of(execution);
            if let Some(started) = named {
                names.forget(started.machine, &started.name, execution);
            }
            if indexed.is_none() {
                stripe.forget(execution);
                released += 1;
                continue;
            }
            if let Some(known) = stripe.executions.get_mut(&execution) {
                known.indexed = indexed;
                known.must_be_named = false;
            }
            released += usize::from(stripe.release(execution));
        }
        Ok(released)
    }

    /// What to remove of an execution that is forgotten.
    fn removed(
        &self,
        execution: Uid,
        known: &Recent,
        row: &Row,
        names: &Names,
    ) -> Result<(Written, Vec<IndexChange>), Fault> {
        let mut rows = Vec::new();
        if let Some(indexed) = known.indexed {
            let Started { machine, name, .. } = &*row.started;
            rows.push((execution_key(execution), None));
            rows.extend(places(execution, row, indexed.ended).map(|key| (key, None)));
            // Whoever has the name now writes its own row, or has written it.
            if !names.is_held(*machine, name) && read_name(&*self.index, *machine, name)? == Some(execution) {
                rows.push((name_key(*machine, name), None));
            }
        }
        let named = Some(row.started.clone());
        Ok((Written { execution, indexed: None, named }, rows))
    }

    fn come_to(&self, end: u64) -> Result<(), Fault> {
        let arrived: Vec<_> = {
            let mut waiters = self.waiters();
            self.applied.store(end, Ordering::Release);
            waiters.extract_if(.., |(position, _)| *position <= end).collect()
        };
        for (_, sender) in arrived {
            sender.send(());
        }
        if end - self.persisted.load(Ordering::Relaxed) > UNPERSISTED_MAX {
            self.persist()?;
        }
        Ok(())
    }

    pub(crate) fn persist(&self) -> Result<(), Fault> {
        self.index.persist()?;
        self.persisted.store(self.applied(), Ordering::Relaxed);
        Ok(())
    }
}

/// What to write of an execution; none if nothing of it is durable yet.
fn describe(execution: Uid, known: &Recent, durable: u64) -> Option<(Written, Vec<IndexChange>)> {
    let row = known.visible(durable)?;
    let indexed = Indexed::of(row);
    let before = known.indexed;
    let is_named = before.is_some() && !known.must_be_named;
    let named = (!is_named).then(|| row.started.clone());
    let mut rows = if before == Some(indexed) { Vec::new() } else { rows(execution, row, before) };
    if !is_named {
        let Started { machine, name, .. } = &*row.started;
        rows.push((name_key(*machine, name), Some(execution.0.to_vec())));
    }
    Some((Written { execution, indexed: Some(indexed), named }, rows))
}

fn rows(execution: Uid, row: &Row, before: Option<Indexed>) -> Vec<IndexChange> {
    let mut rows = vec![(execution_key(execution), Some(row.encode()))];
    if before.is_none_or(|before| before.ended != row.ended) {
        let left = before.map(|before| places(execution, row, before.ended));
        rows.extend(left.into_iter().flatten().map(|key| (key, None)));
        let [listed, found] = places(execution, row, row.ended);
        rows.push((listed, Some(Vec::new())));
        rows.push((
            found,
            Some(row.ended.map_or_else(|| encode_awaits(row.awaits), |ended| vec![ended.status])),
        ));
    } else if row.ended.is_none() {
        rows.push((open_key(execution), Some(encode_awaits(row.awaits))));
    }
    rows
}

/// The keys under which an execution is listed: by its machine, and among the open or the ended ones.
fn places(execution: Uid, row: &Row, ended: Option<Ended>) -> [Vec<u8>; 2] {
    let Started { machine, started_ms, .. } = *row.started;
    let status = ended.map_or(STATUS_OPEN, |ended| ended.status);
    let listed = listing_key(machine, status, ListingPosition { started_ms, execution });
    [listed, ended.map_or_else(|| open_key(execution), |ended| ended_key(execution, ended.stopped_ms))]
}
