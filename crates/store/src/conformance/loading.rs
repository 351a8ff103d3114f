//! Loading: the last checkpoint and what came after it, no more and no less.

use bytes::Bytes;

use super::{Subject, end, records, start, step, steps, uid, wait};
use crate::commit::Commit;
use crate::store::{Loaded, Uid};

pub(crate) fn check(subject: Subject) {
    nothing_is_loaded_of_what_never_was(&subject);
    without_a_checkpoint_all_records_are_the_tail(&subject);
    the_last_checkpoint_counts(&subject);
    a_checkpoint_in_the_last_commit_leaves_no_tail(&subject);
    a_checkpoint_in_the_first_commit_counts(&subject);
    an_ended_execution_can_be_loaded(&subject);
    large_and_empty_payloads_come_back(&subject);
}

fn load(subject: &Subject, execution: Uid) -> Loaded {
    wait(subject.store.load(execution)).expect("loading works").expect("the execution exists")
}

fn checkpointed(commit: Commit, checkpoint: &'static str) -> Commit {
    Commit { checkpoint: Some(Bytes::from_static(checkpoint.as_bytes())), ..commit }
}

fn nothing_is_loaded_of_what_never_was(subject: &Subject) {
    let loaded = wait(subject.store.load(uid(0, 1, 1))).expect("loading works");
    assert!(loaded.is_none());
}

fn without_a_checkpoint_all_records_are_the_tail(subject: &Subject) {
    let execution = uid(1, 10, 1);
    subject.keep(vec![start(execution, "plain"), step(execution, 1)]);
    subject.keep(vec![step(execution, 2)]);
    let Loaded { checkpoint, tail, sequence } = load(subject, execution);
    assert_eq!((checkpoint, tail, sequence), (None, steps(execution, 3), 3));
}

fn the_last_checkpoint_counts(subject: &Subject) {
    let execution = uid(2, 20, 1);
    let early = checkpointed(step(execution, 1), "early");
    let late = checkpointed(step(execution, 3), "late");
    subject.keep(vec![start(execution, "checkpoints"), early, step(execution, 2)]);
    subject.keep(vec![late, step(execution, 4)]);
    subject.keep(vec![step(execution, 5)]);
    let Loaded { checkpoint, tail, sequence } = load(subject, execution);
    assert_eq!(checkpoint.as_deref(), Some(b"late".as_slice()));
    assert_eq!(tail, [records(execution, 4), records(execution, 5)]);
    assert_eq!(sequence, 6);
}

fn a_checkpoint_in_the_last_commit_leaves_no_tail(subject: &Subject) {
    let execution = uid(3, 30, 1);
    subject.keep(vec![start(execution, "no-tail"), checkpointed(step(execution, 1), "all")]);
    let Loaded { checkpoint, tail, sequence } = load(subject, execution);
    assert_eq!(checkpoint.as_deref(), Some(b"all".as_slice()));
    assert_eq!((tail, sequence), (vec![], 2));
}

fn a_checkpoint_in_the_first_commit_counts(subject: &Subject) {
    let execution = uid(4, 40, 1);
    subject.keep(vec![checkpointed(start(execution, "first"), ""), step(execution, 1)]);
    let Loaded { checkpoint, tail, sequence } = load(subject, execution);
    assert_eq!(checkpoint.as_deref(), Some(b"".as_slice()), "an empty checkpoint is one");
    assert_eq!((tail, sequence), (vec![records(execution, 1)], 2));
}

fn an_ended_execution_can_be_loaded(subject: &Subject) {
    let execution = uid(5, 50, 1);
    subject.keep(vec![start(execution, "over"), end(execution, 1, 1)]);
    assert_eq!(load(subject, execution).tail, steps(execution, 2));
}

fn large_and_empty_payloads_come_back(subject: &Subject) {
    let execution = uid(6, 60, 1);
    let large: Bytes = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect::<Vec<_>>().into();
    let first = Commit { records: large.clone(), ..start(execution, "large") };
    let second = Commit { records: Bytes::new(), ..step(execution, 1) };
    subject.keep(vec![first, second]);
    let loaded = load(subject, execution);
    assert!(loaded.tail == [large, Bytes::new()], "payloads come back unchanged");
}
