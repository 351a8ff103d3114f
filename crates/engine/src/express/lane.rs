//! A lane: a plain thread that goes on with Express executions which did not end where they began.
//!
//! Here: who is at work, timers, turns, answers, and what a restart runs again.
//! Not here: what a run does (`run`), what of it is durable (`starts`).
//! INVARIANT: a run that is in `runs` without its value is with an evaluator, which gives it back.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use execution::{Advance, Batch, Command, Execution, Pause, Reply};
use planted::Bug;
use rustc_hash::FxHashMap;
use store::Uid;

use crate::clock::idle_time;
use crate::entropy;
use crate::express::run::{Run, Share, Turn};
use crate::express::starts::Starts;
use crate::express::{Express, Order};
use crate::reply::{ReplyTo, deliver_all};
use crate::shard::Answer;
use crate::shard::inbox::{Inbox, Waited};
use crate::shard::step::{Evaluation, UNREAD_PAUSE_MS};
use crate::workers::Workers;

/// LIMIT: executions of before a restart that are begun again in one turn, so that new ones have theirs.
const BEGUN_AGAIN_AT_ONCE: usize = 64;

pub(crate) struct Lane {
    express: Arc<Express>,
    inbox: Arc<Inbox<Order>>,
    workers: Workers,
    starts: Starts,
    runs: FxHashMap<Uid, AtWork>,
    /// Recorded by nobody yet: they run when the store has their start.
    starting: FxHashMap<Uid, (Box<Run>, Batch)>,
    timers: BTreeSet<(i64, Uid)>,
    /// Whose turn was cut short.
    unfinished: Vec<Uid>,
    /// Starts that a crash left without a mark.
    again: VecDeque<Uid>,
    /// When the store is asked again for one of them that it could not give.
    unread_until_ms: Option<i64>,
    answers: Vec<(ReplyTo, Answer)>,
}

struct AtWork {
    run: Box<Run>,
    deadline_ms: Option<i64>,
    /// Whether it stands among the unfinished.
    is_unfinished: bool,
    waiting: Vec<Waiting>,
    /// Somebody whose stop has ended it: told when that cannot be forgotten any more.
    stopped: Vec<(ReplyTo, Answer)>,
    /// Came while an evaluator had the run.
    parked: Vec<(Command, Option<ReplyTo>)>,
}

/// Somebody who waits for the end.
enum Waiting {
    /// Since the start: synchronous.
    Caller(ReplyTo),
    Watcher(ReplyTo),
}

impl Lane {
    pub(crate) fn new(
        express: Arc<Express>,
        inbox: Arc<Inbox<Order>>,
        workers: Workers,
        starts: Starts,
        again: VecDeque<Uid>,
    ) -> Lane {
        Lane {
            express,
            inbox,
            workers,
            starts,
            runs: FxHashMap::default(),
            starting: FxHashMap::default(),
            timers: BTreeSet::new(),
            unfinished: Vec::new(),
            again,
            unread_until_ms: None,
            answers: Vec::new(),
        }
    }

    /// Runs until the inbox is closed.
    pub(crate) fn run(mut self) {
        let mut orders = Vec::new();
        while self.inbox.wait(&mut orders, self.idle_time()) != Waited::Closed {
            self.step(&mut orders);
        }
        self.starts.flush();
    }

    /// How long to wait for orders; for ever when nothing is due.
    fn idle_time(&self) -> Option<Duration> {
        if self.has_more_to_do() {
            return Some(Duration::ZERO);
        }
        let deadline_ms = self.next_deadline_ms()?;
        let at_work = || !self.inbox.is_empty() || self.runs.values().any(AtWork::has_task_in_hand);
        Some(idle_time(&*self.express.clock, deadline_ms, at_work))
    }

    pub(crate) fn has_more_to_do(&self) -> bool {
        !self.unfinished.is_empty() || (!self.again.is_empty() && self.unread_until_ms.is_none())
    }

    /// When something is due by itself.
    pub(crate) fn next_deadline_ms(&self) -> Option<i64> {
        let timer_ms = self.timers.first().map(|(at_ms, _)| *at_ms);
        timer_ms.into_iter().chain(self.starts.marks_due_ms).chain(self.unread_until_ms).min()
    }

    /// One turn for everybody who has something to do.
    pub(crate) fn step(&mut self, orders: &mut Vec<Order>) {
        for execution in std::mem::take(&mut self.unfinished) {
            if let Some(at_work) = self.runs.get_mut(&execution) {
                at_work.is_unfinished = false;
            }
            self.command(execution, Command::Continue, None);
        }
        let now_ms = self.express.clock.now_ms();
        while let Some((at_ms, execution)) = self.timers.first().copied()
            && at_ms <= now_ms
        {
            self.set_deadline(execution, None);
            self.command(execution, Command::TimerDue, None);
        }
        self.unread_until_ms = self.unread_until_ms.filter(|until_ms| *until_ms > now_ms);
        for _ in 0..BEGUN_AGAIN_AT_ONCE {
            if self.unread_until_ms.is_some() {
                break;
            }
            let Some(execution) = self.again.pop_front() else { break };
            self.begin_again(execution);
        }
        for order in orders.drain(..) {
            self.take(order);
        }
        self.starts.submit(self.express.clock.now_ms());
        deliver_all(std::mem::take(&mut self.answers));
    }

    fn take(&mut self, order: Order) {
        match order {
            Order::Start { run, input, reply } => self.start(run, input, reply),
            Order::GoOn { mut run, turn, caller } => {
                run.is_recorded |= planted::is_on(Bug::SynchronousIsMarked);
                self.insert(run, vec![Waiting::Caller(caller)], turn);
            }
            Order::Settled { starts } => {
                for (execution, is_recorded) in starts {
                    self.settled(execution, is_recorded);
                }
            }
            Order::Command { execution, command } => self.command(execution, command, None),
            Order::Stop { execution, arn, failure, reply } => match self.runs.get(&execution) {
                Some(at_work) if at_work.run.arn == *arn => {
                    self.command(execution, Command::Stop { failure }, Some(reply));
                }
                Some(_) | None => self.answers.push((reply, Answer::NotHere)),
            },
            Order::WatchEnd { execution, reply } => match self.runs.get_mut(&execution) {
                Some(at_work) => at_work.waiting.push(Waiting::Watcher(reply)),
                None => self.answers.push((reply, Answer::NotHere)),
            },
            Order::Evaluated { execution, evaluated: Some(evaluated) } => {
                let (value, advance) = *evaluated;
                self.evaluated(execution, value, advance);
            }
            Order::Evaluated { execution, evaluated: None } => self.give_up(execution),
        }
    }

    /// Takes the start in and has it recorded. It runs when the record is durable.
    fn start(&mut self, mut run: Box<Run>, input: asl::Document, reply: ReplyTo) {
        let command = run.start(input);
        let batch = run.take(command, Share::Nothing, &self.express).and_then(|advance| advance.batch);
        let Some(batch) = batch else { return self.answers.push((reply, Answer::Unavailable)) };
        let Some(seen) = run.kept_later(batch.encode().into()) else { return };
        run.is_recorded = true;
        let execution = run.execution;
        if planted::is_on(Bug::ExpressStartIsAnsweredAtOnce) {
            let (started_ms, status) = (seen.started_ms, seen.status());
            self.answers.push((reply.clone(), Answer::Started { started_ms, status }));
        }
        self.starts.record(&run, seen, reply);
        self.starting.insert(execution, (run, batch));
        if planted::is_on(Bug::ExpressRunsBeforeItsRecord) {
            self.settled(execution, true);
        }
    }

    fn settled(&mut self, execution: Uid, is_recorded: bool) {
        let Some((mut run, batch)) = self.starting.remove(&execution) else { return };
        if !is_recorded {
            return;
        }
        run.show(batch, Vec::new(), &self.express);
        if let Some(turn) = run.advance(Command::Continue, &self.express) {
            self.insert(run, Vec::new(), turn);
        }
        if planted::is_on(Bug::ExpressRunsTwice) && !self.runs.contains_key(&execution) {
            self.again.push_back(execution);
        }
    }

    /// Runs an execution of before the restart from its beginning. One that cannot be read is read again later.
    fn begin_again(&mut self, execution: Uid) {
        let first = match self.starts.read(execution) {
            Ok(Some(first)) => first,
            Ok(None) => return,
            Err(_) if planted::is_on(Bug::UnreadStartIsLeftAlone) => return,
            Err(_) => {
                self.again.push_back(execution);
                let now_ms = self.express.clock.now_ms();
                self.unread_until_ms = Some(now_ms.saturating_add(UNREAD_PAUSE_MS));
                return;
            }
        };
        let Some(origin) = first.origin() else { return };
        let catalog = &self.express.world.catalog;
        let number = match planted::is_on(Bug::ExpressBeginsAgainOnTheFirstRevision) {
            true => 1,
            false => origin.revision,
        };
        let Some(revision) = catalog.revision(origin.machine, number) else { return };
        let mut run = Box::new(Run::new(execution, &revision, origin, first.mocks()));
        run.is_recorded = true;
        let Some(mut input) = run.input_of(first) else { return };
        if planted::is_on(Bug::ExpressBeginsAgainWithoutInput) {
            input = asl::Document::empty_object();
        }
        let command = run.start(input);
        if let Some(turn) = run.advance(command, &self.express) {
            self.insert(run, Vec::new(), turn);
        }
    }

    fn insert(&mut self, run: Box<Run>, waiting: Vec<Waiting>, turn: Turn) {
        let execution = run.execution;
        self.express.at_work.fetch_add(1, Ordering::Relaxed);
        self.runs.insert(
            execution,
            AtWork {
                run,
                deadline_ms: None,
                is_unfinished: false,
                waiting,
                stopped: Vec::new(),
                parked: Vec::new(),
            },
        );
        self.go_on(execution, turn);
    }

    /// Gives a run a command. Nobody is there for what comes after its end.
    fn command(&mut self, execution: Uid, command: Command, reply: Option<ReplyTo>) {
        let Some(at_work) = self.runs.get_mut(&execution) else {
            return self.answers.extend(reply.map(|to| (to, Answer::NotHere)));
        };
        if at_work.run.value.is_none() {
            return at_work.parked.push((command, reply));
        }
        let Some(turn) = at_work.run.advance(command, &self.express) else {
            self.answers.extend(reply.map(|to| (to, Answer::Unavailable)));
            return self.give_up(execution);
        };
        if let (Some(to), Reply::Stopped { stopped_ms }) = (reply, &turn.reply) {
            let stopped = Answer::Stopped { stopped_ms: *stopped_ms };
            if planted::is_on(Bug::ExpressStopIsAnsweredAtOnce) {
                self.answers.push((to, stopped));
            } else {
                at_work.stopped.push((to, stopped));
            }
        }
        self.go_on(execution, turn);
    }

    /// Lets out what a turn owes; the run waits, has another turn, goes to an evaluator, or has ended.
    fn go_on(&mut self, execution: Uid, turn: Turn) {
        let Some(at_work) = self.runs.get_mut(&execution) else { return };
        let run = &mut at_work.run;
        if let Some(identity) = run.identity() {
            self.express.world.let_out_of_express(execution, identity, turn.begun, turn.ended);
        }
        if run.has_ended() {
            return self.end(execution);
        }
        match turn.pause {
            Pause::Waiting => {
                let deadline_ms = run.deadline_ms();
                self.set_deadline(execution, deadline_ms);
            }
            Pause::Yielded => {
                let deadline_ms = run.deadline_ms();
                if !std::mem::replace(&mut at_work.is_unfinished, true) {
                    self.unfinished.push(execution);
                }
                self.set_deadline(execution, deadline_ms);
            }
            Pause::OverBudget => {
                if let Some(value) = run.value.take() {
                    let seed = entropy::draw();
                    self.workers.evaluate_express(Evaluation { execution, value, seed });
                    self.set_deadline(execution, None);
                }
            }
        }
    }

    fn evaluated(&mut self, execution: Uid, value: Execution, advance: Advance) {
        let Some(at_work) = self.runs.get_mut(&execution) else { return };
        at_work.run.value = Some(Box::new(value));
        let parked = std::mem::take(&mut at_work.parked);
        let turn = at_work.run.told(advance, &self.express);
        self.go_on(execution, turn);
        for (command, reply) in parked {
            self.command(execution, command, reply);
        }
    }

    fn end(&mut self, execution: Uid) {
        let Some(AtWork { run, waiting, stopped, .. }) = self.remove(execution) else { return };
        match run.value.as_ref().filter(|_| run.is_recorded) {
            Some(value) => self.starts.mark(execution, value, stopped, self.express.clock.now_ms()),
            None => self.answers.extend(stopped),
        }
        for waiting in waiting {
            let answer = match &waiting {
                Waiting::Caller(_) => run.ran().map(|ran| Answer::Ran(Box::new(ran))),
                Waiting::Watcher(_) => run.described().map(|described| Answer::Ended(Box::new(described))),
            };
            self.answers.push((waiting.to(), answer.unwrap_or(Answer::Unavailable)));
        }
    }

    /// An execution made its turn panic: a bug of ours. Who waits is told that nothing is known; a recorded
    /// one runs again after the next start of the engine.
    fn give_up(&mut self, execution: Uid) {
        let Some(AtWork { waiting, stopped, parked, .. }) = self.remove(execution) else { return };
        let parked = parked.into_iter().filter_map(|(_, reply)| reply);
        let stopped = stopped.into_iter().map(|(to, _)| to);
        let everybody = waiting.into_iter().map(Waiting::to).chain(stopped).chain(parked);
        self.answers.extend(everybody.map(|to| (to, Answer::Unavailable)));
    }

    fn remove(&mut self, execution: Uid) -> Option<AtWork> {
        self.set_deadline(execution, None);
        self.express.at_work.fetch_sub(1, Ordering::Relaxed);
        self.runs.remove(&execution)
    }

    fn set_deadline(&mut self, execution: Uid, deadline_ms: Option<i64>) {
        let Some(at_work) = self.runs.get_mut(&execution) else { return };
        if at_work.deadline_ms == deadline_ms {
            return;
        }
        if let Some(before) = std::mem::replace(&mut at_work.deadline_ms, deadline_ms) {
            self.timers.remove(&(before, execution));
        }
        if !planted::is_on(Bug::LaneLosesTimers) {
            self.timers.extend(deadline_ms.map(|at_ms| (at_ms, execution)));
        }
    }
}

impl AtWork {
    fn has_task_in_hand(&self) -> bool {
        self.run.value.as_deref().is_none_or(Execution::has_task_in_hand)
    }
}

impl Waiting {
    fn to(self) -> ReplyTo {
        match self {
            Waiting::Caller(to) | Waiting::Watcher(to) => to,
        }
    }
}
