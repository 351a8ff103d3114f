//! One step of a shard: envelopes and executions in; commits, answers and effects out. Pure: no thread,
//! no clock, no store.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use asl::Document;
use asl::services::Services;
use execution::{Advance, Command, Execution, Limits, Moment, Pause, Recorded};
use planted::Bug;
use rustc_hash::FxHashMap;
use store::{Commit, Ended, Started, Uid};

use crate::audit::AuditCounts;
use crate::codes;
use crate::observer::{Happened, Observer};
use crate::read::ExecutionDescription;
use crate::reply::ReplyTo;
use crate::shard::audit::Suspect;
use crate::shard::release::{Held, HeldBatch};
use crate::shard::resident::{Presence, Resident, ResidentLimits, Residents};
use crate::shard::stored::{awaits_of, checkpoint_bytes, note_of};
use crate::shard::{Answer, Envelope, LoadedExecution, Message, Reply, Start};
use crate::task::token::{Mint, TokenKey};
use crate::waits::ExecutionWaits;

/// LIMIT: states that one execution may leave in one turn before others have theirs
/// (`design/engine.md` 2.8).
pub(crate) const TRANSITIONS_MAX: u32 = 64;
/// LIMIT: work that expressions may do on the shard's thread, about a millisecond; above it the
/// execution goes to an evaluator.
pub(crate) const EVALUATION_UNITS: u64 = 20_000;
/// After which time an execution is asked for again that the store could not give.
pub(crate) const UNREAD_PAUSE_MS: i64 = 1_000;
/// LIMIT: executions that a shard has read at once for timers, and for what is owed since before the start. A
/// million that are due together must not stand before those that somebody asks for.
const LOADS_MAX: usize = 1_024;
/// A checkpoint is written when the records since the last one outweigh it by so much, and at least ...
const TAIL_PER_CHECKPOINT: usize = 4;
const TAIL_BYTES_MIN: usize = 16 * 1024;

/// The executions of some hash slots.
pub struct Shard {
    pub(crate) residents: Residents,
    /// Executions whose turn was cut short.
    pub(crate) unfinished: Vec<Uid>,
    /// Executions that are owed something since before the start, and were not fetched yet.
    pub(crate) owed: VecDeque<Uid>,
    /// How many executions are being read from the store.
    loading: usize,
    tokens: TokenKey,
    limits: Limits,
    resident_limits: ResidentLimits,
    services: Arc<dyn Services>,
    entropy: asl::query::Entropy,
    observer: Option<Arc<dyn Observer>>,
    /// Number of the last batch that was made.
    pub(crate) last_batch: u64,
    /// Number of the last batch that was known to be durable when the step began.
    pub(crate) durable_batch: u64,
    /// Idle at the last audit.
    pub(crate) suspects: FxHashMap<Uid, Suspect>,
    pub(crate) counts: Arc<AuditCounts>,
}

/// What a step asks of the world.
#[derive(Default)]
pub struct Step {
    pub commits: Vec<Commit>,
    pub held: HeldBatch,
    /// Executions to read from the store.
    pub loads: Vec<Uid>,
    /// Executions to go on with elsewhere.
    pub evaluations: Vec<Evaluation>,
}

/// An execution with an expression that takes long.
pub struct Evaluation {
    pub(crate) execution: Uid,
    pub(crate) value: Box<Execution>,
    pub(crate) seed: u64,
}

impl Shard {
    pub(crate) fn new(
        tokens: TokenKey,
        limits: Limits,
        services: Arc<dyn Services>,
        seed: u64,
        observer: Option<Arc<dyn Observer>>,
        resident_limits: ResidentLimits,
        counts: Arc<AuditCounts>,
    ) -> Self {
        Shard {
            residents: Residents::default(),
            unfinished: Vec::new(),
            owed: VecDeque::new(),
            loading: 0,
            tokens,
            limits,
            resident_limits,
            services,
            entropy: asl::query::Entropy::new(seed),
            observer,
            last_batch: 0,
            durable_batch: 0,
            suspects: FxHashMap::default(),
            counts,
        }
    }

    /// When the shard must step again by itself.
    pub fn next_deadline_ms(&self) -> Option<i64> {
        match (self.unfinished.is_empty(), self.may_load()) {
            (false, _) => Some(i64::MIN),
            (true, true) if !self.owed.is_empty() => Some(i64::MIN),
            (true, true) => self.residents.next_deadline_ms(),
            // What is due goes on when something that is being read has come.
            (true, false) => None,
        }
    }

    /// Whether a worker is at work, or a service is, for any execution in memory.
    pub(crate) fn has_tasks_in_hand(&self) -> bool {
        let mut residents = self.residents.by_uid.values();
        residents.any(|resident| resident.execution().is_none_or(Execution::has_task_in_hand))
    }

    /// Takes everything that has arrived and everything that is due. `durable_batch` is the last batch of
    /// this shard that is durable.
    pub fn step(&mut self, now_ms: i64, durable_batch: u64, envelopes: &mut Vec<Envelope>) -> Step {
        let mut step = Step::default();
        self.last_batch += 1;
        self.durable_batch = durable_batch;
        // Most envelopes become a commit; growing the lists on the way would move them again and again.
        step.commits.reserve(envelopes.len());
        step.held.commits.reserve(envelopes.len());
        // Refusals first, wherever they stand: no other envelope may be answered from a start that the store
        // has refused.
        for envelope in envelopes.iter().filter(|envelope| matches!(envelope.message, Message::Refused)) {
            self.refused(envelope.execution, &mut step);
        }
        let unfinished = std::mem::take(&mut self.unfinished);
        for execution in unfinished {
            self.take(now_ms, Envelope::command(execution, Command::Continue), &mut step);
        }
        for execution in self.residents.take_due(now_ms, LOADS_MAX.saturating_sub(self.loading)) {
            self.take(now_ms, Envelope::command(execution, Command::TimerDue), &mut step);
        }
        while self.may_load()
            && let Some(execution) = self.owed.pop_front()
        {
            let envelope = Envelope { execution, message: Message::Recover, reply: Reply::Nobody };
            self.take(now_ms, envelope, &mut step);
        }
        for envelope in envelopes.drain(..) {
            self.take(now_ms, envelope, &mut step);
        }
        if step.commits.is_empty() && step.held.is_empty() {
            self.last_batch -= 1;
        }
        self.residents.make_room(durable_batch, self.resident_limits);
        step
    }

    pub(crate) fn take(&mut self, now_ms: i64, envelope: Envelope, step: &mut Step) {
        let Envelope { execution, message, reply } = envelope;
        match message {
            Message::Start(start) => self.start(now_ms, execution, *start, reply, step),
            Message::Loaded(loaded) => self.loaded(now_ms, execution, loaded, step),
            Message::Evaluated(Some(evaluated)) => {
                let (value, advance) = *evaluated;
                self.evaluated(now_ms, execution, value, advance, step);
            }
            Message::Evaluated(None) => self.park(execution, step),
            Message::Audit(page) => self.audit(now_ms, page, step),
            Message::Barrier => answer(reply, Answer::Done, &mut step.held.riders),
            // Taken before everything else, in `step`.
            Message::Refused => {}
            Message::Forgotten => self.let_go(execution, step),
            Message::WatchEnd { name: Some((machine, name)) } => {
                match self.residents.find(machine, &name, self.durable_batch) {
                    Some(found) => self.visit(now_ms, found, Message::WatchEnd { name: None }, reply, step),
                    None => answer(reply, Answer::NotHere, &mut step.held.riders),
                }
            }
            message @ (Message::Command(_)
            | Message::Redrive { .. }
            | Message::Recover
            | Message::StartedBefore { .. }
            | Message::Waits
            | Message::WatchEnd { name: None }) => {
                self.visit(now_ms, execution, message, reply, step);
            }
        }
    }

    fn start(&mut self, now_ms: i64, execution: Uid, start: Start, reply: Reply, step: &mut Step) {
        let Start { identity, intake, origin, input, mocks } = start;
        if intake.is_closed() && !planted::is_on(Bug::DeletedMachineTakesStarts) {
            return answer(reply, Answer::Deleting, &mut step.held.riders);
        }
        let durable_batch = match planted::is_on(Bug::StartAnsweredFromFlight) {
            true => u64::MAX,
            false => self.durable_batch,
        };
        if let Some(by) = self.residents.find(origin.machine, &origin.name, durable_batch) {
            return self.visit(now_ms, by, Message::StartedBefore { input }, reply, step);
        }
        let value = Box::new(Execution::new(identity));
        let mut resident = Resident::new(Presence::Loading, Some(origin.clone()), 0);
        resident.start_batch = self.last_batch;
        self.residents.insert(execution, resident);
        let command = Command::Start { origin: origin.clone(), input: input.clone(), mocks };
        let mut held = Held { start: Some((input, Reply::Nobody)), ..Held::default() };
        let Some((value, advance)) = self.advance(now_ms, execution, value, command) else {
            // Nothing of it was recorded, so it never was.
            self.residents.forget(execution);
            return answer(reply, Answer::Unavailable, &mut step.held.riders);
        };
        let status = value.status();
        if let Reply::Client(to) = reply {
            held.answers.push((to.clone(), Answer::Started { started_ms: now_ms, status }));
            held.start = held.start.map(|(input, _)| (input, Reply::Client(to)));
        }
        let started = Started {
            machine: origin.machine,
            name: Box::from(&*origin.name),
            started_ms: now_ms,
            note: note_of(&origin, None),
        };
        self.settle(execution, value, advance, Some(started), held, step);
    }

    /// Brings a message to an execution, fetching it first if it is not here.
    fn visit(&mut self, now_ms: i64, execution: Uid, message: Message, reply: Reply, step: &mut Step) {
        let Some(resident) = self.residents.by_uid.get_mut(&execution) else {
            // Something happens to it: an audit that found it idle has said nothing about it.
            self.suspects.remove(&execution);
            let mut resident = Resident::new(Presence::Loading, None, 0);
            resident.parked.push(Envelope { execution, message, reply });
            self.residents.insert(execution, resident);
            return self.load(execution, step);
        };
        match std::mem::replace(&mut resident.presence, Presence::Away) {
            Presence::Here(value) => self.meet(now_ms, execution, value, message, reply, step),
            Presence::Parked => {
                resident.presence = Presence::Parked;
                let told =
                    if matches!(message, Message::Waits) { Answer::Parked } else { Answer::Unavailable };
                answer(reply, told, &mut step.held.riders);
            }
            Presence::Unread => {
                resident.presence = Presence::Loading;
                resident.parked.push(Envelope { execution, message, reply });
                self.load(execution, step);
            }
            elsewhere @ (Presence::Loading | Presence::Away) => {
                resident.presence = elsewhere;
                resident.parked.push(Envelope { execution, message, reply });
            }
        }
    }

    fn may_load(&self) -> bool {
        self.loading < LOADS_MAX
    }

    fn load(&mut self, execution: Uid, step: &mut Step) {
        self.loading += 1;
        step.loads.push(execution);
    }

    /// The execution is here (taken out of its resident; it is put back).
    fn meet(
        &mut self,
        now_ms: i64,
        execution: Uid,
        value: Box<Execution>,
        message: Message,
        reply: Reply,
        step: &mut Step,
    ) {
        match message {
            Message::Command(command) => self.command(now_ms, execution, value, command, reply, step),
            Message::Redrive { token, intake } => {
                // Looked at now: a machine whose open executions are counted for its deletion gets no more of them.
                let machine_is_deleting =
                    intake.is_closed() && !planted::is_on(Bug::DeletedMachineTakesStarts);
                let redrive = Command::Redrive { token, machine_is_deleting };
                self.command(now_ms, execution, value, redrive, reply, step);
            }
            Message::Recover => {
                let begun = value.outstanding().collect();
                let identity = Some(Arc::clone(value.identity()));
                step.held.recovered.push(Held {
                    execution: Some(execution),
                    identity,
                    begun,
                    ..Held::default()
                });
                self.command(now_ms, execution, value, Command::Continue, reply, step);
            }
            Message::StartedBefore { input } => {
                answer(reply, started_before(&value, &input), &mut step.held.riders);
                self.put_back(execution, value);
            }
            Message::WatchEnd { .. } => {
                if let Reply::Client(to) = reply {
                    self.watch(execution, &value, to, step);
                }
                self.put_back(execution, value);
            }
            Message::Waits => {
                let waits = Answer::Waits(Box::new(ExecutionWaits::of(&value)));
                answer(reply, waits, &mut step.held.riders);
                self.put_back(execution, value);
            }
            Message::Start(_)
            | Message::Loaded(_)
            | Message::Evaluated(_)
            | Message::Audit(_)
            | Message::Barrier
            | Message::Refused
            | Message::Forgotten => {
                self.put_back(execution, value);
            }
        }
    }

    fn watch(&mut self, execution: Uid, value: &Execution, to: ReplyTo, step: &mut Step) {
        let Some(resident) = self.residents.by_uid.get_mut(&execution) else { return };
        match (&resident.origin, value.ended()) {
            (Some(origin), Some(_)) => {
                let ended = Answer::Ended(Box::new(ExecutionDescription::of(value, origin)));
                step.held.riders.answers.push((to, ended));
            }
            _ => resident.watchers.push(to),
        }
    }

    fn command(
        &mut self,
        now_ms: i64,
        execution: Uid,
        value: Box<Execution>,
        command: Command,
        reply: Reply,
        step: &mut Step,
    ) {
        let Some((value, advance)) = self.advance(now_ms, execution, value, command) else {
            answer(reply, Answer::Unavailable, &mut step.held.riders);
            return self.park(execution, step);
        };
        let is_redrive = matches!(advance.reply, execution::Reply::Redriven { .. });
        let mut held = Held { is_redrive, ..Held::default() };
        answer(reply, answer_of(&advance.reply, execution), &mut held);
        if advance.batch.is_none() {
            step.held.riders.answers.append(&mut held.answers);
            step.held.riders.workers.append(&mut held.workers);
        }
        self.settle(execution, value, advance, None, held, step);
    }

    fn advance(
        &mut self,
        now_ms: i64,
        execution: Uid,
        mut value: Box<Execution>,
        command: Command,
    ) -> Option<(Box<Execution>, Advance)> {
        let moment = Moment {
            now_ms,
            seed: self.entropy.next_u64(),
            evaluation_units: EVALUATION_UNITS,
            transitions_max: TRANSITIONS_MAX,
            limits: self.limits,
            tokens: &Mint { key: &self.tokens, execution },
            services: &*self.services,
        };
        advance_or_panic(&mut value, command, &moment).map(|advance| (value, advance))
    }

    /// An execution made its step panic. What it recorded before stands; it is left alone until the next
    /// start of the engine, and everybody who waits for it is told that nothing is known.
    fn park(&mut self, execution: Uid, step: &mut Step) {
        self.residents.set_deadline(execution, None);
        let Some(resident) = self.residents.by_uid.get_mut(&execution) else { return };
        resident.presence = Presence::Parked;
        for envelope in std::mem::take(&mut resident.parked) {
            answer(envelope.reply, Answer::Unavailable, &mut step.held.riders);
        }
        for to in std::mem::take(&mut resident.watchers) {
            step.held.riders.answers.push((to, Answer::Unavailable));
        }
    }

    /// What an advance did becomes a commit; the execution rests, goes on later, or goes to an evaluator.
    fn settle(
        &mut self,
        execution: Uid,
        value: Box<Execution>,
        advance: Advance,
        started: Option<Started>,
        held: Held,
        step: &mut Step,
    ) {
        let pause = advance.pause;
        self.commit(execution, &value, advance, started, held, step);
        match pause {
            Pause::OverBudget => {
                let seed = self.entropy.next_u64();
                self.residents.set_deadline(execution, None);
                if let Some(resident) = self.residents.by_uid.get_mut(&execution) {
                    resident.presence = Presence::Away;
                }
                step.evaluations.push(Evaluation { execution, value, seed });
            }
            Pause::Yielded => {
                if !planted::is_on(Bug::YieldedExecutionIsForgotten) {
                    self.unfinished.push(execution);
                }
                self.put_back(execution, value);
            }
            Pause::Waiting => {
                self.put_back(execution, value);
                self.residents.rest(execution);
            }
        }
    }

    fn put_back(&mut self, execution: Uid, value: Box<Execution>) {
        let deadline_ms = value.deadline_ms();
        if let Some(resident) = self.residents.by_uid.get_mut(&execution) {
            resident.presence = Presence::Here(value);
        }
        self.residents.set_deadline(execution, deadline_ms);
    }

    fn commit(
        &mut self,
        execution: Uid,
        value: &Execution,
        advance: Advance,
        started: Option<Started>,
        mut held: Held,
        step: &mut Step,
    ) {
        let Some(batch) = advance.batch else { return };
        let last_batch = self.last_batch;
        let Some(resident) = self.residents.by_uid.get_mut(&execution) else { return };
        let records = batch.encode();
        resident.tail_bytes += records.len();
        let ended =
            value.ended().map(|end| Ended { status: codes::of_status(end.status), stopped_ms: end.at_ms });
        let checkpoint = match (&resident.origin, ended) {
            (Some(origin), None) if wants_checkpoint(resident) => {
                let checkpoint = match planted::is_on(Bug::CheckpointOfNothing) {
                    true => checkpoint_bytes(origin, &Execution::new(Arc::clone(value.identity()))),
                    false => checkpoint_bytes(origin, value),
                };
                resident.tail_bytes = 0;
                resident.checkpoint_bytes = checkpoint.len();
                Some(checkpoint)
            }
            _ => None,
        };
        if let (Some(origin), Some(_)) = (&resident.origin, ended) {
            let watchers = std::mem::take(&mut resident.watchers).into_iter();
            let description = || Box::new(ExecutionDescription::of(value, origin));
            held.answers.extend(watchers.map(|to| (to, Answer::Ended(description()))));
        }
        if let (Some(observer), Some(origin)) = (&self.observer, &resident.origin) {
            let tallies = &mut step.held.tallies;
            held.counted = Some(tallies.count(value, origin.through.as_ref(), &batch, advance.times));
            if observer.listens_to(value.identity()) {
                let recorded = Recorded::last_of(value, batch);
                held.happened = Some(Box::new(Happened::of(value, origin, &self.limits, recorded)));
            }
        }
        let note = resident.origin.as_ref().filter(|_| held.is_redrive);
        let note = note.map(|origin| note_of(origin, value.redriven()));
        step.commits.push(Commit {
            execution,
            sequence: resident.sequence,
            started,
            records: records.into(),
            awaits: awaits_of(value),
            ended: ended.filter(|_| !planted::is_on(Bug::EndIsNotListed)),
            note,
            checkpoint,
        });
        resident.sequence += 1;
        resident.last_batch = last_batch;
        held.execution = Some(execution);
        held.identity = (!advance.begun.is_empty()).then(|| Arc::clone(value.identity()));
        held.begun = advance.begun;
        held.ended = advance.ended;
        held.is_end = ended.is_some();
        step.held.commits.push(held);
    }

    fn loaded(
        &mut self,
        now_ms: i64,
        execution: Uid,
        loaded: Result<Option<Box<LoadedExecution>>, store::Fault>,
        step: &mut Step,
    ) {
        self.loading = self.loading.saturating_sub(1);
        let Ok(loaded) = loaded else {
            if planted::is_on(Bug::FailedReadLosesWakeUp) {
                drop(self.residents.forget(execution));
                return;
            }
            return self.unread(now_ms, execution, step);
        };
        let Some(resident) = self.residents.forget(execution) else { return };
        let Some(loaded) = loaded else {
            for envelope in resident.parked {
                answer(envelope.reply, Answer::NoSuchExecution, &mut step.held.riders);
            }
            return;
        };
        let LoadedExecution { execution: value, origin, sequence } = *loaded;
        let deadline_ms = value.deadline_ms();
        self.residents
            .insert(execution, Resident::new(Presence::Here(Box::new(value)), Some(origin), sequence));
        self.residents.set_deadline(execution, deadline_ms);
        self.residents.rest(execution);
        for envelope in resident.parked {
            if planted::is_on(Bug::LoadingLosesTaskAnswers)
                && matches!(envelope.message, Message::Command(Command::TaskSucceeded { .. }))
            {
                continue;
            }
            self.take(now_ms, envelope, step);
        }
    }

    /// An execution that is no more leaves memory too, and its name with it.
    fn let_go(&mut self, execution: Uid, step: &mut Step) {
        let Some(resident) = self.residents.forget(execution) else { return };
        for envelope in resident.parked {
            answer(envelope.reply, Answer::NoSuchExecution, &mut step.held.riders);
        }
        for watcher in resident.watchers {
            step.held.riders.answers.push((watcher, Answer::NoSuchExecution));
        }
    }

    /// The store could not give an execution. Callers are told that nothing is known. A timer, the answer of
    /// a task, what is owed: nobody would send these again, so they stay until the execution can be read.
    fn unread(&mut self, now_ms: i64, execution: Uid, step: &mut Step) {
        let Some(resident) = self.residents.by_uid.get_mut(&execution) else { return };
        let mut has_timer = false;
        for envelope in std::mem::take(&mut resident.parked) {
            let is_timer = matches!(envelope.message, Message::Command(Command::TimerDue));
            match envelope.reply {
                Reply::Client(_) => answer(envelope.reply, Answer::Unavailable, &mut step.held.riders),
                // One stands for all of them.
                _ if is_timer && std::mem::replace(&mut has_timer, true) => {}
                _ => resident.parked.push(envelope),
            }
        }
        if resident.parked.is_empty() {
            self.residents.forget(execution);
            return;
        }
        resident.presence = Presence::Unread;
        self.residents.set_deadline(execution, Some(now_ms.saturating_add(UNREAD_PAUSE_MS)));
    }

    fn evaluated(
        &mut self,
        now_ms: i64,
        execution: Uid,
        value: Execution,
        advance: Advance,
        step: &mut Step,
    ) {
        let Some(resident) = self.residents.by_uid.get_mut(&execution) else { return };
        let parked = std::mem::take(&mut resident.parked);
        self.settle(execution, Box::new(value), advance, None, Held::default(), step);
        for envelope in parked {
            self.take(now_ms, envelope, step);
        }
    }

    /// The store refused the start: the execution never was.
    fn refused(&mut self, execution: Uid, step: &mut Step) {
        let Some(resident) = self.residents.forget(execution) else { return };
        self.unfinished.retain(|unfinished| *unfinished != execution);
        for envelope in resident.parked {
            answer(envelope.reply, Answer::NoSuchExecution, &mut step.held.riders);
        }
    }
}

/// Advances an execution; none when that panicked. The panic itself was reported where it happened, and
/// the execution must not be used any more.
pub(crate) fn advance_or_panic(
    value: &mut Execution,
    command: Command,
    moment: &Moment<'_>,
) -> Option<Advance> {
    catch_unwind(AssertUnwindSafe(|| value.advance(command, moment))).ok()
}

/// The answer to a second start under a name: the first execution, if it runs on the same input text.
fn started_before(value: &Execution, input: &Document) -> Answer {
    let is_same = value.input().text() == input.text() || planted::is_on(Bug::AnyInputIsTheSameStart);
    if planted::is_on(Bug::SameStartIsRefused) {
        return Answer::AlreadyExists;
    }
    if value.ended().is_none() && is_same {
        Answer::Started { started_ms: value.started_ms(), status: value.status() }
    } else {
        Answer::AlreadyExists
    }
}

fn answer_of(reply: &execution::Reply, execution: Uid) -> Answer {
    match reply {
        execution::Reply::Accepted => Answer::Done,
        execution::Reply::NoSuchTask => Answer::NoSuchTask,
        execution::Reply::Stopped { stopped_ms } => Answer::Stopped { stopped_ms: *stopped_ms },
        execution::Reply::Redriven { redriven_ms } | execution::Reply::RedrivenBefore { redriven_ms } => {
            Answer::Redriven { redriven_ms: *redriven_ms }
        }
        execution::Reply::NotRedrivable(reason) => Answer::NotRedrivable(*reason),
        execution::Reply::Task { key, input } => Answer::Task { execution, key: *key, input: input.clone() },
    }
}

fn answer(reply: Reply, answer: Answer, held: &mut Held) {
    match reply {
        Reply::Nobody => {}
        Reply::Client(to) => held.answers.push((to, answer)),
        Reply::Worker(activity, poller) => held.workers.push((activity, poller, answer)),
    }
}

fn wants_checkpoint(resident: &Resident) -> bool {
    resident.tail_bytes > TAIL_BYTES_MIN.max(resident.checkpoint_bytes * TAIL_PER_CHECKPOINT)
}

#[cfg(test)]
mod tests;
