//! What callers ask of Express executions: starts, which run here as long as they need nobody else, ends, stops.

use asl::Document;
use asl::arn::ExecutionArn;
use asl::error_name::Failure;
use execution::Origin;
use store::Uid;

use super::{Client, StartExecution, StartExecutionError, StartedExecution, StopExecutionError};
use crate::admission::Refusable;
use crate::entropy;
use crate::express::{self, Order, Run, SyncExecution};
use crate::read::{ExecutionDescription, ReadError};
use crate::shard::Answer;

impl Client {
    /// Starts an Express execution; answers when its start is recorded.
    pub(super) async fn start_express(
        &self,
        start: StartExecution,
    ) -> Result<StartedExecution, StartExecutionError> {
        if !self.0.shared.store.has_room() {
            return Err(StartExecutionError::NoRoom);
        }
        let (run, input) = self.express_run(start)?;
        let (execution, arn) = (run.execution, run.arn.clone());
        let _counted = self.admit(Refusable::Start, execution)?;
        let (reply, pending) = self.question();
        self.order(execution, Order::Start { run: Box::new(run), input, reply });
        match pending.await {
            Answer::Started { started_ms, status } => Ok(StartedExecution { arn, started_ms, status }),
            _ => Err(StartExecutionError::Unavailable),
        }
    }

    /// Runs an Express execution to its end. On this thread as long as it needs nobody else; a lane goes on
    /// with it otherwise, also when nobody waits any more.
    pub async fn start_sync_execution(
        &self,
        start: StartExecution,
    ) -> Result<SyncExecution, StartExecutionError> {
        let express = &self.0.shared.express;
        let (mut run, input) = self.express_run(start)?;
        let _counted = self.admit(Refusable::Start, run.execution)?;
        let command = run.start(input);
        let turn = run.advance(command, express).ok_or(StartExecutionError::Unavailable)?;
        if run.has_ended() {
            return run.ran().ok_or(StartExecutionError::Unavailable);
        }
        let (caller, pending) = self.question();
        self.order(run.execution, Order::GoOn { run: Box::new(run), turn, caller });
        match pending.await {
            Answer::Ran(ran) => Ok(*ran),
            _ => Err(StartExecutionError::Unavailable),
        }
    }

    /// A run to begin with, and its input.
    fn express_run(&self, start: StartExecution) -> Result<(Run, Document), StartExecutionError> {
        let StartExecution { revision, through, name, input, trace_header, mocks } = start;
        if revision.intake.is_closed() {
            return Err(StartExecutionError::Deleting);
        }
        let shared = &self.0.shared;
        let execution = express::new_uid(shared.clock.now_ms(), shared.in_order());
        let lane = &shared.router.lanes[shared.router.lane_of(execution)];
        if shared.express.is_overfull() || lane.is_overfull() {
            return Err(StartExecutionError::Throttled);
        }
        let name = name.unwrap_or_else(|| entropy::uuid_v4(entropy::draw(), entropy::draw()).into());
        let origin =
            Origin { machine: revision.machine, revision: revision.number, name, trace_header, through };
        Ok((Run::new(execution, &revision, origin, mocks), input))
    }

    pub(super) async fn stop_express(
        &self,
        arn: &ExecutionArn,
        execution: Uid,
        failure: Failure,
    ) -> Result<i64, StopExecutionError> {
        let _counted = self.count(execution);
        let (reply, pending) = self.question();
        // One that runs can be stopped even when it has grown too large to be read.
        self.order(execution, Order::Stop { execution, arn: Box::new(arn.clone()), failure, reply });
        match pending.await {
            Answer::Stopped { stopped_ms } => Ok(stopped_ms),
            Answer::NotHere => {
                let ended = self.describe_execution(arn).await?;
                ended.stopped_ms.ok_or(StopExecutionError::Unavailable)
            }
            _ => Err(StopExecutionError::Unavailable),
        }
    }

    pub(super) async fn end_of_express(
        &self,
        arn: &ExecutionArn,
        execution: Uid,
    ) -> Result<ExecutionDescription, ReadError> {
        let known = self.describe_execution(arn).await?;
        if known.stopped_ms.is_some() {
            return Ok(known);
        }
        let (reply, pending) = self.question();
        self.order(execution, Order::WatchEnd { execution, reply });
        match pending.await {
            Answer::Ended(description) => Ok(*description),
            // It has ended meanwhile.
            Answer::NotHere => self.describe_execution(arn).await,
            _ => Err(ReadError::Unavailable),
        }
    }
}
