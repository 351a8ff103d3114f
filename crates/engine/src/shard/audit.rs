//! The comparison of what open executions owe or await, as the store has it, with what the shard does
//! about it.
//!
//! Here: who is idle although something is due, and waking those; tasks that nobody took are offered
//! again, as long as their execution is in memory: reading all that sleep is for the next start.
//! Not here: reading the store (`crate::audit`).
//! INVARIANT: a call that may have been made is never made again here.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use execution::{Command, Execution, TaskWork};
use planted::Bug;
use store::{Awaits, Uid};

use crate::shard::Envelope;
use crate::shard::release::Held;
use crate::shard::resident::Presence;
use crate::shard::step::{Shard, Step};

/// How long something may be due before it is a finding that nobody works on it.
const GRACE_MS: i64 = 1_500;

/// An execution that was idle at an audit, and what must be the same at the next one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Suspect {
    /// Commits so far, where it is in memory.
    sequence: Option<u64>,
    since_ms: i64,
}

impl Shard {
    pub(crate) fn audit(&mut self, now_ms: i64, page: Vec<(Uid, Awaits)>, step: &mut Step) {
        self.counts.compared.fetch_add(page.len() as u64, Ordering::Relaxed);
        for (execution, awaits) in page {
            if !self.is_idle(now_ms, execution, awaits) {
                self.suspects.remove(&execution);
                self.offer_again(execution, step);
            } else if self.is_confirmed(now_ms, execution) || planted::is_on(Bug::AuditorWakesAtFirstSight) {
                self.suspects.remove(&execution);
                self.counts.woken.fetch_add(1, Ordering::Relaxed);
                self.take(now_ms, Envelope::command(execution, Command::TimerDue), step);
            }
        }
    }

    /// Whether something is due, and nobody works on that.
    fn is_idle(&self, now_ms: i64, execution: Uid, awaits: Awaits) -> bool {
        let is_overdue = |at_ms: i64| now_ms - at_ms > GRACE_MS;
        let Some(resident) = self.residents.by_uid.get(&execution) else {
            let overdue = awaits.deadline_ms.filter(|at_ms| is_overdue(*at_ms));
            return overdue.is_some_and(|at_ms| !self.residents.has_timer_at(at_ms, execution));
        };
        match &resident.presence {
            Presence::Here(value) => {
                let deadline_ms = value.deadline_ms();
                let is_forgotten = value.can_continue() && !self.unfinished.contains(&execution);
                is_forgotten || deadline_ms.is_some_and(is_overdue) || deadline_ms != resident.deadline_ms
            }
            // Being fetched or evaluated elsewhere, or left alone until the next start.
            Presence::Loading | Presence::Unread | Presence::Away | Presence::Parked => false,
        }
    }

    /// Whether it was as idle at the audit before, and nothing has happened to it since.
    fn is_confirmed(&mut self, now_ms: i64, execution: Uid) -> bool {
        let sequence = self.residents.by_uid.get(&execution).map(|resident| resident.sequence);
        match self.suspects.get(&execution) {
            Some(suspect) if suspect.sequence == sequence => {
                // A heartbeat moves the timer of an execution and writes nothing down; looking through all
                // timers is for the rare one that got here.
                let waited = now_ms - suspect.since_ms >= GRACE_MS;
                waited && (sequence.is_some() || !self.residents.has_timer(execution))
            }
            _ => {
                self.suspects.insert(execution, Suspect { sequence, since_ms: now_ms });
                false
            }
        }
    }

    /// What nobody has taken is offered again: who has it in hand already is not disturbed by that.
    fn offer_again(&mut self, execution: Uid, step: &mut Step) {
        let Some(resident) = self.residents.by_uid.get(&execution) else { return };
        if resident.last_batch > self.durable_batch {
            return;
        }
        let Some(value) = resident.execution() else { return };
        let is_offer = |work: &TaskWork| match work {
            TaskWork::OfferActivity(_) | TaskWork::BeginCall(_) => true,
            TaskWork::Call(_) | TaskWork::Follow { .. } => planted::is_on(Bug::AuditorCallsAgain),
        };
        let begun: Vec<_> = Execution::outstanding(value).filter(|effect| is_offer(&effect.work)).collect();
        if !begun.is_empty() {
            let identity = Some(Arc::clone(value.identity()));
            step.held.recovered.push(Held { execution: Some(execution), identity, begun, ..Held::default() });
        }
    }
}

#[cfg(test)]
mod tests;
