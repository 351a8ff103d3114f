//! One state by itself: what TestState runs.
//!
//! Here: an execution that begins inside the state under test and is walked turn by turn with `advance`,
//! until the state is left, fails, or needs an answer from outside, which the caller has or gets.
//! Not here: what a request may ask (`api`), who does the work of a task (`engine`).
//! INVARIANT: every step is a record or a turn of the same execution that runs machines; nothing is
//! interpreted a second time.

use std::sync::Arc;

use asl::error_name::{self, Failure};
use asl::json::{Document, Object};
use asl::query::{MapItem, Seen, Stage};
use asl::services::Services;
use asl::state::Kind;
use asl::{StateId, StateMachine};

use crate::advance::Step;
use crate::command::{Command, Moment, TaskKey, TokenMint};
use crate::effect::ServiceCall;
use crate::execution::{Execution, Identity, Pause};
use crate::failure;
use crate::frame::{Doing, FrameId};
use crate::limits::Limits;
use crate::payload::PayloadId;
use crate::record::{Batch, Event, Origin, Record};
use crate::scope::{EvaluationContext, Halt, map_item};

/// LIMIT: how long a test may take, five minutes (`spec/features.md` 1.5). A Wait is not waited for: it is
/// measured against this.
const TEST_MS_MAX: i64 = 5 * 60 * 1_000;

/// What expressions see in a test that they would not see in an execution.
#[derive(Debug, Default)]
pub(crate) struct Setting {
    /// Null in the context object without one.
    pub(crate) role_arn: Option<Arc<str>>,
    /// Members of the context object that the tester gave.
    pub(crate) context: Option<Arc<Object>>,
    pub(crate) map_item: Option<MapItem>,
    pub(crate) seen: Seen,
}

/// What a test begins with.
#[derive(Debug)]
pub struct Given {
    pub input: Document,
    pub variables: Vec<(Arc<str>, Document)>,
    /// How often every retrier of the state was drawn on before.
    pub retries: u64,
    pub role_arn: Option<Arc<str>>,
    pub context: Option<Arc<Object>>,
    pub now_ms: i64,
    pub seed: u64,
    pub payload_bytes_max: usize,
    pub services: Arc<dyn Services>,
}

/// A test in progress.
#[derive(Debug)]
pub struct StateTest {
    execution: Execution,
    state: StateId,
    setting: Setting,
    /// The moment of the test; waits move it on.
    now_ms: i64,
    began_ms: i64,
    seed: u64,
    payload_bytes_max: usize,
    services: Arc<dyn Services>,
    result: Option<Document>,
    failure: Option<Failed>,
    items: Option<Items>,
}

/// Where a test stands.
#[derive(Debug)]
pub enum Progress {
    /// Somebody must say what became of this work: `succeed` or `fail`, then `go_on`.
    Asks(Work),
    Ended(Box<Tested>),
}

#[derive(Debug)]
pub enum Work {
    /// One attempt of the task.
    Task { task: TaskKey, call: ServiceCall },
    /// All the blocks of the state. A Map has so many items.
    Blocks { items: Option<usize> },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Succeeded,
    Failed,
    Retriable,
    Caught,
}

/// What became of the state.
#[derive(Debug)]
pub struct Tested {
    pub verdict: Verdict,
    pub output: Option<Document>,
    pub failure: Option<Failure>,
    pub next: Option<Arc<str>>,
    pub inspection: Inspection,
}

/// What came between input and output; what the state does not have is absent.
#[derive(Debug, Default)]
pub struct Inspection {
    pub after_input_path: Option<Document>,
    pub after_parameters: Option<Document>,
    pub after_arguments: Option<Document>,
    pub result: Option<Document>,
    pub after_result_selector: Option<Document>,
    pub after_result_path: Option<Document>,
    pub after_items_path: Option<Document>,
    pub after_item_selector: Option<Document>,
    pub concurrency_max: Option<u64>,
    pub variables: Vec<(Arc<str>, Document)>,
    pub retry_index: Option<usize>,
    pub backoff_seconds: Option<u64>,
    pub catch_index: Option<usize>,
}

#[derive(Debug)]
struct Failed {
    failure: Failure,
    retrier: Option<usize>,
    catcher: Option<usize>,
}

/// What a Map made of its input.
#[derive(Debug)]
struct Items {
    all: Document,
    inputs: Option<Document>,
    concurrency_max: u64,
}

struct NoTokens;

impl TokenMint for NoTokens {
    /// A token of a test names nothing that could be completed.
    fn mint(&self, task: TaskKey) -> String {
        format!("test-state-{:016x}", task.nonce)
    }
}

impl StateTest {
    pub fn new(identity: Arc<Identity>, state: StateId, given: Given) -> StateTest {
        let Given { input, variables, retries, role_arn, context, now_ms, seed, payload_bytes_max, services } =
            given;
        let machine = Arc::clone(&identity.machine);
        let map_item = is_inside_map(&machine, state).then(|| MapItem {
            index: 0,
            key: None,
            value: input.value().clone(),
        });
        let mut execution = Execution::new(identity);
        let first = execution.payloads.next_id();
        let origin = Origin {
            machine: 0,
            revision: 0,
            name: Arc::clone(&execution.identity.name),
            trace_header: None,
            through: None,
        };
        let event = |previous, event| Record::Event { frame: FrameId::ROOT, previous, event };
        execution.replay(Batch {
            at_ms: now_ms,
            first_payload: first.0,
            payloads: vec![input],
            records: vec![
                event(0, Event::ExecutionStarted { origin, input: first, timeout_at_ms: None }),
                event(0, Event::StateEntered { state, input: first }),
            ],
        });
        let kept: Vec<_> =
            variables.into_iter().map(|(name, value)| (name, execution.payloads.add(value))).collect();
        let frame = execution.frames.get_mut(FrameId::ROOT);
        frame.variables.extend(kept);
        frame.retries = vec![retries; machine.state(state).retriers.len()];
        StateTest {
            execution,
            state,
            setting: Setting { role_arn, context, map_item, seen: Seen::default() },
            now_ms,
            began_ms: now_ms,
            seed,
            payload_bytes_max,
            services,
            result: None,
            failure: None,
            items: None,
        }
    }

    /// Walks until the state is left, has failed, or needs an answer.
    pub fn go_on(&mut self) -> Progress {
        loop {
            if self.execution.end.is_some() {
                return self.ended(Verdict::Failed, None, None);
            }
            let frame = self.execution.frames.get(FrameId::ROOT);
            let command = match &frame.doing {
                Doing::Left { output, next } => {
                    let output = self.execution.payloads.get(*output).clone();
                    let verdict = if self.failure.is_some() { Verdict::Caught } else { Verdict::Succeeded };
                    return self.ended(verdict, Some(output), *next);
                }
                Doing::Backoff { .. } => return self.ended(Verdict::Retriable, None, None),
                Doing::Task(_) if self.now_ms - self.began_ms >= TEST_MS_MAX => return self.out_of_time(),
                Doing::Task(attempt) => {
                    let task = TaskKey { scheduled: attempt.scheduled, nonce: attempt.nonce };
                    return Progress::Asks(Work::Task { task, call: self.execution.call_of(frame, attempt) });
                }
                Doing::Branches { .. } => return Progress::Asks(Work::Blocks { items: None }),
                Doing::Iterations(_) if self.items.is_none() => match self.look_at_items() {
                    Ok(items) => return Progress::Asks(Work::Blocks { items: Some(items) }),
                    Err(failure) => {
                        self.fail(failure);
                        continue;
                    }
                },
                Doing::Iterations(iterations) => {
                    return Progress::Asks(Work::Blocks { items: Some(iterations.results.len()) });
                }
                Doing::Waiting { until_ms } if until_ms - self.began_ms > TEST_MS_MAX => {
                    return self.out_of_time();
                }
                Doing::Waiting { until_ms } => {
                    self.now_ms = *until_ms;
                    Command::TimerDue
                }
                Doing::Failing { failure, missed_heartbeat, .. } => {
                    let state = self.execution.identity.machine.state(self.state);
                    let (retrier, catcher) = failure::handlers(state, failure, *missed_heartbeat);
                    self.failure = Some(Failed { failure: failure.clone(), retrier, catcher });
                    Command::Continue
                }
                Doing::Beginning { .. } | Doing::Entered | Doing::Done { .. } => Command::Continue,
            };
            self.step(command, 1);
        }
    }

    /// The work that was asked for gave this.
    pub fn succeed(&mut self, result: Document) {
        let frame = self.execution.frames.get(FrameId::ROOT);
        match &frame.doing {
            Doing::Task(attempt) => {
                let task = TaskKey { scheduled: attempt.scheduled, nonce: attempt.nonce };
                self.submit(task);
                self.result = Some(result.clone());
                self.step(Command::TaskSucceeded { task, output: result }, 0);
            }
            Doing::Branches { .. } => {
                self.end_blocks(result, |result| Event::ParallelStateSucceeded { result })
            }
            Doing::Iterations(_) => self.end_blocks(result, |result| Event::MapStateSucceeded { result }),
            _ => {}
        }
    }

    /// The work that was asked for failed.
    pub fn fail(&mut self, failure: Failure) {
        let frame = self.execution.frames.get(FrameId::ROOT);
        if let Doing::Task(attempt) = &frame.doing {
            let task = TaskKey { scheduled: attempt.scheduled, nonce: attempt.nonce };
            self.submit(task);
            self.step(Command::TaskFailed { task, failure }, 0);
        } else {
            let record =
                Record::StateFailed { frame: FrameId::ROOT, failure, after: frame.last, announced: true };
            self.execution.apply(&record, self.now_ms);
        }
    }

    /// When the answer to the work that was asked for comes too late: for its attempt, or for the test.
    pub fn deadline_ms(&self) -> i64 {
        let of_test = self.began_ms + TEST_MS_MAX;
        self.execution.deadline_ms().map_or(of_test, |of_attempt| of_attempt.min(of_test))
    }

    /// Nobody has answered by then.
    pub fn time_out(&mut self) {
        self.now_ms = self.deadline_ms();
        self.step(Command::TimerDue, 0);
    }

    fn out_of_time(&mut self) -> Progress {
        let failure = Failure { error: Some(error_name::TIMEOUT.into()), cause: None };
        self.failure = Some(Failed { failure, retrier: None, catcher: None });
        self.ended(Verdict::Failed, None, None)
    }

    /// A test asks for the end of a task: what comes before it where a service only takes the task is skipped.
    fn submit(&mut self, task: TaskKey) {
        let state = self.execution.frames.get(FrameId::ROOT).state;
        if self.execution.task(state).resource.is_submitted() {
            self.step(Command::TaskStarted { scheduled: task.scheduled, worker: None }, 0);
            self.step(Command::TaskSubmitted { task, output: Document::empty_object() }, 0);
        }
    }

    fn end_blocks(&mut self, result: Document, event: impl FnOnce(PayloadId) -> Event) {
        drop(self.execution.frames.take_below(FrameId::ROOT));
        let event = event(self.execution.payloads.add(result));
        let previous = self.execution.frames.get(FrameId::ROOT).last;
        self.execution.apply(&Record::Event { frame: FrameId::ROOT, previous, event }, self.now_ms);
    }

    /// A command, and so many turns after it.
    fn step(&mut self, command: Command, turns: u32) {
        let services = Arc::clone(&self.services);
        let moment = Moment { transitions_max: turns, ..self.moment(&*services) };
        let advance = self.execution.advance_in(command, &moment, Some(&self.setting));
        if advance.pause == Pause::OverBudget {
            self.fail(Failure {
                error: Some(error_name::RUNTIME.into()),
                cause: Some("The evaluation of the state takes more work than a test may do.".into()),
            });
        }
    }

    fn moment<'a>(&self, services: &'a dyn Services) -> Moment<'a> {
        Moment {
            now_ms: self.now_ms,
            seed: self.seed,
            evaluation_units: u64::MAX,
            transitions_max: 1,
            limits: Limits { payload_bytes_max: self.payload_bytes_max, ..Limits::default() },
            tokens: &NoTokens,
            services,
        }
    }

    /// What each iteration of the Map would begin with, where it is not just the item; their number.
    fn look_at_items(&mut self) -> Result<usize, Failure> {
        let machine = Arc::clone(&self.execution.identity.machine);
        let state = machine.state(self.state);
        let Kind::Map(map) = &state.kind else { return Ok(0) };
        let Doing::Iterations(iterations) = &self.execution.frames.get(FrameId::ROOT).doing else {
            return Ok(0);
        };
        let (length, all) = (iterations.results.len(), self.execution.payloads.get(iterations.items).clone());
        let services = Arc::clone(&self.services);
        let moment = self.moment(&*services);
        let step = Step::new(&mut self.execution, &moment, Some(&self.setting));
        let evaluated = || {
            let concurrency_max = step.evaluate(FrameId::ROOT, |_, scope| map.max_concurrency(scope))?;
            if !map.has_item_selector() {
                return Ok((concurrency_max, None));
            }
            let mut inputs = Vec::with_capacity(length);
            for index in 0..length as u32 {
                let item = map_item(all.value(), index);
                let with = EvaluationContext { task: None, map_item: Some(&item) };
                let input = step
                    .evaluate_with(FrameId::ROOT, with, |state, scope| map.item_input(state, scope, &item))?;
                inputs.push(input);
            }
            Ok((concurrency_max, Some(Document::array_of(inputs.iter()))))
        };
        let (concurrency_max, inputs) = evaluated().map_err(failure_of)?;
        self.items = Some(Items { all, inputs, concurrency_max });
        Ok(length)
    }

    fn ended(&mut self, verdict: Verdict, output: Option<Document>, next: Option<StateId>) -> Progress {
        let machine = &self.execution.identity.machine;
        let next = next.map(|next| Arc::clone(&machine.state(next).name));
        let inspection = self.inspect(verdict);
        // The end of the execution has closed its frames, and says what ended it.
        let of_end = || self.execution.ended().map(|end| end.failure.clone());
        let failure = match verdict {
            Verdict::Succeeded => None,
            Verdict::Failed | Verdict::Retriable | Verdict::Caught => {
                of_end().or_else(|| self.failure.as_ref().map(|failed| failed.failure.clone()))
            }
        };
        Progress::Ended(Box::new(Tested { verdict, output, failure, next, inspection }))
    }

    /// AWS shows for each type of state what it was seen to show (`spec/features.md` 1.5).
    fn inspect(&self, verdict: Verdict) -> Inspection {
        let state = self.execution.identity.machine.state(self.state);
        let is_json_path = !state.is_jsonata();
        let seen = |stage| self.setting.seen.at(stage);
        let mut shown = Inspection::default();
        match &state.kind {
            Kind::Task(_) => {
                shown.after_arguments = seen(Stage::Arguments);
                shown.after_parameters = seen(Stage::Parameters);
                shown.result = self.result.clone();
            }
            Kind::Pass(pass) => {
                shown.after_parameters = seen(Stage::Parameters);
                shown.result = pass.result.clone();
            }
            Kind::Map(_) => {
                shown.concurrency_max = self.items.as_ref().map(|items| items.concurrency_max);
                shown.after_item_selector = self.items.as_ref().and_then(|items| items.inputs.clone());
                let all = self.items.as_ref().map(|items| items.all.clone());
                shown.after_items_path = all.filter(|_| is_json_path);
            }
            Kind::Fail(_) if is_json_path => shown.after_input_path = Some(self.execution.input().clone()),
            Kind::Fail(_) | Kind::Choice(_) | Kind::Wait(_) | Kind::Succeed(_) | Kind::Parallel(_) => {}
        }
        if !matches!(state.kind, Kind::Parallel(_) | Kind::Fail(_)) {
            shown.after_input_path = seen(Stage::InputPath);
        }
        if matches!(state.kind, Kind::Task(_) | Kind::Pass(_) | Kind::Parallel(_) | Kind::Map(_)) {
            shown.after_result_selector = seen(Stage::ResultSelector);
            shown.after_result_path = seen(Stage::ResultPath);
        }
        if let Some(frame) = self.execution.frames.find(FrameId::ROOT) {
            let value = |id| self.execution.payloads.get(id).clone();
            shown.variables =
                frame.variables.iter().map(|(name, id)| (Arc::clone(name), value(*id))).collect();
        }
        if let Some(failed) = &self.failure {
            self.show_handlers(failed, verdict, &mut shown);
        }
        shown
    }

    fn show_handlers(&self, failed: &Failed, verdict: Verdict, shown: &mut Inspection) {
        shown.retry_index = failed.retrier;
        shown.catch_index = failed.catcher.filter(|_| verdict == Verdict::Caught);
        let frame = self.execution.frames.find(FrameId::ROOT);
        if let Some(Doing::Backoff { until_ms }) = frame.map(|frame| &frame.doing) {
            shown.backoff_seconds = u64::try_from((until_ms - self.now_ms) / 1_000).ok();
        }
    }
}

fn is_inside_map(machine: &StateMachine, state: StateId) -> bool {
    machine.around(state).any(|around| matches!(machine.state(around).kind, Kind::Map(_)))
}

fn failure_of(halt: Halt) -> Failure {
    match halt {
        Halt::Failed(failure) | Halt::NotEvaluated { failure, .. } => failure,
        Halt::OverBudget => Failure {
            error: Some(error_name::RUNTIME.into()),
            cause: Some("The evaluation of the state takes more work than a test may do.".into()),
        },
    }
}

#[cfg(test)]
mod tests;
