//! One seed: the engine, its disk, its callers and workers, move by move.
//!
//! Here: the loop, opening and crashing. `plan` draws what a run is made of, `callers` and `workers` make
//! their moves, `answers` looks at what comes back, `ending` lets everything come to rest.
//! INVARIANT: after each move every answer that it let out is looked at before anything else happens.

mod answers;
mod callers;
mod ending;
mod plan;
mod workers;

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::driven::{self, Driven};
use engine::planted::{self, Bug};
use engine::reply::Ticket;
use engine::{Clock, CreateStateMachine, Definition, Limits};
use store_disk::{DiskStore, Options};

use self::answers::Asked;
use self::plan::{Move, Plan};
use self::workers::Workers;
use crate::checker::journal::{Journal, Name};
use crate::checker::{Verdict, Violation};
use crate::clock::SimulatedClock;
use crate::disk::{Crash, SimulatedDisk};
use crate::durable::{Durable, Registered};
use crate::index::SimulatedIndex;
use crate::random::Random;
use crate::trace::Trace;
use crate::witness::{Witness, WitnessedStore};
use crate::workload::Machine;
use crate::workload::machine::{ACTIVITIES, activity_arn};

/// What is run.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    pub seed: u64,
    pub bug: Option<Bug>,
    pub is_verbose: bool,
}

/// What a run that held has done.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Of everything that happened: equal for two runs of a seed.
    pub trace: u64,
    pub moves: u64,
    pub executions: u64,
    pub transitions: u64,
    pub crashes: u64,
    pub acknowledged: u64,
    /// How often the run came by the things that it shall come by.
    pub coverage: BTreeMap<&'static str, u64>,
}

/// What did not hold, and how to see it again.
#[derive(Clone, Debug)]
pub struct Failure {
    pub seed: u64,
    pub bug: Option<Bug>,
    pub violation: Violation,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cargo run -p stairway-simulation --bin simulate -- --seed {}", self.seed)?;
        if let Some(bug) = self.bug {
            write!(f, " --bug {bug:?}")?;
        }
        write!(f, "  # {}", self.violation)
    }
}

/// Runs one seed on this thread.
pub fn run(setup: Setup) -> Result<Report, Failure> {
    driven::seed(setup.seed);
    planted::plant(setup.bug);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut run = Run::new(setup);
        run.play().map(|()| run.report())
    }));
    planted::plant(None);
    let violation = match outcome {
        Ok(Ok(report)) => return Ok(report),
        Ok(Err(violation)) => violation,
        Err(panic) => Violation::new("no panic", message_of(&*panic)),
    };
    Err(Failure { seed: setup.seed, bug: setup.bug, violation })
}

fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words").to_owned()
}

struct Run {
    random: Random,
    plan: Plan,
    trace: Trace,
    clock: Arc<SimulatedClock>,
    disk: SimulatedDisk,
    index: SimulatedIndex,
    salt: u64,
    verdict: Verdict,
    witness: Witness,
    machines: Vec<Registered>,
    /// Not registered yet.
    coming: Vec<Machine>,
    live: Option<Live>,
    /// Looked up only: a hash map's order must not decide anything.
    asked: HashMap<Ticket, Asked>,
    journal: Journal,
    workers: Workers,
    /// Names that were used, and with what input first.
    names: Vec<(Name, String)>,
    counts: Report,
}

/// An engine between two crashes.
struct Live {
    driven: Driven,
    store: Arc<WitnessedStore>,
    has_fault: Arc<AtomicBool>,
}

type Step = Result<(), Violation>;

impl Run {
    fn new(setup: Setup) -> Self {
        let mut random = Random::new(setup.seed);
        let mut plan = Plan::draw(&mut random);
        let disk = SimulatedDisk::new(random.fork());
        let verdict = Verdict::default();
        let mut coming: Vec<Machine> =
            (0..plan.machines).map(|number| Machine::generate(number, &mut random)).collect();
        coming.reverse();
        plan.moves += 50 * plan.machines as u64;
        Run {
            salt: random.next_u64(),
            random,
            plan,
            trace: Trace::new(setup.is_verbose),
            clock: Arc::default(),
            index: SimulatedIndex::default(),
            witness: Witness::new(verdict.clone(), disk.clone()),
            disk,
            verdict,
            machines: Vec::new(),
            coming,
            live: None,
            asked: HashMap::new(),
            journal: Journal::default(),
            workers: Workers::default(),
            names: Vec::new(),
            counts: Report::default(),
        }
    }

    fn play(&mut self) -> Step {
        self.open()?;
        self.register_next()?;
        for _ in 0..self.plan.moves {
            self.counts.moves += 1;
            let next = self.plan.next_move(&mut self.random);
            self.make(next)?;
            self.look()?;
        }
        self.come_to_rest()
    }

    fn report(self) -> Report {
        let mut counts = self.counts;
        let notes = self.witness.notes();
        counts.acknowledged = self.journal.acknowledged;
        counts.coverage.insert("name taken in the store", notes.names_taken);
        counts.coverage.insert("checkpoint", notes.checkpoints);
        counts.coverage.insert("commit", notes.commits);
        counts.trace = self.trace.hash();
        counts
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.coverage.entry(what).or_default() += 1;
    }

    fn live(&mut self) -> &mut Live {
        self.live.as_mut().expect("between crashes an engine is open")
    }

    fn driven(&mut self) -> &mut Driven {
        &mut self.live().driven
    }

    fn durable(&self) -> Durable<'_> {
        let live = self.live.as_ref().expect("between crashes an engine is open");
        Durable { store: &*live.store, machines: &self.machines }
    }

    fn make(&mut self, next: Move) -> Step {
        match next {
            Move::Step => {
                let shard = self.random.below(self.plan.shards);
                self.trace.note(format_args!("step {shard}"));
                self.driven().step(shard);
                Ok(())
            }
            Move::Work => {
                let worked = self.driven().work();
                self.trace.note(format_args!("work {worked}"));
                Ok(())
            }
            Move::Pump => {
                let pumped = self.live().store.store.pump();
                self.trace.note(format_args!("pump {pumped}"));
                Ok(())
            }
            Move::PumpIndex => {
                self.trace.note(format_args!("pump index"));
                self.live().store.store.pump_index();
                Ok(())
            }
            Move::PassTime => {
                self.pass_time();
                Ok(())
            }
            Move::Start => self.start(),
            Move::StartAgain => self.start_again(),
            Move::Stop => self.stop(),
            Move::Describe => self.describe(),
            Move::ReadHistory => self.read_history(),
            Move::Poll => self.poll(),
            Move::Answer => self.answer(),
            Move::Register => self.register_next(),
            Move::Crash => {
                let crash = self.draw_crash();
                self.crash(crash)
            }
            Move::StopSoon => {
                let operations = self.random.between(1, 12);
                self.trace.note(format_args!("the process will stop in operation {operations}"));
                self.disk.stop_after(operations);
                Ok(())
            }
            Move::FailSyncSoon => {
                self.trace.note(format_args!("a sync will fail"));
                self.disk.fail_sync_after(self.random.between(1, 4));
                Ok(())
            }
        }
    }

    /// A little, or to just before, just at or well after the next deadline.
    fn pass_time(&mut self) {
        let now_ms = self.clock.now_ms();
        let ahead = self.driven().next_deadline_ms().map_or(0, |at| at.saturating_sub(now_ms)).max(0);
        let by = match self.random.below(6) {
            0 => self.random.between(1, 50) as i64,
            1 => self.random.between(100, 10_000) as i64,
            2 => ahead - 1,
            3 | 4 => ahead,
            _ => ahead + self.random.between(0, 60_000) as i64,
        };
        let by = by.clamp(0, 600_000);
        self.clock.advance(by);
        self.trace.note(format_args!("{by} ms pass, now {}", self.clock.now_ms()));
    }

    /// What has happened in the last move: answers, a fault, a violation that was witnessed.
    fn look(&mut self) -> Step {
        let is_dead = self.is_dead();
        self.look_at_answers(is_dead)?;
        if is_dead {
            self.count(if self.disk.is_off() { "stopped in an operation" } else { "failed sync" });
            let crash = self.draw_crash();
            self.crash(crash)?;
        }
        self.verdict.violation().map_or(Ok(()), Err)
    }

    fn is_dead(&mut self) -> bool {
        self.disk.is_off() || self.live().has_fault.load(Ordering::Relaxed)
    }

    fn draw_crash(&mut self) -> Crash {
        if self.random.percent(35) { Crash::Kill } else { Crash::PowerCut }
    }

    /// The process ends here; whatever was asked and not answered has an unknown outcome.
    fn crash(&mut self, crash: Crash) -> Step {
        self.end_process(crash)?;
        self.open()?;
        self.check_recovered()
    }

    fn end_process(&mut self, crash: Crash) -> Step {
        self.trace.note(format_args!("{crash:?}"));
        self.counts.crashes += 1;
        self.count(match crash {
            Crash::Kill => "kill",
            Crash::PowerCut => "power cut",
        });
        self.live = None;
        self.asked.clear();
        self.workers.lose_connection();
        self.disk.restart(crash);
        if crash == Crash::PowerCut {
            self.index
                .lose_some(&mut self.random)
                .map_err(|fault| Violation::new("I21", fault.to_string()))?;
        }
        Ok(())
    }

    /// Opens what is on the disk; the process may be stopped on the way, as often as it happens.
    fn open(&mut self) -> Step {
        loop {
            if self.random.percent(self.plan.stops_in_recovery) {
                let operations = self.random.between(1, 25);
                self.disk.stop_after(operations);
            }
            let opened = self.try_open();
            if opened.is_ok() && !self.is_dead() {
                self.trace.note(format_args!("opened"));
                return Ok(());
            }
            if !self.disk.is_off() {
                let reason = opened.err().unwrap_or_else(|| "a fault without a cause".to_owned());
                return Err(Violation::new("I1", format!("what a crash left cannot be opened: {reason}")));
            }
            self.count("stopped in recovery");
            let crash = self.draw_crash();
            self.end_process(crash)?;
        }
    }

    fn try_open(&mut self) -> Result<(), String> {
        let options = Options {
            salt: self.salt,
            segment_bytes_first: self.plan.segment_bytes,
            segment_bytes_max: self.plan.segment_bytes * 4,
            ..Options::default()
        };
        let (disk, index) = (Arc::new(self.disk.clone()), Arc::new(self.index.clone()));
        let store = DiskStore::single_threaded(disk, index, options).map_err(|fault| fault.to_string())?;
        let store = Arc::new(WitnessedStore { store, witness: self.witness.clone() });
        let has_fault = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&has_fault);
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let opened = Driven::open(
            Arc::clone(&store) as Arc<dyn store::Store>,
            clock,
            self.plan.shards,
            Limits::default(),
            Arc::new(move |_| told.store(true, Ordering::Relaxed)),
        );
        let driven = opened.map_err(|error| error.to_string())?;
        self.live = Some(Live { driven, store, has_fault });
        for number in 0..ACTIVITIES {
            let arn = activity_arn(number).parse().expect("the generator makes valid names");
            if !self.driven().create_activity(arn) {
                return Err("an activity could not be created".to_owned());
            }
        }
        Ok(())
    }

    /// The next machine becomes known to the engine; a crash on the way is gone through.
    fn register_next(&mut self) -> Step {
        let Some(machine) = self.coming.pop() else { return Ok(()) };
        loop {
            match self.register(&machine) {
                Some(uid) => {
                    self.trace.note(format_args!("registered {}: {}", machine.arn, machine.text));
                    self.witness.notes().shadows.know(uid, machine.clone());
                    self.machines.push(Registered { uid, machine });
                    return Ok(());
                }
                None => {
                    self.count("stopped in the catalog");
                    let crash = self.draw_crash();
                    self.crash(crash)?;
                }
            }
        }
    }

    fn register(&mut self, machine: &Machine) -> Option<u128> {
        let create = CreateStateMachine {
            arn: machine.arn.clone(),
            machine_type: asl::definition::MachineType::Standard,
            definition: Definition {
                text: Arc::clone(&machine.text),
                machine: Arc::clone(&machine.definition),
            },
            role_arn: Arc::from("arn:aws:iam::123456789012:role/simulated"),
            logging: None,
            tracing: None,
            encryption: None,
            tags: Vec::new(),
            publish: None,
        };
        self.driven().create_state_machine(create).ok().map(|entry| entry.uid)
    }

    /// Directly after a crash: what was acknowledged is there, and each execution is whole.
    fn check_recovered(&mut self) -> Step {
        self.check_catalog()?;
        let durable = self.durable();
        self.journal.check(&durable)?;
        let mut stored = Vec::new();
        for machine in 0..self.machines.len() {
            for listing in durable.executions(machine)? {
                stored.push((listing.execution, durable.batches(listing.execution)?));
            }
        }
        self.check_executions(false)?;
        self.witness.notes().shadows.rebuild(stored);
        for name in self.journal.read_names() {
            self.read_history_of(&name)?;
        }
        Ok(())
    }

    fn check_catalog(&mut self) -> Step {
        let live = self.live.as_ref().expect("between crashes an engine is open");
        for Registered { uid, machine } in &self.machines {
            let entry = live.driven.state_machine(&machine.arn);
            let is_there =
                entry.is_some_and(|entry| entry.uid == *uid && entry.current.definition_text == machine.text);
            if !is_there {
                return Err(Violation::new("I1", format!("{} was registered, and is gone", machine.arn)));
            }
        }
        Ok(())
    }

    /// Every execution by itself, and how many of them have one name.
    fn check_executions(&self, rests: bool) -> Step {
        let durable = self.durable();
        for machine in 0..self.machines.len() {
            let mut names = std::collections::BTreeSet::new();
            for listing in durable.executions(machine)? {
                let name: Name = (machine, Arc::from(&*listing.name));
                if !names.insert(listing.name.clone()) {
                    return Err(Violation::new("I7", format!("two executions are called {name:?}")));
                }
                let walked = durable
                    .walk(listing.execution)?
                    .ok_or_else(|| Violation::new("I1", format!("{name:?} is listed, and has no records")))?;
                let ended = listing.ended.map(|ended| ended.stopped_ms);
                if ended != walked.end.map(|(_, at_ms)| at_ms) || listing.started_ms != walked.started_ms {
                    return Err(Violation::new("I10", format!("{name:?} is listed as {listing:?}")));
                }
                self.journal.check_execution(&walked, &name, listing.execution, rests)?;
            }
        }
        Ok(())
    }
}
