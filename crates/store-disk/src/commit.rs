//! Taking commits in: who may write, which of a batch stand, and their way into the lane.
//!
//! Here: the checks of the contract (fence, name, sequence) against everything submitted so far, durable or
//! not, and the encoding into the pending frame under one short lock.
//! Not here: making it durable (`lane`, `log`).
//! INVARIANT: the stripes of a batch stay locked from its first check until its commits have positions, so
//! the order of checks is the order of the log.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use store::{Commit, Done, Fault, Fence, Forget, Outcome, SlotRange, Started, Uid};

use crate::core::Core;
use crate::entry::{Pointer, put_batch_header, put_claim, put_commit, put_gone};
use crate::names::NameClaim;
use crate::recent::{LockedStripes, Stripe};
use crate::row::{Row, noted};
use crate::signal::{self, Receiver};

/// Where the commit before of the same execution stands.
#[derive(Clone, Copy)]
enum Previous {
    None,
    Logged(Pointer),
    /// The commit of this number in the same batch.
    InBatch(usize),
}

enum Verdict {
    Kept(Previous),
    Refused(Outcome),
}

impl Core {
    /// Claims slots; what is received is the fence, once the claim is durable.
    pub(crate) fn claim(&self, slots: SlotRange) -> Receiver<Result<Fence, Fault>> {
        let (sender, receiver) = signal::channel();
        let stripes = self.recent.lock_all();
        let fence = self.fences().claim(slots);
        let claimed = fence.clone();
        let done: Done = Box::new(move |result| sender.send(result.map(|_| claimed)));
        let submitted = self.lane.submit(done, |buffer, _| {
            put_claim(buffer, &fence);
            ((), Ok(Vec::new()))
        });
        drop(stripes);
        if let Err(answer) = submitted {
            answer.give(None);
        }
        receiver
    }

    pub(crate) fn commit(&self, fence: &Fence, batch: Vec<Commit>, done: Done) {
        let mut stripes = self.recent.lock(batch.iter().map(|commit| commit.execution));
        if !self.may_write(fence, batch.iter().map(|commit| commit.execution)) {
            drop(stripes);
            return self.refuse(done, Fault::Fenced);
        }
        let count_before = stripes.len();
        let verdicts = match self.judge(&mut stripes, &batch) {
            Ok(verdicts) => verdicts,
            Err(fault) => {
                drop(stripes);
                // Part of the batch has claimed names already: nothing after it can be trusted.
                self.lane.poison(&fault);
                return self.refuse(done, fault);
            }
        };
        let submitted =
            self.lane.submit(done, |buffer, base| self.write(buffer, base, fence, &batch, &verdicts));
        match submitted {
            Ok(pointers) => {
                self.place(&mut stripes, batch, &pointers);
                self.unindexed.fetch_add(stripes.len() - count_before, Ordering::Relaxed);
            }
            Err(answer) => {
                drop(stripes);
                answer.give(None);
            }
        }
    }

    fn may_write(&self, fence: &Fence, mut executions: impl Iterator<Item = Uid>) -> bool {
        executions.all(|execution| fence.slots.contains(&execution.slot())) && self.fences().holds(fence)
    }

    /// Forgets executions that have ended as they should.
    pub(crate) fn forget(&self, fence: &Fence, forget: &[Forget], done: Done) {
        let mut stripes = self.recent.lock(forget.iter().map(|forget| forget.execution));
        if !self.may_write(fence, forget.iter().map(|forget| forget.execution)) {
            drop(stripes);
            return self.refuse(done, Fault::Fenced);
        }
        let count_before = stripes.len();
        let mut gone = Vec::new();
        let mut outcomes = Vec::with_capacity(forget.len());
        for forget in forget {
            match self.judge_forget(stripes.of(forget.execution), forget) {
                Ok(true) => {
                    gone.push(forget.execution);
                    outcomes.push(Outcome::Committed);
                }
                Ok(false) => outcomes.push(Outcome::Stale),
                Err(fault) => {
                    drop(stripes);
                    // Part of the names are free already.
                    self.lane.poison(&fault);
                    return self.refuse(done, fault);
                }
            }
        }
        let submitted = self.lane.submit(done, |buffer, base| {
            let position = base + buffer.len() as u64;
            if !gone.is_empty() {
                put_gone(buffer, &gone);
            }
            (position, Ok(outcomes))
        });
        match submitted {
            Ok(position) => {
                for execution in &gone {
                    let stripe = stripes.of(*execution);
                    stripe.begin(*execution).gone_at = Some(position);
                    stripe.note(*execution);
                }
                self.forgotten.fetch_add(gone.len() as u64, Ordering::Relaxed);
                self.unindexed.fetch_add(stripes.len() - count_before, Ordering::Relaxed);
            }
            Err(answer) => {
                drop(stripes);
                answer.give(None);
            }
        }
    }

    /// Whether the execution has ended as it should; then its name is free.
    fn judge_forget(&self, stripe: &mut Stripe, forget: &Forget) -> Result<bool, Fault> {
        let Some(recent) = stripe.fetch(forget.execution, &*self.index)? else { return Ok(false) };
        let Some(row) = recent.latest() else { return Ok(false) };
        if recent.gone_at.is_some() || row.ended != Some(forget.ended) {
            return Ok(false);
        }
        let started = row.started.clone();
        self.names.free(started.machine, &started.name, forget.execution);
        // Until it has its position; twice in one batch is once.
        recent.gone_at = Some(u64::MAX);
        Ok(true)
    }

    /// A batch that is refused whole; its answer keeps its place in the order.
    fn refuse(&self, done: Done, fault: Fault) {
        if let Err(answer) = self.lane.submit(done, |_, _| ((), Err(fault))) {
            answer.give(None);
        }
    }

    fn judge(&self, stripes: &mut LockedStripes<'_>, batch: &[Commit]) -> Result<Vec<Verdict>, Fault> {
        let judged = |(at, commit): (usize, &Commit)| {
            let stripe = stripes.of(commit.execution);
            match &commit.started {
                Some(started) => self.judge_start(stripe, at, commit, started),
                None => self.judge_step(stripe, at, commit),
            }
        };
        batch.iter().enumerate().map(judged).collect()
    }

    fn judge_start(
        &self,
        stripe: &mut Stripe,
        at: usize,
        commit: &Commit,
        started: &Started,
    ) -> Result<Verdict, Fault> {
        let Commit { execution, sequence, .. } = *commit;
        let may_have = || Ok(sequence == 0 && stripe.is_new(execution, &*self.index)?);
        let claim = self.names.claim(started.machine, &started.name, execution, &*self.index, may_have)?;
        Ok(match claim {
            NameClaim::Taken(holder) => Verdict::Refused(Outcome::NameTaken(holder)),
            NameClaim::Refused => Verdict::Refused(Outcome::Stale),
            NameClaim::Claimed => {
                let recent = stripe.begin(execution);
                recent.next_sequence = 1;
                recent.in_batch = Some(at);
                Verdict::Kept(Previous::None)
            }
        })
    }

    fn judge_step(&self, stripe: &mut Stripe, at: usize, commit: &Commit) -> Result<Verdict, Fault> {
        let Some(recent) = stripe.fetch(commit.execution, &*self.index)? else {
            return Ok(Verdict::Refused(Outcome::Stale));
        };
        if recent.gone_at.is_some() || recent.next_sequence != commit.sequence {
            return Ok(Verdict::Refused(Outcome::Stale));
        }
        recent.next_sequence += 1;
        let previous = match (recent.in_batch.replace(at), recent.last_pointer()) {
            (Some(before), _) => Previous::InBatch(before),
            (None, Some(last)) => Previous::Logged(last),
            (None, None) => Previous::None,
        };
        Ok(Verdict::Kept(previous))
    }

    /// Encodes what stands of a batch. A pointer for each commit of it, none for a refused one.
    fn write(
        &self,
        buffer: &mut Vec<u8>,
        base: u64,
        fence: &Fence,
        batch: &[Commit],
        verdicts: &[Verdict],
    ) -> (Vec<Option<Pointer>>, crate::lane::BatchResult) {
        let kept = verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Kept(_))).count();
        if kept > 0 {
            put_batch_header(buffer, fence.epoch, kept);
        }
        let mut pointers: Vec<Option<Pointer>> = Vec::with_capacity(batch.len());
        let mut outcomes = Vec::with_capacity(batch.len());
        for (commit, verdict) in batch.iter().zip(verdicts) {
            let (pointer, outcome) = match verdict {
                Verdict::Kept(previous) => {
                    let previous = match *previous {
                        Previous::None => None,
                        Previous::Logged(pointer) => Some(pointer),
                        Previous::InBatch(at) => pointers[at],
                    };
                    (Some(put_commit(buffer, base, commit, previous, self.salt)), Outcome::Committed)
                }
                Verdict::Refused(outcome) => (None, *outcome),
            };
            pointers.push(pointer);
            outcomes.push(outcome);
        }
        (pointers, Ok(outcomes))
    }

    /// Gives the executions of a batch their new rows, now that the positions are known.
    fn place(&self, stripes: &mut LockedStripes<'_>, batch: Vec<Commit>, pointers: &[Option<Pointer>]) {
        let durable = self.lane.durable();
        for (commit, pointer) in batch.into_iter().zip(pointers) {
            let Some(last) = *pointer else { continue };
            let Commit { execution, sequence, started, awaits, ended, note, .. } = commit;
            let stripe = stripes.of(execution);
            let recent = stripe.begin(execution);
            let known = || recent.latest().map(|row| row.started.clone());
            let started = started.map(Arc::new).or_else(known);
            let started = started.expect("a commit that stands is the first or follows one");
            let started = noted(started, note.as_ref());
            let log_bytes = recent.latest().map_or(0, |row| row.log_bytes) + u64::from(last.length);
            let moved = recent.latest().and_then(|row| row.moved);
            let row = Row { sequence: sequence + 1, last, awaits, ended, started, moved, log_bytes };
            recent.advance(row, durable);
            recent.in_batch = None;
            stripe.note(execution);
        }
    }
}
