//! What one asking thread holds: it hands commands over once per turn of its event loop, and waits for
//! the answers.

mod express;
pub(crate) mod redrive;
mod under_way;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use asl::Document;
use asl::arn::{ActivityArn, ExecutionArn, StateMachineArn};
use asl::definition::MachineType;
use asl::error_name::Failure;
use execution::{Command, Mocks, Origin, Status, TaskKey, Through};
use store::Uid;

use crate::admission::Refusable;
use crate::catalog::Revision;
use crate::engine::Shared;
use crate::entropy;
use crate::express::{Order, uid_of};
use crate::read::{
    ExecutionDescription, ExecutionPage, HistoryPage, ListExecutions, ReadError, ReadHistory, Reads,
};
use crate::reply::{Pending, Questions, ReplyQueue, ReplyTo};
use crate::search::{SearchExecutions, SearchPage};
use crate::shard::inbox::Inbox;
use crate::shard::{Answer, Envelope, Message, Reply, Start, slot_of};
use crate::task::activity::Poller;
use crate::waits::ExecutionWaits;
use under_way::{Throttled, UnderWay};

/// Not `Send`: each runtime thread makes its own, inside its `LocalSet`.
#[derive(Clone)]
pub struct Client(Rc<Local>);

struct Local {
    shared: Arc<Shared>,
    queue: Arc<ReplyQueue>,
    questions: Rc<RefCell<Questions>>,
    /// Envelopes of this turn of the event loop, by shard.
    outbox: RefCell<Vec<Vec<Envelope>>>,
    /// Orders of this turn, by lane.
    orders: RefCell<Vec<Vec<Order>>>,
    is_flush_due: Cell<bool>,
    under_way: UnderWay,
}

#[derive(Debug)]
pub struct StartExecution {
    pub revision: Arc<Revision>,
    /// The version that the revision is published as, when that was asked for, and the alias that chose it.
    pub through: Option<Through>,
    /// Checked already; none for a fresh UUID.
    pub name: Option<Arc<str>>,
    pub input: Document,
    pub trace_header: Option<Arc<str>>,
    /// What answers its tasks instead of their services, when it is a test case.
    pub mocks: Option<Arc<Mocks>>,
}

#[derive(Clone, Debug)]
pub struct StartedExecution {
    pub arn: ExecutionArn,
    pub started_ms: i64,
    /// Its status when the start became durable.
    pub status: Status,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StartExecutionError {
    /// The ARN of the execution that has the name.
    AlreadyExists(ExecutionArn),
    /// The machine is being deleted, or is gone.
    Deleting,
    LimitExceeded,
    Throttled,
    /// The store keeps what room is left for what runs.
    NoRoom,
    Unavailable,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StopExecutionError {
    DoesNotExist,
    Unavailable,
}

#[derive(Clone, Debug)]
pub struct ActivityTask {
    pub token: String,
    pub input: Document,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PollActivityError {
    DoesNotExist,
    WorkerLimitExceeded,
    Throttled,
    Unavailable,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListError {
    Throttled,
    Unavailable,
}

#[derive(Clone, Debug)]
pub enum TaskResult {
    Succeeded(Document),
    Failed { error: Option<Arc<str>>, cause: Option<Arc<str>> },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompleteTaskError {
    InvalidToken,
    DoesNotExist,
    TimedOut,
    Unavailable,
}

impl Client {
    /// Must be called inside a tokio current-thread runtime's `LocalSet`: it starts the task that hands
    /// answers to those who wait.
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let shards = shared.router.shards();
        let local = Rc::new(Local {
            shared,
            queue: Arc::default(),
            questions: Rc::default(),
            outbox: RefCell::new((0..shards).map(|_| Vec::new()).collect()),
            orders: RefCell::new((0..shards).map(|_| Vec::new()).collect()),
            is_flush_due: Cell::new(false),
            under_way: UnderWay::new(shards),
        });
        local.shared.admissions.thread_begins();
        let (queue, questions) = (Arc::clone(&local.queue), Rc::downgrade(&local.questions));
        tokio::task::spawn_local(async move {
            loop {
                queue.arrived().await;
                let Some(questions) = questions.upgrade() else { return };
                let mut questions = questions.borrow_mut();
                for (ticket, answer) in queue.take() {
                    questions.answer(ticket, answer);
                }
            }
        });
        Client(local)
    }

    /// Starts an execution; answers when the start is durable.
    pub async fn start_execution(
        &self,
        start: StartExecution,
    ) -> Result<StartedExecution, StartExecutionError> {
        if start.revision.machine_type == MachineType::Express {
            return self.start_express(start).await;
        }
        let StartExecution { revision, through, name, input, trace_header, mocks } = start;
        let name = name.unwrap_or_else(|| entropy::uuid_v4(entropy::draw(), entropy::draw()).into());
        let shared = &self.0.shared;
        let execution = Uid::new(slot_of(&revision.arn, &name), shared.clock.now_ms(), shared.in_order());
        if shared.router.inbox(shared.router.shard_of(execution)).is_overfull() {
            return Err(StartExecutionError::Throttled);
        }
        let _counted = self.admit(Refusable::Start, execution)?;
        if !shared.store.has_room() {
            return Err(StartExecutionError::NoRoom);
        }
        if shared.world.open.count() >= shared.quotas.open_executions_max {
            return Err(StartExecutionError::LimitExceeded);
        }
        let identity = Arc::new(revision.identity(&name));
        let arn = revision.execution_arn(&name);
        let origin =
            Origin { machine: revision.machine, revision: revision.number, name, trace_header, through };
        let intake = Arc::clone(&revision.intake);
        let start = Message::Start(Box::new(Start { identity, intake, origin, input, mocks }));
        match self.ask(execution, start).await {
            Answer::Started { started_ms, status } => Ok(StartedExecution { arn, started_ms, status }),
            Answer::AlreadyExists => Err(StartExecutionError::AlreadyExists(arn)),
            Answer::Deleting => Err(StartExecutionError::Deleting),
            _ => Err(StartExecutionError::Unavailable),
        }
    }

    /// Stops an execution; answers with the moment of its end when that is durable.
    pub async fn stop_execution(
        &self,
        arn: &ExecutionArn,
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
    ) -> Result<i64, StopExecutionError> {
        let failure = Failure { error, cause };
        if let Some(execution) = uid_of(arn) {
            return self.stop_express(arn, execution, failure).await;
        }
        let found = arn.clone();
        let execution = self.read(move |reads| reads.find(&found)).await?;
        let _counted = self.count(execution);
        let stop = Message::Command(Command::Stop { failure });
        match self.ask(execution, stop).await {
            Answer::Stopped { stopped_ms } => Ok(stopped_ms),
            Answer::NoSuchExecution => Err(StopExecutionError::DoesNotExist),
            _ => Err(StopExecutionError::Unavailable),
        }
    }

    /// What the execution waits for now.
    pub async fn waits_of(&self, arn: &ExecutionArn) -> Result<ExecutionWaits, ReadError> {
        let found = arn.clone();
        let execution = self.read(move |reads| reads.find(&found)).await?;
        match self.ask(execution, Message::Waits).await {
            Answer::Waits(mut waits) => {
                waits.count_pollers(&self.0.shared.world.activities);
                Ok(*waits)
            }
            Answer::Parked => Ok(ExecutionWaits::parked(execution.started_ms())),
            Answer::NoSuchExecution => Err(ReadError::DoesNotExist),
            _ => Err(ReadError::Unavailable),
        }
    }

    pub async fn describe_execution(&self, arn: &ExecutionArn) -> Result<ExecutionDescription, ReadError> {
        let arn = arn.clone();
        self.read(move |reads| reads.describe(&arn)).await
    }

    /// The revision that the execution is pinned to.
    pub async fn revision_of(&self, arn: &ExecutionArn) -> Result<Arc<Revision>, ReadError> {
        let arn = arn.clone();
        self.read(move |reads| reads.revision(&arn)).await
    }

    pub async fn history(&self, arn: &ExecutionArn, read: ReadHistory) -> Result<HistoryPage, ReadError> {
        let arn = arn.clone();
        self.read(move |reads| reads.history(&arn, read)).await
    }

    pub async fn list_executions(&self, list: ListExecutions) -> Result<ExecutionPage, ListError> {
        let _counted = self.admit_list()?;
        let read = self.read(move |reads| reads.list(&list).map_err(|_| ReadError::Unavailable));
        read.await.map_err(|_| ListError::Unavailable)
    }

    /// Executions of all machines of an account.
    pub async fn search_executions(&self, search: SearchExecutions) -> Result<SearchPage, ListError> {
        let _counted = self.admit_list()?;
        let read = self.read(move |reads| reads.search(&search).map_err(|_| ReadError::Unavailable));
        read.await.map_err(|_| ListError::Unavailable)
    }

    /// Answers when the execution has ended, or with what it is after `wait`.
    pub async fn wait_for_end(
        &self,
        arn: &ExecutionArn,
        wait: Duration,
    ) -> Result<ExecutionDescription, ReadError> {
        let ended = async {
            if let Some(execution) = uid_of(arn) {
                return self.end_of_express(arn, execution).await;
            }
            match self.ended_in_memory(arn).await {
                Answer::Ended(description) => return Ok(*description),
                Answer::NotHere => {}
                _ => return Err(ReadError::Unavailable),
            }
            let found = arn.clone();
            let execution = self.read(move |reads| reads.find(&found)).await?;
            match self.ask(execution, Message::WatchEnd { name: None }).await {
                Answer::Ended(description) => Ok(*description),
                Answer::NoSuchExecution => Err(ReadError::DoesNotExist),
                _ => Err(ReadError::Unavailable),
            }
        };
        match tokio::time::timeout(wait, ended).await {
            Ok(result) => result,
            Err(_) => self.describe_execution(arn).await,
        }
    }

    /// Asks the shard for the end of an execution that it may have in memory.
    async fn ended_in_memory(&self, arn: &ExecutionArn) -> Answer {
        let machine = StateMachineArn { owner: arn.owner.clone(), name: Arc::clone(&arn.state_machine) };
        let Some(uid) = self.0.shared.catalog.incarnation(&machine) else { return Answer::NotHere };
        let anywhere_in_slot = Uid::new(slot_of(&machine, &arn.name), 0, 0);
        self.ask(anywhere_in_slot, Message::WatchEnd { name: Some((uid, Arc::clone(&arn.name))) }).await
    }

    /// A task for a worker, or none after `wait`. Dropping the future gives the place in the queue up.
    pub async fn poll_activity(
        &self,
        arn: &ActivityArn,
        worker: Option<Arc<str>>,
        wait: Duration,
    ) -> Result<Option<ActivityTask>, PollActivityError> {
        let world = &self.0.shared.world;
        if world.catalog.activity(arn).is_none() {
            return Err(PollActivityError::DoesNotExist);
        }
        self.admit_poll()?;
        let activity: Arc<str> = arn.to_string().into();
        let (reply, pending) = self.question();
        let place = PlaceInQueue { client: self, activity: &activity, reply: reply.clone() };
        let matched = world
            .activities
            .poll(&activity, Poller { worker, reply: reply.clone() })
            .map_err(|_| PollActivityError::WorkerLimitExceeded)?;
        if let Some(matched) = matched {
            world.hand_over(&activity, matched);
        }
        tokio::pin!(pending);
        let answer = match tokio::time::timeout(wait, &mut pending).await {
            Ok(answer) => answer,
            Err(_) if world.activities.leave(&activity, &reply) => return Ok(None),
            // Matched in the last moment: the answer is on its way, so the task is not lost.
            Err(_) => match tokio::time::timeout(LAST_MOMENT, &mut pending).await {
                Ok(answer) => answer,
                Err(_) => return Ok(None),
            },
        };
        drop(place);
        match answer {
            Answer::Task { execution, key, input } => {
                Ok(Some(ActivityTask { token: self.0.shared.tokens.mint(execution, key), input }))
            }
            _ => Err(PollActivityError::Unavailable),
        }
    }

    /// Completes the task of a token; answers when that is durable.
    pub async fn complete_task(&self, token: &str, result: TaskResult) -> Result<(), CompleteTaskError> {
        self.task_command(token, |task| match result {
            TaskResult::Succeeded(output) => Command::TaskSucceeded { task, output },
            TaskResult::Failed { error, cause } => {
                Command::TaskFailed { task, failure: Failure { error, cause } }
            }
        })
        .await
    }

    pub async fn heartbeat_task(&self, token: &str) -> Result<(), CompleteTaskError> {
        self.task_command(token, |task| Command::TaskHeartbeat { task }).await
    }

    /// The worker that had the task is lost: the attempt times out at once.
    pub async fn abandon_task(&self, token: &str) -> Result<(), CompleteTaskError> {
        self.task_command(token, |task| Command::TaskAbandoned { task }).await
    }

    async fn task_command(
        &self,
        token: &str,
        command: impl FnOnce(TaskKey) -> Command,
    ) -> Result<(), CompleteTaskError> {
        let (execution, task) =
            self.0.shared.tokens.read(token).map_err(|_| CompleteTaskError::InvalidToken)?;
        let _counted = self.count(execution);
        match self.ask(execution, Message::Command(command(task))).await {
            Answer::Done => Ok(()),
            Answer::NoSuchTask => Err(CompleteTaskError::TimedOut),
            Answer::NoSuchExecution => Err(CompleteTaskError::DoesNotExist),
            _ => Err(CompleteTaskError::Unavailable),
        }
    }

    /// Reads from the store on a thread that may wait for the disk.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reads) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let reads = self.0.shared.reads.clone();
        tokio::task::spawn_blocking(move || read(&reads)).await.unwrap_or(Err(ReadError::Unavailable))
    }

    fn question(&self) -> (ReplyTo, Pending) {
        let ticket = self.0.questions.borrow_mut().ask();
        let reply = ReplyTo { queue: Arc::clone(&self.0.queue), ticket };
        (reply, Pending { questions: Rc::clone(&self.0.questions), ticket })
    }

    fn ask(&self, execution: Uid, message: Message) -> impl Future<Output = Answer> + use<> {
        let (reply, pending) = self.question();
        self.put(Envelope { execution, message, reply: Reply::Client(reply) });
        pending
    }

    /// Puts an envelope into the outbox. All envelopes of one turn of the event loop leave together: the
    /// task that sends them lets every other ready task run first. A full outbox does not wait for it.
    fn put(&self, envelope: Envelope) {
        let shard = self.0.shared.router.shard_of(envelope.execution);
        self.hold_back(&self.0.outbox, &self.0.shared.router.inboxes, shard, envelope);
    }

    fn order(&self, execution: Uid, order: Order) {
        let lane = self.0.shared.router.lane_of(execution);
        self.hold_back(&self.0.orders, &self.0.shared.router.lanes, lane, order);
    }

    fn hold_back<T>(
        &self,
        outboxes: &RefCell<Vec<Vec<T>>>,
        inboxes: &[Arc<Inbox<T>>],
        place: usize,
        item: T,
    ) {
        let outbox = &mut outboxes.borrow_mut()[place];
        outbox.push(item);
        if outbox.len() >= OUTBOX_MAX {
            return inboxes[place].put_all(outbox);
        }
        if !self.0.is_flush_due.replace(true) {
            let local = Rc::clone(&self.0);
            tokio::task::spawn_local(async move {
                tokio::task::yield_now().await;
                local.flush();
            });
        }
    }
}

impl From<Throttled> for StartExecutionError {
    fn from(_: Throttled) -> Self {
        StartExecutionError::Throttled
    }
}

impl From<Throttled> for PollActivityError {
    fn from(_: Throttled) -> Self {
        PollActivityError::Throttled
    }
}

impl From<Throttled> for ListError {
    fn from(_: Throttled) -> Self {
        ListError::Throttled
    }
}

impl From<ReadError> for StopExecutionError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::DoesNotExist => StopExecutionError::DoesNotExist,
            ReadError::Unavailable => StopExecutionError::Unavailable,
        }
    }
}

/// Envelopes after which the shard should be at work while this thread still reads requests. Fewer cost more
/// wakes and commits than they gain.
const OUTBOX_MAX: usize = 64;

/// How long an answer that is on its way may take when the poll's time is over.
const LAST_MOMENT: Duration = Duration::from_secs(5);

impl Drop for Local {
    fn drop(&mut self) {
        self.shared.admissions.thread_ends();
    }
}

impl Local {
    fn flush(&self) {
        self.is_flush_due.set(false);
        hand_over(&self.outbox, &self.shared.router.inboxes);
        hand_over(&self.orders, &self.shared.router.lanes);
    }
}

fn hand_over<T>(outboxes: &RefCell<Vec<Vec<T>>>, inboxes: &[Arc<Inbox<T>>]) {
    for (outbox, inbox) in outboxes.borrow_mut().iter_mut().zip(inboxes) {
        if !outbox.is_empty() {
            inbox.put_all(outbox);
        }
    }
}

/// A worker's place in an activity's queue, given up when it is dropped.
struct PlaceInQueue<'a> {
    client: &'a Client,
    activity: &'a Arc<str>,
    reply: ReplyTo,
}

impl Drop for PlaceInQueue<'_> {
    fn drop(&mut self) {
        self.client.0.shared.world.activities.leave(self.activity, &self.reply);
    }
}
