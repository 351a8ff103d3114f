//! Reading: executions by uid and name, histories, open executions, listings.
//!
//! Here: what is recent and durable comes first, then the index; records come from the log.
//! Scans wait until the index has everything durable, so they need not look at what is recent.
//! Not here: rows and their versions (`recent`, `row`).

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

use bytes::Bytes;
use store::{Awaits, Fault, Listing, ListingFilter, ListingPosition, Loaded, SlotRange, Uid};

use crate::core::Core;
use crate::entry::{Logged, Pointer};
use crate::index::{
    Direction, STATUS_OPEN, listings_after, listings_from, open_after, read_listing_key, read_open_key,
};
use crate::names::read_name;
use crate::recent::read_row;
use crate::row::{Row, decode_awaits};

impl Core {
    /// The row of an execution as far as it is durable.
    fn row(&self, execution: Uid) -> Result<Option<Row>, Fault> {
        self.available()?;
        {
            let stripe = self.recent.stripe_of(execution);
            if let Some(recent) = stripe.executions.get(&execution) {
                return Ok(recent.visible(self.lane.durable()).cloned());
            }
        }
        // What is not recent any more is in the index.
        read_row(&*self.index, execution)
    }

    pub(crate) fn listing(&self, execution: Uid) -> Result<Option<Listing>, Fault> {
        Ok(self.row(execution)?.map(|row| row.listing(execution)))
    }

    pub(crate) fn find(&self, machine: u128, name: &str) -> Result<Option<Uid>, Fault> {
        self.available()?;
        if let Some(holder) = self.names.holder(machine, name) {
            return Ok(self.row(holder)?.map(|_| holder));
        }
        read_name(&*self.index, machine, name)
    }

    pub(crate) fn load(&self, execution: Uid) -> Result<Option<Loaded>, Fault> {
        let Some(row) = self.row(execution)? else { return Ok(None) };
        let mut tail = Vec::new();
        let mut checkpoint = None;
        self.walk_back(execution, &row, |logged| {
            if let Some(found) = logged.checkpoint {
                checkpoint = Some(found);
                return ControlFlow::Break(());
            }
            tail.push(logged.records);
            ControlFlow::Continue(())
        })?;
        tail.reverse();
        Ok(Some(Loaded { checkpoint, tail, sequence: row.sequence }))
    }

    pub(crate) fn history(&self, execution: Uid, after: u64) -> Result<Vec<Bytes>, Fault> {
        let Some(row) = self.row(execution)? else { return Ok(Vec::new()) };
        let mut records = Vec::new();
        if row.sequence <= after {
            return Ok(records);
        }
        self.walk_back(execution, &row, |logged| {
            records.push(logged.records);
            if logged.sequence == after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        records.reverse();
        Ok(records)
    }

    /// Gives the commits of an execution to `visit`, newest first, until it breaks.
    fn walk_back(
        &self,
        execution: Uid,
        row: &Row,
        mut visit: impl FnMut(Logged) -> ControlFlow<()>,
    ) -> Result<(), Fault> {
        let mut place = Some(row.last);
        for sequence in (0..row.sequence).rev() {
            let at = place.ok_or_else(|| broken_chain(execution, sequence, row.last))?;
            let logged = self.segments.read(at)?;
            if logged.execution != execution || logged.sequence != sequence {
                return Err(broken_chain(execution, sequence, at));
            }
            place = logged.previous;
            if visit(logged).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Open executions; the index must have come to everything that is to be seen.
    pub(crate) fn scan_open(
        &self,
        slots: SlotRange,
        after: Option<Uid>,
        limit: usize,
    ) -> Result<Vec<(Uid, Awaits)>, Fault> {
        self.available()?;
        let (start, end) = open_after(&slots, after);
        let _view = self.indexer.view();
        let mut found = Vec::new();
        let mut is_readable = true;
        self.index.scan(&start, &end, Direction::Ascending, &mut |key, value| {
            if found.len() == limit {
                return ControlFlow::Break(());
            }
            let row = read_open_key(key).zip(decode_awaits(value));
            is_readable &= row.is_some();
            found.extend(row);
            ControlFlow::Continue(())
        })?;
        if is_readable { Ok(found) } else { Err(unreadable_row()) }
    }

    /// Listings; the index must have come to everything that is to be seen.
    pub(crate) fn scan_listings(
        &self,
        machine: u128,
        filter: ListingFilter,
        after: Option<ListingPosition>,
        limit: usize,
    ) -> Result<Vec<Listing>, Fault> {
        self.available()?;
        let _view = self.indexer.view();
        let statuses = match filter {
            ListingFilter::Open => vec![STATUS_OPEN],
            ListingFilter::Status(status) => vec![status],
            ListingFilter::All => self.statuses_of(machine)?,
        };
        // Each status is sorted by itself: the first of all are among the first of each.
        let mut newest = BTreeSet::new();
        for status in statuses {
            newest.extend(self.positions(machine, status, after, limit)?.into_iter().map(Reverse));
        }
        let row = |Reverse(position): Reverse<ListingPosition>| {
            let row = read_row(&*self.index, position.execution)?.ok_or_else(unreadable_row)?;
            Ok(row.listing(position.execution))
        };
        newest.into_iter().take(limit).map(row).collect()
    }

    /// The statuses under which a machine has executions: few, found by leaping from one to the next.
    fn statuses_of(&self, machine: u128) -> Result<Vec<u8>, Fault> {
        let mut statuses = Vec::new();
        let mut next = Some(0);
        while let Some(from) = next {
            let (start, end) = listings_from(machine, from);
            let mut found = None;
            self.index.scan(&start, &end, Direction::Ascending, &mut |key, _| {
                found = read_listing_key(key);
                ControlFlow::Break(())
            })?;
            statuses.extend(found.map(|(status, _)| status));
            next = found.and_then(|(status, _)| status.checked_add(1));
        }
        Ok(statuses)
    }

    fn positions(
        &self,
        machine: u128,
        status: u8,
        after: Option<ListingPosition>,
        limit: usize,
    ) -> Result<Vec<ListingPosition>, Fault> {
        let (start, end) = listings_after(machine, status, after);
        let mut positions = Vec::new();
        self.index.scan(&start, &end, Direction::Ascending, &mut |key, _| {
            if positions.len() == limit {
                return ControlFlow::Break(());
            }
            positions.extend(read_listing_key(key).map(|(_, position)| position));
            ControlFlow::Continue(())
        })?;
        Ok(positions)
    }
}

fn broken_chain(execution: Uid, sequence: u64, at: Pointer) -> Fault {
    let Uid(uid) = execution;
    Fault::Corrupt(format!("commit {sequence} of {uid:x?} was expected at position {}", at.position))
}

fn unreadable_row() -> Fault {
    Fault::Corrupt("a row of the index is unreadable".into())
}
