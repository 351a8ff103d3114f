//! Finding executions of all state machines of an account: the listings of the machines, merged.
//!
//! Here: the order over machines, and the questions that a listing of one machine cannot answer. Not here:
//! the listing of one machine (`read`). All of it is read from the store, beside the shards, and shows what
//! is durable.
//! INVARIANT: a page looks at a bounded number of rows and loads a bounded number of executions; where it
//! stops early it says where to go on.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use asl::arn::{Owner, StateMachineArn};
use execution::Status;
use store::{Listing, ListingFilter, ListingPosition, Uid};

use crate::block_on::block_on;
use crate::codes;
use crate::error::Unavailable;
use crate::read::{ListedExecution, Reads, listed};
use crate::shard::recover::load;

/// LIMIT: rows that one page looks at before it ends with fewer than were asked for.
const SEARCHED_MAX: usize = 20_000;
/// LIMIT: executions that one page loads to learn their errors.
const LOADED_MAX: usize = 500;
/// Rows of one machine that are read at once: few at first, because there may be many machines.
const CHUNK_FIRST: usize = 16;
const CHUNK_MAX: usize = 1_000;

#[derive(Clone, Debug)]
pub struct SearchExecutions {
    pub owner: Owner,
    /// Only executions of this machine.
    pub machine: Option<StateMachineArn>,
    pub status: Option<Status>,
    /// A part of the execution's name, in any case.
    pub name: Option<Box<str>>,
    /// A part of the error that ended the execution, in any case.
    pub error: Option<Box<str>>,
    /// Started at this moment or later.
    pub from_ms: Option<i64>,
    /// Started before this moment.
    pub until_ms: Option<i64>,
    pub after: Option<ListingPosition>,
    pub limit: usize,
    /// Whether to tell error and cause of those that did not succeed.
    pub with_failures: bool,
}

impl SearchExecutions {
    /// Every execution, newest start first.
    pub fn all(owner: Owner, limit: usize) -> Self {
        SearchExecutions {
            owner,
            machine: None,
            status: None,
            name: None,
            error: None,
            from_ms: None,
            until_ms: None,
            after: None,
            limit,
            with_failures: false,
        }
    }
}

#[derive(Clone, Debug)]
pub struct FoundExecution {
    pub listed: ListedExecution,
    pub error: Option<Arc<str>>,
    pub cause: Option<Arc<str>>,
}

#[derive(Clone, Debug)]
pub struct SearchPage {
    /// Newest start first.
    pub executions: Vec<FoundExecution>,
    /// Where the next page goes on; none when nothing is left to look at.
    pub next: Option<ListingPosition>,
}

impl Reads {
    pub(crate) fn search(&self, search: &SearchExecutions) -> Result<SearchPage, Unavailable> {
        let mut rows = Merged::of(self, search)?;
        let (name, error) = (lower(search.name.as_deref()), lower(search.error.as_deref()));
        let mut executions = Vec::new();
        let (mut looked_at, mut loaded) = (0, 0);
        let mut last = search.after;
        while let Some((machine, row)) = rows.next(self)? {
            if search.from_ms.is_some_and(|from| row.started_ms < from) {
                return Ok(SearchPage { executions, next: None });
            }
            if executions.len() == search.limit || looked_at == SEARCHED_MAX || loaded == LOADED_MAX {
                return Ok(SearchPage { executions, next: last });
            }
            looked_at += 1;
            let (uid, position) = (row.execution, row.position());
            last = Some(position);
            if name.as_ref().is_some_and(|part| !row.name.to_lowercase().contains(&**part)) {
                continue;
            }
            let listed = listed(&machine, row).ok_or(Unavailable)?;
            let mut found = FoundExecution { listed, error: None, cause: None };
            if (error.is_some() || search.with_failures) && did_fail(found.listed.status) {
                loaded += 1;
                self.tell_failure(uid, &mut found)?;
            }
            let is_meant = |part: &String| {
                found.error.as_ref().is_some_and(|error| error.to_lowercase().contains(&**part))
            };
            if error.as_ref().is_none_or(is_meant) {
                executions.push(found);
            }
        }
        Ok(SearchPage { executions, next: None })
    }

    fn tell_failure(&self, uid: Uid, found: &mut FoundExecution) -> Result<(), Unavailable> {
        let loaded = load(&*self.store, &self.catalog, uid, self.clock.now_ms()).map_err(|_| Unavailable)?;
        if let Some(end) = loaded.as_ref().and_then(|loaded| loaded.execution.ended()) {
            found.error.clone_from(&end.failure.error);
            found.cause.clone_from(&end.failure.cause);
        }
        Ok(())
    }
}

fn did_fail(status: Status) -> bool {
    match status {
        Status::Failed | Status::TimedOut | Status::Aborted => true,
        Status::Running | Status::Succeeded => false,
    }
}

fn lower(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_lowercase)
}

/// Rows of several machines in one order, read in chunks.
struct Merged {
    machines: Vec<Source>,
    filter: ListingFilter,
    /// The newest row of each machine that has one left.
    heads: BinaryHeap<Head>,
}

struct Source {
    arn: StateMachineArn,
    uid: u128,
    rows: VecDeque<Listing>,
    after: Option<ListingPosition>,
    chunk: usize,
    is_exhausted: bool,
}

struct Head {
    row: Listing,
    source: usize,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        self.row.position().cmp(&other.row.position())
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

impl Merged {
    fn of(reads: &Reads, search: &SearchExecutions) -> Result<Merged, Unavailable> {
        // Before the first start of that millisecond: everything listed after it started earlier.
        let until =
            search.until_ms.map(|until_ms| ListingPosition { started_ms: until_ms, execution: Uid([0; 16]) });
        let after = [search.after, until].into_iter().flatten().min();
        let entries = reads.catalog.state_machines(&search.owner);
        let meant =
            entries.iter().filter(|entry| search.machine.as_ref().is_none_or(|only| entry.arn == *only));
        let machines = meant
            .map(|entry| Source {
                arn: entry.arn.clone(),
                uid: entry.uid,
                rows: VecDeque::new(),
                after,
                chunk: CHUNK_FIRST,
                is_exhausted: false,
            })
            .collect();
        let filter = match search.status {
            None => ListingFilter::All,
            Some(Status::Running) => ListingFilter::Open,
            Some(status) => ListingFilter::Status(codes::of_status(status)),
        };
        let mut merged = Merged { machines, filter, heads: BinaryHeap::new() };
        for source in 0..merged.machines.len() {
            merged.advance(reads, source)?;
        }
        Ok(merged)
    }

    fn next(&mut self, reads: &Reads) -> Result<Option<(StateMachineArn, Listing)>, Unavailable> {
        let Some(Head { row, source }) = self.heads.pop() else { return Ok(None) };
        self.advance(reads, source)?;
        Ok(Some((self.machines[source].arn.clone(), row)))
    }

    /// Puts the next row of a machine among the heads.
    fn advance(&mut self, reads: &Reads, index: usize) -> Result<(), Unavailable> {
        let source = &mut self.machines[index];
        if source.rows.is_empty() && !source.is_exhausted {
            let rows = block_on(reads.store.list(source.uid, self.filter, source.after, source.chunk))
                .map_err(|_| Unavailable)?;
            source.is_exhausted = rows.len() < source.chunk;
            source.after = rows.last().map(Listing::position).or(source.after);
            source.chunk = (source.chunk * 4).min(CHUNK_MAX);
            source.rows = rows.into();
        }
        if let Some(row) = source.rows.pop_front() {
            self.heads.push(Head { row, source: index });
        }
        Ok(())
    }
}
