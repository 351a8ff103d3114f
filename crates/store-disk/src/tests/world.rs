//! A world around a pumped store: executions that start, step and end by chance, a memory of all batches,
//! and the comparison of what a store says with that memory.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use store::{
    Awaits, CatalogWrite, Commit, Ended, Fault, Fence, Forget, ListingFilter, Outcome, Started, Store, Uid,
};

use super::fake_disk::{Chance, FakeDisk};
use crate::index::{Direction, Index, IndexChange, MemoryIndex, Visit};
use crate::{DiskStore, Options};

pub(crate) const MACHINE: u128 = 7;

/// A future of a pumped store is ready when it is asked.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a pumped store keeps nobody waiting"),
    }
}

pub(crate) fn claim_all(store: &DiskStore) -> Result<Fence, Fault> {
    let claimed = store.claim(0..Uid::SLOTS);
    store.pump();
    now(claimed)
}

/// Segments of a few batches.
pub(crate) fn small() -> Options {
    Options { salt: 0x5a17, segment_bytes_first: 2 << 10, segment_bytes_max: 4 << 10, ..Options::default() }
}

/// An index that remembers how it came about, so that a crash can take its end away.
#[derive(Default)]
pub(crate) struct FadingIndex {
    rows: MemoryIndex,
    past: Mutex<Vec<Vec<IndexChange>>>,
    /// How much of the past no crash takes away.
    persisted: Mutex<usize>,
}

impl FadingIndex {
    pub(crate) fn after_crash(&self, chance: &mut Chance) -> Arc<FadingIndex> {
        let length = self.past.lock().unwrap().len() as u64;
        let persisted = *self.persisted.lock().unwrap() as u64;
        self.first((persisted + chance.below(length - persisted + 1)) as usize)
    }

    pub(crate) fn copy(&self) -> Arc<FadingIndex> {
        self.first(usize::MAX)
    }

    fn first(&self, count: usize) -> Arc<FadingIndex> {
        let index = FadingIndex::default();
        for changes in self.past.lock().unwrap().iter().take(count) {
            index.apply(changes.clone()).unwrap();
        }
        index.persist().unwrap();
        Arc::new(index)
    }
}

impl Index for FadingIndex {
    fn apply(&self, changes: Vec<IndexChange>) -> Result<(), Fault> {
        self.past.lock().unwrap().push(changes.clone());
        self.rows.apply(changes)
    }
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, Fault> {
        self.rows.get(key)
    }
    fn scan(&self, start: &[u8], end: &[u8], direction: Direction, visit: Visit<'_>) -> Result<(), Fault> {
        self.rows.scan(start, end, direction, visit)
    }
    fn persist(&self) -> Result<(), Fault> {
        *self.persisted.lock().unwrap() = self.past.lock().unwrap().len();
        Ok(())
    }
}

/// How many commits each execution has, and whether the last one was its end.
pub(crate) type Counts = BTreeMap<Uid, (u64, bool)>;

/// All that was ever handed over.
pub(crate) struct World {
    pub(crate) chance: Chance,
    /// After each batch, the empty beginning included.
    pub(crate) after_batch: Vec<Counts>,
    /// How many batches have been acknowledged.
    pub(crate) acknowledged: Arc<Mutex<usize>>,
    clock: i64,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        World {
            chance: Chance(seed),
            after_batch: vec![Counts::new()],
            acknowledged: Arc::default(),
            clock: 1_000,
        }
    }

    fn counts(&self) -> &Counts {
        self.after_batch.last().unwrap()
    }

    /// Hands a batch over: some starts, steps and ends.
    pub(crate) fn submit(&mut self, store: &DiskStore, fence: &Fence) {
        let mut counts = self.counts().clone();
        let mut batch = Vec::new();
        for _ in 0..1 + self.chance.below(4) {
            let known: Vec<_> = counts.keys().copied().collect();
            if known.is_empty() || self.chance.below(3) == 0 {
                self.clock += 1;
                let slot = self.chance.below(u64::from(Uid::SLOTS)) as u16;
                let uid = Uid::new(slot, self.clock, self.chance.below(1 << 40));
                counts.insert(uid, (1, false));
                batch.push(commit(uid, 0, false));
            } else {
                let uid = known[self.chance.below(known.len() as u64) as usize];
                let is_end = self.chance.below(3) == 0;
                let (count, _) = counts[&uid];
                counts.insert(uid, (count + 1, is_end));
                batch.push(commit(uid, count, is_end));
            }
        }
        let number = self.after_batch.len();
        let expected = vec![Outcome::Committed; batch.len()];
        self.after_batch.push(counts);
        let acknowledged = self.acknowledged.clone();
        let done = move |result: Result<Vec<Outcome>, Fault>| {
            if let Ok(outcomes) = result {
                assert_eq!(outcomes, expected);
                *acknowledged.lock().unwrap() = number;
            }
        };
        store.commit(fence, batch, Box::new(done));
    }

    /// Forgets some of those that have ended.
    pub(crate) fn forget(&mut self, store: &DiskStore, fence: &Fence, one_of: u64) {
        let mut counts = self.counts().clone();
        let mut forget = Vec::new();
        counts.retain(|&uid, (_, is_ended)| {
            let ended = ended_of(uid, *is_ended).filter(|_| self.chance.below(one_of) == 0);
            forget.extend(ended.map(|ended| Forget { execution: uid, ended }));
            ended.is_none()
        });
        let number = self.after_batch.len();
        let expected = vec![Outcome::Committed; forget.len()];
        self.after_batch.push(counts);
        let acknowledged = self.acknowledged.clone();
        let done = move |result: Result<Vec<Outcome>, Fault>| {
            if let Ok(outcomes) = result {
                assert_eq!(outcomes, expected);
                *acknowledged.lock().unwrap() = number;
            }
        };
        store.forget(fence, forget, Box::new(done));
    }

    /// Everything that has been started since the last crash, forgotten or not.
    fn candidates(&self) -> Counts {
        self.after_batch.iter().flatten().map(|(&uid, &count)| (uid, count)).collect()
    }

    /// After a crash: the store must stand after some batch, not before the last acknowledged one. What
    /// came later is forgotten.
    pub(crate) fn find_place(&mut self, store: &DiskStore) {
        let found = counts_of(store, &self.candidates());
        let place = self.after_batch.iter().rposition(|counts| *counts == found);
        let place = place.unwrap_or_else(|| panic!("no batch leads to {found:?}"));
        let acknowledged = *self.acknowledged.lock().unwrap();
        assert!(place >= acknowledged, "batch {acknowledged} was acknowledged, {place} is what there is");
        self.after_batch.truncate(place + 1);
        *self.acknowledged.lock().unwrap() = place;
        assert_eq!(observe(store, self.counts()).unwrap(), expected(self.counts()));
    }
}

/// The counts as the rows of a store say them, for executions that may exist.
fn counts_of(store: &DiskStore, candidates: &Counts) -> Counts {
    let mut found = Counts::new();
    for &uid in candidates.keys() {
        if let Some(listing) = now(store.listing(uid)).unwrap() {
            let history = now(store.history(uid, 0)).unwrap();
            found.insert(uid, (history.len() as u64, listing.ended.is_some()));
        }
    }
    found
}

pub(crate) fn name_of(uid: Uid) -> String {
    format!("{:x}", u128::from_be_bytes(uid.0))
}

pub(crate) fn records_of(uid: Uid, sequence: u64) -> Bytes {
    // Of different lengths, some over several sectors, never with a run of zeros.
    let length = 20 + (sequence * 97 + uid.started_ms() as u64 * 131) % 900;
    (0..length).map(|at| 1 + (at * 7 + sequence) as u8 % 250).collect::<Vec<_>>().into()
}

fn later_note(sequence: u64) -> Option<Bytes> {
    (sequence % 4 == 3).then(|| Bytes::from(format!("note {sequence}")))
}

fn ended_of(uid: Uid, is_ended: bool) -> Option<Ended> {
    is_ended.then(|| Ended { status: 1 + uid.0[15] % 3, stopped_ms: uid.started_ms() + 9 })
}

pub(crate) fn commit(uid: Uid, sequence: u64, is_end: bool) -> Commit {
    let started = (sequence == 0).then(|| Started {
        machine: MACHINE,
        name: name_of(uid).into(),
        started_ms: uid.started_ms(),
        note: Bytes::from_static(b"note"),
    });
    Commit {
        execution: uid,
        sequence,
        started,
        records: records_of(uid, sequence),
        awaits: Awaits { deadline_ms: Some(sequence as i64), owes: !is_end },
        ended: ended_of(uid, is_end),
        note: later_note(sequence),
        checkpoint: (sequence % 3 == 2).then(|| Bytes::from(format!("checkpoint {sequence}"))),
    }
}

/// Everything that a store says.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Observation {
    histories: Vec<(Uid, Vec<Bytes>)>,
    loaded: Vec<(Option<Bytes>, Vec<Bytes>, u64)>,
    names: Vec<Option<Uid>>,
    open: Vec<(Uid, Awaits)>,
    listed: Vec<(Uid, Option<Ended>, Bytes)>,
    catalog: Vec<(Box<[u8]>, u64, Bytes)>,
}

pub(crate) fn observe(store: &DiskStore, candidates: &Counts) -> Result<Observation, Fault> {
    let uids: Vec<_> = candidates.keys().copied().collect();
    let mut observation = Observation {
        histories: vec![],
        loaded: vec![],
        names: vec![],
        open: now(store.open(0..Uid::SLOTS, None, usize::MAX))?,
        listed: now(store.list(MACHINE, ListingFilter::All, None, usize::MAX))?
            .into_iter()
            .map(|listing| (listing.execution, listing.ended, listing.note))
            .collect(),
        catalog: now(store.catalog_read())?
            .into_iter()
            .map(|(key, entry)| (key, entry.version, entry.value))
            .collect(),
    };
    for uid in uids {
        observation.histories.push((uid, now(store.history(uid, 0))?));
        let loaded = now(store.load(uid))?;
        observation.loaded.extend(loaded.map(|loaded| (loaded.checkpoint, loaded.tail, loaded.sequence)));
        observation.names.push(now(store.find(MACHINE, &name_of(uid)))?);
    }
    Ok(observation)
}

/// What a store must say.
pub(crate) fn expected(counts: &Counts) -> Observation {
    let histories = counts
        .iter()
        .map(|(&uid, &(count, _))| (uid, (0..count).map(|sequence| records_of(uid, sequence)).collect()));
    let loaded = counts.iter().map(|(&uid, &(count, _))| {
        let last = (0..count).rev().find(|sequence| sequence % 3 == 2);
        let checkpoint = last.map(|sequence| Bytes::from(format!("checkpoint {sequence}")));
        let tail = last.map_or(0, |sequence| sequence + 1)..count;
        (checkpoint, tail.map(|sequence| records_of(uid, sequence)).collect(), count)
    });
    let open = counts
        .iter()
        .filter(|(_, (_, is_ended))| !is_ended)
        .map(|(&uid, &(count, _))| (uid, Awaits { deadline_ms: Some(count as i64 - 1), owes: true }));
    let note = |count: u64| (0..count).rev().find_map(later_note).unwrap_or(Bytes::from_static(b"note"));
    let mut listed: Vec<_> =
        counts.iter().map(|(&uid, &(count, is_ended))| (uid, ended_of(uid, is_ended), note(count))).collect();
    listed.sort_by_key(|(uid, ..)| std::cmp::Reverse((uid.started_ms(), *uid)));
    Observation {
        histories: histories.collect(),
        loaded: loaded.collect(),
        names: counts.keys().map(|&uid| Some(uid)).collect(),
        open: open.collect(),
        listed,
        catalog: vec![],
    }
}

/// What a store must say that also has one catalog entry.
pub(crate) fn expected_with_catalog(counts: &Counts, version: u64) -> Observation {
    let catalog = vec![(Box::from(b"key".as_slice()), version, Bytes::from_static(b"value"))];
    Observation { catalog, ..expected(counts) }
}

pub(crate) fn write_catalog(store: &DiskStore, expected_version: u64) -> Result<bool, Fault> {
    let value = Some(Bytes::from_static(b"value"));
    now(store.catalog_write(vec![CatalogWrite { key: b"key".as_slice().into(), expected_version, value }]))
}

pub(crate) fn open(disk: &FakeDisk, index: Arc<dyn Index>) -> Result<DiskStore, Fault> {
    open_with(disk, index, small())
}

pub(crate) fn open_with(
    disk: &FakeDisk,
    index: Arc<dyn Index>,
    options: Options,
) -> Result<DiskStore, Fault> {
    DiskStore::single_threaded(Arc::new(disk.clone()), index, options)
}
