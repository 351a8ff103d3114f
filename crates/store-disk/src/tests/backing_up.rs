//! Backups: at any moment of a life in which room is given back, a copy is what the directory was at one moment,
//! and restores to a store that goes on (I26).

use std::sync::Arc;

use store::{Fault, Store};

use super::fake_disk::{Chance, FakeDisk};
use super::reclaiming::cut_log;
use super::world::{FadingIndex, World, claim_all, expected, now, observe, open};
use crate::backup::{check, copy, hold_front};
use crate::index::Index;

fn restored(copied: &FakeDisk) -> crate::DiskStore {
    open(copied, Arc::<FadingIndex>::default()).unwrap()
}

#[test]
fn i26_a_backup_at_any_moment_restores_all_that_was_acknowledged() {
    for seed in 0..10 {
        let (disk, index) = (FakeDisk::default(), Arc::<FadingIndex>::default());
        let mut world = World::new(seed);
        let store = open(&disk, index).unwrap();
        let fence = claim_all(&store).unwrap();
        for turn in 0..40 {
            world.submit(&store, &fence);
            world.forget(&store, &fence, 2);
            if world.chance.below(3) > 0 {
                store.pump();
            }
            for _ in 0..world.chance.below(4) {
                if store.reclaim().unwrap() {
                    store.pump();
                }
            }
            if turn % 4 == 3 {
                let copied = FakeDisk::default();
                let contents = copy(&disk, &copied).unwrap();
                assert_eq!(check(&copied).unwrap(), contents);
                // Without the index: it is made anew. All that was written is there, acknowledged or not.
                let acknowledged = *world.acknowledged.lock().unwrap();
                let store = restored(&copied);
                assert!(claim_all(&store).unwrap().epoch > fence.epoch);
                let place = &world.after_batch[acknowledged];
                assert_eq!(observe(&store, place).unwrap(), expected(place), "seed {seed}, turn {turn}");
            }
        }
    }
}

#[test]
fn a_restored_copy_goes_on_by_itself() {
    let (disk, _, counts) = cut_log();
    let copied = FakeDisk::default();
    copy(&disk, &copied).unwrap();
    let store = restored(&copied);
    let fence = claim_all(&store).unwrap();
    let mut world = World::new(9);
    world.after_batch = vec![counts];
    for _ in 0..10 {
        world.submit(&store, &fence);
        store.pump();
    }
    drop(store);
    let place = world.after_batch.last().unwrap();
    assert_eq!(observe(&restored(&copied.copy()), place).unwrap(), expected(place));
}

#[test]
fn a_copy_is_made_into_an_empty_directory_only_and_of_data_only() {
    let (disk, _, _) = cut_log();
    let copied = FakeDisk::default();
    copy(&disk, &copied).unwrap();
    let again = copy(&disk, &copied).expect_err("refused");
    assert!(again.to_string().contains("expected an empty directory for the backup"), "{again}");
    let nothing = copy(&FakeDisk::default(), &FakeDisk::default()).expect_err("refused");
    assert!(nothing.to_string().contains("expected data of Stairway"), "{nothing}");
}

#[test]
fn nothing_is_removed_while_somebody_copies() {
    let (disk, index) = (FakeDisk::default(), Arc::<FadingIndex>::default());
    let mut world = World::new(4);
    let store = open(&disk, index).unwrap();
    let fence = claim_all(&store).unwrap();
    for _ in 0..20 {
        world.submit(&store, &fence);
        world.forget(&store, &fence, 1);
        store.pump();
    }
    let held = hold_front(&disk).unwrap().unwrap();
    let busy = copy(&disk, &FakeDisk::default()).expect_err("refused");
    assert!(busy.to_string().contains("another backup"), "{busy}");
    while store.reclaim().unwrap() {
        store.pump();
    }
    assert!(disk.names().contains(&crate::segment::file_name(1)));
    drop(held);
    while store.reclaim().unwrap() {
        store.pump();
    }
    assert!(!disk.names().contains(&crate::segment::file_name(1)));
}

#[test]
fn a_copy_that_was_cut_short_is_not_taken_for_a_whole_one() {
    let (disk, _, _) = cut_log();
    let whole = FakeDisk::default();
    copy(&disk, &whole).unwrap();
    for operation in 0..whole.operations() {
        let copied = FakeDisk::default();
        copied.trouble_at(operation, super::fake_disk::Trouble::Dead);
        assert!(copy(&disk, &copied).is_err());
        let left = copied.after_crash(&mut Chance(operation));
        let is_format_there = left.names().iter().any(|name| name == "format");
        if is_format_there {
            check(&left).unwrap_or_else(|fault| panic!("operation {operation}: {fault}"));
        } else {
            assert!(matches!(check(&left), Err(Fault::Unavailable(_))));
        }
    }
}

#[test]
fn every_damage_to_a_copy_is_found_by_reading_it() {
    let (disk, _, _) = cut_log();
    let copied = FakeDisk::default();
    copy(&disk, &copied).unwrap();
    let contents = check(&copied).unwrap();
    for name in copied.names() {
        let length = copied.change(&name, |bytes| bytes.len());
        for at in (0..length).step_by(7) {
            if copied.change(&name, |bytes| bytes[at..].iter().take(64).all(|&byte| byte == 0)) {
                continue;
            }
            copied.change(&name, |bytes| bytes[at] ^= 1 << (at % 8));
            let found = check(&copied);
            // A header has room that says nothing.
            assert!(found.is_err() || found.unwrap() == contents, "`{name}` byte {at}");
            copied.change(&name, |bytes| bytes[at] ^= 1 << (at % 8));
        }
    }
    let lost = copied.names().into_iter().find(|name| name.starts_with("log-0")).unwrap();
    crate::disk::Disk::remove(&copied, &lost).unwrap();
    assert!(matches!(check(&copied), Err(Fault::Corrupt(_))));
    let index: Arc<dyn Index> = Arc::<FadingIndex>::default();
    let refused = crate::DiskStore::single_threaded(Arc::new(copied), index, super::world::small());
    assert!(matches!(refused.map(|store| now(store.close())), Err(Fault::Corrupt(_))));
}
