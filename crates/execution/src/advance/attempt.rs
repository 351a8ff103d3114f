//! Attempts of tasks: what each answer from outside does to the one that waits for it.
//!
//! Here: an attempt starts, is submitted, ends, times out, is heard of. Each first finds the frame that waits
//! for exactly this attempt; finding none, it records nothing.
//! Not here: which command is which (`advance`), the scheduling of an attempt (`state/task`).
//! INVARIANT: the first answer counts, also one that overtakes the submission of its task.

use std::sync::Arc;

use asl::error_name::{self, Failure};
use asl::resource::Resource;
use asl::{Document, StateId};

use planted::Bug;

use super::Step;
use crate::command::{Reply, TaskKey};
use crate::failure;
use crate::frame::{Doing, FrameId, Outcome, Stage};
use crate::record::{Event, EventId, Record};

impl Step<'_> {
    pub(super) fn start_task(&mut self, scheduled: EventId, worker: Option<Arc<str>>) -> Reply {
        let Some((frame, attempt)) = self.execution.attempt(scheduled) else { return Reply::NoSuchTask };
        if attempt.stage != Stage::Scheduled && !planted::is_on(Bug::TaskIsHandedOverTwice) {
            return Reply::NoSuchTask;
        }
        let key = TaskKey { scheduled, nonce: attempt.nonce };
        let input = self.execution.payloads.get(attempt.input).clone();
        let state = self.execution.frames.get(frame).state;
        self.end_effect(frame);
        self.event(frame, Event::TaskStarted { state, worker });
        // A worker holds an activity task from here on; a call is owed now.
        self.begin_effect(frame);
        Reply::Task { key, input }
    }

    pub(super) fn submit_task(&mut self, task: TaskKey, output: Document) -> Reply {
        let Some(frame) = self.started_call(task) else { return Reply::NoSuchTask };
        let state = self.execution.frames.get(frame).state;
        if let Err(failure) = self.check_result_size(state, &output) {
            return self.fail_submission(task, failure);
        }
        self.end_effect(frame);
        let output = self.keep(output);
        self.event(frame, Event::TaskSubmitted { state, output });
        if !self.end_early(frame) {
            self.begin_effect(frame);
        }
        Reply::Accepted
    }

    pub(super) fn fail_submission(&mut self, task: TaskKey, failure: Failure) -> Reply {
        let Some(frame) = self.started_call(task) else { return Reply::NoSuchTask };
        let state = self.execution.frames.get(frame).state;
        self.end_effect(frame);
        if !self.end_early(frame) {
            self.event(frame, Event::TaskSubmitFailed { state, failure });
        }
        Reply::Accepted
    }

    pub(super) fn doubt_submission(&mut self, task: TaskKey) -> Reply {
        let Some(frame) = self.started_call(task) else { return Reply::NoSuchTask };
        self.end_effect(frame);
        if !self.end_early(frame) {
            self.record(Record::SubmissionInDoubt { frame });
        }
        Reply::Accepted
    }

    /// The frame whose call has not been answered yet.
    fn started_call(&self, task: TaskKey) -> Option<FrameId> {
        let frame = self.execution.frame_of(task)?;
        let Doing::Task(attempt) = &self.execution.frames.get(frame).doing else { return None };
        (attempt.stage == Stage::Started).then_some(frame)
    }

    /// Whether a task's end can come before its submission is known: the worker that has its token may be
    /// quicker than the service that gave it to the worker.
    fn awaits_submission(&self, frame: FrameId) -> bool {
        let frame = self.execution.frames.get(frame);
        let Doing::Task(attempt) = &frame.doing else { return false };
        let is_settled = matches!(attempt.stage, Stage::Submitted { .. } | Stage::InDoubt);
        !is_settled && self.execution.task(frame.state).resource.is_submitted()
    }

    /// Ends a task that was answered before its submission was known; says whether it was.
    fn end_early(&mut self, id: FrameId) -> bool {
        let Some(frame) = self.execution.frames.find(id) else { return true };
        let (state, Doing::Task(attempt)) = (frame.state, &frame.doing) else { return false };
        match attempt.early.clone() {
            None => return false,
            Some(Outcome::Succeeded(output)) => self.event(id, Event::TaskSucceeded { state, output }),
            Some(Outcome::Failed(failure)) => self.event(id, Event::TaskFailed { state, failure }),
        }
        true
    }

    /// The first answer counts; it waits for the submission, which AWS shows before it.
    fn answer_early(&mut self, frame: FrameId, outcome: Outcome) -> Reply {
        if !planted::is_on(Bug::EarlyAnswerIsNotRecorded) {
            self.record(Record::AnsweredEarly { frame, outcome });
        }
        Reply::Accepted
    }

    fn is_answered_early(&self, frame: FrameId) -> bool {
        !planted::is_on(Bug::SecondEarlyAnswerCounts)
            && matches!(&self.execution.frames.get(frame).doing, Doing::Task(attempt) if attempt.early.is_some())
    }

    pub(super) fn complete_task(&mut self, task: TaskKey, output: Document) -> Reply {
        let Some(frame) = self.execution.frame_of(task) else { return Reply::NoSuchTask };
        let state = self.execution.frames.get(frame).state;
        if self.is_answered_early(frame) {
            return Reply::NoSuchTask;
        }
        if let Err(failure) = self.check_result_size(state, &output) {
            return self.fail_task(task, failure);
        }
        if self.awaits_submission(frame) {
            let output = self.keep(output);
            return self.answer_early(frame, Outcome::Succeeded(output));
        }
        self.end_effect(frame);
        let output = self.keep(output);
        self.event(frame, Event::TaskSucceeded { state, output });
        Reply::Accepted
    }

    pub(super) fn fail_task(&mut self, task: TaskKey, failure: Failure) -> Reply {
        let Some(frame) = self.execution.frame_of(task) else { return Reply::NoSuchTask };
        let state = self.execution.frames.get(frame).state;
        if self.is_answered_early(frame) {
            return Reply::NoSuchTask;
        }
        if self.awaits_submission(frame) {
            return self.answer_early(frame, Outcome::Failed(failure));
        }
        self.end_effect(frame);
        self.event(frame, Event::TaskFailed { state, failure });
        Reply::Accepted
    }

    pub(super) fn fail_schedule(&mut self, scheduled: EventId, failure: Failure) -> Reply {
        let Some((frame, attempt)) = self.execution.attempt(scheduled) else { return Reply::NoSuchTask };
        if attempt.stage != Stage::Scheduled {
            return Reply::NoSuchTask;
        }
        let state = self.execution.frames.get(frame).state;
        self.end_effect(frame);
        self.event(frame, Event::TaskScheduleFailed { state, failure });
        Reply::Accepted
    }

    pub(super) fn abandon_task(&mut self, task: TaskKey) -> Reply {
        let Some(frame) = self.execution.frame_of(task) else { return Reply::NoSuchTask };
        self.time_task_out(frame);
        Reply::Accepted
    }

    /// AWS shows the time-out of an attempt and a missed heartbeat alike: `States.Timeout`, no cause.
    pub(super) fn time_task_out(&mut self, frame: FrameId) {
        let state = self.execution.frames.get(frame).state;
        self.end_effect(frame);
        // Whoever answered was told that the answer counts.
        if !planted::is_on(Bug::TimeOutBeatsTheEarlyAnswer) && self.end_early(frame) {
            return;
        }
        let failure = Failure { error: Some(Arc::from(error_name::TIMEOUT)), cause: None };
        let missed_heartbeat = match &self.execution.frames.get(frame).doing {
            Doing::Task(attempt) => attempt.misses_heartbeat(self.moment.now_ms),
            _ => false,
        };
        self.event(frame, Event::TaskTimedOut { state, failure, missed_heartbeat });
    }

    /// Volatile by design: a heartbeat moves a clock and records nothing.
    pub(super) fn heartbeat(&mut self, task: TaskKey) -> Reply {
        let Some(frame) = self.execution.frame_of(task) else { return Reply::NoSuchTask };
        if let Doing::Task(attempt) = &mut self.execution.frames.get_mut(frame).doing
            && attempt.heartbeat_at_ms.is_some()
        {
            attempt.restart_heartbeat(self.moment.now_ms);
        }
        Reply::Accepted
    }

    /// The test case answers instead of the service: everything that a call shows, and nothing leaves.
    pub(crate) fn answer_mocked(
        &mut self,
        frame: FrameId,
        state: StateId,
        answer: Result<Document, Failure>,
    ) {
        self.event(frame, Event::TaskStarted { state, worker: None });
        if self.execution.task(state).resource.is_submitted() {
            let output = self.keep(Document::empty_object());
            self.event(frame, Event::TaskSubmitted { state, output });
        }
        let answer = answer.and_then(|output| {
            self.check_result_size(state, &output)?;
            Ok(output)
        });
        match answer {
            Ok(output) => {
                let output = self.keep(output);
                self.event(frame, Event::TaskSucceeded { state, output });
            }
            Err(failure) => self.event(frame, Event::TaskFailed { state, failure }),
        }
    }

    /// AWS names the service or the function whose result is too large, not the state.
    fn check_result_size(&self, state: StateId, document: &Document) -> Result<(), Failure> {
        self.check_size(state, document).map_err(|failure| match &self.execution.task(state).resource {
            Resource::Activity(_) => failure,
            Resource::LambdaFunction(arn) => failure::payload_is_too_large(arn),
            Resource::Service { service, .. } => failure::payload_is_too_large(service),
        })
    }
}
