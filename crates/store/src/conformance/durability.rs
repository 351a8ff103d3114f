//! Durability: what was acknowledged is there after a crash, in every view, and nothing else is.

use std::sync::Arc;

use bytes::Bytes;

use super::{MACHINE, Subject, end, start, step, steps, uid, wait};
use crate::catalog::CatalogWrite;
use crate::commit::{Commit, Outcome};
use crate::listing::ListingFilter;
use crate::store::{Fault, Store, Uid};

pub(crate) fn check(place: &dyn Fn() -> Arc<dyn Store>) {
    let (running, over) = (uid(10, 1_000, 1), uid(500, 2_000, 2));
    let subject = Subject::over(place());
    let first_epoch = subject.fence.epoch;
    let write = CatalogWrite { key: b"key".as_slice().into(), expected_version: 0, value: Some("v".into()) };
    assert!(wait(subject.store.catalog_write(vec![write])).expect("the catalog is writable"));
    let checkpoint = Some(Bytes::from_static(b"whole"));
    let note = Some(Bytes::from_static(b"later"));
    let checkpointed = Commit { checkpoint, note, ..step(running, 1) };
    subject.keep(vec![start(running, "running"), start(over, "over"), checkpointed]);
    subject.keep(vec![end(over, 1, 2), step(running, 2)]);
    drop(subject);

    for round in 0..4 {
        let subject = Subject::over(place());
        assert!(subject.fence.epoch > first_epoch, "epochs rise across restarts");
        let sequence = 3 + round;
        check_views(&subject, running, over, sequence);
        assert_eq!(subject.commit(vec![step(running, sequence - 1)]), [Outcome::Stale]);
        assert_eq!(subject.commit(vec![start(uid(10, 9, 9), "running")]), [Outcome::NameTaken(running)]);
        subject.keep(vec![step(running, sequence)]);
    }
}

fn check_views(subject: &Subject, running: Uid, over: Uid, sequence: u64) {
    assert_eq!(subject.history(running), steps(running, sequence));
    assert_eq!(subject.history(over), steps(over, 2));
    let loaded = wait(subject.store.load(running)).expect("loading works").expect("it exists");
    assert_eq!(loaded.checkpoint.as_deref(), Some(b"whole".as_slice()));
    assert_eq!((loaded.tail.as_slice(), loaded.sequence), (&steps(running, sequence)[2..], sequence));
    assert_eq!((subject.find("running"), subject.find("over")), (Some(running), Some(over)));
    let open = wait(subject.store.open(0..Uid::SLOTS, None, 10)).expect("readable");
    assert_eq!(open.iter().map(|(uid, _)| *uid).collect::<Vec<_>>(), [running]);
    let rows = wait(subject.store.list(MACHINE, ListingFilter::All, None, 10)).expect("readable");
    let rows: Vec<_> = rows.iter().map(|row| (row.execution, row.ended.map(|end| end.status))).collect();
    assert_eq!(rows, [(over, Some(2)), (running, None)]);
    let noted = wait(subject.store.listing(running)).expect("readable").expect("it is listed");
    assert_eq!(&noted.note[..], b"later");
    let catalog = wait(subject.store.catalog_read()).expect("readable");
    assert_eq!(catalog.len(), 1);
    assert_eq!((catalog[0].1.version, &catalog[0].1.value[..]), (1, b"v".as_slice()));
}

/// What was submitted before the close is durable; a closed store says so.
pub(crate) fn check_closing(place: &dyn Fn() -> Arc<dyn Store>) {
    let execution = uid(1, 10, 1);
    let subject = Subject::over(place());
    let answer = subject.submit(vec![start(execution, "closing")]);
    wait(subject.store.close()).expect("the store closes");
    assert_eq!(answer.wait().expect("committed"), [Outcome::Committed]);
    let late = subject.submit(vec![step(execution, 1)]).wait();
    assert!(matches!(late, Err(Fault::Unavailable(_))), "{late:?}");
    let read = wait(subject.store.find(MACHINE, "closing"));
    assert!(matches!(read, Err(Fault::Unavailable(_))), "{read:?}");
}
