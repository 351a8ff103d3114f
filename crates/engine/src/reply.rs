//! The way back: answers reach the thread that asked, all answers of one commit for one thread together.
//!
//! Each asking thread has one `ReplyQueue`. Whoever lets a commit out puts all answers for a queue into
//! it under one lock and wakes its thread once; the thread hands them to the futures that wait.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::Notify;

use crate::shard::Answer;

/// Answers on their way to one thread.
#[derive(Default)]
pub struct ReplyQueue {
    waiting: Mutex<Vec<(Ticket, Answer)>>,
    arrived: Notify,
}

/// Which question of a thread an answer belongs to. A ticket is never used twice.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ticket {
    slot: u32,
    generation: u32,
}

/// Where an answer goes.
#[derive(Clone)]
pub struct ReplyTo {
    pub(crate) queue: Arc<ReplyQueue>,
    pub(crate) ticket: Ticket,
}

impl std::fmt::Debug for ReplyTo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.ticket.fmt(f)
    }
}

impl ReplyQueue {
    /// Puts answers in and wakes the thread.
    pub fn deliver(&self, answers: impl IntoIterator<Item = (Ticket, Answer)>) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).extend(answers);
        self.arrived.notify_one();
    }

    /// Takes what has arrived.
    pub fn take(&self) -> Vec<(Ticket, Answer)> {
        std::mem::take(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) async fn arrived(&self) {
        self.arrived.notified().await;
    }
}

/// A queue and what goes into it.
type ForQueue = (Arc<ReplyQueue>, Vec<(Ticket, Answer)>);

/// Delivers answers, those for one queue together.
pub(crate) fn deliver_all(answers: Vec<(ReplyTo, Answer)>) {
    let mut by_queue: Vec<ForQueue> = Vec::new();
    for (to, answer) in answers {
        // Few threads ask, so a scan beats a map.
        match by_queue.iter_mut().find(|(queue, _)| Arc::ptr_eq(queue, &to.queue)) {
            Some((_, answers)) => answers.push((to.ticket, answer)),
            None => by_queue.push((to.queue, vec![(to.ticket, answer)])),
        }
    }
    for (queue, answers) in by_queue {
        queue.deliver(answers);
    }
}

/// The questions of one thread that are not answered yet.
#[derive(Default)]
pub(crate) struct Questions {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

#[derive(Default)]
struct Slot {
    generation: u32,
    waker: Option<Waker>,
    answer: Option<Answer>,
}

impl Questions {
    pub(crate) fn ask(&mut self) -> Ticket {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            (self.slots.len() - 1) as u32
        });
        Ticket { slot, generation: self.slots[slot as usize].generation }
    }

    /// Hands an answer to the future that waits for it. One that nobody waits for any more is dropped.
    pub(crate) fn answer(&mut self, ticket: Ticket, answer: Answer) {
        let slot = &mut self.slots[ticket.slot as usize];
        if slot.generation == ticket.generation {
            slot.answer = Some(answer);
            if let Some(waker) = slot.waker.take() {
                waker.wake();
            }
        }
    }

    fn close(&mut self, ticket: Ticket) {
        let slot = &mut self.slots[ticket.slot as usize];
        *slot = Slot { generation: slot.generation.wrapping_add(1), ..Slot::default() };
        self.free.push(ticket.slot);
    }
}

/// Waits for the answer to one question.
pub(crate) struct Pending {
    pub(crate) questions: Rc<RefCell<Questions>>,
    pub(crate) ticket: Ticket,
}

impl Future for Pending {
    type Output = Answer;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer> {
        let mut questions = self.questions.borrow_mut();
        let slot = &mut questions.slots[self.ticket.slot as usize];
        match slot.answer.take() {
            Some(answer) => Poll::Ready(answer),
            None => {
                slot.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.questions.borrow_mut().close(self.ticket);
    }
}
