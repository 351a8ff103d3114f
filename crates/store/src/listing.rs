//! Listing rows: what `ListExecutions` shows without reading a history.

use std::cmp::Ordering;

use bytes::Bytes;

use crate::commit::Ended;
use crate::store::Uid;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listing {
    pub execution: Uid,
    pub machine: u128,
    pub name: Box<str>,
    pub started_ms: i64,
    pub note: Bytes,
    pub ended: Option<Ended>,
}

impl Listing {
    pub fn position(&self) -> ListingPosition {
        ListingPosition { started_ms: self.started_ms, execution: self.execution }
    }
}

/// A place in a listing (newest start first): pages go on after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListingPosition {
    pub started_ms: i64,
    pub execution: Uid,
}

impl Ord for ListingPosition {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = |position: &Self| (position.started_ms, position.execution.start_order());
        order(self).cmp(&order(other))
    }
}

impl PartialOrd for ListingPosition {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Which rows to list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListingFilter {
    All,
    Open,
    /// Ended with this status code.
    Status(u8),
}

impl ListingFilter {
    pub fn admits(self, ended: Option<Ended>) -> bool {
        match self {
            ListingFilter::All => true,
            ListingFilter::Open => ended.is_none(),
            ListingFilter::Status(status) => ended.is_some_and(|ended| ended.status == status),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_of_one_millisecond_stand_in_their_order_whatever_their_slots() {
        let count = |number: u64| number << 48;
        let position =
            |slot, number| ListingPosition { started_ms: 5, execution: Uid::new(slot, 5, count(number)) };
        let mut positions = [position(900, 1), position(3, 2), position(511, 3)];
        positions.reverse();
        positions.sort();
        assert_eq!(positions.map(|position| position.execution.slot()), [900, 3, 511]);
        assert!(position(0, 9) < ListingPosition { started_ms: 6, execution: Uid::new(0, 6, 0) });
        let execution = position(7, 8).execution;
        assert_eq!(Uid::of_start_order(execution.start_order()), execution);
    }
}
