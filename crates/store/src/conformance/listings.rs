//! Listings: newest start first, filtered, page by page.

use bytes::Bytes;

use super::{MACHINE, Subject, end, start_of, step, steps, uid, wait};
use crate::commit::{Commit, Ended};
use crate::listing::{Listing, ListingFilter, ListingPosition};
use crate::store::Uid;

const SUCCEEDED: u8 = 1;
const FAILED: u8 = 2;

pub(crate) fn check(subject: Subject) {
    a_row_shows_what_the_start_said(&subject);
    the_newest_start_comes_first(&subject);
    filters_choose_rows(&subject);
    pages_follow_each_other(&subject);
    a_row_changes_with_the_end(&subject);
    an_end_can_follow_an_end(&subject);
    a_later_note_takes_the_place_of_the_first(&subject);
}

fn list(subject: &Subject, machine: u128, filter: ListingFilter, limit: usize) -> Vec<Uid> {
    page(subject, machine, filter, None, limit).iter().map(|listing| listing.execution).collect()
}

fn page(
    subject: &Subject,
    machine: u128,
    filter: ListingFilter,
    after: Option<ListingPosition>,
    limit: usize,
) -> Vec<Listing> {
    wait(subject.store.list(machine, filter, after, limit)).expect("listings are readable")
}

fn row(subject: &Subject, execution: Uid) -> Option<Listing> {
    wait(subject.store.listing(execution)).expect("listings are readable")
}

fn a_row_shows_what_the_start_said(subject: &Subject) {
    let execution = uid(1, 1_700_000_000_000, 1);
    assert_eq!(row(subject, execution), None);
    subject.keep(vec![start_of(1, execution, "shown")]);
    let expected = Listing {
        execution,
        machine: 1,
        name: "shown".into(),
        started_ms: 1_700_000_000_000,
        note: Bytes::from_static(b"note of shown"),
        ended: None,
    };
    assert_eq!(row(subject, execution), Some(expected.clone()));
    assert_eq!(page(subject, 1, ListingFilter::All, None, 10), [expected]);
}

fn the_newest_start_comes_first(subject: &Subject) {
    let (old, new, twin) = (uid(900, 10, 1), uid(2, 30, 1), uid(3, 30, 1));
    let starts = [(new, "new"), (old, "old"), (twin, "twin")];
    subject.keep(starts.iter().map(|(execution, name)| start_of(2, *execution, name)).collect());
    assert_eq!(list(subject, 2, ListingFilter::All, 10), [twin, new, old]);
    assert_eq!(list(subject, 2, ListingFilter::All, 2), [twin, new]);
    assert!(list(subject, 2, ListingFilter::All, 0).is_empty());
    assert!(list(subject, u128::MAX, ListingFilter::All, 10).is_empty());
}

fn filters_choose_rows(subject: &Subject) {
    let executions: Vec<_> = (0..9).map(|n| uid(n, 100 + i64::from(n), 1)).collect();
    let starts = executions.iter().map(|&execution| start_of(3, execution, &format!("{execution:?}")));
    subject.keep(starts.collect());
    let statuses = [SUCCEEDED, FAILED];
    let ends = executions.iter().zip(0..6).map(|(&execution, n)| end(execution, 1, statuses[n % 2]));
    subject.keep(ends.collect());
    let newest_first = |which: &[usize]| which.iter().map(|&at| executions[at]).collect::<Vec<_>>();
    assert_eq!(list(subject, 3, ListingFilter::Open, 10), newest_first(&[8, 7, 6]));
    assert_eq!(list(subject, 3, ListingFilter::Status(SUCCEEDED), 10), newest_first(&[4, 2, 0]));
    assert_eq!(list(subject, 3, ListingFilter::Status(FAILED), 2), newest_first(&[5, 3]));
    assert!(list(subject, 3, ListingFilter::Status(7), 10).is_empty());
    assert_eq!(list(subject, 3, ListingFilter::All, 100).len(), 9);
}

fn pages_follow_each_other(subject: &Subject) {
    // Several start in the same millisecond, so that a page ends among equals.
    let mut executions: Vec<_> = (0..40_u16).map(|n| uid(n * 7 % 1_024, i64::from(n / 8), 1)).collect();
    let starts = executions.iter().map(|&execution| start_of(4, execution, &format!("{execution:?}")));
    subject.keep(starts.collect());
    let ended = executions.iter().step_by(3).map(|&execution| end(execution, 1, SUCCEEDED));
    subject.keep(ended.collect());
    executions.sort_by_key(|&execution| (execution.started_ms(), execution));
    executions.reverse();
    for limit in [1, 7, 40, 100] {
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let rows = page(subject, 4, ListingFilter::All, after, limit);
            let Some(last) = rows.last() else { break };
            after = Some(last.position());
            seen.extend(rows.iter().map(|listing| listing.execution));
        }
        assert_eq!(seen, executions, "pages of {limit}");
    }
}

fn a_row_changes_with_the_end(subject: &Subject) {
    let execution = uid(8, 500, 1);
    subject.keep(vec![start_of(MACHINE, execution, "changes")]);
    assert_eq!(list(subject, MACHINE, ListingFilter::Open, 10), [execution]);
    subject.keep(vec![end(execution, 1, FAILED)]);
    let ended = Ended { status: FAILED, stopped_ms: 505 };
    assert_eq!(row(subject, execution).and_then(|listing| listing.ended), Some(ended));
    assert!(list(subject, MACHINE, ListingFilter::Open, 10).is_empty());
    assert_eq!(list(subject, MACHINE, ListingFilter::Status(FAILED), 10), [execution]);
    subject.keep(vec![step(execution, 2)]);
    assert_eq!(list(subject, MACHINE, ListingFilter::Open, 10), [execution]);
    assert!(list(subject, MACHINE, ListingFilter::Status(FAILED), 10).is_empty());
    assert_eq!(list(subject, MACHINE, ListingFilter::All, 10), [execution]);
}

fn an_end_can_follow_an_end(subject: &Subject) {
    let execution = uid(9, 600, 1);
    subject.keep(vec![start_of(5, execution, "redriven"), end(execution, 1, FAILED)]);
    let ended = Some(Ended { status: SUCCEEDED, stopped_ms: 900 });
    subject.keep(vec![Commit { ended, ..end(execution, 2, SUCCEEDED) }]);
    assert_eq!(row(subject, execution).and_then(|listing| listing.ended), ended);
    assert!(list(subject, 5, ListingFilter::Status(FAILED), 10).is_empty());
    assert_eq!(list(subject, 5, ListingFilter::Status(SUCCEEDED), 10), [execution]);
}

fn a_later_note_takes_the_place_of_the_first(subject: &Subject) {
    let execution = uid(11, 700, 1);
    let note = || row(subject, execution).map(|listing| listing.note);
    subject.keep(vec![start_of(6, execution, "noted")]);
    let later = Some(Bytes::from_static(b"another note"));
    subject.keep(vec![Commit { note: later.clone(), ..end(execution, 1, FAILED) }]);
    assert_eq!(note(), later);
    subject.keep(vec![step(execution, 2)]);
    assert_eq!(note(), later);
    assert_eq!(subject.history(execution), steps(execution, 3));
}
