//! The parts of the store put together: opening a data directory, and the two wheels that move it.
//!
//! Here: opening and replaying, the fences, `commit_pending` (one group to the disk) and `index_durable`
//! (one round of the index). Threads, or whoever pumps, do nothing but call these two.
//! Not here: what a commit is checked for (`commit`), what is read (`read`).

use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use planted::Bug;
use store::{CatalogWrite, Epoch, Fault, Fence, SlotRange};

use crate::backup;
use crate::catalog::{self, Catalog};
use crate::disk::{Disk, DiskLock};
use crate::entry::Front;
use crate::format;
use crate::index::{Index, PROGRESS};
use crate::indexer::Indexer;
use crate::lane::{Group, Lane, closed};
use crate::log::{LogWriter, SegmentSizes, Shelf, remove_unfinished};
use crate::names::Names;
use crate::options::Options;
use crate::recent::RecentExecutions;
use crate::reclaim::Reclaim;
use crate::recover::{Mark, recover};
use crate::replay::Replay;
use crate::room::{Room, Unwritten};
use crate::row::Progress;
use crate::segment::{self, Segments, damaged};
use crate::upgrade;

const LOCK: &str = "lock";

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
    pub(crate) front: Mutex<FrontOfLog>,
    /// Executions that were forgotten since the store was opened.
    pub(crate) forgotten: AtomicU64,
    pub(crate) reclaim: Mutex<Reclaim>,
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
        io::ErrorKind::WouldBlock => Fault::InUse,
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
        let progress = upgrade::index(&*index, read_progress(&*index, salt)?)?;
        let opened = open_log(&disk, salt, Replay::after(progress, index.clone(), salt), &options)?;
        let OpenedLog { replay, writer, segments, shelf } = opened;
        let catalog = open_catalog(&disk, salt, writer.mark())?;
        let fences = Fences { claims: Vec::new(), epoch: replay.front.epoch };
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
            front: Mutex::new(FrontOfLog { segment: replay.front.segment, next: None }),
            forgotten: AtomicU64::new(0),
            reclaim: Mutex::default(),
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

    pub(crate) fn front(&self) -> MutexGuard<'_, FrontOfLog> {
        self.front.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mark = self.lane.mark();
        // Read after the mark: all that was claimed before it counts, and more does no harm.
        let front = Front { segment: self.front().at(mark.end), epoch: self.fences().epoch() };
        let durable = || self.lane.durable();
        let released = |count| {
            self.unindexed.fetch_sub(count, Ordering::Relaxed);
            self.lane.free();
        };
        let done = self.indexer.round(&self.recent, &self.names, mark, front, durable, released);
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
        return Ok(Progress { salt, mark: Mark::default(), front: Front { segment: 1, epoch: 0 } });
    };
    let unreadable = || Fault::Corrupt("the progress row of the index is unreadable".into());
    let progress = Progress::decode(&bytes).ok_or_else(unreadable)?;
    if progress.salt != salt {
        return Err(Fault::Corrupt("the index belongs to another data directory".into()));
    }
    Ok(progress)
}

struct OpenedLog {
    replay: Replay,
    writer: LogWriter,
    segments: Arc<Segments>,
    shelf: Arc<Shelf>,
}

fn open_log(
    disk: &Arc<dyn Disk>,
    salt: u64,
    mut replay: Replay,
    options: &Options,
) -> Result<OpenedLog, Fault> {
    let (from, front) = (replay.visited, replay.front.segment);
    let mut recovered = recover(&**disk, salt, from, front, |mark, payload| replay.visit(mark, payload))?;
    let front = replay.front.segment;
    if recovered.first() > front {
        return Err(damaged(&segment::file_name(front), 0, "this segment is missing"));
    }
    replay.check_complete()?;
    recovered.segments.retain(|segment| segment.header.number >= front);
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
    remove_cut(&**disk, front, &replay)?;
    Ok(OpenedLog { replay, writer, segments, shelf })
}

/// Removes segments before the front that a crash has left.
fn remove_cut(disk: &dyn Disk, front: u64, replay: &Replay) -> Result<(), Fault> {
    let unavailable = |error| segment::unreadable("the data directory", &error);
    let names = disk.list().map_err(unavailable)?;
    let is_cut = |name: &&String| segment::number_of(name).is_some_and(|number| number < front);
    let cut: Vec<_> = names.iter().filter(is_cut).collect();
    if cut.is_empty() {
        return Ok(());
    }
    // Somebody who copies the log may need them still; then they stay until the next start.
    let Some(_held) = backup::hold_front(disk).map_err(unavailable)? else { return Ok(()) };
    // An index that went back to before the front would miss them.
    replay.indexer.persist()?;
    cut.into_iter().try_for_each(|name| disk.remove(name)).map_err(unavailable)
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

/// Which segment is the first that must be there.
pub(crate) struct FrontOfLog {
    segment: u64,
    /// Which one is when the log is durable beyond a position.
    next: Option<(u64, u64)>,
}

impl FrontOfLog {
    /// As the log says it up to a position.
    pub(crate) fn at(&self, end: u64) -> u64 {
        self.next.filter(|(position, _)| *position < end).map_or(self.segment, |(_, segment)| segment)
    }

    /// The log says another one at a position; what it said before is durable.
    pub(crate) fn advance(&mut self, position: u64, segment: u64) {
        self.segment = self.at(position);
        self.next = Some((position, segment));
    }
}

/// Who may write what.
pub(crate) struct Fences {
    /// The claims that no later one has made void.
    claims: Vec<Fence>,
    epoch: u64,
}

impl Fences {
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

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
