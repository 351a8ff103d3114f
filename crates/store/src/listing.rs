//! Listing rows: what `ListExecutions` shows without reading a history.

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

/// A place in a listing (newest start first, then uid descending): pages go on after it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ListingPosition {
    pub started_ms: i64,
    pub execution: Uid,
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
