//! What is recent: executions that were submitted and that the index does not have yet.
//!
//! Here: the executions, in stripes of slots so that shards do not wait for each other.
//! Not here: their names (`names`), the order of things in a commit (`core`), moving them to the index
//! (`indexer`).
//! INVARIANT: whoever changes an execution holds its stripe from the first check until the commit has its
//! position in the log. Stripes are locked in ascending order, names after executions.

use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;
use store::{Ended, Fault, Uid};

use crate::entry::Pointer;
use crate::index::{Direction, Index, execution_key, executions_of};
use crate::row::Row;

const STRIPES: usize = 64;
const SLOTS_OF_STRIPE: u16 = Uid::SLOTS / STRIPES as u16;

/// What the index has of an execution.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Indexed {
    /// How it has ended, as far as the index knows.
    pub(crate) ended: Option<Ended>,
    /// Position of the last entry that the index knows.
    pub(crate) position: u64,
}

impl Indexed {
    pub(crate) fn of(row: &Row) -> Self {
        Indexed { ended: row.ended, position: row.position() }
    }
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
    /// Position of the entry that says that it is forgotten. Nothing comes after it.
    pub(crate) gone_at: Option<u64>,
    /// The index may lack its name: while the log was read again, somebody else had it for a moment.
    pub(crate) must_be_named: bool,
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
            gone_at: None,
            must_be_named: false,
            is_noted: false,
        }
    }

    fn of_row(row: Row) -> Self {
        let indexed = Some(Indexed::of(&row));
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
        if self.is_gone(durable) {
            return None;
        }
        let newest_first = self.latest.iter().chain(self.earlier.iter().rev());
        newest_first.into_iter().find(|row| row.position() < durable)
    }

    /// Whether it is forgotten when the log is durable up to a position.
    pub(crate) fn is_gone(&self, durable: u64) -> bool {
        self.gone_at.is_some_and(|at| at < durable)
    }

    /// Takes the row after one more commit or a move.
    pub(crate) fn advance(&mut self, row: Row, durable: u64) {
        if let Some(before) = self.latest.replace(row) {
            if before.position() < durable {
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
            recent.gone_at.is_none()
                && recent.latest().map(Row::position) == recent.indexed.map(|indexed| indexed.position)
        };
        let may_go = self.executions.get(&execution).is_some_and(is_indexed);
        if may_go {
            self.executions.remove(&execution);
        } else {
            self.note(execution);
        }
        may_go
    }

    /// Lets go of an execution that the index has forgotten.
    pub(crate) fn forget(&mut self, execution: Uid) {
        self.executions.remove(&execution);
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
