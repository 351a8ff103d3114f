//! Forgetting: an ended execution goes with all that is known of it, and its name is free again.

use std::sync::Arc;

use super::{MACHINE, Subject, claim, end, records, start, step, steps, uid, wait};
use crate::commit::{Ended, Forget, Outcome};
use crate::listing::ListingFilter;
use crate::store::{Fault, SlotRange, Store, Uid};

pub(crate) fn check(subject: Subject) {
    a_forgotten_execution_is_found_nowhere(&subject);
    a_forgotten_name_is_free(&subject);
    a_name_passes_through_many_hands(&subject);
    what_is_open_or_has_ended_otherwise_stays(&subject);
    an_end_that_was_taken_back_is_no_reason_to_forget(&subject);
    the_ended_stand_in_the_order_of_their_ends(&subject);
    only_the_holder_of_the_slots_forgets(subject);
}

fn ended(status: u8, execution: Uid) -> Ended {
    Ended { status, stopped_ms: execution.started_ms() + 5 }
}

fn forget(subject: &Subject, executions: &[(Uid, u8)]) -> Vec<Outcome> {
    let forget = |&(execution, status): &(Uid, u8)| Forget { execution, ended: ended(status, execution) };
    submit(subject, executions.iter().map(forget).collect()).expect("forgetting is answered")
}

fn submit(subject: &Subject, executions: Vec<Forget>) -> Result<Vec<Outcome>, Fault> {
    let (sender, receiver) = std::sync::mpsc::channel();
    let done = move |result| {
        // Nobody listens any more when a family has failed already.
        let _ = sender.send(result);
    };
    subject.store.forget(&subject.fence, executions, Box::new(done));
    receiver.recv().expect("`done` is called")
}

fn listed(subject: &Subject) -> Vec<Uid> {
    let rows =
        wait(subject.store.list(MACHINE, ListingFilter::All, None, 1_000)).expect("lists are readable");
    rows.into_iter().map(|row| row.execution).collect()
}

fn ended_before(subject: &Subject, slots: SlotRange, before_ms: i64, limit: usize) -> Vec<Uid> {
    let rows = wait(subject.store.ended(slots, before_ms, limit)).expect("the ended are readable");
    rows.into_iter().map(|row| row.execution).collect()
}

fn a_forgotten_execution_is_found_nowhere(subject: &Subject) {
    let (gone, stays) = (uid(1, 10, 1), uid(1, 10, 2));
    subject.keep(vec![start(gone, "gone"), start(stays, "stays"), end(gone, 1, 2), end(stays, 1, 2)]);
    assert_eq!(listed(subject), [stays, gone]);
    assert_eq!(forget(subject, &[(gone, 2)]), [Outcome::Committed]);
    assert_eq!(subject.find("gone"), None);
    assert!(subject.history(gone).is_empty());
    assert!(wait(subject.store.load(gone)).expect("loading works").is_none());
    assert!(wait(subject.store.listing(gone)).expect("listings are readable").is_none());
    assert_eq!(listed(subject), [stays]);
    assert_eq!(ended_before(subject, 0..Uid::SLOTS, i64::MAX, 9), [stays]);
    assert_eq!(subject.history(stays), steps(stays, 2));
    assert_eq!(subject.commit(vec![step(gone, 2)]), [Outcome::Stale]);
    assert_eq!(forget(subject, &[(gone, 2)]), [Outcome::Stale]);
}

fn a_forgotten_name_is_free(subject: &Subject) {
    let (first, second) = (uid(2, 20, 1), uid(2, 20, 2));
    subject.keep(vec![start(first, "again"), end(first, 1, 1)]);
    assert_eq!(subject.commit(vec![start(second, "again")]), [Outcome::NameTaken(first)]);
    assert_eq!(forget(subject, &[(first, 1)]), [Outcome::Committed]);
    subject.keep(vec![start(second, "again")]);
    assert_eq!(subject.find("again"), Some(second));
    assert_eq!(listed(subject).into_iter().filter(|uid| uid.slot() == 2).collect::<Vec<_>>(), [second]);
    assert_eq!(subject.history(second), steps(second, 1));
}

fn a_name_passes_through_many_hands(subject: &Subject) {
    let holders: Vec<_> = (0..20).map(|number| uid(3, 30 + number, 1)).collect();
    for (at, &holder) in holders.iter().enumerate() {
        subject.keep(vec![start(holder, "passed"), end(holder, 1, 1)]);
        if at % 3 == 0 {
            // The list makes an index come up to here.
            assert!(listed(subject).contains(&holder));
        }
        assert_eq!(subject.find("passed"), Some(holder));
        assert_eq!(forget(subject, &[(holder, 1)]), [Outcome::Committed]);
        assert_eq!(subject.find("passed"), None);
    }
    assert!(listed(subject).iter().all(|uid| uid.slot() != 3));
}

fn what_is_open_or_has_ended_otherwise_stays(subject: &Subject) {
    let (open, failed, unknown) = (uid(4, 40, 1), uid(4, 40, 2), uid(4, 40, 3));
    subject.keep(vec![start(open, "open"), start(failed, "failed"), end(failed, 1, 3)]);
    let outcomes = forget(subject, &[(open, 1), (failed, 1), (unknown, 1)]);
    assert_eq!(outcomes, [Outcome::Stale, Outcome::Stale, Outcome::Stale]);
    let mut late = Forget { execution: failed, ended: ended(3, failed) };
    late.ended.stopped_ms += 1;
    assert_eq!(submit(subject, vec![late]).expect("answered"), [Outcome::Stale]);
    assert_eq!((subject.find("open"), subject.find("failed")), (Some(open), Some(failed)));
    // Twice in one batch is once.
    assert_eq!(forget(subject, &[(failed, 3), (failed, 3)]), [Outcome::Committed, Outcome::Stale]);
}

fn an_end_that_was_taken_back_is_no_reason_to_forget(subject: &Subject) {
    let execution = uid(5, 50, 1);
    subject.keep(vec![start(execution, "redriven"), end(execution, 1, 2)]);
    assert_eq!(ended_before(subject, 5..6, i64::MAX, 9), [execution]);
    subject.keep(vec![step(execution, 2)]);
    assert!(ended_before(subject, 5..6, i64::MAX, 9).is_empty());
    assert_eq!(forget(subject, &[(execution, 2)]), [Outcome::Stale]);
    assert_eq!(subject.history(execution).last(), Some(&records(execution, 2)));
    subject.keep(vec![end(execution, 3, 1)]);
    assert_eq!(forget(subject, &[(execution, 2), (execution, 1)]), [Outcome::Stale, Outcome::Committed]);
}

fn the_ended_stand_in_the_order_of_their_ends(subject: &Subject) {
    let at = |slot, ms| uid(slot, ms, 1);
    let executions = [at(11, 300), at(10, 200), at(10, 100), at(12, 50), at(10, -7)];
    for (number, &execution) in executions.iter().enumerate() {
        subject.keep(vec![start(execution, &format!("order-{number}")), end(execution, 1, 1)]);
    }
    assert_eq!(
        ended_before(subject, 10..12, i64::MAX, 9),
        [at(10, -7), at(10, 100), at(10, 200), at(11, 300)]
    );
    assert_eq!(ended_before(subject, 10..13, 205, 9), [at(10, -7), at(10, 100), at(12, 50)]);
    assert_eq!(ended_before(subject, 10..13, 106, 2), [at(10, -7), at(10, 100)]);
    assert!(ended_before(subject, 10..10, i64::MAX, 9).is_empty());
}

fn only_the_holder_of_the_slots_forgets(subject: Subject) {
    let execution = uid(6, 60, 1);
    subject.keep(vec![start(execution, "fenced"), end(execution, 1, 1)]);
    let new = claim(&*subject.store, 0..Uid::SLOTS);
    let forget = vec![Forget { execution, ended: ended(1, execution) }];
    assert!(matches!(submit(&subject, forget.clone()), Err(Fault::Fenced)));
    let subject = Subject { fence: new, ..subject };
    assert_eq!(subject.find("fenced"), Some(execution));
    assert_eq!(submit(&subject, forget).expect("answered"), [Outcome::Committed]);
}

/// What is forgotten stays forgotten, and who has the name now has it.
pub(crate) fn check_lasting(place: &dyn Fn() -> Arc<dyn Store>) {
    let holder = |round: i64| uid(1, 10 + round, 1);
    let other = uid(2, 5, 1);
    for round in 0..6 {
        let mut subject = Subject::over(place());
        if round == 0 {
            subject.keep(vec![start(other, "other")]);
        } else {
            assert_eq!(subject.find("lasting"), Some(holder(round - 1)));
            assert_eq!(forget(&subject, &[(holder(round - 1), 1)]), [Outcome::Committed]);
        }
        if round % 2 == 1 {
            drop(subject);
            subject = Subject::over(place());
        }
        assert_eq!(subject.find("lasting"), None);
        subject.keep(vec![start(holder(round), "lasting"), end(holder(round), 1, 1)]);
        subject.keep(vec![step(other, round as u64 + 1)]);
        assert_eq!(listed(&subject), [holder(round), other]);
        assert_eq!(subject.history(other), steps(other, round as u64 + 2));
    }
}
