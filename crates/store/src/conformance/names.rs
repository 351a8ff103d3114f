//! Names: one execution for each (machine, name), also inside one batch and after the end.

use super::{MACHINE, Subject, end, start, start_of, step, uid};
use crate::commit::Outcome;

pub(crate) fn check(subject: Subject) {
    a_name_is_taken_once(&subject);
    a_name_is_taken_once_inside_one_batch(&subject);
    a_name_is_taken_by_a_start_still_in_flight(&subject);
    a_repeated_start_finds_itself(&subject);
    another_machine_has_names_of_its_own(&subject);
    an_ended_execution_keeps_its_name(&subject);
    names_are_compared_by_their_bytes(&subject);
}

fn a_name_is_taken_once(subject: &Subject) {
    let (holder, late) = (uid(1, 10, 1), uid(1, 11, 2));
    assert_eq!(subject.find("once"), None);
    subject.keep(vec![start(holder, "once")]);
    assert_eq!(subject.commit(vec![start(late, "once")]), [Outcome::NameTaken(holder)]);
    assert_eq!(subject.find("once"), Some(holder));
    assert!(subject.history(late).is_empty(), "nothing of a refused start is kept");
    let loaded = super::wait(subject.store.load(late)).expect("loading works");
    assert!(loaded.is_none(), "nothing of a refused start is kept");
}

fn a_name_is_taken_once_inside_one_batch(subject: &Subject) {
    let (holder, late) = (uid(2, 20, 1), uid(2, 20, 2));
    let outcomes = subject.commit(vec![start(holder, "inside"), start(late, "inside")]);
    assert_eq!(outcomes, [Outcome::Committed, Outcome::NameTaken(holder)]);
}

fn a_name_is_taken_by_a_start_still_in_flight(subject: &Subject) {
    let (holder, late) = (uid(3, 30, 1), uid(3, 30, 2));
    let first = subject.submit(vec![start(holder, "in-flight")]);
    let second = subject.submit(vec![start(late, "in-flight")]);
    assert_eq!(first.wait().expect("committed"), [Outcome::Committed]);
    assert_eq!(second.wait().expect("answered"), [Outcome::NameTaken(holder)]);
}

fn a_repeated_start_finds_itself(subject: &Subject) {
    let execution = uid(4, 40, 1);
    subject.keep(vec![start(execution, "itself")]);
    assert_eq!(subject.commit(vec![start(execution, "itself")]), [Outcome::NameTaken(execution)]);
    subject.keep(vec![step(execution, 1)]);
}

fn another_machine_has_names_of_its_own(subject: &Subject) {
    let (here, there) = (uid(5, 50, 1), uid(5, 50, 2));
    subject.keep(vec![start(here, "shared"), start_of(MACHINE + 1, there, "shared")]);
    assert_eq!(subject.find("shared"), Some(here));
    let elsewhere = super::wait(subject.store.find(MACHINE + 1, "shared"));
    assert_eq!(elsewhere.expect("names are readable"), Some(there));
}

fn an_ended_execution_keeps_its_name(subject: &Subject) {
    let (ended, late) = (uid(6, 60, 1), uid(6, 61, 1));
    subject.keep(vec![start(ended, "ended"), end(ended, 1, 2)]);
    assert_eq!(subject.commit(vec![start(late, "ended")]), [Outcome::NameTaken(ended)]);
}

fn names_are_compared_by_their_bytes(subject: &Subject) {
    let names = ["case", "Case", "case ", "casé", "", "a\0b", "a"];
    let starts = names.iter().enumerate().map(|(at, name)| start(uid(7, 70, at as u64), name));
    subject.keep(starts.collect());
    for (at, name) in names.iter().enumerate() {
        assert_eq!(subject.find(name), Some(uid(7, 70, at as u64)), "`{name}`");
    }
}
