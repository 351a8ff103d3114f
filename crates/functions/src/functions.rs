//! The handle: finds the function that an invocation means and waits for its answer.
//!
//! All functions live on one thread of their own with a single-threaded runtime, so that callers may come
//! from any runtime and go away at any time.
//! INVARIANT: when the last handle is dropped, every process that was started here is ended.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::{JoinSet, LocalSet};

use crate::answer::{Answer, InvokeError};
use crate::config::{FunctionConfig, FunctionsConfig};
use crate::entropy;
use crate::guardian::Guardian;
use crate::invocation::{Invocation, InvocationType};
use crate::job::Job;
use crate::life::Function;
use crate::log::{LogLine, LogSink, Stream};
use crate::name::{FunctionName, Pattern};
use crate::{pool, url};

/// What functions get from the program around them.
#[derive(Clone)]
pub struct Surroundings {
    /// The environment that Stairway was started in. A function sees `PATH`, `HOME` and the like of it,
    /// and what its configuration names.
    pub environment: BTreeMap<OsString, OsString>,
    pub log: LogSink,
}

/// The functions of a configuration. Clones are the same functions.
#[derive(Clone)]
pub struct Functions(Arc<Shared>);

struct Shared {
    entries: Vec<Entry>,
    stop: watch::Sender<bool>,
    /// Closed when the thread has ended.
    thread: watch::Receiver<()>,
}

/// A function as callers see it.
struct Entry {
    pattern: Pattern,
    /// As many as may run and wait.
    places: Arc<Semaphore>,
    jobs: UnboundedSender<Box<Job>>,
}

/// A function as the thread receives it.
struct Seed {
    name: Arc<str>,
    pattern: Pattern,
    config: FunctionConfig,
    jobs: UnboundedReceiver<Box<Job>>,
}

impl Functions {
    /// Starts no process yet: each is started with the first invocation that needs it.
    pub fn start(config: FunctionsConfig, surroundings: Surroundings) -> io::Result<Functions> {
        let (stop, stopping) = watch::channel(false);
        let (ended, thread) = watch::channel(());
        let (mut entries, mut seeds) = (Vec::new(), Vec::new());
        for (pattern, config) in config.iter() {
            let (jobs, receiver) = unbounded_channel();
            let places = match config {
                FunctionConfig::Process(process) => process.concurrency + process.queue,
                FunctionConfig::Url(url) => url.concurrency + url.queue,
            };
            let places = Arc::new(Semaphore::new(places));
            entries.push(Entry { pattern: pattern.clone(), places, jobs });
            seeds.push(Seed {
                name: pattern.to_string().into(),
                pattern: pattern.clone(),
                config: config.clone(),
                jobs: receiver,
            });
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("functions".to_owned()).spawn(move || {
            LocalSet::new().block_on(&runtime, live(seeds, surroundings, stopping));
            drop(runtime);
            drop(ended);
        })?;
        Ok(Functions(Arc::new(Shared { entries, stop, thread })))
    }

    /// Whoever drops the future gives up waiting; a function that has begun runs to its end, as in Lambda.
    pub async fn invoke(&self, invocation: Invocation) -> Result<Answer, InvokeError> {
        let name = invocation.name()?;
        let entry = self.find(&name)?;
        let payload = invocation.checked_payload()?;
        let client_context = invocation.checked_client_context()?;
        let request_id: Arc<str> = entropy::request_id().into();
        if invocation.invocation_type == InvocationType::DryRun {
            return Ok(unanswered(204, &request_id));
        }
        let place = entry.places.clone().try_acquire_owned().map_err(|_| InvokeError::TooManyRequests)?;
        let is_event = invocation.invocation_type == InvocationType::Event;
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Job {
            request_id: request_id.clone(),
            function: name,
            payload,
            client_context,
            trace_header: invocation.trace_header.unwrap_or_else(new_trace_header),
            returned: 0,
            reply: (!is_event).then_some(reply),
            place,
        });
        entry.jobs.send(job).map_err(|_| InvokeError::ShutDown)?;
        match is_event {
            true => Ok(unanswered(202, &request_id)),
            false => answer.await.unwrap_or(Err(InvokeError::ShutDown)),
        }
    }

    fn find(&self, name: &FunctionName) -> Result<&Entry, InvokeError> {
        let matching = self.0.entries.iter().filter(|entry| entry.pattern.matches(name));
        let meant = matching.max_by_key(|entry| entry.pattern.weight());
        meant.ok_or_else(|| InvokeError::NotFound { arn: name.qualified_arn() })
    }

    /// Ends every process. What runs or waits is answered with `ShutDown`, and so is what comes later.
    pub async fn shutdown(&self) {
        self.0.stop.send_replace(true);
        // The thread never sends anything: an error is its end.
        let _ = self.0.thread.clone().changed().await;
    }
}

fn unanswered(status: u16, request_id: &str) -> Answer {
    Answer {
        status,
        payload: Bytes::new(),
        function_error: None,
        executed_version: None,
        request_id: request_id.to_owned(),
        log_tail: String::new(),
    }
}

fn new_trace_header() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    entropy::trace_header(now.as_secs().cast_signed())
}

/// The thread: ends when it is told to, or when the last handle is gone.
async fn live(seeds: Vec<Seed>, surroundings: Surroundings, stopping: watch::Receiver<bool>) {
    let Surroundings { environment, log } = surroundings;
    let environment = Rc::new(environment);
    let has_processes = seeds.iter().any(|seed| matches!(seed.config, FunctionConfig::Process(_)));
    let guardian = Rc::new(Guardian::new(has_processes));
    if let Some(why) = guardian.missing() {
        log(LogLine {
            function: "".into(),
            request_id: None,
            stream: Stream::Platform,
            text: format!("processes of functions may outlive a killed server: {why}"),
        });
    }
    let mut loops = JoinSet::new();
    for Seed { name, pattern, config, jobs } in seeds {
        let stopping = stopping.clone();
        match config {
            FunctionConfig::Process(config) => {
                let (environment, log, guardian) = (environment.clone(), log.clone(), guardian.clone());
                let function = Function {
                    name,
                    lambda_name: pattern.name().to_owned(),
                    config,
                    environment,
                    log,
                    guardian,
                };
                loops.spawn_local(pool::run(Rc::new(function), jobs, stopping));
            }
            FunctionConfig::Url(config) => {
                loops.spawn_local(url::run(name, config, log.clone(), jobs, stopping));
            }
        }
    }
    loops.join_all().await;
}
