//! Reading Express executions: from what is kept of them in memory, in the shapes of the others.

use std::sync::Arc;

use asl::arn::ExecutionArn;
use execution::{Batch, Execution, Origin, Past};
use store::Uid;

use crate::catalog::Revision;
use crate::error::EngineError;
use crate::express::recent::RecentExecution;
use crate::read::{
    ExecutionDescription, ExecutionPage, HistoryPage, ListExecutions, ListedExecution, ReadError,
    ReadHistory, Reads, page_of,
};

impl Reads {
    pub(crate) fn describe_express(
        &self,
        arn: &ExecutionArn,
        uid: Uid,
    ) -> Result<ExecutionDescription, ReadError> {
        let (revision, origin, batches) = self.recent_records(arn, uid)?;
        let mut execution = Execution::new(Arc::new(revision.identity_as(arn)));
        batches.into_iter().for_each(|batch| execution.replay(batch));
        Ok(ExecutionDescription::with_arns(arn.clone(), revision.arn.clone(), &execution, &origin))
    }

    pub(crate) fn express_history(
        &self,
        arn: &ExecutionArn,
        uid: Uid,
        read: ReadHistory,
    ) -> Result<HistoryPage, ReadError> {
        let (revision, _, batches) = self.recent_records(arn, uid)?;
        let mut past = Past::default();
        batches.into_iter().for_each(|batch| past.add(batch));
        Ok(page_of(&past, &revision.identity_as(arn), read))
    }

    /// The records of the execution with exactly this ARN.
    fn recent_records(
        &self,
        arn: &ExecutionArn,
        uid: Uid,
    ) -> Result<(Arc<Revision>, Origin, Vec<Batch>), ReadError> {
        let found = self.recent.find(uid).ok_or(ReadError::DoesNotExist)?;
        let revision = self.catalog.revision(found.machine, found.revision).ok_or(ReadError::Unavailable)?;
        if revision.express_arn(&found.name, uid) != *arn {
            return Err(ReadError::DoesNotExist);
        }
        let decode = |bytes: &bytes::Bytes| Batch::decode(bytes).map_err(EngineError::from);
        let batches = found.batches.iter().map(decode).collect::<Result<Vec<Batch>, EngineError>>()?;
        let origin = batches.first().and_then(Batch::origin).ok_or(ReadError::Unavailable)?;
        Ok((revision, origin, batches))
    }

    pub(crate) fn list_express(&self, revision: &Revision, list: &ListExecutions) -> ExecutionPage {
        let admits = |execution: &RecentExecution| {
            list.status.is_none_or(|status| status == execution.status())
                && list.through.as_ref().is_none_or(|only| only.admits(execution.through.as_ref()))
                && list.redriven != Some(true)
                && list.after.is_none_or(|after| execution.position() < after)
        };
        let mut found = self.recent.list(revision.machine, admits);
        let more = found.len() > list.limit;
        found.truncate(list.limit);
        let next = found.last().filter(|_| more).map(RecentExecution::position);
        let executions = found.into_iter().map(|execution| ListedExecution {
            arn: revision.express_arn(&execution.name, execution.execution),
            state_machine_arn: revision.arn.clone(),
            status: execution.status(),
            started_ms: execution.started_ms,
            stopped_ms: execution.ended.map(|(_, stopped_ms)| stopped_ms),
            through: execution.through,
            redriven: None,
        });
        ExecutionPage { executions: executions.collect(), next }
    }
}
