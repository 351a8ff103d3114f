//! A disk in memory that loses, tears and reorders what was not synced, and fails when it is told to.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::disk::{Disk, DiskFile, DiskLock};

const SECTOR: usize = 512;

/// Random numbers from a seed (splitmix64).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % bound
    }
}

/// What goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trouble {
    /// From this operation on, nothing works: the moment of a crash.
    Dead,
    /// This one operation fails. A failed sync forgets what it should have made durable.
    Error(io::ErrorKind),
}

#[derive(Clone, Default)]
pub(crate) struct FakeDisk(Arc<Mutex<Platter>>);

#[derive(Default)]
struct Platter {
    files: Vec<Content>,
    names: BTreeMap<String, usize>,
    /// Names as they were after each change since the last sync, the synced ones first.
    names_since_sync: Vec<BTreeMap<String, usize>>,
    operations: u64,
    trouble: Option<(u64, Trouble)>,
    free_bytes: Option<u64>,
    locks: BTreeSet<String>,
}

#[derive(Default, Clone)]
struct Content {
    current: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

fn write(content: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[offset..end].copy_from_slice(bytes);
}

impl FakeDisk {
    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.0.lock().unwrap()
    }

    /// How many operations that change something there were.
    pub(crate) fn operations(&self) -> u64 {
        self.platter().operations
    }

    /// So much is free from now on, and files cannot grow by more; none lifts the bound.
    pub(crate) fn leave_room(&self, bytes: Option<u64>) {
        self.platter().free_bytes = bytes;
    }

    /// Something goes wrong at the operation of this number, counted from the beginning.
    pub(crate) fn trouble_at(&self, operation: u64, trouble: Trouble) {
        self.platter().trouble = Some((operation, trouble));
    }

    /// What is found after a loss of power: each sector of what was not synced is there or not.
    pub(crate) fn after_crash(&self, chance: &mut Chance) -> FakeDisk {
        let platter = self.platter();
        let place = chance.below(platter.names_since_sync.len() as u64 + 1) as usize;
        let names = platter.names_since_sync.get(place).unwrap_or(&platter.names).clone();
        // Nothing, all, or any part of it: the extremes are frequent in life too.
        let kept_of_four = [0, 4, 2, 3][chance.below(4) as usize];
        let survive = |content: &Content| {
            let mut durable = content.durable.clone();
            for change in &content.unsynced {
                match change {
                    Change::Length(length) if chance.below(4) < kept_of_four => durable.resize(*length, 0),
                    Change::Length(_) => {}
                    Change::Write(offset, bytes) => {
                        let mut at = 0;
                        while at < bytes.len() {
                            let end = bytes.len().min(at + SECTOR - (offset + at) % SECTOR);
                            if chance.below(4) < kept_of_four {
                                write(&mut durable, offset + at, &bytes[at..end]);
                            }
                            at = end;
                        }
                    }
                }
            }
            Content { current: durable.clone(), durable, unsynced: Vec::new() }
        };
        let files = platter.files.iter().map(survive).collect();
        FakeDisk(Arc::new(Mutex::new(Platter { files, names, ..Platter::default() })))
    }

    /// A copy that nothing connects with this one; everything in it is durable.
    pub(crate) fn copy(&self) -> FakeDisk {
        let platter = self.platter();
        let settle = |Content { current, .. }: &Content| Content {
            durable: current.clone(),
            current: current.clone(),
            unsynced: vec![],
        };
        let files = platter.files.iter().map(settle).collect();
        let names = platter.names.clone();
        FakeDisk(Arc::new(Mutex::new(Platter { files, names, ..Platter::default() })))
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.platter().names.keys().cloned().collect()
    }

    /// Changes the content of a file behind everybody's back.
    pub(crate) fn change<T>(&self, name: &str, change: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let mut platter = self.platter();
        let file = platter.names[name];
        let changed = change(&mut platter.files[file].current);
        platter.files[file].durable = platter.files[file].current.clone();
        changed
    }
}

impl Platter {
    /// Counts an operation, and says whether it goes wrong.
    fn operate(&mut self) -> io::Result<()> {
        let now = self.operations;
        self.operations += 1;
        match self.trouble {
            Some((at, Trouble::Dead)) if now >= at => Err(io::Error::other("the machine is off")),
            Some((at, Trouble::Error(kind))) if now == at => Err(kind.into()),
            _ => Ok(()),
        }
    }

    /// Takes the room that a file needs to reach up to `end`, if there is so much.
    fn make_room(&mut self, file: usize, end: usize) -> io::Result<()> {
        let growth = end.saturating_sub(self.files[file].current.len()) as u64;
        if let Some(free) = &mut self.free_bytes {
            *free = free.checked_sub(growth).ok_or(io::ErrorKind::StorageFull)?;
        }
        Ok(())
    }

    fn change_names(&mut self) {
        let names = self.names.clone();
        self.names_since_sync.push(names);
    }
}

impl Disk for FakeDisk {
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut platter = self.platter();
        platter.operate()?;
        platter.change_names();
        platter.files.push(Content::default());
        let file = platter.files.len() - 1;
        platter.names.insert(name.to_owned(), file);
        Ok(Arc::new(FakeFile { disk: self.clone(), file }))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = self.platter().names.get(name).copied().ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(FakeFile { disk: self.clone(), file }))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.names())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut platter = self.platter();
        platter.operate()?;
        platter.change_names();
        let file = platter.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        platter.names.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut platter = self.platter();
        platter.operate()?;
        platter.change_names();
        platter.names.remove(name).map(drop).ok_or(io::ErrorKind::NotFound.into())
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut platter = self.platter();
        platter.operate()?;
        platter.names_since_sync.clear();
        Ok(())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        Ok(self.platter().free_bytes.unwrap_or(u64::MAX))
    }

    fn lock(&self, name: &str) -> io::Result<DiskLock> {
        if !self.platter().locks.insert(name.to_owned()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(FakeLock(self.clone(), name.to_owned())))
    }
}

struct FakeLock(FakeDisk, String);

impl Drop for FakeLock {
    fn drop(&mut self) {
        self.0.platter().locks.remove(&self.1);
    }
}

struct FakeFile {
    disk: FakeDisk,
    file: usize,
}

impl DiskFile for FakeFile {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut platter = self.disk.platter();
        platter.make_room(self.file, offset as usize + bytes.len())?;
        let failed = platter.operate();
        let content = &mut platter.files[self.file];
        // What fails may have got half way.
        let reached = if failed.is_err() { bytes.len() / 2 } else { bytes.len() };
        write(&mut content.current, offset as usize, &bytes[..reached]);
        content.unsynced.push(Change::Write(offset as usize, bytes[..reached].to_vec()));
        failed
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut platter = self.disk.platter();
        let failed = platter.operate();
        let is_off = matches!(platter.trouble, Some((_, Trouble::Dead)));
        let content = &mut platter.files[self.file];
        match failed {
            Ok(()) => content.durable = content.current.clone(),
            Err(error) if is_off => return Err(error),
            Err(error) => {
                // Pages are marked clean though they never arrived.
                content.unsynced.clear();
                return Err(error);
            }
        }
        content.unsynced.clear();
        Ok(())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let platter = self.disk.platter();
        let rest = platter.files[self.file].current.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.platter().files[self.file].current.len() as u64)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut platter = self.disk.platter();
        platter.make_room(self.file, len as usize)?;
        platter.operate()?;
        let content = &mut platter.files[self.file];
        content.current.resize(len as usize, 0);
        content.unsynced.push(Change::Length(len as usize));
        Ok(())
    }
}
