//! Faults: one failing write or sync poisons the store for good, and nothing acknowledged is lost by it.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex};

use store::{Fault, Store, Uid};

use super::fake_disk::{Chance, FakeDisk, Trouble};
use super::world::{FadingIndex, World, claim_all, commit, now, open, write_catalog};
use crate::DiskStore;

fn is_poisoned<T>(result: &Result<T, Fault>) -> bool {
    matches!(result, Err(Fault::Poisoned(_)))
}

fn submit(store: &DiskStore, fence: &store::Fence) -> Arc<Mutex<Option<Result<(), Fault>>>> {
    let answer = Arc::new(Mutex::new(None));
    let place = answer.clone();
    let done = move |result: Result<Vec<_>, Fault>| *place.lock().unwrap() = Some(result.map(drop));
    store.commit(fence, vec![commit(Uid::new(1, 1, 1), 0, false)], Box::new(done));
    answer
}

#[test]
fn a_failed_write_or_sync_poisons_everything_after_it() {
    for (after, kind) in [(0, ErrorKind::StorageFull), (0, ErrorKind::Other), (1, ErrorKind::Other)] {
        let disk = FakeDisk::default();
        let store = open(&disk, Arc::<FadingIndex>::default()).unwrap();
        let fence = claim_all(&store).unwrap();
        disk.trouble_at(disk.operations() + after, Trouble::Error(kind));
        let in_flight = submit(&store, &fence);
        store.pump();
        let operations = disk.operations();
        let later = submit(&store, &fence);
        store.pump();
        for answer in [in_flight, later] {
            let answer = answer.lock().unwrap().take().expect("`done` is called");
            assert!(is_poisoned(&answer), "{answer:?}");
        }
        assert!(is_poisoned(&now(store.find(7, "any"))));
        assert!(is_poisoned(&now(store.load(Uid::new(1, 1, 1)))));
        assert!(is_poisoned(&now(store.open(0..9, None, 1))));
        assert!(is_poisoned(&now(store.catalog_read())));
        assert!(is_poisoned(&write_catalog(&store, 0)));
        assert!(is_poisoned(&claim_all(&store)));
        assert_eq!(disk.operations(), operations, "nothing is written any more");
        assert!(is_poisoned(&now(store.close())));
    }
}

#[test]
fn a_failed_catalog_write_poisons_the_store() {
    for after in 0..2 {
        let disk = FakeDisk::default();
        let store = open(&disk, Arc::<FadingIndex>::default()).unwrap();
        disk.trouble_at(disk.operations() + after, Trouble::Error(ErrorKind::Other));
        assert!(is_poisoned(&write_catalog(&store, 0)));
        assert!(is_poisoned(&claim_all(&store)));
    }
}

/// Each operation of a life fails once. The process ends, with or without a loss of power, and all that was
/// acknowledged is there.
#[test]
fn a_fault_at_any_operation_loses_nothing_acknowledged() {
    let live = |world: &mut World, disk: &FakeDisk| {
        let Ok(store) = open(disk, Arc::<FadingIndex>::default()) else { return };
        let Ok(fence) = claim_all(&store) else { return };
        for _ in 0..20 {
            world.submit(&store, &fence);
            store.pump();
        }
    };
    let whole = FakeDisk::default();
    live(&mut World::new(2), &whole);
    for operation in 0..whole.operations() {
        for (seed, kind) in [(0, ErrorKind::Other), (1, ErrorKind::StorageFull), (2, ErrorKind::Other)] {
            let disk = FakeDisk::default();
            disk.trouble_at(operation, Trouble::Error(kind));
            let mut world = World::new(2);
            live(&mut world, &disk);
            let disk = if seed == 0 { disk } else { disk.after_crash(&mut Chance(seed)) };
            let store = open(&disk, Arc::<FadingIndex>::default())
                .unwrap_or_else(|fault| panic!("operation {operation}, seed {seed}: {fault}"));
            world.find_place(&store);
        }
    }
}
