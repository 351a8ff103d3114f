//! From one opening of the engine to the next: opening, ending, what must be there afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use engine::driven::Driven;
use engine::{Clock, Limits, ResidentLimits};
use store_disk::{DiskStore, MemoryIndex, Options};

use super::{Live, Run, Step};
use crate::checker::Violation;
use crate::checker::journal::Name;
use crate::disk::Crash;
use crate::durable::Durable;
use crate::services::Services;
use crate::witness::WitnessedStore;
use crate::workload::machine::{ACTIVITIES, activity_arn};

impl Run {
    /// The process ends here; whatever was asked and not answered has an unknown outcome.
    pub(super) fn crash(&mut self, crash: Crash) -> Step {
        self.end_process(crash)?;
        self.open()?;
        self.check_recovered()
    }

    pub(super) fn end_process(&mut self, crash: Crash) -> Step {
        self.trace.note(format_args!("{crash:?}"));
        self.counts.crashes += 1;
        self.fault(match crash {
            Crash::Kill => "kill",
            Crash::PowerCut => "power cut",
        });
        self.look_back()?;
        self.live = None;
        self.asked.clear();
        self.workers.lose_connection();
        self.services.lose_connection();
        self.slow_starts.clear();
        self.disk.restart(crash);
        if crash == Crash::PowerCut {
            self.index
                .lose_some(&mut self.random)
                .map_err(|fault| Violation::new("I21", fault.to_string()))?;
        }
        if self.lives > 0 && self.random.percent(self.plan.damages) {
            self.damage_a_copy()?;
        }
        Ok(())
    }

    /// Opens what is on the disk; the process may be stopped on the way, as often as it happens.
    pub(super) fn open(&mut self) -> Step {
        loop {
            if self.random.percent(self.plan.stops_in_recovery) {
                // The first few confirm what was found; the others make it ready.
                let operations_max = *self.random.pick(&[4, 25]);
                let operations = self.random.between(1, operations_max);
                self.disk.stop_after(operations);
            }
            if self.random.percent(self.plan.stops_in_recovery / 4) {
                self.disk.fail_read_after(self.random.between(1, 20));
            }
            if self.random.percent(self.plan.stops_in_recovery / 4) {
                self.disk.fail_write_after(self.random.between(1, 8));
            }
            if self.random.percent(self.plan.stops_in_recovery / 4) {
                self.disk.fail_sync_after(self.random.between(1, 8));
            }
            self.disk.let_reads_fail(true);
            let opened = self.try_open();
            self.disk.let_reads_fail(false);
            let (failed_to_read, is_full) = (self.disk.take_read_failure(), self.disk.take_fullness());
            if opened.is_ok() && !self.is_dead() {
                self.lives += 1;
                self.clockwork.openings_ms.push(self.clock.now_ms());
                self.trace.note(format_args!("opened"));
                return Ok(());
            }
            if self.disk.is_off() {
                self.fault("stopped in recovery");
            } else if failed_to_read {
                self.fault("failed read in recovery");
            } else if self.disk.was_hurt() {
                self.fault("failed write or sync in recovery");
            } else if is_full {
                // Whoever runs a full disk makes room before the next start.
                self.fault("disk full in recovery");
                self.disk.leave_room(None);
            } else {
                let reason = opened.err().unwrap_or_else(|| "a fault without a cause".to_owned());
                return Err(Violation::new("I1", format!("what a crash left cannot be opened: {reason}")));
            }
            let crash = self.draw_crash();
            self.end_process(crash)?;
        }
    }

    fn options(&self) -> Options {
        Options {
            salt: self.salt,
            segment_bytes_first: self.plan.segment_bytes,
            segment_bytes_max: self.plan.segment_bytes * 4,
            room_reserve_bytes: self.plan.room_reserve_bytes,
            room_look_every: Duration::ZERO,
            ..Options::default()
        }
    }

    fn try_open(&mut self) -> Result<(), String> {
        let (disk, index) = (Arc::new(self.disk.clone()), Arc::new(self.index.clone()));
        let store =
            DiskStore::single_threaded(disk, index, self.options()).map_err(|fault| fault.to_string())?;
        let store = Arc::new(WitnessedStore { store, witness: self.witness.clone() });
        let has_fault = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&has_fault);
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let runner = Services::default();
        let residents = ResidentLimits {
            residents_max: self.plan.residents_max,
            ended_residents_max: self.plan.ended_residents_max,
        };
        let opened = Driven::open(
            Arc::clone(&store) as Arc<dyn store::Store>,
            clock,
            self.plan.shards,
            Limits::default(),
            residents,
            Some(Arc::new(runner.clone())),
            Arc::new(move |_| told.store(true, Ordering::Relaxed)),
        );
        let driven = opened.map_err(|error| error.to_string())?;
        self.live = Some(Live { driven, store, runner, has_fault, woken: 0 });
        for number in 0..ACTIVITIES {
            let arn = activity_arn(number).parse().expect("the generator makes valid names");
            if !self.driven().create_activity(arn) {
                return Err("an activity could not be created".to_owned());
            }
        }
        Ok(())
    }

    /// What is on the disk, with a bit flipped or a file cut short, and without an index: opening says so, or
    /// reading does, or nothing is missing. Nobody else uses the copy.
    fn damage_a_copy(&mut self) -> Step {
        let (disk, what) = self.disk.damaged_copy(&mut self.random);
        self.fault("damaged copy");
        let index = Arc::new(MemoryIndex::default());
        let Ok(store) = DiskStore::single_threaded(Arc::new(disk), index, self.options()) else {
            self.count("damage found");
            return Ok(());
        };
        let durable = Durable { store: &store, machines: &self.machines, clockwork: &self.clockwork };
        match self.journal.check(&durable).and_then(|()| self.runs.check(&durable)) {
            Ok(()) => self.count("damage harmless"),
            Err(violation) if violation.promise == "I21" => self.count("damage found"),
            Err(violation) => {
                let details = format!("{what}, and nobody sees it: {}", violation.details);
                return Err(Violation::new("I21", details));
            }
        }
        Ok(())
    }

    /// Directly after a crash: what was acknowledged is there, and each execution is whole.
    pub(super) fn check_recovered(&mut self) -> Step {
        self.check_catalog()?;
        let live = self.live.as_ref().expect("between crashes an engine is open");
        let durable = Durable { store: &*live.store, machines: &self.machines, clockwork: &self.clockwork };
        self.journal.check(&durable)?;
        self.runs.life_begins(&durable)?;
        let mut stored = Vec::new();
        for machine in (0..self.machines.len()).filter(|machine| !self.is_express(*machine)) {
            for listing in durable.executions(machine)? {
                stored.push((listing.execution, durable.batches(listing.execution)?));
            }
        }
        self.check_executions(false)?;
        self.witness.notes().shadows.rebuild(stored);
        for name in self.journal.read_names() {
            if !self.is_reachable(&name) {
                continue;
            }
            self.read_history_of(&name)?;
        }
        Ok(())
    }

    /// Every execution by itself, and how many of them have one name.
    pub(super) fn check_executions(&self, rests: bool) -> Step {
        let durable = self.durable();
        for machine in (0..self.machines.len()).filter(|machine| !self.is_express(*machine)) {
            let is_gone = self.is_gone(machine);
            let mut names = std::collections::BTreeSet::new();
            for listing in durable.executions(machine)? {
                let name: Name = (machine, Arc::from(&*listing.name));
                if is_gone && listing.ended.is_none() {
                    return Err(Violation::new("I27", format!("{name:?} runs, and its machine is gone")));
                }
                if !names.insert(listing.name.clone()) {
                    return Err(Violation::new("I7", format!("two executions are called {name:?}")));
                }
                let walked = durable
                    .walk(listing.execution)?
                    .ok_or_else(|| Violation::new("I1", format!("{name:?} is listed, and has no records")))?;
                if walked.origin.machine != self.machines[machine].uid {
                    return Err(Violation::new("I27", format!("{name:?} is of another machine")));
                }
                let ended = listing.ended.map(|ended| ended.stopped_ms);
                if ended != walked.end.map(|(_, at_ms)| at_ms) || listing.started_ms != walked.started_ms {
                    return Err(Violation::new("I10", format!("{name:?} is listed as {listing:?}")));
                }
                let is_deleted = self.machines[machine].is_deleting || self.machines[machine].is_changing;
                self.journal.check_execution(&walked, &name, listing.execution, is_deleted, rests)?;
            }
        }
        Ok(())
    }
}
