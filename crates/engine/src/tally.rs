//! Commits in numbers, for those who count and need not know what happened.
//!
//! Here: what one commit comes to, counted while its records are at hand, and the sums of a batch by state
//! machine. Not here: who is told of the sums (`observer`).
//! INVARIANT: a commit is added to a sum when it is durable, and only then.

use std::sync::Arc;

use asl::StateId;
use execution::{AttemptTime, Batch, Event, Execution, Identity, Record, Status, Through};

/// What durable commits come to, of executions of one definition that were started in one way.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Of one of the executions: what all of them share.
    identity: Arc<Identity>,
    /// The version and the alias that they were started through.
    pub through: Option<Through>,
    pub started: u64,
    pub redriven: u64,
    /// States that were entered, and redrives: AWS counts those, too.
    pub transitions: u64,
    pub ended: Vec<CountedEnd>,
    pub tasks: Vec<(StateId, TaskCount)>,
    /// How long the attempts took that the commits go on with.
    pub times: Vec<AttemptTime>,
}

/// How an execution ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CountedEnd {
    pub status: Status,
    /// Milliseconds from its start.
    pub ran_ms: u64,
    /// After a redrive.
    pub is_redriven: bool,
}

/// What an event says of a task, as far as it is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaskCount {
    Scheduled,
    Started,
    Succeeded,
    Failed,
    TimedOut,
    HeartbeatTimedOut,
}

/// One commit in numbers. Most commits allocate nothing for it.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    /// Which tally of its batch it belongs to.
    tally: usize,
    has_started: bool,
    redriven: u32,
    transitions: u32,
    ended: Option<CountedEnd>,
    tasks: Vec<(StateId, TaskCount)>,
    times: Vec<AttemptTime>,
}

/// The tallies of a batch. A machine may have several: they are found by comparing with the last one only.
#[derive(Debug, Default)]
pub(crate) struct Tallies(Vec<Tally>);

impl Tally {
    fn of(execution: &Execution, through: Option<&Through>) -> Tally {
        Tally {
            identity: Arc::clone(execution.identity()),
            through: through.cloned(),
            started: 0,
            redriven: 0,
            transitions: 0,
            ended: Vec::new(),
            tasks: Vec::new(),
            times: Vec::new(),
        }
    }

    /// Of a single batch of an execution, the one that it recorded last.
    pub(crate) fn of_batch(
        execution: &Execution,
        through: Option<&Through>,
        batch: &Batch,
        times: Vec<AttemptTime>,
    ) -> Tally {
        let mut tally = Tally::of(execution, through);
        tally.add(Counted::of(execution, batch, times));
        tally
    }

    pub fn state_machine_arn(&self) -> &Arc<str> {
        &self.identity.state_machine_arn
    }

    /// The definition that the states belong to.
    pub fn machine(&self) -> &asl::StateMachine {
        &self.identity.machine
    }

    fn is_of(&self, identity: &Identity, through: Option<&Through>) -> bool {
        Arc::ptr_eq(&self.identity.machine, &identity.machine)
            && self.identity.state_machine_arn == identity.state_machine_arn
            && self.through.as_ref() == through
    }

    fn add(&mut self, counted: Counted) {
        let Counted { tally: _, has_started, redriven, transitions, ended, tasks, times } = counted;
        self.started += u64::from(has_started);
        self.redriven += u64::from(redriven);
        self.transitions += u64::from(transitions);
        self.ended.extend(ended);
        self.tasks.extend(tasks);
        self.times.extend(times);
    }
}

impl Tallies {
    /// Counts a commit without adding it to anything.
    pub(crate) fn count(
        &mut self,
        execution: &Execution,
        through: Option<&Through>,
        batch: &Batch,
        times: Vec<AttemptTime>,
    ) -> Counted {
        if !self.0.last().is_some_and(|last| last.is_of(execution.identity(), through)) {
            self.0.push(Tally::of(execution, through));
        }
        Counted { tally: self.0.len() - 1, ..Counted::of(execution, batch, times) }
    }

    /// The commit is durable.
    pub(crate) fn add(&mut self, counted: Counted) {
        self.0[counted.tally].add(counted);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Tally> {
        self.0.iter()
    }
}

impl Counted {
    fn of(execution: &Execution, batch: &Batch, times: Vec<AttemptTime>) -> Counted {
        let mut counted = Counted { times, ..Counted::default() };
        for record in &batch.records {
            let Record::Event { event, .. } = record else { continue };
            match event {
                Event::ExecutionStarted { .. } => counted.has_started = true,
                Event::StateEntered { .. } => counted.transitions += 1,
                Event::ExecutionRedriven { .. } => {
                    counted.redriven += 1;
                    counted.transitions += 1;
                }
                event => counted.tasks.extend(task_of(event)),
            }
        }
        counted.ended = execution.ended().map(|end| CountedEnd {
            status: end.status,
            ran_ms: u64::try_from(end.at_ms - execution.started_ms()).unwrap_or(0),
            is_redriven: execution.redriven().is_some(),
        });
        counted
    }
}

fn task_of(event: &Event) -> Option<(StateId, TaskCount)> {
    let counted = match event {
        Event::TaskScheduled { state, .. } => (*state, TaskCount::Scheduled),
        Event::TaskStarted { state, .. } => (*state, TaskCount::Started),
        Event::TaskSucceeded { state, .. } => (*state, TaskCount::Succeeded),
        Event::TaskFailed { state, .. }
        | Event::TaskScheduleFailed { state, .. }
        | Event::TaskSubmitFailed { state, .. } => (*state, TaskCount::Failed),
        Event::TaskTimedOut { state, missed_heartbeat: true, .. } => (*state, TaskCount::HeartbeatTimedOut),
        Event::TaskTimedOut { state, .. } => (*state, TaskCount::TimedOut),
        Event::ExecutionStarted { .. }
        | Event::ExecutionSucceeded { .. }
        | Event::ExecutionFailed { .. }
        | Event::ExecutionAborted { .. }
        | Event::ExecutionTimedOut { .. }
        | Event::ExecutionRedriven { .. }
        | Event::StateEntered { .. }
        | Event::StateExited { .. }
        | Event::StateAborted { .. }
        | Event::ParallelStateStarted { .. }
        | Event::ParallelStateSucceeded { .. }
        | Event::ParallelStateFailed
        | Event::MapStateStarted { .. }
        | Event::MapStateSucceeded { .. }
        | Event::MapStateFailed
        | Event::MapIterationStarted { .. }
        | Event::MapIterationSucceeded { .. }
        | Event::MapIterationFailed { .. }
        | Event::MapIterationAborted { .. }
        | Event::TaskSubmitted { .. }
        | Event::EvaluationFailed { .. } => return None,
    };
    Some(counted)
}
