//! The one switch: a command finds the frame that waits for it, and the execution walks on until it
//! waits again, ends, or has used up its turn.

mod attempt;

use std::sync::Arc;

use asl::error_name::Failure;
use asl::query::{Budget, Entropy};
use asl::{Document, Kind, StateId};

use planted::Bug;

use crate::command::{Command, Moment, Reply};
use crate::effect::Effect;
use crate::execution::{Advance, Execution, Pause};
use crate::failure;
use crate::frame::{Doing, FrameId};
use crate::mocks::Mocks;
use crate::payload::PayloadId;
use crate::record::{Batch, Event, EventId, Origin, Record, after_seconds};
use crate::recorded::AttemptTime;
use crate::scope::Halt;
use crate::state;
use crate::test_state::Setting;

/// One step in progress: the execution with what is recorded, begun and ended on the way.
pub(crate) struct Step<'a> {
    pub(crate) execution: &'a mut Execution,
    pub(crate) moment: &'a Moment<'a>,
    pub(crate) entropy: Entropy,
    pub(crate) budget: Budget,
    /// A state is being tested by itself.
    pub(crate) setting: Option<&'a Setting>,
    batch: Batch,
    begun: Vec<Effect>,
    ended: Vec<Effect>,
    times: Vec<AttemptTime>,
}

impl Execution {
    /// Takes one command and walks on until the execution waits, ends or must yield.
    pub fn advance(&mut self, command: Command, moment: &Moment<'_>) -> Advance {
        self.advance_in(command, moment, None)
    }

    /// The same while a state is tested.
    pub(crate) fn advance_in(
        &mut self,
        command: Command,
        moment: &Moment<'_>,
        setting: Option<&Setting>,
    ) -> Advance {
        self.sweep();
        // A clock that was set back between two runs must not make a history fall in time.
        let latest_ms = if planted::is_on(Bug::HistoryFollowsTheClockBack) { 0 } else { self.latest_ms };
        let moment = &Moment { now_ms: moment.now_ms.max(latest_ms), ..*moment };
        let mut step = Step::new(self, moment, setting);
        let reply = step.take(command);
        let pause = if reply.is_refusal() { Pause::Waiting } else { step.walk() };
        let Step { batch, mut begun, mut ended, times, .. } = step;
        never_begin_what_is_over(&mut begun, &mut ended);
        let batch = (!batch.records.is_empty()).then_some(batch);
        Advance { batch, begun, ended, times, reply, pause }
    }
}

/// A step that begins something may go on, and end it: a branch fails while the call of another one begins.
fn never_begin_what_is_over(begun: &mut Vec<Effect>, ended: &mut Vec<Effect>) {
    if !begun.is_empty() {
        ended.retain(|over| {
            let place = begun.iter().position(|effect| effect == over);
            place.map(|place| begun.remove(place)).is_none()
        });
    }
}

impl<'a> Step<'a> {
    pub(crate) fn new(
        execution: &'a mut Execution,
        moment: &'a Moment<'a>,
        setting: Option<&'a Setting>,
    ) -> Step<'a> {
        Step {
            entropy: Entropy::new(moment.seed),
            budget: Budget::new(moment.evaluation_units),
            batch: Batch {
                at_ms: moment.now_ms,
                first_payload: execution.payloads.next_id().0,
                payloads: Vec::new(),
                records: Vec::new(),
            },
            begun: Vec::new(),
            ended: Vec::new(),
            times: Vec::new(),
            moment,
            setting,
            execution,
        }
    }
}

impl Step<'_> {
    /// Reading this top to bottom is reading what can happen to an execution. Each callee first finds
    /// the frame that waits for this; finding none, it records nothing.
    fn take(&mut self, command: Command) -> Reply {
        let is_redrive = matches!(command, Command::Redrive { .. });
        if self.execution.end.is_some() && !is_redrive {
            return self.refuse_ended(&command);
        }
        match command {
            Command::Start { origin, input, mocks } => self.start(origin, input, mocks),
            Command::TimerDue => self.wake_due(),
            Command::Continue => Reply::Accepted,
            Command::TaskStarted { scheduled, worker } => self.start_task(scheduled, worker),
            Command::TaskSucceeded { task, output } => self.complete_task(task, output),
            Command::TaskFailed { task, failure } => self.fail_task(task, failure),
            Command::TaskSubmitted { task, output } => self.submit_task(task, output),
            Command::TaskSubmitFailed { task, failure } => self.fail_submission(task, failure),
            Command::TaskSubmissionInDoubt { task } => self.doubt_submission(task),
            Command::TaskScheduleFailed { scheduled, failure } => self.fail_schedule(scheduled, failure),
            Command::TaskAbandoned { task } => self.abandon_task(task),
            Command::TaskHeartbeat { task } => self.heartbeat(task),
            Command::Stop { failure } => self.stop(failure),
            Command::Redrive { token, machine_is_deleting } => self.redrive(token, machine_is_deleting),
        }
    }

    fn refuse_ended(&self, command: &Command) -> Reply {
        match (command, &self.execution.end) {
            // AWS answers the stop of an ended execution with the date of its end.
            (Command::Stop { .. }, Some(_)) if planted::is_on(Bug::StopOfEndedSaysNow) => {
                Reply::Stopped { stopped_ms: self.moment.now_ms }
            }
            (Command::Stop { .. }, Some(end)) => Reply::Stopped { stopped_ms: end.at_ms },
            (Command::TaskSucceeded { .. }, _) if planted::is_on(Bug::LateAnswerIsAccepted) => {
                Reply::Accepted
            }
            _ => Reply::NoSuchTask,
        }
    }

    fn start(&mut self, mut origin: Origin, input: Document, mocks: Option<Arc<Mocks>>) -> Reply {
        let timeout = self.moment.limits.timeout_seconds(self.execution.identity.timeout_seconds());
        let timeout_at_ms = timeout.map(|seconds| after_seconds(self.moment.now_ms, seconds));
        let input = self.keep(input);
        if let Some(through) = origin.through.take() {
            self.record(Record::StartedThrough { through });
        }
        if let Some(mocks) = mocks {
            self.record(Record::StartedWithMocks { mocks });
        }
        self.record_event(FrameId::ROOT, 0, Event::ExecutionStarted { origin, input, timeout_at_ms });
        Reply::Accepted
    }

    fn wake_due(&mut self) -> Reply {
        let now = self.moment.now_ms;
        let early_ms = if planted::is_on(Bug::TimersFireEarly) { 1_000 } else { 0 };
        if self.execution.timeout_at_ms.is_some_and(|at| at <= now) {
            self.end_from_outside(|failure| Event::ExecutionTimedOut { failure }, Failure::default());
            return Reply::Accepted;
        }
        let mut due: Vec<(i64, FrameId)> = self
            .execution
            .frames
            .iter()
            .filter_map(|frame| {
                frame.deadline_ms().filter(|at| *at <= now + early_ms).map(|at| (at, frame.id))
            })
            .collect();
        due.sort_unstable();
        for (_, id) in due {
            match self.execution.frames.find(id).map(|frame| &frame.doing) {
                Some(Doing::Task(_)) => self.time_task_out(id),
                Some(_) => self.record(Record::Woken { frame: id }),
                // The time-out before filled the history, which ended the execution.
                None => {}
            }
        }
        Reply::Accepted
    }

    fn stop(&mut self, failure: Failure) -> Reply {
        self.end_from_outside(|failure| Event::ExecutionAborted { failure }, failure);
        Reply::Stopped { stopped_ms: self.moment.now_ms }
    }

    /// The events that end an execution from outside say 0 as their previous one, and AWS records no
    /// abort of the states that were running.
    fn end_from_outside(&mut self, event: impl FnOnce(Failure) -> Event, failure: Failure) {
        if !planted::is_on(Bug::StopLeavesWorkRunning) {
            self.end_all_effects();
        }
        self.record_event(FrameId::ROOT, 0, event(failure));
    }

    /// Gives each ready frame its turn until none is left or the step's bound is reached.
    fn walk(&mut self) -> Pause {
        for _ in 0..self.moment.transitions_max {
            if self.execution.end.is_some() {
                return Pause::Waiting;
            }
            let Some(frame) = self.execution.frames.next_ready(self.execution.turn) else {
                return Pause::Waiting;
            };
            match self.turn(frame) {
                Ok(()) => {}
                Err(Halt::Failed(failure)) => self.fail_state(frame, failure),
                Err(Halt::NotEvaluated { failure, location }) => {
                    self.record_not_evaluated(frame, failure.clone(), location);
                    self.fail_evaluating(frame, failure);
                }
                Err(Halt::OverBudget) => return Pause::OverBudget,
            }
        }
        if self.execution.can_continue() { Pause::Yielded } else { Pause::Waiting }
    }

    /// One turn of a frame that can go on by itself.
    fn turn(&mut self, frame: FrameId) -> Result<(), Halt> {
        match &self.execution.frames.get(frame).doing {
            Doing::Beginning { scope } => {
                let state = self.execution.identity.machine.scope(*scope).start_at;
                let input = self.execution.frames.get(frame).input;
                self.event(frame, Event::StateEntered { state, input });
                Ok(())
            }
            Doing::Left { output, next: Some(next) } => {
                let (state, input) = (*next, *output);
                self.event(frame, Event::StateEntered { state, input });
                Ok(())
            }
            Doing::Left { output, next: None } => {
                let output = *output;
                self.end_block(frame, output);
                Ok(())
            }
            Doing::Entered => state::work(self, frame),
            Doing::Done { result } => {
                let result = *result;
                state::exit(self, frame, result)
            }
            Doing::Branches { .. } => state::parallel::succeed(self, frame),
            Doing::Iterations(_) => state::map::go_on(self, frame),
            Doing::Failing { failure, .. } => {
                let failure = failure.clone();
                failure::handle(self, frame, failure)
            }
            Doing::Waiting { .. } | Doing::Task(_) | Doing::Backoff { .. } => Ok(()),
        }
    }

    /// The last state of the top level or of an iteration was left. (A branch is closed by the record
    /// of its last exit.)
    fn end_block(&mut self, frame: FrameId, output: PayloadId) {
        let ended = self.execution.frames.get(frame);
        match ended.owner {
            None => self.event(frame, Event::ExecutionSucceeded { output }),
            Some(owner) => {
                let (state, index) = (self.execution.frames.get(owner).state, ended.index);
                self.event(frame, Event::MapIterationSucceeded { state, index });
            }
        }
    }

    /// The state of a frame failed by its own words: an expression, a limit, a Fail state.
    pub(crate) fn fail_state(&mut self, id: FrameId, failure: Failure) {
        failure::abort_iterations(self, id);
        let Some(frame) = self.execution.frames.find(id) else { return };
        self.record(Record::StateFailed { frame: id, failure, after: frame.last, announced: true });
    }

    /// The state of a frame failed by an expression. AWS ends Map and Parallel with an event of theirs.
    fn fail_evaluating(&mut self, id: FrameId, failure: Failure) {
        failure::abort_iterations(self, id);
        // A full history has ended the execution, and closed its frames.
        let Some(frame) = self.execution.frames.find(id) else { return };
        let kind = &self.execution.identity.machine.state(frame.state).kind;
        let announced = !matches!(kind, Kind::Map(_) | Kind::Parallel(_));
        self.record(Record::StateFailed { frame: id, failure, after: frame.last, announced });
    }

    /// Before the work of a state AWS points this event to what was before the state, but in a Wait.
    pub(crate) fn record_not_evaluated(&mut self, id: FrameId, failure: Failure, location: Option<Arc<str>>) {
        let frame = self.execution.frames.get(id);
        let state = frame.state;
        let is_wait = matches!(self.execution.identity.machine.state(state).kind, Kind::Wait(_));
        let previous = if frame.last == frame.entered && !is_wait { frame.entered_after } else { frame.last };
        self.record_event(id, previous, Event::EvaluationFailed { state, failure, location });
    }

    /// Records an event whose previous one is the last of its frame.
    pub(crate) fn event(&mut self, frame: FrameId, event: Event) {
        // A full history has ended the execution, and closed its frames, within the same turn.
        let Some(open) = self.execution.frames.find(frame) else { return };
        let previous = open.last + u64::from(planted::is_on(Bug::PreviousEventIsTheNext));
        self.record_event(frame, previous, event);
    }

    /// Records an event. The last one that the history has room for ends the execution instead, unless
    /// it ends it anyway.
    pub(crate) fn record_event(&mut self, frame: FrameId, previous: EventId, event: Event) {
        let last_place = self.execution.last_event + 1 >= self.moment.limits.history_events_max;
        if last_place && !event.is_terminal() {
            self.end_all_effects();
            let failure = failure::history_is_full(self.moment.limits.history_events_max);
            self.record(Record::Event { frame, previous, event: Event::ExecutionFailed { failure } });
        } else {
            self.record(Record::Event { frame, previous, event });
        }
    }

    /// INVARIANT: after the terminal event nothing is recorded but that the execution is redriven.
    pub(crate) fn record(&mut self, record: Record) {
        let is_redrive = matches!(record, Record::Event { event: Event::ExecutionRedriven { .. }, .. });
        if self.execution.end.is_some() && !is_redrive {
            return;
        }
        if planted::is_on(Bug::ThroughIsForgotten) && matches!(record, Record::StartedThrough { .. }) {
            return;
        }
        self.times.extend(AttemptTime::at(self.execution, &record, self.moment.now_ms));
        self.execution.apply(&record, self.moment.now_ms);
        self.batch.records.push(record);
    }

    /// Keeps a payload that is new to the execution.
    pub(crate) fn keep(&mut self, document: Document) -> PayloadId {
        self.batch.payloads.push(document.clone());
        self.execution.payloads.add(document)
    }

    /// Keeps a payload that may be the very text of one that is kept already.
    pub(crate) fn keep_unless_same(&mut self, document: Document, kept: &[PayloadId]) -> PayloadId {
        let same = kept.iter().find(|id| self.execution.payloads.get(**id).is_same(&document));
        match same {
            Some(id) => *id,
            None => self.keep(document),
        }
    }

    pub(crate) fn check_size(&self, state: StateId, document: &Document) -> Result<(), Failure> {
        if document.text().len() <= self.moment.limits.payload_bytes_max {
            return Ok(());
        }
        Err(failure::payload_is_too_large(&self.execution.identity.machine.state(state).name))
    }

    pub(crate) fn begin_effect(&mut self, frame: FrameId) {
        let Some(frame) = self.execution.frames.find(frame) else { return };
        if let Some(effect) = self.execution.effect_of(frame) {
            self.begun.push(effect);
        }
    }

    /// Called before the record that ends the attempt, while the frame still says what is owed.
    pub(crate) fn end_effect(&mut self, frame: FrameId) {
        if let Some(effect) = self.execution.effect_of(self.execution.frames.get(frame)) {
            self.end_once(effect);
        }
    }

    fn end_all_effects(&mut self) {
        let outstanding: Vec<Effect> = self.execution.outstanding().collect();
        outstanding.into_iter().for_each(|effect| self.end_once(effect));
    }

    /// The history may be full just when the end of an attempt is to be recorded: then everything that
    /// is owed ends, and this attempt is still among it.
    fn end_once(&mut self, effect: Effect) {
        if !self.ended.contains(&effect) {
            self.ended.push(effect);
        }
    }
}

impl Event {
    /// Whether this event ends its execution.
    pub fn is_terminal(&self) -> bool {
        matches!(
            self,
            Event::ExecutionSucceeded { .. }
                | Event::ExecutionFailed { .. }
                | Event::ExecutionAborted { .. }
                | Event::ExecutionTimedOut { .. }
        )
    }
}
