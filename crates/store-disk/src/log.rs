//! The writing end of the log: one write and one sync for each frame, and the change to the next segment.
//!
//! Here: the writer, and the shelf on which the next segment is made ready while this one is filled.
//! Not here: who collects frames (`lane`).
//! INVARIANT: after an error nothing more is written; the lane is poisoned then (I22).
//! INVARIANT: frames go into space that was written and synced before, so a full disk is met while space is
//! made, when no frame is lost by it.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use planted::Bug;
use store::Fault;

use crate::disk::{Disk, DiskFile};
use crate::frame::{self, HEADER};
use crate::recover::{Mark, Recovered};
use crate::room::Unwritten;
use crate::segment::{SEGMENT_HEADER, SegmentHeader, Segments, fill, prepare};

/// How large segments are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SegmentSizes {
    pub(crate) first: u64,
    pub(crate) largest: u64,
}

pub(crate) struct LogWriter {
    disk: Arc<dyn Disk>,
    salt: u64,
    sizes: SegmentSizes,
    segments: Arc<Segments>,
    shelf: Arc<Shelf>,
    current: SegmentHeader,
    file: Arc<dyn DiskFile>,
    mark: Mark,
}

impl LogWriter {
    /// Goes on behind what was recovered: always in a segment that no crash has touched.
    pub(crate) fn after(
        recovered: Recovered,
        disk: Arc<dyn Disk>,
        salt: u64,
        sizes: SegmentSizes,
        segments: Arc<Segments>,
        shelf: Arc<Shelf>,
    ) -> Result<Self, Fault> {
        let Recovered { segments: found, spare, mark, is_torn } = recovered;
        for segment in &found {
            segments.add(segment.header.base, segment.header.number, segment.file.clone());
        }
        if let Some((number, file)) = spare {
            shelf.put(Prepared { number, file });
        }
        let last = found.into_iter().next_back().map(|segment| (segment.header, segment.file));
        let unavailable = |error: io::Error| Fault::Unavailable(format!("the log: {error}"));
        if let Some((header, file)) = &last
            && !planted::is_on(Bug::RecoveredFrameIsNotConfirmed)
        {
            confirm(&**file, header, mark, salt).map_err(unavailable)?;
        }
        let number = last.as_ref().map_or(1, |(header, _)| header.number + 1);
        let used = last.as_ref().map_or(0, |(header, _)| mark.end - header.base);
        let (current, file) = match last {
            Some((header, file)) if used == 0 && !is_torn => (header, file),
            before => {
                let next = match shelf.take(number) {
                    Some(file) => file,
                    None => prepare(&*disk, number, sizes.after(used)).map_err(unavailable)?,
                };
                let (header, file) = begin_segment(next, number, mark, salt).map_err(unavailable)?;
                segments.add(header.base, number, file.clone());
                if let Some((_, old)) = before {
                    // The follower names the end now; what a crash left behind it is only in the way.
                    old.set_len(SEGMENT_HEADER + used).map_err(unavailable)?;
                }
                (header, file)
            }
        };
        Ok(LogWriter { disk, salt, sizes, segments, shelf, current, file, mark })
    }

    pub(crate) fn mark(&self) -> Mark {
        self.mark
    }

    /// Seals a padded buffer as the next frame and makes it durable.
    pub(crate) fn append(&mut self, buffer: &mut [u8]) -> Result<Mark, Unwritten> {
        let too_long = || Unwritten::Failed(io::Error::other("a batch is longer than a frame can be"));
        let link = frame::seal(buffer, self.mark.link, self.salt).ok_or_else(too_long)?;
        let length = buffer.len() as u64;
        let is_empty = self.mark.end == self.current.base;
        if !is_empty && self.offset() + length > self.current.capacity {
            self.change_segment()?;
        }
        // A frame longer than a whole segment makes its segment grow.
        let end = self.offset() + length;
        if end > self.current.capacity {
            fill(&*self.file, self.current.capacity, end).map_err(Unwritten::making_room)?;
        }
        self.file.write_at(self.offset(), buffer).map_err(Unwritten::Failed)?;
        if !planted::is_on(Bug::LogIsNotSynced) {
            let synced = self.file.sync_data();
            if !planted::is_on(Bug::FailedSyncIsIgnored) {
                synced.map_err(Unwritten::Failed)?;
            }
        }
        self.mark = Mark { end: self.mark.end + length, link, last_frame: self.mark.end };
        if self.offset() > self.current.capacity / 2 {
            self.shelf.want(self.current.number + 1, self.sizes.after(self.current.capacity));
        }
        Ok(self.mark)
    }

    fn offset(&self) -> u64 {
        self.mark.end - self.current.base + SEGMENT_HEADER
    }

    fn change_segment(&mut self) -> Result<(), Unwritten> {
        let number = self.current.number + 1;
        let capacity = self.sizes.after(self.current.capacity);
        let next = match self.shelf.take(number) {
            Some(file) => file,
            None => prepare(&*self.disk, number, capacity).map_err(Unwritten::making_room)?,
        };
        let (header, file) = begin_segment(next, number, self.mark, self.salt).map_err(Unwritten::Failed)?;
        self.segments.add(header.base, number, file.clone());
        self.current = header;
        self.file = file;
        Ok(())
    }
}

impl SegmentSizes {
    /// The size of a segment after one that held so many bytes: twice as much, within bounds.
    fn after(self, used: u64) -> u64 {
        used.saturating_mul(2).clamp(self.first, self.largest.max(self.first))
    }
}

/// Writes the last segment's header and its last frame again and syncs them. They may stand in the system's
/// cache only, clean after a failed sync or not yet synced when the process was killed; from now on they are
/// read and built upon, so they must not vanish.
fn confirm(file: &dyn DiskFile, header: &SegmentHeader, mark: Mark, salt: u64) -> io::Result<()> {
    file.write_at(0, &header.encode(salt))?;
    if mark.end > header.base {
        let mut frame = vec![0; (mark.end - mark.last_frame) as usize];
        let offset = mark.last_frame - header.base + SEGMENT_HEADER;
        file.read_at(offset, &mut frame)?;
        debug_assert!(frame.len() >= HEADER);
        file.write_at(offset, &frame)?;
    }
    file.sync_data()
}

/// Takes a prepared segment into use: its header is durable when this returns.
fn begin_segment(
    file: Arc<dyn DiskFile>,
    number: u64,
    mark: Mark,
    salt: u64,
) -> io::Result<(SegmentHeader, Arc<dyn DiskFile>)> {
    let capacity = file.len()?;
    let header = SegmentHeader { number, base: mark.end, link: mark.link, capacity };
    file.write_at(0, &header.encode(salt))?;
    file.sync_data()?;
    Ok((header, file))
}

struct Prepared {
    number: u64,
    file: Arc<dyn DiskFile>,
}

/// Where the next segment is ordered, made by a thread of its own, and taken.
#[derive(Default)]
pub(crate) struct Shelf {
    place: Mutex<Place>,
    changed: Condvar,
}

#[derive(Default)]
struct Place {
    order: Option<(u64, u64)>,
    /// Being made right now.
    in_work: Option<u64>,
    prepared: Option<Prepared>,
    /// Somebody makes segments; without, they are made when they are needed.
    is_served: bool,
    is_closed: bool,
}

impl Shelf {
    pub(crate) fn serve(&self) {
        self.place().is_served = true;
    }

    pub(crate) fn close(&self) {
        self.place().is_closed = true;
        self.changed.notify_all();
    }

    fn place(&self) -> std::sync::MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, prepared: Prepared) {
        self.place().prepared = Some(prepared);
    }

    fn want(&self, number: u64, capacity: u64) {
        let mut place = self.place();
        let is_there = place.prepared.as_ref().is_some_and(|prepared| prepared.number == number);
        if place.is_served && !is_there && place.in_work != Some(number) && place.order.is_none() {
            place.order = Some((number, capacity));
            self.changed.notify_all();
        }
    }

    /// The prepared segment; waits if it is just being made.
    fn take(&self, number: u64) -> Option<Arc<dyn DiskFile>> {
        let mut place = self.place();
        place.order = None;
        while place.in_work == Some(number) {
            place = self.changed.wait(place).unwrap_or_else(PoisonError::into_inner);
        }
        let prepared = place.prepared.take_if(|prepared| prepared.number == number)?;
        Some(prepared.file)
    }

    /// The life of the thread that makes segments.
    pub(crate) fn work(&self, disk: &dyn Disk) {
        loop {
            let (number, capacity) = {
                let mut place = self.place();
                loop {
                    if place.is_closed {
                        return;
                    }
                    if let Some((number, capacity)) = place.order.take() {
                        place.in_work = Some(number);
                        break (number, capacity);
                    }
                    place = self.changed.wait(place).unwrap_or_else(PoisonError::into_inner);
                }
            };
            // What fails here is tried once more by the committer, and is its fault then.
            let made = prepare(disk, number, capacity).ok();
            let mut place = self.place();
            place.in_work = None;
            place.prepared = made.map(|file| Prepared { number, file });
            self.changed.notify_all();
        }
    }
}

/// The files of a log that was never finished being made.
pub(crate) fn remove_unfinished(disk: &dyn Disk, names: &[&str]) -> Result<(), Fault> {
    let found = disk.list().map_err(|error| damaged_directory(&error))?;
    for name in found.iter().filter(|name| names.contains(&name.as_str())) {
        disk.remove(name).map_err(|error| damaged_directory(&error))?;
    }
    Ok(())
}

fn damaged_directory(error: &io::Error) -> Fault {
    Fault::Unavailable(format!("the data directory: {error}"))
}
