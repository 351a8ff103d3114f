//! Crashes: at every operation of the disk, and by chance again and again. What was acknowledged is there,
//! batches are whole, and the log goes on.

use std::sync::Arc;

use bytes::Bytes;
use store::{CatalogWrite, Store};

use super::fake_disk::{Chance, FakeDisk, Trouble};
use super::world::{
    FadingIndex, World, claim_all, expected_with_catalog, now, observe, open, open_with, small, write_catalog,
};
use crate::{DiskStore, Options};

/// Some batches, rounds and segments' worth of life. Ends early if the machine goes off.
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
    }
    store.pump();
}

#[test]
fn a_crash_at_any_operation_loses_nothing_acknowledged() {
    let whole = FakeDisk::default();
    live(&mut World::new(1), &whole, &Arc::default(), 25);
    for operation in 0..=whole.operations() {
        for seed in 0..6 {
            let disk = FakeDisk::default();
            disk.trouble_at(operation, Trouble::Dead);
            let index = Arc::default();
            let mut world = World::new(1);
            live(&mut world, &disk, &index, 25);
            let mut chance = Chance(seed);
            let (disk, index) = (disk.after_crash(&mut chance), index.after_crash(&mut chance));
            let store = open(&disk, index)
                .unwrap_or_else(|fault| panic!("operation {operation}, seed {seed}: {fault}"));
            world.find_place(&store);
        }
    }
}

#[test]
fn many_crashes_in_a_row_lose_nothing_acknowledged() {
    for seed in 0..60 {
        let mut chance = Chance(seed);
        let mut world = World::new(seed);
        let (mut disk, mut index) = (FakeDisk::default(), Arc::<FadingIndex>::default());
        for round in 0..12 {
            disk.trouble_at(disk.operations() + chance.below(80), Trouble::Dead);
            live(&mut world, &disk, &index, 1 + chance.below(30));
            disk = disk.after_crash(&mut chance);
            // Now and then the index is lost altogether.
            index = if chance.below(5) == 0 { Arc::default() } else { index.after_crash(&mut chance) };
            let store = open(&disk, index.clone())
                .unwrap_or_else(|fault| panic!("seed {seed}, round {round}: {fault}"));
            world.find_place(&store);
        }
    }
}

#[test]
fn a_crash_while_the_catalog_is_written_leaves_the_old_or_the_new() {
    for operation in 0..60 {
        for seed in 0..4 {
            let disk = FakeDisk::default();
            disk.trouble_at(operation, Trouble::Dead);
            let mut acknowledged = 0;
            if let Ok(store) = open(&disk, Arc::<FadingIndex>::default()) {
                while write_catalog(&store, acknowledged).is_ok() && acknowledged < 10 {
                    acknowledged += 1;
                }
            }
            let disk = disk.after_crash(&mut Chance(seed));
            let store = open(&disk, Arc::<FadingIndex>::default()).unwrap();
            let observation = observe(&store, &Default::default()).unwrap();
            let is = |version| observation == expected_with_catalog(&Default::default(), version);
            let is_empty = observation == super::world::expected(&Default::default());
            assert!(
                is(acknowledged) || is(acknowledged + 1) || acknowledged == 0 && is_empty,
                "operation {operation}, seed {seed}: {acknowledged} acknowledged, {observation:?}"
            );
        }
    }
}

/// A batch that was written, but not synced, when the process was killed is seen after the restart. It must
/// not vanish when the power fails later.
#[test]
fn what_was_read_after_a_kill_survives_a_loss_of_power() {
    for seed in 0..20 {
        let disk = FakeDisk::default();
        let mut world = World::new(seed);
        {
            // One segment is enough, so that the next sync is that of the batch.
            let options = Options { segment_bytes_first: 64 << 10, ..small() };
            let store = open_with(&disk, Arc::<FadingIndex>::default(), options).unwrap();
            let fence = claim_all(&store).unwrap();
            for _ in 0..1 + seed % 4 {
                world.submit(&store, &fence);
                store.pump();
            }
            world.submit(&store, &fence);
            let sync_of_last = disk.operations() + 1;
            disk.trouble_at(sync_of_last, Trouble::Dead);
            store.pump();
        }
        let place = world.after_batch.len() - 1;
        assert_eq!(*world.acknowledged.lock().unwrap(), place - 1);
        disk.trouble_at(u64::MAX, Trouble::Dead);
        let store = open(&disk, Arc::<FadingIndex>::default()).unwrap();
        world.find_place(&store);
        assert_eq!(world.after_batch.len() - 1, place, "the write is in the system's cache");
        drop(store);
        let disk = disk.after_crash(&mut Chance(seed));
        world.find_place(&open(&disk, Arc::<FadingIndex>::default()).unwrap());
    }
}

/// The catalog is made longer while the power fails: its length is that before or that after.
#[test]
fn a_catalog_that_grows_while_the_power_fails_opens_again() {
    let write = |store: &DiskStore, expected_version| {
        let value = Some(Bytes::from(vec![7; 20_000]));
        let key = b"key".as_slice().into();
        now(store.catalog_write(vec![CatalogWrite { key, expected_version, value }]))
    };
    let grow = |disk: &FakeDisk| {
        let Ok(store) = open(disk, Arc::<FadingIndex>::default()) else { return 0 };
        (0..8).take_while(|version| write(&store, *version).is_ok()).count() as u64
    };
    let whole = FakeDisk::default();
    assert_eq!(grow(&whole), 8);
    for operation in 0..whole.operations() {
        for seed in 0..6 {
            let disk = FakeDisk::default();
            disk.trouble_at(operation, Trouble::Dead);
            let written = grow(&disk);
            let store = open(&disk.after_crash(&mut Chance(seed)), Arc::<FadingIndex>::default())
                .unwrap_or_else(|fault| panic!("operation {operation}, seed {seed}: {fault}"));
            let is_there = |version| write(&store, version).unwrap();
            assert!(is_there(written) || is_there(written + 1), "operation {operation}: {written} writes");
        }
    }
}
