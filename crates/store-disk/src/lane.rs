//! The lane: batches of all shards on their way to the disk, many in one write and one sync.
//!
//! Here: the buffer that collects while another is being written, the answers that ride with each, the
//! durable mark, and the states closed and poisoned.
//! Not here: what stands in the buffer (`entry`), the writing (`log`), who turns the wheel (`threads`, tests).
//! No timer: a group is whatever came in while the one before was being written.
//! INVARIANT: answers are given in the order in which their batches were handed over.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use store::{Done, Fault, OnFailure, Outcome};

use crate::frame::{self, HEADER};
use crate::recover::Mark;

/// A buffer that grew beyond this is not kept.
const SPARE_BYTES_MAX: usize = 16 << 20;

pub(crate) type BatchResult = Result<Vec<Outcome>, Fault>;

/// What is called when a group is durable.
pub(crate) struct Answer {
    pub(crate) done: Done,
    pub(crate) result: BatchResult,
}

impl Answer {
    pub(crate) fn give(self, fault: Option<&Fault>) {
        (self.done)(fault.map_or(self.result, |fault| Err(fault.clone())));
    }
}

/// What is written together: a frame in the making, and who waits for it.
pub(crate) struct Group {
    pub(crate) buffer: Vec<u8>,
    answers: Vec<Answer>,
}

impl Default for Group {
    fn default() -> Self {
        let mut buffer = Vec::new();
        frame::clear(&mut buffer);
        Group { buffer, answers: Vec::new() }
    }
}

impl Group {
    pub(crate) fn has_bytes(&self) -> bool {
        self.buffer.len() > HEADER
    }
}

pub(crate) struct Lane {
    queue: Mutex<Queue>,
    /// Something is pending, or the lane is closed.
    submitted: Condvar,
    /// There may be room again.
    freed: Condvar,
    /// Where the durable part of the log ends: what stands before it can be read.
    durable: AtomicU64,
    poison: OnceLock<String>,
    on_failure: OnceLock<OnFailure>,
}

struct Queue {
    pending: Group,
    /// The position at which the pending frame will begin.
    base: u64,
    spare: Option<Group>,
    mark: Mark,
    is_closed: bool,
    /// Who waits for room; nearly always nobody, and then nobody is woken.
    waiting_for_room: usize,
}

impl Lane {
    pub(crate) fn after(mark: Mark) -> Self {
        let queue = Queue {
            pending: Group::default(),
            base: mark.end,
            spare: Some(Group::default()),
            mark,
            is_closed: false,
            waiting_for_room: 0,
        };
        Lane {
            queue: Mutex::new(queue),
            submitted: Condvar::new(),
            freed: Condvar::new(),
            durable: AtomicU64::new(mark.end),
            poison: OnceLock::new(),
            on_failure: OnceLock::new(),
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn durable(&self) -> u64 {
        self.durable.load(Ordering::Acquire)
    }

    pub(crate) fn mark(&self) -> Mark {
        self.queue().mark
    }

    /// Nothing is accepted any more: all that is pending and all that comes gets this fault.
    pub(crate) fn poison(&self, fault: &Fault) {
        let reason = match fault {
            Fault::Poisoned(reason) => reason.clone(),
            other => other.to_string(),
        };
        // The first reason is the one that explains.
        if self.poison.set(reason).is_ok()
            && let (Some(tell), Some(fault)) = (self.on_failure.get(), self.fault())
        {
            tell(&fault);
        }
        self.free();
    }

    /// Whom to tell when the lane is poisoned: the first who asks.
    pub(crate) fn on_failure(&self, tell: OnFailure) {
        // One engine owns a store.
        let _ = self.on_failure.set(tell);
    }

    pub(crate) fn fault(&self) -> Option<Fault> {
        self.poison.get().map(|reason| Fault::Poisoned(reason.clone()))
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.queue().is_closed
    }

    /// Blocks while more is under way than the bounds allow. They are soft: who has passed may go on.
    pub(crate) fn wait_for_room(&self, pending_bytes_max: usize, is_index_behind: impl Fn() -> bool) {
        let mut queue = self.queue();
        while (queue.pending.buffer.len() > pending_bytes_max || is_index_behind())
            && !queue.is_closed
            && self.poison.get().is_none()
        {
            queue.waiting_for_room += 1;
            queue = self.freed.wait(queue).unwrap_or_else(PoisonError::into_inner);
            queue.waiting_for_room -= 1;
        }
    }

    /// What `wait_for_room` waits for may have changed.
    pub(crate) fn free(&self) {
        // With the lock, so that nobody is between looking and waiting.
        let queue = self.queue();
        if queue.waiting_for_room > 0 {
            self.freed.notify_all();
        }
    }

    /// Adds to the pending group. `write` gets its buffer and the position of the buffer's first byte. The
    /// answer comes back if the lane is closed: then the caller gives it.
    pub(crate) fn submit<T>(
        &self,
        done: Done,
        write: impl FnOnce(&mut Vec<u8>, u64) -> (T, BatchResult),
    ) -> Result<T, Answer> {
        let mut queue = self.queue();
        if queue.is_closed {
            return Err(Answer { done, result: Err(closed()) });
        }
        let base = queue.base;
        let (value, result) = write(&mut queue.pending.buffer, base);
        let was_idle = queue.pending.answers.is_empty();
        queue.pending.answers.push(Answer { done, result });
        drop(queue);
        if was_idle {
            self.submitted.notify_one();
        }
        Ok(value)
    }

    /// The next group, if there is one.
    pub(crate) fn take(&self) -> Option<Group> {
        let mut queue = self.queue();
        if queue.pending.answers.is_empty() {
            return None;
        }
        let empty = queue.spare.take().unwrap_or_default();
        let mut group = std::mem::replace(&mut queue.pending, empty);
        if group.has_bytes() {
            // Its length is known now, and with it where the next one begins.
            frame::pad(&mut group.buffer);
            queue.base += group.buffer.len() as u64;
        }
        Some(group)
    }

    /// Waits until something is pending; false when the lane is closed and empty.
    pub(crate) fn wait(&self) -> bool {
        let mut queue = self.queue();
        while queue.pending.answers.is_empty() {
            if queue.is_closed {
                return false;
            }
            queue = self.submitted.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        true
    }

    /// The log is durable up to the mark.
    pub(crate) fn advance(&self, mark: Mark) {
        let mut queue = self.queue();
        // Under the lock: who sees the mark must also see what is before it as durable.
        self.durable.store(mark.end, Ordering::Release);
        queue.mark = mark;
    }

    /// Tells those who wait for a group that it is durable, or what has happened instead.
    pub(crate) fn answer(&self, mut group: Group, fault: Option<&Fault>) {
        for answer in group.answers.drain(..) {
            answer.give(fault);
        }
        if group.buffer.capacity() <= SPARE_BYTES_MAX {
            frame::clear(&mut group.buffer);
            self.queue().spare = Some(group);
        }
        self.free();
    }

    /// No more batches; what is pending can still be taken.
    pub(crate) fn close(&self) {
        self.queue().is_closed = true;
        self.submitted.notify_all();
        self.freed.notify_all();
    }
}

pub(crate) fn closed() -> Fault {
    Fault::Unavailable("the store is closed".into())
}
