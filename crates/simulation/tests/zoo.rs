//! The simulator finds what it is made to find: each planted bug, by a seed that holds without it.

use simulation::zoo;

/// What a test run has for it: the seeds at which each bug is found are low.
const THREADS: usize = 2;

#[test]
fn every_planted_bug_is_found() {
    let found = zoo::visit(THREADS, |one| println!("{one}"));
    let missed: Vec<String> =
        found.iter().filter(|one| one.failure.is_none()).map(ToString::to_string).collect();
    assert!(missed.is_empty(), "a bug that is not found is a hole in the checker: {missed:?}");
    let soon = found.iter().filter(|one| one.is_found_soon()).count();
    assert!(soon * 2 >= found.len(), "{soon} of {} bugs are found within {} seeds", found.len(), zoo::SOON);
}
