//! How a state may be left: by its transition, by a catcher, by failing, by another attempt.

use super::*;

impl Walked<'_> {
    pub(super) fn state_exited(&mut self, frame: usize, next: Option<usize>, at_ms: i64) -> Checked {
        let state = self.state_of(frame);
        let since_ms = self.waits_since_ms(frame);
        let Frame { at, .. } = self.frame(frame)?;
        let is_entered = *at == At::Entered;
        let follows = match &state.kind {
            Kind::Pass | Kind::Succeed => is_entered && next == state.next,
            Kind::Choice { targets, .. } => is_entered && next.is_some_and(|next| targets.contains(&next)),
            Kind::Wait { seconds } => {
                let is_over = since_ms + seconds * 1_000 <= at_ms;
                if !is_over {
                    return Err(Violation::new("I5", format!("waits {seconds} s since {since_ms}")));
                }
                next == state.next && (*at == At::Done || is_entered)
            }
            Kind::Task { .. } | Kind::Parallel { .. } | Kind::Map { .. } => {
                if matches!(at, At::Failing { .. }) {
                    return self.caught(frame, next);
                }
                *at == At::Done && next == state.next
            }
            Kind::Fail { .. } => false,
        };
        if !follows {
            return Err(Violation::new(
                "I4",
                format!("`{}` has no cause to be left so, it is {at:?}", state.name),
            ));
        }
        self.leave(frame, next)
    }

    pub(super) fn leave(&mut self, frame: usize, next: Option<usize>) -> Checked {
        self.frames[frame].failure = None;
        self.forget_fallen(frame);
        self.go(frame, At::Left { next })?;
        let owner = self.frames[frame].owner.filter(|_| next.is_none());
        if let Some(owner) = owner
            && let At::Branches { open } = &mut self.frames[owner].at
        {
            *open = open.saturating_sub(1);
            self.frames[frame].is_open = false;
        }
        Ok(())
    }

    /// Left through a catcher: no retrier may have an attempt left.
    pub(super) fn caught(&mut self, frame: usize, next: Option<usize>) -> Checked {
        self.expect(frame, true, |at| *at == At::Failing { is_announced: true })?;
        self.check_retries_are_used_up(frame)?;
        let state = self.state_of(frame);
        let (error, of_branch) = self.failure_of(frame);
        let catcher = state.catchers.iter().find(|(errors, _)| names_error(errors, &error, of_branch));
        if catcher.map(|(_, next)| *next) != next {
            return Err(Violation::new(
                "I4",
                format!("`{error}` leads to {:?}", catcher.map(|(_, next)| next)),
            ));
        }
        self.seen.insert("catch");
        self.leave(frame, next)
    }

    pub(super) fn failure_of(&self, frame: usize) -> (String, bool) {
        let error = self.frames[frame].failure.clone().unwrap_or_default();
        (error, matches!(self.state_of(frame).kind, Kind::Parallel { .. }))
    }

    pub(super) fn check_retries_are_used_up(&self, frame: usize) -> Checked {
        let (error, of_branch) = self.failure_of(frame);
        let retriers = &self.state_of(frame).retriers;
        let first = retriers.iter().position(|retrier| names_error(&retrier.errors, &error, of_branch));
        let used = |retrier: usize| self.frames[frame].retries.get(&retrier).copied().unwrap_or(0);
        match first {
            Some(first) if used(first) < retriers[first].max_attempts => {
                Err(Violation::new("I4", format!("retrier {first} has an attempt left for `{error}`")))
            }
            _ => Ok(()),
        }
    }

    /// The failure of this frame's state goes up: nothing in the state takes it.
    pub(super) fn unhandled(&self, frame: usize, error: &str) -> Checked {
        let (own, of_branch) = match self.frames.get(frame) {
            Some(Frame { failure: Some(_), .. }) => self.failure_of(frame),
            _ => return Err(Violation::new("I4", format!("nothing failed with `{error}` before"))),
        };
        self.check_retries_are_used_up(frame)?;
        let catchers = &self.state_of(frame).catchers;
        if own != error || catchers.iter().any(|(errors, _)| names_error(errors, error, of_branch)) {
            return Err(Violation::new(
                "I4",
                format!("`{own}` should have been caught, or is not `{error}`"),
            ));
        }
        Ok(())
    }

    pub(super) fn state_failed(&mut self, frame: usize, error: &str, is_announced: bool) -> Checked {
        let (At::Branches { .. } | At::Iterations { .. }) = self.frame(frame)?.at else {
            self.failed_by_itself(frame, error)?;
            return self.fail(frame, Some(error));
        };
        let below: Vec<usize> =
            (0..self.frames.len()).filter(|inner| *inner != frame && self.is_within(*inner, frame)).collect();
        let is_cause = |child: &usize| {
            let child = &self.frames[*child];
            child.is_open && child.owner == Some(frame) && child.failure.as_deref() == Some(error)
        };
        // Two may fail at one moment, and one of them may still have an attempt left.
        let mut causes = below.iter().filter(|child| is_cause(child));
        if !causes.any(|cause| self.unhandled(*cause, error).is_ok()) {
            return Err(Violation::new("I4", format!("no block inside failed with `{error}` for good")));
        }
        for inner in below {
            if self.frames[inner].is_open {
                self.fall(inner);
            }
            self.drop_attempt(inner);
            self.frames[inner].is_open = false;
        }
        self.frames[frame].work = Some(self.frames[frame].at.clone());
        self.frames[frame].failure = Some(error.to_owned());
        self.go(frame, At::Failing { is_announced })
    }

    /// A result has four parts at most, so one that is too large has a large part.
    fn can_have_too_large_results(&self) -> bool {
        self.largest_payload_bytes >= 262_144 / 4
    }

    pub(super) fn failed_by_itself(&self, frame: usize, error: &str) -> Checked {
        let state = self.state_of(frame);
        if error == "States.DataLimitExceeded" && self.can_have_too_large_results() {
            return Ok(());
        }
        let may = match &state.kind {
            Kind::Fail { error: named } => named == error,
            Kind::Choice { has_default, .. } => !has_default && error == "States.NoChoiceMatched",
            _ => false,
        };
        if may && self.frames[frame].at == At::Entered {
            return Ok(());
        }
        Err(Violation::new("I4", format!("`{}` has no cause to fail with `{error}`", state.name)))
    }

    pub(super) fn fail(&mut self, frame: usize, error: Option<&str>) -> Checked {
        self.frames[frame].failure = Some(error.unwrap_or_default().to_owned());
        self.go(frame, At::Failing { is_announced: true })
    }

    pub(super) fn retry_set(&mut self, frame: usize, retrier: usize, delay_ms: i64, due_ms: i64) -> Checked {
        self.expect(frame, true, |at| matches!(at, At::Failing { .. }))?;
        let (error, of_branch) = self.failure_of(frame);
        let retriers = &self.state_of(frame).retriers;
        let first = retriers.iter().position(|retrier| names_error(&retrier.errors, &error, of_branch));
        if first != Some(retrier) {
            return Err(Violation::new("I4", format!("`{error}` belongs to retrier {first:?}")));
        }
        let used = self.frames[frame].retries.get(&retrier).copied().unwrap_or(0);
        if used >= retriers[retrier].max_attempts {
            return Err(Violation::new("I4", format!("retrier {retrier} was used {used} times before")));
        }
        let (shortest, longest) = retriers[retrier].delay_ms(used + 1);
        if !(shortest..=longest).contains(&delay_ms) {
            return Err(Violation::new("I5", format!("the delay should be {shortest} to {longest} ms")));
        }
        self.seen.insert("retry");
        self.forget_fallen(frame);
        *self.frames[frame].retries.entry(retrier).or_default() += 1;
        self.frames[frame].failure = None;
        self.go(frame, At::Backoff { until_ms: due_ms })
    }
}
