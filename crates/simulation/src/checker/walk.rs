//! Walks a definition beside the records of one execution: each record needs a cause, and no cause may
//! be used twice (I2, I3, I4, I5, I10).
//!
//! Here: what each record may follow on. Not here: who asked for what (`journal`), what an execution that
//! has come to rest may wait for (`rest`).
//! This is an interpreter of its own: it shares the record types with the engine and nothing else.

#[cfg(test)]
mod tests;

mod blocks;
mod leaving;
mod redrive;
mod tasks;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use execution::{Batch, Event, Origin, Record, Status};

use crate::checker::Violation;
use crate::checker::outline::{Kind, Outline, StateOutline, names_error};

/// What the checker knows of the time in which records were made.
#[derive(Default, Debug)]
pub struct Clockwork {
    /// The wall clock is behind what it was: records have a time that had passed before.
    pub is_set_back: bool,
    /// When engines began to run.
    pub openings_ms: Vec<i64>,
}

/// What the records of an execution say.
#[derive(Debug)]
pub struct Walked<'a> {
    pub outline: &'a Outline,
    pub origin: Origin,
    pub started_ms: i64,
    pub input: String,
    pub last_ms: i64,
    pub events: u64,
    /// By the id of the event that scheduled it.
    pub attempts: BTreeMap<u64, Attempt>,
    pub end: Option<(Status, i64)>,
    /// Every end, with the number of its event.
    pub ends: Vec<(u64, i64)>,
    /// The token and the moment of each redrive.
    pub redrives: Vec<(Option<Arc<str>>, i64)>,
    pub frames: Vec<Frame>,
    pub transitions: u64,
    largest_payload_bytes: usize,
    /// Names of what was seen, for the coverage of the generator.
    pub seen: BTreeSet<&'static str>,
    frame_of_event: Vec<usize>,
    input_id: u32,
    nonces: BTreeSet<u64>,
    /// When it was started, or redriven last.
    running_since_ms: i64,
    clockwork: &'a Clockwork,
}

#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    pub frame: usize,
    pub nonce: u64,
    pub scheduled_ms: i64,
    pub timeout_seconds: Option<i64>,
    pub heartbeat_seconds: Option<i64>,
    pub started_ms: Option<i64>,
    /// The service has taken the task, or has not.
    pub is_submitted: bool,
    pub outcome: Option<Outcome>,
    /// Nothing is waited for any more. An outcome that overtook the submission still waits for that.
    pub is_over: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Succeeded,
    Failed,
    TimedOut,
    NotScheduled,
    NotSubmitted,
    /// The branch or the whole execution ended before the task did.
    Dropped,
}

#[derive(Debug)]
pub struct Frame {
    pub owner: Option<usize>,
    /// Number of the branch or iteration.
    index: u64,
    pub is_open: bool,
    pub state: usize,
    entered_ms: i64,
    retries: BTreeMap<usize, u64>,
    pub at: At,
    /// The failure that this frame's state has, until it is retried, caught or handed up.
    failure: Option<String>,
    /// What its Parallel or Map did when that failed.
    work: Option<At>,
    /// What it goes on with when the execution is redriven, if it is over without having left its state.
    fallen: Option<At>,
}

/// Where a frame stands.
#[derive(Clone, PartialEq, Debug)]
pub enum At {
    /// Owes the entry into a block.
    Beginning {
        block: usize,
    },
    Entered,
    Waiting {
        until_ms: i64,
    },
    Backoff {
        until_ms: i64,
    },
    Task {
        scheduled: u64,
    },
    Branches {
        open: u64,
    },
    Iterations {
        next: u64,
        open: u64,
        length: u64,
        concurrency: u64,
    },
    /// Owes its exit.
    Done,
    /// Owes a retry, a catcher or the way up. `is_announced`: the state's own failure event is there.
    Failing {
        is_announced: bool,
    },
    Left {
        next: Option<usize>,
    },
    Aborted,
}

type Checked = Result<(), Violation>;

/// Walks all batches of an execution.
pub fn walk<'a>(
    outline: &'a Outline,
    batches: &[Batch],
    clockwork: &'a Clockwork,
) -> Result<Walked<'a>, Violation> {
    let without = || Violation::new("I4", "an execution without its beginning");
    let mut walked = Walked {
        outline,
        origin: batches.first().and_then(Batch::origin).ok_or_else(without)?,
        started_ms: 0,
        input: String::new(),
        last_ms: i64::MIN,
        events: 0,
        attempts: BTreeMap::new(),
        end: None,
        ends: Vec::new(),
        redrives: Vec::new(),
        frames: Vec::new(),
        transitions: 0,
        largest_payload_bytes: 0,
        seen: BTreeSet::new(),
        // Event 0 is the beginning of everything: it belongs to the root.
        frame_of_event: vec![0],
        input_id: 0,
        nonces: BTreeSet::new(),
        running_since_ms: 0,
        clockwork,
    };
    for batch in batches {
        walked.batch(batch)?;
    }
    let first = batches.first().ok_or_else(|| Violation::new("I4", "an execution without records"))?;
    let input = first.payloads.get((walked.input_id.wrapping_sub(first.first_payload)) as usize);
    walked.input = input.map(|input| input.text().to_owned()).unwrap_or_default();
    Ok(walked)
}

impl Walked<'_> {
    fn batch(&mut self, batch: &Batch) -> Checked {
        if batch.at_ms < self.last_ms {
            return Err(Violation::new("I2", format!("time falls from {} to {}", self.last_ms, batch.at_ms)));
        }
        self.last_ms = batch.at_ms;
        let payloads = batch.payloads.iter().map(|payload| payload.text().len());
        self.largest_payload_bytes = payloads.chain([self.largest_payload_bytes]).max().unwrap_or(0);
        for record in &batch.records {
            let is_redrive = matches!(record, Record::Event { event: Event::ExecutionRedriven { .. }, .. });
            let followed = if self.end.is_some() && !is_redrive {
                Err(Violation::new("I10", "something follows the terminal event"))
            } else {
                self.record(record, batch.at_ms)
            };
            followed.map_err(|violation| {
                let details = format!("event {}: {}; {record:?}", self.events, violation.details);
                Violation::new(violation.promise, details)
            })?;
        }
        Ok(())
    }

    fn record(&mut self, record: &Record, at_ms: i64) -> Checked {
        match record {
            Record::Event { frame, previous, event } => {
                self.events += 1;
                self.frame_of_event.push(frame.0 as usize);
                self.check_previous(frame.0 as usize, *previous, event)?;
                self.event(frame.0 as usize, event, at_ms)
            }
            Record::WaitSet { frame, until_ms } => self.wait_set(frame.0 as usize, *until_ms),
            Record::Woken { frame } => self.woken(frame.0 as usize, at_ms),
            Record::StateFailed { frame, failure, announced, .. } => {
                let error = failure.error.as_deref().unwrap_or_default();
                self.state_failed(frame.0 as usize, error, *announced)
            }
            Record::RetrySet { frame, retrier, at_ms: due_ms } => {
                self.retry_set(frame.0 as usize, *retrier as usize, due_ms - at_ms, *due_ms)
            }
            Record::AnsweredEarly { frame, outcome } => {
                self.answered_early(frame.0 as usize, matches!(outcome, execution::Outcome::Succeeded(_)))
            }
            Record::SubmissionInDoubt { .. } => {
                Err(Violation::new("I4", "the workload's token tasks have no time limit"))
            }
            Record::TaskCredentials { .. } | Record::StartedWithMocks { .. } => {
                Err(Violation::new("I4", "the workload's tasks have neither credentials nor mocks"))
            }
            Record::StartedThrough { .. } if self.events == 0 => {
                self.seen.insert("started through a version");
                Ok(())
            }
            Record::StartedThrough { .. } => Err(Violation::new(
                "I2",
                "an execution was started through a version or as a test case in the middle of its life",
            )),
        }
    }

    /// `previousEventId` is lower and names an event of the same chain: of the frame, of one around it, or
    /// of one inside it. What is aborted points to the failure that aborts it.
    fn check_previous(&self, frame: usize, previous: u64, event: &Event) -> Checked {
        if previous >= self.events {
            return Err(Violation::new("I2", format!("the previous event id {previous} is not lower")));
        }
        let may_be_zero = event.is_terminal() || self.events <= 2;
        let is_abort = matches!(event, Event::StateAborted { .. } | Event::MapIterationAborted { .. });
        let of = self.frame_of_event[previous as usize];
        let is_near = of == frame || self.is_within(of, frame) || self.is_within(frame, of);
        if (previous == 0 && !may_be_zero) || !(is_near || is_abort) {
            return Err(Violation::new(
                "I2",
                format!("the previous event id {previous} is of another chain"),
            ));
        }
        Ok(())
    }

    fn is_within(&self, inner: usize, outer: usize) -> bool {
        let owner = |frame: &usize| self.frames.get(*frame).and_then(|frame| frame.owner);
        std::iter::successors(Some(inner), owner).any(|frame| frame == outer)
    }

    fn event(&mut self, frame: usize, event: &Event, at_ms: i64) -> Checked {
        match event {
            Event::ExecutionStarted { input, timeout_at_ms, .. } => {
                self.input_id = input.0;
                self.execution_started(at_ms, *timeout_at_ms)
            }
            Event::ExecutionSucceeded { .. } => {
                self.expect(frame, frame == 0, |at| *at == At::Left { next: None })?;
                self.finish(Status::Succeeded, at_ms)
            }
            Event::ExecutionFailed { failure } => {
                self.unhandled(0, failure.error.as_deref().unwrap_or_default())?;
                self.finish(Status::Failed, at_ms)
            }
            Event::ExecutionAborted { .. } => self.finish(Status::Aborted, at_ms),
            Event::ExecutionRedriven { count, timeout_at_ms, token } => {
                self.redriven(*count, *timeout_at_ms, token.as_ref(), at_ms)
            }
            Event::ExecutionTimedOut { .. } => self.execution_timed_out(at_ms),
            Event::StateEntered { state, .. } => self.state_entered(frame, state.0 as usize, at_ms),
            Event::StateExited { state, next, .. } => {
                self.expect_in(frame, state.0 as usize)?;
                self.state_exited(frame, next.map(|next| next.0 as usize), at_ms)
            }
            Event::StateAborted { state } => {
                self.expect_in(frame, state.0 as usize)?;
                self.seen.insert("aborted state");
                self.fall(frame);
                self.drop_attempt(frame);
                self.go(frame, At::Aborted)
            }
            Event::ParallelStateStarted { state, .. } => {
                self.expect_in(frame, state.0 as usize)?;
                self.parallel_started(frame)
            }
            Event::ParallelStateSucceeded { .. } => {
                self.expect(frame, true, |at| *at == At::Branches { open: 0 })?;
                self.go(frame, At::Done)
            }
            Event::ParallelStateFailed | Event::MapStateFailed => {
                self.expect(frame, true, |at| *at == At::Failing { is_announced: false })?;
                self.go(frame, At::Failing { is_announced: true })
            }
            Event::MapStateStarted { length, concurrency_max, .. } => {
                self.map_started(frame, u64::from(*length), u64::from(*concurrency_max))
            }
            Event::MapStateSucceeded { .. } => {
                let is_over =
                    |at: &At| matches!(at, At::Iterations { next, open: 0, length, .. } if next == length);
                self.expect(frame, true, is_over)?;
                self.go(frame, At::Done)
            }
            Event::MapIterationStarted { index, .. } => self.iteration_started(frame, u64::from(*index)),
            Event::MapIterationSucceeded { index, .. } => {
                self.expect(frame, true, |at| *at == At::Left { next: None })?;
                self.iteration_over(frame, u64::from(*index))
            }
            Event::MapIterationFailed { index, .. } => {
                let error = self.frame(frame)?.failure.clone().unwrap_or_default();
                self.unhandled(frame, &error)?;
                self.expect_index(frame, u64::from(*index))
            }
            Event::MapIterationAborted { index, .. } => self.expect_index(frame, u64::from(*index)),
            Event::TaskScheduled { timeout_seconds, heartbeat_seconds, nonce, state, .. } => {
                self.expect_in(frame, state.0 as usize)?;
                let seconds = |seconds: &Option<u64>| seconds.map(|seconds| seconds as i64);
                self.task_scheduled(
                    frame,
                    seconds(timeout_seconds),
                    seconds(heartbeat_seconds),
                    *nonce,
                    at_ms,
                )
            }
            Event::TaskStarted { .. } => self.task_started(frame, at_ms),
            Event::TaskSucceeded { .. } => {
                self.end(frame, Outcome::Succeeded)?;
                self.go(frame, At::Done)
            }
            Event::TaskFailed { failure, .. } => {
                self.end(frame, Outcome::Failed)?;
                self.fail(frame, failure.error.as_deref())
            }
            Event::TaskScheduleFailed { failure, .. } => {
                self.complete(frame, Outcome::NotScheduled, false)?;
                self.fail(frame, failure.error.as_deref())
            }
            Event::EvaluationFailed { state, .. } => self.expect_in(frame, state.0 as usize),
            Event::TaskSubmitted { .. } => self.submitted(frame),
            Event::TaskSubmitFailed { failure, .. } => {
                self.expect_unsubmitted(frame)?;
                self.complete(frame, Outcome::NotSubmitted, true)?;
                self.fail(frame, failure.error.as_deref())
            }
            Event::TaskTimedOut { failure, missed_heartbeat, .. } => {
                self.check_task_is_late(frame, at_ms, *missed_heartbeat)?;
                let was_started = self.attempt(frame)?.started_ms.is_some();
                self.complete(frame, Outcome::TimedOut, was_started)?;
                self.fail(frame, failure.error.as_deref())
            }
        }
    }

    fn execution_started(&mut self, at_ms: i64, timeout_at_ms: Option<i64>) -> Checked {
        if self.events != 1 {
            return Err(Violation::new("I4", "the execution starts a second time"));
        }
        self.started_ms = at_ms;
        self.running_since_ms = at_ms;
        let timeout = self.outline.timeout_seconds.map(|seconds| at_ms + seconds * 1_000);
        if timeout != timeout_at_ms {
            return Err(Violation::new("I5", format!("the definition says a time-out at {timeout:?}")));
        }
        self.open(None, 0, 0);
        Ok(())
    }

    fn execution_timed_out(&mut self, at_ms: i64) -> Checked {
        let due_ms = self.outline.timeout_seconds.map(|seconds| self.running_since_ms + seconds * 1_000);
        if due_ms.is_none_or(|due_ms| at_ms < due_ms) {
            return Err(Violation::new("I5", format!("timed out at {at_ms}, due at {due_ms:?}")));
        }
        self.finish(Status::TimedOut, at_ms)
    }

    fn finish(&mut self, status: Status, at_ms: i64) -> Checked {
        self.end = Some((status, at_ms));
        self.ends.push((self.events, at_ms));
        self.seen.insert(status.as_str());
        for frame in 0..self.frames.len() {
            if self.frames[frame].is_open {
                self.fall(frame);
            }
            self.drop_attempt(frame);
            self.frames[frame].is_open = false;
        }
        Ok(())
    }

    fn state_entered(&mut self, frame: usize, state: usize, at_ms: i64) -> Checked {
        let blocks = &self.outline.blocks;
        let leads_here = |at: &At| match at {
            At::Beginning { block } => blocks[*block] == state,
            At::Left { next } => *next == Some(state),
            _ => false,
        };
        self.expect(frame, true, leads_here)?;
        self.transitions += 1;
        self.seen.insert(self.outline.states[state].kind.name());
        let entered = &mut self.frames[frame];
        entered.state = state;
        entered.entered_ms = at_ms;
        entered.retries.clear();
        self.go(frame, At::Entered)
    }

    fn wait_set(&mut self, frame: usize, until_ms: i64) -> Checked {
        self.expect(frame, true, |at| *at == At::Entered)?;
        let Kind::Wait { seconds } = self.state_of(frame).kind else {
            return Err(Violation::new("I4", "only a Wait waits"));
        };
        let due_ms = self.waits_since_ms(frame) + seconds * 1_000;
        if until_ms != due_ms {
            return Err(Violation::new("I5", format!("the definition says {due_ms}")));
        }
        self.go(frame, At::Waiting { until_ms })
    }

    fn woken(&mut self, frame: usize, at_ms: i64) -> Checked {
        let (until_ms, then) = match self.frame(frame)?.at {
            At::Waiting { until_ms } => (until_ms, At::Done),
            At::Backoff { until_ms } => (until_ms, At::Entered),
            _ => return Err(Violation::new("I4", "woken, but it did not sleep")),
        };
        if at_ms < until_ms {
            return Err(Violation::new("I5", format!("woken at {at_ms}, due at {until_ms}")));
        }
        self.seen.insert("woken");
        self.go(frame, then)
    }

    fn open(&mut self, owner: Option<usize>, index: u64, block: usize) {
        self.frames.push(Frame {
            owner,
            index,
            is_open: true,
            state: 0,
            entered_ms: 0,
            retries: BTreeMap::new(),
            at: At::Beginning { block },
            failure: None,
            work: None,
            fallen: None,
        });
    }

    fn go(&mut self, frame: usize, at: At) -> Checked {
        self.frames[frame].at = at;
        Ok(())
    }

    fn frame(&self, frame: usize) -> Result<&Frame, Violation> {
        let open = self.frames.get(frame).filter(|frame| frame.is_open);
        open.ok_or_else(|| Violation::new("I4", format!("frame {frame} is not open")))
    }

    pub fn state_of(&self, frame: usize) -> &StateOutline {
        &self.outline.states[self.frames[frame].state]
    }

    fn expect(&self, frame: usize, holds: bool, stands: impl FnOnce(&At) -> bool) -> Checked {
        let at = &self.frame(frame)?.at;
        if holds && stands(at) {
            return Ok(());
        }
        Err(Violation::new("I4", format!("no cause for this in frame {frame}, which is {at:?}")))
    }

    fn expect_in(&self, frame: usize, state: usize) -> Checked {
        let is = self.frame(frame)?.state;
        if is == state {
            return Ok(());
        }
        Err(Violation::new("I4", format!("frame {frame} is in `{}`", self.outline.states[is].name)))
    }
}
