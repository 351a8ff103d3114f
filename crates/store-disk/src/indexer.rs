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
use store::{Fault, ListingPosition, Started, Uid};

use crate::index::{
    Index, IndexChange, PROGRESS, STATUS_OPEN, execution_key, listing_key, name_key, open_key,
};
use crate::names::Names;
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
    indexed: Indexed,
    /// Its name has just become known to the index.
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

    /// Writes everything before the mark. `durable` says how far the log is durable, now and at least up to
    /// the mark; `released` is told how many executions `recent` could let go, part by part.
    pub(crate) fn round(
        &self,
        recent: &RecentExecutions,
        names: &Names,
        mark: Mark,
        epoch: u64,
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
                match stripe.executions.get(&execution).and_then(|known| describe(execution, known, durable))
                {
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
        let next = Progress { mark, epoch, ..*progress };
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
        // In key order the index has less to search.
        changes.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        {
            let _view = self.view.write().unwrap_or_else(PoisonError::into_inner);
            self.index.apply(changes)?;
        }
        let mut released = 0;
        for Written { execution, indexed, named } in written {
            let mut stripe = recent.stripe_of(execution);
            if let Some(started) = named {
                names.forget(started.machine, &started.name);
            }
            if let Some(known) = stripe.executions.get_mut(&execution) {
                known.indexed = Some(indexed);
            }
            released += usize::from(stripe.release(execution));
        }
        Ok(released)
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
    let indexed = Indexed { status: row.status(), position: row.last.position };
    let before = known.indexed;
    let named = before.is_none().then(|| row.started.clone());
    let rows = if before == Some(indexed) { Vec::new() } else { rows(execution, row, before) };
    Some((Written { execution, indexed, named }, rows))
}

fn rows(execution: Uid, row: &Row, before: Option<Indexed>) -> Vec<IndexChange> {
    let Started { machine, name, started_ms, .. } = &*row.started;
    let status = row.status();
    let listed =
        |status| listing_key(*machine, status, ListingPosition { started_ms: *started_ms, execution });
    let mut rows = vec![(execution_key(execution), Some(row.encode()))];
    if before.is_none() {
        rows.push((name_key(*machine, name), Some(execution.0.to_vec())));
    }
    if before.is_none_or(|before| before.status != status) {
        rows.extend(before.map(|before| (listed(before.status), None)));
        rows.push((listed(status), Some(Vec::new())));
    }
    if status == STATUS_OPEN {
        rows.push((open_key(execution), Some(encode_awaits(row.awaits))));
    } else if before.is_some_and(|before| before.status == STATUS_OPEN) {
        rows.push((open_key(execution), None));
    }
    rows
}
