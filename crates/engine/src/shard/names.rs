//! Names of the executions that a shard has in memory.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use store::Uid;

#[derive(Default)]
pub(crate) struct Names(FxHashMap<(u128, Arc<str>), Uid>);

impl Names {
    pub(crate) fn find(&self, machine: u128, name: &Arc<str>) -> Option<Uid> {
        self.0.get(&(machine, Arc::clone(name))).copied()
    }

    /// The first one keeps the name: when two starts of one name are in flight, the store refuses the
    /// second.
    pub(crate) fn insert(&mut self, machine: u128, name: &Arc<str>, execution: Uid) {
        self.0.entry((machine, Arc::clone(name))).or_insert(execution);
    }

    /// Forgets a name, unless another execution has it now.
    pub(crate) fn remove(&mut self, machine: u128, name: &Arc<str>, execution: Uid) {
        let key = (machine, Arc::clone(name));
        if self.0.get(&key) == Some(&execution) {
            self.0.remove(&key);
        }
    }
}
