//! What is durable right now, asked of the store and of nobody else.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use execution::Batch;
use store::{Fault, Listing, ListingFilter, Store, Uid};

use crate::checker::Violation;
use crate::checker::walk::{Walked, walk};
use crate::workload::Machine;

/// A machine that the engine has acknowledged.
pub struct Registered {
    pub uid: u128,
    pub machine: Machine,
}

pub struct Durable<'a> {
    pub store: &'a dyn Store,
    pub machines: &'a [Registered],
}

/// A store without threads answers at once.
fn ready<T>(future: impl Future<Output = Result<T, Fault>>) -> Result<T, Violation> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(value)) => Ok(value),
        Poll::Ready(Err(fault)) => Err(Violation::new("I21", format!("a read gives a fault: {fault}"))),
        Poll::Pending => Err(Violation::new("I15", "a read waits for ever in a store without threads")),
    }
}

impl Durable<'_> {
    pub fn find(&self, machine: usize, name: &str) -> Result<Option<Uid>, Violation> {
        ready(self.store.find(self.machines[machine].uid, name))
    }

    pub fn batches(&self, execution: Uid) -> Result<Vec<Batch>, Violation> {
        let unreadable = |error| Violation::new("I21", format!("stored records cannot be read: {error}"));
        let stored = ready(self.store.history(execution, 0))?;
        stored.iter().map(|bytes| Batch::decode(bytes).map_err(unreadable)).collect()
    }

    /// The walked records of an execution; none if nothing of it is durable.
    pub fn walk(&self, execution: Uid) -> Result<Option<Walked<'_>>, Violation> {
        let batches = self.batches(execution)?;
        let Some(origin) = batches.first().and_then(Batch::origin) else { return Ok(None) };
        let Some(of) = self.machines.iter().find(|machine| machine.uid == origin.machine) else {
            return Err(Violation::new("I13", "an execution of a machine that nobody registered"));
        };
        let name = &origin.name;
        walk(&of.machine.outline, &batches).map(Some).map_err(|violation| {
            let at = format!("{} `{name}`: {}", of.machine.arn.name, violation.details);
            Violation::new(violation.promise, at)
        })
    }

    /// Every execution of a machine.
    pub fn executions(&self, machine: usize) -> Result<Vec<Listing>, Violation> {
        ready(self.store.list(self.machines[machine].uid, ListingFilter::All, None, usize::MAX))
    }
}
