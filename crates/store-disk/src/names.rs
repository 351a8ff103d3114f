//! Names of executions: who holds one, and which the index cannot have.
//!
//! Here: the names that were claimed and that the index does not have yet, in stripes of their own because
//! a name does not say its slot; and a filter that spares a search of the index for nearly all new names.
//! The filter knows the names claimed since the store was opened from the first; those before it learns by
//! reading the index once, beside all other work. Until then the index is asked.
//! Not here: the executions (`recent`).
//! INVARIANT: a name is claimed once, by whoever holds its stripe.

use std::hash::{BuildHasher, RandomState};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use planted::Bug;
use rustc_hash::FxHashMap;
use store::{Fault, Uid};

use crate::index::{Direction, Index, all_names, name_key, read_name_key};
use crate::name_filter::NameFilter;

const STRIPES: usize = 64;

/// How many names are learnt before somebody may say that it is enough.
const LEARNT_AT_ONCE: usize = 1_024;

pub(crate) struct Names {
    /// Users choose names, so they are hashed with a key.
    hasher: RandomState,
    stripes: Vec<Mutex<Stripe>>,
    /// The filters know every name that the index has.
    are_learnt: AtomicBool,
}

#[derive(Default)]
struct Stripe {
    /// By hash. Two names of one hash are as good as never seen, and stand in one list.
    claimed: FxHashMap<u64, Vec<Claimed>>,
    filter: NameFilter,
}

struct Claimed {
    machine: u128,
    name: Box<str>,
    execution: Uid,
}

impl Claimed {
    fn is(&self, machine: u128, name: &str) -> bool {
        self.machine == machine && *self.name == *name
    }
}

impl Stripe {
    fn holder(&self, hash: u64, machine: u128, name: &str) -> Option<Uid> {
        let claimed = self.claimed.get(&hash)?.iter().find(|claimed| claimed.is(machine, name))?;
        Some(claimed.execution)
    }
}

pub(crate) enum NameClaim {
    Claimed,
    Taken(Uid),
    /// The name is free, but the execution must not have it.
    Refused,
}

impl Names {
    pub(crate) fn new() -> Self {
        Names {
            hasher: RandomState::new(),
            stripes: (0..STRIPES).map(|_| Mutex::default()).collect(),
            are_learnt: AtomicBool::new(false),
        }
    }

    fn hash(&self, machine: u128, name: &str) -> u64 {
        self.hasher.hash_one((machine, name))
    }

    fn stripe_of(&self, hash: u64) -> MutexGuard<'_, Stripe> {
        // The highest bits: the filter takes the others.
        let place = (hash >> 58) as usize % STRIPES;
        self.stripes[place].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the names that the index has, until `is_enough`. False if there was no time for all of them.
    pub(crate) fn learn(&self, index: &dyn Index, is_enough: impl Fn() -> bool) -> Result<bool, Fault> {
        let (start, end) = all_names();
        let mut count = 0;
        let mut is_cut = false;
        index.scan(&start, &end, Direction::Ascending, &mut |key, _| {
            if let Some((machine, name)) = read_name_key(key) {
                let hash = self.hash(machine, name);
                self.stripe_of(hash).filter.add(hash);
            }
            count += 1;
            is_cut = count % LEARNT_AT_ONCE == 0 && is_enough();
            if is_cut { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        self.are_learnt.store(!is_cut, Ordering::Release);
        Ok(!is_cut)
    }

    /// Claims a name for an execution if `may_have` agrees. The holder, if the name is taken.
    pub(crate) fn claim(
        &self,
        machine: u128,
        name: &str,
        execution: Uid,
        index: &dyn Index,
        may_have: impl FnOnce() -> Result<bool, Fault>,
    ) -> Result<NameClaim, Fault> {
        let hash = self.hash(machine, name);
        let mut stripe = self.stripe_of(hash);
        if let Some(holder) = stripe.holder(hash, machine, name)
            && !planted::is_on(Bug::NameInFlightIsFree)
        {
            return Ok(NameClaim::Taken(holder));
        }
        let is_asked = !planted::is_on(Bug::NameInTheIndexIsFree);
        let may_be_indexed =
            is_asked && (!self.are_learnt.load(Ordering::Acquire) || stripe.filter.may_have(hash));
        if may_be_indexed && let Some(holder) = read_name(index, machine, name)? {
            return Ok(NameClaim::Taken(holder));
        }
        if !may_have()? {
            return Ok(NameClaim::Refused);
        }
        let claimed = stripe.claimed.entry(hash).or_insert_with(|| Vec::with_capacity(1));
        claimed.push(Claimed { machine, name: name.into(), execution });
        stripe.filter.add(hash);
        Ok(NameClaim::Claimed)
    }

    /// The recent holder of a name, durable or not.
    pub(crate) fn holder(&self, machine: u128, name: &str) -> Option<Uid> {
        let hash = self.hash(machine, name);
        self.stripe_of(hash).holder(hash, machine, name)
    }

    /// Forgets a name that the index has now.
    pub(crate) fn forget(&self, machine: u128, name: &str) {
        let hash = self.hash(machine, name);
        let mut stripe = self.stripe_of(hash);
        if let Some(claimed) = stripe.claimed.get_mut(&hash) {
            claimed.retain(|claimed| !claimed.is(machine, name));
            if claimed.is_empty() {
                stripe.claimed.remove(&hash);
            }
        }
    }
}

pub(crate) fn read_name(index: &dyn Index, machine: u128, name: &str) -> Result<Option<Uid>, Fault> {
    let Some(bytes) = index.get(&name_key(machine, name))? else { return Ok(None) };
    let uid = <[u8; 16]>::try_from(&bytes[..]);
    uid.map(|uid| Some(Uid(uid))).map_err(|_| Fault::Corrupt("a name row of the index is unreadable".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{IndexChange, MemoryIndex, Visit};

    /// An index that can be scanned and must not be searched.
    struct Unasked(MemoryIndex);

    impl Index for Unasked {
        fn apply(&self, changes: Vec<IndexChange>) -> Result<(), Fault> {
            self.0.apply(changes)
        }

        fn get(&self, _: &[u8]) -> Result<Option<bytes::Bytes>, Fault> {
            panic!("the filter knows better")
        }

        fn scan(&self, start: &[u8], end: &[u8], way: Direction, visit: Visit<'_>) -> Result<(), Fault> {
            self.0.scan(start, end, way, visit)
        }

        fn persist(&self) -> Result<(), Fault> {
            self.0.persist()
        }
    }

    fn index_of(names: std::ops::Range<u32>) -> MemoryIndex {
        let index = MemoryIndex::default();
        let row = |number: u32| (name_key(1, &format!("n{number}")), Some([7; 16].to_vec()));
        index.apply(names.map(row).collect()).unwrap();
        index
    }

    fn check_claim(names: &Names, index: &dyn Index, name: &str, is_taken: bool) {
        let claim = names.claim(1, name, Uid([9; 16]), index, || Ok(true)).unwrap();
        assert_eq!(matches!(claim, NameClaim::Taken(_)), is_taken, "{name}");
    }

    #[test]
    fn name_of_the_index_is_taken_before_and_after_it_is_learnt() {
        let (names, index) = (Names::new(), index_of(0..10));
        check_claim(&names, &index, "n3", true);
        assert!(names.learn(&index, || false).unwrap());
        check_claim(&names, &index, "n3", true);
        check_claim(&names, &index, "n10", false);
        check_claim(&names, &index, "n10", true);
    }

    #[test]
    fn index_is_not_searched_for_a_new_name_once_all_are_learnt() {
        let (names, index) = (Names::new(), Unasked(MemoryIndex::default()));
        assert!(names.learn(&index, || false).unwrap());
        check_claim(&names, &index, "new", false);
        names.forget(1, "new");
        check_claim(&names, &index, "newer", false);
    }

    #[test]
    fn learning_that_was_cut_short_rules_nothing_out() {
        let (names, index) = (Names::new(), index_of(0..3_000));
        assert!(!names.learn(&index, || true).unwrap());
        for number in 0..3_000 {
            check_claim(&names, &index, &format!("n{number}"), true);
        }
    }
}
