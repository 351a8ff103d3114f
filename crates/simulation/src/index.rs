//! An index that may lose its newest changes at a crash, but only from the end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use store::Fault;
use store_disk::{Direction, Index, IndexChange, MemoryIndex, Visit};

use crate::random::Random;

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// A handle; all handles of one index share it.
#[derive(Clone, Default)]
pub struct SimulatedIndex(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// As of the last `persist`.
    persisted: Rows,
    /// Since then, oldest first.
    applied: Vec<Vec<IndexChange>>,
    now: Arc<MemoryIndex>,
}

impl SimulatedIndex {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A power cut: some of the newest changes are gone, and now and then the whole index is.
    pub fn lose_some(&self, random: &mut Random) -> Result<(), Fault> {
        let mut state = self.state();
        if random.percent(10) {
            *state = State::default();
            return Ok(());
        }
        // Its disk may have been quicker than the log's.
        let all = state.applied.len();
        let kept = if random.percent(40) { all } else { random.below(all + 1) };
        state.applied.truncate(kept);
        state.now = Arc::default();
        let rows = state.persisted.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        state.now.apply(rows)?;
        state.applied.iter().try_for_each(|changes| state.now.apply(changes.clone()))
    }
}

impl Index for SimulatedIndex {
    fn apply(&self, changes: Vec<IndexChange>) -> Result<(), Fault> {
        let mut state = self.state();
        state.applied.push(changes.clone());
        state.now.apply(changes)
    }

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, Fault> {
        self.state().now.get(key)
    }

    fn scan(&self, start: &[u8], end: &[u8], direction: Direction, visit: Visit<'_>) -> Result<(), Fault> {
        // Without the lock, so that a visitor may look something up.
        let now = Arc::clone(&self.state().now);
        now.scan(start, end, direction, visit)
    }

    fn persist(&self) -> Result<(), Fault> {
        let mut state = self.state();
        for (key, value) in std::mem::take(&mut state.applied).into_iter().flatten() {
            match value {
                Some(value) => drop(state.persisted.insert(key, value)),
                None => drop(state.persisted.remove(&key)),
            }
        }
        Ok(())
    }
}
