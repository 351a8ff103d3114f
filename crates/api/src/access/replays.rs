//! Signatures that were answered, so that a recorded request changes nothing a second time (S5, strict mode).
//!
//! Not for everybody: botocore signs equal requests of one second alike.
//!
//! Two generations: a signature is good for ten minutes at most (the skew, either way), and each generation
//! takes what comes in ten minutes. Who looks into both misses none of that time.
//! INVARIANT: only signatures that were found right come here: strangers cannot fill it.

use std::collections::HashSet;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::SKEW;

/// LIMIT: signatures of one generation, 32 MiB of them. At more than 800 changes a second for ten minutes
/// the oldest are forgotten before their time: what keeps requests from being recorded is TLS.
const SIGNATURES_MAX: usize = 1 << 19;

#[derive(Clone, Default)]
pub(super) struct Replays(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    /// When the newer generation began.
    since: Option<SystemTime>,
    newer: HashSet<u128>,
    older: HashSet<u128>,
}

impl Replays {
    /// Whether this signature is seen for the first time; from now on it is not.
    pub(super) fn is_first(&self, signature: &[u8], now: SystemTime) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_first(short(signature), now)
    }
}

impl Seen {
    fn is_first(&mut self, signature: u128, now: SystemTime) -> bool {
        let since = *self.since.get_or_insert(now);
        let age = now.duration_since(since).unwrap_or_default();
        if age > 2 * SKEW || self.newer.len() == SIGNATURES_MAX {
            self.older = mem::take(&mut self.newer);
            self.since = Some(now);
        }
        !self.older.contains(&signature) && self.newer.insert(signature)
    }
}

/// Half of a signature tells it apart from all others.
fn short(signature: &[u8]) -> u128 {
    signature.first_chunk().map_or(0, |half| u128::from_le_bytes(*half))
}
