//! Records: what is written down of an execution, visible and hidden, and the only function that
//! changes an `Execution`.
//!
//! A record is either an event that AWS shows too (it takes the next event id, and its
//! `previousEventId` is fixed here) or a hidden one that AWS never shows. Hidden ones restore what no
//! event tells: deadlines, drawn retry delays, the counters of retriers, who failed and why.
//! Variants are never removed or reordered, fields never changed: old bytes decode forever.

use std::sync::Arc;

use asl::error_name::Failure;
use asl::{Document, StateId};
use planted::Bug;
use serde::{Deserialize, Serialize};

use crate::execution::{Execution, Status};
use crate::frame::{Attempt, Doing, FrameId, Iterations, Outcome, Stage, Worker};
use crate::mocks::{Mocked, Mocks};
use crate::payload::PayloadId;
use crate::redrive::Redriven;

/// Number of a visible event, from 1.
pub type EventId = u64;

/// Where an execution comes from: what a store's reader needs to find its definition again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Origin {
    /// The state machine's incarnation and the revision of it that the execution is pinned to.
    pub machine: u128,
    pub revision: u32,
    pub name: Arc<str>,
    pub trace_header: Option<Arc<str>>,
    /// The version that it was started through, if it was. Stored apart (`Record::StartedThrough`): older
    /// bytes know nothing of versions.
    #[serde(skip)]
    pub through: Option<Through>,
}

/// A published version, and the alias that chose it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Through {
    pub version: u64,
    pub alias: Option<Arc<str>>,
}

impl Through {
    pub fn version_arn(&self, state_machine_arn: &str) -> Arc<str> {
        format!("{state_machine_arn}:{}", self.version).into()
    }

    pub fn alias_arn(&self, state_machine_arn: &str) -> Option<Arc<str>> {
        self.alias.as_ref().map(|alias| format!("{state_machine_arn}:{alias}").into())
    }
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Record {
    Event {
        frame: FrameId,
        previous: EventId,
        event: Event,
    },
    WaitSet {
        frame: FrameId,
        until_ms: i64,
    },
    /// A wait or a retry delay is over.
    Woken {
        frame: FrameId,
    },
    /// The state of `frame` failed. `after` is what `previousEventId` goes on from; `announced` says
    /// that no `...StateFailed` event is due for it.
    StateFailed {
        frame: FrameId,
        failure: Failure,
        after: EventId,
        announced: bool,
    },
    /// Retrier number `retrier` of the state was drawn on: the next attempt begins at `at_ms`.
    RetrySet {
        frame: FrameId,
        retrier: u32,
        at_ms: i64,
    },
    /// The task of `frame` was answered under its token before its submission was known.
    AnsweredEarly {
        frame: FrameId,
        outcome: Outcome,
    },
    /// Stands before `ExecutionStarted` where the execution was started through a version.
    StartedThrough {
        through: Through,
    },
    /// Stands behind `TaskScheduled` where the task's `Credentials` give a role.
    TaskCredentials {
        frame: FrameId,
        role_arn: Arc<str>,
    },
    /// Nobody will know whether the service has taken the task of `frame`; it is waited for.
    SubmissionInDoubt {
        frame: FrameId,
    },
    /// Stands before `ExecutionStarted` where the execution was started as a test case.
    StartedWithMocks {
        mocks: Arc<Mocks>,
    },
}

/// The events of AWS's history, with hidden fields where replay needs them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Event {
    ExecutionStarted {
        origin: Origin,
        input: PayloadId,
        timeout_at_ms: Option<i64>,
    },
    ExecutionSucceeded {
        output: PayloadId,
    },
    ExecutionFailed {
        failure: Failure,
    },
    ExecutionAborted {
        failure: Failure,
    },
    ExecutionTimedOut {
        failure: Failure,
    },
    StateEntered {
        state: StateId,
        input: PayloadId,
    },
    StateExited {
        state: StateId,
        output: PayloadId,
        assigned: Vec<(Arc<str>, PayloadId)>,
        next: Option<StateId>,
    },
    StateAborted {
        state: StateId,
    },
    ParallelStateStarted {
        state: StateId,
        input: PayloadId,
    },
    ParallelStateSucceeded {
        result: PayloadId,
    },
    ParallelStateFailed,
    MapStateStarted {
        length: u32,
        items: PayloadId,
        concurrency_max: u32,
    },
    MapStateSucceeded {
        result: PayloadId,
    },
    MapStateFailed,
    MapIterationStarted {
        state: StateId,
        index: u32,
        input: PayloadId,
    },
    MapIterationSucceeded {
        state: StateId,
        index: u32,
    },
    MapIterationFailed {
        state: StateId,
        index: u32,
    },
    MapIterationAborted {
        state: StateId,
        index: u32,
    },
    /// `ActivityScheduled`, `LambdaFunctionScheduled` or `TaskScheduled`, by the state's resource; the
    /// same holds for the task events below.
    TaskScheduled {
        state: StateId,
        input: PayloadId,
        timeout_seconds: Option<u64>,
        heartbeat_seconds: Option<u64>,
        nonce: u64,
    },
    TaskScheduleFailed {
        state: StateId,
        failure: Failure,
    },
    TaskStarted {
        state: StateId,
        worker: Worker,
    },
    TaskSucceeded {
        state: StateId,
        output: PayloadId,
    },
    TaskFailed {
        state: StateId,
        failure: Failure,
    },
    TaskTimedOut {
        state: StateId,
        failure: Failure,
        /// The attempt missed a heartbeat. AWS shows `States.Timeout` then too, but Retry and Catch may
        /// name it `States.HeartbeatTimeout`.
        missed_heartbeat: bool,
    },
    /// A JSONata expression failed. Its field is not known of the input of a Map.
    EvaluationFailed {
        state: StateId,
        failure: Failure,
        location: Option<Arc<str>>,
    },
    /// A service has taken a task whose end comes later.
    TaskSubmitted {
        state: StateId,
        output: PayloadId,
    },
    TaskSubmitFailed {
        state: StateId,
        failure: Failure,
    },
    /// The execution goes on after its end. The token is the caller's.
    ExecutionRedriven {
        count: u32,
        timeout_at_ms: Option<i64>,
        token: Option<Arc<str>>,
    },
}

/// What one step recorded: everything at one moment, with the payloads it brought.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub at_ms: i64,
    /// Number of the first payload in `payloads`; the others follow.
    pub first_payload: u32,
    pub payloads: Vec<Document>,
    pub records: Vec<Record>,
}

/// Version of the encoding below, the first byte of every batch.
const ENCODING: u8 = 1;

#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("the record encoding has version {found}, this program reads up to {newest}")]
    Version { found: u8, newest: u8 },
    #[error("the record bytes are damaged: {0}")]
    Damaged(#[from] postcard::Error),
    #[error("the record bytes are empty")]
    Empty,
}

impl Batch {
    pub fn encode(&self) -> Vec<u8> {
        let payloads: Vec<&str> = self.payloads.iter().map(Document::text).collect();
        let bytes: usize = payloads.iter().map(|text| text.len() + 3).sum();
        let mut encoded = Vec::with_capacity(bytes + 24 + self.records.len() * 12);
        encoded.push(ENCODING);
        postcard::to_extend(&(self.at_ms, self.first_payload, payloads, &self.records), encoded)
            .expect("a batch in memory can be written to memory")
    }

    pub fn decode(bytes: &[u8]) -> Result<Batch, DecodeError> {
        let (_, body) = versioned(bytes, ENCODING)?;
        let (at_ms, first_payload, texts, records): (i64, u32, Vec<Box<str>>, Vec<Record>) =
            postcard::from_bytes(body)?;
        Ok(Batch {
            at_ms,
            first_payload,
            payloads: texts.into_iter().map(Document::trusted).collect(),
            records,
        })
    }

    /// What answers the execution's tasks, when this is its first batch and it was started as a test case.
    pub fn mocks(&self) -> Option<Arc<Mocks>> {
        self.records.iter().find_map(|record| match record {
            Record::StartedWithMocks { mocks } => Some(Arc::clone(mocks)),
            _ => None,
        })
    }

    /// Where the execution comes from, when this is its first batch.
    pub fn origin(&self) -> Option<Origin> {
        let mut through = None;
        for record in &self.records {
            match record {
                Record::StartedThrough { through: version } => through = Some(version.clone()),
                Record::StartedWithMocks { .. } => {}
                Record::Event { event: Event::ExecutionStarted { origin, .. }, .. } => {
                    return Some(Origin { through, ..origin.clone() });
                }
                _ => return None,
            }
        }
        None
    }
}

/// A version that this program can read, from 1, and the body behind it.
pub(crate) fn versioned(bytes: &[u8], newest: u8) -> Result<(u8, &[u8]), DecodeError> {
    match bytes.split_first() {
        None => Err(DecodeError::Empty),
        Some((version, body)) if (1..=newest).contains(version) => Ok((*version, body)),
        Some((version, _)) => Err(DecodeError::Version { found: *version, newest }),
    }
}

impl Execution {
    /// Applies one record. Evaluates nothing and asks no clock: the same records give the same
    /// execution.
    pub(crate) fn apply(&mut self, record: &Record, at_ms: i64) {
        self.latest_ms = at_ms;
        match record {
            Record::Event { frame, event, .. } => {
                self.last_event += 1;
                self.turn = *frame;
                self.apply_event(*frame, event, at_ms);
            }
            Record::WaitSet { frame, until_ms } => {
                self.frames.get_mut(*frame).doing = Doing::Waiting { until_ms: *until_ms };
            }
            Record::Woken { frame } => {
                let frame = self.frames.get_mut(*frame);
                frame.doing = match frame.doing {
                    Doing::Waiting { .. } => Doing::Done { result: None },
                    _ => Doing::Entered,
                };
            }
            Record::StateFailed { frame, failure, after, announced } => {
                let failing = Doing::Failing {
                    failure: failure.clone(),
                    announced: *announced,
                    missed_heartbeat: false,
                };
                self.state_failed(*frame, *after, failing, failure);
            }
            Record::RetrySet { frame, retrier, at_ms } => {
                self.fallen.forget_below(*frame);
                let frame = self.frames.get_mut(*frame);
                let retrier = *retrier as usize;
                if frame.retries.len() <= retrier {
                    frame.retries.resize(retrier + 1, 0);
                }
                frame.retries[retrier] += u64::from(!planted::is_on(Bug::RetriesAreNotCounted));
                frame.doing = Doing::Backoff { until_ms: *at_ms };
            }
            Record::AnsweredEarly { frame, outcome } => {
                if let Doing::Task(attempt) = &mut self.frames.get_mut(*frame).doing {
                    attempt.early = Some(outcome.clone());
                }
            }
            Record::TaskCredentials { frame, role_arn } => {
                if let Doing::Task(attempt) = &mut self.frames.get_mut(*frame).doing {
                    attempt.role_arn = Some(Arc::clone(role_arn));
                }
            }
            Record::SubmissionInDoubt { frame } => {
                if let Doing::Task(attempt) = &mut self.frames.get_mut(*frame).doing {
                    attempt.stage = Stage::InDoubt;
                    attempt.restart_heartbeat(at_ms);
                }
            }
            // Says where the execution comes from, and changes nothing of what it does.
            Record::StartedThrough { .. } => {}
            Record::StartedWithMocks { mocks } => self.mocked = Some(Mocked::new(Arc::clone(mocks))),
        }
    }

    fn apply_event(&mut self, frame: FrameId, event: &Event, at_ms: i64) {
        let id = self.last_event;
        match event {
            Event::ExecutionStarted { input, timeout_at_ms, .. } => {
                self.started_ms = at_ms;
                self.input = *input;
                self.timeout_at_ms = *timeout_at_ms;
                // The first state's event says 0 as its previous one, as this event does.
                self.frames.open(None, 0, 0, asl::StateMachine::TOP, *input);
            }
            Event::ExecutionSucceeded { output } => {
                self.end(Status::Succeeded, at_ms, Some(*output), &Failure::default());
            }
            Event::ExecutionFailed { failure } => self.end(Status::Failed, at_ms, None, failure),
            Event::ExecutionAborted { failure } => self.end(Status::Aborted, at_ms, None, failure),
            Event::ExecutionTimedOut { failure } => self.end(Status::TimedOut, at_ms, None, failure),
            Event::StateEntered { state, input } => {
                let frame = self.frames.get_mut(frame);
                frame.state = *state;
                frame.entered = id;
                frame.entered_ms = at_ms;
                frame.entered_after = frame.last;
                frame.input = *input;
                if !planted::is_on(Bug::RetriesCountForThePast) {
                    frame.retries.clear();
                }
                frame.last = id;
                frame.doing = Doing::Entered;
            }
            Event::StateExited { output, assigned, next, .. } => {
                self.frames.get_mut(frame).variables.extend(assigned.iter().cloned());
                self.leave_state(frame, id, *output, *next);
            }
            Event::StateAborted { .. } | Event::MapIterationAborted { .. } => {}
            Event::ParallelStateStarted { state, input } => self.open_branches(frame, id, *state, *input),
            Event::ParallelStateSucceeded { result } | Event::MapStateSucceeded { result } => {
                // The exit that follows repeats this event's previousEventId: `last` stays.
                self.frames.get_mut(frame).doing = Doing::Done { result: Some(*result) };
            }
            Event::ParallelStateFailed | Event::MapStateFailed => {
                let frame = self.frames.get_mut(frame);
                frame.last = id;
                if let Doing::Failing { announced, .. } = &mut frame.doing {
                    *announced = true;
                }
            }
            Event::MapStateStarted { length, items, concurrency_max } => {
                let frame = self.frames.get_mut(frame);
                frame.last = id;
                frame.doing = Doing::Iterations(Iterations {
                    items: *items,
                    concurrency_max: *concurrency_max,
                    next: 0,
                    open: 0,
                    resume_after: id,
                    results: vec![None; *length as usize],
                });
            }
            Event::MapIterationStarted { index, input, state } => {
                let scope = self.map(*state).processor;
                let iterations = self.iterations(frame);
                iterations.next = index + 1;
                iterations.open += 1;
                self.frames.open(Some(frame), *index, id, scope, *input);
            }
            Event::MapIterationSucceeded { index, .. } => {
                let child = self.frames.close(frame);
                let Doing::Left { output, .. } = child.doing else {
                    panic!("an iteration that succeeded has left its last state");
                };
                let owner = child.owner.expect("an iteration has an owner");
                let iterations = self.iterations(owner);
                iterations.open -= 1;
                iterations.results[*index as usize] = Some(output);
                iterations.resume_after = child.last;
                self.frames.get_mut(owner).last = id;
            }
            Event::MapIterationFailed { .. } => {
                let child = self.frames.get(frame);
                let (owner, last) = (child.owner.expect("an iteration has an owner"), child.last);
                self.frames.get_mut(owner).last = last;
            }
            Event::TaskScheduled { state, input, timeout_seconds, heartbeat_seconds, nonce } => {
                if let Some(mocked) = &mut self.mocked {
                    mocked.count(&self.identity.machine.state(*state).name);
                }
                let frame = self.frames.get_mut(frame);
                frame.last = id;
                frame.doing = Doing::Task(Attempt {
                    scheduled: id,
                    nonce: *nonce,
                    input: *input,
                    stage: Stage::Scheduled,
                    early: None,
                    timeout_at_ms: timeout_seconds.map(|seconds| after_seconds(at_ms, seconds)),
                    heartbeat_seconds: *heartbeat_seconds,
                    heartbeat_at_ms: None,
                    role_arn: None,
                    scheduled_ms: Some(at_ms),
                    started_ms: None,
                });
            }
            Event::TaskStarted { state, .. } => {
                // A service's task has no worker yet that could send heartbeats.
                let has_worker = matches!(self.task(*state).resource, asl::resource::Resource::Activity(_));
                let frame = self.frames.get_mut(frame);
                frame.last = id;
                if let Doing::Task(attempt) = &mut frame.doing {
                    attempt.stage = Stage::Started;
                    attempt.started_ms = Some(at_ms);
                    if has_worker {
                        attempt.restart_heartbeat(at_ms);
                    }
                }
            }
            Event::TaskSubmitted { output, .. } => {
                let frame = self.frames.get_mut(frame);
                frame.last = id;
                if let Doing::Task(attempt) = &mut frame.doing {
                    attempt.stage = Stage::Submitted { output: *output };
                    attempt.restart_heartbeat(at_ms);
                }
            }
            Event::TaskSucceeded { output, .. } => {
                let frame = self.frames.get_mut(frame);
                frame.last = id;
                frame.doing = Doing::Done { result: Some(*output) };
            }
            Event::TaskScheduleFailed { failure, .. }
            | Event::TaskSubmitFailed { failure, .. }
            | Event::TaskFailed { failure, .. } => {
                self.fail_attempt(frame, failure, false);
            }
            Event::EvaluationFailed { .. } => self.frames.get_mut(frame).last = id,
            Event::ExecutionRedriven { count, timeout_at_ms, token } => {
                self.end = None;
                self.timeout_at_ms = *timeout_at_ms;
                self.redrives.add(Redriven { count: *count, at_ms }, token.clone());
                self.frames.open_again(self.fallen.take());
            }
            Event::TaskTimedOut { failure, missed_heartbeat, .. } => {
                self.fail_attempt(frame, failure, *missed_heartbeat);
            }
        }
    }

    fn fail_attempt(&mut self, frame: FrameId, failure: &Failure, missed_heartbeat: bool) {
        let last = self.last_event;
        let frame = self.frames.get_mut(frame);
        frame.last = last;
        frame.doing = Doing::Failing { failure: failure.clone(), announced: true, missed_heartbeat };
    }

    fn leave_state(&mut self, id: FrameId, event: EventId, output: PayloadId, next: Option<StateId>) {
        self.fallen.forget_below(id);
        let frame = self.frames.get_mut(id);
        frame.last = event;
        frame.doing = Doing::Left { output, next };
        let (owner, index) = (frame.owner, frame.index as usize);
        let Some(owner) = owner.filter(|_| next.is_none()) else { return };
        let owner = self.frames.get_mut(owner);
        if let Doing::Branches { results, open } = &mut owner.doing {
            results[index] = Some(output);
            *open -= 1;
            owner.last = event;
            self.frames.close(id);
        }
    }

    fn open_branches(&mut self, owner: FrameId, event: EventId, state: StateId, input: PayloadId) {
        let machine = Arc::clone(&self.identity.machine);
        let asl::Kind::Parallel(parallel) = &machine.state(state).kind else {
            panic!("ParallelStateStarted names a Parallel state");
        };
        let frame = self.frames.get_mut(owner);
        frame.last = event;
        let branches = parallel.branches.len();
        frame.doing = Doing::Branches { results: vec![None; branches], open: branches as u32 };
        for (index, scope) in parallel.branches.iter().enumerate() {
            self.frames.open(Some(owner), index as u32, event, *scope, input);
        }
    }

    pub(crate) fn map(&self, state: StateId) -> &asl::state::map::Map {
        match &self.identity.machine.state(state).kind {
            asl::Kind::Map(map) => map,
            _ => panic!("a record about iterations names a Map state"),
        }
    }

    pub(crate) fn task(&self, state: StateId) -> &asl::state::task::Task {
        match &self.identity.machine.state(state).kind {
            asl::Kind::Task(task) => task,
            _ => panic!("a record about a task names a Task state"),
        }
    }

    fn iterations(&mut self, owner: FrameId) -> &mut Iterations {
        match &mut self.frames.get_mut(owner).doing {
            Doing::Iterations(iterations) => iterations,
            _ => panic!("a frame whose iterations are recorded is iterating"),
        }
    }
}

impl Attempt {
    pub(crate) fn restart_heartbeat(&mut self, now_ms: i64) {
        self.heartbeat_at_ms = self.heartbeat_seconds.map(|seconds| after_seconds(now_ms, seconds));
    }
}

/// `seconds` after a moment; far futures saturate.
pub(crate) fn after_seconds(now_ms: i64, seconds: u64) -> i64 {
    now_ms.saturating_add(i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX))
}
