//! The embedded store: an append-only segment log with group commit, and an index derived from it.
//!
//! Here: everything that touches the disk of one node. The log is the truth; the index (executions, names,
//! open executions, listings) can be deleted and is written anew from the log; the catalog is a log of its own.
//! Not here: what records mean. A failed write or sync poisons the store for good (I22).
//!
//! A commit's way: `store` -> `commit` (checks, encoding) -> `lane` (collects) -> `log` (one write, one
//! sync) -> `lane` (answers) -> `indexer` (later, off the path). Opening: `core` -> `recover`.

mod backup;
mod catalog;
mod commit;
mod core;
mod disk;
mod entry;
#[cfg(debug_assertions)]
mod faulty_disk;
mod fjall_index;
mod format;
mod frame;
mod frames;
mod index;
mod indexer;
mod lane;
mod log;
mod moved;
mod name_filter;
mod names;
mod options;
mod read;
mod recent;
mod reclaim;
mod recover;
mod replay;
mod room;
mod row;
mod segment;
mod signal;
mod store;
mod threads;
mod upgrade;
mod varint;

#[cfg(test)]
mod tests;

pub use crate::backup::{Contents, back_up, verify};
pub use crate::disk::{Disk, DiskFile, DiskLock, RealDisk};
pub use crate::fjall_index::FjallIndex;
pub use crate::index::{Direction, Index, IndexChange, MemoryIndex, Visit};
pub use crate::options::Options;
pub use crate::store::DiskStore;
