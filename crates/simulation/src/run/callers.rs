//! Callers: they start under new and under taken names, stop, describe and read histories.

use std::sync::Arc;

use asl::Document;
use asl::arn::ExecutionArn;
use asl::error_name::Failure;

use super::answers::Asked;
use super::{Run, Step};
use crate::checker::Violation;
use crate::checker::journal::Name;
use crate::workload::payload;

impl Run {
    /// A name from a small set, so that it is often taken.
    pub(super) fn start(&mut self) -> Step {
        if self.names.len() >= self.plan.executions_max {
            return self.start_again();
        }
        let machine = self.random.below(self.machines.len());
        let name: Name = (machine, format!("e{}", self.random.below(self.plan.names)).into());
        let pad_bytes = if self.random.percent(50) { self.plan.pad_bytes } else { 0 };
        let input = payload::input(&mut self.random, pad_bytes);
        self.names.push((name.clone(), input.clone()));
        self.ask_start(name, input)
    }

    /// The same name with the same input, or with another one.
    pub(super) fn start_again(&mut self) -> Step {
        if self.names.is_empty() {
            return Ok(());
        }
        let (name, mut input) = self.random.pick(&self.names).clone();
        if self.random.percent(30) {
            input = payload::input(&mut self.random, 0);
        }
        self.count("start under a used name");
        self.ask_start(name, input)
    }

    fn ask_start(&mut self, name: Name, input: String) -> Step {
        let arn = self.machines[name.0].machine.arn.clone();
        let gone = || Violation::new("I1", format!("{arn} was registered, and is gone"));
        let entry = self.driven().state_machine(&arn).ok_or_else(gone)?;
        let document = Document::parse(&input).expect("the generator makes valid inputs");
        let ticket = self.driven().start_execution(&entry.current, &name.1, document);
        self.trace.note(format_args!("{ticket:?}: start {name:?} with {input}"));
        self.asked.insert(ticket, Asked::Start { name, input });
        Ok(())
    }

    fn arn_of(&self, name: &Name) -> ExecutionArn {
        let machine = &self.machines[name.0].machine.arn;
        ExecutionArn {
            owner: machine.owner.clone(),
            state_machine: Arc::clone(&machine.name),
            name: Arc::clone(&name.1),
            express: None,
        }
    }

    fn some_name(&mut self) -> Option<Name> {
        if self.names.is_empty() { None } else { Some(self.random.pick(&self.names).0.clone()) }
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
            engine::ReadError::Unavailable => self.is_dead() || self.disk.was_hurt(),
        };
        if is_explained {
            return Ok(());
        }
        Err(Violation::new("I12", format!("{what} of {name:?} gives {error:?} after an acknowledged start")))
    }
}
