//! What can be seen between two turns of the wheel.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use store::{CatalogWrite, ListingFilter, Outcome, Store, Uid};

use super::fake_disk::FakeDisk;
use super::world::{FadingIndex, MACHINE, claim_all, commit, name_of, now, open};
use crate::index::{Direction, Index, IndexChange, MemoryIndex, Visit};

#[test]
fn nothing_is_seen_before_it_is_durable() {
    let store = open(&FakeDisk::default(), Arc::<FadingIndex>::default()).unwrap();
    let fence = claim_all(&store).unwrap();
    let uid = Uid::new(5, 5, 5);
    let steps = |count: usize| {
        let history = now(store.history(uid, 0)).unwrap();
        let sequence = now(store.load(uid)).unwrap().map_or(0, |loaded| loaded.sequence);
        let is_found = now(store.find(MACHINE, &name_of(uid))).unwrap() == Some(uid);
        let is_listed = now(store.listing(uid)).unwrap().is_some();
        let listed = now(store.list(MACHINE, ListingFilter::All, None, 9)).unwrap().len();
        let open = now(store.open(0..9, None, 9)).unwrap().len();
        assert_eq!((history.len(), sequence), (count, count as u64));
        assert_eq!((is_found, is_listed, listed, open), (count > 0, count > 0, count.min(1), count.min(1)));
    };
    for count in 0..4 {
        store.commit(&fence, vec![commit(uid, count, false)], Box::new(drop));
        steps(count as usize);
        if count % 2 == 0 {
            store.pump_index();
        }
        assert!(store.pump());
        steps(count as usize + 1);
    }
    assert!(!store.pump(), "nothing is left");
}

#[test]
fn batches_between_two_turns_share_one_sync() {
    let disk = FakeDisk::default();
    let store = open(&disk, Arc::<FadingIndex>::default()).unwrap();
    let fence = claim_all(&store).unwrap();
    let answers = Arc::new(Mutex::new(Vec::new()));
    for number in 0..3 {
        let answers = answers.clone();
        let uid = Uid::new(number, 1, 1);
        let done = move |result| answers.lock().unwrap().push((number, result));
        store.commit(&fence, vec![commit(uid, 0, false)], Box::new(done));
    }
    let before = disk.operations();
    assert!(answers.lock().unwrap().is_empty(), "an answer waits for the sync");
    store.pump();
    assert_eq!(disk.operations() - before, 2, "one write, one sync");
    let answers = answers.lock().unwrap();
    for (at, (number, result)) in answers.iter().enumerate() {
        assert_eq!(
            (at, result.as_ref().unwrap().as_slice()),
            (*number as usize, [Outcome::Committed].as_slice())
        );
    }
}

/// An index that counts what is written to it.
#[derive(Default)]
struct CountingIndex {
    rows: MemoryIndex,
    changes: Mutex<Vec<usize>>,
}

impl Index for CountingIndex {
    fn apply(&self, changes: Vec<IndexChange>) -> Result<(), store::Fault> {
        self.changes.lock().unwrap().push(changes.len());
        self.rows.apply(changes)
    }
    fn get(&self, key: &[u8]) -> Result<Option<bytes::Bytes>, store::Fault> {
        self.rows.get(key)
    }
    fn scan(
        &self,
        start: &[u8],
        end: &[u8],
        direction: Direction,
        visit: Visit<'_>,
    ) -> Result<(), store::Fault> {
        self.rows.scan(start, end, direction, visit)
    }
    fn persist(&self) -> Result<(), store::Fault> {
        Ok(())
    }
}

#[test]
fn what_starts_and_ends_between_two_rounds_is_indexed_once() {
    let index = Arc::new(CountingIndex::default());
    let store = open(&FakeDisk::default(), index.clone()).unwrap();
    let fence = claim_all(&store).unwrap();
    index.changes.lock().unwrap().clear();
    let uid = Uid::new(1, 1, 1);
    for sequence in 0..10 {
        store.commit(&fence, vec![commit(uid, sequence, sequence == 9)], Box::new(drop));
        store.pump();
    }
    store.pump_index();
    store.pump_index();
    // The execution, its name, its listing, its end, and the progress; no row for open executions.
    assert_eq!(*index.changes.lock().unwrap(), [5]);
}

#[test]
fn what_the_index_has_is_not_kept_in_memory() {
    let store = open(&FakeDisk::default(), Arc::<FadingIndex>::default()).unwrap();
    let fence = claim_all(&store).unwrap();
    let uids: Vec<_> = (0..50).map(|n| Uid::new(n * 20, 1, u64::from(n))).collect();
    let submit = |sequence| {
        let batch = uids.iter().map(|&uid| commit(uid, sequence, false)).collect();
        store.commit(&fence, batch, Box::new(drop));
        store.pump();
    };
    submit(0);
    assert_eq!(store.recent_count(), 50);
    store.pump_index();
    assert_eq!(store.recent_count(), 0);
    // A refused commit fetches the row and leaves nothing behind either.
    submit(7);
    submit(1);
    assert_eq!(store.recent_count(), 50);
    store.pump_index();
    assert_eq!(store.recent_count(), 0);
}

#[test]
fn a_catalog_of_mostly_history_is_written_anew() {
    let disk = FakeDisk::default();
    let reopen = || open(&disk, Arc::<FadingIndex>::default()).unwrap();
    let store = reopen();
    let write = |key: &str, expected_version, value: Option<Bytes>| {
        let key = key.as_bytes().into();
        assert!(now(store.catalog_write(vec![CatalogWrite { key, expected_version, value }])).unwrap());
    };
    write("deleted", 0, Some(Bytes::from_static(b"once")));
    write("deleted", 1, None);
    let large = |number: u64| Some(Bytes::from(vec![number as u8; 100_000]));
    for number in 0..50 {
        write("often", number, large(number));
    }
    let length = disk.change("catalog.log", |bytes| bytes.len());
    assert!(length < 2_000_000, "{length} bytes for 100,000");
    let before = now(store.catalog_read()).unwrap();
    drop(store);
    let store = reopen();
    assert_eq!(now(store.catalog_read()).unwrap(), before);
    assert_eq!(before[0].1.version, 50);
    let again = CatalogWrite { key: b"deleted".as_slice().into(), expected_version: 0, value: large(1) };
    assert!(now(store.catalog_write(vec![again])).unwrap());
    assert_eq!(now(store.catalog_read()).unwrap()[0].1.version, 3, "deletions are remembered");
}
