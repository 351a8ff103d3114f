//! Fences: a later claim makes an earlier fence of any of its slots void; epochs rise.

use super::{Subject, claim, start, step, submit, uid};
use crate::commit::Outcome;
use crate::store::{Fault, Fence, Store};

pub(crate) fn check(subject: Subject) {
    let store = &*subject.store;
    a_later_claim_voids_the_earlier_fence(store);
    an_overlap_of_one_slot_is_enough(store);
    neighbours_leave_each_other_alone(store);
    a_fence_covers_its_own_slots_only(store);
    nothing_of_a_fenced_batch_is_kept(store);
}

fn is_void(store: &dyn Store, fence: &Fence) -> bool {
    matches!(submit(store, fence, vec![]).wait(), Err(Fault::Fenced))
}

fn a_later_claim_voids_the_earlier_fence(store: &dyn Store) {
    let earlier = claim(store, 0..100);
    let later = claim(store, 0..100);
    assert!(later.epoch > earlier.epoch, "epochs rise");
    assert!(is_void(store, &earlier));
    assert!(!is_void(store, &later));
}

fn an_overlap_of_one_slot_is_enough(store: &dyn Store) {
    let low = claim(store, 0..100);
    let high = claim(store, 99..200);
    assert!(is_void(store, &low));
    let inside = claim(store, 150..151);
    assert!(is_void(store, &high));
    assert!(!is_void(store, &inside));
}

fn neighbours_leave_each_other_alone(store: &dyn Store) {
    let low = claim(store, 0..100);
    let high = claim(store, 100..200);
    assert!(!is_void(store, &low));
    assert!(!is_void(store, &high));
}

fn a_fence_covers_its_own_slots_only(store: &dyn Store) {
    let low = claim(store, 0..100);
    let high = claim(store, 100..200);
    let execution = uid(100, 10, 1);
    let strange = submit(store, &low, vec![start(execution, "strange")]).wait();
    assert!(matches!(strange, Err(Fault::Fenced)), "{strange:?}");
    let own = submit(store, &high, vec![start(execution, "strange")]).wait();
    assert_eq!(own.expect("committed"), [Outcome::Committed]);
}

fn nothing_of_a_fenced_batch_is_kept(store: &dyn Store) {
    let old = claim(store, 200..300);
    let (kept, lost) = (uid(200, 20, 1), uid(201, 20, 2));
    let before = submit(store, &old, vec![start(kept, "kept")]);
    assert_eq!(before.wait().expect("committed"), [Outcome::Committed]);
    let new = claim(store, 200..300);
    let fenced = submit(store, &old, vec![step(kept, 1), start(lost, "lost")]).wait();
    assert!(matches!(fenced, Err(Fault::Fenced)), "{fenced:?}");
    let after = submit(store, &new, vec![step(kept, 1), start(lost, "lost")]).wait();
    assert_eq!(after.expect("committed"), [Outcome::Committed, Outcome::Committed]);
}
