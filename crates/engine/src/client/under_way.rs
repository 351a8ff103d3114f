//! What this thread has under way, and whether more is let in.
//!
//! Here: counting by shard and lane, on this thread alone, so that nothing is written that other threads read.
//! Not here: the bounds (`admission`).
//! INVARIANT: a call counts until its answer is here or its caller is gone.

use std::cell::Cell;
use std::rc::Rc;

use store::Uid;

use super::Client;
use crate::admission::{Admission, Refusable};

/// LIMIT: lists and searches of one thread that may read or wait to read at one time.
const LISTS_MAX: usize = 64;

/// Calls of one thread.
pub(super) struct UnderWay {
    shards: Vec<Rc<Cell<usize>>>,
    lanes: Vec<Rc<Cell<usize>>>,
    lists: Rc<Cell<usize>>,
}

/// A call that counts until this is dropped.
pub(super) struct Counted(Rc<Cell<usize>>);

/// There is too much to do.
#[derive(Debug)]
pub(super) struct Throttled;

impl UnderWay {
    /// As many lanes as shards.
    pub(super) fn new(shards: usize) -> UnderWay {
        let new = || (0..shards).map(|_| Rc::default()).collect();
        UnderWay { shards: new(), lanes: new(), lists: Rc::default() }
    }
}

impl Counted {
    fn one_more(count: &Rc<Cell<usize>>) -> Counted {
        count.set(count.get() + 1);
        Counted(Rc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Client {
    /// Counts a call that is never refused.
    pub(super) fn count(&self, execution: Uid) -> Counted {
        Counted::one_more(self.place_of(execution).1)
    }

    /// Counts a call, or refuses it.
    pub(super) fn admit(&self, call: Refusable, execution: Uid) -> Result<Counted, Throttled> {
        let (admission, under_way) = self.place_of(execution);
        if admission.admits(call, under_way.get(), self.0.shared.admissions.threads()) {
            return Ok(Counted::one_more(under_way));
        }
        admission.refused(call);
        Err(Throttled)
    }

    /// A worker's poll: not refused by one shard, for nobody knows whose task it will be given, but when all of them
    /// have too much to do.
    pub(super) fn admit_poll(&self) -> Result<(), Throttled> {
        self.admit_anywhere(Refusable::Poll)
    }

    /// A list or a search: it looks at all shards.
    pub(super) fn admit_list(&self) -> Result<Counted, Throttled> {
        let lists = &self.0.under_way.lists;
        if lists.get() >= LISTS_MAX {
            self.0.shared.admissions.shards[0].refused(Refusable::List);
            return Err(Throttled);
        }
        self.admit_anywhere(Refusable::List)?;
        Ok(Counted::one_more(lists))
    }

    /// Refused when no shard would let one more such call in.
    fn admit_anywhere(&self, call: Refusable) -> Result<(), Throttled> {
        let admissions = &self.0.shared.admissions;
        let mut places = admissions.shards.iter().zip(&self.0.under_way.shards);
        let threads = admissions.threads();
        if places.any(|(admission, under_way)| admission.admits(call, under_way.get(), threads)) {
            return Ok(());
        }
        admissions.shards[0].refused(call);
        Err(Throttled)
    }

    fn place_of(&self, execution: Uid) -> (&Admission, &Rc<Cell<usize>>) {
        let (shared, under_way) = (&self.0.shared, &self.0.under_way);
        if execution.is_express() {
            let lane = shared.router.lane_of(execution);
            (&shared.admissions.lanes[lane], &under_way.lanes[lane])
        } else {
            let shard = shared.router.shard_of(execution);
            (&shared.admissions.shards[shard], &under_way.shards[shard])
        }
    }
}
