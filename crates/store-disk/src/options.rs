//! What can be chosen about a store.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Options {
    /// Mixed into every checksum of a new data directory, so that no data can pass for part of its log. Any
    /// number drawn by chance; an old directory keeps its own.
    pub salt: u64,
    /// The first segment is small, so that a start on an empty directory is quick.
    pub segment_bytes_first: u64,
    pub segment_bytes_max: u64,
    /// LIMIT: bytes handed over and not yet being written; beyond, `commit` blocks.
    pub pending_bytes_max: usize,
    /// LIMIT: executions in memory because the index has not caught up; beyond, `commit` blocks.
    pub unindexed_max: usize,
    /// Free bytes below which nothing new is started: kept for the records of what runs.
    pub room_reserve_bytes: u64,
    /// How old the last look at the free bytes may be.
    pub room_look_every: Duration,
    /// How long the indexer collects, so that what starts and ends soon is indexed once.
    pub index_pause: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            // The standard library draws the keys of its hash maps from the operating system.
            salt: RandomState::new().build_hasher().finish(),
            segment_bytes_first: 4 << 20,
            segment_bytes_max: 64 << 20,
            pending_bytes_max: 64 << 20,
            unindexed_max: 500_000,
            // Two of the largest segments, and what the index needs for what stands in them.
            room_reserve_bytes: 256 << 20,
            room_look_every: Duration::from_millis(100),
            index_pause: Duration::from_millis(50),
        }
    }
}
