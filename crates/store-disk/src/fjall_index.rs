//! The index in a fjall database: one keyspace, so that one memtable holds every row of an `apply`.
//!
//! Here: the library's options and errors. Not here: rows and keys (`row`, `index`).
//! Nothing is synced until `persist`: after a crash the database is as it was at some earlier moment, and
//! its progress row, written with the same batches, says at which.

use std::ops::ControlFlow;
use std::path::Path;

use bytes::Bytes;
use fjall::config::PartitioningPolicy;
use fjall::{Database, Guard, Keyspace, KeyspaceCreateOptions, PersistMode};
use store::Fault;

use crate::index::{Direction, Index, IndexChange, Visit};

/// LIMIT: memory for blocks of the index. An idle server stays small; hot rows are found in `recent`.
const CACHE_BYTES: u64 = 32 << 20;
/// LIMIT: changes held in memory before they are sorted into files.
const MEMTABLE_BYTES: u64 = 16 << 20;
/// The library's least; its own default takes as many threads as there are cores.
const WORKERS: usize = 2;

pub struct FjallIndex {
    database: Database,
    rows: Keyspace,
}

/// What fjall writes last when it makes a database. Without it there is none, and making one would fail.
const MARKER: &str = "version";

impl FjallIndex {
    pub fn open(directory: &Path) -> Result<Self, Fault> {
        let open = || {
            remove_unfinished(directory)?;
            let database = Database::builder(directory)
                .cache_size(CACHE_BYTES)
                .worker_threads(WORKERS)
                .manual_journal_persist(true)
                .open()?;
            let options = || {
                KeyspaceCreateOptions::default()
                    .max_memtable_size(MEMTABLE_BYTES)
                    .filter_block_partitioning_policy(in_parts())
                    .index_block_partitioning_policy(in_parts())
                    .manual_journal_persist(true)
            };
            let rows = database.keyspace("rows", options)?;
            Ok(FjallIndex { database, rows })
        };
        open().map_err(|error: fjall::Error| {
            let advice = "it is derived from the log and can be deleted";
            Fault::Corrupt(format!("the index in `{}` ({advice}): {error}", directory.display()))
        })
    }
}

/// A process that ended while it made the index has left a part of one, in which nothing can be.
fn remove_unfinished(directory: &Path) -> std::io::Result<()> {
    let is_finished = std::fs::metadata(directory.join(MARKER)).is_ok_and(|marker| marker.len() > 0);
    if is_finished || !directory.exists() { Ok(()) } else { std::fs::remove_dir_all(directory) }
}

/// Filters and block indexes below the first level, in parts of some KiB. A whole one of a large file is
/// bigger than what the cache takes in, and would be read and checked again for each key looked up.
fn in_parts() -> PartitioningPolicy {
    PartitioningPolicy::new([false, true])
}

impl Index for FjallIndex {
    fn apply(&self, changes: Vec<IndexChange>) -> Result<(), Fault> {
        let mut batch = fjall::OwnedWriteBatch::with_capacity(self.database.clone(), changes.len());
        for (key, value) in changes {
            match value {
                Some(value) => batch.insert(&self.rows, key, value),
                None => batch.remove(&self.rows, key),
            }
        }
        batch.commit().map_err(fault)
    }

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, Fault> {
        let value = self.rows.get(key).map_err(fault)?;
        Ok(value.map(|value| Bytes::copy_from_slice(&value)))
    }

    fn scan(&self, start: &[u8], end: &[u8], direction: Direction, visit: Visit<'_>) -> Result<(), Fault> {
        if start >= end {
            return Ok(());
        }
        let mut visit = |row: Guard| match row.into_inner().map(|(key, value)| visit(&key, &value)) {
            Ok(ControlFlow::Continue(())) => ControlFlow::Continue(()),
            Ok(ControlFlow::Break(())) => ControlFlow::Break(Ok(())),
            Err(error) => ControlFlow::Break(Err(fault(error))),
        };
        let mut range = self.rows.range(start..end);
        let end = match direction {
            Direction::Ascending => range.try_for_each(&mut visit),
            Direction::Descending => range.rev().try_for_each(&mut visit),
        };
        end.break_value().unwrap_or(Ok(()))
    }

    fn persist(&self) -> Result<(), Fault> {
        self.database.persist(PersistMode::SyncData).map_err(fault)
    }
}

fn fault(error: fjall::Error) -> Fault {
    Fault::Unavailable(format!("the index: {error}"))
}
