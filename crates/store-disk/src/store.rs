//! The store as others hold it.
//!
//! Here: opening, with threads or without, and the contract `store::Store`, each call handed to `core`.
//! Reads touch the disk on the thread that awaits them: from the system's cache mostly, and a segment's
//! cold page costs one read. `commit` blocks only beyond the bounds of `Options`.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use bytes::Bytes;
use store::{
    Awaits, BoxFuture, CatalogEntry, CatalogKey, CatalogWrite, Commit, Done, Fault, Fence, Forget, Listing,
    ListingFilter, ListingPosition, Loaded, OnFailure, SlotRange, Store, Uid,
};

use crate::core::{self, Core, Pumped};
use crate::disk::{Disk, RealDisk};
use crate::fjall_index::FjallIndex;
use crate::format;
use crate::index::Index;
use crate::lane::closed;
use crate::options::Options;
use crate::reclaim::Reclaimed;
use crate::signal;
use crate::threads::{CatalogJob, Threads};

/// The folder of the index within the data directory.
const INDEX: &str = "index";

pub struct DiskStore {
    core: Arc<Core>,
    drive: Mutex<Drive>,
    /// Without, nobody would make room for a `commit` that blocks.
    has_threads: bool,
}

/// What moves the store.
enum Drive {
    Threads(Threads),
    /// Whoever holds the store calls `pump` and `pump_index`.
    Pump,
    Closed,
}

impl DiskStore {
    /// Opens a data directory, or makes one, and starts the store's threads.
    pub fn open(directory: &Path, options: Options) -> Result<Self, Fault> {
        let unavailable =
            |error| Fault::Unavailable(format!("the data directory `{}`: {error}", directory.display()));
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::open(directory).map_err(unavailable)?);
        #[cfg(debug_assertions)]
        let disk = crate::faulty_disk::around(disk);
        format::look(&*disk)?;
        let lock = core::lock(&*disk)?;
        // Both spend their time on waiting for the disk.
        let (ready, index) = thread::scope(|scope| {
            let ready = scope.spawn(|| core::make_ready(&*disk, &options));
            let index = FjallIndex::open(&directory.join(INDEX));
            (ready.join(), index)
        });
        ready.map_err(|_| Fault::Unavailable("the data directory could not be made ready".into()))??;
        let index = index?;
        let core = Arc::new(Core::open(disk, lock, Arc::new(index), options)?);
        let threads = Threads::start(&core).map_err(unavailable)?;
        Ok(DiskStore { core, drive: Mutex::new(Drive::Threads(threads)), has_threads: true })
    }

    /// Opens a store that has no threads: nothing becomes durable or indexed but by `pump` and `pump_index`,
    /// on the thread that calls them. `commit` never blocks then.
    pub fn single_threaded(
        disk: Arc<dyn Disk>,
        index: Arc<dyn Index>,
        options: Options,
    ) -> Result<Self, Fault> {
        format::look(&*disk)?;
        let lock = core::lock(&*disk)?;
        let core = Arc::new(Core::open(disk, lock, index, options)?);
        core.learn_names();
        Ok(DiskStore { core, drive: Mutex::new(Drive::Pump), has_threads: false })
    }

    /// Makes what is pending durable with one write and one sync and calls its `done`s. False if nothing was
    /// pending, or if there is no room for it.
    pub fn pump(&self) -> bool {
        self.core.commit_pending() == Pumped::Group
    }

    /// Brings what is durable into the index.
    pub fn pump_index(&self) {
        self.core.index_durable();
    }

    /// One step towards giving room back; `pump` makes what it wrote durable. False if there is nothing to do.
    pub fn reclaim(&self) -> Result<bool, Fault> {
        Ok(self.core.reclaim()? != Reclaimed::Nothing)
    }

    /// How many executions are held in memory because the index does not have all of them.
    pub fn recent_count(&self) -> usize {
        self.core.unindexed.load(Ordering::Relaxed)
    }

    /// How often the log was synced since the store was opened.
    pub fn syncs(&self) -> u64 {
        self.core.syncs.load(Ordering::Relaxed)
    }

    fn drive(&self) -> MutexGuard<'_, Drive> {
        self.drive.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the index has everything that is durable now, then scans it.
    fn scan<'a, T: Send + 'a>(
        &'a self,
        scan: impl FnOnce(&Core) -> Result<T, Fault> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, Fault>> {
        Box::pin(async move {
            if let Some(reached) = self.core.indexer.reach(self.core.lane.durable()) {
                match &*self.drive() {
                    Drive::Threads(threads) => threads.hurry_index(),
                    Drive::Pump => self.core.index_durable(),
                    Drive::Closed => return Err(closed()),
                }
                // Dismissed or reached: the scan finds out whether the store is available.
                reached.await;
            }
            scan(&self.core)
        })
    }
}

impl Store for DiskStore {
    fn claim(&self, slots: SlotRange) -> BoxFuture<'_, Result<Fence, Fault>> {
        let claimed = self.core.claim(slots);
        Box::pin(async { claimed.await.unwrap_or_else(|| Err(closed())) })
    }

    fn commit(&self, fence: &Fence, batch: Vec<Commit>, done: Done) {
        if self.has_threads {
            self.core.wait_for_room();
        }
        self.core.commit(fence, batch, done);
    }

    fn forget(&self, fence: &Fence, executions: Vec<Forget>, done: Done) {
        self.core.forget(fence, &executions, done);
    }

    fn load(&self, execution: Uid) -> BoxFuture<'_, Result<Option<Loaded>, Fault>> {
        Box::pin(async move { self.core.load(execution) })
    }

    fn history(&self, execution: Uid, after: u64) -> BoxFuture<'_, Result<Vec<Bytes>, Fault>> {
        Box::pin(async move { self.core.history(execution, after) })
    }

    fn open(
        &self,
        slots: SlotRange,
        after: Option<Uid>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(Uid, Awaits)>, Fault>> {
        self.scan(move |core| core.scan_open(slots, after, limit))
    }

    fn ended(
        &self,
        slots: SlotRange,
        before_ms: i64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Forget>, Fault>> {
        self.scan(move |core| core.scan_ended(slots, before_ms, limit))
    }

    fn find(&self, machine: u128, name: &str) -> BoxFuture<'_, Result<Option<Uid>, Fault>> {
        let found = self.core.find(machine, name);
        Box::pin(async { found })
    }

    fn listing(&self, execution: Uid) -> BoxFuture<'_, Result<Option<Listing>, Fault>> {
        Box::pin(async move { self.core.listing(execution) })
    }

    fn list(
        &self,
        machine: u128,
        filter: ListingFilter,
        after: Option<ListingPosition>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Listing>, Fault>> {
        self.scan(move |core| core.scan_listings(machine, filter, after, limit))
    }

    fn catalog_write(&self, writes: Vec<CatalogWrite>) -> BoxFuture<'_, Result<bool, Fault>> {
        let (answer, written) = signal::channel();
        match &*self.drive() {
            Drive::Threads(threads) => threads.write_catalog(CatalogJob { writes, answer }),
            Drive::Pump => answer.send(self.core.write_catalog(writes)),
            Drive::Closed => answer.send(Err(closed())),
        }
        Box::pin(async { written.await.unwrap_or_else(|| Err(closed())) })
    }

    fn catalog_read(&self) -> BoxFuture<'_, Result<Vec<(CatalogKey, CatalogEntry)>, Fault>> {
        Box::pin(async { self.core.available().map(|()| self.core.catalog.read()) })
    }

    fn has_room(&self) -> bool {
        self.core.room.is_there()
    }

    fn on_failure(&self, tell: OnFailure) {
        self.core.lane.on_failure(tell);
    }

    fn close(&self) -> BoxFuture<'_, Result<(), Fault>> {
        self.core.lane.close();
        let (closing, closed_now) = signal::channel();
        match std::mem::replace(&mut *self.drive(), Drive::Closed) {
            Drive::Threads(threads) => {
                let core = self.core.clone();
                // Joining blocks, and the caller may be on a thread that must not.
                thread::spawn(move || {
                    threads.join(&core);
                    closing.send(core.finish());
                });
            }
            Drive::Pump => {
                while self.core.commit_pending() == Pumped::Group {}
                self.core.give_up_waiting();
                closing.send(self.core.finish());
            }
            Drive::Closed => closing.send(Ok(())),
        }
        Box::pin(async { closed_now.await.unwrap_or(Ok(())) })
    }
}

/// A store that is dropped without a close leaves its files as a crash would, and its threads end.
impl Drop for DiskStore {
    fn drop(&mut self) {
        self.core.lane.close();
        if let Drive::Threads(threads) = std::mem::replace(&mut *self.drive(), Drive::Closed) {
            threads.join(&self.core);
        }
    }
}
