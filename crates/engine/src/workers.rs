//! Threads that do for the shards what takes long: reading executions from the store, evaluating
//! expressions, deleting state machines.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use asl::services::Services;
use execution::{Advance, Command, Execution, Limits, Moment};
use store::{Fault, Store, Uid};

use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::error::EngineError;
use crate::express;
use crate::router::Router;
use crate::shard::recover::load;
use crate::shard::step::{Evaluation, advance_or_panic};
use crate::shard::{Envelope, Message, Reply};
use crate::task::token::{Mint, TokenKey};

/// Work for a worker thread.
pub(crate) type Job = Box<dyn FnOnce(&Tools) + Send>;

/// Hands work to the threads. When the last handle is gone the threads end.
#[derive(Clone)]
pub(crate) struct Workers {
    jobs: Sender<Job>,
    is_stopping: Arc<AtomicBool>,
}

/// What a worker works with.
pub struct Tools {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tokens: TokenKey,
    pub(crate) limits: Limits,
    pub(crate) services: Arc<dyn Services>,
    pub(crate) router: Arc<Router>,
}

impl Workers {
    /// The handle and the queue that threads are started on (`run`).
    pub(crate) fn new() -> (Workers, Arc<Mutex<Receiver<Job>>>) {
        let (jobs, queue) = channel();
        (Workers { jobs, is_stopping: Arc::default() }, Arc::new(Mutex::new(queue)))
    }

    /// Takes no more work: the threads end when what was given is done.
    pub(crate) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// What one worker thread does all its life.
    pub(crate) fn run(queue: &Mutex<Receiver<Job>>, tools: &Tools) {
        loop {
            let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
            match job {
                Ok(job) => job(tools),
                Err(_) => return,
            }
        }
    }

    /// Does one piece of work that is waiting. False if there is none.
    #[cfg(feature = "driven")]
    pub(crate) fn run_one(queue: &Mutex<Receiver<Job>>, tools: &Tools) -> bool {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).try_recv();
        job.map(|job| job(tools)).is_ok()
    }

    pub(crate) fn load(&self, shard: usize, execution: Uid) {
        self.give(move |tools| {
            let envelope = tools.load(execution);
            tools.router.send_to(shard, envelope);
        });
    }

    pub(crate) fn evaluate(&self, shard: usize, evaluation: Evaluation) {
        self.give(move |tools| {
            let envelope = tools.evaluate(evaluation);
            tools.router.send_to(shard, envelope);
        });
    }

    /// Goes on with an Express execution.
    pub(crate) fn evaluate_express(&self, evaluation: Evaluation) {
        self.give(move |tools| {
            let execution = evaluation.execution;
            tools.router.evaluated(execution, tools.evaluated(evaluation));
        });
    }

    pub(crate) fn give(&self, job: impl FnOnce(&Tools) + Send + 'static) {
        if !self.is_stopping.load(Ordering::Relaxed) {
            // Without threads the engine has stopped, and the work is of no use.
            let _ = self.jobs.send(Box::new(job));
        }
    }
}

impl Tools {
    /// Reads an execution for its shard.
    pub fn load(&self, execution: Uid) -> Envelope {
        let loaded = match load(&*self.store, &self.catalog, execution, self.clock.now_ms()) {
            Ok(loaded) => Ok(loaded.map(Box::new)),
            Err(EngineError::Store(fault)) => Err(fault),
            Err(error) => Err(Fault::Corrupt(error.to_string())),
        };
        Envelope { execution, message: Message::Loaded(loaded), reply: Reply::Nobody }
    }

    /// Goes on with an execution of a shard whose expression takes long.
    pub fn evaluate(&self, evaluation: Evaluation) -> Envelope {
        let execution = evaluation.execution;
        let message = Message::Evaluated(self.evaluated(evaluation));
        Envelope { execution, message, reply: Reply::Nobody }
    }

    /// The execution after its next turn, however long that took; none if it panicked.
    fn evaluated(&self, evaluation: Evaluation) -> Option<Box<(Execution, Advance)>> {
        let Evaluation { execution, mut value, seed } = evaluation;
        let limits = if execution.is_express() { express::limits_of(self.limits) } else { self.limits };
        let moment = Moment {
            now_ms: self.clock.now_ms(),
            seed,
            evaluation_units: u64::MAX,
            transitions_max: 1,
            limits,
            tokens: &Mint { key: &self.tokens, execution },
            services: &*self.services,
        };
        let advance = advance_or_panic(&mut value, Command::Continue, &moment);
        advance.map(|advance| Box::new((*value, advance)))
    }
}
