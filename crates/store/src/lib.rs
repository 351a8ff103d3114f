//! The storage contract: what the engine asks of any place that keeps executions.
//!
//! Here: the trait `Store`, what a commit carries, an in-memory store, and the suite every store must pass.
//! Not here: what the bytes mean. A store knows bytes, order and time; it never decodes a record.

pub mod catalog;
pub mod commit;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod listing;
pub mod memory;
pub mod store;

pub use catalog::{CatalogEntry, CatalogKey, CatalogWrite};
pub use commit::{Awaits, Commit, Ended, Forget, Outcome, Started};
pub use listing::{Listing, ListingFilter, ListingPosition};
pub use memory::MemoryStore;
pub use store::{BoxFuture, Done, Epoch, Fault, Fence, Loaded, OnFailure, SlotRange, Store, Uid};
