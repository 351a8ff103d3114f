//! Turns: so many calls are under way at once, and the others wait for as long as it takes.
//!
//! Here: who is next, and who need not wait any more. Not here: what a call does (`call`).
//! A call that waited inside of its connection would use up the time that it has for connecting, and fail for no
//! fault of the service. INVARIANT: calls begin in the order in which they came.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::rc::Rc;

use tokio::sync::Notify;

/// Cheap to clone; the clones are one.
pub(crate) struct Turns<K, C>(Rc<Inner<K, C>>);

struct Inner<K, C> {
    /// LIMIT: calls under way.
    most: usize,
    under_way: Cell<usize>,
    /// LIMIT: each is a task of an execution that is open, and of those there is a quota.
    waiting: RefCell<Waiting<K, C>>,
    freed: Notify,
}

struct Waiting<K, C> {
    calls: HashMap<K, C>,
    order: VecDeque<K>,
}

/// A call that is under way until this is dropped, however it ends.
pub(crate) struct Turn<K, C>(Rc<Inner<K, C>>);

impl<K: Eq + Hash + Clone, C> Turns<K, C> {
    pub(crate) fn new(most: usize) -> Self {
        let waiting = RefCell::new(Waiting { calls: HashMap::new(), order: VecDeque::new() });
        Turns(Rc::new(Inner { most, under_way: Cell::new(0), waiting, freed: Notify::new() }))
    }

    pub(crate) fn wait(&self, key: K, call: C) {
        let mut waiting = self.0.waiting.borrow_mut();
        waiting.order.push_back(key.clone());
        waiting.calls.insert(key, call);
    }

    /// Nobody wants this call any more, should it wait.
    pub(crate) fn forget(&self, key: &K) {
        self.0.waiting.borrow_mut().calls.remove(key);
    }

    /// The call whose turn it is.
    pub(crate) fn next(&self) -> Option<(C, Turn<K, C>)> {
        if self.0.under_way.get() >= self.0.most {
            return None;
        }
        let mut waiting = self.0.waiting.borrow_mut();
        while let Some(key) = waiting.order.pop_front() {
            if let Some(call) = waiting.calls.remove(&key) {
                self.0.under_way.set(self.0.under_way.get() + 1);
                return Some((call, Turn(Rc::clone(&self.0))));
            }
        }
        None
    }

    /// A call has ended since this was asked for the last time.
    pub(crate) async fn freed(&self) {
        self.0.freed.notified().await;
    }
}

impl<K, C> Drop for Turn<K, C> {
    fn drop(&mut self) {
        self.0.under_way.set(self.0.under_way.get() - 1);
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next<K: Eq + Hash + Clone, C>(turns: &Turns<K, C>) -> Option<C> {
        turns.next().map(|(call, turn)| {
            // Under way for the rest of the test.
            std::mem::forget(turn);
            call
        })
    }

    #[test]
    fn calls_begin_in_their_order_and_no_more_than_may() {
        let turns = Turns::new(2);
        (0..4).for_each(|key| turns.wait(key, key * 10));
        let (first, turn) = turns.next().unwrap();
        assert_eq!((first, next(&turns), next(&turns)), (0, Some(10), None));
        drop(turn);
        assert_eq!((next(&turns), next(&turns)), (Some(20), None));
    }

    #[test]
    fn what_nobody_wants_any_more_never_begins() {
        let turns = Turns::new(8);
        (0..3).for_each(|key| turns.wait(key, key));
        turns.forget(&0);
        turns.forget(&1);
        turns.forget(&7);
        assert_eq!((next(&turns), next(&turns)), (Some(2), None));
        assert!(turns.0.waiting.borrow().calls.is_empty());
    }

    #[test]
    fn end_of_a_call_wakes_whoever_begins_the_next() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let turns = Turns::new(1);
            turns.wait(1, "one");
            let (_, turn) = turns.next().unwrap();
            drop(turn);
            turns.freed().await;
        });
    }
}
