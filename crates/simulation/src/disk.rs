//! A disk that forgets: what was written since the last sync may be kept, dropped or torn at a crash.
//!
//! Here: files as processes see them and as the platter has them, what lies between the two, and the
//! faults (a stop in the n-th operation, a sync, a write or a read that fails, no room, a flipped bit).
//! Not here: when faults come (`run`), what must survive them (`checker`).
//! A sector of 512 bytes is written whole or not at all; sectors, lengths and names in any order. After a
//! failed sync the system calls the pages clean though they are not on the platter: they can still be
//! read, no later sync writes them, and a power cut takes them.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use store_disk::{Disk, DiskFile, DiskLock};

use crate::random::Random;

const SECTOR: usize = 512;

/// A handle; all handles of one disk share it.
#[derive(Clone)]
pub struct SimulatedDisk(Arc<Mutex<Device>>);

struct Device {
    random: Random,
    files: Vec<File>,
    /// Names as processes see them, and as the platter has them.
    names: BTreeMap<String, usize>,
    platter_names: BTreeMap<String, usize>,
    name_changes: Vec<NameChange>,
    /// How many changing operations are left before the plug is pulled.
    operations_left: Option<u64>,
    is_off: bool,
    /// How many are left before one fails.
    syncs_left: Option<u64>,
    writes_left: Option<u64>,
    reads_left: Option<u64>,
    /// The checker reads too, and no read of its own may fail.
    reads_may_fail: bool,
    /// Bytes that all files together may have.
    capacity: Option<usize>,
    was_hurt: bool,
    has_failed_to_read: bool,
    was_full: bool,
    lock: Arc<()>,
}

#[derive(Default)]
struct File {
    seen: Vec<u8>,
    platter: Vec<u8>,
    /// Since the last sync.
    changes: Vec<Change>,
}

enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

enum NameChange {
    Put(String, usize),
    Rename { from: String, to: String, file: usize },
    Remove(String),
}

/// How a process comes to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Crash {
    /// The process is gone; the system still has everything that was written.
    Kill,
    /// The power is gone, and with it what was not synced, in part or whole.
    PowerCut,
}

/// What a power cut does to what was not synced.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Survival {
    Nothing,
    Everything,
    /// Each sector on its own: any number of the writes to it have reached the platter.
    Torn,
}

impl SimulatedDisk {
    pub fn new(random: Random) -> Self {
        SimulatedDisk(Arc::new(Mutex::new(Device {
            random,
            files: Vec::new(),
            names: BTreeMap::new(),
            platter_names: BTreeMap::new(),
            name_changes: Vec::new(),
            operations_left: None,
            is_off: false,
            syncs_left: None,
            writes_left: None,
            reads_left: None,
            reads_may_fail: false,
            capacity: None,
            was_hurt: false,
            has_failed_to_read: false,
            was_full: false,
            lock: Arc::default(),
        })))
    }

    fn device(&self) -> MutexGuard<'_, Device> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The process stops in the middle of the `operations`-th changing operation from now.
    pub fn stop_after(&self, operations: u64) {
        self.device().operations_left = Some(operations);
    }

    /// The `syncs`-th sync from now fails.
    pub fn fail_sync_after(&self, syncs: u64) {
        self.device().syncs_left = Some(syncs);
    }

    /// The `writes`-th write from now fails.
    pub fn fail_write_after(&self, writes: u64) {
        self.device().writes_left = Some(writes);
    }

    /// The `reads`-th read from now fails, among those that may.
    pub fn fail_read_after(&self, reads: u64) {
        self.device().reads_left = Some(reads);
    }

    /// Whether the engine reads now, or the checker.
    pub fn let_reads_fail(&self, may: bool) {
        self.device().reads_may_fail = may;
    }

    /// From now on files may grow by so many bytes, all together; none lifts the bound.
    pub fn leave_room(&self, bytes: Option<usize>) {
        let mut device = self.device();
        device.capacity = bytes.map(|bytes| device.used() + bytes);
    }

    /// No more faults from now on.
    pub fn heal(&self) {
        let mut device = self.device();
        device.operations_left = None;
        device.syncs_left = None;
        device.writes_left = None;
        device.reads_left = None;
        device.capacity = None;
    }

    /// Whether a sync or a write has failed since the last restart.
    pub fn was_hurt(&self) -> bool {
        self.device().was_hurt
    }

    /// Whether a read has failed since this was asked last.
    pub fn take_read_failure(&self) -> bool {
        std::mem::take(&mut self.device().has_failed_to_read)
    }

    /// Whether a write found no room since this was asked last.
    pub fn take_fullness(&self) -> bool {
        std::mem::take(&mut self.device().was_full)
    }

    /// Whether less than this is free.
    pub fn is_nearly_full(&self, reserve_bytes: u64) -> bool {
        let device = self.device();
        let used = device.used();
        device.capacity.is_some_and(|capacity| (capacity.saturating_sub(used) as u64) < reserve_bytes)
    }

    /// A disk of its own with the same files, one of which is damaged; and what was done to it.
    pub fn damaged_copy(&self, random: &mut Random) -> (SimulatedDisk, String) {
        let copy = SimulatedDisk::new(random.fork());
        let what = {
            let (device, mut damaged) = (self.device(), copy.device());
            for (name, file) in &device.names {
                let bytes = device.files[*file].seen.clone();
                damaged.files.push(File { platter: bytes.clone(), seen: bytes, changes: Vec::new() });
                let number = damaged.files.len() - 1;
                damaged.names.insert(name.clone(), number);
            }
            damaged.platter_names = damaged.names.clone();
            damaged.damage(random)
        };
        (copy, what)
    }

    /// Whether the process has been stopped: every operation fails until `restart`.
    pub fn is_off(&self) -> bool {
        self.device().is_off
    }

    /// Whether something that was written to a file is not known to be on the platter.
    pub fn has_unsynced_writes(&self) -> bool {
        let device = self.device();
        device.names.values().any(|file| {
            device.files[*file].changes.iter().any(|change| matches!(change, Change::Write { .. }))
        })
    }

    /// Ends whatever runs on this disk, and takes what the crash takes.
    pub fn restart(&self, crash: Crash) {
        let mut device = self.device();
        device.operations_left = None;
        device.syncs_left = None;
        device.writes_left = None;
        device.reads_left = None;
        device.is_off = false;
        device.was_hurt = false;
        device.lock = Arc::default();
        if crash == Crash::PowerCut {
            device.cut_power();
        }
    }
}

impl Device {
    /// Counts a changing operation. An error says that the process is stopped in it.
    fn operate(&mut self) -> io::Result<()> {
        if let Some(left) = &mut self.operations_left {
            *left = left.saturating_sub(1);
            self.is_off |= *left == 0;
        }
        self.check_on()
    }

    fn check_on(&self) -> io::Result<()> {
        if self.is_off { Err(io::Error::other("the process was stopped")) } else { Ok(()) }
    }

    fn used(&self) -> usize {
        self.names.values().map(|file| self.files[*file].seen.len()).sum()
    }

    /// What is about to be written or made longer reaches up to `end`.
    fn check_writable(&mut self, file: usize, end: usize) -> io::Result<()> {
        if let Some(left) = &mut self.writes_left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.writes_left = None;
                self.was_hurt = true;
                return Err(io::Error::other("the disk failed to write"));
            }
        }
        let growth = end.saturating_sub(self.files[file].seen.len());
        if growth > 0 && self.capacity.is_some_and(|capacity| self.used() + growth > capacity) {
            self.was_full = true;
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn check_readable(&mut self) -> io::Result<()> {
        self.check_on()?;
        if let Some(left) = &mut self.reads_left
            && self.reads_may_fail
        {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.reads_left = None;
                self.has_failed_to_read = true;
                return Err(io::Error::other("the disk failed to read"));
            }
        }
        Ok(())
    }

    /// One bit is another, or a file ends too early.
    fn damage(&mut self, random: &mut Random) -> String {
        let names: Vec<(String, usize)> =
            self.names.iter().map(|(name, file)| (name.clone(), *file)).collect();
        let (name, file) = random.pick(&names).clone();
        let bytes = &mut self.files[file].seen;
        // Most of a segment is empty: what was written is the better target.
        let written = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let bound = if random.percent(90) { written } else { bytes.len() };
        let at = random.below(bound);
        let what = if bytes.is_empty() || random.percent(20) {
            bytes.truncate(at);
            format!("`{name}` ends at {at}")
        } else {
            bytes[at] ^= 1 << random.below(8);
            format!("`{name}` has another bit at {at}")
        };
        self.files[file].platter = self.files[file].seen.clone();
        what
    }

    fn find(&self, name: &str) -> io::Result<usize> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, format!("`{name}` does not exist"));
        self.names.get(name).copied().ok_or_else(missing)
    }

    fn sync(&mut self, file: usize) -> io::Result<()> {
        self.operate()?;
        if let Some(left) = &mut self.syncs_left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.syncs_left = None;
                self.was_hurt = true;
                let survival = survival(&mut self.random);
                self.files[file].settle(survival, &mut self.random);
                return Err(io::Error::other("the disk failed to sync"));
            }
        }
        self.files[file].settle(Survival::Everything, &mut self.random);
        Ok(())
    }

    fn cut_power(&mut self) {
        for file in &mut self.files {
            let survival = survival(&mut self.random);
            file.settle(survival, &mut self.random);
            file.seen.clone_from(&file.platter);
        }
        let survival = survival(&mut self.random);
        for change in std::mem::take(&mut self.name_changes) {
            let kept = match survival {
                Survival::Nothing => false,
                Survival::Everything => true,
                Survival::Torn => self.random.percent(50),
            };
            if kept {
                change.apply(&mut self.platter_names);
            }
        }
        self.names.clone_from(&self.platter_names);
    }

    fn change_names(&mut self, change: NameChange) {
        change.apply(&mut self.names);
        self.name_changes.push(change);
    }
}

fn survival(random: &mut Random) -> Survival {
    *random.pick(&[Survival::Nothing, Survival::Everything, Survival::Torn, Survival::Torn])
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            NameChange::Put(name, file) => drop(names.insert(name.clone(), *file)),
            NameChange::Rename { from, to, file } => {
                names.remove(from);
                names.insert(to.clone(), *file);
            }
            NameChange::Remove(name) => drop(names.remove(name)),
        }
    }
}

impl File {
    fn change(&mut self, change: Change) {
        apply(&mut self.seen, &change);
        self.changes.push(change);
    }

    /// Brings the changes since the last sync to the platter, or what survives of them.
    fn settle(&mut self, survival: Survival, random: &mut Random) {
        let changes = std::mem::take(&mut self.changes);
        match survival {
            Survival::Nothing => {}
            Survival::Everything => changes.iter().for_each(|change| apply(&mut self.platter, change)),
            Survival::Torn => self.tear(&changes, random),
        }
    }

    fn tear(&mut self, changes: &[Change], random: &mut Random) {
        // For each sector, the number of the last change that has reached the platter.
        let mut reached: BTreeMap<usize, usize> = BTreeMap::new();
        for (number, change) in changes.iter().enumerate() {
            match change {
                Change::Write { offset, bytes } => {
                    let mut at = *offset;
                    while at < offset + bytes.len() {
                        let end = (at - at % SECTOR + SECTOR).min(offset + bytes.len());
                        let last =
                            *reached.entry(at / SECTOR).or_insert_with(|| random.below(changes.len() + 1));
                        if number < last {
                            put(&mut self.platter, at, &bytes[at - offset..end - offset]);
                        }
                        at = end;
                    }
                }
                Change::Length(_) if random.percent(50) => apply(&mut self.platter, change),
                Change::Length(_) => {}
            }
        }
        // A length may have reached the platter though the bytes did not: they read as zeros.
        if self.seen.len() > self.platter.len() && random.percent(50) {
            self.platter.resize(self.seen.len(), 0);
        }
    }
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write { offset, bytes: written } => put(bytes, *offset, written),
        Change::Length(length) => bytes.resize(*length, 0),
    }
}

fn put(bytes: &mut Vec<u8>, offset: usize, written: &[u8]) {
    let end = offset + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(written);
}

impl Disk for SimulatedDisk {
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut device = self.device();
        let file = match device.names.get(name).copied() {
            Some(file) => {
                device.files[file].change(Change::Length(0));
                file
            }
            None => {
                device.files.push(File::default());
                let file = device.files.len() - 1;
                device.change_names(NameChange::Put(name.to_owned(), file));
                file
            }
        };
        device.operate()?;
        Ok(Arc::new(OpenFile { disk: self.clone(), file }))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let device = self.device();
        device.check_on()?;
        let file = device.find(name)?;
        Ok(Arc::new(OpenFile { disk: self.clone(), file }))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let device = self.device();
        device.check_on()?;
        Ok(device.names.keys().cloned().collect())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut device = self.device();
        device.check_on()?;
        let file = device.find(from)?;
        device.change_names(NameChange::Rename { from: from.to_owned(), to: to.to_owned(), file });
        device.operate()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut device = self.device();
        device.check_on()?;
        device.find(name)?;
        device.change_names(NameChange::Remove(name.to_owned()));
        device.operate()
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut device = self.device();
        device.operate()?;
        device.name_changes.clear();
        device.platter_names = device.names.clone();
        Ok(())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let device = self.device();
        let free = device.capacity.map(|capacity| capacity.saturating_sub(device.used()) as u64);
        Ok(free.unwrap_or(u64::MAX))
    }

    fn lock(&self, _name: &str) -> io::Result<DiskLock> {
        let device = self.device();
        device.check_on()?;
        // The device holds one; whoever holds another has the directory.
        if Arc::strong_count(&device.lock) > 1 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(Arc::clone(&device.lock)))
    }
}

struct OpenFile {
    disk: SimulatedDisk,
    file: usize,
}

impl DiskFile for OpenFile {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut device = self.disk.device();
        device.check_on()?;
        let offset = offset as usize;
        device.check_writable(self.file, offset + bytes.len())?;
        device.files[self.file].change(Change::Write { offset, bytes: bytes.to_vec() });
        device.operate()
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.device().sync(self.file)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut device = self.disk.device();
        device.check_readable()?;
        let rest = device.files[self.file].seen.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn len(&self) -> io::Result<u64> {
        let device = self.disk.device();
        device.check_on()?;
        Ok(device.files[self.file].seen.len() as u64)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut device = self.disk.device();
        device.check_on()?;
        device.check_writable(self.file, len as usize)?;
        device.files[self.file].change(Change::Length(len as usize));
        device.operate()
    }
}
