//! Services: they do what the engine's runner was asked for, in time or late, answer twice, take a message
//! and say so later than the worker who got it, and forget nothing that they did.
//!
//! Here: what the engine asks, held against the contract when it asks (I8, I9, I11), and what comes of it.
//! Not here: which services there are (`crate::services`).
//! What services did outlives crashes (the ledger); whom they answer does not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use asl::Document;
use asl::arn::{ExecutionArn, StateMachineArn};
use asl::error_name::Failure;
use engine::{ReadError, TaskCall};
use execution::Status;
use serde_json::{Value, json};

use super::answers;
use super::workers::Held;
use super::{Run, Step};
use crate::checker::Violation;
use crate::checker::express::Manner;
use crate::checker::journal::{AttemptId, Name};
use crate::checker::walk::{Attempt, Outcome};
use crate::services::{Asked, Service, service_of};
use crate::workload::payload;

#[derive(Default)]
pub(super) struct ServiceTasks {
    /// What this life of the engine waits for.
    open: Vec<OpenTask>,
    /// Calls that this life has heard of, to answer them once more.
    answered: Vec<TaskCall>,
    /// The first end that was reported to this life, by attempt.
    reported: BTreeMap<AttemptId, Outcome>,
    followed: BTreeSet<AttemptId>,
    /// Every call that was ever made: in which life, and with which token.
    ledger: BTreeMap<AttemptId, Vec<(u64, String)>>,
}

struct OpenTask {
    call: TaskCall,
    stage: Stage,
}

#[derive(Clone, PartialEq, Debug)]
enum Stage {
    Called,
    /// The work is done; the answer is still to be given.
    Done,
    /// The child was asked for; its start is not answered yet.
    ChildAsked(Name),
    Following,
}

/// What is known of a child that was asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ChildStart {
    /// It was started, now or before.
    Known,
    /// It can be asked for again.
    Unknown,
    /// Its machine takes no starts any more.
    Refused,
}

fn attempt_of(call: &TaskCall) -> AttemptId {
    (call.execution, call.task.scheduled)
}

impl ServiceTasks {
    /// The engine is gone, and with it whoever waits for an answer.
    pub(super) fn lose_connection(&mut self) {
        self.open.clear();
        self.answered.clear();
        self.reported.clear();
        self.followed.clear();
    }

    /// What services told this life, by attempt.
    pub(super) fn reported(&self) -> impl Iterator<Item = (AttemptId, Outcome)> {
        self.reported.iter().map(|(attempt, outcome)| (*attempt, *outcome))
    }
}

impl Run {
    /// What the engine has asked of its runner in the last move.
    pub(super) fn look_at_services(&mut self) -> Step {
        for asked in self.live().runner.take() {
            match asked {
                Asked::Call(call) => self.is_called(call)?,
                Asked::Follow(call, _) => self.is_followed(call)?,
                Asked::Ended(execution, task) => {
                    let ended: Vec<OpenTask> = self
                        .services
                        .open
                        .extract_if(.., |open| attempt_of(&open.call) == (execution, task.scheduled))
                        .collect();
                    self.trace.note(format_args!("ended: {:?}", (execution, task.scheduled)));
                    for open in ended {
                        self.give_up(&open)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn is_called(&mut self, call: TaskCall) -> Step {
        let attempt = attempt_of(&call);
        let service = service_of(&call.resource);
        self.trace.note(format_args!("call: {attempt:?} of {service:?}"));
        let stored = self.attempt_in_records(attempt)?;
        if !stored.is_some_and(|stored| stored.nonce == call.task.nonce && stored.started_ms.is_some()) {
            let details = format!("a service was called for {attempt:?}, durable is {stored:?}");
            return Err(Violation::new("I8", details));
        }
        if self.journal.has_stopped(attempt) || self.runs.is_stopped(call.execution) {
            let details = format!("{attempt:?} was called after its execution's stop was acknowledged");
            return Err(Violation::new("I11", details));
        }
        let calls = self.services.ledger.entry(attempt).or_default();
        let token = call.idempotency_token();
        if let Some((life, before)) = calls.last() {
            // Another run of an Express execution is another attempt.
            let again = match self.runs.get(call.execution) {
                Some(start) => start.manner == Manner::Asynchronous,
                None => service.may_be_called_again() && *before == token,
            };
            if !again || *life == self.lives {
                let details = format!("{service:?} was called again for {attempt:?}: {calls:?}, {token}");
                return Err(Violation::new("I9", details));
            }
            self.counts.coverage.entry("called again after a crash").and_modify(|n| *n += 1).or_insert(1);
        }
        calls.push((self.lives, token));
        self.services.open.push(OpenTask { call, stage: Stage::Called });
        Ok(())
    }

    /// An attempt as the durable records say, or those of an Express execution in this life.
    fn attempt_in_records(&self, attempt: AttemptId) -> Result<Option<Attempt>, Violation> {
        let (execution, scheduled) = attempt;
        let records = match execution.is_express() {
            true => self.records_of(execution)?.unwrap_or_default(),
            false => self.durable().batches(execution)?,
        };
        let durable = self.durable();
        let walked = durable.walk_records(&records)?;
        Ok(walked.and_then(|walked| walked.attempts.get(&scheduled).copied()))
    }

    fn is_followed(&mut self, call: TaskCall) -> Step {
        let attempt = attempt_of(&call);
        self.trace.note(format_args!("follow: {attempt:?}"));
        let stored = self.attempt_in_records(attempt)?;
        if !stored.is_some_and(|stored| stored.is_submitted) {
            let details = format!("the job of {attempt:?} is followed, durable is {stored:?}");
            return Err(Violation::new("I8", details));
        }
        if !self.services.followed.insert(attempt) {
            return Err(Violation::new("I9", format!("the job of {attempt:?} is followed twice")));
        }
        self.services.open.push(OpenTask { call, stage: Stage::Following });
        Ok(())
    }

    /// One service does something of what it was asked for.
    pub(super) fn serve(&mut self) -> Step {
        if !self.services.answered.is_empty() && self.random.percent(8) {
            return self.answer_again();
        }
        if self.services.open.is_empty() {
            return Ok(());
        }
        let at = self.random.below(self.services.open.len());
        self.serve_task(at)
    }

    /// Whatever this life waits for is done. False if it waits for nothing that can be done now.
    pub(super) fn serve_all(&mut self) -> Result<bool, Violation> {
        let mut moved = false;
        for at in (0..self.services.open.len()).rev() {
            let before = self.services.open[at].stage.clone();
            let count = self.services.open.len();
            self.serve_task(at)?;
            moved |= self.services.open.len() != count || self.services.open[at].stage != before;
        }
        Ok(moved)
    }

    fn serve_task(&mut self, at: usize) -> Step {
        let OpenTask { call, stage } = &self.services.open[at];
        let (call, stage) = (call.clone(), stage.clone());
        self.check_is_wanted(&call)?;
        match (service_of(&call.resource), stage) {
            (_, Stage::ChildAsked(_)) => Ok(()),
            (Service::Activity, _) => Err(Violation::new("I9", "an activity was called as a service")),
            (Service::Function | Service::Read, _) => {
                self.services.open.swap_remove(at);
                self.end_call(&call, 70);
                Ok(())
            }
            (Service::Message, Stage::Called) => {
                let token = given(&call)["MessageBody"]["token"].as_str().unwrap_or_default().to_owned();
                self.workers.held.push(Held { attempt: attempt_of(&call), token });
                self.submit_or_be_late(at, &call, json!({ "MessageId": "m" }))
            }
            (Service::Job, Stage::Called) => self.submit_or_be_late(at, &call, json!({ "JobId": "j" })),
            (Service::Message | Service::Job, Stage::Done) => {
                self.submit(at, &call, json!({ "Late": true }));
                Ok(())
            }
            (Service::Job | Service::Message, Stage::Following) => {
                self.services.open.swap_remove(at);
                self.end_call(&call, 70);
                Ok(())
            }
            (Service::Child { .. }, Stage::Called | Stage::Done) => self.ask_child(at, &call),
            (Service::Child { .. }, Stage::Following) => self.follow_child(at, &call),
            (Service::SynchronousChild, _) => self.run_child(at, &call),
        }
    }

    /// Whoever has ended an attempt has told its service so.
    fn check_is_wanted(&mut self, call: &TaskCall) -> Step {
        let attempt = attempt_of(call);
        let stored = self.attempt_in_records(attempt)?;
        if stored.is_some_and(|stored| !stored.is_over) {
            return Ok(());
        }
        Err(Violation::new(
            "I11",
            format!("nobody has told the service that {attempt:?} is over: {stored:?}"),
        ))
    }

    fn submit_or_be_late(&mut self, at: usize, call: &TaskCall, answer: Value) -> Step {
        if self.random.percent(60) {
            self.submit(at, call, answer);
        } else {
            self.services.open[at].stage = Stage::Done;
        }
        Ok(())
    }

    fn submit(&mut self, at: usize, call: &TaskCall, answer: Value) {
        self.services.open.swap_remove(at);
        if self.random.percent(85) {
            call.submitted(document(&answer));
        } else {
            call.submit_failed(self.some_failure());
        }
        self.services.answered.push(call.clone());
    }

    /// The end of a call or of a job.
    fn end_call(&mut self, call: &TaskCall, success_percent: u64) {
        let attempt = attempt_of(call);
        let outcome = if self.random.percent(success_percent) {
            let output = payload::output(&mut self.random);
            call.succeeded(Document::parse(&output).expect("the generator makes valid outputs"));
            Outcome::Succeeded
        } else {
            call.failed(self.some_failure());
            Outcome::Failed
        };
        self.trace.note(format_args!("the service of {attempt:?} says {outcome:?}"));
        self.services.reported.entry(attempt).or_insert(outcome);
        self.services.answered.push(call.clone());
    }

    fn answer_again(&mut self) -> Step {
        let call = self.random.pick(&self.services.answered).clone();
        self.count("service answered twice");
        // A job that is submitted twice is one submission and one answer that comes too late; an end that
        // nobody was told before would be news.
        if self.services.reported.contains_key(&attempt_of(&call)) {
            self.end_call(&call, 50);
        } else {
            call.submitted(document(&json!({ "Again": true })));
        }
        Ok(())
    }

    fn some_failure(&mut self) -> Failure {
        Failure { error: Some(Arc::from(*self.random.pick(&["E1", "E2", "E3"]))), cause: None }
    }

    fn ask_child(&mut self, at: usize, call: &TaskCall) -> Step {
        let given = given(call);
        let Some(machine) = self.machine_of_child(call) else {
            self.services.open.swap_remove(at);
            call.call_failed(self.some_failure());
            return Ok(());
        };
        let name: Name = (machine, format!("c-{}", call.idempotency_token()).into());
        self.services.open[at].stage = Stage::ChildAsked(name.clone());
        self.count("child asked for");
        if self.is_express(machine) {
            return self.ask_express(name, given["Input"].to_string(), None, Some(attempt_of(call)));
        }
        self.ask_start(name, given["Input"].to_string(), None, Some(attempt_of(call)))
    }

    /// The machine whose child is asked for, if it takes starts.
    fn machine_of_child(&self, call: &TaskCall) -> Option<usize> {
        let arn: StateMachineArn = given(call)["StateMachineArn"].as_str()?.parse().ok()?;
        self.machines.iter().position(|machine| machine.arn == arn && !machine.is_deleting)
    }

    /// A child is run, and its end is the answer.
    fn run_child(&mut self, at: usize, call: &TaskCall) -> Step {
        let Some(machine) = self.machine_of_child(call) else {
            self.services.open.swap_remove(at);
            call.call_failed(self.some_failure());
            return Ok(());
        };
        let name: Name = (machine, format!("c-{}", call.idempotency_token()).into());
        self.services.open[at].stage = Stage::ChildAsked(name.clone());
        self.count("child asked for");
        self.run_synchronously(name, given(call)["Input"].to_string(), None, Some(attempt_of(call)))
    }

    /// A child that was run has ended. Its parent may have given up meanwhile.
    pub(super) fn synchronous_child_ended(&mut self, parent: AttemptId, has_succeeded: bool) -> Step {
        if let Some(at) = self.services.open.iter().position(|open| attempt_of(&open.call) == parent) {
            let call = self.services.open.swap_remove(at).call;
            self.count("child ended");
            self.end_call(&call, if has_succeeded { 100 } else { 0 });
        }
        Ok(())
    }

    /// A child's start was answered, or nothing is known of it.
    pub(super) fn child_is_answered(&mut self, attempt: AttemptId, name: &Name, outcome: ChildStart) -> Step {
        let at = self.services.open.iter().position(|open| attempt_of(&open.call) == attempt);
        match (at, outcome) {
            (Some(at), ChildStart::Refused) => {
                let call = self.services.open.swap_remove(at).call;
                call.call_failed(self.some_failure());
                Ok(())
            }
            (Some(at), ChildStart::Known) => {
                let call = self.services.open.swap_remove(at).call;
                if service_of(&call.resource).is_submitted() {
                    call.submitted(document(&json!({ "ExecutionArn": self.arn_of(name).to_string() })));
                } else {
                    self.services.reported.entry(attempt).or_insert(Outcome::Succeeded);
                    call.succeeded(document(&json!({ "Started": true })));
                }
                Ok(())
            }
            (Some(at), ChildStart::Unknown) => {
                self.services.open[at].stage = Stage::Called;
                Ok(())
            }
            (None, ChildStart::Known) if self.is_express(name.0) => Ok(()),
            (None, ChildStart::Known) => self.stop_by_name(name.clone()),
            (None, ChildStart::Unknown | ChildStart::Refused) => Ok(()),
        }
    }

    fn follow_child(&mut self, at: usize, call: &TaskCall) -> Step {
        let Some(arn) = self.child_of(call) else { return Ok(()) };
        let failed = match self.driven().describe_execution(&arn) {
            Ok(child) if child.status == Status::Running => return Ok(()),
            Ok(child) => child.status != Status::Succeeded,
            Err(ReadError::Unavailable) => return Ok(()),
            Err(ReadError::DoesNotExist) => true,
        };
        self.services.open.swap_remove(at);
        self.count("child ended");
        self.end_call(call, if failed { 0 } else { 100 });
        Ok(())
    }

    fn has_running_child(&mut self, call: &TaskCall) -> bool {
        let child =
            self.child_of(call).filter(|_| matches!(service_of(&call.resource), Service::Child { .. }));
        let Some(child) = child else { return false };
        self.driven().describe_execution(&child).is_ok_and(|child| child.status == Status::Running)
    }

    fn child_of(&self, call: &TaskCall) -> Option<ExecutionArn> {
        let machine: StateMachineArn = given(call)["StateMachineArn"].as_str()?.parse().ok()?;
        Some(ExecutionArn {
            owner: machine.owner,
            state_machine: machine.name,
            name: format!("c-{}", call.idempotency_token()).into(),
            express: None,
        })
    }

    /// An attempt is over that a service was still at work for: its child is stopped, as its job would be.
    fn give_up(&mut self, open: &OpenTask) -> Step {
        if open.stage != Stage::Following {
            return Ok(());
        }
        self.count("job ended for its execution");
        let child = self.child_of(&open.call);
        let machine = child.as_ref().and_then(|child| {
            self.machines
                .iter()
                .position(|machine| machine.arn.name == child.state_machine && !machine.is_deleting)
        });
        match (service_of(&open.call.resource), machine, child) {
            (Service::Child { .. }, Some(machine), Some(child)) => self.stop_by_name((machine, child.name)),
            _ => Ok(()),
        }
    }

    /// At rest: the first end that a service reported is the one that was recorded, unless the attempt was
    /// over before.
    pub(super) fn check_reports(&mut self) -> Step {
        for at in 0..self.services.open.len() {
            let OpenTask { call, stage } = &self.services.open[at];
            let (call, stage) = (call.clone(), stage.clone());
            // A child whose task's hand-over was lost runs on, and its parent waits for it.
            if stage != Stage::Following || !self.has_running_child(&call) {
                let details = format!("the service of {:?} still waits for its turn", attempt_of(&call));
                return Err(Violation::new("I15", details));
            }
            self.journal.waits_for_child(attempt_of(&call));
        }
        for (attempt, reported) in self.services.reported() {
            let outcome = self.attempt_in_records(attempt)?.and_then(|attempt| attempt.outcome);
            let is_explained = outcome == Some(reported)
                || matches!(outcome, Some(Outcome::TimedOut | Outcome::Dropped | Outcome::NotSubmitted));
            if !is_explained {
                let details =
                    format!("a service reported {reported:?} for {attempt:?}, recorded is {outcome:?}");
                return Err(Violation::new("I3", details));
            }
        }
        Ok(())
    }

    /// Stops an execution for the one that waits for it.
    fn stop_by_name(&mut self, name: Name) -> Step {
        let arn = self.arn_of(&name);
        let failure = Failure { error: Some(Arc::from("Stopped")), cause: None };
        self.journal.stop_is_asked(name.clone());
        if let Ok(ticket) = self.driven().stop_execution(&arn, failure) {
            self.trace.note(format_args!("{ticket:?}: stop {name:?} for its parent"));
            self.asked.insert(ticket, answers::Asked::Stop { name });
        }
        Ok(())
    }
}

fn given(call: &TaskCall) -> Value {
    serde_json::from_str(call.input.text()).expect("the engine gives JSON to services")
}

fn document(value: &Value) -> Document {
    Document::parse(&value.to_string()).expect("the simulator makes valid JSON")
}
