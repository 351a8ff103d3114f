//! The simulator finds what it is made to find: each planted bug, within a thousand seeds.

use simulation::{Bug, Failure, Setup, run};

const SEEDS: std::ops::Range<u64> = 0..1_000;

/// The first seed that fails with the bug and holds without it.
#[expect(clippy::print_stdout, reason = "the seed is what a reader of the test run wants to know")]
fn first_to_find(bug: Bug) -> Failure {
    let mut found = SEEDS.filter_map(|seed| {
        let failure = run(Setup { seed, bug: Some(bug), is_verbose: false }).err()?;
        run(Setup { seed, bug: None, is_verbose: false }).ok().map(|_| failure)
    });
    let failure = found.next().unwrap_or_else(|| panic!("{bug:?} was not found in {SEEDS:?}"));
    println!("{bug:?} is found at seed {}: {}", failure.seed, failure.violation);
    failure
}

#[test]
fn an_answer_before_its_commit_is_found() {
    assert_eq!(first_to_find(Bug::ReplyBeforeCommit).violation.promise, "I8");
}

#[test]
fn a_timer_that_recovery_forgets_is_found() {
    assert_eq!(first_to_find(Bug::TimerLostAtRecovery).violation.promise, "I5");
}

#[test]
fn an_effect_of_a_refused_commit_is_found() {
    assert_eq!(first_to_find(Bug::EffectOfRolledBackBatch).violation.promise, "I8");
}
