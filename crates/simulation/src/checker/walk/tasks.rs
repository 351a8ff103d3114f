//! Attempts of Task states: scheduled, taken, completed once.

use super::*;
use crate::services::Service;

impl Walked<'_> {
    pub(super) fn task_scheduled(
        &mut self,
        frame: usize,
        timeout_seconds: Option<i64>,
        heartbeat_seconds: Option<i64>,
        nonce: u64,
        at_ms: i64,
    ) -> Checked {
        self.expect(frame, true, |at| *at == At::Entered)?;
        match self.state_of(frame).kind {
            Kind::Task { timeout_seconds: timeout, heartbeat_seconds: heartbeat, .. }
                if timeout == timeout_seconds && heartbeat == heartbeat_seconds => {}
            _ => return Err(Violation::new("I5", "the definition says other time limits, or no Task")),
        }
        if !self.nonces.insert(nonce) {
            return Err(Violation::new("I3", "two attempts have the same token"));
        }
        let attempt = Attempt {
            frame,
            nonce,
            scheduled_ms: at_ms,
            timeout_seconds,
            heartbeat_seconds,
            started_ms: None,
            is_submitted: false,
            outcome: None,
            is_over: false,
        };
        self.attempts.insert(self.events, attempt);
        self.go(frame, At::Task { scheduled: self.events })
    }

    pub(super) fn attempt(&mut self, frame: usize) -> Result<&mut Attempt, Violation> {
        let none = || Violation::new("I3", "no attempt is waited for here");
        let At::Task { scheduled } = self.frame(frame)?.at else { return Err(none()) };
        self.attempts.get_mut(&scheduled).ok_or_else(none)
    }

    pub(super) fn task_started(&mut self, frame: usize, at_ms: i64) -> Checked {
        let is_activity = matches!(self.state_of(frame).kind, Kind::Task { service: Service::Activity, .. });
        let attempt = self.attempt(frame)?;
        if attempt.started_ms.replace(at_ms).is_some() {
            let promise = if is_activity { "I19" } else { "I9" };
            return Err(Violation::new(promise, "the task was taken a second time"));
        }
        Ok(())
    }

    pub(super) fn complete(&mut self, frame: usize, outcome: Outcome, is_started: bool) -> Checked {
        let attempt = self.attempt(frame)?;
        if attempt.started_ms.is_some() != is_started {
            return Err(Violation::new("I4", "the task was not in the hands of a worker, or was"));
        }
        if attempt.outcome.replace(outcome).is_some() {
            return Err(Violation::new("I3", "the task was complete before"));
        }
        attempt.is_over = true;
        self.seen.insert(match outcome {
            Outcome::Succeeded => "task succeeded",
            Outcome::Failed => "task failed",
            Outcome::TimedOut => "task timed out",
            Outcome::NotScheduled => "task not scheduled",
            Outcome::NotSubmitted => "task not submitted",
            Outcome::Dropped => "task dropped",
        });
        Ok(())
    }

    fn is_submitted_kind(&self, frame: usize) -> bool {
        matches!(self.state_of(frame).kind, Kind::Task { service, .. } if service.is_submitted())
    }

    /// Only a task that a service takes over is submitted, after its call and once.
    pub(super) fn expect_unsubmitted(&mut self, frame: usize) -> Checked {
        let is_kind = self.is_submitted_kind(frame);
        let attempt = self.attempt(frame)?;
        if is_kind && attempt.started_ms.is_some() && !attempt.is_submitted {
            return Ok(());
        }
        Err(Violation::new("I4", "this task is not one that a service is about to take over"))
    }

    pub(super) fn submitted(&mut self, frame: usize) -> Checked {
        self.expect_unsubmitted(frame)?;
        self.attempt(frame)?.is_submitted = true;
        self.seen.insert("task submitted");
        Ok(())
    }

    /// The answer came under the token before the submission was known: it counts, and waits for that.
    pub(super) fn answered_early(&mut self, frame: usize, succeeded: bool) -> Checked {
        self.expect_unsubmitted(frame)?;
        let outcome = if succeeded { Outcome::Succeeded } else { Outcome::Failed };
        if self.attempt(frame)?.outcome.replace(outcome).is_some() {
            return Err(Violation::new("I3", "the task was complete before"));
        }
        self.seen.insert("answered early");
        Ok(())
    }

    /// A task ends by an answer: now, or by one that came early.
    pub(super) fn end(&mut self, frame: usize, outcome: Outcome) -> Checked {
        let is_kind = self.is_submitted_kind(frame);
        let attempt = self.attempt(frame)?;
        if let Some(early) = attempt.outcome.filter(|_| !attempt.is_over) {
            if early != outcome {
                return Err(Violation::new("I3", format!("the task was answered with {early:?} before")));
            }
            attempt.is_over = true;
            return Ok(());
        }
        if is_kind && !attempt.is_submitted {
            return Err(Violation::new("I4", "the task ends before its submission is known"));
        }
        self.complete(frame, outcome, true)
    }

    pub(super) fn check_task_is_late(&mut self, frame: usize, at_ms: i64, missed_heartbeat: bool) -> Checked {
        let attempt = *self.attempt(frame)?;
        // Heartbeat clocks start again with the engine, at the time that a clock shows which was set back.
        if self.clockwork.is_set_back && attempt.heartbeat_seconds.is_some() {
            return Ok(());
        }
        let timeout = attempt.timeout_seconds.map(|seconds| attempt.scheduled_ms + seconds * 1_000);
        let heartbeat = attempt
            .heartbeat_seconds
            .zip(attempt.started_ms)
            .map(|(seconds, started)| started + seconds * 1_000);
        let due_ms = timeout.into_iter().chain(heartbeat).min();
        if due_ms.is_none_or(|due_ms| at_ms < due_ms) {
            return Err(Violation::new("I5", format!("timed out at {at_ms}, due at {due_ms:?}")));
        }
        let opened_ms = self.clockwork.openings_ms.iter().rfind(|opened_ms| **opened_ms < at_ms);
        let heard_until_ms = opened_ms.zip(attempt.heartbeat_seconds);
        match heard_until_ms.map(|(opened_ms, seconds)| opened_ms + seconds * 1_000) {
            Some(due_ms) if missed_heartbeat && at_ms < due_ms => Err(Violation::new(
                "I16",
                format!(
                    "nobody could hear the heartbeats before {opened_ms:?}, and one is missed at {at_ms}"
                ),
            )),
            _ => Ok(()),
        }
    }

    pub(super) fn drop_attempt(&mut self, frame: usize) {
        if let At::Task { scheduled } = self.frames[frame].at
            && let Some(attempt) = self.attempts.get_mut(&scheduled)
        {
            attempt.outcome.get_or_insert(Outcome::Dropped);
            attempt.is_over = true;
            self.seen.insert("task dropped");
        }
    }
}
