//! The data directory: whose it is, who may read it, which program may.

use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use bytes::Bytes;
use store::{Fault, Store};

use super::fake_disk::FakeDisk;
use super::world::{FadingIndex, World, claim_all, open};
use crate::index::{Direction, Index};
use crate::row::Row;
use crate::varint::put_number;
use crate::{DiskStore, Options};

#[test]
fn a_directory_is_taken_once() {
    let directory = tempfile::tempdir().unwrap();
    let store = DiskStore::open(directory.path(), Options::default()).unwrap();
    let second = DiskStore::open(directory.path(), Options::default()).err().expect("refused");
    assert!(second.to_string().contains("in use by another process"), "{second}");
    drop(store);
    DiskStore::open(directory.path(), Options::default()).unwrap();
}

#[test]
fn a_closed_directory_can_be_taken_again() {
    let disk = FakeDisk::default();
    let open = || super::world::open(&disk, std::sync::Arc::<FadingIndex>::default());
    let store = open().unwrap();
    assert!(open().is_err());
    super::world::now(store.close()).unwrap();
    open().unwrap();
}

#[test]
fn files_are_their_owners_only() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("made/on/the/way");
    drop(DiskStore::open(&data, Options::default()).unwrap());
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let mut files = 0;
    for entry in std::fs::read_dir(&data).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            assert_eq!(mode(&entry.path()), 0o600, "{:?}", entry.file_name());
            files += 1;
        }
    }
    assert!(files >= 4, "format, lock, catalog, log");
}

#[test]
fn newer_data_is_refused() {
    let disk = FakeDisk::default();
    let open = || super::world::open(&disk, std::sync::Arc::<FadingIndex>::default());
    drop(open().unwrap());
    disk.change("format", |bytes| *bytes = b"stairway data format 3 and more\n".to_vec());
    let operations = disk.operations();
    let fault = open().err().expect("refused");
    assert!(matches!(fault, Fault::Newer { found: 3, readable: 2 }), "{fault}");
    assert_eq!(disk.operations(), operations, "nothing is touched");
}

#[test]
fn restarts_without_work_make_no_new_segments() {
    let disk = FakeDisk::default();
    let index = std::sync::Arc::<FadingIndex>::default();
    for _ in 0..5 {
        drop(super::world::open(&disk, index.clone()).unwrap());
    }
    assert_eq!(disk.names().iter().filter(|name| name.starts_with("log-")).count(), 1);
}

/// A backup is a copy of the directory. What is restored says what the original said, and claims under an
/// epoch that the original never had.
#[test]
fn i26_a_restored_copy_has_everything_and_a_new_epoch() {
    let disk = FakeDisk::default();
    let mut world = World::new(5);
    let store = open(&disk, Arc::<FadingIndex>::default()).unwrap();
    let fence = claim_all(&store).unwrap();
    for _ in 0..12 {
        world.submit(&store, &fence);
        store.pump();
    }
    // Taken while the original runs; the index is not part of it.
    let restored = open(&disk.copy(), Arc::<FadingIndex>::default()).unwrap();
    world.find_place(&restored);
    assert!(claim_all(&restored).unwrap().epoch > fence.epoch);
}

/// What format 1 would have written in place of an index: rows without what came later, and no rows of ends.
fn as_format_1(index: &FadingIndex) -> Arc<FadingIndex> {
    let mut rows = Vec::new();
    let whole = (&[0_u8][..], &[0xff_u8][..]);
    index
        .scan(whole.0, whole.1, Direction::Ascending, &mut |key, value| {
            let old = match key[0] {
                b'T' => None,
                b'E' => {
                    let row = Row::decode(&Bytes::copy_from_slice(value)).unwrap();
                    let mut log_bytes = Vec::new();
                    put_number(&mut log_bytes, row.log_bytes);
                    Some(value[..value.len() - log_bytes.len()].to_vec())
                }
                // Its last number is that of the first segment: one byte.
                b'P' => Some(value[..value.len() - 1].to_vec()),
                _ => Some(value.to_vec()),
            };
            rows.extend(old.map(|old| (key.to_vec(), Some(old))));
            ControlFlow::Continue(())
        })
        .unwrap();
    let old = FadingIndex::default();
    old.apply(rows).unwrap();
    Arc::new(old)
}

#[test]
fn i25_data_of_the_format_before_opens_and_its_work_goes_on() {
    let (disk, index) = (FakeDisk::default(), Arc::<FadingIndex>::default());
    let mut world = World::new(6);
    let store = open(&disk, index.clone()).unwrap();
    let fence = claim_all(&store).unwrap();
    for _ in 0..30 {
        world.submit(&store, &fence);
        store.pump();
    }
    store.pump_index();
    drop(store);
    let salt = super::world::small().salt;
    crate::format::create(&disk, crate::format::Format { version: 1, salt }).unwrap();
    for index in [as_format_1(&index), Arc::default()] {
        let disk = disk.copy();
        let past = world.after_batch.clone();
        let mut world = World::new(7);
        world.after_batch = past;
        *world.acknowledged.lock().unwrap() = world.after_batch.len() - 1;
        let store = open(&disk, index.clone()).unwrap();
        assert!(disk.change("format", |text| text.starts_with(b"stairway data format 2 ")));
        world.find_place(&store);
        let fence = claim_all(&store).unwrap();
        let is_ended =
            |counts: &super::world::Counts| counts.values().filter(|(_, is_over)| *is_over).count();
        let ended = super::world::now(store.ended(0..store::Uid::SLOTS, i64::MAX, usize::MAX)).unwrap();
        assert_eq!(ended.len(), is_ended(world.after_batch.last().unwrap()));
        assert!(!ended.is_empty());
        for _ in 0..6 {
            world.submit(&store, &fence);
            world.forget(&store, &fence, 2);
            store.pump();
            while store.reclaim().unwrap() {
                store.pump();
            }
        }
        drop(store);
        world.find_place(&open(&disk.copy(), index).unwrap());
    }
}
