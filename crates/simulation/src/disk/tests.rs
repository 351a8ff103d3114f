use std::sync::Arc;

use store_disk::{Disk, DiskFile};

use super::{Crash, SimulatedDisk};
use crate::random::Random;

fn disk(seed: u64) -> SimulatedDisk {
    SimulatedDisk::new(Random::new(seed))
}

fn bytes_of(file: &Arc<dyn DiskFile>) -> Vec<u8> {
    let mut bytes = vec![0; file.len().unwrap() as usize];
    file.read_at(0, &mut bytes).unwrap();
    bytes
}

/// A file of three sectors of ones, durable under its name.
fn ones(disk: &SimulatedDisk) -> Arc<dyn DiskFile> {
    let file = disk.create("file").unwrap();
    file.write_at(0, &[1; 1_536]).unwrap();
    file.sync_data().unwrap();
    disk.sync_names().unwrap();
    file
}

#[test]
fn what_was_synced_survives_a_power_cut() {
    for seed in 0..100 {
        let disk = disk(seed);
        ones(&disk);
        disk.restart(Crash::PowerCut);
        assert_eq!(bytes_of(&disk.open("file").unwrap()), [1; 1_536]);
    }
}

#[test]
fn unsynced_sectors_are_kept_dropped_and_torn_but_never_split() {
    let mut ends = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let disk = disk(seed);
        let file = ones(&disk);
        file.write_at(0, &[2; 1_536]).unwrap();
        file.write_at(512, &[3; 512]).unwrap();
        disk.restart(Crash::PowerCut);
        let bytes = bytes_of(&disk.open("file").unwrap());
        let sectors: Vec<u8> = bytes.chunks(512).map(|sector| sector[0]).collect();
        assert!(bytes.chunks(512).all(|sector| sector.iter().all(|byte| *byte == sector[0])));
        ends.insert(sectors);
    }
    for end in [[1, 1, 1], [2, 3, 2], [1, 3, 2], [2, 2, 1], [1, 2, 1]] {
        assert!(ends.contains(end.as_slice()), "{end:?} never came out of {ends:?}");
    }
}

#[test]
fn a_kill_takes_nothing_that_was_written() {
    let disk = disk(1);
    let file = ones(&disk);
    file.write_at(0, &[2; 3]).unwrap();
    disk.restart(Crash::Kill);
    assert_eq!(bytes_of(&disk.open("file").unwrap())[..4], [2, 2, 2, 1]);
    assert!(disk.has_unsynced_writes());
}

#[test]
fn names_may_vanish_until_they_are_synced() {
    let mut outcomes = std::collections::BTreeSet::new();
    for seed in 0..100 {
        let disk = disk(seed);
        let file = disk.create("draft").unwrap();
        file.sync_data().unwrap();
        disk.rename("draft", "final").unwrap();
        disk.restart(Crash::PowerCut);
        outcomes.insert(disk.list().unwrap());
    }
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert!(outcomes.contains(&names(&[])) && outcomes.contains(&names(&["final"])), "{outcomes:?}");
    assert!(outcomes.contains(&names(&["draft"])), "{outcomes:?}");
}

#[test]
fn pages_of_a_failed_sync_read_well_and_a_later_sync_does_not_save_them() {
    let mut lost = 0;
    for seed in 0..50 {
        let disk = disk(seed);
        let file = ones(&disk);
        file.write_at(0, &[2; 512]).unwrap();
        disk.fail_sync_after(1);
        assert!(file.sync_data().is_err());
        assert_eq!(bytes_of(&file)[0], 2);
        file.sync_data().unwrap();
        disk.restart(Crash::PowerCut);
        lost += u32::from(bytes_of(&disk.open("file").unwrap())[0] == 1);
    }
    assert!(lost > 5, "lost {lost} times");
}

#[test]
fn a_stopped_process_can_do_nothing_more() {
    let disk = disk(3);
    let file = ones(&disk);
    disk.stop_after(2);
    file.write_at(0, &[2]).unwrap();
    assert!(file.sync_data().is_err() && file.write_at(0, &[3]).is_err() && disk.list().is_err());
    assert!(disk.is_off());
    disk.restart(Crash::Kill);
    assert_eq!(bytes_of(&disk.open("file").unwrap())[0], 2);
}

#[test]
fn a_directory_is_held_by_one() {
    let disk = disk(4);
    let held = disk.lock("lock").unwrap();
    assert!(disk.lock("lock").is_err());
    drop(held);
    disk.lock("lock").unwrap();
}
