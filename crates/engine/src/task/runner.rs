//! The seam to what does the work of services: who calls them stands above the engine and is given to it.
//!
//! Here: a call with all that it needs and the way for its answer to come home, and what is asked of a runner.
//! Not here: what a resource does (the runner), when a call begins and ends (`shard/release`), what can become
//! of a call that a crash left in doubt (`in_doubt`).
//! INVARIANT: a call is made after the commit that recorded its `TaskStarted`, so one without that record
//! was never made.

use std::sync::{Arc, Mutex, PoisonError};

use asl::Document;
use asl::error_name::Failure;
use asl::resource::Resource;
use execution::{Command, Identity, TaskKey};
use planted::Bug;
use sha2::{Digest, Sha256};
use store::Uid;
use tokio::sync::oneshot::Sender;

use crate::router::Router;
use crate::task::in_doubt::InDoubt;

/// One attempt of a Task that a service is to do.
#[derive(Clone)]
pub struct TaskCall {
    pub execution: Uid,
    pub task: TaskKey,
    pub identity: Arc<Identity>,
    pub resource: Resource,
    /// The effective input: what the state's `Parameters` or `Arguments` gave.
    pub input: Document,
    /// The role of the task's `Credentials`.
    pub role_arn: Option<Arc<str>>,
    /// Whether the attempt ends by itself when nothing is heard of it any more.
    pub has_time_limit: bool,
    pub(crate) home: Home,
}

/// Where the answer to a call goes.
#[derive(Clone)]
pub(crate) enum Home {
    Shard(Arc<Router>),
    /// A test of a state, which takes one answer.
    Test(Arc<Mutex<Option<Sender<Answer>>>>),
}

/// What became of a call.
#[derive(Debug)]
pub(crate) enum Answer {
    Succeeded(Document),
    Failed(Failure),
    Submitted(Document),
    SubmitFailed(Failure),
}

/// Does the work of services. Its methods are called from threads of the engine and must not block.
pub trait TaskRunner: Send + Sync {
    /// Makes the call, and has it answered once.
    fn call(&self, call: TaskCall);

    /// Finds out how the job ends that the call submitted with this answer. Also after a restart.
    fn follow(&self, call: TaskCall, submitted: Document);

    /// What to do with a call that may have been made before a crash and whose answer is lost, where its
    /// state machine's owner has not decided.
    fn in_doubt(&self, call: &TaskCall) -> InDoubt;

    /// The attempt is over, by its answer or otherwise: what still runs for it is no longer wanted.
    fn ended(&self, execution: Uid, task: TaskKey);
}

impl TaskCall {
    /// The work is done.
    pub fn succeeded(&self, output: Document) {
        self.send(Answer::Succeeded(output));
    }

    pub fn failed(&self, failure: Failure) {
        self.send(Answer::Failed(failure));
    }

    /// The service has taken the task; its end comes later.
    pub fn submitted(&self, output: Document) {
        self.send(Answer::Submitted(output));
    }

    /// The service has not taken the task whose end would have come later.
    pub fn submit_failed(&self, failure: Failure) {
        self.send(Answer::SubmitFailed(failure));
    }

    /// The call failed, as its pattern shows it.
    pub fn call_failed(&self, failure: Failure) {
        if self.resource.is_submitted() { self.submit_failed(failure) } else { self.failed(failure) }
    }

    fn send(&self, answer: Answer) {
        match &self.home {
            Home::Shard(router) => {
                router.command(self.execution, answer.command(self.task));
            }
            Home::Test(test) => {
                if let Some(test) = test.lock().unwrap_or_else(PoisonError::into_inner).take() {
                    // The test may have run out of time.
                    let _ = test.send(answer);
                }
            }
        }
    }

    /// The same for each time this attempt is sent, another for every other attempt: in the form of a UUID.
    pub fn idempotency_token(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.execution.0);
        hash.update(self.task.scheduled.to_be_bytes());
        hash.update(self.task.nonce.to_be_bytes());
        if planted::is_on(Bug::NewTokenForEachCall) {
            hash.update(crate::entropy::draw().to_be_bytes());
        }
        let hash = hash.finalize();
        let hex: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let part = |range: std::ops::Range<usize>| &hex[range];
        format!("{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32))
    }
}

impl Answer {
    fn command(self, task: TaskKey) -> Command {
        match self {
            Answer::Succeeded(output) => Command::TaskSucceeded { task, output },
            Answer::Failed(failure) => Command::TaskFailed { task, failure },
            Answer::Submitted(output) => Command::TaskSubmitted { task, output },
            Answer::SubmitFailed(failure) => Command::TaskSubmitFailed { task, failure },
        }
    }
}
