//! What is recent: executions and names that were submitted and that the index does not have yet.
//!
//! Here: the executions, in stripes of slots so that shards do not wait for each other, and the names, in
//! stripes of their own because a name does not say its slot.
//! Not here: the order of things in a commit (`core`), moving them to the index (`indexer`).
//! INVARIANT: whoever changes an execution holds its stripe from the first check until the commit has its
//! position in the log. Stripes are locked in ascending order, names after executions.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;
use store::{Fault, Uid};

use crate::entry::Pointer;
use crate::index::{Direction, Index, execution_key, executions_of, name_key};
use crate::row::Row;

const STRIPES: usize = 64;
const SLOTS_OF_STRIPE: u16 = Uid::SLOTS / STRIPES as u16;

/// What the index has of an execution.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Indexed {
    /// Under which it is listed.
    pub(crate) status: u8,
    /// Position of the last commit that the index knows.
    pub(crate) position: u64,
}

/// An execution with its newest row, and older ones as long as the newest is not durable.
pub(crate) struct Recent {
    /// None only while its first commit has no position yet.
    latest: Option<Row>,
    /// Oldest first.
    earlier: Vec<Row>,
    /// What the next commit must carry, those without a position included.
    pub(crate) next_sequence: u64,
    /// Which commit of the batch at hand was the last of this execution.
    pub(crate) in_batch: Option<usize>,
    pub(crate) indexed: Option<Indexed>,
    is_noted: bool,
}

impl Recent {
    pub(crate) fn new() -> Self {
        Recent {
            latest: None,
            earlier: Vec::new(),
            next_sequence: 0,
            in_batch: None,
            indexed: None,
            is_noted: false,
        }
    }

    fn of_row(row: Row) -> Self {
        let indexed = Some(Indexed { status: row.status(), position: row.last.position });
        Recent { next_sequence: row.sequence, latest: Some(row), indexed, ..Recent::new() }
    }

    pub(crate) fn latest(&self) -> Option<&Row> {
        self.latest.as_ref()
    }

    pub(crate) fn last_pointer(&self) -> Option<Pointer> {
        self.latest.as_ref().map(|row| row.last)
    }

    /// The newest row that is durable when the log is durable up to a position.
    pub(crate) fn visible(&self, durable: u64) -> Option<&Row> {
        let newest_first = self.latest.iter().chain(self.earlier.iter().rev());
        newest_first.into_iter().find(|row| row.last.position < durable)
    }

    /// Takes the row after one more commit.
    pub(crate) fn advance(&mut self, row: Row, durable: u64) {
        if let Some(before) = self.latest.replace(row) {
            if before.last.position < durable {
                self.earlier.clear();
            }
            self.earlier.push(before);
        }
    }
}

/// The recent executions of some slots.
#[derive(Default)]
pub(crate) struct Stripe {
    pub(crate) executions: FxHashMap<Uid, Recent>,
    /// Those with something for the index.
    noted: Vec<Uid>,
    /// The highest uid of each slot: a higher one is new, and the index need not be asked.
    newest: [Option<Uid>; SLOTS_OF_STRIPE as usize],
}

impl Stripe {
    /// The execution, fetched from the index if it is not recent; none if there is no such execution.
    pub(crate) fn fetch(&mut self, execution: Uid, index: &dyn Index) -> Result<Option<&mut Recent>, Fault> {
        match self.executions.entry(execution) {
            Entry::Occupied(known) => Ok(Some(known.into_mut())),
            Entry::Vacant(place) => {
                let Some(row) = read_row(index, execution)? else { return Ok(None) };
                // Even if nothing comes of it, the next round must take it out again.
                self.noted.push(execution);
                Ok(Some(place.insert(Recent { is_noted: true, ..Recent::of_row(row) })))
            }
        }
    }

    /// Whether no execution has this uid.
    pub(crate) fn is_new(&mut self, execution: Uid, index: &dyn Index) -> Result<bool, Fault> {
        let newest = &mut self.newest[usize::from(execution.slot() % SLOTS_OF_STRIPE)];
        if newest.is_none() {
            *newest = newest_of(execution.slot(), index)?;
        }
        if newest.is_none_or(|newest| newest < execution) {
            return Ok(true);
        }
        Ok(!self.executions.contains_key(&execution) && index.get(&execution_key(execution))?.is_none())
    }

    /// Takes in an execution that is new.
    pub(crate) fn begin(&mut self, execution: Uid) -> &mut Recent {
        let newest = &mut self.newest[usize::from(execution.slot() % SLOTS_OF_STRIPE)];
        *newest = (*newest).max(Some(execution));
        self.executions.entry(execution).or_insert_with(Recent::new)
    }

    /// Lets go of an execution if the index has all of it; says whether.
    pub(crate) fn release(&mut self, execution: Uid) -> bool {
        let is_indexed = |recent: &Recent| {
            recent.last_pointer().map(|last| last.position) == recent.indexed.map(|indexed| indexed.position)
        };
        let may_go = self.executions.get(&execution).is_some_and(is_indexed);
        if may_go {
            self.executions.remove(&execution);
        } else {
            self.note(execution);
        }
        may_go
    }

    /// Remembers that the execution has something for the index.
    pub(crate) fn note(&mut self, execution: Uid) {
        if let Some(recent) = self.executions.get_mut(&execution)
            && !recent.is_noted
        {
            recent.is_noted = true;
            self.noted.push(execution);
        }
    }

    pub(crate) fn take_noted(&mut self) -> Vec<Uid> {
        let noted = std::mem::take(&mut self.noted);
        for execution in &noted {
            if let Some(recent) = self.executions.get_mut(execution) {
                recent.is_noted = false;
            }
        }
        noted
    }
}

fn newest_of(slot: u16, index: &dyn Index) -> Result<Option<Uid>, Fault> {
    let (start, end) = executions_of(slot);
    let mut newest = None;
    index.scan(&start, &end, Direction::Descending, &mut |key, _| {
        newest = key.get(1..).and_then(|uid| uid.try_into().ok()).map(Uid);
        std::ops::ControlFlow::Break(())
    })?;
    Ok(newest)
}

pub(crate) fn read_row(index: &dyn Index, execution: Uid) -> Result<Option<Row>, Fault> {
    let Some(bytes) = index.get(&execution_key(execution))? else { return Ok(None) };
    let row = Row::decode(&bytes);
    row.map(Some).ok_or_else(|| Fault::Corrupt(format!("the index row of {:x?} is unreadable", execution.0)))
}

/// The recent executions of all slots.
#[derive(Default)]
pub(crate) struct RecentExecutions {
    stripes: Vec<Mutex<Stripe>>,
}

/// The stripes that a batch needs, locked.
pub(crate) struct LockedStripes<'a> {
    guards: Vec<(usize, MutexGuard<'a, Stripe>)>,
}

impl RecentExecutions {
    pub(crate) fn new() -> Self {
        RecentExecutions { stripes: (0..STRIPES).map(|_| Mutex::default()).collect() }
    }

    fn stripe_at(&self, at: usize) -> MutexGuard<'_, Stripe> {
        self.stripes[at].lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn stripe_of(&self, execution: Uid) -> MutexGuard<'_, Stripe> {
        self.stripe_at(place_of(execution.slot()))
    }

    /// Locks the stripes of some executions.
    pub(crate) fn lock(&self, executions: impl Iterator<Item = Uid>) -> LockedStripes<'_> {
        let mut places = 0_u64;
        for execution in executions {
            places |= 1 << place_of(execution.slot());
        }
        let wanted = (0..STRIPES).filter(|place| places & 1 << place != 0);
        LockedStripes { guards: wanted.map(|place| (place, self.stripe_at(place))).collect() }
    }

    /// Locks everything, so that nobody is in the middle of a commit.
    pub(crate) fn lock_all(&self) -> LockedStripes<'_> {
        LockedStripes { guards: (0..STRIPES).map(|place| (place, self.stripe_at(place))).collect() }
    }

    /// Each stripe in turn, one at a time.
    pub(crate) fn each(&self) -> impl Iterator<Item = MutexGuard<'_, Stripe>> {
        (0..STRIPES).map(|place| self.stripe_at(place))
    }
}

impl LockedStripes<'_> {
    pub(crate) fn len(&self) -> usize {
        self.guards.iter().map(|(_, stripe)| stripe.executions.len()).sum()
    }

    pub(crate) fn of(&mut self, execution: Uid) -> &mut Stripe {
        let place = place_of(execution.slot());
        let found = self.guards.binary_search_by_key(&place, |(at, _)| *at);
        &mut self.guards[found.expect("the stripes of a batch cover its executions")].1
    }
}

/// A slot outside of the range is refused before anything is kept; it must only not be out of bounds here.
fn place_of(slot: u16) -> usize {
    usize::from(slot / SLOTS_OF_STRIPE) % STRIPES
}

type NameStripe = HashMap<u128, HashMap<Box<str>, Uid>>;

/// Names of recent executions. Users choose names, so they are hashed with a key.
pub(crate) struct RecentNames {
    hasher: RandomState,
    stripes: Vec<Mutex<NameStripe>>,
}

impl RecentNames {
    pub(crate) fn new() -> Self {
        RecentNames { hasher: RandomState::new(), stripes: (0..STRIPES).map(|_| Mutex::default()).collect() }
    }

    fn stripe_of(&self, machine: u128, name: &str) -> MutexGuard<'_, NameStripe> {
        let place = self.hasher.hash_one((machine, name)) as usize % STRIPES;
        self.stripes[place].lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut stripe = self.stripe_of(machine, name);
        let recent = stripe.get(&machine).and_then(|names| names.get(name)).copied();
        if let Some(holder) = recent.map_or_else(|| read_name(index, machine, name), |uid| Ok(Some(uid)))? {
            return Ok(NameClaim::Taken(holder));
        }
        if !may_have()? {
            return Ok(NameClaim::Refused);
        }
        stripe.entry(machine).or_default().insert(name.into(), execution);
        Ok(NameClaim::Claimed)
    }

    /// The recent holder of a name, durable or not.
    pub(crate) fn holder(&self, machine: u128, name: &str) -> Option<Uid> {
        self.stripe_of(machine, name).get(&machine)?.get(name).copied()
    }

    /// Forgets a name that the index has now.
    pub(crate) fn forget(&self, machine: u128, name: &str) {
        let mut stripe = self.stripe_of(machine, name);
        if let Some(names) = stripe.get_mut(&machine) {
            names.remove(name);
            if names.is_empty() {
                stripe.remove(&machine);
            }
        }
    }
}

pub(crate) enum NameClaim {
    Claimed,
    Taken(Uid),
    /// The name is free, but the execution must not have it.
    Refused,
}

pub(crate) fn read_name(index: &dyn Index, machine: u128, name: &str) -> Result<Option<Uid>, Fault> {
    let Some(bytes) = index.get(&name_key(machine, name))? else { return Ok(None) };
    let uid = <[u8; 16]>::try_from(&bytes[..]);
    uid.map(|uid| Some(Uid(uid))).map_err(|_| Fault::Corrupt("a name row of the index is unreadable".into()))
}
