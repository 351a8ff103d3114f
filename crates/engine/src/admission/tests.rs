use super::*;

const FOUR_THREADS: usize = 4;

/// How many calls one of four threads may have under way.
fn admitted(admission: &Admission, call: Refusable) -> usize {
    (0..).find(|under_way| !admission.admits(call, *under_way, FOUR_THREADS)).unwrap()
}

/// Commits one after the other, each of which had to wait so long, with so much under way.
fn commit(admission: &Admission, now_ms: &mut i64, count: usize, wait_ms: i64, under_way: usize) {
    for _ in 0..count {
        *now_ms += wait_ms.max(1);
        let submitted = admission.submitted(under_way, *now_ms - wait_ms, 0);
        admission.committed(submitted, *now_ms);
    }
}

#[test]
fn idle_shard_admits_all_that_fits() {
    let admission = Admission::default();
    assert_eq!(admitted(&admission, Refusable::Start), STARTS_REFUSED_AT / FOUR_THREADS);
}

#[test]
fn slow_commits_shrink_the_bound_from_what_is_under_way_to_the_least() {
    let (admission, mut now_ms) = (Admission::default(), 0);
    commit(&admission, &mut now_ms, 40, 1_000, 4_000);
    let bound = admission.bound();
    assert!(bound < 4_000, "{bound}");
    commit(&admission, &mut now_ms, 200, 1_000, 300);
    assert_eq!(admission.bound(), LEAST);
    assert_eq!(admitted(&admission, Refusable::Start), LEAST / FOUR_THREADS);
}

#[test]
fn lists_are_refused_before_starts_and_starts_before_polls() {
    let (admission, mut now_ms) = (Admission::default(), 0);
    commit(&admission, &mut now_ms, 100, 1_000, 2_000);
    let of = |call| admitted(&admission, call);
    let (lists, starts, polls) = (of(Refusable::List), of(Refusable::Start), of(Refusable::Poll));
    assert!(lists < starts && starts < polls, "{lists}, {starts}, {polls}");
}

#[test]
fn one_slow_sync_refuses_nobody() {
    let (admission, mut now_ms) = (Admission::default(), 0);
    commit(&admission, &mut now_ms, 100, 5, 500);
    commit(&admission, &mut now_ms, 1, 1_000, 5_000);
    assert_eq!(admission.bound(), STARTS_REFUSED_AT);
}

#[test]
fn bound_is_back_within_five_seconds_of_quick_commits() {
    let (admission, mut now_ms) = (Admission::default(), 0);
    commit(&admission, &mut now_ms, 300, 1_000, 8_000);
    assert_eq!(admission.bound(), LEAST);
    let slow_until = now_ms;
    commit(&admission, &mut now_ms, 1_000, 5, 500);
    assert_eq!(now_ms - slow_until, 5_000);
    assert!(admission.bound() > 8_000, "{}", admission.bound());
}

#[test]
fn long_queue_alone_shrinks_the_bound() {
    let (admission, mut now_ms) = (Admission::default(), 0);
    commit(&admission, &mut now_ms, 200, 1, STARTS_REFUSED_AT + 1);
    assert!(admission.bound() < STARTS_REFUSED_AT);
}

#[test]
fn thread_always_has_a_few_calls_and_a_clock_set_back_changes_nothing() {
    let (admission, mut now_ms) = (Admission::default(), 0);
    commit(&admission, &mut now_ms, 300, 1_000, 1);
    assert!(admission.admits(Refusable::List, LEAST_OF_THREAD - 1, 1_000));
    assert!(!admission.admits(Refusable::List, LEAST_OF_THREAD, 1_000));
    let waited = admission.wait_ms();
    admission.committed(admission.submitted(1, now_ms, 0), now_ms - 1_000_000);
    assert!(admission.wait_ms() <= waited);
}
