//! The suite that every store must pass, on each form of this one.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use store::{
    Awaits, BoxFuture, CatalogEntry, CatalogKey, CatalogWrite, Commit, Done, Fault, Fence, Forget, Listing,
    ListingFilter, ListingPosition, Loaded, SlotRange, Store, Uid, conformance,
};
use tempfile::TempDir;

use crate::{DiskStore, MemoryIndex, Options, RealDisk};

/// A store without threads, pumped after each call.
struct Pumped {
    store: DiskStore,
    asked: AtomicBool,
    turn: Mutex<()>,
    /// The last one to hold the directory removes it.
    _directory: Arc<TempDir>,
}

impl Pumped {
    fn open(directory: &Arc<TempDir>, index: &Arc<MemoryIndex>, options: Options) -> Arc<dyn Store> {
        let disk = RealDisk::open(directory.path()).unwrap();
        let store = DiskStore::single_threaded(Arc::new(disk), index.clone(), options).unwrap();
        let (asked, turn) = (AtomicBool::new(false), Mutex::new(()));
        Arc::new(Pumped { store, asked, turn, _directory: directory.clone() })
    }

    /// Pumps, one thread at a time. Who finds another one at it, or itself in a `done`, leaves it to that one.
    fn pump(&self) {
        self.asked.store(true, SeqCst);
        while self.asked.load(SeqCst) {
            let Ok(_turn) = self.turn.try_lock() else { return };
            while self.asked.swap(false, SeqCst) {
                while self.store.pump() {}
            }
        }
    }
}

impl Store for Pumped {
    fn claim(&self, slots: SlotRange) -> BoxFuture<'_, Result<Fence, Fault>> {
        let claimed = self.store.claim(slots);
        self.pump();
        claimed
    }
    fn commit(&self, fence: &Fence, batch: Vec<Commit>, done: Done) {
        self.store.commit(fence, batch, done);
        self.pump();
    }
    fn forget(&self, fence: &Fence, executions: Vec<Forget>, done: Done) {
        self.store.forget(fence, executions, done);
        self.pump();
    }
    fn ended(
        &self,
        slots: SlotRange,
        before_ms: i64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Forget>, Fault>> {
        self.store.ended(slots, before_ms, limit)
    }
    fn load(&self, execution: Uid) -> BoxFuture<'_, Result<Option<Loaded>, Fault>> {
        self.store.load(execution)
    }
    fn history(&self, execution: Uid, after: u64) -> BoxFuture<'_, Result<Vec<bytes::Bytes>, Fault>> {
        self.store.history(execution, after)
    }
    fn open(
        &self,
        slots: SlotRange,
        after: Option<Uid>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(Uid, Awaits)>, Fault>> {
        self.store.open(slots, after, limit)
    }
    fn find(&self, machine: u128, name: &str) -> BoxFuture<'_, Result<Option<Uid>, Fault>> {
        self.store.find(machine, name)
    }
    fn listing(&self, execution: Uid) -> BoxFuture<'_, Result<Option<Listing>, Fault>> {
        self.store.listing(execution)
    }
    fn list(
        &self,
        machine: u128,
        filter: ListingFilter,
        after: Option<ListingPosition>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Listing>, Fault>> {
        self.store.list(machine, filter, after, limit)
    }
    fn catalog_write(&self, writes: Vec<CatalogWrite>) -> BoxFuture<'_, Result<bool, Fault>> {
        self.store.catalog_write(writes)
    }
    fn catalog_read(&self) -> BoxFuture<'_, Result<Vec<(CatalogKey, CatalogEntry)>, Fault>> {
        self.store.catalog_read()
    }
    fn close(&self) -> BoxFuture<'_, Result<(), Fault>> {
        self.store.close()
    }
}

/// Segments so small that the suite uses many of them.
fn small_segments() -> Options {
    Options { segment_bytes_first: 4 << 10, segment_bytes_max: 16 << 10, ..Options::default() }
}

fn directory() -> Arc<TempDir> {
    Arc::new(tempfile::tempdir().unwrap())
}

#[test]
fn a_pumped_store_conforms() {
    conformance::run(|| Pumped::open(&directory(), &Arc::default(), Options::default()));
    conformance::run(|| Pumped::open(&directory(), &Arc::default(), small_segments()));
}

#[test]
fn a_pumped_store_keeps_what_it_has_kept() {
    conformance::run_reopening(|| {
        let (directory, index) = (directory(), Arc::default());
        move || Pumped::open(&directory, &index, small_segments())
    });
}

#[test]
fn a_lost_index_is_made_anew() {
    conformance::run_reopening(|| {
        let directory = directory();
        move || Pumped::open(&directory, &Arc::default(), small_segments())
    });
}

/// A store with threads; its directory lives as long as the test.
fn threaded(directory: &TempDir, options: Options) -> Arc<dyn Store> {
    Arc::new(DiskStore::open(directory.path(), options).unwrap())
}

#[test]
fn a_threaded_store_conforms() {
    let places = std::cell::RefCell::new(Vec::new());
    for options in [Options::default(), small_segments()] {
        conformance::run(|| {
            let directory = tempfile::tempdir().unwrap();
            let store = threaded(&directory, options.clone());
            places.borrow_mut().push(directory);
            store
        });
    }
}

#[test]
fn a_threaded_store_keeps_what_it_has_kept() {
    conformance::run_reopening(|| {
        let directory = directory();
        move || threaded(&directory, small_segments())
    });
}
