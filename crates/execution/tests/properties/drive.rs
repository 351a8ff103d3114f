//! Runs one machine to its end on a virtual clock, with outcomes that the seed decides, and checks after
//! every commit what must always hold.
//!
//! Which outcome a task has depends on where in the execution it stands (branch, iteration, attempt) and
//! not on names or event ids: runs of one seed can be compared.

use std::collections::BTreeMap;
use std::sync::Arc;

use asl::definition::MachineType;
use asl::error_name::Failure;
use execution::{
    Batch, Command, Effect, Event, Execution, HistoryEvent, Identity, Limits, Moment, Origin, Pause, Record,
    Reply, Status, TaskKey, TokenMint, visible,
};

use crate::definition::data;
use crate::dice::Dice;
use crate::outside::{Outside, Submission, Task, answer, document, work};

/// Machines lead forward only: one that takes more steps does not end.
const STEPS_MAX: usize = 20_000;
/// How often an execution is redriven, and after how many times nothing breaks any more.
const REDRIVES_MAX: usize = 6;
const REDRIVES_BREAKING: usize = 4;

struct OneToken;

impl TokenMint for OneToken {
    fn mint(&self, _: TaskKey) -> String {
        "token".into()
    }
}

/// How the turns of a run are cut.
#[derive(Clone, Copy)]
pub(crate) struct Cut {
    pub(crate) transitions_max: u32,
    pub(crate) evaluation_units: u64,
    pub(crate) history_events_max: u64,
}

impl Cut {
    pub(crate) const NONE: Cut =
        Cut { transitions_max: 10_000, evaluation_units: u64::MAX, history_events_max: 25_000 };
}

/// What a run leaves behind.
pub(crate) struct Run {
    pub(crate) history: Vec<HistoryEvent>,
    /// Numbers of the events of each branch, by where it was opened.
    pub(crate) branches: BTreeMap<String, Vec<usize>>,
    /// A failure ended siblings: how far they had come depends on how turns are cut.
    pub(crate) ended_siblings: bool,
    pub(crate) commits: usize,
    pub(crate) retries: usize,
    pub(crate) catches: usize,
    pub(crate) redrives: usize,
    /// What it gave, if it succeeded.
    pub(crate) output: Option<String>,
}

/// What the driver knows of a frame.
struct Branch {
    place: String,
    /// Parallels and Maps that it began, attempts that it scheduled.
    opened: usize,
    attempts: usize,
    has_failed: bool,
}

struct Drive {
    seed: u64,
    cut: Cut,
    outside: Outside,
    now_ms: i64,
    execution: Execution,
    /// Rebuilt from the records alone, and from a checkpoint and the records after it.
    replayed: Execution,
    resumed: Option<Execution>,
    batches: Vec<Batch>,
    owed: Vec<Effect>,
    branches: Vec<Branch>,
    tasks: Vec<Task>,
    /// The last attempt that is over: answers to it come too late.
    over: Option<TaskKey>,
    decisions: usize,
    events: usize,
    run: Run,
}

pub(crate) fn run(definition: &str, seed: u64, cut: Cut) -> Run {
    run_in(definition, seed, cut, Outside::Random)
}

pub(crate) fn run_in(definition: &str, seed: u64, cut: Cut, outside: Outside) -> Run {
    let parsed = asl::parse(definition, MachineType::Standard);
    let machine = parsed.machine.unwrap_or_else(|| panic!("refused: {:?}", parsed.diagnostics));
    let identity = Arc::new(Identity {
        arn: "arn:aws:states:us-east-1:000000000000:execution:m:e".into(),
        name: "e".into(),
        state_machine_arn: "arn:aws:states:us-east-1:000000000000:stateMachine:m".into(),
        state_machine_name: "m".into(),
        role_arn: "arn:aws:iam::000000000000:role/r".into(),
        region: "us-east-1".into(),
        machine: Arc::new(machine),
        logging: Arc::default(),
        machine_type: MachineType::Standard,
    });
    Drive {
        seed,
        cut,
        outside,
        now_ms: 1_000_000,
        execution: Execution::new(Arc::clone(&identity)),
        replayed: Execution::new(identity),
        resumed: None,
        batches: Vec::new(),
        owed: Vec::new(),
        branches: Vec::new(),
        tasks: Vec::new(),
        over: None,
        decisions: 0,
        events: 0,
        run: Run {
            history: Vec::new(),
            branches: BTreeMap::new(),
            ended_siblings: false,
            commits: 0,
            retries: 0,
            catches: 0,
            redrives: 0,
            output: None,
        },
    }
    .finished()
}

impl Drive {
    fn finished(mut self) -> Run {
        let input = document(&data(&Dice::for_occasion(self.seed, "input")).to_string());
        let origin = Origin { machine: 1, revision: 1, name: "e".into(), trace_header: None, through: None };
        let mut command = Command::Start { origin, input, mocks: None };
        let mut units = self.cut.evaluation_units;
        for _ in 0..STEPS_MAX {
            let pause = self.give(command, units);
            if self.execution.ended().is_some() {
                if !self.is_redriven() {
                    return self.finish();
                }
                self.run.redrives += 1;
                command = Command::Redrive { token: None, machine_is_deleting: false };
                continue;
            }
            units = match pause {
                Pause::OverBudget => units.saturating_mul(2),
                Pause::Waiting | Pause::Yielded => self.cut.evaluation_units,
            };
            command = match pause {
                Pause::Waiting => self.decide(),
                Pause::Yielded | Pause::OverBudget => Command::Continue,
            };
        }
        panic!("has not ended after {STEPS_MAX} steps");
    }

    fn is_redriven(&self) -> bool {
        self.outside == Outside::Breaking
            && self.run.redrives < REDRIVES_MAX
            && self.execution.ended().is_some_and(|end| end.status != Status::Succeeded)
    }

    fn breaks(&self) -> bool {
        self.outside == Outside::Breaking && self.run.redrives < REDRIVES_BREAKING
    }

    fn give(&mut self, command: Command, evaluation_units: u64) -> Pause {
        let moment = Moment {
            now_ms: self.now_ms,
            seed: self.batches.len() as u64,
            evaluation_units,
            transitions_max: self.cut.transitions_max,
            limits: Limits { history_events_max: self.cut.history_events_max, ..Limits::default() },
            tokens: &OneToken,
            services: &asl::services::NoneKnown,
        };
        let advance = self.execution.advance(command, &moment);
        for effect in &advance.begun {
            assert!(!self.owed.contains(effect), "an effect begins once");
            self.owed.push(effect.clone());
        }
        for effect in &advance.ended {
            let at = self.owed.iter().position(|owed| owed == effect).expect("an effect that ends has begun");
            self.owed.swap_remove(at);
        }
        if let Some(batch) = advance.batch {
            self.commit(Batch::decode(&batch.encode()).expect("what was encoded decodes"));
        } else {
            assert!(advance.begun.is_empty() && advance.ended.is_empty(), "what changes is recorded");
        }
        let outstanding: Vec<Effect> = self.execution.outstanding().collect();
        assert_eq!(outstanding.len(), self.owed.len(), "begun minus ended is outstanding");
        assert!(
            outstanding.iter().all(|effect| self.owed.contains(effect)),
            "begun minus ended is outstanding"
        );
        advance.pause
    }

    fn commit(&mut self, batch: Batch) {
        for record in &batch.records {
            self.note(record);
        }
        self.replayed.replay(batch.clone());
        assert!(self.replayed == self.execution, "replay equals memory");
        if let Some(resumed) = &mut self.resumed {
            resumed.replay(batch.clone());
            assert!(*resumed == self.execution, "a checkpoint and the records after it equal memory");
        }
        if Dice::for_occasion(self.seed, &format!("checkpoint {}", self.batches.len())).one_in(6) {
            let identity = Arc::clone(self.execution.identity());
            let restored =
                Execution::restore(identity, &self.execution.checkpoint()).expect("a checkpoint can be read");
            assert!(restored == self.execution, "a checkpoint gives the execution back");
            self.resumed = Some(restored);
        }
        self.batches.push(batch);
    }

    /// Keeps the driver's own account of branches and attempts.
    fn note(&mut self, record: &Record) {
        let (frame, event) = match record {
            Record::Event { frame, event, .. } => (frame.0 as usize, event),
            Record::StateFailed { frame, announced, .. } => {
                self.branches[frame.0 as usize].has_failed = true;
                self.run.ended_siblings |= !announced;
                return;
            }
            Record::RetrySet { frame, .. } => {
                self.run.retries += 1;
                self.branches[frame.0 as usize].has_failed = false;
                return;
            }
            Record::AnsweredEarly { frame, .. } => {
                self.task_of(frame.0 as usize).submission = Some(Submission::Overtaken);
                return;
            }
            Record::SubmissionInDoubt { frame } => {
                self.task_of(frame.0 as usize).submission = None;
                return;
            }
            Record::WaitSet { .. }
            | Record::Woken { .. }
            | Record::StartedThrough { .. }
            | Record::StartedWithMocks { .. }
            | Record::TaskCredentials { .. } => return,
        };
        self.events += 1;
        let scheduled = self.events as u64;
        if let Event::ExecutionStarted { .. } = event {
            self.open("top".into());
        }
        let branch = &mut self.branches[frame];
        self.run.branches.entry(branch.place.clone()).or_default().push(self.events - 1);
        match event {
            Event::StateEntered { .. } => branch.has_failed = false,
            Event::StateExited { .. } => self.run.catches += usize::from(branch.has_failed),
            Event::ParallelStateStarted { state, .. } => {
                branch.opened += 1;
                let place = format!("{}/{}", branch.place, branch.opened);
                let asl::Kind::Parallel(parallel) = &self.execution.identity().machine.state(*state).kind
                else {
                    panic!("a Parallel state is started");
                };
                for index in 0..parallel.branches.len() {
                    self.open(format!("{place}.{index}"));
                }
            }
            Event::MapStateStarted { .. } => branch.opened += 1,
            Event::MapIterationStarted { index, .. } => {
                let place = format!("{}/{}.{index}", branch.place, branch.opened);
                self.open(place);
            }
            Event::TaskScheduled { nonce, state, .. } => {
                let asl::Kind::Task(kind) = &self.execution.identity().machine.state(*state).kind else {
                    panic!("a Task state schedules");
                };
                let submission = kind.resource.is_submitted().then_some(Submission::Due);
                branch.attempts += 1;
                let place = format!("{} {}", branch.place, branch.attempts);
                let work = format!("{} state {}", branch.place, state.0);
                let key = TaskKey { scheduled, nonce: *nonce };
                self.tasks.push(Task {
                    frame,
                    key,
                    place,
                    work,
                    started: false,
                    submission,
                    asked: 0,
                    silent: false,
                });
            }
            Event::TaskStarted { .. } => {
                self.task_of(frame).started = true;
            }
            Event::TaskSubmitted { .. } => self.task_of(frame).submission = None,
            Event::TaskFailed { .. }
            | Event::TaskTimedOut { .. }
            | Event::TaskSubmitFailed { .. }
            | Event::TaskScheduleFailed { .. } => {
                branch.has_failed = true;
                self.close_task(frame);
            }
            Event::TaskSucceeded { .. } | Event::StateAborted { .. } => self.close_task(frame),
            Event::MapIterationAborted { .. } => self.run.ended_siblings = true,
            Event::ExecutionRedriven { .. } => {
                self.branches.iter_mut().for_each(|branch| branch.has_failed = false);
            }
            event if event.is_terminal() => {
                self.over = self.tasks.drain(..).next().map(|task| task.key).or(self.over);
            }
            _ => {}
        }
    }

    fn open(&mut self, place: String) {
        self.branches.push(Branch { place, opened: 0, attempts: 0, has_failed: false });
    }

    fn task_of(&mut self, frame: usize) -> &mut Task {
        let task = self.tasks.iter_mut().find(|task| task.frame == frame);
        task.expect("a record about a task is of one that was scheduled")
    }

    fn close_task(&mut self, frame: usize) {
        if let Some(at) = self.tasks.iter().position(|task| task.frame == frame) {
            self.over = Some(self.tasks.swap_remove(at).key);
        }
    }

    /// What happens next outside, now that the execution waits.
    fn decide(&mut self) -> Command {
        self.decisions += 1;
        let dice = Dice::for_occasion(self.seed, &format!("decision {}", self.decisions));
        let stops = match self.outside {
            Outside::Random => dice.one_in(200),
            Outside::Working | Outside::Breaking => self.breaks() && dice.one_in(12),
        };
        if stops {
            return Command::Stop { failure: Failure { error: Some("Stopped".into()), cause: None } };
        }
        if let Some(over) = self.over.filter(|_| dice.one_in(10)) {
            self.assert_refused(over);
        }
        let deadline_ms = self.execution.deadline_ms();
        let breaks = self.breaks();
        let choice = self.tasks.iter_mut().filter(|task| !task.silent);
        let choice = choice.min_by_key(|task| Dice::for_occasion(self.seed, &task.place).draw());
        match (choice, deadline_ms) {
            (Some(task), _) if self.outside != Outside::Random => work(task, self.seed, breaks),
            (Some(task), deadline_ms) if deadline_ms.is_none() || !dice.one_in(4) => answer(task, self.seed),
            (_, Some(deadline_ms)) => {
                // Sometimes the one that wakes it is late, sometimes too early.
                self.now_ms = self.now_ms.max(deadline_ms + *dice.pick(&[0, 0, 0, 700, -1]));
                Command::TimerDue
            }
            (_, None) => {
                let lost = self.tasks.iter().min_by(|a, b| a.place.cmp(&b.place));
                let lost = lost.expect("an execution that waits without a deadline waits for a task");
                Command::TaskAbandoned { task: lost.key }
            }
        }
    }

    fn assert_refused(&mut self, task: TaskKey) {
        let output = document("{}");
        let moment = Moment {
            now_ms: self.now_ms,
            seed: 0,
            evaluation_units: u64::MAX,
            transitions_max: 1,
            limits: Limits { history_events_max: self.cut.history_events_max, ..Limits::default() },
            tokens: &OneToken,
            services: &asl::services::NoneKnown,
        };
        let advance = self.execution.advance(Command::TaskSucceeded { task, output }, &moment);
        assert!(matches!(advance.reply, Reply::NoSuchTask), "a late answer is refused");
        assert!(advance.batch.is_none(), "a late answer records nothing");
    }

    fn finish(mut self) -> Run {
        if let Some(over) = self.over {
            self.assert_refused(over);
        }
        assert!(self.owed.is_empty(), "an ended execution owes nothing");
        assert_eq!(self.execution.deadline_ms(), None, "an ended execution waits for nothing");
        assert_eq!(self.execution.last_event(), self.events as u64);
        self.run.commits = self.batches.len();
        let terminal = self.batches.iter().flat_map(|batch| &batch.records);
        let terminal = terminal.filter(|record| match record {
            Record::Event { event, .. } => event.is_terminal(),
            _ => false,
        });
        assert_eq!(
            terminal.count(),
            1 + self.run.redrives,
            "one terminal event, and one more for each redrive"
        );
        self.run.output = self.execution.output().map(|output| output.text().to_owned());
        assert!(
            matches!(
                self.batches.last().and_then(|batch| batch.records.last()),
                Some(Record::Event { event, .. }) if event.is_terminal()
            ),
            "the terminal event is the last record"
        );
        self.run.history = visible(self.execution.identity(), self.batches);
        for (at, event) in self.run.history.iter().enumerate() {
            assert_eq!(event.id, at as u64 + 1, "ids are contiguous");
            assert!(event.previous_event_id < event.id, "an event points back");
        }
        self.run
    }
}
