//! Tests of single states: the pure test (`execution::test_state`) with an identity of its own, and with
//! answers to what it asks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use asl::arn::Owner;
use asl::error_name::{self, Failure};
use asl::json::{Document, Object};
use asl::{Kind, StateId};
use execution::Identity;
use execution::test_state::{Given, Progress, StateTest, Tested, Work};

use crate::entropy;
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

pub(crate) fn run(tools: &Tools, test: TestState) -> Result<Tested, TestStateError> {
    // A test that panics takes no thread of the engine along.
    catch_unwind(AssertUnwindSafe(|| walk(tools, test))).unwrap_or(Err(TestStateError::Unavailable))
}

fn walk(tools: &Tools, test: TestState) -> Result<Tested, TestStateError> {
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
    };
    let identity = identity(&owner, &machine, role_arn);
    let mut running = StateTest::new(Arc::new(identity), state, given);
    // A state asks at most once: its attempts are not repeated.
    loop {
        let work = match running.go_on() {
            Progress::Ended(tested) => return Ok(*tested),
            Progress::Asks(work) => work,
        };
        match &mock {
            Some(Mock::Failure(failure)) => running.fail(failure.clone()),
            Some(Mock::Result { result, failed_iterations }) => match work {
                Work::Blocks { items: Some(items) } if *failed_iterations > items => {
                    return Err(TestStateError::TooFewIterations);
                }
                // An inline Map tolerates no failed iteration.
                Work::Blocks { items: Some(_) } if *failed_iterations > 0 => running.fail(intolerable()),
                Work::Blocks { .. } | Work::Task { .. } => running.succeed(result.clone()),
            },
            None => running.fail(nobody_works_on(&machine, state)),
        }
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
    }
}

fn intolerable() -> Failure {
    Failure {
        error: Some(error_name::EXCEED_TOLERATED_FAILURE_THRESHOLD.into()),
        cause: Some("The specified tolerated failure threshold was exceeded".into()),
    }
}

/// A task without a mock: a test calls no service.
fn nobody_works_on(machine: &asl::StateMachine, state: StateId) -> Failure {
    match &machine.state(state).kind {
        Kind::Task(task) => Failure {
            error: Some(error_name::RUNTIME.into()),
            cause: Some(
                format!("A test of a state calls no service: give {} a mock.", task.resource.arn()).into(),
            ),
        },
        _ => Failure::default(),
    }
}
