//! Express executions without threads: what `Client` does for its callers, and a turn of a lane.

use std::sync::Arc;

use asl::Document;
use asl::arn::{ExecutionArn, StateMachineArn};
use asl::error_name::Failure;
use execution::{Batch, Origin, Through};
use store::Uid;

use super::Driven;
use crate::catalog::Revision;
use crate::entropy;
use crate::error::EngineError;
use crate::express::{self, Order, Run, SyncExecution};
use crate::reply::Ticket;

/// Where a synchronous start stands when the thread that was asked for it has done its part.
pub enum Synchronous {
    Ended(Box<SyncExecution>),
    /// A lane goes on with it, and answers.
    GoesOn(Ticket),
}

/// What is started.
pub struct ExpressStart<'a> {
    pub revision: &'a Arc<Revision>,
    pub through: Option<Through>,
    pub name: &'a Arc<str>,
    pub input: Document,
}

/// The ARN of an Express execution.
pub fn arn_of(machine: &StateMachineArn, name: &Arc<str>, execution: Uid) -> ExecutionArn {
    ExecutionArn {
        owner: machine.owner.clone(),
        state_machine: Arc::clone(&machine.name),
        name: Arc::clone(name),
        express: Some(express::uuid_of(execution)),
    }
}

impl Driven {
    /// One turn of one lane.
    pub fn step_lane(&mut self, number: usize) {
        let mut orders = Vec::new();
        self.router.lanes[number].take(&mut orders);
        self.lanes[number].step(&mut orders);
    }

    /// Starts an asynchronous execution. None when the store has no room for new executions.
    pub fn start_express(&mut self, start: ExpressStart<'_>) -> Option<(Uid, Ticket)> {
        if !self.tools.store.has_room() {
            return None;
        }
        let (run, input) = self.express_run(start);
        let (execution, reply) = (run.execution, self.question());
        let ticket = reply.ticket;
        self.router.order(execution, Order::Start { run: Box::new(run), input, reply });
        Some((execution, ticket))
    }

    /// Runs a synchronous execution as far as it needs nobody else. None when its first turn panicked.
    pub fn start_synchronous(&mut self, start: ExpressStart<'_>) -> Option<(Uid, Synchronous)> {
        let (mut run, input) = self.express_run(start);
        let (execution, command) = (run.execution, run.start(input));
        let turn = run.advance(command, &self.express)?;
        if run.has_ended() {
            return Some((execution, Synchronous::Ended(Box::new(run.ran()?))));
        }
        let caller = self.question();
        let ticket = caller.ticket;
        self.router.order(execution, Order::GoOn { run: Box::new(run), turn, caller });
        Some((execution, Synchronous::GoesOn(ticket)))
    }

    pub fn stop_express(&mut self, execution: Uid, arn: ExecutionArn, failure: Failure) -> Ticket {
        let reply = self.question();
        let ticket = reply.ticket;
        self.router.order(execution, Order::Stop { execution, arn: Box::new(arn), failure, reply });
        ticket
    }

    /// The Express executions that this engine has begun, in order.
    pub fn express_runs(&self) -> Vec<Uid> {
        self.express.recent.begun()
    }

    /// What an Express execution has recorded since this engine began it; none if it has not.
    pub fn express_records(&self, execution: Uid) -> Result<Option<Vec<Batch>>, EngineError> {
        let Some(found) = self.express.recent.find(execution) else { return Ok(None) };
        let batches = found.batches.iter().map(|bytes| Batch::decode(bytes));
        Ok(Some(batches.collect::<Result<Vec<Batch>, _>>()?))
    }

    fn express_run(&self, start: ExpressStart<'_>) -> (Run, Document) {
        let ExpressStart { revision, through, name, input } = start;
        let execution = express::new_uid(self.clock.now_ms(), entropy::draw());
        let origin = Origin {
            machine: revision.machine,
            revision: revision.number,
            name: Arc::clone(name),
            trace_header: None,
            through,
        };
        (Run::new(execution, revision, origin, None), input)
    }
}
