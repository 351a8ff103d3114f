//! A failing seed made small: moves are left out as long as the same promise still fails.
//!
//! INVARIANT: each move draws from a seed of its own, so leaving one out changes the others only through
//! what it did.

use std::collections::BTreeSet;

use crate::run::{Failure, Setup, run};

/// The smallest failure that is found by leaving out ever smaller parts of the moves.
pub fn shrink(failure: &Failure) -> Failure {
    let mut best = failure.clone();
    let mut size = best.moves / 2;
    while size > 0 {
        let mut start = 0;
        while start < best.moves {
            if let Some(smaller) = without(&best, start..(start + size).min(best.moves)) {
                best = smaller;
            }
            start += size;
        }
        size /= 2;
    }
    best
}

/// How many moves a failure still has.
pub fn moves_left(failure: &Failure) -> u64 {
    failure.moves - failure.without.iter().filter(|number| **number < failure.moves).count() as u64
}

fn without(failure: &Failure, part: std::ops::Range<u64>) -> Option<Failure> {
    let mut skipped: BTreeSet<u64> = failure.without.clone();
    skipped.extend(part);
    if skipped == failure.without {
        return None;
    }
    let Failure { seed, bug, auditor, .. } = *failure;
    let setup = Setup { bug, auditor, without: skipped, ..Setup::of(seed) };
    run(setup).err().filter(|smaller| smaller.violation.promise == failure.violation.promise)
}
