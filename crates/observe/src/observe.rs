//! The handle that the engine and the server are given.
//!
//! Here: what is asked on the engine's threads, and what is put on its way. Not here: the thread that tells (`desk`).
//! INVARIANT: on the engine's threads nothing is made, and nothing is waited for.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use aws::environment::Environment;
use engine::{Happened, Identity, Observer, Statistics, Tally};
use execution::LogLevel;
use tokio::runtime::Builder;
use tokio::sync::mpsc::unbounded_channel;

use crate::budget::Budget;
use crate::change::{self, ChangeSinks};
use crate::desk::{Desk, Order, Orders};
use crate::file::LineFile;
use crate::log::{LogPlan, Logs};
use crate::metrics::{Beside, CallClass, Metrics, StoreFigures};
use crate::outside::{Outside, OutsideFault, has_endpoint};
use crate::settings::{EventsSettings, LogsSettings, Rotation};
use crate::sink::Sink;

/// LIMIT: bytes of payloads that wait to become records and events.
const WAITING_BYTES_MAX: usize = 32 << 20;
/// What waits costs about this much beside its payloads.
const OVERHEAD_BYTES: usize = 1_024;
/// About a thirtieth of the weight of other threads.
#[cfg(target_os = "linux")]
const PRIORITY: i32 = 15;
/// Where the log is, below the data directory, when nobody said where.
const LOG_FILE: &str = "logs/executions.jsonl";

/// Where this process stands.
pub struct Surroundings {
    pub data_dir: PathBuf,
    /// Variables as AWS's own tools read them.
    pub environment: Environment,
    /// Receives lines for people.
    pub say: Arc<dyn Fn(&str) + Send + Sync>,
}

#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    #[error("cannot write to `{}`: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{0}")]
    Outside(String),
    #[error("cannot start the thread that tells what happens: {0}")]
    Thread(#[from] io::Error),
}

impl From<OutsideFault> for StartFault {
    fn from(fault: OutsideFault) -> Self {
        StartFault::Outside(fault.to_string())
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Observe(Arc<Inner>);

struct Inner {
    metrics: Metrics,
    plan: LogPlan,
    changes: ChangeSinks,
    intake: Arc<Sink>,
    sinks: Vec<Arc<Sink>>,
    budget: Arc<Budget>,
    orders: Orders,
    /// Disconnected when the thread has ended.
    done: Mutex<mpsc::Receiver<()>>,
}

impl Observe {
    /// Opens the files and starts the thread.
    pub fn start(
        logs: LogsSettings,
        events: EventsSettings,
        surroundings: Surroundings,
    ) -> Result<Observe, StartFault> {
        let Surroundings { data_dir, environment, say } = surroundings;
        let has_cloudwatch = logs.cloudwatch.unwrap_or_else(|| has_endpoint(&environment));
        // Somebody who neither has CloudWatch nor asked for a file is to find the records, too.
        let wants_file = logs.file.is_some() || logs.level > LogLevel::Off || !has_cloudwatch;
        let plan = LogPlan {
            has_cloudwatch,
            has_file: wants_file,
            file_level: logs.level,
            file_data: logs.include_execution_data,
        };
        let sink = |wanted: bool, name| wanted.then(|| Sink::new(name, &say));
        let log_file_sink = sink(wants_file, "log file");
        let log_sink = Sink::new("cloudwatch logs", &say);
        let intake = Sink::new("queue", &say);
        let changes = ChangeSinks {
            file: sink(events.file.is_some(), "event file"),
            bus: sink(events.event_bus.is_some(), "event bus"),
            webhook: sink(events.webhook.is_some(), "webhook"),
        };
        let open = |path: &Path, rotation: Rotation, sink: &Arc<Sink>| {
            LineFile::open(path, rotation, Arc::clone(sink))
                .map_err(|error| StartFault::File { path: path.to_owned(), error })
        };
        let log_file = match (&log_file_sink, &logs.file) {
            (Some(sink), Some(path)) => Some(open(path, logs.rotation, sink)?),
            (Some(sink), None) => {
                Some(LineFile::new(&data_dir.join(LOG_FILE), logs.rotation, Arc::clone(sink)))
            }
            (None, _) => None,
        };
        let change_file = events.file.as_ref().zip(changes.file.as_ref());
        let change_file = change_file.map(|(path, sink)| open(path, events.rotation, sink)).transpose()?;
        let sinks = [Some(&intake), has_cloudwatch.then_some(&log_sink), log_file_sink.as_ref()];
        let sinks = sinks.into_iter().flatten().chain(changes.iter()).map(Arc::clone).collect();
        let desk = Desk {
            plan,
            log_file,
            log_sink,
            log_budget: Logs::budget(),
            events,
            change_file,
            change_sinks: changes.clone(),
            outside: Outside::of(environment)?,
            intake: Arc::clone(&intake),
        };
        let (orders, arriving) = unbounded_channel();
        let (done, ended) = mpsc::channel();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new().name("observe".into()).spawn(move || {
            give_way();
            desk.run(&runtime, arriving, done);
        })?;
        Ok(Observe(Arc::new(Inner {
            metrics: Metrics::default(),
            plan,
            changes,
            intake,
            sinks,
            budget: Budget::new(WAITING_BYTES_MAX),
            orders,
            done: Mutex::new(ended),
        })))
    }

    /// Delivers what can be delivered within `grace`. Call it when nothing happens any more.
    pub fn shutdown(&self, grace: Duration) {
        // Without the thread there is nobody to wait for.
        let _ = self.0.orders.send(Order::Close(grace));
        let done = self.0.done.lock().unwrap_or_else(PoisonError::into_inner);
        // It ends within the grace; a disk that hangs is not waited for.
        let _ = done.recv_timeout(grace + Duration::from_secs(1));
    }

    /// A call of the API was answered.
    pub fn answered(&self, operation: &str, class: CallClass, took: Duration) {
        self.0.metrics.answered(operation, class, took);
    }

    /// All metrics, as Prometheus reads them.
    pub fn metrics(&self, engine: &Statistics, store: Option<StoreFigures>) -> String {
        let waiting_bytes = self.0.budget.used();
        self.0.metrics.page(&Beside { engine, store, sinks: &self.0.sinks, waiting_bytes })
    }
}

/// Where processors are short, executions come first: the calling thread takes what they leave, and what it does not
/// come to is dropped like anything else without room.
fn give_way() {
    #[cfg(target_os = "linux")]
    {
        // On Linux a thread has a priority of its own. Without it nothing is wrong but the order.
        let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), PRIORITY);
    }
}

impl Observer for Observe {
    fn listens_to(&self, identity: &Identity) -> bool {
        self.0.plan.listens_to(identity) || self.0.changes.count() > 0
    }

    fn counted(&self, tally: &Tally) {
        self.0.metrics.count(tally);
    }

    fn committed(&self, happened: Box<Happened>) {
        let inner = &self.0;
        let records = inner.plan.records(&happened);
        let changes = match inner.changes.count() {
            0 => 0,
            places => places * change::count(&happened),
        };
        if records + changes == 0 {
            return;
        }
        let bytes = happened.recorded.bytes() + happened.input.text().len() + OVERHEAD_BYTES;
        match inner.budget.take(bytes) {
            // Without its thread the process is about to end.
            Some(permit) => _ = inner.orders.send(Order::Happened(happened, permit)),
            None => inner.intake.dropped(records + changes),
        }
    }
}
