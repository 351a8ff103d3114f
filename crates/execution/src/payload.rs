//! Payloads of one execution: each JSON text is kept once, however many events show it.
//!
//! Records and frames name payloads by number. In memory only those live that a frame still names;
//! the rest is on disk with the records that brought them.

use std::collections::BTreeMap;

use asl::Document;
use serde::{Deserialize, Serialize};

/// The number of a payload within its execution, counted from 0 in the order of recording.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct PayloadId(pub u32);

/// The payloads that the frames of an execution name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Payloads {
    live: BTreeMap<PayloadId, Document>,
    next: u32,
    /// Sweep when more than this many are held.
    sweep_at: usize,
}

/// Fewer payloads than this are never swept.
const SWEEP_AT_LEAST: usize = 16;

impl Payloads {
    pub(crate) fn get(&self, id: PayloadId) -> &Document {
        self.live.get(&id).expect("a payload that a frame or record names is held")
    }

    pub(crate) fn next_id(&self) -> PayloadId {
        PayloadId(self.next)
    }

    /// Keeps a payload under the next number.
    pub(crate) fn add(&mut self, document: Document) -> PayloadId {
        let id = PayloadId(self.next);
        self.next += 1;
        self.live.insert(id, document);
        id
    }

    /// Drops what `is_named` does not claim, when enough has gathered to make the look worth it.
    pub(crate) fn sweep(&mut self, named: impl FnOnce() -> std::collections::BTreeSet<PayloadId>) {
        if self.live.len() <= self.sweep_at.max(SWEEP_AT_LEAST) {
            return;
        }
        let named = named();
        self.live.retain(|id, _| named.contains(id));
        self.sweep_at = self.live.len() * 2;
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (PayloadId, &Document)> {
        self.live.iter().map(|(id, document)| (*id, document))
    }

    pub(crate) fn restore(live: impl Iterator<Item = (PayloadId, Document)>, next: PayloadId) -> Self {
        Payloads { live: live.collect(), next: next.0, sweep_at: 0 }
    }
}
