//! Callers: they start under new and under taken names, stop, redrive, describe and read histories.

use std::sync::Arc;

use asl::Document;
use asl::arn::ExecutionArn;
use asl::error_name::Failure;
use engine::{Revision, Through};

use super::answers::Asked;
use super::catalog::ALIAS;
use super::services::ChildStart;
use super::{Run, Step};
use crate::checker::Violation;
use crate::checker::journal::{AttemptId, Name};
use crate::workload::payload;

/// A start whose caller has looked its machine up, and is slow to send it.
pub(super) struct SlowStart {
    name: Name,
    input: String,
    through: Option<Through>,
    revision: Arc<Revision>,
}

impl Run {
    /// A name from a small set, so that it is often taken.
    pub(super) fn start(&mut self) -> Step {
        if self.random.percent(15)
            && let Some(slow) = self.slow_starts.pop()
        {
            return self.send_slow(slow);
        }
        if self.names.len() >= self.plan.executions_max {
            return self.start_again();
        }
        let machine = self.random.below(self.machines.len());
        if self.machines[machine].is_deleting {
            return Ok(());
        }
        if self.is_express(machine) {
            return self.start_express(machine);
        }
        let (name, input) = self.draw_start(machine);
        let through = self.draw_through(machine);
        self.ask_start(name, input, through, None)
    }

    pub(super) fn draw_start(&mut self, machine: usize) -> (Name, String) {
        let name: Name = (machine, format!("e{}", self.random.below(self.plan.names)).into());
        let pad_bytes = if self.random.percent(50) { self.plan.pad_bytes } else { 0 };
        let input = payload::input(&mut self.random, pad_bytes);
        self.names.push((name.clone(), input.clone()));
        (name, input)
    }

    /// Somebody has looked a machine up that is there now, and will send a start of it.
    pub(super) fn look_up_for_later(&mut self, machine: usize) {
        let arn = self.machines[machine].arn.clone();
        let entry = self.driven().state_machine(&arn);
        let Some(revision) = entry.map(|entry| Arc::clone(&entry.current)) else { return };
        let (name, input) = self.draw_start(machine);
        self.slow_starts.push(SlowStart { name, input, through: None, revision });
    }

    /// The same name with the same input, or with another one.
    pub(super) fn start_again(&mut self) -> Step {
        if self.names.is_empty() {
            return Ok(());
        }
        let (name, mut input) = self.random.pick(&self.names).clone();
        if self.machines[name.0].is_deleting {
            return Ok(());
        }
        if self.random.percent(30) {
            input = payload::input(&mut self.random, 0);
        }
        self.count("start under a used name");
        self.ask_start(name, input, None, None)
    }

    /// The machine itself, one of its versions, or the one that its alias chooses.
    pub(super) fn draw_through(&mut self, machine: usize) -> Option<Through> {
        let versions: Vec<u64> = self.machines[machine].versions.keys().copied().collect();
        if versions.is_empty() || self.random.percent(50) {
            return None;
        }
        let arn = self.machines[machine].arn.clone();
        let alias = self.driven().state_machine(&arn).and_then(|entry| entry.alias(ALIAS).cloned());
        match alias {
            Some(alias) if self.random.percent(50) => {
                let version = self.driven().choose_version(&alias);
                self.count("start through an alias");
                Some(Through { version, alias: Some(Arc::from(ALIAS)) })
            }
            _ => Some(Through { version: *self.random.pick(&versions), alias: None }),
        }
    }

    /// Whoever was slow sends now.
    pub(super) fn send_all_slow(&mut self) -> Result<bool, Violation> {
        let slow = std::mem::take(&mut self.slow_starts);
        let is_any = !slow.is_empty();
        slow.into_iter().try_for_each(|slow| self.send_slow(slow))?;
        Ok(is_any)
    }

    fn send_slow(&mut self, slow: SlowStart) -> Step {
        let SlowStart { name, input, through, revision } = slow;
        self.count("start long after its machine was looked up");
        self.send_start(name, input, through, &revision, None)
    }

    pub(super) fn ask_start(
        &mut self,
        name: Name,
        input: String,
        through: Option<Through>,
        parent: Option<AttemptId>,
    ) -> Step {
        let revision = self.revision_of(name.0, through.as_ref())?;
        self.send_start(name, input, through, &revision, parent)
    }

    /// What a start of a machine, or of one of its versions, runs now.
    pub(super) fn revision_of(
        &mut self,
        machine: usize,
        through: Option<&Through>,
    ) -> Result<Arc<Revision>, Violation> {
        let arn = self.machines[machine].arn.clone();
        let gone = || Violation::new("I1", format!("{arn} was registered, and is gone"));
        let entry = self.driven().state_machine(&arn).ok_or_else(gone)?;
        match through {
            None => Ok(Arc::clone(&entry.current)),
            Some(through) => {
                let gone = || Violation::new("I1", format!("version {} of {arn} is gone", through.version));
                Ok(Arc::clone(&entry.version(through.version).ok_or_else(gone)?.revision))
            }
        }
    }

    fn send_start(
        &mut self,
        name: Name,
        input: String,
        through: Option<Through>,
        revision: &Arc<Revision>,
        parent: Option<AttemptId>,
    ) -> Step {
        let is_full = self.disk.is_nearly_full(self.plan.room_reserve_bytes);
        let document = Document::parse(&input).expect("the generator makes valid inputs");
        let Some(ticket) = self.driven().start_execution(revision, through.clone(), &name.1, document) else {
            return self.start_found_no_room(&name, parent, is_full);
        };
        if is_full {
            return Err(Violation::new("I23", format!("{name:?} takes room that is kept for what runs")));
        }
        self.trace
            .note(format_args!("{ticket:?}: start {name:?}, revision {}, with {input}", revision.number));
        self.journal.start_is_asked(name.clone(), revision.number, through);
        self.asked.insert(ticket, Asked::Start { name, input, parent });
        Ok(())
    }

    /// A refusal for lack of room is right only on a full disk. A service tries again later.
    pub(super) fn start_found_no_room(
        &mut self,
        name: &Name,
        parent: Option<AttemptId>,
        is_full: bool,
    ) -> Step {
        self.trace.note(format_args!("no room for {name:?}"));
        self.count("start refused for lack of room");
        if !is_full {
            return Err(Violation::new("I23", format!("{name:?} was refused, and there is room")));
        }
        match parent {
            Some(parent) => self.child_is_answered(parent, name, ChildStart::Unknown),
            None => Ok(()),
        }
    }

    /// Whether the ARN of an execution leads to it: not when its machine goes or has gone.
    pub(super) fn is_reachable(&self, name: &Name) -> bool {
        !self.machines[name.0].is_deleting
    }

    pub(super) fn arn_of(&self, name: &Name) -> ExecutionArn {
        let machine = &self.machines[name.0].arn;
        ExecutionArn {
            owner: machine.owner.clone(),
            state_machine: Arc::clone(&machine.name),
            name: Arc::clone(&name.1),
            express: None,
        }
    }

    fn some_name(&mut self) -> Option<Name> {
        if self.names.is_empty() {
            return None;
        }
        let name = self.random.pick(&self.names).0.clone();
        self.is_reachable(&name).then_some(name)
    }

    pub(super) fn stop(&mut self) -> Step {
        let Some(name) = self.some_name() else { return Ok(()) };
        let arn = self.arn_of(&name);
        let failure = Failure { error: Some(Arc::from("Stopped")), cause: None };
        match self.driven().stop_execution(&arn, failure) {
            Ok(ticket) => {
                self.trace.note(format_args!("{ticket:?}: stop {name:?}"));
                self.journal.stop_is_asked(name.clone());
                self.asked.insert(ticket, Asked::Stop { name });
                Ok(())
            }
            Err(error) => self.is_missing(&name, error, "stop"),
        }
    }

    /// Under one of few tokens, so that one is often used twice.
    pub(super) fn redrive(&mut self) -> Step {
        let Some(name) = self.some_name() else { return Ok(()) };
        let arn = self.arn_of(&name);
        let token: Arc<str> = format!("t{}", self.random.below(3)).into();
        match self.driven().redrive_execution(&arn, Arc::clone(&token)) {
            Ok(ticket) => {
                self.trace.note(format_args!("{ticket:?}: redrive {name:?} under {token}"));
                self.journal.redrive_is_asked(name.clone());
                self.asked.insert(ticket, Asked::Redrive { name, token });
                Ok(())
            }
            Err(error) => self.is_missing(&name, error, "redrive"),
        }
    }

    pub(super) fn describe(&mut self) -> Step {
        let Some(name) = self.some_name() else { return Ok(()) };
        self.describe_by_name(&name)
    }

    pub(super) fn describe_by_name(&mut self, name: &Name) -> Step {
        let arn = self.arn_of(name);
        match self.driven().describe_execution(&arn) {
            Ok(described) => {
                self.trace.note(format_args!("{name:?} is {:?}", described.status));
                let durable = self.durable();
                self.journal.is_described(&durable, name, described.status, described.stopped_ms)
            }
            Err(error) => self.is_missing(name, error, "describe"),
        }
    }

    pub(super) fn read_history(&mut self) -> Step {
        let Some(name) = self.some_name() else { return Ok(()) };
        self.read_history_of(&name)
    }

    pub(super) fn read_history_of(&mut self, name: &Name) -> Step {
        let arn = self.arn_of(name);
        match self.driven().history(&arn) {
            Ok(events) => {
                self.trace.note(format_args!("{name:?} has {} events", events.len()));
                self.journal.history_is_read(name.clone(), &events)
            }
            Err(error) => self.is_missing(name, error, "history"),
        }
    }

    /// A read found nothing, or the store gave no answer: right only if nothing was acknowledged, or if
    /// the process is dying.
    fn is_missing(&mut self, name: &Name, error: engine::ReadError, what: &str) -> Step {
        self.trace.note(format_args!("{what} {name:?}: {error:?}"));
        let is_explained = match error {
            engine::ReadError::DoesNotExist => !self.journal.is_started(name),
            engine::ReadError::Unavailable => {
                self.is_dead() || self.disk.was_hurt() || self.disk.take_read_failure()
            }
        };
        if is_explained {
            return Ok(());
        }
        Err(Violation::new("I12", format!("{what} of {name:?} gives {error:?} after an acknowledged start")))
    }
}
