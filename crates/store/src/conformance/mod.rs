//! The suite that every store must pass: one file for each family of promises.
//!
//! Here: the entry points and the small language that the families are written in.
//! Not here: what only one kind of store promises (torn writes, flipped bits, lost connections).
//! A broken promise is a panic that says which.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use bytes::Bytes;

use crate::commit::{Awaits, Commit, Ended, Outcome, Started};
use crate::store::{Fault, Fence, SlotRange, Store, Uid};

mod catalog;
mod durability;
mod fences;
mod forgetting;
mod histories;
mod listings;
mod loading;
mod names;
mod open;
mod order;
mod stale;

/// Every promise that can be checked without restarting. `make` gives a new, empty store each time.
pub fn run(make: impl Fn() -> Arc<dyn Store>) {
    let families: [fn(Subject); 10] = [
        order::check,
        names::check,
        stale::check,
        fences::check,
        loading::check,
        histories::check,
        open::check,
        listings::check,
        forgetting::check,
        catalog::check,
    ];
    for family in families {
        family(Subject::over(make()));
    }
}

/// The promises about what outlives a crash. `make` gives a new, empty place each time; calling the place
/// opens a store there, again and again. The suite drops a store without closing it before the next call.
pub fn run_reopening<P>(make: impl Fn() -> P)
where
    P: Fn() -> Arc<dyn Store>,
{
    durability::check(&make());
    durability::check_closing(&make());
    forgetting::check_lasting(&make());
}

/// A state machine, for all that do not care which.
pub(crate) const MACHINE: u128 = 0xa11;

/// A store with all slots claimed.
pub(crate) struct Subject {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) fence: Fence,
}

impl Subject {
    pub(crate) fn over(store: Arc<dyn Store>) -> Self {
        let fence = claim(&*store, 0..Uid::SLOTS);
        Subject { store, fence }
    }

    /// Commits a batch and waits for its outcomes.
    pub(crate) fn commit(&self, batch: Vec<Commit>) -> Vec<Outcome> {
        self.submit(batch).wait().expect("the batch is committed")
    }

    /// Commits a batch of which nothing is refused.
    pub(crate) fn keep(&self, batch: Vec<Commit>) {
        let committed = vec![Outcome::Committed; batch.len()];
        assert_eq!(self.commit(batch), committed);
    }

    /// Hands a batch over without waiting.
    pub(crate) fn submit(&self, batch: Vec<Commit>) -> Answer {
        submit(&*self.store, &self.fence, batch)
    }

    pub(crate) fn history(&self, execution: Uid) -> Vec<Bytes> {
        self.history_after(execution, 0)
    }

    pub(crate) fn history_after(&self, execution: Uid, after: u64) -> Vec<Bytes> {
        wait(self.store.history(execution, after)).expect("histories are readable")
    }

    pub(crate) fn find(&self, name: &str) -> Option<Uid> {
        wait(self.store.find(MACHINE, name)).expect("names are readable")
    }
}

pub(crate) fn claim(store: &dyn Store, slots: SlotRange) -> Fence {
    wait(store.claim(slots)).expect("slots can be claimed")
}

/// The result of a batch, to come.
pub(crate) struct Answer(mpsc::Receiver<Result<Vec<Outcome>, Fault>>);

impl Answer {
    pub(crate) fn wait(self) -> Result<Vec<Outcome>, Fault> {
        let result = self.0.recv().expect("`done` is called");
        assert!(self.0.recv().is_err(), "`done` is called once");
        result
    }
}

pub(crate) fn submit(store: &dyn Store, fence: &Fence, batch: Vec<Commit>) -> Answer {
    let (sender, receiver) = mpsc::channel();
    let done = move |result| {
        // Nobody listens any more when a family has failed already.
        let _ = sender.send(result);
    };
    store.commit(fence, batch, Box::new(done));
    Answer(receiver)
}

/// An execution of slot `slot`, started at millisecond `ms`.
pub(crate) fn uid(slot: u16, ms: i64, entropy: u64) -> Uid {
    Uid::new(slot, ms, entropy)
}

/// The first commit of an execution of `MACHINE`.
pub(crate) fn start(execution: Uid, name: &str) -> Commit {
    start_of(MACHINE, execution, name)
}

pub(crate) fn start_of(machine: u128, execution: Uid, name: &str) -> Commit {
    let started = Started {
        machine,
        name: name.into(),
        started_ms: execution.started_ms(),
        note: Bytes::from(format!("note of {name}")),
    };
    Commit { started: Some(started), ..step(execution, 0) }
}

/// A later commit, which says its number in its records.
pub(crate) fn step(execution: Uid, sequence: u64) -> Commit {
    Commit {
        execution,
        sequence,
        started: None,
        records: records(execution, sequence),
        awaits: Awaits { deadline_ms: None, owes: true },
        ended: None,
        note: None,
        checkpoint: None,
    }
}

pub(crate) fn end(execution: Uid, sequence: u64, status: u8) -> Commit {
    let ended = Ended { status, stopped_ms: execution.started_ms() + 5 };
    Commit { ended: Some(ended), awaits: Awaits::default(), ..step(execution, sequence) }
}

pub(crate) fn records(execution: Uid, sequence: u64) -> Bytes {
    Bytes::from(format!("{:x?} step {sequence}", execution.0))
}

/// What the history of an execution with so many commits must be.
pub(crate) fn steps(execution: Uid, count: u64) -> Vec<Bytes> {
    (0..count).map(|sequence| records(execution, sequence)).collect()
}

/// Runs a future on this thread; a store may finish it from another one.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}
