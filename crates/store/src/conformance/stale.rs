//! Sequence: a commit that does not follow the last one is refused, and nothing of it is kept.

use super::{Subject, end, start, step, steps, uid};
use crate::commit::{Commit, Outcome};

pub(crate) fn check(subject: Subject) {
    what_follows_a_refused_start_is_stale(&subject);
    a_gap_and_a_repetition_are_stale(&subject);
    a_second_start_of_an_execution_is_stale(&subject);
    a_start_that_is_not_first_is_stale(&subject);
    an_ended_execution_goes_on_where_it_was(&subject);
}

fn what_follows_a_refused_start_is_stale(subject: &Subject) {
    let (holder, late) = (uid(1, 10, 1), uid(1, 10, 2));
    let refused = subject.submit(vec![start(holder, "refused"), start(late, "refused"), step(late, 1)]);
    let after = subject.submit(vec![step(late, 2), step(late, 0)]);
    let expected = [Outcome::Committed, Outcome::NameTaken(holder), Outcome::Stale];
    assert_eq!(refused.wait().expect("answered"), expected);
    assert_eq!(after.wait().expect("answered"), [Outcome::Stale, Outcome::Stale]);
    assert!(subject.history(late).is_empty());
}

fn a_gap_and_a_repetition_are_stale(subject: &Subject) {
    let execution = uid(2, 20, 1);
    subject.keep(vec![start(execution, "gap"), step(execution, 1)]);
    for sequence in [0, 1, 3, u64::MAX] {
        assert_eq!(subject.commit(vec![step(execution, sequence)]), [Outcome::Stale], "{sequence}");
    }
    subject.keep(vec![step(execution, 2)]);
    assert_eq!(subject.history(execution), steps(execution, 3));
}

fn a_second_start_of_an_execution_is_stale(subject: &Subject) {
    let execution = uid(3, 30, 1);
    subject.keep(vec![start(execution, "one")]);
    assert_eq!(subject.commit(vec![start(execution, "two")]), [Outcome::Stale]);
    assert_eq!(subject.find("two"), None, "a stale start claims no name");
    subject.keep(vec![step(execution, 1)]);
}

fn a_start_that_is_not_first_is_stale(subject: &Subject) {
    let execution = uid(4, 40, 1);
    let late = Commit { sequence: 1, ..start(execution, "not-first") };
    assert_eq!(subject.commit(vec![late]), [Outcome::Stale]);
    assert_eq!(subject.find("not-first"), None, "a stale start claims no name");
    subject.keep(vec![start(execution, "not-first")]);
}

fn an_ended_execution_goes_on_where_it_was(subject: &Subject) {
    let execution = uid(5, 50, 1);
    subject.keep(vec![start(execution, "on"), end(execution, 1, 3)]);
    assert_eq!(subject.commit(vec![step(execution, 1)]), [Outcome::Stale]);
    subject.keep(vec![step(execution, 2), end(execution, 3, 1)]);
    assert_eq!(subject.history(execution), steps(execution, 4));
}
