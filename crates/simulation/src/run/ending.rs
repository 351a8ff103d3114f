//! The end of a run: no more faults, every worker answers, time passes, and everything must come to rest.

use std::sync::Arc;

use engine::Clock;
use engine::reply::Ticket;

use super::answers::Asked;
use super::{Run, Step};
use crate::checker::Violation;
use crate::checker::journal::Name;
use crate::disk::Crash;
use crate::workload::machine::ACTIVITIES;

/// LIMIT: rounds until everything rests; the longest ordinary run needs a few thousand.
const ROUNDS_MAX: u64 = 50_000;
/// Rounds without any event after which nothing is left to be done at this moment.
const QUIET_ROUNDS: u32 = 3;
/// As long as the auditor's thread waits between two rounds.
const AUDIT_INTERVAL_MS: i64 = 2_000;
/// Longer than any deadline that a generated machine can have set.
const LONG_MS: i64 = 7 * 24 * 3_600 * 1_000;

impl Run {
    pub(super) fn come_to_rest(&mut self) -> Step {
        self.disk.heal();
        self.trace.note(format_args!("no more faults"));
        self.drain()?;
        self.audit_until_all_rests()?;
        self.check_everybody_was_answered()?;
        self.check_deletions()?;
        self.check_reports()?;
        self.check_end(true)?;
        let life = self.lives;
        self.end_process(Crash::PowerCut)?;
        self.plan.stops_in_recovery = 0;
        self.disk.heal();
        self.open()?;
        self.check_recovered()?;
        self.runs.check_rest(&self.durable(), life)?;
        self.check_nothing_runs_again()?;
        self.check_end(true)?;
        self.count_executions()
    }

    fn drain(&mut self) -> Step {
        let mut quiet = 0;
        for _ in 0..ROUNDS_MAX {
            quiet = if self.round()? { 0 } else { quiet + 1 };
            if quiet < QUIET_ROUNDS {
                continue;
            }
            quiet = 0;
            match self.live().driven.next_deadline_ms() {
                Some(at_ms) => self.pass_until(at_ms)?,
                None => return Ok(()),
            }
        }
        Err(Violation::new("I15", format!("no rest after {ROUNDS_MAX} rounds")))
    }

    /// A deadline that nobody remembers shows now: its time is long over, its shard has turns, and two rounds of
    /// the auditor find what is idle. What goes on then may come to rest for the same bug.
    fn audit_until_all_rests(&mut self) -> Step {
        for _ in 0..ROUNDS_MAX {
            let commits_before = self.witness.notes().commits;
            self.clock.advance(LONG_MS);
            self.drain()?;
            // What was read before, and two rounds.
            for _ in 0..3 {
                for shard in 0..self.plan.shards {
                    self.audit(shard);
                    self.audit(shard);
                }
                self.drain()?;
                self.clock.advance(AUDIT_INTERVAL_MS);
            }
            if self.witness.notes().commits == commits_before {
                return Ok(());
            }
        }
        Err(Violation::new("I15", format!("no rest after {ROUNDS_MAX} audits")))
    }

    fn pass_until(&mut self, at_ms: i64) -> Step {
        let now_ms = self.clock.now_ms();
        // A due deadline that a quiet shard does not take will never be taken.
        if at_ms <= now_ms {
            return Err(Violation::new("I5", format!("due at {at_ms}, now {now_ms}, and nothing moves")));
        }
        self.clock.advance(at_ms - now_ms);
        Ok(())
    }

    /// One turn for everybody. False if nothing happened.
    fn round(&mut self) -> Result<bool, Violation> {
        let commits_before = self.witness.notes().commits;
        let asked_before = self.asked.len();
        for shard in 0..self.plan.shards {
            self.driven().step(shard);
            self.look()?;
        }
        let mut moved = self.driven().next_deadline_ms() == Some(i64::MIN);
        for lane in 0..self.plan.shards {
            self.driven().step_lane(lane);
            self.look()?;
        }
        while self.driven().work() {
            moved = true;
        }
        moved |= self.driven().continue_deletions();
        moved |= self.live().store.store.pump();
        self.look()?;
        self.live().store.store.pump_index();
        for activity in 0..ACTIVITIES {
            self.poll_activity(activity);
        }
        moved |= self.send_all_slow()?;
        moved |= self.serve_all()?;
        while let Some(held) = self.workers.held.pop() {
            self.succeed(held)?;
            moved = true;
        }
        self.look()?;
        moved |= self.asked.len() != asked_before;
        Ok(moved || self.witness.notes().commits != commits_before)
    }

    /// All ends are marked: no Express execution begins again.
    fn check_nothing_runs_again(&mut self) -> Step {
        (0..self.plan.shards).for_each(|lane| self.driven().step_lane(lane));
        match self.driven().express_runs().first() {
            Some(again) => Err(Violation::new("I20", format!("{again:?} runs again though it was marked"))),
            None => Ok(()),
        }
    }

    fn check_deletions(&mut self) -> Step {
        let stays = |machine: &usize| self.machines[*machine].is_deleting && !self.is_gone(*machine);
        match (0..self.machines.len()).find(stays) {
            Some(machine) => {
                let arn = &self.machines[machine].arn;
                Err(Violation::new("I15", format!("{arn} is being deleted for ever")))
            }
            None => Ok(()),
        }
    }

    fn check_everybody_was_answered(&mut self) -> Step {
        let mut open: Vec<(&Ticket, &Asked)> =
            self.asked.iter().filter(|(_, asked)| !matches!(asked, Asked::Poll { .. })).collect();
        open.sort_by_key(|(ticket, _)| format!("{ticket:?}"));
        match open.first() {
            Some((_, asked)) => Err(Violation::new("I15", format!("nobody ever answered {asked:?}"))),
            None => Ok(()),
        }
    }

    fn check_end(&mut self, rests: bool) -> Step {
        self.journal.check(&self.durable())?;
        self.check_executions(rests)?;
        for machine in
            (0..self.machines.len()).filter(|machine| !self.is_express(*machine)).collect::<Vec<_>>()
        {
            for listing in self.durable().executions(machine)? {
                let name: Name = (machine, Arc::from(&*listing.name));
                if !self.is_reachable(&name) {
                    continue;
                }
                self.describe_by_name(&name)?;
                self.read_history_of(&name)?;
            }
        }
        Ok(())
    }

    fn count_executions(&mut self) -> Step {
        let mut seen = Vec::new();
        let (mut executions, mut transitions) = (0, 0);
        let durable = self.durable();
        for machine in (0..self.machines.len()).filter(|machine| !self.is_express(*machine)) {
            for listing in durable.executions(machine)? {
                let Some(walked) = durable.walk(listing.execution)? else { continue };
                executions += 1;
                transitions += walked.transitions;
                seen.extend(walked.seen);
                if walked.end.is_none() {
                    seen.push("hand-over lost");
                }
            }
        }
        self.counts.executions += executions;
        self.counts.transitions += transitions;
        seen.into_iter().for_each(|what| self.count(what));
        Ok(())
    }
}
