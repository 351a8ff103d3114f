//! Tests of single states: the pure test (`execution::test_state`) with an identity of its own, and with
//! answers to what it asks: a mock's, or those of the service that it calls.
//!
//! INVARIANT: a thread of the engine walks a test and never waits for a call.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use asl::StateId;
use asl::arn::Owner;
use asl::definition::MachineType;
use asl::error_name::{self, Failure};
use asl::json::{Document, Object};
use execution::test_state::{Given, Progress, StateTest, Tested, Work};
use execution::{Identity, ServiceCall, TaskKey};
use store::Uid;
use tokio::sync::oneshot;

use crate::engine::Shared;
use crate::entropy;
use crate::shard::release::no_integration;
use crate::task::runner::{Answer, Home, TaskCall};
use crate::workers::Tools;

#[derive(Debug)]
pub struct TestState {
    pub owner: Owner,
    pub machine: Arc<asl::StateMachine>,
    pub state: StateId,
    pub input: Document,
    pub variables: Vec<(Arc<str>, Document)>,
    pub role_arn: Option<Arc<str>>,
    /// Members of the context object that take the place of those made here.
    pub context: Option<Arc<Object>>,
    /// How often the state's retriers were drawn on.
    pub retries: u64,
    pub mock: Option<Mock>,
}

/// What a Task, Parallel or Map is to have given, without being run.
#[derive(Debug)]
pub enum Mock {
    Result {
        result: Document,
        /// So many iterations of the Map are to have failed.
        failed_iterations: usize,
    },
    Failure(Failure),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TestStateError {
    /// More iterations were to fail than there are items.
    TooFewIterations,
    Unavailable,
}

/// A test in progress, on one of the engine's threads.
pub(crate) struct Testing {
    running: StateTest,
    identity: Arc<Identity>,
    mock: Option<Mock>,
}

/// What a test comes to before it must wait.
pub(crate) enum Turn {
    Ended(Box<Tested>),
    Calls(Box<Calling>),
}

/// A test whose service must be called.
pub(crate) struct Calling {
    testing: Testing,
    task: TaskKey,
    call: ServiceCall,
}

/// A test whose call has come to an end.
pub(crate) struct Answered {
    testing: Testing,
    /// None if there was none in time.
    answer: Option<Answer>,
}

pub(crate) fn begin(tools: &Tools, test: TestState) -> Result<Turn, TestStateError> {
    let TestState { owner, machine, state, input, variables, role_arn, context, retries, mock } = test;
    let given = Given {
        input,
        variables,
        retries,
        role_arn: role_arn.clone(),
        context,
        now_ms: tools.clock.now_ms(),
        seed: entropy::draw(),
        payload_bytes_max: tools.limits.payload_bytes_max,
        services: Arc::clone(&tools.services),
    };
    let identity = Arc::new(identity(&owner, &machine, role_arn));
    let running = StateTest::new(Arc::clone(&identity), state, given);
    caught(|| Testing { running, identity, mock }.walk())
}

/// A test that panics takes no thread of the engine along.
fn caught(walk: impl FnOnce() -> Result<Turn, TestStateError>) -> Result<Turn, TestStateError> {
    catch_unwind(AssertUnwindSafe(walk)).unwrap_or(Err(TestStateError::Unavailable))
}

impl Testing {
    /// A state asks at most once: its attempts are not repeated.
    fn walk(mut self) -> Result<Turn, TestStateError> {
        loop {
            let work = match self.running.go_on() {
                Progress::Ended(tested) => return Ok(Turn::Ended(tested)),
                Progress::Asks(work) => work,
            };
            match (&self.mock, work) {
                (Some(Mock::Failure(failure)), _) => self.running.fail(failure.clone()),
                (Some(Mock::Result { failed_iterations, .. }), Work::Blocks { items: Some(items) })
                    if *failed_iterations > items =>
                {
                    return Err(TestStateError::TooFewIterations);
                }
                // An inline Map tolerates no failed iteration.
                (Some(Mock::Result { failed_iterations, .. }), Work::Blocks { items: Some(_) })
                    if *failed_iterations > 0 =>
                {
                    self.running.fail(intolerable());
                }
                (Some(Mock::Result { result, .. }), Work::Blocks { .. } | Work::Task { .. }) => {
                    self.running.succeed(result.clone());
                }
                (None, Work::Task { task, call }) => {
                    return Ok(Turn::Calls(Box::new(Calling { testing: self, task, call })));
                }
                // The door has refused blocks without a mock.
                (None, Work::Blocks { .. }) => self.running.fail(Failure::default()),
            }
        }
    }
}

impl Calling {
    /// Has the call made, and waits for its answer for as long as the state or the test may take.
    pub(crate) async fn answer(self: Box<Self>, shared: &Shared) -> Result<Answered, TestStateError> {
        let Calling { testing, task, call } = *self;
        let Some(runner) = &shared.world.runner else {
            let answer = Some(Answer::Failed(no_integration(&call.resource)));
            return Ok(Answered { testing, answer });
        };
        let (sender, answer) = oneshot::channel();
        let identity = Arc::clone(&testing.identity);
        let home = Home::Test(Arc::new(Mutex::new(Some(sender))));
        let patience = testing.running.deadline_ms() - shared.clock.now_ms();
        // The call belongs to no execution; only its idempotency token must be its own.
        let execution = Uid(entropy::secret());
        let ServiceCall { resource, input, role_arn, has_time_limit } = call;
        runner.call(TaskCall { execution, task, identity, resource, input, role_arn, has_time_limit, home });
        let patience = Duration::from_millis(patience.try_into().unwrap_or(0));
        match tokio::time::timeout(patience, answer).await {
            Ok(Ok(answer)) => Ok(Answered { testing, answer: Some(answer) }),
            // Who was to answer has gone: the process is about to end.
            Ok(Err(_)) => Err(TestStateError::Unavailable),
            Err(_) => Ok(Answered { testing, answer: None }),
        }
    }
}

impl Answered {
    pub(crate) fn go_on(self) -> Result<Turn, TestStateError> {
        let Answered { mut testing, answer } = self;
        caught(move || {
            match answer {
                Some(Answer::Succeeded(output) | Answer::Submitted(output)) => {
                    testing.running.succeed(output)
                }
                Some(Answer::Failed(failure) | Answer::SubmitFailed(failure)) => {
                    testing.running.fail(failure)
                }
                None => testing.running.time_out(),
            }
            testing.walk()
        })
    }
}

/// AWS makes up an execution and a machine for each test, named by UUIDs.
fn identity(owner: &Owner, machine: &Arc<asl::StateMachine>, role_arn: Option<Arc<str>>) -> Identity {
    let uuid = || entropy::uuid_v4(entropy::draw(), entropy::draw());
    let (machine_name, name) = (uuid(), uuid());
    Identity {
        arn: format!("{owner}:express:{machine_name}:{name}").into(),
        name: name.into(),
        state_machine_arn: format!("{owner}:stateMachine:{machine_name}").into(),
        state_machine_name: machine_name.into(),
        role_arn: role_arn.unwrap_or_default(),
        region: Arc::clone(&owner.region),
        machine: Arc::clone(machine),
        logging: Arc::default(),
        machine_type: MachineType::Express,
    }
}

fn intolerable() -> Failure {
    Failure {
        error: Some(error_name::EXCEED_TOLERATED_FAILURE_THRESHOLD.into()),
        cause: Some("The specified tolerated failure threshold was exceeded".into()),
    }
}
