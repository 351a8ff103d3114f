//! Room on the disk: whether new executions may start, and what is said when something does not fit.
//!
//! Two marks. Below the reserve nothing new is started, and what runs goes on into the reserve. Without any
//! room left the log waits for some (`core`): nothing is acknowledged meanwhile, and nothing is lost.
//! INVARIANT: an operation that found no room has changed nothing that is built upon.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use planted::Bug;
use store::Fault;

use crate::disk::Disk;

pub(crate) struct Room {
    disk: Arc<dyn Disk>,
    reserve_bytes: u64,
    look_every: Duration,
    last_look: Mutex<Option<(Instant, bool)>>,
}

impl Room {
    pub(crate) fn new(disk: Arc<dyn Disk>, reserve_bytes: u64, look_every: Duration) -> Self {
        Room { disk, reserve_bytes, look_every, last_look: Mutex::new(None) }
    }

    /// Whether more than the reserve is free. A disk that cannot say is taken to have room: writes tell.
    pub(crate) fn is_there(&self) -> bool {
        let mut last_look = self.last_look.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, was_there)) = *last_look
            && at.elapsed() < self.look_every
        {
            return was_there;
        }
        let is_there = self.disk.free_bytes().map_or(true, |free| free >= self.reserve_bytes);
        let is_there = is_there || planted::is_on(Bug::StartsEatTheReserve);
        *last_look = Some((Instant::now(), is_there));
        is_there
    }
}

/// Whether an operation failed for lack of room, the disk's or the owner's share of it.
pub(crate) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// What stopped something from being written.
#[derive(Debug)]
pub(crate) enum Unwritten {
    /// Nothing was written; it can be tried again.
    NoRoom(io::Error),
    Failed(io::Error),
}

impl Unwritten {
    /// Of an operation that makes room for others and that nothing is built upon yet.
    pub(crate) fn making_room(error: io::Error) -> Self {
        if is_missing(&error) { Unwritten::NoRoom(error) } else { Unwritten::Failed(error) }
    }

    pub(crate) fn into_fault(self, what: &str) -> Fault {
        match self {
            Unwritten::NoRoom(error) => Fault::Full(format!("{what}: {error}")),
            Unwritten::Failed(error) => Fault::Poisoned(format!("{what}: {error}")),
        }
    }
}

impl From<Unwritten> for io::Error {
    fn from(unwritten: Unwritten) -> Self {
        match unwritten {
            Unwritten::NoRoom(error) | Unwritten::Failed(error) => error,
        }
    }
}
