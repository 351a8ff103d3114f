//! The engine without threads, for the simulator: the same shards, commits, catalog and way out, driven
//! turn by turn by whoever owns it. Exists only with the feature `driven`.

pub mod express;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};

use asl::Document;
use asl::arn::{ActivityArn, ExecutionArn, StateMachineArn};
use asl::error_name::Failure;
use asl::services::NoneKnown;
use execution::{Command, HistoryEvent, Limits, Origin, Through};
use planted::Bug;
use store::{Store, Uid};

use crate::audit::{AuditCounts, Audited, Round};
use crate::block_on::block_on;
use crate::catalog::{
    Alias, AliasError, Catalog, CatalogWriter, CreateAlias, CreateStateMachine, CreateStateMachineError,
    PublishVersion, PublishVersionError, Revision, StateMachineEntry, UpdateAlias, UpdateStateMachine,
    UpdateStateMachineError, Updated, Version,
};
use crate::client::TaskResult;
use crate::clock::Clock;
use crate::deletion::{Deletion, Progress};
use crate::engine::FaultHandler;
use crate::entropy;
use crate::error::{EngineError, NotWritten};
use crate::express::lane::Lane;
use crate::express::starts::Starts;
use crate::express::{Express, limits_of};
use crate::quotas::Quotas;
use crate::read::{ExecutionDescription, ReadError, ReadHistory, Reads};
use crate::reply::{Questions, ReplyQueue, ReplyTo, Ticket};
use crate::router::Router;
use crate::shard::commit_loop::{Arrived, Commits};
use crate::shard::recover::recover;
use crate::shard::release::World;
use crate::shard::resident::ResidentLimits;
use crate::shard::step::{Evaluation, Shard, Step};
use crate::shard::{Answer, Envelope, Message, Reply, Start, slot_of};
use crate::task::activity::Poller;
use crate::task::runner::TaskRunner;
use crate::task::token::TokenKey;
use crate::workers::{Job, Tools, Workers};

/// A running engine whose every move is its owner's.
pub struct Driven {
    shards: Vec<(Shard, Commits)>,
    /// Asked for by shards and not done yet: the owner decides when.
    loads: Vec<(usize, Uid)>,
    evaluations: Vec<(usize, Evaluation)>,
    express: Arc<Express>,
    lanes: Vec<Lane>,
    /// What lanes have given to workers.
    jobs: Arc<Mutex<Receiver<Job>>>,
    /// Machines that are being deleted.
    deletions: Vec<Deletion>,
    router: Arc<Router>,
    world: Arc<World>,
    catalog: Arc<Catalog>,
    writer: CatalogWriter,
    tokens: TokenKey,
    tools: Tools,
    reads: Reads,
    clock: Arc<dyn Clock>,
    queue: Arc<ReplyQueue>,
    questions: Questions,
    counts: Arc<AuditCounts>,
    rounds: Vec<Round>,
    /// Of each shard, what the auditor has read and not sent yet.
    pages: Vec<Option<Envelope>>,
}

/// Seeds everything that the engine draws on this thread.
pub fn seed(seed: u64) {
    entropy::seed_thread(seed);
}

impl Driven {
    pub fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        shards: usize,
        limits: Limits,
        residents: ResidentLimits,
        runner: Option<Arc<dyn TaskRunner>>,
        on_fault: FaultHandler,
    ) -> Result<Driven, EngineError> {
        if !planted::is_on(Bug::FailedCatalogWriteIsNoFault) {
            store.on_failure(Arc::clone(&on_fault));
        }
        let catalog = Arc::new(Catalog::default());
        let (writer, unfinished) = CatalogWriter::open(
            Arc::clone(&store),
            Arc::clone(&clock),
            Arc::clone(&catalog),
            Quotas::default(),
        )?;
        let tokens = TokenKey::new(&writer.token_secret);
        let router = Arc::new(Router::new(shards));
        let world = Arc::new(World::new(
            Arc::clone(&catalog),
            Arc::clone(&router),
            None,
            runner,
            Quotas::default().activity_pollers_max,
        ));
        let mut driven = Vec::new();
        let (counts, mut rounds) = (Arc::new(AuditCounts::default()), Vec::new());
        for number in 0..router.shards() {
            let slots = router.slots(number);
            let fence = block_on(store.claim(slots.clone()))?;
            let services = Arc::new(NoneKnown);
            let mut shard = Shard::new(
                tokens.clone(),
                limits,
                services,
                entropy::draw(),
                None,
                residents,
                Arc::clone(&counts),
            );
            rounds.push(Round::new(&router, number));
            recover(&mut shard, &*store, slots, &world.open)?;
            let commits = Commits {
                store: Arc::clone(&store),
                fence,
                world: Arc::clone(&world),
                durable: Arc::new(AtomicU64::new(0)),
                on_fault: Arc::clone(&on_fault),
                admission: Arc::default(),
                clock: Arc::clone(&clock),
            };
            driven.push((shard, commits));
        }
        let express = Arc::new(Express {
            world: Arc::clone(&world),
            clock: Arc::clone(&clock),
            tokens: tokens.clone(),
            limits: limits_of(limits),
            services: Arc::new(NoneKnown),
            recent: Arc::default(),
            at_work: AtomicUsize::new(0),
        });
        let (workers, jobs) = Workers::new();
        let mut lanes = Vec::new();
        for (number, inbox) in router.lanes.iter().enumerate() {
            let slots = router.slots_of_lane(number);
            let (starts, again) = Starts::open(&store, slots, inbox, &express, &Arc::default(), &on_fault)?;
            lanes.push(Lane::new(Arc::clone(&express), Arc::clone(inbox), workers.clone(), starts, again));
        }
        let begin = |arn| Deletion::begin(arn, &router);
        let deletions = unfinished.into_iter().map(begin).collect();
        let tools = Tools {
            store: Arc::clone(&store),
            catalog: Arc::clone(&catalog),
            clock: Arc::clone(&clock),
            tokens: tokens.clone(),
            limits,
            services: Arc::new(NoneKnown),
            router: Arc::clone(&router),
        };
        let reads = Reads {
            store,
            catalog: Arc::clone(&catalog),
            clock: Arc::clone(&clock),
            histories: Arc::default(),
            recent: Arc::clone(&express.recent),
        };
        Ok(Driven {
            shards: driven,
            loads: Vec::new(),
            evaluations: Vec::new(),
            express,
            lanes,
            jobs,
            deletions,
            router,
            world,
            catalog,
            writer,
            tokens,
            tools,
            reads,
            clock,
            queue: Arc::default(),
            questions: Questions::default(),
            counts,
            pages: rounds.iter().map(|_| None).collect(),
            rounds,
        })
    }

    pub fn shards(&self) -> usize {
        self.shards.len()
    }

    /// One step of one shard; its batch is given to the store.
    pub fn step(&mut self, number: usize) {
        let (shard, commits) = &mut self.shards[number];
        let mut envelopes = Vec::new();
        let durable = commits.durable.load(Ordering::Acquire);
        self.router.inbox(number).take(&mut envelopes);
        let now_ms = self.clock.now_ms();
        let Step { commits: batch, held, loads, evaluations } = shard.step(now_ms, durable, &mut envelopes);
        self.loads.extend(loads.into_iter().map(|execution| (number, execution)));
        self.evaluations.extend(evaluations.into_iter().map(|evaluation| (number, evaluation)));
        commits.submit(shard.last_batch, Arrived { since_ms: now_ms, waiting: 0 }, batch, held);
    }

    /// Half an audit of a shard: the auditor reads what the store says, or sends to the shard what it has read.
    pub fn audit(&mut self, number: usize) {
        match self.pages[number].take() {
            Some(page) => self.router.send_to(number, page),
            None => self.pages[number] = self.rounds[number].next_page(&*self.tools.store),
        }
    }

    pub fn audited(&self) -> Audited {
        self.counts.read()
    }

    /// When the first shard or lane must step again by itself.
    pub fn next_deadline_ms(&self) -> Option<i64> {
        let shards = self.shards.iter().filter_map(|(shard, _)| shard.next_deadline_ms());
        let is_busy = self.lanes.iter().any(Lane::has_more_to_do);
        let lanes = self.lanes.iter().filter_map(Lane::next_deadline_ms);
        shards.chain(lanes).chain(is_busy.then_some(i64::MIN)).min()
    }

    /// Does one thing that a shard or a lane has asked for: reads an execution, or evaluates. False if there is
    /// nothing to do.
    pub fn work(&mut self) -> bool {
        if let Some((shard, execution)) = self.loads.pop() {
            let envelope = self.tools.load(execution);
            self.router.send_to(shard, envelope);
        } else if let Some((shard, evaluation)) = self.evaluations.pop() {
            let envelope = self.tools.evaluate(evaluation);
            self.router.send_to(shard, envelope);
        } else {
            return Workers::run_one(&self.jobs, &self.tools);
        }
        true
    }

    /// Answers that have arrived since the last call.
    pub fn answers(&mut self) -> Vec<(Ticket, Answer)> {
        self.queue.take()
    }

    pub fn create_state_machine(
        &mut self,
        create: CreateStateMachine,
    ) -> Result<Arc<StateMachineEntry>, CreateStateMachineError> {
        self.writer.create_state_machine(create)
    }

    pub fn update_state_machine(
        &mut self,
        arn: &StateMachineArn,
        update: UpdateStateMachine,
    ) -> Result<Updated, UpdateStateMachineError> {
        self.writer.update_state_machine(arn, update)
    }

    pub fn publish_version(&mut self, publish: PublishVersion) -> Result<Arc<Version>, PublishVersionError> {
        self.writer.publish_version(publish)
    }

    pub fn create_alias(&mut self, create: CreateAlias) -> Result<Arc<Alias>, AliasError> {
        self.writer.create_alias(create)
    }

    pub fn update_alias(&mut self, update: UpdateAlias) -> Result<Arc<Alias>, AliasError> {
        self.writer.update_alias(update)
    }

    /// The version to which an alias sends one execution.
    pub fn choose_version(&self, alias: &Alias) -> u64 {
        alias.choose(entropy::draw())
    }

    /// Deleted is the machine when `continue_deletions` finds nothing running.
    pub fn delete_state_machine(&mut self, arn: &StateMachineArn) -> Result<(), NotWritten> {
        self.writer.begin_deletion(arn)?;
        self.deletions.push(Deletion::begin(arn.clone(), &self.router));
        Ok(())
    }

    /// One page of each deletion. False if none is under way.
    pub fn continue_deletions(&mut self) -> bool {
        let is_busy = !self.deletions.is_empty();
        let Driven { deletions, reads, router, writer, .. } = self;
        deletions.retain_mut(|deletion| deletion.go_on(reads, router, writer) == Progress::Stopping);
        is_busy
    }

    pub fn create_activity(&mut self, arn: ActivityArn) -> bool {
        self.writer.create_activity(arn, None, Vec::new()).is_ok()
    }

    pub fn state_machine(&self, arn: &StateMachineArn) -> Option<Arc<StateMachineEntry>> {
        self.catalog.state_machine(arn)
    }

    /// None when the store has no room for new executions.
    pub fn start_execution(
        &mut self,
        revision: &Arc<Revision>,
        through: Option<Through>,
        name: &Arc<str>,
        input: Document,
    ) -> Option<Ticket> {
        if !self.tools.store.has_room() {
            return None;
        }
        let execution = Uid::new(slot_of(&revision.arn, name), self.clock.now_ms(), entropy::draw());
        let origin = Origin {
            machine: revision.machine,
            revision: revision.number,
            name: Arc::clone(name),
            trace_header: None,
            through,
        };
        let start = Start {
            identity: Arc::new(revision.identity(name)),
            intake: Arc::clone(&revision.intake),
            origin,
            input,
            mocks: None,
        };
        Some(self.ask(execution, Message::Start(Box::new(start))))
    }

    pub fn stop_execution(&mut self, arn: &ExecutionArn, failure: Failure) -> Result<Ticket, ReadError> {
        let execution = self.reads.find(arn)?;
        Ok(self.ask(execution, Message::Command(Command::Stop { failure })))
    }

    pub fn redrive_execution(&mut self, arn: &ExecutionArn, token: Arc<str>) -> Result<Ticket, ReadError> {
        let (execution, revision) = self.reads.pinned(arn)?;
        let redrive = Message::Redrive { token: Some(token), intake: Arc::clone(&revision.intake) };
        Ok(self.ask(execution, redrive))
    }

    pub fn describe_execution(&self, arn: &ExecutionArn) -> Result<ExecutionDescription, ReadError> {
        self.reads.describe(arn)
    }

    pub fn history(&self, arn: &ExecutionArn) -> Result<Vec<HistoryEvent>, ReadError> {
        let all = ReadHistory { after: None, limit: usize::MAX, reverse: false };
        Ok(self.reads.history(arn, all)?.events)
    }

    /// A worker asks for a task and waits until it gets one or `leave_activity` is called.
    pub fn poll_activity(&mut self, arn: &ActivityArn, worker: Option<Arc<str>>) -> Option<Ticket> {
        let activity: Arc<str> = arn.to_string().into();
        let reply = self.question();
        let ticket = reply.ticket;
        match self.world.activities.poll(&activity, Poller { worker, reply }) {
            Ok(Some(matched)) => self.world.hand_over(&activity, matched),
            Ok(None) => {}
            Err(_) => return None,
        }
        Some(ticket)
    }

    /// The token of an answer to a poll.
    pub fn token_of(&self, answer: &Answer) -> Option<String> {
        match answer {
            Answer::Task { execution, key, .. } => Some(self.tokens.mint(*execution, *key)),
            _ => None,
        }
    }

    /// None when the token is not one of this engine's.
    pub fn complete_task(&mut self, token: &str, result: TaskResult) -> Option<Ticket> {
        let (execution, task) = self.tokens.read(token).ok()?;
        let command = match result {
            TaskResult::Succeeded(output) => Command::TaskSucceeded { task, output },
            TaskResult::Failed { error, cause } => {
                Command::TaskFailed { task, failure: Failure { error, cause } }
            }
        };
        Some(self.ask(execution, Message::Command(command)))
    }

    pub fn heartbeat_task(&mut self, token: &str) -> Option<Ticket> {
        let (execution, task) = self.tokens.read(token).ok()?;
        Some(self.ask(execution, Message::Command(Command::TaskHeartbeat { task })))
    }

    fn question(&mut self) -> ReplyTo {
        ReplyTo { queue: Arc::clone(&self.queue), ticket: self.questions.ask() }
    }

    fn ask(&mut self, execution: Uid, message: Message) -> Ticket {
        let reply = self.question();
        let ticket = reply.ticket;
        self.router.send(Envelope { execution, message, reply: Reply::Client(reply) });
        ticket
    }
}
