//! Backups: a copy of a data directory, made beside the server that works on it, and the reading of every checksum.
//!
//! Here: what is copied, in which order, and why that is a state that the directory was in at one moment.
//! Not here: restoring, which is opening the copy.
//! The copier is a process of its own and asks nobody: segments that others follow never change, the front is held
//! by a lock, and the end of the log counts when the catalog was the same before and after it was read.
//! INVARIANT: the file `format` is written last, so a copy that was cut short is not taken for a whole one.

use std::path::Path;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use store::Fault;

use crate::catalog;
use crate::core;
use crate::disk::{Disk, DiskFile, DiskLock, RealDisk};
use crate::entry::{Entry, read_payload};
use crate::format::{self, Format};
use crate::frame::{self, HEADER, Next};
use crate::frames::Frames;
use crate::recover::{Mark, recover};
use crate::segment::{self, SEGMENT_HEADER, SegmentHeader, damaged, file_name, unreadable};

/// Who has it holds the front of the log: no segment is removed.
const FRONT_LOCK: &str = "front";
/// How long the copier waits for what is being written, and how often at most: five seconds together.
const WRITING_PAUSE: Duration = Duration::from_millis(20);
/// LIMIT: times that the end of the log is read while the catalog changes, or a frame is being written.
const ATTEMPTS_MAX: usize = 250;
/// LIMIT: bytes that are written together, and synced together, so that the server's syncs do not wait long.
const WRITTEN_AT_ONCE: usize = 1 << 20;

/// What a copy, or a directory that was read, has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Contents {
    pub format: u32,
    pub segments: u64,
    pub log_bytes: u64,
    pub batches: u64,
    pub catalog_entries: u64,
}

/// The right to remove segments, or to keep others from it; none while another process has it.
pub(crate) fn hold_front(disk: &dyn Disk) -> std::io::Result<Option<DiskLock>> {
    match disk.lock(FRONT_LOCK) {
        Ok(lock) => Ok(Some(lock)),
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// Copies a data directory into an empty or a new one; a server may work on it meanwhile. What was acknowledged
/// before is in the copy, and of what comes meanwhile a beginning.
pub fn back_up(from: &Path, to: &Path) -> Result<Contents, Fault> {
    let open = |path: &Path| {
        let unavailable = |error| Fault::Unavailable(format!("the directory `{}`: {error}", path.display()));
        RealDisk::open(path).map_err(unavailable)
    };
    if !from.is_dir() {
        return Err(Fault::Unavailable(format!(
            "expected a data directory, found none at `{}`",
            from.display()
        )));
    }
    copy(&open(from)?, &open(to)?)
}

/// Reads all of a data directory on which no server works, and changes nothing.
pub fn verify(directory: &Path) -> Result<Contents, Fault> {
    if !directory.is_dir() {
        let what = format!("expected a data directory, found none at `{}`", directory.display());
        return Err(Fault::Unavailable(what));
    }
    let unavailable = |error| Fault::Unavailable(format!("the directory `{}`: {error}", directory.display()));
    check(&RealDisk::open(directory).map_err(unavailable)?)
}

pub(crate) fn check(disk: &dyn Disk) -> Result<Contents, Fault> {
    let Format { version, salt } = known_format(disk)?;
    let _lock = core::lock(disk)?;
    let mut contents = Contents { format: version, ..Contents::default() };
    let mut front = 1;
    let recovered = recover(disk, salt, Mark::default(), 1, |mark, payload| {
        contents.batches += 1;
        contents.log_bytes += (HEADER + payload.len()) as u64;
        let base = mark.last_frame + HEADER as u64;
        let entries = read_payload(payload, base, salt);
        for entry in entries.ok_or_else(|| damaged("the log", base, "this batch makes no sense"))? {
            if let Entry::Front(found) = entry {
                front = found.segment.max(front);
            }
        }
        Ok(())
    })?;
    if recovered.first() > front {
        return Err(damaged(&file_name(front), 0, "this segment is missing"));
    }
    contents.segments = recovered.segments.len() as u64;
    contents.catalog_entries = catalog::check(&read_whole(disk, catalog::FILE)?, salt)?;
    Ok(contents)
}

fn known_format(disk: &dyn Disk) -> Result<Format, Fault> {
    format::look(disk)?
        .ok_or_else(|| Fault::Unavailable("expected data of Stairway, found none there".into()))
}

pub(crate) fn copy(from: &dyn Disk, to: &dyn Disk) -> Result<Contents, Fault> {
    let format = known_format(from)?;
    let held = hold_front(from).map_err(|error| unreadable(FRONT_LOCK, &error))?;
    let Some(_held) = held else {
        return Err(Fault::Unavailable("another backup of this data directory is being made".into()));
    };
    let found = to.list().map_err(|error| unreadable("the backup", &error))?;
    if let Some(name) = found.first() {
        return Err(Fault::Unavailable(format!(
            "expected an empty directory for the backup, found `{name}` in it"
        )));
    }
    let mut copy = Copy { from, to, salt: format.salt, contents: Contents::default() };
    copy.contents.format = format.version;
    copy.log_and_catalog()?;
    to.sync_names().map_err(|error| unwritten(&error))?;
    format::create(to, format).map_err(|error| unwritten(&error))?;
    Ok(copy.contents)
}

struct Copy<'a> {
    from: &'a dyn Disk,
    to: &'a dyn Disk,
    salt: u64,
    contents: Contents,
}

impl Copy<'_> {
    fn log_and_catalog(&mut self) -> Result<(), Fault> {
        let mut copied = 0;
        for _ in 0..ATTEMPTS_MAX {
            let catalog = read_whole(self.from, catalog::FILE)?;
            let segments = self.segments()?;
            let Some((last, sealed)) = segments.split_last() else {
                return Err(damaged(&file_name(1), 0, "this segment is missing"));
            };
            for (header, follower) in sealed.iter().zip(&segments[1..]) {
                if header.number > copied {
                    self.sealed(header, follower.base)?;
                    copied = header.number;
                }
            }
            let Some(end) = self.end_of(last)? else {
                thread::sleep(WRITING_PAUSE);
                continue;
            };
            // Nothing was added to the catalog while the end of the log was read: both are of that moment.
            let is_one_moment =
                self.segments()?.last() == Some(last) && read_whole(self.from, catalog::FILE)? == catalog;
            if is_one_moment {
                self.last(last, &end)?;
                return self.catalog(&catalog);
            }
        }
        Err(Fault::Unavailable("the data directory changed whenever its end was read".into()))
    }

    /// The headers of all segments that are in use, from the front on.
    fn segments(&self) -> Result<Vec<SegmentHeader>, Fault> {
        let names = self.from.list().map_err(|error| unreadable("the data directory", &error))?;
        let mut numbers: Vec<_> = names.iter().filter_map(|name| segment::number_of(name)).collect();
        numbers.sort_unstable();
        let mut headers: Vec<SegmentHeader> = Vec::new();
        for number in numbers {
            let Some(header) = self.header(number)? else { continue };
            // What is not followed by its neighbour was left by a removal that was cut short.
            if headers.last().is_some_and(|before| before.number + 1 != number) {
                headers.clear();
            }
            headers.push(header);
        }
        Ok(headers)
    }

    /// None of a segment that is being made, or removed.
    fn header(&self, number: u64) -> Result<Option<SegmentHeader>, Fault> {
        let name = file_name(number);
        let mut sector = [0; SEGMENT_HEADER as usize];
        let read = self.from.open(&name).and_then(|file| file.read_at(0, &mut sector));
        match read {
            Ok(_) => Ok(SegmentHeader::decode(&sector, self.salt).filter(|header| header.number == number)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(&name, &error)),
        }
    }

    /// A segment that another one follows: whole, and every frame of it checked.
    fn sealed(&mut self, header: &SegmentHeader, end: u64) -> Result<(), Fault> {
        let name = file_name(header.number);
        let file = self.from.open(&name).map_err(|error| unreadable(&name, &error))?;
        let mut frames = Frames::of(header.number, file.clone(), end, self.salt)?;
        while frames.next()?.is_some() {
            self.contents.batches += 1;
        }
        let copy = self.to.create(&name).map_err(|error| unwritten(&error))?;
        let length = SEGMENT_HEADER + (end - header.base);
        let mut offset = 0;
        while offset < length {
            let mut bytes = vec![0; (length - offset).min(WRITTEN_AT_ONCE as u64) as usize];
            file.read_at(offset, &mut bytes).map_err(|error| unreadable(&name, &error))?;
            write(&*copy, offset, &bytes)?;
            offset += bytes.len() as u64;
        }
        self.contents.segments += 1;
        self.contents.log_bytes += end - header.base;
        Ok(())
    }

    /// The frames of the last segment; none if one is being written right now.
    fn end_of(&self, header: &SegmentHeader) -> Result<Option<LastSegment>, Fault> {
        let name = file_name(header.number);
        let mut last = LastSegment::default();
        for attempt in 0.. {
            let bytes = Bytes::from(read_whole(self.from, &name)?);
            let mut link = header.link;
            last = LastSegment { length: SEGMENT_HEADER as usize, ..LastSegment::default() };
            let end = loop {
                let rest = bytes.slice(last.length.min(bytes.len())..);
                match frame::next(&rest, last.length % SEGMENT_HEADER as usize, link, self.salt) {
                    Next::Frame { length, link: next } => {
                        (last.length, last.batches, link) = (last.length + length, last.batches + 1, next);
                    }
                    end => break end,
                }
            };
            last.bytes = bytes.slice(..last.length.min(bytes.len()));
            match end {
                Next::Unwritten => return Ok(Some(last)),
                // Nobody writes it any more: it is what a crash has left.
                Next::Torn if attempt == ATTEMPTS_MAX => return Ok(Some(last)),
                Next::Damaged if attempt == ATTEMPTS_MAX => {
                    return Err(damaged(&name, last.length as u64, "this batch is not what was written"));
                }
                _ if self.segments()?.last() != Some(header) => return Ok(None),
                _ => thread::sleep(WRITING_PAUSE),
            }
        }
        Ok(Some(last))
    }

    fn last(&mut self, header: &SegmentHeader, last: &LastSegment) -> Result<(), Fault> {
        let copy = self.to.create(&file_name(header.number)).map_err(|error| unwritten(&error))?;
        for (at, bytes) in last.bytes.chunks(WRITTEN_AT_ONCE).enumerate() {
            write(&*copy, (at * WRITTEN_AT_ONCE) as u64, bytes)?;
        }
        let length = header.capacity.max(last.bytes.len() as u64);
        copy.set_len(length).and_then(|()| copy.sync_data()).map_err(|error| unwritten(&error))?;
        self.contents.segments += 1;
        self.contents.batches += last.batches;
        self.contents.log_bytes += last.bytes.len() as u64 - SEGMENT_HEADER;
        Ok(())
    }

    fn catalog(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.contents.catalog_entries = catalog::check(bytes, self.salt)?;
        let copy = self.to.create(catalog::FILE).map_err(|error| unwritten(&error))?;
        write(&*copy, 0, bytes)
    }
}

/// What is in the last segment.
#[derive(Default)]
struct LastSegment {
    /// Up to the end of its last frame.
    bytes: Bytes,
    length: usize,
    batches: u64,
}

fn write(file: &dyn DiskFile, offset: u64, bytes: &[u8]) -> Result<(), Fault> {
    file.write_at(offset, bytes).and_then(|()| file.sync_data()).map_err(|error| unwritten(&error))
}

fn unwritten(error: &std::io::Error) -> Fault {
    Fault::Unavailable(format!("writing the backup: {error}"))
}

fn read_whole(disk: &dyn Disk, name: &str) -> Result<Vec<u8>, Fault> {
    let unreadable = |error| unreadable(name, &error);
    let file = disk.open(name).map_err(unreadable)?;
    let mut bytes = vec![0; usize::try_from(file.len().map_err(unreadable)?).unwrap_or(usize::MAX)];
    let count = file.read_at(0, &mut bytes).map_err(unreadable)?;
    bytes.truncate(count);
    Ok(bytes)
}
