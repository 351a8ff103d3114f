//! Commit order and atomicity: outcomes stand in order, and a batch may build on one not yet durable.

use std::sync::{Arc, Mutex};
use std::thread;

use super::{Subject, claim, end, start, step, steps, submit, uid};
use crate::commit::Outcome;
use crate::store::Store;

pub(crate) fn check(subject: Subject) {
    outcomes_stand_in_the_order_of_the_commits(&subject);
    an_empty_batch_is_answered(&subject);
    batches_build_on_batches_in_flight(&subject);
    results_come_in_the_order_of_the_calls(&subject);
    done_may_call_the_store(&subject);
    shards_commit_side_by_side(&subject.store);
}

fn outcomes_stand_in_the_order_of_the_commits(subject: &Subject) {
    let (first, second) = (uid(1, 10, 1), uid(900, 10, 2));
    let batch = vec![start(first, "order-1"), step(second, 7), start(second, "order-2"), step(first, 1)];
    let expected = [Outcome::Committed, Outcome::Stale, Outcome::Committed, Outcome::Committed];
    assert_eq!(subject.commit(batch), expected);
    assert_eq!(subject.history(first), steps(first, 2));
    assert_eq!(subject.history(second), steps(second, 1));
}

fn an_empty_batch_is_answered(subject: &Subject) {
    assert_eq!(subject.commit(vec![]), []);
}

fn batches_build_on_batches_in_flight(subject: &Subject) {
    let execution = uid(2, 20, 1);
    let mut answers = vec![subject.submit(vec![start(execution, "in-flight")])];
    answers.extend((1..200).map(|sequence| subject.submit(vec![step(execution, sequence)])));
    answers.push(subject.submit(vec![end(execution, 200, 1)]));
    for answer in answers {
        assert_eq!(answer.wait().expect("committed"), [Outcome::Committed]);
    }
    assert_eq!(subject.history(execution), steps(execution, 201));
}

fn results_come_in_the_order_of_the_calls(subject: &Subject) {
    let order = Arc::new(Mutex::new(Vec::new()));
    let execution = uid(3, 30, 1);
    subject.keep(vec![start(execution, "result-order")]);
    for number in 0..50_u64 {
        let order = order.clone();
        // Every other batch is refused whole: its answer must not overtake those before it.
        let sequence = if number.is_multiple_of(2) { number / 2 + 1 } else { 1_000 };
        let note = move |_| order.lock().expect("no panic in `done`").push(number);
        subject.store.commit(&subject.fence, vec![step(execution, sequence)], Box::new(note));
    }
    subject.commit(vec![]);
    assert_eq!(*order.lock().expect("no panic in `done`"), (0..50).collect::<Vec<_>>());
}

fn done_may_call_the_store(subject: &Subject) {
    let execution = uid(4, 40, 1);
    let (sender, receiver) = std::sync::mpsc::channel();
    let (store, fence) = (Arc::downgrade(&subject.store), subject.fence.clone());
    let again = move |_| {
        let store = store.upgrade().expect("the store is alive");
        let report = move |result| drop(sender.send(result));
        store.commit(&fence, vec![step(execution, 1)], Box::new(report));
    };
    subject.store.commit(&subject.fence, vec![start(execution, "reentrant")], Box::new(again));
    subject.commit(vec![]);
    subject.commit(vec![]);
    let result = receiver.recv().expect("`done` is called").expect("committed");
    assert_eq!(result, [Outcome::Committed]);
}

fn shards_commit_side_by_side(store: &Arc<dyn Store>) {
    const SHARDS: u16 = 4;
    const EACH: u64 = 100;
    let shard_slots = |shard: u16| shard * 256..(shard + 1) * 256;
    thread::scope(|scope| {
        for shard in 0..SHARDS {
            scope.spawn(move || {
                let fence = claim(&**store, shard_slots(shard));
                let execution = uid(shard * 256 + 7, 50, u64::from(shard));
                let name = format!("side-by-side-{shard}");
                let mut answers = vec![submit(&**store, &fence, vec![start(execution, &name)])];
                answers.extend((1..EACH).map(|n| submit(&**store, &fence, vec![step(execution, n)])));
                for answer in answers {
                    assert_eq!(answer.wait().expect("committed"), [Outcome::Committed]);
                }
            });
        }
    });
    for shard in 0..SHARDS {
        let execution = uid(shard * 256 + 7, 50, u64::from(shard));
        let history = super::wait(store.history(execution, 0)).expect("histories are readable");
        assert_eq!(history, steps(execution, EACH));
    }
}
