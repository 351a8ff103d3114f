//! The way out: answers and effects of a batch, held back until the batch is durable.
//!
//! INVARIANT: nothing leaves a shard before the commit that recorded it. `Committed` can be made only
//! from the store's word that a batch is durable, and only a `Committed` lets anything out. What Express
//! executions owe goes out at once: they have no commits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use asl::error_name::{self, Failure};
use asl::resource::Resource;
use execution::{Command, Effect, Identity, ServiceCall, TaskKey, TaskWork};
use planted::Bug;
use store::{Outcome, Uid};

use crate::catalog::Catalog;
use crate::observer::{Happened, Observer};
use crate::reply::{ReplyTo, deliver_all};
use crate::router::Router;
use crate::shard::{Answer, Envelope, Message, Reply};
use crate::tally::{Counted, Tallies};
use crate::task::activity::{ActivityQueues, Match, Poller};
use crate::task::in_doubt::InDoubt;
use crate::task::runner::{Home, TaskCall, TaskRunner};

/// What one commit lets out once it is durable.
#[derive(Default)]
pub struct Held {
    pub(crate) execution: Option<Uid>,
    pub(crate) answers: Vec<(ReplyTo, Answer)>,
    /// Workers that are handed a task by this commit, or whose task was gone.
    pub(crate) workers: Vec<(Arc<str>, Poller, Answer)>,
    /// Of the execution, when something begins.
    pub(crate) identity: Option<Arc<Identity>>,
    pub(crate) begun: Vec<Effect>,
    pub(crate) ended: Vec<Effect>,
    /// For an observer, in numbers and, where it listens, whole.
    pub(crate) counted: Option<Counted>,
    pub(crate) happened: Option<Box<Happened>>,
    /// A start, and who asked for it with what input, in case the name is taken.
    pub(crate) start: Option<(asl::Document, Reply)>,
    /// The execution had ended, and runs again with this.
    pub(crate) is_redrive: bool,
    /// The execution ends with this.
    pub(crate) is_end: bool,
}

/// What a step holds back: for each commit of its batch, and for questions that changed nothing but
/// whose answer rests on commits that are still in flight.
#[derive(Default)]
pub struct HeldBatch {
    pub(crate) commits: Vec<Held>,
    pub(crate) riders: Held,
    /// What recovered executions are owed: durable since before the start.
    pub(crate) recovered: Vec<Held>,
    /// What its commits add to, once they are durable.
    pub(crate) tallies: Tallies,
}

/// Proof that the store has made a batch durable.
pub struct Committed {
    batch: HeldBatch,
    outcomes: Vec<Outcome>,
}

impl HeldBatch {
    pub(crate) fn is_empty(&self) -> bool {
        let HeldBatch { commits, riders, recovered, tallies: _ } = self;
        commits.is_empty() && riders.answers.is_empty() && riders.workers.is_empty() && recovered.is_empty()
    }

    /// The store has made this batch durable.
    pub(crate) fn settled(self, outcomes: Vec<Outcome>) -> Committed {
        Committed { batch: self, outcomes }
    }

    /// The store has failed: everybody who waits is told that nothing is known.
    pub(crate) fn failed(self) {
        let HeldBatch { commits, riders, .. } = self;
        let mut answers = Vec::new();
        for held in commits.into_iter().chain([riders]) {
            answers.extend(held.answers.into_iter().map(|(to, _)| (to, Answer::Unavailable)));
            answers
                .extend(held.workers.into_iter().map(|(_, poller, _)| (poller.reply, Answer::Unavailable)));
        }
        deliver_all(answers);
    }

    /// A batch whose answers rest on nothing that is in flight.
    pub(crate) fn rests_on_nothing(self) -> Committed {
        Committed { batch: self, outcomes: Vec::new() }
    }
}

/// What answers and effects go out into.
pub struct World {
    pub(crate) activities: ActivityQueues,
    pub(crate) open: OpenExecutions,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) router: Arc<Router>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) runner: Option<Arc<dyn TaskRunner>>,
}

/// How many executions have started or were redriven, durably, and have not ended.
#[derive(Default)]
pub(crate) struct OpenExecutions(AtomicUsize);

impl OpenExecutions {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, started: usize) {
        self.0.fetch_add(started, Ordering::Relaxed);
    }

    fn remove(&self, ended: usize) {
        self.0.fetch_sub(ended, Ordering::Relaxed);
    }
}

/// Since when something is owed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Since {
    Now,
    /// Since before this start of the engine: it may have been begun then.
    BeforeTheStart,
}

impl Committed {
    /// Lets everything out whose commit was kept.
    pub fn let_out(self, world: &World) {
        let Committed { batch: HeldBatch { commits, riders, recovered, mut tallies }, outcomes } = self;
        let mut answers = Vec::new();
        let mut over: Vec<(Uid, Effect)> = Vec::new();
        if !recovered.is_empty() && !planted::is_on(Bug::RecoveredWorkBeginsAfterItsEnd) {
            let ended = |held: &Held| {
                held.execution
                    .map(|of| held.ended.iter().map(move |one| (of, one.clone())).collect::<Vec<_>>())
            };
            over.extend(commits.iter().filter_map(ended).flatten());
        }
        for (index, mut held) in commits.into_iter().enumerate() {
            match outcomes.get(index) {
                Some(Outcome::Committed) => {
                    held.counted.take().into_iter().for_each(|counted| tallies.add(counted));
                    world.let_out(held, Since::Now, &mut answers);
                }
                Some(Outcome::NameTaken(by)) => world.name_taken(held, *by),
                Some(Outcome::Stale) | None => world.rolled_back(held, &mut answers),
            }
        }
        if let Some(observer) = &world.observer {
            tallies.iter().for_each(|tally| observer.counted(tally));
        }
        for mut held in recovered {
            // What was owed since before the start may have ended in this very batch.
            held.begun.retain(|effect| {
                !over.iter().any(|(of, ended)| Some(*of) == held.execution && ended == effect)
            });
            world.let_out(held, Since::BeforeTheStart, &mut answers);
        }
        world.let_out(riders, Since::Now, &mut answers);
        deliver_all(answers);
    }
}

impl World {
    pub fn new(
        catalog: Arc<Catalog>,
        router: Arc<Router>,
        observer: Option<Arc<dyn Observer>>,
        runner: Option<Arc<dyn TaskRunner>>,
        pollers_max: usize,
    ) -> Self {
        let (activities, open) = (ActivityQueues::new(pollers_max), OpenExecutions::default());
        World { activities, open, catalog, router, observer, runner }
    }

    fn let_out(&self, held: Held, since: Since, answers: &mut Vec<(ReplyTo, Answer)>) {
        if let (Some(observer), Some(happened)) = (&self.observer, held.happened) {
            observer.committed(happened);
        }
        self.open.add(usize::from(held.start.is_some() || held.is_redrive));
        self.open.remove(usize::from(held.is_end));
        answers.extend(held.answers);
        for (activity, poller, answer) in held.workers {
            match answer {
                Answer::NoSuchTask | Answer::NoSuchExecution => self.poll_again(&activity, poller),
                answer => answers.push((poller.reply, answer)),
            }
        }
        let Some(execution) = held.execution else { return };
        self.end(execution, held.ended);
        let Some(identity) = held.identity else { return };
        for effect in held.begun {
            if planted::is_on(Bug::EffectsBegunTwice) {
                self.begin(execution, &identity, effect.clone(), since);
            }
            self.begin(execution, &identity, effect, since);
        }
    }

    /// Lets out what one step of an Express execution owes and no longer owes: it records nothing, so there
    /// is nothing to wait for.
    pub(crate) fn let_out_of_express(
        &self,
        execution: Uid,
        identity: &Arc<Identity>,
        begun: Vec<Effect>,
        ended: Vec<Effect>,
    ) {
        self.end(execution, ended);
        for effect in begun {
            self.begin(execution, identity, effect, Since::Now);
        }
    }

    fn end(&self, execution: Uid, ended: Vec<Effect>) {
        for effect in ended {
            match &effect.work {
                TaskWork::OfferActivity(activity) => {
                    self.activities.withdraw(activity, execution, effect.task.scheduled);
                }
                TaskWork::BeginCall(_) => {}
                TaskWork::Call(_) | TaskWork::Follow { .. } => {
                    if let Some(runner) = &self.runner
                        && !planted::is_on(Bug::ServicesNotToldOfTheEnd)
                    {
                        runner.ended(execution, effect.task);
                    }
                }
            }
        }
    }

    /// Begins what an execution is owed.
    fn begin(&self, execution: Uid, identity: &Arc<Identity>, effect: Effect, since: Since) {
        match effect.work {
            TaskWork::OfferActivity(activity) => {
                let known = activity.parse().is_ok_and(|arn| self.catalog.activity(&arn).is_some());
                if known {
                    if let Some(matched) = self.activities.offer(&activity, execution, effect.task) {
                        self.hand_over(&activity, matched);
                    }
                } else {
                    let (scheduled, failure) = (effect.task.scheduled, unknown_activity(&activity));
                    self.router.command(execution, Command::TaskScheduleFailed { scheduled, failure });
                }
            }
            TaskWork::BeginCall(_)
                if since == Since::Now && planted::is_on(Bug::CallThatCouldBeginIsForgotten) => {}
            TaskWork::BeginCall(resource) => {
                let scheduled = effect.task.scheduled;
                let begun = match &self.runner {
                    Some(_) => Command::TaskStarted { scheduled, worker: None },
                    None => {
                        let failure = no_integration(&resource);
                        Command::TaskScheduleFailed { scheduled, failure }
                    }
                };
                self.router.command(execution, begun);
            }
            TaskWork::Call(call) => {
                let call = self.call_of(execution, identity, effect.task, call);
                self.call(call, since);
            }
            TaskWork::Follow { call, submitted } => {
                let call = self.call_of(execution, identity, effect.task, call);
                match &self.runner {
                    Some(_)
                        if since == Since::BeforeTheStart && planted::is_on(Bug::JobsForgottenAtRestart) => {}
                    Some(runner) => runner.follow(call, submitted),
                    None => call.failed(no_integration(&call.resource)),
                }
            }
        }
    }

    fn call_of(
        &self,
        execution: Uid,
        identity: &Arc<Identity>,
        task: TaskKey,
        call: ServiceCall,
    ) -> TaskCall {
        let (identity, home) = (Arc::clone(identity), Home::Shard(Arc::clone(&self.router)));
        let ServiceCall { resource, input, role_arn, has_time_limit } = call;
        TaskCall { execution, task, identity, resource, input, role_arn, has_time_limit, home }
    }

    fn call(&self, call: TaskCall, since: Since) {
        let Some(runner) = &self.runner else { return call.call_failed(no_integration(&call.resource)) };
        if since == Since::Now {
            return runner.call(call);
        }
        if planted::is_on(Bug::EveryCallInDoubtIsMadeAgain) {
            return runner.call(call);
        }
        if planted::is_on(Bug::CallInDoubtIsForgotten) {
            return;
        }
        match self.decided_by_owner(&call).unwrap_or_else(|| runner.in_doubt(&call)) {
            InDoubt::CallAgain => runner.call(call),
            InDoubt::KeepWaiting => self
                .router
                .send(Envelope::command(call.execution, Command::TaskSubmissionInDoubt { task: call.task })),
            InDoubt::Fail => call.call_failed(outcome_unknown()),
        }
    }

    /// What the tags of the call's state machine say now about calls in doubt.
    fn decided_by_owner(&self, call: &TaskCall) -> Option<InDoubt> {
        let machine = self.catalog.state_machine(&call.identity.state_machine_arn.parse().ok()?)?;
        InDoubt::of_tags(&machine.tags)
    }

    /// A worker and a task found each other: the task's execution decides.
    pub(crate) fn hand_over(&self, activity: &Arc<str>, matched: Match) {
        let command =
            Command::TaskStarted { scheduled: matched.task.scheduled, worker: matched.poller.worker.clone() };
        self.router.send(Envelope {
            execution: matched.execution,
            message: Message::Command(command),
            reply: Reply::Worker(Arc::clone(activity), matched.poller),
        });
    }

    fn poll_again(&self, activity: &Arc<str>, poller: Poller) {
        if let Some(matched) = self.activities.poll_again(activity, poller) {
            self.hand_over(activity, matched);
        }
    }

    /// The start was refused because the name is taken: the execution that has it knows the answer.
    fn name_taken(&self, held: Held, by: Uid) {
        if let Some(execution) = held.execution {
            self.router.send(Envelope { execution, message: Message::Refused, reply: Reply::Nobody });
        }
        if let Some((input, reply)) = held.start
            && !planted::is_on(Bug::RefusedStartIsNotAnswered)
        {
            self.router.send(Envelope { execution: by, message: Message::StartedBefore { input }, reply });
        }
        if planted::is_on(Bug::EffectOfRolledBackBatch)
            && let (Some(execution), Some(identity)) = (held.execution, &held.identity)
        {
            held.begun.into_iter().for_each(|effect| self.begin(execution, identity, effect, Since::Now));
        }
    }

    /// The commit rested on a start that was refused.
    fn rolled_back(&self, held: Held, answers: &mut Vec<(ReplyTo, Answer)>) {
        answers.extend(held.answers.into_iter().map(|(to, _)| (to, Answer::Unavailable)));
        for (activity, poller, _) in held.workers {
            self.poll_again(&activity, poller);
        }
        if planted::is_on(Bug::EffectOfRolledBackBatch)
            && let (Some(execution), Some(identity)) = (held.execution, &held.identity)
        {
            held.begun.into_iter().for_each(|effect| self.begin(execution, identity, effect, Since::Now));
        }
    }
}

fn unknown_activity(activity: &str) -> Failure {
    Failure {
        error: Some(Arc::from(error_name::RUNTIME)),
        cause: Some(Arc::from(format!("The activity {activity} does not exist."))),
    }
}

pub(crate) fn no_integration(resource: &Resource) -> Failure {
    Failure {
        error: Some(Arc::from(error_name::RUNTIME)),
        cause: Some(Arc::from(format!(
            "The resource {} needs a service integration, and this engine was started without any.",
            resource.arn()
        ))),
    }
}

fn outcome_unknown() -> Failure {
    Failure {
        error: Some(Arc::from(error_name::TASK_FAILED)),
        cause: Some(Arc::from(
            "The outcome of the call is unknown: the server ended while the call was under way. It was not \
             sent again, because it could have been done twice.",
        )),
    }
}
