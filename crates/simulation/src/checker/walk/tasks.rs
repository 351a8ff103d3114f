//! Attempts of Task states: scheduled, taken, completed once.

use super::*;

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
            Kind::Task { timeout_seconds: timeout, heartbeat_seconds: heartbeat }
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
            outcome: None,
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
        let attempt = self.attempt(frame)?;
        if attempt.started_ms.replace(at_ms).is_some() {
            return Err(Violation::new("I9", "a second worker got the task"));
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
        self.seen.insert(match outcome {
            Outcome::Succeeded => "task succeeded",
            Outcome::Failed => "task failed",
            Outcome::TimedOut => "task timed out",
            Outcome::NotScheduled => "task not scheduled",
            Outcome::Dropped => "task dropped",
        });
        Ok(())
    }

    pub(super) fn check_task_is_late(&mut self, frame: usize, at_ms: i64) -> Checked {
        let attempt = *self.attempt(frame)?;
        let timeout = attempt.timeout_seconds.map(|seconds| attempt.scheduled_ms + seconds * 1_000);
        let heartbeat = attempt
            .heartbeat_seconds
            .zip(attempt.started_ms)
            .map(|(seconds, started)| started + seconds * 1_000);
        let due_ms = timeout.into_iter().chain(heartbeat).min();
        if due_ms.is_none_or(|due_ms| at_ms < due_ms) {
            return Err(Violation::new("I5", format!("timed out at {at_ms}, due at {due_ms:?}")));
        }
        Ok(())
    }

    pub(super) fn drop_attempt(&mut self, frame: usize) {
        if let At::Task { scheduled } = self.frames[frame].at
            && let Some(attempt) = self.attempts.get_mut(&scheduled)
        {
            attempt.outcome.get_or_insert(Outcome::Dropped);
        }
    }
}
