//! One seed: the engine, its disk, its callers and workers, move by move.
//!
//! Here: the loop. `plan` draws what a run is made of; `callers`, `workers`, `services` and `catalog` make
//! their moves; `answers` looks at what comes back, `life` opens, ends and damages, `ending` lets everything
//! come to rest.
//! INVARIANT: after each move every answer that it let out is looked at before anything else happens.
//! INVARIANT: each move draws from a seed of its own, so that a run without some moves is nearly the same.

mod answers;
mod callers;
mod catalog;
mod ending;
mod express;
mod life;
mod plan;
mod services;
mod workers;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::Clock;
use engine::driven::{self, Driven};
use engine::reply::Ticket;
use planted::Bug;

use self::answers::Asked;
use self::callers::SlowStart;
use self::plan::{Move, Plan};
use self::services::ServiceTasks;
use self::workers::Workers;
use crate::checker::express::Runs;
use crate::checker::journal::{Journal, Name};
use crate::checker::walk::Clockwork;
use crate::checker::{Verdict, Violation};
use crate::clock::SimulatedClock;
use crate::disk::{Crash, SimulatedDisk};
use crate::durable::{Durable, Registered};
use crate::index::SimulatedIndex;
use crate::random::Random;
use crate::services::Services;
use crate::trace::Trace;
use crate::witness::{Witness, WitnessedStore};
use crate::workload::Machine;

/// What is run.
#[derive(Clone, Debug)]
pub struct Setup {
    pub seed: u64,
    pub bug: Option<Bug>,
    pub auditor: Auditor,
    pub is_verbose: bool,
    /// Moves that are left out, by number.
    pub without: BTreeSet<u64>,
}

/// What becomes of wake-ups that are lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Auditor {
    /// Nobody looks: the checker must.
    Off,
    /// The auditor finds them, and each that it finds is a violation.
    Counts,
    /// The auditor finds them within two rounds, and everything else must hold.
    Heals,
}

impl Auditor {
    pub const ALL: [Auditor; 3] = [Auditor::Off, Auditor::Counts, Auditor::Heals];

    /// As a command line has it.
    pub fn name(self) -> &'static str {
        match self {
            Auditor::Off => "off",
            Auditor::Counts => "counts",
            Auditor::Heals => "heals",
        }
    }
}

impl Setup {
    pub fn of(seed: u64) -> Setup {
        Setup { seed, bug: None, auditor: Auditor::Counts, is_verbose: false, without: BTreeSet::new() }
    }
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
    /// Crashes, failed operations of the disk, jumps of the clock, damaged bytes.
    pub faults: u64,
    pub acknowledged: u64,
    /// Executions that an auditor found idle, and woke.
    pub woken: u64,
    /// How often the run came by the things that it shall come by.
    pub coverage: BTreeMap<&'static str, u64>,
}

/// What did not hold, and how to see it again.
#[derive(Clone, Debug)]
pub struct Failure {
    pub seed: u64,
    pub bug: Option<Bug>,
    pub auditor: Auditor,
    pub without: BTreeSet<u64>,
    /// How many moves had been made.
    pub moves: u64,
    pub violation: Violation,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cargo run -p stairway-simulation --bin simulate -- --seed {}", self.seed)?;
        if let Some(bug) = self.bug {
            write!(f, " --bug {bug:?}")?;
        }
        if self.auditor != Auditor::Counts {
            write!(f, " --auditor {}", self.auditor.name())?;
        }
        if !self.without.is_empty() {
            write!(f, " --without {}", ranges(&self.without))?;
        }
        write!(f, "  # {}", self.violation)
    }
}

/// Numbers as a command line has them: `1..4,7..8`, ends not included.
pub fn ranges(numbers: &BTreeSet<u64>) -> String {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, end)) if *end == *number => *end += 1,
            _ => ranges.push((*number, number + 1)),
        }
    }
    ranges.iter().map(|(start, end)| format!("{start}..{end}")).collect::<Vec<_>>().join(",")
}

/// Runs one seed on this thread.
pub fn run(setup: Setup) -> Result<Report, Failure> {
    let Setup { seed, bug, auditor, .. } = setup;
    let without = setup.without.clone();
    driven::seed(seed);
    planted::plant(bug);
    let mut run = Run::new(setup);
    let outcome = catch_unwind(AssertUnwindSafe(|| run.play()));
    planted::plant(None);
    let violation = match outcome {
        Ok(Ok(())) => return Ok(run.report()),
        Ok(Err(violation)) => violation,
        Err(panic) => Violation::new("no panic", message_of(&*panic)),
    };
    Err(Failure { seed, bug, auditor, without, moves: run.counts.moves, violation })
}

fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words").to_owned()
}

struct Run {
    setup: Setup,
    random: Random,
    plan: Plan,
    trace: Trace,
    clock: Arc<SimulatedClock>,
    clockwork: Clockwork,
    disk: SimulatedDisk,
    index: SimulatedIndex,
    salt: u64,
    verdict: Verdict,
    witness: Witness,
    machines: Vec<Registered>,
    /// Not registered yet.
    coming: Vec<Machine>,
    /// Wait until the name of a deleted machine is free.
    successors: Vec<Machine>,
    live: Option<Live>,
    /// How often an engine was opened.
    lives: u64,
    /// Looked up only: a hash map's order must not decide anything.
    asked: HashMap<Ticket, Asked>,
    journal: Journal,
    runs: Runs,
    workers: Workers,
    services: ServiceTasks,
    slow_starts: Vec<SlowStart>,
    /// Names that were used, and with what input first.
    names: Vec<(Name, String)>,
    counts: Report,
}

/// An engine between two crashes.
struct Live {
    driven: Driven,
    store: Arc<WitnessedStore>,
    runner: Services,
    has_fault: Arc<AtomicBool>,
    /// By its auditor, as of the last look.
    woken: u64,
}

type Step = Result<(), Violation>;

impl Run {
    fn new(setup: Setup) -> Self {
        let mut random = Random::new(setup.seed);
        let mut plan = Plan::draw(&mut random);
        let disk = SimulatedDisk::new(random.fork());
        let verdict = Verdict::default();
        let mut coming: Vec<Machine> =
            (0..plan.kinds.len()).map(|number| Machine::generate(number, &plan.kinds, &mut random)).collect();
        coming.reverse();
        plan.moves += 50 * plan.kinds.len() as u64;
        Run {
            trace: Trace::new(setup.is_verbose),
            setup,
            salt: random.next_u64(),
            random,
            plan,
            clock: Arc::default(),
            clockwork: Clockwork::default(),
            index: SimulatedIndex::default(),
            witness: Witness::new(verdict.clone(), disk.clone()),
            disk,
            verdict,
            machines: Vec::new(),
            coming,
            successors: Vec::new(),
            live: None,
            lives: 0,
            asked: HashMap::new(),
            journal: Journal::default(),
            runs: Runs::default(),
            workers: Workers::default(),
            services: ServiceTasks::default(),
            slow_starts: Vec::new(),
            names: Vec::new(),
            counts: Report::default(),
        }
    }

    fn play(&mut self) -> Step {
        self.open()?;
        self.register_next()?;
        for number in 0..self.plan.moves {
            self.counts.moves += 1;
            if self.setup.without.contains(&number) {
                continue;
            }
            self.random = Random::of(self.setup.seed, number);
            let next = self.plan.next_move(&mut self.random);
            self.count(next.name());
            self.disk.let_reads_fail(true);
            self.make(next)?;
            self.look()?;
        }
        self.random = Random::of(self.setup.seed, u64::MAX);
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

    fn fault(&mut self, what: &'static str) {
        self.counts.faults += 1;
        self.count(what);
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

    /// Whoever looks at what is durable is no part of the engine: no read of his fails.
    fn durable(&self) -> Durable<'_> {
        self.disk.let_reads_fail(false);
        let live = self.live.as_ref().expect("between crashes an engine is open");
        Durable { store: &*live.store, machines: &self.machines, clockwork: &self.clockwork }
    }

    fn make(&mut self, next: Move) -> Step {
        match next {
            Move::Step => {
                let shard = self.random.below(self.plan.shards);
                self.trace.note(format_args!("step {shard}"));
                self.driven().step(shard);
                Ok(())
            }
            Move::StepLane => {
                let lane = self.random.below(self.plan.shards);
                self.trace.note(format_args!("step lane {lane}"));
                self.driven().step_lane(lane);
                Ok(())
            }
            Move::VisitExpress => self.visit_express(),
            Move::Work => {
                let worked = self.driven().work() | self.driven().continue_deletions();
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
            Move::Redrive => self.redrive(),
            Move::Describe => self.describe(),
            Move::ReadHistory => self.read_history(),
            Move::Poll => self.poll(),
            Move::Answer => self.answer(),
            Move::Serve => self.serve(),
            Move::Audit => {
                let shard = self.random.below(self.plan.shards);
                self.audit(shard);
                Ok(())
            }
            Move::Register => {
                self.succeed_deleted();
                self.register_next()
            }
            Move::Update => self.update(),
            Move::Publish => self.publish(),
            Move::Route => self.route(),
            Move::Delete => self.delete(),
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
            Move::FailWriteSoon => {
                self.trace.note(format_args!("a write will fail"));
                self.disk.fail_write_after(self.random.between(1, 4));
                Ok(())
            }
            Move::FailReadSoon => {
                self.trace.note(format_args!("a read will fail"));
                self.disk.fail_read_after(self.random.between(1, 6));
                Ok(())
            }
            Move::FillDisk => {
                let bytes = self.random.below(3 * self.plan.segment_bytes as usize);
                self.trace.note(format_args!("room for {bytes} bytes is left"));
                self.disk.leave_room(Some(bytes));
                Ok(())
            }
            Move::FreeDisk => {
                self.trace.note(format_args!("room for everything"));
                self.disk.leave_room(None);
                Ok(())
            }
            Move::JumpClock => {
                let by = self.random.between(1, 7_200_000) as i64;
                let by = if self.random.percent(70) { -by } else { by };
                self.clock.advance(by);
                self.clockwork.is_set_back |= by < 0;
                self.trace.note(format_args!("the clock jumps by {by} ms, now {}", self.clock.now_ms()));
                self.fault(if by < 0 { "clock set back" } else { "clock set forward" });
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
        self.disk.let_reads_fail(false);
        if self.disk.take_read_failure() {
            self.fault("failed read");
        }
        if self.disk.take_fullness() {
            self.fault("disk full");
        }
        let is_dead = self.is_dead();
        self.look_at_audits()?;
        self.look_at_marks()?;
        self.look_at_services()?;
        self.look_at_answers(is_dead)?;
        if is_dead && !self.disk.is_off() && !self.disk.was_hurt() {
            let details = "the process ended, and nothing but room was missing";
            return Err(Violation::new("I23", details));
        }
        if is_dead {
            self.fault(if self.disk.is_off() { "stopped in an operation" } else { "failed write or sync" });
            let crash = self.draw_crash();
            self.crash(crash)?;
        }
        self.verdict.violation().map_or(Ok(()), Err)
    }

    fn audit(&mut self, shard: usize) {
        if self.setup.auditor != Auditor::Off {
            self.trace.note(format_args!("audit {shard}"));
            self.driven().audit(shard);
        }
    }

    /// What this life's auditor has woken since the last look.
    fn look_at_audits(&mut self) -> Step {
        let live = self.live();
        let woken = live.driven.audited().woken;
        let new = woken - std::mem::replace(&mut live.woken, woken);
        self.counts.woken += new;
        if new > 0 && self.setup.auditor == Auditor::Counts {
            return Err(Violation::new("I15", "the auditor found an execution on which nobody works"));
        }
        Ok(())
    }

    fn is_dead(&mut self) -> bool {
        self.disk.is_off() || self.live().has_fault.load(Ordering::Relaxed)
    }

    fn draw_crash(&mut self) -> Crash {
        if self.random.percent(35) { Crash::Kill } else { Crash::PowerCut }
    }
}
