//! A full disk: nothing new is started, what runs goes on as long as it can and then waits; when there is
//! room again everything goes on, in the same process, and nothing acknowledged is lost (I23).

use std::sync::Arc;

use store::{Fault, Store};

use super::fake_disk::FakeDisk;
use super::world::{FadingIndex, World, claim_all, open, open_with, small, write_catalog};
use crate::{DiskStore, Options};

/// Submits until a turn of the wheel finds no room.
fn fill_up(world: &mut World, store: &DiskStore, fence: &store::Fence) {
    for _ in 0..10_000 {
        world.submit(store, fence);
        if !store.pump() {
            return;
        }
    }
    panic!("the disk was never full");
}

fn acknowledged(world: &World) -> usize {
    *world.acknowledged.lock().unwrap()
}

#[test]
fn i23_disk_full_is_a_state_not_a_crash() {
    for room in [0, 1, 700, 5_000, 20_000] {
        let disk = FakeDisk::default();
        let index = Arc::<FadingIndex>::default();
        let mut world = World::new(room);
        let store = open(&disk, index.clone()).unwrap();
        let fence = claim_all(&store).unwrap();
        disk.leave_room(Some(room));
        fill_up(&mut world, &store, &fence);
        let before = acknowledged(&world);
        for _ in 0..5 {
            world.submit(&store, &fence);
            assert!(!store.pump(), "without room nothing is written");
        }
        assert_eq!(acknowledged(&world), before, "nothing is acknowledged that is not written");
        disk.leave_room(None);
        while store.pump() {}
        assert!(acknowledged(&world) >= before + 6, "what waited is written when there is room");
        world.submit(&store, &fence);
        assert!(store.pump());
        drop(store);
        world.find_place(&open(&disk.copy(), index).unwrap());
    }
}

#[test]
fn a_process_that_ends_on_a_full_disk_has_lost_nothing_acknowledged() {
    for room in [0, 700, 5_000] {
        let disk = FakeDisk::default();
        let mut world = World::new(room);
        let store = open(&disk, Arc::<FadingIndex>::default()).unwrap();
        let fence = claim_all(&store).unwrap();
        disk.leave_room(Some(room));
        fill_up(&mut world, &store, &fence);
        drop(store);
        let full = disk.copy();
        full.leave_room(Some(0));
        let refused = open(&full, Arc::<FadingIndex>::default());
        assert!(matches!(refused, Err(Fault::Unavailable(_))), "a start needs room for a segment");
        world.find_place(&open(&disk.copy(), Arc::<FadingIndex>::default()).unwrap());
    }
}

#[test]
fn a_close_on_a_full_disk_says_that_what_waits_was_not_written() {
    let disk = FakeDisk::default();
    let mut world = World::new(1);
    let store = open(&disk, Arc::<FadingIndex>::default()).unwrap();
    let fence = claim_all(&store).unwrap();
    disk.leave_room(Some(0));
    fill_up(&mut world, &store, &fence);
    let before = acknowledged(&world);
    assert!(matches!(super::world::now(store.close()), Err(Fault::Poisoned(_))));
    assert_eq!(acknowledged(&world), before);
}

#[test]
fn a_catalog_that_cannot_grow_refuses_and_goes_on_later() {
    let disk = FakeDisk::default();
    let store = open(&disk, Arc::<FadingIndex>::default()).unwrap();
    disk.leave_room(Some(0));
    let mut version = 0;
    let refused = loop {
        match write_catalog(&store, version) {
            Ok(written) => assert!(written),
            Err(fault) => break fault,
        }
        version += 1;
    };
    assert!(matches!(refused, Fault::Full(_)), "{refused}");
    assert!(claim_all(&store).is_ok_and(|_| true), "the store is not poisoned");
    disk.leave_room(None);
    assert!(write_catalog(&store, version).unwrap());
    drop(store);
    let store = open(&disk.copy(), Arc::<FadingIndex>::default()).unwrap();
    assert!(write_catalog(&store, version + 1).unwrap(), "every acknowledged version is there");
}

#[test]
fn below_the_reserve_nothing_new_is_started() {
    let disk = FakeDisk::default();
    let options =
        Options { room_reserve_bytes: 1_000, room_look_every: std::time::Duration::ZERO, ..small() };
    let store = open_with(&disk, Arc::<FadingIndex>::default(), options).unwrap();
    for (free, has_room) in [(None, true), (Some(999), false), (Some(1_000), true), (Some(0), false)] {
        disk.leave_room(free);
        assert_eq!(store.has_room(), has_room, "{free:?} bytes are free");
    }
}
