//! Reclaiming: the front of the log is cut off while executions come and go, whatever happens meanwhile. Nothing
//! acknowledged is lost, nothing forgotten comes back, and what is not needed takes no room.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use store::conformance::wait;
use store::{Commit, Fence, ListingFilter, Store, Uid};

use super::fake_disk::{Chance, FakeDisk, Trouble};
use super::world::{
    Counts, FadingIndex, World, claim_all, commit, expected, now, observe, open, records_of, small,
};
use crate::{DiskStore, Options};

/// A life in which executions end and are forgotten, and room is given back. Ends early if the machine goes off.
fn live(world: &mut World, disk: &FakeDisk, index: &Arc<FadingIndex>, turns: u64) {
    let Ok(store) = open(disk, index.clone()) else { return };
    let Ok(fence) = claim_all(&store) else { return };
    for _ in 0..turns {
        world.submit(&store, &fence);
        if world.chance.below(3) > 0 {
            store.pump();
        }
        if world.chance.below(4) == 0 {
            store.pump_index();
        }
        if world.chance.below(2) == 0 {
            world.forget(&store, &fence, 2);
        }
        for _ in 0..world.chance.below(6) {
            if store.reclaim().is_ok_and(|more| more) && world.chance.below(2) == 0 {
                store.pump();
            }
        }
    }
    store.pump();
    give_room_back(&store);
}

/// Turns the wheel until nothing is left to do.
fn give_room_back(store: &DiskStore) {
    while store.reclaim().is_ok_and(|more| more) {
        store.pump();
    }
}

fn first_segment(disk: &FakeDisk) -> u64 {
    disk.names().iter().filter_map(|name| crate::segment::number_of(name)).min().unwrap_or(0)
}

#[test]
fn a_crash_at_any_operation_of_reclaiming_loses_nothing_and_brings_nothing_back() {
    let whole = FakeDisk::default();
    live(&mut World::new(1), &whole, &Arc::default(), 50);
    assert!(first_segment(&whole) > 4, "segments were cut off");
    for operation in 0..=whole.operations() {
        for seed in 0..6 {
            let disk = FakeDisk::default();
            disk.trouble_at(operation, Trouble::Dead);
            let index = Arc::default();
            let mut world = World::new(1);
            live(&mut world, &disk, &index, 50);
            let mut chance = Chance(seed);
            let (disk, faded) = (disk.after_crash(&mut chance), index.after_crash(&mut chance));
            // Every second time, the index is made anew from what is left of the log.
            let index = if seed % 2 == 0 { Arc::default() } else { faded };
            let store = open(&disk, index)
                .unwrap_or_else(|fault| panic!("operation {operation}, seed {seed}: {fault}"));
            world.find_place(&store);
        }
    }
}

#[test]
fn many_crashes_in_a_row_lose_nothing_while_the_log_is_cut() {
    for seed in 0..60 {
        let mut chance = Chance(seed);
        let mut world = World::new(seed);
        let (mut disk, mut index) = (FakeDisk::default(), Arc::<FadingIndex>::default());
        for round in 0..12 {
            disk.trouble_at(disk.operations() + chance.below(160), Trouble::Dead);
            live(&mut world, &disk, &index, 1 + chance.below(30));
            disk = disk.after_crash(&mut chance);
            index = if chance.below(4) == 0 { Arc::default() } else { index.after_crash(&mut chance) };
            let store = open(&disk, index.clone())
                .unwrap_or_else(|fault| panic!("seed {seed}, round {round}: {fault}"));
            world.find_place(&store);
        }
    }
}

/// A directory whose front was cut off several times, what it says, and its index.
pub(super) fn cut_log() -> (FakeDisk, Arc<FadingIndex>, Counts) {
    let (disk, index) = (FakeDisk::default(), Arc::<FadingIndex>::default());
    let mut world = World::new(3);
    live(&mut world, &disk, &index, 40);
    assert!(first_segment(&disk) > 2, "segments were cut off");
    let counts = world.after_batch.pop().unwrap();
    (disk.copy(), index.copy(), counts)
}

#[test]
fn an_index_made_anew_from_a_cut_log_says_the_same() {
    let (disk, index, counts) = cut_log();
    for index in [index, Arc::default()] {
        let store = open(&disk.copy(), index).unwrap();
        assert_eq!(observe(&store, &counts).unwrap(), expected(&counts));
    }
}

/// A process may end between the removal of one segment and that of the next; a file system may keep the names
/// in any order.
#[test]
fn segments_before_the_front_that_a_crash_has_left_are_removed() {
    let (disk, index) = (FakeDisk::default(), Arc::<FadingIndex>::default());
    let mut world = World::new(4);
    let store = open(&disk, index.clone()).unwrap();
    let fence = claim_all(&store).unwrap();
    for _ in 0..40 {
        world.submit(&store, &fence);
        world.forget(&store, &fence, 1);
        store.pump();
    }
    let whole = disk.copy();
    give_room_back(&store);
    drop(store);
    let (first, counts) = (first_segment(&disk), world.after_batch.pop().unwrap());
    assert!(first > 4, "segments were cut off");
    for left in [vec![first - 1], vec![first - 2, first - 1], vec![1], vec![1, first - 2]] {
        for index in [index.copy(), Arc::default()] {
            let disk = disk.copy();
            for number in &left {
                let name = crate::segment::file_name(*number);
                let file = crate::disk::Disk::create(&disk, &name).unwrap();
                file.write_at(0, &whole.change(&name, |bytes| bytes.clone())).unwrap();
            }
            let store = open(&disk, index).unwrap();
            assert_eq!(observe(&store, &counts).unwrap(), expected(&counts), "{left:?} were left");
            assert_eq!(first_segment(&disk), first);
        }
    }
}

/// Starts, ends and forgets executions that hold their records for a while, and one that never ends.
fn come_and_go(store: &DiskStore, fence: &Fence, rounds: u64, mut after_round: impl FnMut(u64)) {
    let uid = |number: u64| Uid::new((number % 1_024) as u16, number as i64, number);
    for round in 0..rounds {
        let batch: Vec<Commit> = (0..20)
            .flat_map(|n| {
                let uid = uid(1 + round * 20 + n);
                [commit(uid, 0, false), commit(uid, 1, true)]
            })
            .collect();
        store.commit(fence, batch, Box::new(|result| assert!(result.is_ok())));
        store.pump();
        store.pump_index();
        let ended = now(store.ended(0..Uid::SLOTS, (round as i64 - 2) * 20, usize::MAX)).unwrap();
        store.forget(fence, ended, Box::new(|result| assert!(result.is_ok())));
        store.pump();
        give_room_back(store);
        after_round(round);
    }
}

#[test]
fn a_data_directory_stops_growing() {
    let disk = FakeDisk::default();
    let index = Arc::<FadingIndex>::default();
    let store = open(&disk, index.clone()).unwrap();
    let fence = claim_all(&store).unwrap();
    let eternal = Uid::new(2_000, 1, 1);
    store.commit(&fence, (0..9).map(|number| commit(eternal, number, false)).collect(), Box::new(drop));
    store.pump();
    let bytes = || -> usize { disk.names().iter().map(|name| disk.change(name, |bytes| bytes.len())).sum() };
    let (mut files_max, mut bytes_max) = (0, 0);
    come_and_go(&store, &fence, 200, |round| {
        store.pump_index();
        assert_eq!(store.recent_count(), 0, "what the index has, or has forgotten, is not kept in memory");
        if round > 10 {
            files_max = files_max.max(disk.names().len());
            bytes_max = bytes_max.max(bytes());
        }
    });
    // Of 4,000 executions 60 to 80 are kept, of more than 1 KiB each; beside the log there is a catalog of 64 KiB.
    assert!(files_max < 60, "{files_max} files");
    assert!(bytes_max < 64 * 1_024 + 4 * 80 * 1_024, "{bytes_max} bytes");
    let rows = now(store.list(super::world::MACHINE, ListingFilter::All, None, usize::MAX)).unwrap();
    assert!(rows.len() < 100, "{} executions are listed", rows.len());
    let whole: Vec<_> = (0..9).map(|number| records_of(eternal, number)).collect();
    assert_eq!(now(store.history(eternal, 0)).unwrap(), whole);
    assert_eq!(now(store.history(eternal, 7)).unwrap(), &whole[7..]);
    store.commit(&fence, vec![commit(eternal, 9, false)], Box::new(|result| assert!(result.is_ok())));
    store.pump();
    drop(store);
    let store = open(&disk.copy(), Arc::<FadingIndex>::default()).unwrap();
    assert_eq!(now(store.load(eternal)).unwrap().unwrap().sequence, 10);
    assert_eq!(now(store.history(eternal, 0)).unwrap().len(), 10);
}

#[test]
fn open_executions_at_the_front_do_not_keep_all_that_comes_after_them() {
    let disk = FakeDisk::default();
    let store = open(&disk, Arc::<FadingIndex>::default()).unwrap();
    let fence = claim_all(&store).unwrap();
    let eternal: Vec<_> = (0..60).map(|n| Uid::new(1_024 + n, 1, u64::from(n))).collect();
    for &uid in &eternal {
        store.commit(&fence, (0..3).map(|number| commit(uid, number, false)).collect(), Box::new(drop));
        store.pump();
    }
    come_and_go(&store, &fence, 100, |_| ());
    assert!(first_segment(&disk) > 20, "the log was cut, and what lives was carried forward");
    let reopened = open(&disk.copy(), Arc::<FadingIndex>::default()).unwrap();
    for uid in eternal {
        let whole: Vec<_> = (0..3).map(|number| records_of(uid, number)).collect();
        assert_eq!(now(reopened.history(uid, 0)).unwrap(), whole);
    }
}

/// What is larger than what is carried together goes in parts; it goes on meanwhile, and the process may end
/// between two parts.
#[test]
fn a_large_execution_is_carried_in_parts_while_it_goes_on() {
    let disk = FakeDisk::default();
    let index = Arc::<FadingIndex>::default();
    let store = open(&disk, index.clone()).unwrap();
    let fence = claim_all(&store).unwrap();
    let large = Uid::new(2_000, 1, 1);
    let records = |sequence: u64| bytes::Bytes::from(vec![1 + (sequence % 200) as u8; 150_000]);
    let step = |sequence| Commit { records: records(sequence), ..commit(large, sequence, false) };
    let whole = |count: u64| (0..count).map(records).collect::<Vec<_>>();
    let mut count = 0;
    let mut go_on = |store: &DiskStore| {
        store.commit(&fence, vec![step(count)], Box::new(|result| assert!(result.is_ok())));
        store.pump();
        count += 1;
        count
    };
    for _ in 0..20 {
        go_on(&store);
    }
    // Short ones behind it, so that most of the log is not worth what stands at its front.
    let forgotten: Vec<_> = (0..30).map(|n| Uid::new(n, 1, u64::from(n))).collect();
    for &uid in &forgotten {
        let much = Commit { records: records(7), ..commit(uid, 0, true) };
        store.commit(&fence, vec![much], Box::new(drop));
        store.pump();
    }
    let ended = now(store.ended(0..Uid::SLOTS, i64::MAX, usize::MAX)).unwrap();
    store.forget(&fence, ended, Box::new(|result| assert!(result.is_ok())));
    store.pump();
    let mut turns = 0;
    while store.reclaim().unwrap() {
        store.pump();
        turns += 1;
        let count = if turns % 8 == 0 { go_on(&store) } else { go_on_count(&store, large) };
        assert_eq!(now(store.history(large, 0)).unwrap(), whole(count), "turn {turns}");
        if turns % 16 == 0 {
            for index in [index.copy(), Arc::default()] {
                let restarted = open(&disk.copy(), index).unwrap();
                assert_eq!(now(restarted.history(large, 0)).unwrap(), whole(count), "turn {turns}");
                let loaded = now(restarted.load(large)).unwrap().unwrap();
                assert_eq!(loaded.sequence, count);
                assert!(loaded.checkpoint.is_some() && loaded.tail.len() < 3);
            }
        }
    }
    assert!(first_segment(&disk) > 20, "all of the large execution was carried");
}

fn go_on_count(store: &DiskStore, execution: Uid) -> u64 {
    now(store.load(execution)).unwrap().unwrap().sequence
}

/// With threads of its own: who reads a history while its segment is cut off sees all of it, or nothing when it
/// is forgotten.
#[test]
fn readers_are_not_disturbed_by_a_cut() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { index_pause: std::time::Duration::ZERO, ..small() };
    let store = Arc::new(DiskStore::open(directory.path(), options).unwrap());
    let fence = wait(store.claim(0..Uid::SLOTS)).unwrap();
    let eternal: Vec<_> = (0..10).map(|n| Uid::new(1_500 + n, 1, 1)).collect();
    for &uid in &eternal {
        store.commit(&fence, (0..5).map(|number| commit(uid, number, false)).collect(), Box::new(drop));
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (store, eternal, is_over) = (store.clone(), eternal.clone(), is_over.clone());
            std::thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    for &uid in &eternal {
                        let whole: Vec<_> = (0..5).map(|number| records_of(uid, number)).collect();
                        let history = wait(store.history(uid, 0)).unwrap();
                        assert!(history == whole || history.is_empty(), "{} commits", history.len());
                    }
                }
            })
        })
        .collect();
    for number in 0..1_500_u64 {
        let uid = Uid::new((number % 1_024) as u16, number as i64, number);
        store.commit(&fence, vec![commit(uid, 0, false), commit(uid, 1, true)], Box::new(drop));
        if number % 50 == 49 {
            let ended = wait(store.ended(0..Uid::SLOTS, i64::MAX, usize::MAX)).unwrap();
            let (sender, forgotten) = std::sync::mpsc::channel();
            store.forget(&fence, ended, Box::new(move |result| sender.send(result).unwrap()));
            forgotten.recv().unwrap().unwrap();
            while store.reclaim().unwrap() {
                std::thread::yield_now();
            }
        }
    }
    is_over.store(true, Ordering::Relaxed);
    readers.into_iter().for_each(|reader| reader.join().unwrap());
    let names = std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let first = names.filter_map(|name| crate::segment::number_of(name.to_str()?)).min();
    assert!(first > Some(5), "{first:?} is the first segment that is left");
}
