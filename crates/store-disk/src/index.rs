//! The index: what is derived from the log so that it need not be read to find things.
//!
//! Here: the trait that the store asks of an ordered map, the map in memory, and the keys of all rows.
//! Not here: what rows say (`row`), when they are written (`indexer`).
//! INVARIANT: all changes of one `apply` become durable together or not at all, in the order of the calls;
//! a lost end is written again from the log.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{PoisonError, RwLock};

use bytes::Bytes;
use store::{Fault, ListingPosition, SlotRange, Uid};

/// A key and its new value; none removes it.
pub type IndexChange = (Vec<u8>, Option<Vec<u8>>);

/// Is given rows in key order until it breaks.
pub type Visit<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    Ascending,
    Descending,
}

/// An ordered map of bytes. It may lose its newest changes in a crash, but only from the end.
pub trait Index: Send + Sync {
    fn apply(&self, changes: Vec<IndexChange>) -> Result<(), Fault>;
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, Fault>;
    /// Rows from `start` up to but not including `end`.
    fn scan(&self, start: &[u8], end: &[u8], direction: Direction, visit: Visit<'_>) -> Result<(), Fault>;
    /// Makes everything applied so far durable.
    fn persist(&self) -> Result<(), Fault>;
}

/// An index that is gone with the process: for small tests and the simulator.
#[derive(Default)]
pub struct MemoryIndex {
    rows: RwLock<BTreeMap<Vec<u8>, Bytes>>,
}

impl Index for MemoryIndex {
    fn apply(&self, changes: Vec<IndexChange>) -> Result<(), Fault> {
        let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in changes {
            match value {
                Some(value) => drop(rows.insert(key, value.into())),
                None => drop(rows.remove(&key)),
            }
        }
        Ok(())
    }

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, Fault> {
        Ok(self.rows.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    fn scan(&self, start: &[u8], end: &[u8], direction: Direction, visit: Visit<'_>) -> Result<(), Fault> {
        if start >= end {
            return Ok(());
        }
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        let mut range = rows.range(start.to_vec()..end.to_vec());
        // Broken or exhausted: both are the end of the scan.
        let _ = match direction {
            Direction::Ascending => range.try_for_each(|(key, value)| visit(key, value)),
            Direction::Descending => range.rev().try_for_each(|(key, value)| visit(key, value)),
        };
        Ok(())
    }

    fn persist(&self) -> Result<(), Fault> {
        Ok(())
    }
}

/// How far the index has come, and what it belongs to.
pub(crate) const PROGRESS: &[u8] = b"P";
const EXECUTION: u8 = b'E';
const NAME: u8 = b'N';
const OPEN: u8 = b'O';
const LISTING: u8 = b'L';
const ENDED: u8 = b'T';

/// The status under which open executions are listed.
pub(crate) const STATUS_OPEN: u8 = 0;

pub(crate) fn execution_key(execution: Uid) -> Vec<u8> {
    key(EXECUTION, &[&execution.0])
}

/// All executions of a slot.
pub(crate) fn executions_of(slot: u16) -> (Vec<u8>, Vec<u8>) {
    (execution_key(Uid::first_of(slot)), execution_key(Uid::first_of(slot + 1)))
}

pub(crate) fn name_key(machine: u128, name: &str) -> Vec<u8> {
    key(NAME, &[&machine.to_be_bytes(), name.as_bytes()])
}

/// All names of all machines.
pub(crate) fn all_names() -> (Vec<u8>, Vec<u8>) {
    (vec![NAME], vec![NAME + 1])
}

/// The machine and the name that a name row is of.
pub(crate) fn read_name_key(key: &[u8]) -> Option<(u128, &str)> {
    let (machine, name) = key.get(1..)?.split_first_chunk()?;
    Some((u128::from_be_bytes(*machine), std::str::from_utf8(name).ok()?))
}

pub(crate) fn open_key(execution: Uid) -> Vec<u8> {
    key(OPEN, &[&execution.0])
}

/// The open executions of some slots after one of them.
pub(crate) fn open_after(slots: &SlotRange, after: Option<Uid>) -> (Vec<u8>, Vec<u8>) {
    let first = open_key(Uid::first_of(slots.start));
    let start = after.map_or(first.clone(), |after| first.max(key(OPEN, &[&after.0, &[0]])));
    (start, open_key(Uid::first_of(slots.end)))
}

/// Sorts newest start first.
pub(crate) fn listing_key(machine: u128, status: u8, position: ListingPosition) -> Vec<u8> {
    let started = !(position.started_ms as u64 ^ 1 << 63);
    let execution = !position.execution.start_order();
    let fields: [&[u8]; 4] =
        [&machine.to_be_bytes(), &[status], &started.to_be_bytes(), &execution.to_be_bytes()];
    key(LISTING, &fields)
}

/// The rows of one status of a machine, after a position.
pub(crate) fn listings_after(
    machine: u128,
    status: u8,
    after: Option<ListingPosition>,
) -> (Vec<u8>, Vec<u8>) {
    let whole = |status: &[u8]| key(LISTING, &[&machine.to_be_bytes(), status]);
    let start = after.map_or_else(
        || whole(&[status]),
        |position| {
            let mut key = listing_key(machine, status, position);
            key.push(0);
            key
        },
    );
    let end = match (status.checked_add(1), machine.checked_add(1)) {
        (Some(status), _) => whole(&[status]),
        (None, Some(machine)) => key(LISTING, &[&machine.to_be_bytes()]),
        (None, None) => vec![LISTING + 1],
    };
    (start, end)
}

/// The rows of a machine from one status on.
pub(crate) fn listings_from(machine: u128, status: u8) -> (Vec<u8>, Vec<u8>) {
    (listings_after(machine, status, None).0, listings_after(machine, u8::MAX, None).1)
}

/// What the key of a listing row says: status and position.
pub(crate) fn read_listing_key(key: &[u8]) -> Option<(u8, ListingPosition)> {
    let fields = key.get(17..)?;
    let (status, fields) = fields.split_first()?;
    let started: [u8; 8] = fields.get(..8)?.try_into().ok()?;
    let execution: [u8; 16] = fields.get(8..)?.try_into().ok()?;
    let started_ms = (!u64::from_be_bytes(started) ^ 1 << 63) as i64;
    let execution = Uid::of_start_order(!u128::from_be_bytes(execution));
    Some((*status, ListingPosition { started_ms, execution }))
}

/// The execution that an open row is about.
pub(crate) fn read_open_key(key: &[u8]) -> Option<Uid> {
    Some(Uid(key.get(1..)?.try_into().ok()?))
}

/// Sorts by slot, and then the first end first.
pub(crate) fn ended_key(execution: Uid, stopped_ms: i64) -> Vec<u8> {
    // A moment whose bytes sort as it does.
    let stopped = (stopped_ms as u64 ^ 1 << 63).to_be_bytes();
    let (slot, rest) = execution.0.split_at(2);
    key(ENDED, &[slot, &stopped, rest])
}

/// The ended executions of some slots.
pub(crate) fn ended_in(slots: &SlotRange) -> (Vec<u8>, Vec<u8>) {
    (key(ENDED, &[&slots.start.to_be_bytes()]), key(ENDED, &[&slots.end.to_be_bytes()]))
}

/// What the key of an ended execution says: who, and when it ended.
pub(crate) fn read_ended_key(key: &[u8]) -> Option<(Uid, i64)> {
    let (slot, rest) = key.get(1..)?.split_first_chunk::<2>()?;
    let (stopped, rest) = rest.split_first_chunk::<8>()?;
    let execution = Uid([&slot[..], rest].concat().try_into().ok()?);
    Some((execution, (u64::from_be_bytes(*stopped) ^ 1 << 63) as i64))
}

/// All executions.
pub(crate) fn all_executions() -> (Vec<u8>, Vec<u8>) {
    (vec![EXECUTION], vec![EXECUTION + 1])
}

/// The execution that a row is of.
pub(crate) fn read_execution_key(key: &[u8]) -> Option<Uid> {
    Some(Uid(key.get(1..)?.try_into().ok()?))
}

fn key(kind: u8, fields: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + fields.iter().map(|field| field.len()).sum::<usize>());
    key.push(kind);
    for field in fields {
        key.extend_from_slice(field);
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_ends_sort_by_slot_and_moment_and_come_back() {
        let ends = [(1, i64::MIN, 9), (1, -5, 8), (1, 0, 7), (1, 5, 1), (1, 5, 2), (300, -9, 1)];
        let keys = ends.map(|(slot, stopped_ms, entropy)| {
            let execution = Uid::new(slot, 4, entropy);
            let key = ended_key(execution, stopped_ms);
            assert_eq!(read_ended_key(&key), Some((execution, stopped_ms)));
            key
        });
        assert!(keys.is_sorted());
        let (start, end) = ended_in(&(1..300));
        assert_eq!(keys.iter().filter(|key| start <= **key && **key < end).count(), 5);
    }

    #[test]
    fn listing_keys_sort_newest_first_and_come_back() {
        let places = [(5, 9), (5, 2), (0, 1), (-7, 8), (i64::MIN, 0)];
        let keys: Vec<_> = places
            .iter()
            .map(|&(started_ms, entropy)| ListingPosition { started_ms, execution: Uid::new(1, 1, entropy) })
            .map(|position| (listing_key(u128::MAX, 255, position), position))
            .collect();
        assert!(keys.is_sorted_by(|(one, _), (other, _)| one < other));
        let (start, end) = listings_after(u128::MAX, 255, None);
        for (key, position) in &keys {
            assert_eq!(read_listing_key(key), Some((255, *position)));
            assert!(start <= *key && *key < end);
        }
        let (after, _) = listings_after(u128::MAX, 255, Some(keys[1].1));
        assert!(keys[1].0 < after && after < keys[2].0);
    }
}
