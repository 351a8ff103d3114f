//! One life of a function's process: getting ready, one invocation after the other, its end.
//!
//! Not here: which invocations it gets (`pool`), pipes and signals (`process`), HTTP (`runtime_api`).
//! INVARIANT: a job that began is answered: by the process, by its end, or by the time limit. A job that
//! did not begin goes back.

mod end;
mod process;

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use crate::config::ProcessConfig;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::guardian::Guardian;
use crate::job::Job;
use crate::limits::{INIT_TIME, PATIENCE};
use crate::log::{LogLine, LogSink, Stream, Tail};
use crate::name::FunctionName;
use crate::runtime_api::{Call, Next, Verdict};
use process::Process;

/// What all processes of a function share.
pub(crate) struct Function {
    /// As the configuration names it.
    pub(crate) name: Arc<str>,
    /// As Lambda does: without an ARN around it.
    pub(crate) lambda_name: String,
    pub(crate) config: ProcessConfig,
    pub(crate) environment: Rc<Environment>,
    pub(crate) log: LogSink,
    pub(crate) guardian: Rc<Guardian>,
}

impl Function {
    pub(crate) fn log(&self, stream: Stream, request_id: Option<&Arc<str>>, text: String) {
        let (function, request_id) = (self.name.clone(), request_id.cloned());
        (self.log)(LogLine { function, request_id, stream, text });
    }
}

pub(crate) enum Order {
    Work(Box<Job>),
    End,
}

pub(crate) enum Sign {
    /// It asks for work.
    Idle,
    Over(Ending),
}

/// What a life leaves to its pool.
#[derive(Default)]
pub(crate) struct Ending {
    /// Given to it and not begun.
    pub(crate) job: Option<Box<Job>>,
    /// Why it never became ready.
    pub(crate) failure: Option<Failure>,
}

/// A life from its start to its last sign. `first` is the function as the first caller named it.
pub(crate) async fn live(
    id: u64,
    function: Rc<Function>,
    first: FunctionName,
    mut orders: UnboundedReceiver<Order>,
    signs: UnboundedSender<(u64, Sign)>,
) {
    let mut ending = match Process::start(&function, &first) {
        Ok(process) => {
            let idle_sign = || drop(signs.send((id, Sign::Idle)));
            Life::new(&function, process, &idle_sign).run(&mut orders).await
        }
        Err(why) => Ending { failure: Some(Failure::NotStarted(why)), job: None },
    };
    orders.close();
    while let Ok(order) = orders.try_recv() {
        if let Order::Work(job) = order {
            ending.job = Some(job);
        }
    }
    let _ = signs.send((id, Sign::Over(ending)));
}

struct Life<'a> {
    function: &'a Function,
    process: Process,
    /// Tells the pool that work is asked for.
    idle_sign: &'a dyn Fn(),
    stage: Stage,
    /// The runtime's open question for the next invocation.
    parked: Option<oneshot::Sender<Next>>,
    tail: Tail,
    born: Instant,
    /// Time to the first question, shown once.
    init_time: Option<Duration>,
}

/// Each stage has a time at which patience ends.
enum Stage {
    Init,
    /// Reported that it cannot work.
    Failed(Failure),
    Idle,
    /// Has a job, but its question broke off: it asks again.
    Pending(Box<Job>),
    Running(Box<Job>, Instant),
    /// Has answered and not yet asked for more.
    Answered,
}

impl<'a> Life<'a> {
    fn new(function: &'a Function, process: Process, idle_sign: &'a dyn Fn()) -> Life<'a> {
        Life {
            function,
            process,
            idle_sign,
            stage: Stage::Init,
            parked: None,
            tail: Tail::default(),
            born: Instant::now(),
            init_time: None,
        }
    }

    async fn run(mut self, orders: &mut UnboundedReceiver<Order>) -> Ending {
        let mut until = self.born + INIT_TIME + self.function.config.timeout;
        loop {
            tokio::select! {
                Some(line) = self.process.stdout.next() => self.log(Stream::Stdout, line),
                Some(line) = self.process.stderr.next() => self.log(Stream::Stderr, line),
                Some(call) = self.process.calls.recv() => {
                    if let Some(patience) = self.hear(call) {
                        until = Instant::now() + patience;
                    }
                }
                order = orders.recv() => match order {
                    Some(Order::Work(job)) => {
                        until = Instant::now() + self.function.config.timeout;
                        self.begin(job);
                    }
                    Some(Order::End) | None => {
                        orders.close();
                        return self.retire().await;
                    }
                },
                status = self.process.child.wait() => {
                    orders.close();
                    return self.bury(status.ok()).await;
                }
                () = sleep_until(until) => {
                    // Who orders from now on is refused, and finds another process at once.
                    orders.close();
                    return self.lose_patience().await;
                }
            }
        }
    }

    /// What the runtime says; gives how long the stage that follows may last, where one follows.
    fn hear(&mut self, call: Call) -> Option<Duration> {
        let Function { config, .. } = self.function;
        match call {
            Call::Next(question) => match std::mem::replace(&mut self.stage, Stage::Idle) {
                running @ (Stage::Running(..) | Stage::Failed(_)) => {
                    // The question is dropped: first the answer.
                    self.stage = running;
                    None
                }
                Stage::Pending(job) => {
                    self.parked = Some(question);
                    self.begin(job);
                    Some(config.timeout)
                }
                before @ (Stage::Init | Stage::Idle | Stage::Answered) => {
                    self.parked = Some(question);
                    if matches!(before, Stage::Init) {
                        self.init_time = Some(self.born.elapsed());
                    }
                    if !matches!(before, Stage::Idle) {
                        (self.idle_sign)();
                    }
                    Some(config.idle)
                }
            },
            Call::Answer { request_id, result, verdict } => {
                let is_awaited =
                    matches!(&self.stage, Stage::Running(job, _) if *job.request_id == *request_id);
                // Whoever asked may have gone.
                let _ = verdict.send(if is_awaited { Verdict::Accepted } else { Verdict::UnknownRequest });
                if is_awaited {
                    self.hear_last_words();
                    self.finish(result);
                }
                None
            }
            Call::InitError { document, verdict } => match self.stage {
                Stage::Init => {
                    let _ = verdict.send(Verdict::Accepted);
                    self.stage = Stage::Failed(Failure::Told(document));
                    Some(PATIENCE)
                }
                _ => {
                    let _ = verdict.send(Verdict::NotNow);
                    None
                }
            },
        }
    }

    /// Hands a job over, if the runtime still waits for one.
    fn begin(&mut self, job: Box<Job>) {
        let timeout = self.function.config.timeout;
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + timeout;
        let next = Next {
            request_id: job.request_id.clone(),
            deadline_ms: deadline.as_millis(),
            arn: job.function.arn(),
            trace_header: job.trace_header.clone(),
            client_context: job.client_context.clone(),
            payload: job.payload.clone(),
        };
        let is_taken = self.parked.take().is_some_and(|question| question.send(next).is_ok());
        self.stage = match is_taken {
            true => {
                let (id, version) = (&job.request_id, job.function.version());
                self.tail.push(&format!("START RequestId: {id} Version: {version}"));
                Stage::Running(job, Instant::now())
            }
            false => Stage::Pending(job),
        };
    }

    /// Answers the job that runs, if one does.
    fn finish(&mut self, result: Result<Bytes, Failure>) {
        let (job, begun) = match std::mem::replace(&mut self.stage, Stage::Answered) {
            Stage::Running(job, begun) => (job, begun),
            other => {
                self.stage = other;
                return;
            }
        };
        if let Some(line) = result.as_ref().err().and_then(|failure| failure.log_line(&job.request_id)) {
            self.tail.push(&line);
            self.function.log(Stream::Platform, Some(&job.request_id), line);
        }
        self.tail.push(&format!("END RequestId: {}", job.request_id));
        let report = self.report(&job, begun.elapsed());
        self.tail.push(&report);
        let tail = self.tail.take();
        match result {
            Ok(payload) => job.succeed(payload, tail),
            Err(failure) => job.fail(&failure, tail),
        }
    }

    fn report(&mut self, job: &Job, took: Duration) -> String {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
        let took = milliseconds(took);
        let init = self.init_time.take().map(milliseconds);
        let init = init.map(|init| format!("\tInit Duration: {init:.2} ms")).unwrap_or_default();
        let (id, memory) = (&job.request_id, self.function.config.memory_size);
        format!(
            "REPORT RequestId: {id}\tDuration: {took:.2} ms\tBilled Duration: {:.0} ms\tMemory Size: {memory} MB{init}",
            took.ceil()
        )
    }

    fn log(&mut self, stream: Stream, line: String) {
        let request_id = match &self.stage {
            Stage::Running(job, _) => Some(&job.request_id),
            Stage::Init | Stage::Failed(_) | Stage::Idle | Stage::Pending(_) | Stage::Answered => None,
        };
        if request_id.is_some() {
            self.tail.push(&line);
        }
        self.function.log(stream, request_id, line);
    }

    /// What was written before an answer is in the pipes when the answer comes: it belongs to it.
    fn hear_last_words(&mut self) {
        while let Some(line) = self.process.stdout.at_once() {
            self.log(Stream::Stdout, line);
        }
        while let Some(line) = self.process.stderr.at_once() {
            self.log(Stream::Stderr, line);
        }
    }
}
