//! A lane: what waits for one place, brought there batch after batch by a task of its own.
//!
//! Here: the bounds on what waits, batches, attempts and the pauses between them, the end.
//! Not here: how a batch is brought (`Carrier`).
//! INVARIANT: whoever offers never waits. What finds no room, or is not taken after all attempts, is dropped
//! and counted.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::budget::{Budget, Permit};
use crate::sink::Sink;

/// LIMIT: how often a batch is brought before it is dropped: about two minutes.
const ATTEMPTS_MAX: u32 = 8;
/// LIMIT: pauses between attempts: they double from the first to the last.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// A lane without work ends, so that places which are gone cost nothing.
const IDLE: Duration = Duration::from_secs(600);
/// What waits costs this much beside its own bytes.
const OVERHEAD_BYTES: usize = 96;

/// Brings batches to a place.
pub(crate) trait Carrier: 'static {
    type Item: 'static;
    const BOUNDS: Bounds;

    /// Brings the items, in their order. What was taken is gone from `items`; an error says why the rest is
    /// still there.
    async fn carry(&mut self, items: &mut Vec<Self::Item>) -> Result<(), String>;
}

/// LIMIT: what one batch may have, by the bounds of the service that takes it.
pub(crate) struct Bounds {
    pub(crate) items: usize,
    pub(crate) bytes: usize,
    /// What the service counts for each item beside its bytes.
    pub(crate) bytes_each: usize,
    /// How long the first of a batch waits for others.
    pub(crate) gather: Duration,
}

struct Waiting<T> {
    item: T,
    bytes: usize,
    _permit: Permit,
}

/// The way into a lane.
pub(crate) struct Lane<T> {
    queue: UnboundedSender<Waiting<T>>,
    budget: Arc<Budget>,
}

/// What all lanes are told, and where their tasks are waited for.
pub(crate) struct Lanes {
    tasks: JoinSet<()>,
    closing: watch::Sender<bool>,
}

impl<T> Lane<T> {
    /// False where there is no room: then it is dropped, and not counted here.
    pub(crate) fn offer(&self, item: T, bytes: usize) -> bool {
        let Some(permit) = self.budget.take(bytes + OVERHEAD_BYTES) else { return false };
        self.queue.send(Waiting { item, bytes, _permit: permit }).is_ok()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.budget.is_spent()
    }

    /// Its task has ended for want of work.
    pub(crate) fn is_over(&self) -> bool {
        self.queue.is_closed()
    }
}

impl Lanes {
    pub(crate) fn new() -> Lanes {
        Lanes { tasks: JoinSet::new(), closing: watch::Sender::new(false) }
    }

    /// Inside a `LocalSet`.
    pub(crate) fn open<C: Carrier>(
        &mut self,
        carrier: C,
        budget: Arc<Budget>,
        sink: Arc<Sink>,
    ) -> Lane<C::Item> {
        // Lanes that ended for want of work are let go of here.
        while self.tasks.try_join_next().is_some() {}
        let (queue, waiting) = unbounded_channel();
        let closing = self.closing.subscribe();
        self.tasks.spawn_local(async move {
            Run { carrier, waiting, next: None, sink, closing }.run().await;
        });
        Lane { queue, budget }
    }

    /// Waits until everything is brought that can be: whoever holds a `Lane` has dropped it before. Nothing is
    /// attempted again after a failure.
    pub(crate) async fn close(mut self) {
        self.closing.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

struct Run<C: Carrier> {
    carrier: C,
    waiting: UnboundedReceiver<Waiting<C::Item>>,
    /// It had no room in the batch before.
    next: Option<Waiting<C::Item>>,
    sink: Arc<Sink>,
    closing: watch::Receiver<bool>,
}

impl<C: Carrier> Run<C> {
    async fn run(mut self) {
        while let Some((items, permits)) = self.batch().await {
            self.bring(items).await;
            drop(permits);
        }
    }

    /// None when nothing comes any more.
    async fn batch(&mut self) -> Option<(Vec<C::Item>, Vec<Permit>)> {
        if self.next.is_none() {
            self.next = timeout(IDLE, self.waiting.recv()).await.ok().flatten();
            if self.next.is_some() && !*self.closing.borrow() {
                sleep(C::BOUNDS.gather).await;
            }
        }
        let (mut items, mut permits, mut bytes) = (Vec::new(), Vec::new(), 0);
        while let Some(one) = self.next.take().or_else(|| self.waiting.try_recv().ok()) {
            let size = one.bytes + C::BOUNDS.bytes_each;
            let has_room = items.len() < C::BOUNDS.items && bytes + size <= C::BOUNDS.bytes;
            if !has_room && !items.is_empty() {
                self.next = Some(one);
                break;
            }
            bytes += size;
            items.push(one.item);
            permits.push(one._permit);
        }
        (!items.is_empty()).then_some((items, permits))
    }

    async fn bring(&mut self, mut items: Vec<C::Item>) {
        let mut pause = PAUSE_FIRST;
        for attempt in 1.. {
            let before = items.len();
            let brought = self.carrier.carry(&mut items).await;
            self.sink.delivered(before - items.len());
            let Err(why) = brought else { return };
            if attempt == ATTEMPTS_MAX || *self.closing.borrow() {
                self.sink.dropped(items.len());
                return self.sink.trouble(&why);
            }
            self.sink.trouble(&why);
            // The end of the server ends the pause, too. An error means that the sender is gone.
            let _ = timeout(pause, self.closing.wait_for(|closing| *closing)).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}

#[cfg(test)]
mod tests;
