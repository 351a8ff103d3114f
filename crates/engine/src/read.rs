//! Reading executions: descriptions, histories, lists. Everything here is read from the store, so it
//! shows what is durable and nothing else.

use std::ops::Range;
use std::sync::Arc;

use asl::Document;
use asl::arn::{ExecutionArn, StateMachineArn};
use asl::definition::MachineType;
use execution::{Execution, HistoryEvent, Identity, Origin, Past, Redriven, Status, Through};
use planted::Bug;
use store::{Listing, ListingFilter, ListingPosition, Store, Uid};

use crate::block_on::block_on;
use crate::catalog::{Catalog, Revision};
use crate::clock::Clock;
use crate::codes;
use crate::error::{EngineError, Unavailable};
use crate::express;
use crate::express::recent::Recent;
use crate::histories::Histories;
use crate::shard::recover::{identity_of, load};
use crate::shard::stored::{Note, read_note};

#[derive(Clone, Debug)]
pub struct ExecutionDescription {
    pub arn: ExecutionArn,
    pub state_machine_arn: StateMachineArn,
    pub status: Status,
    pub started_ms: i64,
    pub stopped_ms: Option<i64>,
    pub input: Document,
    pub output: Option<Document>,
    pub error: Option<Arc<str>>,
    pub cause: Option<Arc<str>>,
    pub trace_header: Option<Arc<str>>,
    pub through: Option<Through>,
    /// How many events its history has.
    pub events: u64,
    pub redriven: Option<Redriven>,
}

impl ExecutionDescription {
    pub(crate) fn of(execution: &Execution, origin: &Origin) -> Self {
        let identity = execution.identity();
        let arn = identity.arn.parse().expect("an execution's ARN was made from its parts");
        let machine = identity.state_machine_arn.parse().expect("a machine's ARN was made from its parts");
        ExecutionDescription::with_arns(arn, machine, execution, origin)
    }

    /// The same, where both ARNs are at hand.
    pub(crate) fn with_arns(
        arn: ExecutionArn,
        state_machine_arn: StateMachineArn,
        execution: &Execution,
        origin: &Origin,
    ) -> Self {
        let end = execution.ended();
        ExecutionDescription {
            arn,
            state_machine_arn,
            status: execution.status(),
            started_ms: execution.started_ms(),
            stopped_ms: end.map(|end| end.at_ms),
            input: execution.input().clone(),
            output: execution.output().cloned(),
            error: end.and_then(|end| end.failure.error.clone()),
            cause: end.and_then(|end| end.failure.cause.clone()),
            trace_header: origin.trace_header.clone(),
            through: origin.through.clone(),
            events: execution.last_event(),
            redriven: execution.redriven(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadError {
    DoesNotExist,
    Unavailable,
}

#[derive(Clone, Debug)]
pub struct ListedExecution {
    pub arn: ExecutionArn,
    pub state_machine_arn: StateMachineArn,
    pub status: Status,
    pub started_ms: i64,
    pub stopped_ms: Option<i64>,
    pub through: Option<Through>,
    pub redriven: Option<Redriven>,
}

#[derive(Clone, Debug)]
pub struct ListExecutions {
    pub machine: StateMachineArn,
    /// Only those that were started through this.
    pub through: Option<StartedThrough>,
    pub status: Option<Status>,
    /// Only those that were redriven, or only the others.
    pub redriven: Option<bool>,
    pub after: Option<ListingPosition>,
    pub limit: usize,
}

impl ListExecutions {
    /// Whether rows must be looked at to know which are meant.
    fn is_search(&self) -> bool {
        self.through.is_some() || self.redriven.is_some()
    }

    fn admits(&self, row: &ListedExecution) -> bool {
        self.through.as_ref().is_none_or(|only| only.admits(row.through.as_ref()))
            && self.redriven.is_none_or(|redriven| redriven == row.redriven.is_some())
    }
}

/// A version, by itself or chosen by any alias; or an alias.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StartedThrough {
    Version(u64),
    Alias(Arc<str>),
}

impl StartedThrough {
    pub(crate) fn admits(&self, through: Option<&Through>) -> bool {
        match self {
            StartedThrough::Version(number) => through.is_some_and(|through| through.version == *number),
            StartedThrough::Alias(name) => {
                through.is_some_and(|through| through.alias.as_ref() == Some(name))
            }
        }
    }
}

#[derive(Clone, Debug)]
pub struct ExecutionPage {
    /// Newest start first.
    pub executions: Vec<ListedExecution>,
    /// Where the next page goes on; none when there is none.
    pub next: Option<ListingPosition>,
}

/// `after`: id of the last event of the page before, in the direction of reading.
#[derive(Clone, Copy, Debug)]
pub struct ReadHistory {
    pub after: Option<u64>,
    pub limit: usize,
    pub reverse: bool,
}

#[derive(Clone, Debug)]
pub struct HistoryPage {
    pub events: Vec<HistoryEvent>,
    pub next_after: Option<u64>,
}

/// Reads may wait for the disk: call them from threads that may.
#[derive(Clone)]
pub(crate) struct Reads {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) histories: Arc<Histories>,
    pub(crate) recent: Arc<Recent>,
}

impl From<EngineError> for ReadError {
    fn from(_: EngineError) -> Self {
        ReadError::Unavailable
    }
}

impl From<store::Fault> for ReadError {
    fn from(_: store::Fault) -> Self {
        ReadError::Unavailable
    }
}

impl Reads {
    /// A Standard execution.
    pub(crate) fn find(&self, arn: &ExecutionArn) -> Result<Uid, ReadError> {
        if arn.express.is_some() {
            return Err(ReadError::DoesNotExist);
        }
        let machine = StateMachineArn { owner: arn.owner.clone(), name: Arc::clone(&arn.state_machine) };
        let machine = self.catalog.incarnation(&machine).ok_or(ReadError::DoesNotExist)?;
        let found = block_on(self.store.find(machine, &arn.name))?.ok_or(ReadError::DoesNotExist)?;
        if planted::is_on(Bug::ReadsLagBehind) && block_on(self.store.history(found, 0))?.len() < 2 {
            return Err(ReadError::DoesNotExist);
        }
        Ok(found)
    }

    pub(crate) fn describe(&self, arn: &ExecutionArn) -> Result<ExecutionDescription, ReadError> {
        if let Some(uid) = express::uid_of(arn) {
            return self.describe_express(arn, uid);
        }
        let uid = self.find(arn)?;
        let loaded =
            load(&*self.store, &self.catalog, uid, self.clock.now_ms())?.ok_or(ReadError::DoesNotExist)?;
        let mut description = ExecutionDescription::of(&loaded.execution, &loaded.origin);
        if planted::is_on(Bug::DescriptionForgetsTheEnd) {
            description.status = Status::Running;
            description.stopped_ms = None;
        }
        Ok(description)
    }

    pub(crate) fn revision(&self, arn: &ExecutionArn) -> Result<Arc<Revision>, ReadError> {
        self.pinned(arn).map(|(_, revision)| revision)
    }

    /// A Standard execution, and the revision that it is pinned to.
    pub(crate) fn pinned(&self, arn: &ExecutionArn) -> Result<(Uid, Arc<Revision>), ReadError> {
        let uid = self.find(arn)?;
        let listing = block_on(self.store.listing(uid))?.ok_or(ReadError::DoesNotExist)?;
        let note = read_note(&listing.note).ok_or(ReadError::Unavailable)?;
        let revision = self.catalog.revision(listing.machine, note.revision).ok_or(ReadError::Unavailable)?;
        Ok((uid, revision))
    }

    pub(crate) fn history(&self, arn: &ExecutionArn, read: ReadHistory) -> Result<HistoryPage, ReadError> {
        if let Some(uid) = express::uid_of(arn) {
            return self.express_history(arn, uid, read);
        }
        let uid = self.find(arn)?;
        let mut history = self.histories.take(uid);
        for bytes in block_on(self.store.history(uid, history.recorded.batches() as u64))? {
            history.add(&bytes)?;
        }
        let origin = history.recorded.origin().ok_or(ReadError::DoesNotExist)?;
        let identity = identity_of(&self.catalog, &origin)?;
        let page = page_of(&history.recorded, &identity, read);
        if page.next_after.is_some() {
            self.histories.keep(uid, history);
        }
        Ok(page)
    }

    pub(crate) fn list(&self, list: &ListExecutions) -> Result<ExecutionPage, Unavailable> {
        let Some(machine) = self.catalog.incarnation(&list.machine) else {
            return Ok(ExecutionPage { executions: Vec::new(), next: None });
        };
        let entry = self.catalog.state_machine(&list.machine);
        if let Some(entry) = entry.filter(|entry| entry.machine_type == MachineType::Express) {
            return Ok(self.list_express(&entry.current, list));
        }
        let filter = match list.status {
            None => ListingFilter::All,
            Some(Status::Running) => ListingFilter::Open,
            Some(status) => ListingFilter::Status(codes::of_status(status)),
        };
        let mut executions = Vec::new();
        let (mut after, mut looked_at) = (list.after, 0);
        loop {
            // One more than asked for tells whether there is a next page.
            let wanted = list.limit.saturating_add(1);
            let chunk = if list.is_search() { wanted.max(SEARCH_CHUNK) } else { wanted };
            let rows = block_on(self.store.list(machine, filter, after, chunk)).map_err(|_| Unavailable)?;
            let is_last = rows.len() < chunk;
            for row in rows {
                looked_at += 1;
                let position = row.position();
                let row = listed(&list.machine, row).ok_or(Unavailable)?;
                if list.admits(&row) {
                    if executions.len() == list.limit {
                        return Ok(ExecutionPage { executions, next: after });
                    }
                    executions.push(row);
                }
                after = Some(position);
            }
            if is_last {
                return Ok(ExecutionPage { executions, next: None });
            }
            if looked_at >= SEARCHED_MAX {
                return Ok(ExecutionPage { executions, next: after });
            }
        }
    }

    /// Uids of the open executions of a machine, some at a time.
    pub(crate) fn open_executions(&self, machine: u128, limit: usize) -> Result<Vec<Uid>, Unavailable> {
        let rows =
            block_on(self.store.list(machine, ListingFilter::Open, None, limit)).map_err(|_| Unavailable)?;
        Ok(rows.into_iter().map(|row| row.execution).collect())
    }
}

/// Rows that are asked for at once while executions are looked for by what their notes say.
const SEARCH_CHUNK: usize = 1_000;
/// LIMIT: rows that one page looks at in that search; it may end with fewer than asked for, and a token.
const SEARCHED_MAX: usize = 20_000;

/// None when the row is damaged.
pub(crate) fn listed(machine: &StateMachineArn, row: Listing) -> Option<ListedExecution> {
    let Note { through, redriven, .. } = read_note(&row.note)?;
    let arn = ExecutionArn {
        owner: machine.owner.clone(),
        state_machine: Arc::clone(&machine.name),
        name: Arc::from(row.name),
        express: None,
    };
    Some(ListedExecution {
        arn,
        state_machine_arn: machine.clone(),
        status: row.ended.map_or(Status::Running, |ended| codes::status_of(ended.status)),
        started_ms: row.started_ms,
        stopped_ms: row.ended.map(|ended| ended.stopped_ms),
        through,
        redriven,
    })
}

/// One page of a history, in either direction.
pub(crate) fn page_of(past: &Past, identity: &Identity, read: ReadHistory) -> HistoryPage {
    let (ids, next_after) = page(past.last_event(), read);
    let mut events = past.events(identity, ids);
    if read.reverse {
        events.reverse();
    }
    HistoryPage { events, next_after }
}

/// The ids of one page of a history with `last` events, and where the next page goes on, if there is one.
fn page(last: u64, read: ReadHistory) -> (Range<u64>, Option<u64>) {
    let (limit, end) = (read.limit as u64, last + 1);
    if read.reverse {
        let end = read.after.unwrap_or(end).clamp(1, end);
        let start = end.saturating_sub(limit).max(1);
        (start..end, (1 < start && start < end).then_some(start))
    } else {
        let start = read.after.map_or(1, |after| after.saturating_add(1)).min(end);
        let end = start.saturating_add(limit).min(end);
        (start..end, (start < end && end <= last).then_some(end - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_any_size_go_through_all_events_once_in_either_direction() {
        for (last, limit) in [(0, 1), (1, 1), (2, 1), (10, 3), (9, 3), (10, 10), (10, 11), (10, usize::MAX)] {
            for reverse in [false, true] {
                let (mut seen, mut after) = (Vec::new(), None);
                loop {
                    let (ids, next) = page(last, ReadHistory { after, limit, reverse });
                    let mut ids: Vec<u64> = ids.collect();
                    assert!(ids.len() <= limit);
                    if reverse {
                        ids.reverse();
                    }
                    assert!(next.is_none() || next == ids.last().copied());
                    seen.extend(ids);
                    after = next;
                    if after.is_none() {
                        break;
                    }
                }
                let mut expected: Vec<u64> = (1..=last).collect();
                if reverse {
                    expected.reverse();
                }
                assert_eq!(seen, expected, "{last} events by {limit}");
            }
        }
    }

    #[test]
    fn page_after_an_event_that_does_not_exist_is_empty() {
        let page = |after, reverse| page(5, ReadHistory { after: Some(after), limit: 3, reverse });
        assert_eq!((page(9, false), page(5, false)), ((6..6, None), (6..6, None)));
        assert_eq!((page(1, true), page(0, true)), ((1..1, None), (1..1, None)));
        assert_eq!(page(9, true), (3..6, Some(3)));
    }
}
