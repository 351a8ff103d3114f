//! A disk that goes wrong on demand, around the real one: for tests of the whole binary.
//!
//! Exists only in builds with debug assertions, which nothing that ships has. What shall go wrong is read from
//! the environment (`STAIRWAY_TEST_DISK`), as words: `abort-at=N` ends the process in the middle of the N-th
//! changing operation, `fail-sync-at=N` fails the N-th sync, `full-while=PATH` leaves no room while that file
//! exists, `syncs-to=PATH` adds a byte to that file for each sync that was done.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::disk::{Disk, DiskFile, DiskLock};

const VARIABLE: &str = "STAIRWAY_TEST_DISK";

#[derive(Default)]
struct Faults {
    abort_at: Option<u64>,
    fail_sync_at: Option<u64>,
    full_while: Option<PathBuf>,
    syncs_to: Option<PathBuf>,
    operations: AtomicU64,
    syncs: AtomicU64,
}

struct FaultyDisk {
    disk: Arc<dyn Disk>,
    faults: Arc<Faults>,
}

struct FaultyFile {
    file: Arc<dyn DiskFile>,
    faults: Arc<Faults>,
}

/// The disk itself where nothing shall go wrong.
pub(crate) fn around(disk: Arc<dyn Disk>) -> Arc<dyn Disk> {
    match std::env::var(VARIABLE) {
        Ok(words) => Arc::new(FaultyDisk { disk, faults: Arc::new(Faults::read(&words)) }),
        Err(_) => disk,
    }
}

impl Faults {
    fn read(words: &str) -> Faults {
        let mut faults = Faults::default();
        for word in words.split_whitespace() {
            match word.split_once('=') {
                Some(("abort-at", number)) => faults.abort_at = number.parse().ok(),
                Some(("fail-sync-at", number)) => faults.fail_sync_at = number.parse().ok(),
                Some(("full-while", path)) => faults.full_while = Some(path.into()),
                Some(("syncs-to", path)) => faults.syncs_to = Some(path.into()),
                _ => panic!("{VARIABLE} does not know `{word}`"),
            }
        }
        faults
    }

    /// Whether the process ends in this operation.
    fn ends_now(&self) -> bool {
        Some(self.operations.fetch_add(1, Ordering::Relaxed) + 1) == self.abort_at
    }

    fn operate<T>(&self, operation: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        if self.ends_now() {
            std::process::abort();
        }
        operation()
    }

    fn sync(&self, sync: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        self.operate(|| {
            if Some(self.syncs.fetch_add(1, Ordering::Relaxed) + 1) == self.fail_sync_at {
                return Err(io::Error::other("a sync was made to fail"));
            }
            sync()?;
            if let Some(path) = &self.syncs_to {
                OpenOptions::new().create(true).append(true).open(path)?.write_all(b".")?;
            }
            Ok(())
        })
    }

    fn is_full(&self) -> bool {
        self.full_while.as_ref().is_some_and(|path| path.exists())
    }
}

impl FaultyDisk {
    fn file(&self, file: Arc<dyn DiskFile>) -> Arc<dyn DiskFile> {
        Arc::new(FaultyFile { file, faults: self.faults.clone() })
    }
}

impl Disk for FaultyDisk {
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        self.faults.operate(|| self.disk.create(name)).map(|file| self.file(file))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        self.disk.open(name).map(|file| self.file(file))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.faults.operate(|| self.disk.rename(from, to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.faults.operate(|| self.disk.remove(name))
    }

    fn sync_names(&self) -> io::Result<()> {
        self.faults.sync(|| self.disk.sync_names())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        if self.faults.is_full() { Ok(0) } else { self.disk.free_bytes() }
    }

    fn lock(&self, name: &str) -> io::Result<DiskLock> {
        self.disk.lock(name)
    }
}

impl DiskFile for FaultyFile {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if self.faults.ends_now() {
            // Half of it has arrived.
            let _ = self.file.write_at(offset, &bytes[..bytes.len() / 2]);
            std::process::abort();
        }
        if self.faults.is_full() && offset + bytes.len() as u64 > self.file.len()? {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.file.write_at(offset, bytes)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.faults.sync(|| self.file.sync_data())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(offset, buffer)
    }

    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.faults.operate(|| self.file.set_len(len))
    }
}
