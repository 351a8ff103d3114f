//! Histories that somebody reads page by page: kept for a while, so that each page reads only what is new.
//!
//! Not here: which events a page has (`read`), what they show (`execution::Past`).
//! INVARIANT: nothing here is the truth: what is kept is a beginning of what the store has, and may be dropped at
//! any time.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use execution::{Batch, Past};
use store::Uid;

use crate::error::EngineError;

/// LIMIT: histories that are kept.
const KEPT_MAX: usize = 8;
/// LIMIT: bytes of all of them together, as they are stored. A longer one is read anew for each page.
const BYTES_MAX: usize = 64 << 20;

#[derive(Default)]
pub(crate) struct Histories {
    /// The one that was read last stands first.
    kept: Mutex<VecDeque<(Uid, History)>>,
}

/// What of an execution's past has been read.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) recorded: Past,
    bytes: usize,
}

impl History {
    /// The next record bytes of the store's.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> Result<(), EngineError> {
        self.recorded.add(Batch::decode(bytes)?);
        self.bytes += bytes.len();
        Ok(())
    }
}

impl Histories {
    /// What is known of a history; nothing if it is not kept. Whoever takes it brings it back.
    pub(crate) fn take(&self, execution: Uid) -> History {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(uid, _)| *uid == execution);
        place.and_then(|place| kept.remove(place)).map(|(_, history)| history).unwrap_or_default()
    }

    /// Keeps a history whose next page is likely to be asked for.
    pub(crate) fn keep(&self, execution: Uid, history: History) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(uid, _)| *uid != execution);
        kept.push_front((execution, history));
        let bytes = |kept: &VecDeque<(Uid, History)>| kept.iter().map(|(_, one)| one.bytes).sum::<usize>();
        while kept.len() > KEPT_MAX || bytes(&kept) > BYTES_MAX {
            kept.pop_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(bytes: usize) -> History {
        History { bytes, ..History::default() }
    }

    fn kept(histories: &Histories) -> Vec<Uid> {
        histories.kept.lock().unwrap().iter().map(|(uid, _)| *uid).collect()
    }

    #[test]
    fn those_read_longest_ago_are_dropped_first() {
        let (histories, uid) = (Histories::default(), |n| Uid::new(1, n, 1));
        for n in 0..=KEPT_MAX as i64 {
            histories.keep(uid(n), history(1));
        }
        assert_eq!(kept(&histories), (1..=KEPT_MAX as i64).rev().map(uid).collect::<Vec<_>>());
        assert_eq!(histories.take(uid(3)).bytes, 1);
        assert_eq!(histories.take(uid(3)).bytes, 0, "whoever takes it has it alone");
    }

    #[test]
    fn bytes_of_all_together_are_bounded() {
        let (histories, uid) = (Histories::default(), |n| Uid::new(1, n, 1));
        histories.keep(uid(1), history(BYTES_MAX / 2));
        histories.keep(uid(2), history(BYTES_MAX / 2));
        assert_eq!(kept(&histories).len(), 2);
        histories.keep(uid(3), history(1));
        assert_eq!(kept(&histories), [uid(3), uid(2)]);
        histories.keep(uid(4), history(BYTES_MAX + 1));
        assert_eq!(kept(&histories), []);
    }
}
