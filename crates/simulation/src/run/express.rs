//! Callers of Express executions, synchronous ones too, and a look at what each life has run.
//!
//! Here: starts, stops, descriptions; what the engine records of its runs in memory, given to the checker.
//! Not here: what must hold of them (`checker/express`).

use std::sync::Arc;

use asl::Document;
use asl::arn::ExecutionArn;
use asl::definition::MachineType;
use asl::error_name::Failure;
use engine::driven::express::{ExpressStart, Synchronous};
use engine::shard::Answer;
use engine::{ExecutionStatus, ReadError, Revision, SyncExecution, Through};
use execution::{Batch, Status};
use store::Uid;

use super::answers::Asked;
use super::services::ChildStart;
use super::{Run, Step};
use crate::checker::Violation;
use crate::checker::express::{Manner, Start};
use crate::checker::journal::{AttemptId, Name};

impl Run {
    pub(super) fn is_express(&self, machine: usize) -> bool {
        self.machines[machine].current().1.kind == MachineType::Express
    }

    /// A caller starts an Express execution, and waits for its end or not.
    pub(super) fn start_express(&mut self, machine: usize) -> Step {
        let (name, input) = self.draw_start(machine);
        self.names.pop();
        let through = self.draw_through(machine);
        if self.random.percent(40) {
            self.run_synchronously(name, input, through, None)
        } else {
            self.ask_express(name, input, through, None)
        }
    }

    pub(super) fn ask_express(
        &mut self,
        name: Name,
        input: String,
        through: Option<Through>,
        parent: Option<AttemptId>,
    ) -> Step {
        let revision = self.revision_of(name.0, through.as_ref())?;
        let is_full = self.disk.is_nearly_full(self.plan.room_reserve_bytes);
        let start = express_start(&revision, through.clone(), &name.1, &input);
        let Some((execution, ticket)) = self.driven().start_express(start) else {
            return self.start_found_no_room(&name, parent, is_full);
        };
        if is_full {
            return Err(Violation::new("I23", format!("{name:?} takes room that is kept for what runs")));
        }
        self.trace.note(format_args!("{ticket:?}: start {execution:?} of {name:?} with {input}"));
        self.count("express asked for");
        self.runs
            .is_asked(execution, Start::new(name.0, revision.number, through, input, Manner::Asynchronous));
        self.asked.insert(ticket, Asked::Express { execution, name, parent });
        Ok(())
    }

    pub(super) fn run_synchronously(
        &mut self,
        name: Name,
        input: String,
        through: Option<Through>,
        parent: Option<AttemptId>,
    ) -> Step {
        let revision = self.revision_of(name.0, through.as_ref())?;
        let start = express_start(&revision, through.clone(), &name.1, &input);
        let begun = self.driven().start_synchronous(start);
        let (execution, synchronous) =
            begun.ok_or_else(|| Violation::new("I20", format!("{name:?} could not begin")))?;
        self.trace.note(format_args!("run {execution:?} of {name:?} with {input}"));
        self.count("express run for its caller");
        self.runs
            .is_asked(execution, Start::new(name.0, revision.number, through, input, Manner::Synchronous));
        match synchronous {
            Synchronous::Ended(ran) => self.synchronous_has_ended(execution, parent, &ran),
            Synchronous::GoesOn(ticket) => {
                self.asked.insert(ticket, Asked::Synchronous { execution, parent });
                Ok(())
            }
        }
    }

    fn synchronous_has_ended(
        &mut self,
        execution: Uid,
        parent: Option<AttemptId>,
        ran: &SyncExecution,
    ) -> Step {
        let status = ran.execution.status;
        self.trace.note(format_args!("{execution:?} ran, and is {status:?}"));
        let end = self.end_of_express(execution)?;
        self.runs.is_answered(execution, status, end)?;
        match parent {
            Some(parent) => self.synchronous_child_ended(parent, status == ExecutionStatus::Succeeded),
            None => Ok(()),
        }
    }

    /// A stop, or a description, of one that somebody asked for.
    pub(super) fn visit_express(&mut self) -> Step {
        let all = self.runs.all();
        if all.is_empty() {
            return Ok(());
        }
        let execution = *self.random.pick(&all);
        if self.random.percent(70) {
            return self.describe_express(execution);
        }
        let failure = Failure { error: Some(Arc::from("Stopped")), cause: None };
        let Some(arn) = self.express_arn(execution)? else { return Ok(()) };
        let ticket = self.driven().stop_express(execution, arn, failure);
        self.trace.note(format_args!("{ticket:?}: stop {execution:?}"));
        self.asked.insert(ticket, Asked::ExpressStop { execution });
        Ok(())
    }

    /// The ARN of a run; one that has not begun in this life has no name yet that anybody was told.
    fn express_arn(&mut self, execution: Uid) -> Result<Option<ExecutionArn>, Violation> {
        let records = self.records_of(execution)?;
        let origin = records.as_ref().and_then(|records| records.first()?.origin());
        let name = origin.map_or_else(|| Arc::from("unknown"), |origin| origin.name);
        let machine = self.runs.get(execution).map(|start| &self.machines[start.machine].arn);
        Ok(machine.map(|machine| engine::driven::express::arn_of(machine, &name, execution)))
    }

    /// What is told of a run is what it recorded in this life.
    fn describe_express(&mut self, execution: Uid) -> Step {
        let records = self.records_of(execution)?;
        let origin = records.as_ref().and_then(|records| records.first()?.origin());
        let (Some(start), Some(origin)) = (self.runs.get(execution), origin) else { return Ok(()) };
        let end = self.end_of_express(execution)?;
        let live = self.live.as_ref().expect("between crashes an engine is open");
        let arn = engine::driven::express::arn_of(&self.machines[start.machine].arn, &origin.name, execution);
        let said = live.driven.describe_execution(&arn);
        let is_right = match &said {
            Ok(said) => {
                let expected = end.map_or(ExecutionStatus::Running, |(status, _)| status);
                said.status == expected && said.stopped_ms == end.map(|(_, at_ms)| at_ms)
            }
            Err(ReadError::DoesNotExist | ReadError::Unavailable) => false,
        };
        if is_right {
            return Ok(());
        }
        Err(Violation::new("I12", format!("{execution:?} has come to {end:?}, and is described as {said:?}")))
    }

    pub(super) fn look_at_express(&mut self, asked: Asked, answer: Answer) -> Step {
        match (asked, answer) {
            (Asked::Express { execution, .. }, Answer::Started { started_ms, .. }) => {
                self.count("express started");
                let live = self.live.as_ref().expect("between crashes an engine is open");
                let durable = crate::durable::Durable {
                    store: &*live.store,
                    machines: &self.machines,
                    clockwork: &self.clockwork,
                };
                self.runs.start_is_acknowledged(&durable, execution, started_ms)
            }
            (Asked::Synchronous { execution, parent }, Answer::Ran(ran)) => {
                self.count("express answered later");
                self.synchronous_has_ended(execution, parent, &ran)
            }
            (Asked::ExpressStop { execution }, Answer::Stopped { stopped_ms }) => {
                self.count("express stopped");
                let live = self.live.as_ref().expect("between crashes an engine is open");
                let durable = crate::durable::Durable {
                    store: &*live.store,
                    machines: &self.machines,
                    clockwork: &self.clockwork,
                };
                self.runs.stop_is_acknowledged(&durable, execution, stopped_ms)
            }
            // It has ended, or has not begun in this life.
            (Asked::ExpressStop { .. }, Answer::NotHere) => Ok(()),
            (asked, answer) => Err(Violation::new("I12", format!("{asked:?} was answered with {answer:?}"))),
        }
    }

    /// What becomes of a parent's task when its child was asked for.
    pub(super) fn express_child_is_answered(
        &mut self,
        parent: AttemptId,
        name: &Name,
        answer: &Answer,
    ) -> Step {
        let outcome = match answer {
            Answer::Unavailable => ChildStart::Unknown,
            _ => ChildStart::Known,
        };
        self.child_is_answered(parent, name, outcome)
    }

    /// What has gone to the store in the last move.
    pub(super) fn look_at_marks(&mut self) -> Step {
        let submitted = std::mem::take(&mut self.witness.notes().express);
        for (execution, ended) in submitted {
            let end = self.end_of_express(execution)?;
            self.runs.is_submitted(execution, ended, end)?;
        }
        Ok(())
    }

    /// What this life has run up to now.
    pub(super) fn look_back(&mut self) -> Step {
        let Some(live) = &self.live else { return Ok(()) };
        let durable = crate::durable::Durable {
            store: &*live.store,
            machines: &self.machines,
            clockwork: &self.clockwork,
        };
        let (mut begun, mut seen) = (Vec::new(), Vec::new());
        for execution in live.driven.express_runs() {
            let Some(records) = self.records_of(execution)? else { continue };
            if let Some(walked) = durable.walk_records(&records)? {
                seen.extend(walked.seen.iter().copied());
                begun.push((execution, walked));
            }
        }
        let again = self.runs.have_run(self.lives, &begun)?;
        let transitions: u64 = begun.iter().map(|(_, walked)| walked.transitions).sum();
        self.counts.executions += begun.len() as u64;
        self.counts.transitions += transitions;
        seen.into_iter().for_each(|what| self.count(what));
        *self.counts.coverage.entry("express begun again").or_default() += again;
        Ok(())
    }

    /// The records of an Express execution in this life.
    pub(super) fn records_of(&self, execution: Uid) -> Result<Option<Vec<Batch>>, Violation> {
        let live = self.live.as_ref().expect("between crashes an engine is open");
        let unreadable =
            |error| Violation::new("replay", format!("records of {execution:?} cannot be read: {error}"));
        live.driven.express_records(execution).map_err(unreadable)
    }

    /// What an Express execution has come to in this life.
    fn end_of_express(&self, execution: Uid) -> Result<Option<(Status, i64)>, Violation> {
        let Some(records) = self.records_of(execution)? else { return Ok(None) };
        let durable = self.durable();
        Ok(durable.walk_records(&records)?.and_then(|walked| walked.end))
    }
}

fn express_start<'a>(
    revision: &'a Arc<Revision>,
    through: Option<Through>,
    name: &'a Arc<str>,
    input: &str,
) -> ExpressStart<'a> {
    let input = Document::parse(input).expect("the generator makes valid inputs");
    ExpressStart { revision, through, name, input }
}
