//! What is durable right now, asked of the store and of nobody else.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use asl::arn::StateMachineArn;
use execution::Batch;
use store::{Fault, Listing, ListingFilter, Store, Uid};

use crate::checker::Violation;
use crate::checker::walk::{Clockwork, Walked, walk};
use crate::workload::Machine;

/// A machine that the engine has acknowledged: one incarnation of its ARN.
pub struct Registered {
    pub uid: u128,
    pub arn: StateMachineArn,
    /// By number; the last one is current.
    pub revisions: BTreeMap<u32, Machine>,
    /// Which revision each version is of.
    pub versions: BTreeMap<u64, u32>,
    /// The versions that the alias routes to, if there is one.
    pub alias: Option<Vec<u64>>,
    pub is_deleting: bool,
    /// A change was asked for and not acknowledged: it may be there or not.
    pub is_changing: bool,
}

impl Registered {
    pub fn current(&self) -> (u32, &Machine) {
        let (number, machine) = self.revisions.last_key_value().expect("a machine has a revision");
        (*number, machine)
    }
}

pub struct Durable<'a> {
    pub store: &'a dyn Store,
    pub machines: &'a [Registered],
    pub clockwork: &'a Clockwork,
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
        // The mark of an Express execution has no records.
        stored
            .iter()
            .filter(|bytes| !(execution.is_express() && bytes.is_empty()))
            .map(|bytes| Batch::decode(bytes).map_err(unreadable))
            .collect()
    }

    /// The walked records of an execution; none if nothing of it is durable.
    pub fn walk(&self, execution: Uid) -> Result<Option<Walked<'_>>, Violation> {
        self.walk_records(&self.batches(execution)?)
    }

    /// The walked records of an execution, wherever they are from.
    pub fn walk_records(&self, batches: &[Batch]) -> Result<Option<Walked<'_>>, Violation> {
        let Some(origin) = batches.first().and_then(Batch::origin) else { return Ok(None) };
        let Some(of) = self.machines.iter().find(|machine| machine.uid == origin.machine) else {
            return Err(Violation::new("I13", "an execution of a machine that nobody registered"));
        };
        let name = &origin.name;
        let unknown = || Violation::new("I13", format!("`{name}` runs on a revision that never was"));
        let machine = of.revisions.get(&origin.revision).ok_or_else(unknown)?;
        walk(&machine.outline, batches, self.clockwork).map(Some).map_err(|violation| {
            let at = format!("{} `{name}`: {}", of.arn.name, violation.details);
            Violation::new(violation.promise, at)
        })
    }

    pub fn listing(&self, execution: Uid) -> Result<Option<Listing>, Violation> {
        ready(self.store.listing(execution))
    }

    /// Every execution of a machine.
    pub fn executions(&self, machine: usize) -> Result<Vec<Listing>, Violation> {
        ready(self.store.list(self.machines[machine].uid, ListingFilter::All, None, usize::MAX))
    }
}
