//! A store that keeps everything in memory: for tests, and for runs that need not outlive the process.
//!
//! Here: the contract in its plainest form, one lock around ordered maps. Nothing is encoded.
//! `commit` calls `done` before it returns, on the calling thread, so tests are deterministic.
//! INVARIANT: `done` is called without the lock, so it may call the store again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::catalog::{CatalogEntry, CatalogKey, CatalogWrite};
use crate::commit::{Awaits, Commit, Ended, Forget, Outcome, Started};
use crate::listing::{Listing, ListingFilter, ListingPosition};
use crate::store::{BoxFuture, Done, Epoch, Fault, Fence, Loaded, SlotRange, Store, Uid};

#[derive(Default)]
pub struct MemoryStore {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    executions: BTreeMap<Uid, Execution>,
    names: BTreeMap<u128, BTreeMap<Box<str>, Uid>>,
    /// Newest start first, within a machine.
    listings: BTreeSet<(u128, Reverse<ListingPosition>)>,
    catalog: BTreeMap<CatalogKey, CatalogSlot>,
    /// The claims that no later one has made void.
    claims: Vec<Fence>,
    epoch: u64,
    closed: bool,
}

struct Execution {
    started: Started,
    steps: Vec<Step>,
    awaits: Awaits,
    ended: Option<Ended>,
}

struct Step {
    records: Bytes,
    checkpoint: Option<Bytes>,
}

/// A deleted key keeps its version, so that a writer with an old version never matches a new entry.
#[derive(Clone, Default)]
struct CatalogSlot {
    version: u64,
    value: Option<Bytes>,
}

impl MemoryStore {
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an operation gives, or the fault of a closed store; ready at once.
    fn answer<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&mut Kept) -> T,
    ) -> BoxFuture<'_, Result<T, Fault>> {
        let mut kept = self.kept();
        let answer = kept.available().map(|()| operation(&mut kept));
        Box::pin(std::future::ready(answer))
    }
}

impl Store for MemoryStore {
    fn claim(&self, slots: SlotRange) -> BoxFuture<'_, Result<Fence, Fault>> {
        self.answer(|kept| kept.claim(slots))
    }

    fn commit(&self, fence: &Fence, batch: Vec<Commit>, done: Done) {
        let result = self.kept().commit(fence, batch);
        done(result);
    }

    fn forget(&self, fence: &Fence, executions: Vec<Forget>, done: Done) {
        let result = self.kept().forget_all(fence, &executions);
        done(result);
    }

    fn load(&self, execution: Uid) -> BoxFuture<'_, Result<Option<Loaded>, Fault>> {
        self.answer(|kept| kept.executions.get(&execution).map(Execution::load))
    }

    fn history(&self, execution: Uid, after: u64) -> BoxFuture<'_, Result<Vec<Bytes>, Fault>> {
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        self.answer(|kept| {
            let records = kept.executions.get(&execution).map(Execution::records).unwrap_or_default();
            records.into_iter().skip(after).collect()
        })
    }

    fn open(
        &self,
        slots: SlotRange,
        after: Option<Uid>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(Uid, Awaits)>, Fault>> {
        self.answer(|kept| kept.open(slots, after, limit))
    }

    fn ended(
        &self,
        slots: SlotRange,
        before_ms: i64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Forget>, Fault>> {
        self.answer(|kept| kept.ended(&slots, before_ms, limit))
    }

    fn find(&self, machine: u128, name: &str) -> BoxFuture<'_, Result<Option<Uid>, Fault>> {
        self.answer(|kept| kept.holder(machine, name))
    }

    fn listing(&self, execution: Uid) -> BoxFuture<'_, Result<Option<Listing>, Fault>> {
        self.answer(|kept| kept.listing(execution))
    }

    fn list(
        &self,
        machine: u128,
        filter: ListingFilter,
        after: Option<ListingPosition>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Listing>, Fault>> {
        self.answer(|kept| kept.list(machine, filter, after, limit))
    }

    fn catalog_write(&self, writes: Vec<CatalogWrite>) -> BoxFuture<'_, Result<bool, Fault>> {
        self.answer(|kept| kept.catalog_write(writes))
    }

    fn catalog_read(&self) -> BoxFuture<'_, Result<Vec<(CatalogKey, CatalogEntry)>, Fault>> {
        self.answer(|kept| kept.catalog_read())
    }

    fn close(&self) -> BoxFuture<'_, Result<(), Fault>> {
        self.answer(|kept| kept.closed = true)
    }
}

impl Kept {
    fn available(&self) -> Result<(), Fault> {
        if self.closed { Err(Fault::Unavailable("the store is closed".into())) } else { Ok(()) }
    }

    fn claim(&mut self, slots: SlotRange) -> Fence {
        self.epoch += 1;
        let fence = Fence { slots, epoch: Epoch(self.epoch) };
        self.claims.retain(|claim| !claim.overlaps(&fence.slots));
        self.claims.push(fence.clone());
        fence
    }

    fn commit(&mut self, fence: &Fence, batch: Vec<Commit>) -> Result<Vec<Outcome>, Fault> {
        self.available()?;
        self.check_fence(fence, batch.iter().map(|commit| commit.execution))?;
        Ok(batch.into_iter().map(|commit| self.apply(commit)).collect())
    }

    fn check_fence(&self, fence: &Fence, mut executions: impl Iterator<Item = Uid>) -> Result<(), Fault> {
        let is_covered = self.claims.contains(fence)
            && executions.all(|execution| fence.slots.contains(&execution.slot()));
        if is_covered { Ok(()) } else { Err(Fault::Fenced) }
    }

    fn forget_all(&mut self, fence: &Fence, executions: &[Forget]) -> Result<Vec<Outcome>, Fault> {
        self.available()?;
        self.check_fence(fence, executions.iter().map(|forget| forget.execution))?;
        Ok(executions.iter().map(|forget| self.forget(*forget)).collect())
    }

    fn forget(&mut self, Forget { execution, ended }: Forget) -> Outcome {
        let has_ended = |known: &mut Execution| known.ended == Some(ended);
        let Some((_, known)) =
            self.executions.extract_if(execution..=execution, |_, known| has_ended(known)).next()
        else {
            return Outcome::Stale;
        };
        let Started { machine, name, started_ms, .. } = known.started;
        let position = ListingPosition { started_ms, execution };
        self.listings.remove(&(machine, Reverse(position)));
        if let Some(names) = self.names.get_mut(&machine) {
            names.remove(&name);
        }
        Outcome::Committed
    }

    fn ended(&self, slots: &SlotRange, before_ms: i64, limit: usize) -> Vec<Forget> {
        let mut found: Vec<Forget> = self
            .executions
            .iter()
            .filter(|(uid, _)| slots.contains(&uid.slot()))
            .filter_map(|(uid, known)| Some(Forget { execution: *uid, ended: known.ended? }))
            .filter(|found| found.ended.stopped_ms < before_ms)
            .collect();
        found.sort_by_key(|found| (found.execution.slot(), found.ended.stopped_ms, found.execution));
        found.truncate(limit);
        found
    }

    fn apply(&mut self, commit: Commit) -> Outcome {
        let Commit { execution, sequence, started, records, awaits, ended, note, checkpoint } = commit;
        let step = Step { records, checkpoint };
        match (started, self.executions.get_mut(&execution)) {
            (Some(started), known) => {
                if let Some(holder) =
                    self.names.get(&started.machine).and_then(|names| names.get(&started.name))
                {
                    return Outcome::NameTaken(*holder);
                }
                if known.is_some() || sequence != 0 {
                    return Outcome::Stale;
                }
                self.start(execution, Execution { started, steps: vec![step], awaits, ended })
            }
            (None, Some(known)) if sequence == known.steps.len() as u64 => {
                known.steps.push(step);
                known.awaits = awaits;
                known.ended = ended;
                if let Some(note) = note {
                    known.started.note = note;
                }
                Outcome::Committed
            }
            (None, _) => Outcome::Stale,
        }
    }

    fn start(&mut self, uid: Uid, execution: Execution) -> Outcome {
        let Started { machine, name, started_ms, .. } = &execution.started;
        self.names.entry(*machine).or_default().insert(name.clone(), uid);
        let position = ListingPosition { started_ms: *started_ms, execution: uid };
        self.listings.insert((*machine, Reverse(position)));
        self.executions.insert(uid, execution);
        Outcome::Committed
    }

    fn holder(&self, machine: u128, name: &str) -> Option<Uid> {
        self.names.get(&machine)?.get(name).copied()
    }

    fn open(&self, slots: SlotRange, after: Option<Uid>, limit: usize) -> Vec<(Uid, Awaits)> {
        let start = after.map_or(Bound::Included(Uid::first_of(slots.start)), Bound::Excluded);
        self.executions
            .range((start, Bound::Unbounded))
            .take_while(|(uid, _)| uid.slot() < slots.end)
            .filter(|(uid, execution)| slots.contains(&uid.slot()) && execution.ended.is_none())
            .map(|(uid, execution)| (*uid, execution.awaits))
            .take(limit)
            .collect()
    }

    fn listing(&self, uid: Uid) -> Option<Listing> {
        let execution = self.executions.get(&uid)?;
        let Started { machine, name, started_ms, note } = execution.started.clone();
        Some(Listing { execution: uid, machine, name, started_ms, note, ended: execution.ended })
    }

    fn list(
        &self,
        machine: u128,
        filter: ListingFilter,
        after: Option<ListingPosition>,
        limit: usize,
    ) -> Vec<Listing> {
        let newest = ListingPosition { started_ms: i64::MAX, execution: Uid([0xff; 16]) };
        let start = match after {
            Some(position) => Bound::Excluded((machine, Reverse(position))),
            None => Bound::Included((machine, Reverse(newest))),
        };
        self.listings
            .range((start, Bound::Unbounded))
            .take_while(|(of, _)| *of == machine)
            .filter_map(|(_, Reverse(position))| self.listing(position.execution))
            .filter(|listing| filter.admits(listing.ended))
            .take(limit)
            .collect()
    }

    fn catalog_write(&mut self, writes: Vec<CatalogWrite>) -> bool {
        let mut written = BTreeMap::new();
        for CatalogWrite { key, expected_version, value } in writes {
            let now: CatalogSlot =
                written.get(&key).or_else(|| self.catalog.get(&key)).cloned().unwrap_or_default();
            let current_version = if now.value.is_some() { now.version } else { 0 };
            if current_version != expected_version {
                return false;
            }
            written.insert(key, CatalogSlot { version: now.version + 1, value });
        }
        self.catalog.extend(written);
        true
    }

    fn catalog_read(&self) -> Vec<(CatalogKey, CatalogEntry)> {
        let live = |(key, slot): (&CatalogKey, &CatalogSlot)| {
            let value = slot.value.clone()?;
            Some((key.clone(), CatalogEntry { version: slot.version, value }))
        };
        self.catalog.iter().filter_map(live).collect()
    }
}

impl Execution {
    fn load(&self) -> Loaded {
        let checkpoint_at = self.steps.iter().rposition(|step| step.checkpoint.is_some());
        let tail = &self.steps[checkpoint_at.map_or(0, |at| at + 1)..];
        Loaded {
            checkpoint: checkpoint_at.and_then(|at| self.steps[at].checkpoint.clone()),
            tail: tail.iter().map(|step| step.records.clone()).collect(),
            sequence: self.steps.len() as u64,
        }
    }

    fn records(&self) -> Vec<Bytes> {
        self.steps.iter().map(|step| step.records.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::MemoryStore;
    use crate::conformance;

    #[test]
    fn memory_store_conforms() {
        conformance::run(|| Arc::new(MemoryStore::new()));
    }

    #[test]
    fn memory_store_conforms_when_it_is_taken_over_again() {
        conformance::run_reopening(|| {
            let store = Arc::new(MemoryStore::new());
            move || store.clone()
        });
    }
}
