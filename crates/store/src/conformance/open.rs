//! Open executions: those that have not ended, in uid order, with what the last commit said they await.

use super::{Subject, end, start, step, uid, wait};
use crate::commit::{Awaits, Commit};
use crate::store::{SlotRange, Uid};

pub(crate) fn check(subject: Subject) {
    only_open_executions_of_the_slots_are_given(&subject);
    pages_follow_each_other(&subject);
    the_last_commit_says_what_is_awaited(&subject);
    an_end_can_be_taken_back(&subject);
}

fn open(subject: &Subject, slots: SlotRange, after: Option<Uid>, limit: usize) -> Vec<(Uid, Awaits)> {
    wait(subject.store.open(slots, after, limit)).expect("open executions are readable")
}

fn uids(rows: Vec<(Uid, Awaits)>) -> Vec<Uid> {
    rows.into_iter().map(|(uid, _)| uid).collect()
}

fn only_open_executions_of_the_slots_are_given(subject: &Subject) {
    let (before, first, second, past) = (uid(9, 1, 1), uid(10, 1, 1), uid(19, 1, 1), uid(20, 1, 1));
    let over = uid(12, 1, 1);
    let at_once = uid(13, 1, 1);
    let all = [before, first, second, past, over];
    subject.keep(all.iter().map(|&execution| start(execution, &format!("{execution:?}"))).collect());
    subject.keep(vec![end(over, 1, 1), start(at_once, "at-once"), end(at_once, 1, 2)]);
    assert_eq!(uids(open(subject, 10..20, None, 100)), [first, second]);
    assert_eq!(uids(open(subject, 0..Uid::SLOTS, None, 100)), [before, first, second, past]);
    assert!(open(subject, 30..40, None, 100).is_empty());
    assert!(open(subject, 10..10, None, 100).is_empty());
}

fn pages_follow_each_other(subject: &Subject) {
    let executions: Vec<_> = (0..25).map(|n| uid(100 + n / 10, i64::from(n), u64::from(n))).collect();
    let starts = executions.iter().rev().map(|&execution| start(execution, &format!("{execution:?}")));
    subject.keep(starts.collect());
    let mut seen = Vec::new();
    loop {
        let page = uids(open(subject, 100..200, seen.last().copied(), 10));
        assert!(page.len() <= 10);
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    assert_eq!(seen, executions);
}

fn the_last_commit_says_what_is_awaited(subject: &Subject) {
    let execution = uid(300, 1, 1);
    let sleeps = Awaits { deadline_ms: Some(-5), owes: false };
    let works = Awaits { deadline_ms: Some(i64::MAX), owes: true };
    subject.keep(vec![Commit { awaits: sleeps, ..start(execution, "awaits") }]);
    assert_eq!(open(subject, 300..301, None, 10), [(execution, sleeps)]);
    subject.keep(vec![Commit { awaits: works, ..step(execution, 1) }]);
    assert_eq!(open(subject, 300..301, None, 10), [(execution, works)]);
    subject.keep(vec![Commit { awaits: Awaits::default(), ..step(execution, 2) }]);
    assert_eq!(open(subject, 300..301, None, 10), [(execution, Awaits::default())]);
}

fn an_end_can_be_taken_back(subject: &Subject) {
    let execution = uid(400, 1, 1);
    subject.keep(vec![start(execution, "redriven"), end(execution, 1, 2)]);
    assert!(open(subject, 400..401, None, 10).is_empty());
    subject.keep(vec![step(execution, 2)]);
    assert_eq!(uids(open(subject, 400..401, None, 10)), [execution]);
    subject.keep(vec![end(execution, 3, 1)]);
    assert!(open(subject, 400..401, None, 10).is_empty());
}
