use std::time::Duration;

use super::clock::{judge_run, judge_year};
use super::data;
use super::disk::{existing, judge_file_system, judge_room, judge_syncs, syncs};
use super::limits::{available_of_machine, judge_memory, judge_open_files};
use super::{Finding, State};

fn check(found: &Finding, state: State, part: &str) {
    assert_eq!(found.state, state, "{found:?}");
    assert!(found.told.contains(part), "{found:?}");
}

#[test]
fn file_systems_that_forget_or_are_elsewhere_are_told() {
    check(&judge_file_system(0xef53), State::Ok, "ext4");
    check(&judge_file_system(0x0102_1994), State::Warning, "in memory");
    check(&judge_file_system(0x794c_7630), State::Warning, "mount a volume");
    check(&judge_file_system(0x6969), State::Warning, "another machine");
    check(&judge_file_system(0x1234), State::Ok, "0x1234");
}

#[test]
fn syncs_that_cannot_be_true_or_last_are_told() {
    let of = |micros: u64| vec![Duration::from_micros(micros); 100];
    check(&judge_syncs(&mut of(200)), State::Ok, "100 syncs, p50 0.200 ms, p99 0.200 ms");
    check(&judge_syncs(&mut of(2)), State::Warning, "quicker than any device");
    check(&judge_syncs(&mut of(80_000)), State::Warning, "every answer waits");
    let mut one_late = of(200);
    one_late[3] = Duration::from_secs(1);
    check(&judge_syncs(&mut one_late), State::Warning, "p50 0.200 ms, p99 1000.000 ms");
}

#[test]
fn what_is_measured_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let found = syncs(&folder.path().join("not/there/yet"), 3);
    assert!(found.told.starts_with("3 syncs, p50 "), "{found:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(existing(&folder.path().join("not/there")), folder.path());
}

#[test]
fn little_room_is_told_before_it_ends() {
    check(&judge_room(u64::MAX), State::Ok, "MiB are free");
    check(&judge_room(1 << 30), State::Warning, "1024 MiB are free; below 256 MiB");
    check(&judge_room(1 << 20), State::Failed, "make room");
}

#[test]
fn a_clock_that_jumps_or_lies_is_told() {
    let second = Duration::from_secs(1);
    check(&judge_run(second, Some(second + Duration::from_millis(10))), State::Ok, "as time does");
    check(&judge_run(second, Some(Duration::from_secs(5))), State::Warning, "on by 5000 ms");
    check(&judge_run(second, None), State::Warning, "back");
    check(&judge_year(1_790_000_000), State::Ok, "2026");
    check(&judge_year(0), State::Failed, "1970");
    check(&judge_year(5_000_000_000), State::Failed, "2128");
}

#[test]
fn tight_limits_are_told() {
    check(&judge_open_files(None), State::Ok, "without a limit");
    check(&judge_open_files(Some(256)), State::Failed, "ulimit");
    check(&judge_open_files(Some(1_024)), State::Warning, "ulimit");
    check(&judge_open_files(Some(65_536)), State::Ok, "at most 65536");
    check(&judge_memory(Some(64 << 20)), State::Warning, "64 MiB are available");
    check(&judge_memory(Some(4 << 30)), State::Ok, "4096 MiB");
    assert_eq!(available_of_machine("MemTotal: 9 kB\nMemAvailable:    2048 kB\n"), Some(2 << 20));
    assert_eq!(available_of_machine("nothing"), None);
}

#[test]
fn data_is_read_when_nobody_works_on_it_and_left_alone_when_somebody_does() {
    let folder = tempfile::tempdir().unwrap();
    check(&data::examine(folder.path()), State::Ok, "there is none");
    let store = store_disk::DiskStore::open(folder.path(), store_disk::Options::default()).unwrap();
    check(&data::examine(folder.path()), State::Ok, "a server works on it");
    drop(store);
    check(&data::examine(folder.path()), State::Ok, "format 2, 0 batches");
    let catalog = folder.path().join("catalog.log");
    let mut bytes = std::fs::read(&catalog).unwrap();
    bytes[20] ^= 1;
    std::fs::write(&catalog, bytes).unwrap();
    check(&data::examine(folder.path()), State::Failed, "restore a backup");
    std::fs::write(folder.path().join("format"), "stairway data format 99 x\n").unwrap();
    check(&data::examine(folder.path()), State::Failed, "newer Stairway (format 99");
}
