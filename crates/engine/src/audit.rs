//! The auditor: compares what the store says that executions owe or await with what their shards do about
//! it, for as long as the engine runs.
//!
//! A lost wake-up is a bug, and every engine has had one. So none may rest on a single signal: what is
//! runnable or owed is derived again from state, and what nobody works on is counted and woken.
//! Here: reading open executions page by page, and the counts. Not here: the comparison (`shard/audit`).
//! INVARIANT: an execution is woken only when two audits found it idle with nothing having happened to it
//! between them, so that what is merely on its way is left alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use store::{Awaits, SlotRange, Store, Uid};

use crate::block_on::block_on;
use crate::router::Router;
use crate::shard::{Envelope, Message, Reply};

/// How often each shard is audited. Twice this is how long a lost wake-up lasts (contract I15: 5 s).
const INTERVAL: Duration = Duration::from_millis(2_000);
/// LIMIT: open executions of one shard that one audit compares.
const PAGE: usize = 5_000;

/// What all audits found since the engine started.
#[derive(Default, Debug)]
pub(crate) struct AuditCounts {
    pub(crate) compared: AtomicU64,
    pub(crate) woken: AtomicU64,
}

/// What all audits found since the engine started.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Audited {
    /// Open executions that were compared with what their shards do about them.
    pub compared: u64,
    /// Of these, how many were idle although something was owed to them or due. Each is a bug.
    pub woken: u64,
}

impl AuditCounts {
    pub(crate) fn read(&self) -> Audited {
        Audited { compared: self.compared.load(Ordering::Relaxed), woken: self.woken.load(Ordering::Relaxed) }
    }
}

/// Where the audits of one shard have come to.
pub(crate) struct Round {
    shard: usize,
    slots: SlotRange,
    after: Option<Uid>,
}

impl Round {
    pub(crate) fn new(router: &Router, shard: usize) -> Self {
        Round { shard, slots: router.slots(shard), after: None }
    }

    /// The next page of open executions, for the shard. A store that fails stops the engine elsewhere.
    pub(crate) fn next_page(&mut self, store: &dyn Store) -> Option<Envelope> {
        let page = block_on(store.open(self.slots.clone(), self.after, PAGE)).unwrap_or_default();
        self.after = page.last().filter(|_| page.len() == PAGE).map(|(last, _)| *last);
        (!page.is_empty()).then(|| envelope(page))
    }
}

fn envelope(page: Vec<(Uid, Awaits)>) -> Envelope {
    let execution = page.first().map_or(Uid::first_of(0), |(first, _)| *first);
    Envelope { execution, message: Message::Audit(page), reply: Reply::Nobody }
}

/// What the auditor's thread does until its engine stops.
pub(crate) fn run(store: &Arc<dyn Store>, router: &Arc<Router>, stopped: &Receiver<()>) {
    let mut rounds: Vec<Round> = (0..router.shards()).map(|shard| Round::new(router, shard)).collect();
    while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
        for round in &mut rounds {
            if let Some(page) = round.next_page(&**store) {
                router.send_to(round.shard, page);
            }
        }
    }
}
