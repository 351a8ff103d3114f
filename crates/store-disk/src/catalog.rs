//! The catalog on disk: a log of its own, all of it in memory, written anew when most of it is history.
//!
//! Here: opening, writing together, and rewriting. Not here: what entries mean.
//! A write holds: count, then for each key, version, and 1 + value or 0 for a deletion.
//! INVARIANT: memory changes after the sync, so readers never see what a crash could take back.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use bytes::Bytes;
use planted::Bug;
use store::{CatalogEntry, CatalogKey, CatalogWrite, Fault};

use crate::disk::{Disk, DiskFile};
use crate::frame::{self, HEADER, Link, Next};
use crate::room::{self, Unwritten};
use crate::segment::{damaged, fill, unreadable};
use crate::varint::{Reader, put_bytes, put_number};

pub(crate) const FILE: &str = "catalog.log";
pub(crate) const UNFINISHED: &str = "catalog-unfinished";
/// A file shorter than this is never worth rewriting.
const REWRITE_BYTES_MIN: u64 = 1 << 20;
/// The file grows in steps of this, so that one that was cut off is known by its length.
const ALLOTTED_BYTES: u64 = 64 << 10;
/// LIMIT: bytes of one frame of a rewritten catalog; a single entry may be longer.
const REWRITE_FRAME_BYTES: usize = 4 << 20;

/// A deleted key keeps its version, so that a writer with an old version never matches a new entry.
#[derive(Clone, Default)]
struct Slot {
    version: u64,
    value: Option<Bytes>,
}

type Slots = BTreeMap<CatalogKey, Slot>;

pub(crate) struct Catalog {
    disk: Arc<dyn Disk>,
    salt: u64,
    log: Mutex<CatalogLog>,
    slots: RwLock<Slots>,
}

struct CatalogLog {
    file: Arc<dyn DiskFile>,
    end: u64,
    /// The length of the file; zeros from the end on.
    allotted: u64,
    link: Link,
}

impl Catalog {
    pub(crate) fn create(disk: Arc<dyn Disk>, salt: u64) -> Result<Self, Fault> {
        let log = write_whole(&*disk, salt, &Slots::new()).map_err(|error| unreadable(FILE, &error))?;
        Ok(Catalog { disk, salt, log: Mutex::new(log), slots: RwLock::default() })
    }

    pub(crate) fn open(disk: Arc<dyn Disk>, salt: u64) -> Result<Self, Fault> {
        let unreadable = |error: io::Error| unreadable(FILE, &error);
        let file = disk.open(FILE).map_err(unreadable)?;
        let mut bytes = vec![0; file.len().map_err(unreadable)? as usize];
        let count = file.read_at(0, &mut bytes).map_err(unreadable)?;
        check_length(count)?;
        let whole = Bytes::from(bytes);
        let Replayed { slots, last_frame, link, is_torn } = replay(&whole, salt)?;
        let mut log = CatalogLog { file, end: last_frame.end, allotted: count as u64, link };
        if is_torn {
            log = write_whole(&*disk, salt, &slots).map_err(unreadable)?;
        } else {
            // As in the log: what is read must not stand in the system's cache only.
            let frame = &whole[last_frame.start as usize..last_frame.end as usize];
            log.file
                .write_at(last_frame.start, frame)
                .and_then(|()| log.confirm_length())
                .and_then(|()| log.file.sync_data())
                .map_err(unreadable)?;
        }
        Ok(Catalog { disk, salt, log: Mutex::new(log), slots: RwLock::new(slots) })
    }

    fn slots(&self) -> RwLockReadGuard<'_, Slots> {
        self.slots.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read(&self) -> Vec<(CatalogKey, CatalogEntry)> {
        let live = |(key, slot): (&CatalogKey, &Slot)| {
            let value = slot.value.clone()?;
            Some((key.clone(), CatalogEntry { version: slot.version, value }))
        };
        self.slots().iter().filter_map(live).collect()
    }

    /// Writes all entries, or none if a version is not as expected. A fault must poison the store, but for
    /// lack of room, which changes nothing.
    pub(crate) fn write(&self, writes: Vec<CatalogWrite>) -> Result<bool, Fault> {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(written) = self.check(writes) else { return Ok(false) };
        if written.is_empty() {
            return Ok(true);
        }
        log.append(written.iter(), self.salt)
            .map_err(|unwritten| unwritten.into_fault("writing the catalog"))?;
        let live_bytes = {
            let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
            slots.extend(written);
            slots.iter().map(encoded_bytes).sum::<u64>()
        };
        if log.end > REWRITE_BYTES_MIN && log.end > 4 * live_bytes {
            match write_whole(&*self.disk, self.salt, &self.slots()) {
                Ok(whole) => *log = whole,
                // The old file goes on growing, where there is room for it.
                Err(error) if room::is_missing(&error) => drop(self.disk.remove(UNFINISHED)),
                Err(error) => return Err(Unwritten::Failed(error).into_fault("writing the catalog")),
            }
        }
        Ok(true)
    }

    /// What the writes make of their keys; none if one of them expects another version.
    fn check(&self, writes: Vec<CatalogWrite>) -> Option<Slots> {
        let slots = self.slots();
        let mut written = Slots::new();
        for CatalogWrite { key, expected_version, value } in writes {
            let now = written.get(&key).or_else(|| slots.get(&key)).cloned().unwrap_or_default();
            let current_version = if now.value.is_some() { now.version } else { 0 };
            if current_version != expected_version {
                return None;
            }
            written.insert(key, Slot { version: now.version + 1, value });
        }
        Some(written)
    }
}

/// What the frames of a catalog say.
struct Replayed {
    slots: Slots,
    /// Where the last frame stands.
    last_frame: Range<u64>,
    link: Link,
    /// Remains of a frame follow it.
    is_torn: bool,
}

fn replay(whole: &Bytes, salt: u64) -> Result<Replayed, Fault> {
    let mut slots = Slots::new();
    let (mut last_frame, mut link) = (0..0, Link::default());
    let is_torn = loop {
        let end = last_frame.end;
        let rest = whole.slice(end as usize..);
        match frame::next(&rest, (end % 512) as usize, link, salt) {
            Next::Frame { length, link: next } => {
                let written = read_payload(&rest.slice(HEADER..length))
                    .ok_or_else(|| damaged(FILE, end, "this write makes no sense"))?;
                slots.extend(written);
                last_frame = end..end + length as u64;
                link = next;
            }
            Next::Unwritten => break false,
            Next::Torn => break true,
            Next::Damaged => return Err(damaged(FILE, end, "this write is not what was written")),
        }
    };
    // The file gets its name when it has its first frame.
    if last_frame.end == 0 {
        return Err(damaged(FILE, 0, "not even the first write is there"));
    }
    Ok(Replayed { slots, last_frame, link, is_torn })
}

fn check_length(count: usize) -> Result<(), Fault> {
    if count > 0 && (count as u64).is_multiple_of(ALLOTTED_BYTES) {
        return Ok(());
    }
    Err(damaged(FILE, count as u64, "the file ends here, and is made in larger steps"))
}

/// Reads all of a catalog: how many entries it has.
pub(crate) fn check(whole: &[u8], salt: u64) -> Result<u64, Fault> {
    check_length(whole.len())?;
    let slots = replay(&Bytes::copy_from_slice(whole), salt)?.slots;
    Ok(slots.values().filter(|slot| slot.value.is_some()).count() as u64)
}

impl CatalogLog {
    fn append<'a>(
        &mut self,
        slots: impl ExactSizeIterator<Item = (&'a CatalogKey, &'a Slot)>,
        salt: u64,
    ) -> Result<(), Unwritten> {
        self.write(slots, salt)?;
        if planted::is_on(Bug::CatalogIsNotSynced) {
            return Ok(());
        }
        self.file.sync_data().map_err(Unwritten::Failed)
    }

    fn write<'a>(
        &mut self,
        slots: impl ExactSizeIterator<Item = (&'a CatalogKey, &'a Slot)>,
        salt: u64,
    ) -> Result<(), Unwritten> {
        let mut buffer = Vec::new();
        frame::clear(&mut buffer);
        put_number(&mut buffer, slots.len() as u64);
        for (key, slot) in slots {
            put_slot(&mut buffer, key, slot);
        }
        frame::pad(&mut buffer);
        let too_long =
            || Unwritten::Failed(io::Error::other("a catalog write is longer than a frame can be"));
        let link = frame::seal(&mut buffer, self.link, salt).ok_or_else(too_long)?;
        let end = self.end + buffer.len() as u64;
        if end > self.allotted {
            self.grow(end.next_multiple_of(ALLOTTED_BYTES)).map_err(Unwritten::making_room)?;
        }
        self.file.write_at(self.end, &buffer).map_err(Unwritten::Failed)?;
        self.end = end;
        self.link = link;
        Ok(())
    }
}

impl CatalogLog {
    /// The length may be the system's word only, as bytes may be: the last byte is written again.
    fn confirm_length(&self) -> io::Result<()> {
        let is_empty_there = self.end < self.allotted;
        if is_empty_there { self.file.write_at(self.allotted - 1, &[0]) } else { Ok(()) }
    }

    /// Makes the file longer, by zeros that are there: what is written into them needs no room any more.
    fn grow(&mut self, allotted: u64) -> io::Result<()> {
        // At once, so that a file that was cut off is known by its length whenever the process ends.
        self.file.set_len(allotted)?;
        self.file.sync_data()?;
        fill(&*self.file, self.allotted, allotted)?;
        self.allotted = allotted;
        Ok(())
    }
}

/// Writes the catalog to a new file, which takes the place of the old one when it is durable.
fn write_whole(disk: &dyn Disk, salt: u64, slots: &Slots) -> io::Result<CatalogLog> {
    let mut log = CatalogLog { file: disk.create(UNFINISHED)?, end: 0, allotted: 0, link: Link::default() };
    let mut part = Vec::new();
    let mut part_bytes = 0;
    for slot in slots {
        part_bytes += encoded_bytes(slot) as usize;
        part.push(slot);
        if part_bytes > REWRITE_FRAME_BYTES {
            log.write(part.drain(..), salt)?;
            part_bytes = 0;
        }
    }
    // An empty catalog is a frame too: a file without any is damaged.
    if !part.is_empty() || log.end == 0 {
        log.write(part.into_iter(), salt)?;
    }
    log.file.sync_data()?;
    disk.rename(UNFINISHED, FILE)?;
    disk.sync_names()?;
    Ok(log)
}

fn encoded_bytes((key, slot): (&CatalogKey, &Slot)) -> u64 {
    (key.len() + slot.value.as_ref().map_or(0, Bytes::len) + 8) as u64
}

fn put_slot(out: &mut Vec<u8>, key: &CatalogKey, slot: &Slot) {
    put_bytes(out, key);
    put_number(out, slot.version);
    out.push(u8::from(slot.value.is_some()));
    if let Some(value) = &slot.value {
        put_bytes(out, value);
    }
}

fn read_payload(payload: &Bytes) -> Option<Slots> {
    let mut reader = Reader::over(payload);
    let mut slots = Slots::new();
    for _ in 0..reader.number()? {
        let key = reader.copied()?.into();
        let version = reader.number()?;
        let value = match reader.byte()? {
            0 => None,
            1 => Some(Bytes::copy_from_slice(reader.copied()?)),
            _ => return None,
        };
        slots.insert(key, Slot { version, value });
    }
    Some(slots)
}
