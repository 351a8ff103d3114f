//! The store with a witness: everything that goes in and comes out is the disk store's, and is watched.
//!
//! Here: that a batch is called durable only when nothing is unsynced, that replay of what became durable
//! gives what the engine says, and that nobody acts on an execution of which nothing is durable (I8).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use store::{
    Awaits, BoxFuture, CatalogEntry, CatalogKey, CatalogWrite, Commit, Done, Ended, Fault, Fence, Forget,
    Listing, ListingFilter, ListingPosition, Loaded, OnFailure, Outcome, SlotRange, Store, Uid,
};
use store_disk::DiskStore;

use crate::checker::shadow::Shadows;
use crate::checker::{Verdict, Violation};
use crate::disk::SimulatedDisk;

/// What outlives one opening of the store.
#[derive(Clone)]
pub struct Witness {
    pub verdict: Verdict,
    pub disk: SimulatedDisk,
    notes: Arc<Mutex<Notes>>,
}

#[derive(Default)]
pub struct Notes {
    pub shadows: Shadows,
    pub names_taken: u64,
    pub checkpoints: u64,
    pub commits: u64,
    /// What was submitted of Express executions since the run looked last.
    pub express: Vec<(Uid, Option<Ended>)>,
}

impl Witness {
    pub fn new(verdict: Verdict, disk: SimulatedDisk) -> Self {
        Witness { verdict, disk, notes: Arc::default() }
    }

    pub fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settled(&self, commits: &[Commit], outcomes: &[Outcome]) {
        if self.disk.has_unsynced_writes() {
            self.verdict.blame(Violation::new("I8", "the store calls a batch durable that is not synced"));
        }
        if self.disk.was_hurt() {
            let details = "the store calls a batch durable after a write or a sync has failed";
            self.verdict.blame(Violation::new("I22", details));
        }
        let mut notes = self.notes();
        for (commit, outcome) in commits.iter().zip(outcomes) {
            match outcome {
                Outcome::Committed => {
                    notes.commits += 1;
                    notes.checkpoints += u64::from(commit.checkpoint.is_some());
                    if !commit.execution.is_express()
                        && let Err(violation) = notes.shadows.follow(commit)
                    {
                        self.verdict.blame(violation);
                    }
                }
                Outcome::NameTaken(_) => notes.names_taken += 1,
                Outcome::Stale => {}
            }
        }
    }
}

pub struct WitnessedStore {
    pub store: DiskStore,
    pub witness: Witness,
}

impl Store for WitnessedStore {
    fn claim(&self, slots: SlotRange) -> BoxFuture<'_, Result<Fence, Fault>> {
        let claimed = self.store.claim(slots);
        // Whoever claims waits for it, and nobody else would pump.
        self.store.pump();
        claimed
    }

    fn commit(&self, fence: &Fence, batch: Vec<Commit>, done: Done) {
        let (witness, commits) = (self.witness.clone(), batch.clone());
        let express = batch.iter().filter(|commit| commit.execution.is_express());
        witness.notes().express.extend(express.map(|commit| (commit.execution, commit.ended)));
        let watched = move |result: Result<Vec<Outcome>, Fault>| {
            if let Ok(outcomes) = &result {
                witness.settled(&commits, outcomes);
            }
            done(result);
        };
        self.store.commit(fence, batch, Box::new(watched));
    }

    fn forget(&self, fence: &Fence, executions: Vec<Forget>, done: Done) {
        self.store.forget(fence, executions, done);
    }

    fn load(&self, execution: Uid) -> BoxFuture<'_, Result<Option<Loaded>, Fault>> {
        Box::pin(async move {
            let loaded = self.store.load(execution).await;
            if let Ok(None) = &loaded {
                let details = format!("somebody acts on {execution:?}, of which nothing is durable");
                self.witness.verdict.blame(Violation::new("I8", details));
            }
            loaded
        })
    }

    fn history(&self, execution: Uid, after: u64) -> BoxFuture<'_, Result<Vec<Bytes>, Fault>> {
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

    fn ended(
        &self,
        slots: SlotRange,
        before_ms: i64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Forget>, Fault>> {
        self.store.ended(slots, before_ms, limit)
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

    fn has_room(&self) -> bool {
        self.store.has_room()
    }

    fn on_failure(&self, tell: OnFailure) {
        self.store.on_failure(tell);
    }

    fn close(&self) -> BoxFuture<'_, Result<(), Fault>> {
        self.store.close()
    }
}
