//! Histories: all records since the start, checkpoints or not.

use bytes::Bytes;

use super::{Subject, end, start, step, steps, uid};
use crate::commit::Commit;

pub(crate) fn check(subject: Subject) {
    the_history_of_what_never_was_is_empty(&subject);
    a_checkpoint_shortens_no_history(&subject);
    executions_do_not_mix(&subject);
}

fn the_history_of_what_never_was_is_empty(subject: &Subject) {
    assert!(subject.history(uid(0, 1, 1)).is_empty());
}

fn a_checkpoint_shortens_no_history(subject: &Subject) {
    let execution = uid(1, 10, 1);
    subject.keep(vec![start(execution, "whole")]);
    for sequence in 1..20 {
        let checkpoint = (sequence % 5 == 0).then(|| Bytes::from_static(b"so far"));
        subject.keep(vec![Commit { checkpoint, ..step(execution, sequence) }]);
        assert_eq!(subject.history(execution), steps(execution, sequence + 1));
    }
    subject.keep(vec![end(execution, 20, 1)]);
    assert_eq!(subject.history(execution), steps(execution, 21));
    for after in [1, 4, 5, 6, 20, 21, 22, u64::MAX] {
        let left = steps(execution, 21).split_off(after.min(21) as usize);
        assert_eq!(subject.history_after(execution, after), left, "after {after}");
    }
}

fn executions_do_not_mix(subject: &Subject) {
    let executions: Vec<_> = (0..10).map(|n| uid(n * 100, 20, 7)).collect();
    let starts = executions.iter().map(|&execution| start(execution, &format!("mixed-{execution:?}")));
    subject.keep(starts.collect());
    for sequence in 1..5 {
        subject.keep(executions.iter().map(|&execution| step(execution, sequence)).collect());
    }
    for execution in executions {
        assert_eq!(subject.history(execution), steps(execution, 5));
    }
}
