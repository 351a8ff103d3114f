//! Reading: executions by uid and name, histories, open executions, listings.
//!
//! Here: what is recent and durable comes first, then the index; records come from the log.
//! Scans wait until the index has everything durable, so they need not look at what is recent.
//! Not here: rows and their versions (`recent`, `row`).

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

use bytes::Bytes;
use store::{Awaits, Ended, Fault, Forget, Listing, ListingFilter, ListingPosition, Loaded, SlotRange, Uid};

use crate::core::Core;
use crate::entry::{Logged, Pointer};
use crate::index::{
    Direction, STATUS_OPEN, ended_in, listings_after, listings_from, open_after, read_ended_key,
    read_listing_key, read_open_key,
};
use crate::names::read_name;
use crate::recent::read_row;
use crate::row::{Row, decode_awaits};

impl Core {
    /// The row of an execution as far as it is durable.
    pub(crate) fn row(&self, execution: Uid) -> Result<Option<Row>, Fault> {
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
        let is_there = |holder| Ok(self.row(holder)?.is_some());
        for holder in self.names.holders(machine, name) {
            if is_there(holder)? {
                return Ok(Some(holder));
            }
        }
        match read_name(&*self.index, machine, name)? {
            Some(holder) if is_there(holder)? => Ok(Some(holder)),
            _ => Ok(None),
        }
    }

    pub(crate) fn load(&self, execution: Uid) -> Result<Option<Loaded>, Fault> {
        self.with_row(execution, |row| {
            let mut tail = Vec::new();
            let mut checkpoint = None;
            self.walk_back(execution, row, |_, one| {
                if let Some(found) = one.checkpoint {
                    checkpoint = Some(found);
                    return ControlFlow::Break(());
                }
                tail.push(one.records);
                ControlFlow::Continue(())
            })?;
            tail.reverse();
            Ok(Loaded { checkpoint, tail, sequence: row.sequence })
        })
    }

    pub(crate) fn history(&self, execution: Uid, after: u64) -> Result<Vec<Bytes>, Fault> {
        let records = self.with_row(execution, |row| {
            let mut records = Vec::new();
            if row.sequence <= after {
                return Ok(records);
            }
            self.walk_back(execution, row, |_, one| {
                records.push(one.records);
                if one.sequence == after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            records.reverse();
            Ok(records)
        })?;
        Ok(records.unwrap_or_default())
    }

    /// Reads by the row of an execution. Who is overtaken by a cut of the log reads again, by the row that says
    /// where the execution has moved.
    pub(crate) fn with_row<T>(
        &self,
        execution: Uid,
        read: impl Fn(&Row) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        let mut row = self.row(execution)?;
        while let Some(known) = row {
            let fault = match read(&known) {
                Ok(value) => return Ok(Some(value)),
                Err(fault) => fault,
            };
            row = self.row(execution)?;
            if row.as_ref().is_some_and(|row| row.moved == known.moved) {
                return Err(fault);
            }
        }
        Ok(None)
    }

    /// Gives the commits of an execution to `visit`, newest first, until it breaks. Those that were carried forward
    /// are read where they are now.
    pub(crate) fn walk_back(
        &self,
        execution: Uid,
        row: &Row,
        mut visit: impl FnMut(Pointer, Logged) -> ControlFlow<()>,
    ) -> Result<(), Fault> {
        let mut place = Some(row.last);
        for sequence in (0..row.sequence).rev() {
            if let Some(moved) = row.moved.filter(|moved| moved.count == sequence + 1) {
                place = Some(moved.last);
            }
            let at = place.ok_or_else(|| broken_chain(execution, sequence, row.last))?;
            let logged = self.segments.read(at)?;
            if logged.execution != execution || logged.sequence != sequence {
                return Err(broken_chain(execution, sequence, at));
            }
            place = logged.previous;
            if visit(at, logged).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Ended executions; the index must have come to everything that is to be seen.
    pub(crate) fn scan_ended(
        &self,
        slots: SlotRange,
        before_ms: i64,
        limit: usize,
    ) -> Result<Vec<Forget>, Fault> {
        self.available()?;
        let _view = self.indexer.view();
        let mut found = Vec::new();
        let mut slots = slots;
        let mut is_readable = true;
        while !slots.is_empty() && found.len() < limit && is_readable {
            let (start, end) = ended_in(&slots);
            // Past the last one of a slot that counts, the next slot is looked for.
            let mut next = slots.end;
            self.index.scan(&start, &end, Direction::Ascending, &mut |key, value| {
                let Some(((execution, stopped_ms), status)) = read_ended_key(key).zip(value.first()) else {
                    is_readable = false;
                    return ControlFlow::Break(());
                };
                if stopped_ms >= before_ms || found.len() == limit {
                    next = execution.slot() + 1;
                    return ControlFlow::Break(());
                }
                found.push(Forget { execution, ended: Ended { status: *status, stopped_ms } });
                ControlFlow::Continue(())
            })?;
            slots.start = next;
        }
        if is_readable { Ok(found) } else { Err(unreadable_row()) }
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
