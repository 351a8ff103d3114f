//! Segments: the files of the log, and reading from them by position.
//!
//! Here: names, the header of a segment, making new ones, and the set of all that can be read.
//! Not here: appending (`log`), opening after a crash (`recover`).
//! A position counts the bytes of all frames since the beginning of the log; a segment says which one its
//! first frame has. Segments are filled with zeros before use, so that a sync changes no metadata.
//! INVARIANT: a segment's header is durable before its first frame is written.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use bytes::Bytes;
use planted::Bug;
use store::Fault;

use crate::disk::{Disk, DiskFile};
use crate::entry::{Logged, Pointer, read_commit};
use crate::frame::{Link, checksum};

/// A header fills a sector, so that a disk writes it whole or not at all.
pub(crate) const SEGMENT_HEADER: u64 = 512;
const MAGIC: &[u8; 8] = b"STWYLOG1";
/// The part of the sector that says something.
const HEADER_FIELDS: usize = 48;
/// Not yet a segment: being filled with zeros.
pub(crate) const UNFINISHED: &str = "log-unfinished";
/// LIMIT: files of segments kept open for reading; far below the usual 1,024 descriptors of a process.
const OPEN_FILES_MAX: usize = 256;

pub(crate) fn file_name(number: u64) -> String {
    format!("log-{number:010}")
}

/// The number that a file name says, if it is that of a segment.
pub(crate) fn number_of(name: &str) -> Option<u64> {
    let number = name.strip_prefix("log-")?.parse().ok()?;
    (file_name(number) == name).then_some(number)
}

/// What the first sector of a segment says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SegmentHeader {
    pub(crate) number: u64,
    /// Position of the first frame: where the segment before has ended.
    pub(crate) base: u64,
    /// The last frame of the segment before.
    pub(crate) link: Link,
    /// The size that the file has at least, as long as it is the last one.
    pub(crate) capacity: u64,
}

impl SegmentHeader {
    pub(crate) fn encode(&self, salt: u64) -> [u8; SEGMENT_HEADER as usize] {
        let mut sector = [0; SEGMENT_HEADER as usize];
        sector[..8].copy_from_slice(MAGIC);
        sector[8..16].copy_from_slice(&self.number.to_le_bytes());
        sector[16..24].copy_from_slice(&self.base.to_le_bytes());
        sector[24..32].copy_from_slice(&self.link.number.to_le_bytes());
        sector[32..36].copy_from_slice(&self.link.chain.to_le_bytes());
        sector[36..44].copy_from_slice(&self.capacity.to_le_bytes());
        let sum = checksum(salt, &sector[..HEADER_FIELDS - 4]);
        sector[HEADER_FIELDS - 4..HEADER_FIELDS].copy_from_slice(&sum.to_le_bytes());
        sector
    }

    pub(crate) fn decode(sector: &[u8], salt: u64) -> Option<Self> {
        let fields: &[u8; HEADER_FIELDS] = sector.first_chunk()?;
        let number = |at: usize| Some(u64::from_le_bytes(fields.get(at..at + 8)?.try_into().ok()?));
        let half = |at: usize| Some(u32::from_le_bytes(fields.get(at..at + 4)?.try_into().ok()?));
        if !fields.starts_with(MAGIC)
            || half(HEADER_FIELDS - 4)? != checksum(salt, &fields[..HEADER_FIELDS - 4])
        {
            return None;
        }
        Some(SegmentHeader {
            number: number(8)?,
            base: number(16)?,
            link: Link { number: number(24)?, chain: half(32)? },
            capacity: number(36)?,
        })
    }
}

/// Makes a segment of zeros, durable under its name, but without a header: nobody uses it yet.
pub(crate) fn prepare(disk: &dyn Disk, number: u64, capacity: u64) -> io::Result<Arc<dyn DiskFile>> {
    let file = disk.create(UNFINISHED)?;
    if let Err(error) = fill(&*file, 0, capacity) {
        // What was written of it is room for others; what cannot be removed is emptied at the next attempt.
        let _ = disk.remove(UNFINISHED);
        return Err(error);
    }
    disk.rename(UNFINISHED, &file_name(number))?;
    if !planted::is_on(Bug::SegmentNameIsNotSynced) {
        disk.sync_names()?;
    }
    Ok(file)
}

/// Fills a part of a file with zeros that are durable when this returns.
pub(crate) fn fill(file: &dyn DiskFile, start: u64, end: u64) -> io::Result<()> {
    // Synced bit by bit: one large sync would hold up the commits that go on meanwhile.
    static ZEROS: [u8; 1 << 20] = [0; 1 << 20];
    let mut offset = start;
    while offset < end {
        let count = (end - offset).min(ZEROS.len() as u64);
        file.write_at(offset, &ZEROS[..count as usize])?;
        file.sync_data()?;
        offset += count;
    }
    Ok(())
}

/// All segments that hold frames, for reading by position.
pub(crate) struct Segments {
    disk: Arc<dyn Disk>,
    salt: u64,
    /// Base and number of each, ascending.
    known: RwLock<Vec<(u64, u64)>>,
    /// Files kept open, oldest first.
    files: Mutex<VecDeque<(u64, Arc<dyn DiskFile>)>>,
}

impl Segments {
    pub(crate) fn new(disk: Arc<dyn Disk>, salt: u64) -> Self {
        Segments { disk, salt, known: RwLock::default(), files: Mutex::default() }
    }

    pub(crate) fn add(&self, base: u64, number: u64, file: Arc<dyn DiskFile>) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).push((base, number));
        self.keep_open(number, file);
    }

    pub(crate) fn close(&self) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn keep_open(&self, number: u64, file: Arc<dyn DiskFile>) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if files.len() >= OPEN_FILES_MAX {
            files.pop_front();
        }
        files.push_back((number, file));
    }

    pub(crate) fn file(&self, number: u64) -> io::Result<Arc<dyn DiskFile>> {
        let known = {
            let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
            files.iter().find(|(of, _)| *of == number).map(|(_, file)| file.clone())
        };
        if let Some(file) = known {
            return Ok(file);
        }
        let file = self.disk.open(&file_name(number))?;
        self.keep_open(number, file.clone());
        Ok(file)
    }

    /// Number, base and end of the first segment; none if it is the one that is being written.
    pub(crate) fn first_sealed(&self) -> Option<Sealed> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let [(base, number), (end, _), ..] = known[..] else { return None };
        Some(Sealed { number, base, end })
    }

    pub(crate) fn count(&self) -> usize {
        self.known.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The first position that can be read.
    pub(crate) fn base(&self) -> u64 {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.first().map_or(0, |(base, _)| *base)
    }

    /// Lets go of the segments before one.
    pub(crate) fn cut(&self, first: u64) {
        let cut = |number: u64| number < first;
        self.known.write().unwrap_or_else(PoisonError::into_inner).retain(|(_, number)| !cut(*number));
        self.files.lock().unwrap_or_else(PoisonError::into_inner).retain(|(number, _)| !cut(*number));
    }

    /// Reads one commit and makes sure that it is the one that was written there.
    pub(crate) fn read(&self, at: Pointer) -> Result<Logged, Fault> {
        let (base, number) = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            let after = known.partition_point(|(base, _)| *base <= at.position);
            let place = after.checked_sub(1).and_then(|last| known.get(last));
            *place.ok_or_else(|| damaged("the log", at.position, "no segment holds this position"))?
        };
        let name = file_name(number);
        let offset = at.position - base + SEGMENT_HEADER;
        let mut bytes = vec![0; at.length as usize];
        let file = self.file(number).map_err(|error| unreadable(&name, &error))?;
        let count = file.read_at(offset, &mut bytes).map_err(|error| unreadable(&name, &error))?;
        bytes.truncate(count);
        read_commit(&Bytes::from(bytes), at, self.salt)
            .ok_or_else(|| damaged(&name, offset, "a commit was expected and is not there or not whole"))
    }
}

/// A segment that others follow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Sealed {
    pub(crate) number: u64,
    pub(crate) base: u64,
    pub(crate) end: u64,
}

pub(crate) fn damaged(file: &str, offset: u64, what: &str) -> Fault {
    Fault::Corrupt(format!("`{file}` at byte {offset}: {what}"))
}

pub(crate) fn unreadable(file: &str, error: &io::Error) -> Fault {
    Fault::Unavailable(format!("`{file}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_come_back_and_flips_are_seen() {
        let header = SegmentHeader {
            number: 3,
            base: 1 << 40,
            link: Link { number: 1 << 50, chain: 0xdead_beef },
            capacity: 4 << 20,
        };
        let sector = header.encode(9);
        assert_eq!(SegmentHeader::decode(&sector, 9), Some(header));
        assert_eq!(SegmentHeader::decode(&sector, 8), None);
        for at in 0..HEADER_FIELDS {
            let mut flipped = sector;
            flipped[at] ^= 4;
            assert_eq!(SegmentHeader::decode(&flipped, 9), None, "byte {at}");
        }
    }

    #[test]
    fn names_say_numbers() {
        assert_eq!(number_of(&file_name(12)), Some(12));
        for other in [UNFINISHED, "log-12", "log-000000001x", "log-+000000012", "catalog.log"] {
            assert_eq!(number_of(other), None, "{other}");
        }
    }
}
