//! Names of executions: who holds one, and which the index cannot have.
//!
//! Here: the names that were claimed and that the index does not have yet, in stripes of their own because
//! a name does not say its slot; and a filter that spares a search of the index for nearly all new names.
//! The filter knows the names claimed since the store was opened from the first; those before it learns by
//! reading the index once, beside all other work. Until then the index is asked.
//! A filter forgets nothing: when most of what it knows is gone, it is learnt anew (`learn_again`).
//! Not here: the executions (`recent`).
//! INVARIANT: a name is claimed once, by whoever holds its stripe.

use std::hash::{BuildHasher, RandomState};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use planted::Bug;
use rustc_hash::FxHashMap;
use store::{Fault, Uid};

use crate::index::{Direction, Index, all_names, execution_key, name_key, read_name_key};
use crate::name_filter::NameFilter;

const STRIPES: usize = 64;

/// How many names are learnt before somebody may say that it is enough.
const LEARNT_AT_ONCE: usize = 1_024;

/// LIMIT: names of forgotten executions that filters may hold beside as many as twice those there are.
const STALE_NAMES_MIN: u64 = 1 << 20;

pub(crate) struct Names {
    /// Users choose names, so they are hashed with a key.
    hasher: RandomState,
    stripes: Vec<Mutex<Stripe>>,
    /// The filters know every name that the index has.
    are_learnt: AtomicBool,
    /// Names in the filters, and how many the index had when they were learnt.
    filtered: AtomicU64,
    learnt: AtomicU64,
}

#[derive(Default)]
struct Stripe {
    /// By hash. Two names of one hash are as good as never seen, and stand in one list.
    claimed: FxHashMap<u64, Vec<Claimed>>,
    filter: NameFilter,
    /// The filter that takes its place when the index has been read again.
    next_filter: Option<NameFilter>,
}

struct Claimed {
    machine: u128,
    name: Box<str>,
    execution: Uid,
    /// The execution is to be forgotten: who comes next may have the name.
    is_free: bool,
}

impl Claimed {
    fn is(&self, machine: u128, name: &str) -> bool {
        self.machine == machine && *self.name == *name
    }
}

impl Stripe {
    /// Who has or had the name lately; at most one of them has it still.
    fn holders(&self, hash: u64, machine: u128, name: &str) -> impl DoubleEndedIterator<Item = &Claimed> {
        self.claimed.get(&hash).into_iter().flatten().filter(move |claimed| claimed.is(machine, name))
    }

    fn put(&mut self, hash: u64, claimed: Claimed) {
        self.claimed.entry(hash).or_insert_with(|| Vec::with_capacity(1)).push(claimed);
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
            filtered: AtomicU64::new(0),
            learnt: AtomicU64::new(0),
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
        self.learnt.store(count as u64, Ordering::Relaxed);
        self.filtered.fetch_add(count as u64, Ordering::Relaxed);
        Ok(!is_cut)
    }

    /// Whether most of the names in the filters are of executions that are forgotten.
    pub(crate) fn are_stale(&self) -> bool {
        let filtered = self.filtered.load(Ordering::Relaxed);
        self.are_learnt.load(Ordering::Relaxed)
            && filtered > STALE_NAMES_MIN + 2 * self.learnt.load(Ordering::Relaxed)
    }

    /// Reads the names of the index into new filters, which then take the place of those there are.
    pub(crate) fn learn_again(&self, index: &dyn Index) -> Result<(), Fault> {
        let stripes =
            || self.stripes.iter().map(|stripe| stripe.lock().unwrap_or_else(PoisonError::into_inner));
        for mut stripe in stripes() {
            let mut next = NameFilter::default();
            stripe.claimed.keys().for_each(|hash| next.add(*hash));
            stripe.next_filter = Some(next);
        }
        let claimed_before = self.filtered.load(Ordering::Relaxed);
        let (start, end) = all_names();
        let mut count = 0;
        let read = index.scan(&start, &end, Direction::Ascending, &mut |key, _| {
            if let Some((machine, name)) = read_name_key(key) {
                let hash = self.hash(machine, name);
                if let Some(next) = &mut self.stripe_of(hash).next_filter {
                    next.add(hash);
                }
            }
            count += 1;
            ControlFlow::Continue(())
        });
        for mut stripe in stripes() {
            if let Some(next) = stripe.next_filter.take().filter(|_| read.is_ok()) {
                stripe.filter = next;
            }
        }
        if read.is_ok() {
            self.learnt.store(count, Ordering::Relaxed);
            self.filtered.fetch_sub(claimed_before, Ordering::Relaxed);
            self.filtered.fetch_add(count, Ordering::Relaxed);
        }
        read
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
        let holder = stripe.holders(hash, machine, name).find(|claimed| !claimed.is_free);
        if let Some(holder) = holder
            && !planted::is_on(Bug::NameInFlightIsFree)
        {
            return Ok(NameClaim::Taken(holder.execution));
        }
        let is_asked = !planted::is_on(Bug::NameInTheIndexIsFree);
        let may_be_indexed =
            is_asked && (!self.are_learnt.load(Ordering::Acquire) || stripe.filter.may_have(hash));
        if may_be_indexed && let Some(holder) = read_name(index, machine, name)? {
            let is_free = stripe.holders(hash, machine, name).any(|claimed| claimed.execution == holder);
            // A name whose next holder was lost in a crash may still say the one before, who is gone.
            if !is_free && index.get(&execution_key(holder))?.is_some() {
                return Ok(NameClaim::Taken(holder));
            }
        }
        if !may_have()? {
            return Ok(NameClaim::Refused);
        }
        stripe.put(hash, Claimed { machine, name: name.into(), execution, is_free: false });
        stripe.filter.add(hash);
        if let Some(next) = &mut stripe.next_filter {
            next.add(hash);
        }
        self.filtered.fetch_add(1, Ordering::Relaxed);
        Ok(NameClaim::Claimed)
    }

    /// Notes who has a name according to the log.
    pub(crate) fn hold(&self, machine: u128, name: &str, execution: Uid) {
        let hash = self.hash(machine, name);
        self.stripe_of(hash).put(hash, Claimed { machine, name: name.into(), execution, is_free: false });
    }

    /// Frees the name of an execution that is forgotten.
    pub(crate) fn free(&self, machine: u128, name: &str, execution: Uid) {
        let hash = self.hash(machine, name);
        let mut stripe = self.stripe_of(hash);
        let known = stripe.claimed.get_mut(&hash).into_iter().flatten();
        match known.into_iter().find(|claimed| claimed.execution == execution) {
            Some(claimed) => claimed.is_free = true,
            None => stripe.put(hash, Claimed { machine, name: name.into(), execution, is_free: true }),
        }
    }

    /// Who has or had a name lately, durable or not, the last one first.
    pub(crate) fn holders(&self, machine: u128, name: &str) -> Vec<Uid> {
        let hash = self.hash(machine, name);
        let stripe = self.stripe_of(hash);
        stripe.holders(hash, machine, name).rev().map(|claimed| claimed.execution).collect()
    }

    /// Whether somebody has the name whom the index does not know yet.
    pub(crate) fn is_held(&self, machine: u128, name: &str) -> bool {
        let hash = self.hash(machine, name);
        self.stripe_of(hash).holders(hash, machine, name).any(|claimed| !claimed.is_free)
    }

    /// Lets go of what was noted of a name: the index says now whether the execution has it.
    pub(crate) fn forget(&self, machine: u128, name: &str, execution: Uid) {
        let hash = self.hash(machine, name);
        let mut stripe = self.stripe_of(hash);
        if let Some(claimed) = stripe.claimed.get_mut(&hash) {
            claimed.retain(|claimed| claimed.execution != execution);
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
        index.apply(vec![(execution_key(Uid([7; 16])), Some(Vec::new()))]).unwrap();
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
        names.forget(1, "new", Uid([9; 16]));
        check_claim(&names, &index, "newer", false);
    }

    #[test]
    fn freed_name_can_be_claimed_before_the_index_has_let_go_of_it() {
        let (names, index) = (Names::new(), index_of(0..10));
        check_claim(&names, &index, "n3", true);
        names.free(1, "n3", Uid([7; 16]));
        assert!(!names.is_held(1, "n3"));
        check_claim(&names, &index, "n3", false);
        check_claim(&names, &index, "n3", true);
        assert_eq!(names.holders(1, "n3"), [Uid([9; 16]), Uid([7; 16])]);
        names.forget(1, "n3", Uid([7; 16]));
        assert!(names.is_held(1, "n3"));
    }

    #[test]
    fn name_of_an_execution_that_is_gone_is_free() {
        let (names, index) = (Names::new(), index_of(0..10));
        index.apply(vec![(execution_key(Uid([7; 16])), None)]).unwrap();
        check_claim(&names, &index, "n3", false);
    }

    #[test]
    fn filters_forget_what_is_gone_when_they_are_learnt_again() {
        let (names, index) = (Names::new(), index_of(0..10));
        assert!(names.learn(&index, || false).unwrap());
        let execution = Uid([9; 16]);
        for number in 0..STALE_NAMES_MIN + 20 {
            let name = format!("m{number}");
            assert!(matches!(names.claim(1, &name, execution, &index, || Ok(true)), Ok(NameClaim::Claimed)));
            names.forget(1, &name, execution);
        }
        check_claim(&names, &index, "stays", false);
        assert!(names.are_stale());
        names.learn_again(&index).unwrap();
        assert!(!names.are_stale());
        check_claim(&names, &index, "n3", true);
        check_claim(&names, &index, "stays", true);
        let rare = |number| {
            let hash = names.hash(1, &format!("m{number}"));
            names.stripe_of(hash).filter.may_have(hash)
        };
        assert!((0..1_000).filter(|number| rare(*number)).count() < 100);
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
