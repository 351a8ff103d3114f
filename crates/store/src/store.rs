//! The trait, and the few words it is written in.

use std::future::Future;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use crate::catalog::{CatalogEntry, CatalogKey, CatalogWrite};
use crate::commit::{Awaits, Commit, Forget, Outcome};
use crate::listing::{Listing, ListingFilter, ListingPosition};

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Identity of one execution: 128 bits whose first 16 are its slot (big-endian, below `SLOTS`)
/// and whose next 48 are the milliseconds of its start, so that keys of one slot grow with time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub struct Uid(pub [u8; 16]);

impl Uid {
    /// LIMIT: slots of all executions. Who owns a range of them writes its executions (`design/engine.md` 2.2).
    pub const SLOTS: u16 = 2_048;
    /// Slots of Standard executions, which hash their names to them.
    pub const STANDARD_SLOTS: SlotRange = 0..1_024;
    /// Slots of Express executions, which draw them.
    pub const EXPRESS_SLOTS: SlotRange = 1_024..2_048;

    pub fn new(slot: u16, started_ms: i64, entropy: u64) -> Self {
        debug_assert!(slot < Self::SLOTS);
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&slot.to_be_bytes());
        bytes[2..8].copy_from_slice(&started_ms.max(0).to_be_bytes()[2..]);
        bytes[8..].copy_from_slice(&entropy.to_be_bytes());
        Uid(bytes)
    }

    pub fn slot(self) -> u16 {
        u16::from_be_bytes([self.0[0], self.0[1]])
    }

    pub fn is_express(self) -> bool {
        Self::EXPRESS_SLOTS.contains(&self.slot())
    }

    /// The lowest uid that a slot can hold.
    pub fn first_of(slot: u16) -> Self {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&slot.to_be_bytes());
        Uid(bytes)
    }

    /// Orders executions that were started in one millisecond: by the last half, whose first bits may count.
    pub fn start_order(self) -> u128 {
        u128::from_be_bytes(self.0).rotate_left(64)
    }

    /// The uid with this place in the order of starts.
    pub fn of_start_order(order: u128) -> Self {
        Uid(order.rotate_right(64).to_be_bytes())
    }

    /// The milliseconds of its start that the uid itself says.
    pub fn started_ms(self) -> i64 {
        let mut bytes = [0; 8];
        bytes[2..].copy_from_slice(&self.0[2..8]);
        i64::from_be_bytes(bytes)
    }
}

pub type SlotRange = Range<u16>;

/// Rises each time slots change hands, to the same process after a restart included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct Epoch(pub u64);

/// The right to write executions of some slots. A later claim of any of them makes it void.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fence {
    pub slots: SlotRange,
    pub epoch: Epoch,
}

impl Fence {
    pub fn overlaps(&self, slots: &SlotRange) -> bool {
        self.slots.start < slots.end && slots.start < self.slots.end
    }
}

/// What loading an execution gives: its last checkpoint, if any, and the records since, in order.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub checkpoint: Option<Bytes>,
    /// Record bytes of each commit after the checkpoint, oldest first.
    pub tail: Vec<Bytes>,
    /// The number of commits so far: what the next commit carries as `sequence`.
    pub sequence: u64,
}

/// What stops a store. A fault ends the shard or the process; it never becomes a failure of an execution.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// Somebody else has claimed the slots since.
    #[error("the fence is void: the slots were claimed again")]
    Fenced,
    /// A write or sync failed, or failed before: nothing more is accepted (I22).
    #[error("the store is poisoned: {0}")]
    Poisoned(String),
    #[error("the stored data is damaged: {0}")]
    Corrupt(String),
    /// There is no room for this; nothing was written, and everything else goes on.
    #[error("the disk is full: {0}")]
    Full(String),
    /// A newer program has written the data. Nothing of it was touched.
    #[error(
        "this data directory was written by a newer Stairway (format {found}; this one reads up to {readable})"
    )]
    Newer { found: u32, readable: u32 },
    #[error("the data directory is in use by another process")]
    InUse,
    #[error("the store could not be reached: {0}")]
    Unavailable(String),
}

/// Called once with the result of a batch, from a thread of the store's, after the batch is durable
/// (or has failed). Outcomes stand in the order of the batch's commits.
pub type Done = Box<dyn FnOnce(Result<Vec<Outcome>, Fault>) + Send>;

/// Told when a store has failed for good.
pub type OnFailure = Arc<dyn Fn(&Fault) + Send + Sync>;

/// A place that keeps executions. Object safe; used as `dyn` everywhere.
///
/// Order: batches of one fence become durable in the order of the `commit` calls, and a batch becomes
/// durable whole or not at all. Callers may submit batches that build on batches not yet durable.
/// Reads see everything whose `done` was called, and nothing that is not durable.
pub trait Store: Send + Sync {
    /// Takes slots over: every earlier fence that covers one of them is void from now on.
    fn claim(&self, slots: SlotRange) -> BoxFuture<'_, Result<Fence, Fault>>;

    /// Makes commits durable as one batch; does not block on the disk. `done` is called exactly once.
    fn commit(&self, fence: &Fence, batch: Vec<Commit>, done: Done);

    /// Forgets ended executions, durably: afterwards they are as if they had never been, but for their uids. One
    /// that has not ended as it says is `Stale` and stays. Answered as `commit` is, and in one order with it.
    fn forget(&self, fence: &Fence, executions: Vec<Forget>, done: Done);

    /// The last checkpoint of an execution and what came after; none if there is no such execution.
    fn load(&self, execution: Uid) -> BoxFuture<'_, Result<Option<Loaded>, Fault>>;

    /// The record bytes of every commit of an execution since its start, oldest first; the first `after` of them
    /// are left out.
    fn history(&self, execution: Uid, after: u64) -> BoxFuture<'_, Result<Vec<Bytes>, Fault>>;

    /// Open executions of some slots in uid order, after `after`, with what each owes or awaits: what
    /// recovery and the auditor read.
    fn open(
        &self,
        slots: SlotRange,
        after: Option<Uid>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(Uid, Awaits)>, Fault>>;

    /// Executions of some slots that have ended before a moment: those of one slot in the order of their ends,
    /// the slots in theirs.
    fn ended(
        &self,
        slots: SlotRange,
        before_ms: i64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Forget>, Fault>>;

    /// The execution that holds a name of a state machine.
    fn find(&self, machine: u128, name: &str) -> BoxFuture<'_, Result<Option<Uid>, Fault>>;

    /// The listing row of one execution.
    fn listing(&self, execution: Uid) -> BoxFuture<'_, Result<Option<Listing>, Fault>>;

    /// Executions of a state machine, newest start first, after `after`.
    fn list(
        &self,
        machine: u128,
        filter: ListingFilter,
        after: Option<ListingPosition>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Listing>, Fault>>;

    /// Writes catalog entries together, durably, each only if its version is as expected.
    fn catalog_write(&self, writes: Vec<CatalogWrite>) -> BoxFuture<'_, Result<bool, Fault>>;

    /// Every catalog entry, in key order.
    fn catalog_read(&self) -> BoxFuture<'_, Result<Vec<(CatalogKey, CatalogEntry)>, Fault>>;

    /// Whether there is room for new executions. Without, they must be refused: what is left is kept for the
    /// records of those that run. A store in memory always has room.
    fn has_room(&self) -> bool {
        true
    }

    /// Whom to tell, once, when the store has failed for good, whatever it was doing then. A store in memory
    /// never does.
    fn on_failure(&self, _tell: OnFailure) {}

    /// Stops: what was submitted becomes durable, then files are closed. Later calls give a fault.
    fn close(&self) -> BoxFuture<'_, Result<(), Fault>>;
}
