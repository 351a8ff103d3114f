//! The parts of the store put together: opening a data directory, and the two wheels that move it.
//!
//! Here: opening and replaying, the fences, `commit_pending` (one group to the disk) and `index_durable`
//! (one round of the index). Threads, or whoever pumps, do nothing but call these two.
//! Not here: what a commit is checked for (`commit`), what is read (`read`).

use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use planted::Bug;
use store::{CatalogWrite, Epoch, Fault, Fence, SlotRange};

use crate::catalog::{self, Catalog};
use crate::disk::{Disk, DiskLock};
use crate::entry::{Entry, Logged, Pointer, read_payload};
use crate::format;
use crate::frame::HEADER;
use crate::index::{Index, PROGRESS};
use crate::indexer::Indexer;
use crate::lane::{Group, Lane, closed};
use crate::log::{LogWriter, SegmentSizes, Shelf, remove_unfinished};
use crate::names::Names;
use crate::options::Options;
use crate::recent::RecentExecutions;
use crate::recover::{Mark, recover};
use crate::room::{Room, Unwritten};
use crate::row::{Progress, Row};
use crate::segment::{self, Segments, damaged};

const LOCK: &str = "lock";
/// LIMIT: executions held in memory while an index is written anew from the log.
const REPLAYED_BETWEEN_ROUNDS: usize = 50_000;

pub(crate) struct Core {
    pub(crate) options: Options,
    pub(crate) salt: u64,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) index: Arc<dyn Index>,
    pub(crate) lane: Lane,
    pub(crate) recent: RecentExecutions,
    pub(crate) names: Names,
    pub(crate) fences: Mutex<Fences>,
    pub(crate) segments: Arc<Segments>,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) indexer: Indexer,
    pub(crate) catalog: Catalog,
    /// Executions in `recent`, for the bound on them.
    pub(crate) unindexed: AtomicUsize,
    /// How often the log was synced.
    pub(crate) syncs: AtomicU64,
    writing: Mutex<Writing>,
    pub(crate) room: Room,
    lock: Mutex<Option<DiskLock>>,
}

/// The writing end, and a group that waits for room.
struct Writing {
    writer: LogWriter,
    waiting: Option<Group>,
}

/// What a turn of the commit wheel did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pumped {
    Nothing,
    Group,
    /// A group is kept until there is room for it: nothing of it is written, and nobody was answered.
    NoRoom,
}

/// Takes the data directory for this process.
pub(crate) fn lock(disk: &dyn Disk) -> Result<DiskLock, Fault> {
    disk.lock(LOCK).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => {
            Fault::Unavailable("the data directory is in use by another process".into())
        }
        _ => Fault::Unavailable(format!("the data directory could not be locked: {error}")),
    })
}

/// Makes ready what a new directory needs and an index has no part in.
pub(crate) fn make_ready(disk: &dyn Disk, options: &Options) -> Result<(), Fault> {
    format::open(disk, options.salt)?;
    let unavailable = |error| Fault::Unavailable(format!("the data directory: {error}"));
    let names = disk.list().map_err(unavailable)?;
    if !names.iter().any(|name| segment::number_of(name).is_some()) {
        segment::prepare(disk, 1, options.segment_bytes_first).map_err(unavailable)?;
    }
    Ok(())
}

impl Core {
    pub(crate) fn open(
        disk: Arc<dyn Disk>,
        lock: DiskLock,
        index: Arc<dyn Index>,
        options: Options,
    ) -> Result<Self, Fault> {
        let salt = format::open(&*disk, options.salt)?;
        remove_unfinished(&*disk, &[format::UNFINISHED, catalog::UNFINISHED, segment::UNFINISHED])?;
        // A process that was killed after a rename may not have made the name durable; nothing is built on
        // names that a power cut could take back.
        if !planted::is_on(Bug::FoundNamesAreNotSynced) {
            disk.sync_names().map_err(|error| segment::unreadable("the data directory", &error))?;
        }
        let progress = read_progress(&*index, salt)?;
        let replay = Replay {
            recent: RecentExecutions::new(),
            names: Names::new(),
            index: index.clone(),
            indexer: Indexer::after(progress, index.clone()),
            salt,
            epoch: progress.epoch,
            waiting: 0,
            visited: progress.mark,
        };
        let (replay, writer, segments, shelf) = open_log(&disk, salt, progress.mark, replay, &options)?;
        let catalog = open_catalog(&disk, salt, writer.mark())?;
        let fences = Fences { claims: Vec::new(), epoch: replay.epoch };
        let room = Room::new(disk.clone(), options.room_reserve_bytes, options.room_look_every);
        Ok(Core {
            salt,
            disk,
            index,
            lane: Lane::after(writer.mark()),
            recent: replay.recent,
            names: replay.names,
            fences: Mutex::new(fences),
            segments,
            shelf,
            indexer: replay.indexer,
            catalog,
            unindexed: AtomicUsize::new(0),
            syncs: AtomicU64::new(0),
            writing: Mutex::new(Writing { writer, waiting: None }),
            room,
            lock: Mutex::new(Some(lock)),
            options,
        })
    }

    /// The fault that everything gets after a failure or a close.
    pub(crate) fn available(&self) -> Result<(), Fault> {
        match self.lane.fault() {
            Some(fault) => Err(fault),
            None if self.lane.is_closed() => Err(closed()),
            None => Ok(()),
        }
    }

    pub(crate) fn fences(&self) -> MutexGuard<'_, Fences> {
        self.fences.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Blocks while the bounds of the options are exceeded.
    pub(crate) fn wait_for_room(&self) {
        let is_index_behind = || self.unindexed.load(Ordering::Relaxed) > self.options.unindexed_max;
        self.lane.wait_for_room(self.options.pending_bytes_max, is_index_behind);
    }

    /// Writes to the catalog; what fails poisons the store, but for lack of room.
    pub(crate) fn write_catalog(&self, writes: Vec<CatalogWrite>) -> Result<bool, Fault> {
        self.available()?;
        self.catalog.write(writes).inspect_err(|fault| match fault {
            Fault::Full(_) => {}
            fault => self.lane.poison(fault),
        })
    }

    /// Writes what is pending as one frame and answers.
    pub(crate) fn commit_pending(&self) -> Pumped {
        let mut writing = self.writing();
        let Some(mut group) = writing.waiting.take().or_else(|| self.lane.take()) else {
            return Pumped::Nothing;
        };
        let written = match self.lane.fault() {
            Some(fault) => Err(fault),
            None if group.has_bytes() => match writing.writer.append(&mut group.buffer) {
                Err(Unwritten::NoRoom(_)) if planted::is_on(Bug::FullDiskIsAcknowledged) => {
                    Ok(writing.writer.mark())
                }
                Err(Unwritten::NoRoom(_)) if planted::is_on(Bug::FullDiskDropsWhatWaits) => {
                    return Pumped::Group;
                }
                Err(Unwritten::NoRoom(error)) if planted::is_on(Bug::FullDiskEndsTheProcess) => {
                    Err(Unwritten::Failed(error).into_fault("writing the log"))
                }
                Err(Unwritten::NoRoom(_)) => {
                    writing.waiting = Some(group);
                    return Pumped::NoRoom;
                }
                written => written.map_err(|unwritten| unwritten.into_fault("writing the log")),
            },
            None => Ok(writing.writer.mark()),
        };
        match &written {
            Ok(mark) => {
                self.syncs.fetch_add(u64::from(group.has_bytes()), Ordering::Relaxed);
                self.lane.advance(*mark);
            }
            Err(fault) => self.lane.poison(fault),
        }
        // An answer may lead to the next call of this.
        drop(writing);
        self.lane.answer(group, written.err().as_ref());
        Pumped::Group
    }

    /// The store ends, and what waits for room will never have it.
    pub(crate) fn give_up_waiting(&self) {
        if self.writing().waiting.is_some() {
            self.lane.poison(&Fault::Full("the store was closed before there was room for the log".into()));
            while self.commit_pending() == Pumped::Group {}
        }
    }

    fn writing(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings everything durable into the index. A fault poisons the store.
    pub(crate) fn index_durable(&self) {
        if self.lane.fault().is_some() {
            return self.indexer.dismiss_waiters();
        }
        let epoch = self.fences().epoch;
        let mark = self.lane.mark();
        let durable = || self.lane.durable();
        let released = |count| {
            self.unindexed.fetch_sub(count, Ordering::Relaxed);
            self.lane.free();
        };
        let done = self.indexer.round(&self.recent, &self.names, mark, epoch, durable, released);
        if let Err(fault) = done {
            self.lane.poison(&fault);
            self.indexer.dismiss_waiters();
        }
    }

    /// Learns the names that the index had when the store was opened. Who cannot read them asks the index.
    pub(crate) fn learn_names(&self) {
        let _ = self.names.learn(&*self.index, || self.lane.is_closed());
    }

    /// After the last commit: the index is made durable and the directory let go.
    pub(crate) fn finish(&self) -> Result<(), Fault> {
        self.index_durable();
        self.indexer.dismiss_waiters();
        let persisted = match self.lane.fault() {
            Some(fault) => Err(fault),
            None => self.indexer.persist(),
        };
        self.segments.close();
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
        persisted
    }
}

fn read_progress(index: &dyn Index, salt: u64) -> Result<Progress, Fault> {
    let Some(bytes) = index.get(PROGRESS)? else {
        return Ok(Progress { salt, mark: Mark::default(), epoch: 0 });
    };
    let unreadable = || Fault::Corrupt("the progress row of the index is unreadable".into());
    let progress = Progress::decode(&bytes).ok_or_else(unreadable)?;
    if progress.salt != salt {
        return Err(Fault::Corrupt("the index belongs to another data directory".into()));
    }
    Ok(progress)
}

fn open_log(
    disk: &Arc<dyn Disk>,
    salt: u64,
    from: Mark,
    mut replay: Replay,
    options: &Options,
) -> Result<(Replay, LogWriter, Arc<Segments>, Arc<Shelf>), Fault> {
    let recovered = recover(&**disk, salt, from, |mark, payload| replay.visit(mark, payload))?;
    let mark = recovered.mark;
    let segments = Arc::new(Segments::new(disk.clone(), salt));
    let shelf = Arc::new(Shelf::default());
    let sizes = SegmentSizes { first: options.segment_bytes_first, largest: options.segment_bytes_max };
    // This confirms the last frame, which may stand in the system's cache only. The index must not know
    // of it before: a power cut in between would leave it ahead of the log.
    if planted::is_on(Bug::IndexRunsAheadOfTheLog) {
        replay.round(mark)?;
    }
    let writer = LogWriter::after(recovered, disk.clone(), salt, sizes, segments.clone(), shelf.clone())?;
    replay.round(mark)?;
    Ok((replay, writer, segments, shelf))
}

/// The catalog is made before the first commit; later it must be there.
fn open_catalog(disk: &Arc<dyn Disk>, salt: u64, mark: Mark) -> Result<Catalog, Fault> {
    let names = disk.list().map_err(|error| segment::unreadable("the data directory", &error))?;
    if names.iter().any(|name| name == catalog::FILE) {
        return Catalog::open(disk.clone(), salt);
    }
    if mark.end > 0 {
        return Err(damaged(catalog::FILE, 0, "the catalog is missing"));
    }
    Catalog::create(disk.clone(), salt)
}

/// What is rebuilt while the log is read.
struct Replay {
    recent: RecentExecutions,
    names: Names,
    index: Arc<dyn Index>,
    indexer: Indexer,
    salt: u64,
    epoch: u64,
    /// Commits since the last round.
    waiting: usize,
    /// The end of the last frame that was visited.
    visited: Mark,
}

impl Replay {
    fn visit(&mut self, mark: Mark, payload: &Bytes) -> Result<(), Fault> {
        // Only frames before this one: if it is the last, it is not known to be durable yet.
        if self.waiting > REPLAYED_BETWEEN_ROUNDS {
            self.round(self.visited)?;
        }
        self.visited = mark;
        let base = mark.last_frame + HEADER as u64;
        let nonsense = || damaged("the log", base, "this batch makes no sense");
        for entry in read_payload(payload, base, self.salt).ok_or_else(nonsense)? {
            match entry {
                Entry::Claim(fence) => self.epoch = self.epoch.max(fence.epoch.0),
                Entry::Commit(at, logged) => self.apply(at, &logged)?,
            }
        }
        Ok(())
    }

    fn apply(&mut self, at: Pointer, logged: &Logged) -> Result<(), Fault> {
        let mut stripe = self.recent.stripe_of(logged.execution);
        let out_of_order = || damaged("the log", at.position, "this commit does not follow the one before");
        let is_first = logged.sequence == 0 && stripe.is_new(logged.execution, &*self.index)?;
        if !is_first && stripe.fetch(logged.execution, &*self.index)?.is_none() {
            return Err(out_of_order());
        }
        let known = stripe.begin(logged.execution);
        // The index may have seen commits that its progress does not speak of yet.
        if logged.sequence < known.next_sequence {
            return Ok(());
        }
        let row = Row::after(known.latest(), at, logged).filter(|_| logged.sequence == known.next_sequence);
        known.advance(row.ok_or_else(out_of_order)?, u64::MAX);
        known.next_sequence += 1;
        stripe.note(logged.execution);
        self.waiting += 1;
        Ok(())
    }

    fn round(&mut self, mark: Mark) -> Result<(), Fault> {
        self.waiting = 0;
        self.indexer.round(&self.recent, &self.names, mark, self.epoch, || u64::MAX, |_| ())
    }
}

/// Who may write what.
pub(crate) struct Fences {
    /// The claims that no later one has made void.
    claims: Vec<Fence>,
    epoch: u64,
}

impl Fences {
    pub(crate) fn claim(&mut self, slots: SlotRange) -> Fence {
        self.epoch += 1;
        let fence = Fence { slots, epoch: Epoch(self.epoch) };
        self.claims.retain(|claim| !claim.overlaps(&fence.slots));
        self.claims.push(fence.clone());
        fence
    }

    pub(crate) fn holds(&self, fence: &Fence) -> bool {
        self.claims.contains(fence)
    }
}
