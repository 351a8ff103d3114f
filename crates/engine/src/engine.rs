//! The handle that other floors hold: starts the threads, answers about the catalog, stops everything.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU16, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use asl::arn::{ActivityArn, Owner, StateMachineArn};
use asl::services::{NoneKnown, Services};
use execution::Limits;
use execution::test_state::Tested;
use store::{Fault, Store};

use crate::admission::Admissions;
use crate::audit::{self, AuditCounts, Audited};
use crate::block_on::block_on;
use crate::catalog::{
    ActivityEntry, Alias, AliasError, Catalog, CatalogWriter, CreateActivityError, CreateAlias,
    CreateStateMachine, CreateStateMachineError, DeleteVersionError, PublishVersion, PublishVersionError,
    StateMachineEntry, Tag, TagError, Taggable, UpdateAlias, UpdateStateMachine, UpdateStateMachineError,
    Updated, Version,
};
use crate::client::Client;
use crate::clock::{Clock, SystemClock};
use crate::deletion::{Deletion, Progress};
use crate::entropy;
use crate::error::{EngineError, NotWritten};
use crate::expire::Expiry;
use crate::express::lane::Lane;
use crate::express::starts::Starts;
use crate::express::{self, Express};
use crate::observer::Observer;
use crate::quotas::{QuotaUsage, Quotas};
use crate::read::Reads;
use crate::router::Router;
use crate::shard::commit_loop::{CommitLoop, Commits};
use crate::shard::recover::recover;
use crate::shard::release::World;
use crate::shard::resident::ResidentLimits;
use crate::shard::step::Shard;
use crate::statistics::Counters;
use crate::task::runner::TaskRunner;
use crate::task::token::TokenKey;
use crate::test_state::{self, TestState, TestStateError, Turn};
use crate::workers::{Tools, Workers};

/// Told of a fault of the store; the engine accepts nothing more after it.
pub type FaultHandler = Arc<dyn Fn(&Fault) + Send + Sync>;

/// How an engine is built.
#[derive(Clone)]
pub struct Config {
    pub shards: usize,
    pub clock: Arc<dyn Clock>,
    pub observer: Option<Arc<dyn Observer>>,
    pub on_fault: FaultHandler,
    /// Of each execution.
    pub limits: Limits,
    /// Of everything together.
    pub quotas: Quotas,
    /// Who calls services; none where only activities are used.
    pub runner: Option<Arc<dyn TaskRunner>>,
    /// What is known of services before they are called.
    pub services: Arc<dyn Services>,
    /// What a shard keeps in memory.
    pub residents: ResidentLimits,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            shards: 1,
            clock: Arc::new(SystemClock::default()),
            observer: None,
            on_fault: Arc::new(|_| {}),
            limits: Limits::default(),
            quotas: Quotas::default(),
            runner: None,
            services: Arc::new(NoneKnown),
            residents: ResidentLimits::default(),
        }
    }
}

/// The running engine. Cheap to clone, shared by all threads.
#[derive(Clone)]
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
    threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

/// What clients and threads share.
pub(crate) struct Shared {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) router: Arc<Router>,
    pub(crate) world: Arc<World>,
    pub(crate) tokens: TokenKey,
    pub(crate) express: Arc<Express>,
    pub(crate) reads: Reads,
    pub(crate) store: Arc<dyn Store>,
    writer: Arc<Mutex<CatalogWriter>>,
    page_secret: [u8; 32],
    services: Arc<dyn Services>,
    limits: Limits,
    pub(crate) quotas: Quotas,
    workers: Mutex<Option<Workers>>,
    counts: Arc<AuditCounts>,
    /// The auditor ends when the first is gone, and who forgets executions when the second is.
    watchers: Mutex<Option<[Sender<()>; 2]>>,
    /// How many executions were started, to list those of one millisecond in their order.
    starts: AtomicU16,
    pub(crate) counters: Vec<Arc<Counters>>,
    pub(crate) admissions: Admissions,
}

impl Shared {
    /// Chance behind 16 bits that count: what sorts the starts of one millisecond.
    pub(crate) fn in_order(&self) -> u64 {
        let count = self.starts.fetch_add(1, Ordering::Relaxed);
        u64::from(count) << 48 | entropy::draw() >> 16
    }
}
/// LIMIT: threads that load executions, evaluate long expressions and delete machines.
const WORKER_THREADS: usize = 2;
/// Stack of a shard's thread: payloads may be nested as deeply as `asl::limits::JSON_DEPTH_MAX`.
const STACK_BYTES: usize = 8 * 1024 * 1024;

impl Engine {
    /// Recovers what the store holds and starts to work on it.
    pub fn start(store: Arc<dyn Store>, config: Config) -> Result<Engine, EngineError> {
        let Config { shards, clock, observer, on_fault, limits, quotas, runner, services, residents } =
            config;
        store.on_failure(Arc::clone(&on_fault));
        let catalog = Arc::new(Catalog::default());
        let (writer, unfinished) =
            CatalogWriter::open(Arc::clone(&store), Arc::clone(&clock), Arc::clone(&catalog), quotas)?;
        let tokens = TokenKey::new(&writer.token_secret);
        let router = Arc::new(Router::new(shards));
        let world = World::new(
            Arc::clone(&catalog),
            Arc::clone(&router),
            observer.clone(),
            runner,
            quotas.activity_pollers_max,
        );
        let world = Arc::new(world);
        let (workers, queue) = Workers::new();
        let counts = Arc::new(AuditCounts::default());
        let admissions = Admissions::new(router.shards());
        let mut threads = Vec::new();
        let mut counters = Vec::new();
        let mut fences = Vec::new();
        for number in 0..router.shards() {
            let slots = router.slots(number);
            let fence = block_on(store.claim(slots.clone()))?;
            fences.push(fence.clone());
            let seed = u64::from_le_bytes(entropy::secret());
            let mut shard = Shard::new(
                tokens.clone(),
                limits,
                Arc::clone(&services),
                seed,
                observer.clone(),
                residents,
                Arc::clone(&counts),
            );
            let inbox = Arc::clone(router.inbox(number));
            recover(&mut shard, &*store, slots, &world.open)?;
            let commits = Commits {
                store: Arc::clone(&store),
                fence,
                world: Arc::clone(&world),
                durable: Arc::new(AtomicU64::new(0)),
                on_fault: Arc::clone(&on_fault),
                admission: Arc::clone(&admissions.shards[number]),
                clock: Arc::clone(&clock),
            };
            let (clock, workers) = (Arc::clone(&clock), workers.clone());
            counters.push(Arc::new(Counters::default()));
            let counters = Arc::clone(&counters[number]);
            let shard = CommitLoop { number, shard, inbox, clock, commits, workers, counters };
            threads.push(spawn(format!("shard-{number}"), &on_fault, move || shard.run())?);
        }
        let express = Arc::new(Express {
            world: Arc::clone(&world),
            clock: Arc::clone(&clock),
            tokens: tokens.clone(),
            limits: express::limits_of(limits),
            services: Arc::clone(&services),
            recent: Arc::default(),
            at_work: AtomicUsize::new(0),
        });
        for (number, inbox) in router.lanes.iter().enumerate() {
            let slots = router.slots_of_lane(number);
            let admission = &admissions.lanes[number];
            let (starts, again) = Starts::open(&store, slots, inbox, &express, admission, &on_fault)?;
            fences.push(starts.fence.clone());
            let (express, inbox) = (Arc::clone(&express), Arc::clone(inbox));
            let lane = Lane::new(express, inbox, workers.clone(), starts, again);
            threads.push(spawn(format!("express-{number}"), &on_fault, move || lane.run())?);
        }
        for number in 0..WORKER_THREADS {
            let tools = Tools {
                store: Arc::clone(&store),
                catalog: Arc::clone(&catalog),
                clock: Arc::clone(&clock),
                tokens: tokens.clone(),
                limits,
                services: Arc::clone(&services),
                router: Arc::clone(&router),
            };
            let queue = Arc::clone(&queue);
            threads.push(spawn(format!("worker-{number}"), &on_fault, move || Workers::run(&queue, &tools))?);
        }
        let (stop_audits, stopped) = channel();
        let (audited, audits) = (Arc::clone(&store), Arc::clone(&router));
        threads
            .push(spawn("auditor".to_owned(), &on_fault, move || audit::run(&audited, &audits, &stopped))?);
        let (stop_expiry, stopped) = channel();
        let expiry = Expiry {
            store: Arc::clone(&store),
            router: Arc::clone(&router),
            clock: Arc::clone(&clock),
            fences,
            retention: quotas.retention,
        };
        threads.push(spawn("expiry".to_owned(), &on_fault, move || expiry.run(&stopped))?);
        let reads = Reads {
            store: Arc::clone(&store),
            catalog: Arc::clone(&catalog),
            clock: Arc::clone(&clock),
            histories: Arc::default(),
            recent: Arc::clone(&express.recent),
        };
        let page_secret = writer.page_secret;
        let shared = Arc::new(Shared {
            clock,
            catalog,
            router,
            world,
            tokens,
            express,
            reads,
            store,
            writer: Arc::new(Mutex::new(writer)),
            page_secret,
            services,
            limits,
            quotas,
            workers: Mutex::new(Some(workers)),
            counts,
            watchers: Mutex::new(Some([stop_audits, stop_expiry])),
            starts: AtomicU16::new(0),
            counters,
            admissions,
        });
        let engine = Engine { shared, threads: Arc::new(Mutex::new(threads)) };
        for machine in unfinished {
            engine.delete_in_background(machine);
        }
        Ok(engine)
    }

    /// Stops the shards when they have taken in what was handed to them, makes everything durable, and
    /// closes the store. Call it when nobody asks any more.
    pub fn shutdown(&self) -> Result<(), EngineError> {
        self.shared.watchers.lock().unwrap_or_else(PoisonError::into_inner).take();
        for shard in 0..self.shared.router.shards() {
            self.shared.router.inbox(shard).close();
        }
        self.shared.router.lanes.iter().for_each(|lane| lane.close());
        if let Some(workers) = self.shared.workers.lock().unwrap_or_else(PoisonError::into_inner).take() {
            workers.stop();
        }
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // A thread that panicked has said so; the others still end in order.
            let _ = thread.join();
        }
        block_on(self.shared.store.close())?;
        Ok(())
    }

    /// A client for the calling thread; call it inside a tokio current-thread runtime's `LocalSet`.
    pub fn client(&self) -> Client {
        Client::new(Arc::clone(&self.shared))
    }

    /// What audits have found since the start.
    pub fn audited(&self) -> Audited {
        self.shared.counts.read()
    }

    pub fn now_ms(&self) -> i64 {
        self.shared.clock.now_ms()
    }

    /// What one execution may have.
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    pub fn quotas(&self) -> &Quotas {
        &self.shared.quotas
    }

    /// How much of each quota is used now that can be counted.
    pub fn quota_usage(&self) -> Vec<QuotaUsage> {
        let world = &self.shared.world;
        let (open, pollers) = (world.open.count(), world.activities.most_pollers());
        self.shared.catalog.read(|entries| self.shared.quotas.usage(entries, open, pollers))
    }

    /// A key for page tokens: the same for the life of a data directory.
    pub fn page_token_key(&self) -> [u8; 32] {
        self.shared.page_secret
    }

    /// What is known of services before they are called: definitions are checked with it.
    pub fn services(&self) -> &dyn Services {
        &*self.shared.services
    }

    pub fn state_machine(&self, arn: &StateMachineArn) -> Option<Arc<StateMachineEntry>> {
        self.shared.catalog.state_machine(arn)
    }

    /// In creation order.
    pub fn state_machines(&self, owner: &Owner) -> Vec<Arc<StateMachineEntry>> {
        self.shared.catalog.state_machines(owner)
    }

    pub fn activity(&self, arn: &ActivityArn) -> Option<Arc<ActivityEntry>> {
        self.shared.catalog.activity(arn)
    }

    /// In creation order.
    pub fn activities(&self, owner: &Owner) -> Vec<Arc<ActivityEntry>> {
        self.shared.catalog.activities(owner)
    }

    /// The existing entry when it is the same machine.
    pub async fn create_state_machine(
        &self,
        create: CreateStateMachine,
    ) -> Result<Arc<StateMachineEntry>, CreateStateMachineError> {
        self.write(move |writer| writer.create_state_machine(create)).await?
    }

    pub async fn update_state_machine(
        &self,
        arn: &StateMachineArn,
        update: UpdateStateMachine,
    ) -> Result<Updated, UpdateStateMachineError> {
        let arn = arn.clone();
        self.write(move |writer| writer.update_state_machine(&arn, update)).await?
    }

    /// Marks the machine as being deleted and stops its executions in the background. An unknown machine
    /// is deleted already.
    pub async fn delete_state_machine(&self, arn: &StateMachineArn) -> Result<(), NotWritten> {
        let marked = arn.clone();
        self.write(move |writer| writer.begin_deletion(&marked)).await??;
        self.delete_in_background(arn.clone());
        Ok(())
    }

    /// Stops the open executions of a machine page by page; when none is left the machine is gone.
    fn delete_in_background(&self, arn: StateMachineArn) {
        let writer = Arc::clone(&self.shared.writer);
        let reads = self.shared.reads.clone();
        let workers = self.shared.workers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(workers) = workers {
            let deletion = Deletion::begin(arn, &self.shared.router);
            let again = workers.clone();
            workers.give(move |tools| continue_deletion(&again, tools, reads, writer, deletion));
        }
    }

    /// The version that exists when the revision is published already.
    pub async fn publish_version(
        &self,
        publish: PublishVersion,
    ) -> Result<Arc<Version>, PublishVersionError> {
        self.write(move |writer| writer.publish_version(publish)).await?
    }

    pub async fn delete_version(
        &self,
        machine: &StateMachineArn,
        number: u64,
    ) -> Result<(), DeleteVersionError> {
        let machine = machine.clone();
        self.write(move |writer| writer.delete_version(&machine, number)).await?
    }

    /// The alias that exists when it is the same.
    pub async fn create_alias(&self, create: CreateAlias) -> Result<Arc<Alias>, AliasError> {
        self.write(move |writer| writer.create_alias(create)).await?
    }

    pub async fn update_alias(&self, update: UpdateAlias) -> Result<Arc<Alias>, AliasError> {
        self.write(move |writer| writer.update_alias(update)).await?
    }

    pub async fn delete_alias(&self, machine: &StateMachineArn, name: &str) -> Result<(), AliasError> {
        let (machine, name) = (machine.clone(), name.to_owned());
        self.write(move |writer| writer.delete_alias(&machine, &name)).await?
    }

    /// The version to which an alias sends one execution: drawn anew for each.
    pub fn choose_version(&self, alias: &Alias) -> u64 {
        alias.choose(entropy::draw())
    }

    /// Tests one state on threads that may take long. A call of a service is waited for on none of them.
    pub async fn test_state(&self, test: TestState) -> Result<Tested, TestStateError> {
        let mut turn = self.on_worker(move |tools| test_state::begin(tools, test)).await;
        loop {
            turn = match turn? {
                Turn::Ended(tested) => return Ok(*tested),
                Turn::Calls(calling) => {
                    let answered = calling.answer(&self.shared).await?;
                    self.on_worker(move |_| answered.go_on()).await
                }
            };
        }
    }

    async fn on_worker(
        &self,
        work: impl FnOnce(&Tools) -> Result<Turn, TestStateError> + Send + 'static,
    ) -> Result<Turn, TestStateError> {
        let workers = self.shared.workers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (reply, done) = tokio::sync::oneshot::channel();
        if let Some(workers) = workers {
            workers.give(move |tools| {
                // Nobody may be waiting any more.
                let _ = reply.send(work(tools));
            });
        }
        done.await.unwrap_or(Err(TestStateError::Unavailable))
    }

    pub async fn create_activity(
        &self,
        arn: ActivityArn,
        encryption: Option<Arc<str>>,
        tags: Vec<Tag>,
    ) -> Result<Arc<ActivityEntry>, CreateActivityError> {
        self.write(move |writer| writer.create_activity(arn, encryption, tags)).await?
    }

    pub async fn delete_activity(&self, arn: &ActivityArn) -> Result<(), NotWritten> {
        let arn = arn.clone();
        self.write(move |writer| writer.delete_activity(&arn)).await?
    }

    pub async fn tag(&self, resource: &Taggable, tags: Vec<Tag>) -> Result<(), TagError> {
        let resource = resource.clone();
        self.write(move |writer| writer.tag(&resource, tags)).await?
    }

    pub async fn untag(&self, resource: &Taggable, keys: Vec<Arc<str>>) -> Result<(), TagError> {
        let resource = resource.clone();
        self.write(move |writer| writer.untag(&resource, &keys)).await?
    }

    /// Changes the catalog on a thread that may wait for the disk. Changes are rare, and one at a time.
    async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut CatalogWriter) -> T + Send + 'static,
    ) -> Result<T, NotWritten> {
        let writer = Arc::clone(&self.shared.writer);
        let change = move || change(&mut writer.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(change).await.map_err(|_| NotWritten::Unavailable)
    }
}

/// One page of a deletion; asks for another turn while it is not over.
fn continue_deletion(
    workers: &Workers,
    tools: &Tools,
    reads: Reads,
    writer: Arc<Mutex<CatalogWriter>>,
    mut deletion: Deletion,
) {
    let progress = {
        let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        deletion.go_on(&reads, &tools.router, &mut writer)
    };
    if progress == Progress::Over {
        return;
    }
    let again = workers.clone();
    workers.give(move |tools| {
        // Starts in flight and stops need a commit before the next look can see them.
        std::thread::sleep(DELETION_PAUSE);
        continue_deletion(&again, tools, reads, writer, deletion);
    });
}

const DELETION_PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

/// Starts a thread whose panic is a fault of the engine: nothing goes on without it.
fn spawn(
    name: String,
    on_fault: &FaultHandler,
    run: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, EngineError> {
    let on_fault = Arc::clone(on_fault);
    let fault = Fault::Unavailable(format!("the thread {name} panicked"));
    let guarded = move || {
        if catch_unwind(AssertUnwindSafe(run)).is_err() {
            on_fault(&fault);
        }
    };
    Ok(std::thread::Builder::new().name(name).stack_size(STACK_BYTES).spawn(guarded)?)
}
