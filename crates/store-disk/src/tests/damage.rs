//! Damage: a flipped bit, a shortened file, a missing file. Each is detected or harmless; wrong data is
//! never given.

use std::sync::Arc;

use store::Fault;

use super::fake_disk::FakeDisk;
use super::world::{
    Counts, FadingIndex, Observation, World, claim_all, expected, expected_with_catalog, observe, open,
    write_catalog,
};

/// A data directory with a few segments, as a killed process leaves it, and what it says.
fn small_log() -> (FakeDisk, Arc<FadingIndex>, Counts) {
    let disk = FakeDisk::default();
    let index = Arc::<FadingIndex>::default();
    let mut world = World::new(3);
    for _ in 0..2 {
        let store = open(&disk, index.clone()).unwrap();
        let fence = claim_all(&store).unwrap();
        for _ in 0..6 {
            world.submit(&store, &fence);
            store.pump();
        }
    }
    let store = open(&disk, index.clone()).unwrap();
    write_catalog(&store, 0).unwrap();
    let fence = claim_all(&store).unwrap();
    world.submit(&store, &fence);
    store.pump();
    drop(store);
    let counts = world.after_batch.pop().unwrap();
    (disk.copy(), index, counts)
}

/// What a damaged directory says, through the index there is and through one made anew.
fn says(disk: &FakeDisk, index: &Arc<FadingIndex>, counts: &Counts) -> [Result<Observation, Fault>; 2] {
    let reread =
        |index: Arc<FadingIndex>| open(&disk.copy(), index).and_then(|store| observe(&store, counts));
    [reread(index.copy()), reread(Arc::default())]
}

/// True if the damage was detected.
fn check(what: &str, disk: &FakeDisk, index: &Arc<FadingIndex>, counts: &Counts) -> bool {
    let mut is_detected = false;
    for said in says(disk, index, counts) {
        match said {
            Ok(observation) => {
                assert!(observation == expected_with_catalog(counts, 1), "{what}: wrong data was given");
            }
            Err(Fault::Corrupt(_)) => is_detected = true,
            // A changed version number looks like a newer format.
            Err(Fault::Newer { .. }) => is_detected = true,
            Err(other) => panic!("{what}: {other}"),
        }
    }
    is_detected
}

#[test]
fn the_undamaged_log_says_what_it_should() {
    let (disk, index, counts) = small_log();
    assert!(!check("no damage", &disk, &index, &counts));
}

#[test]
fn every_flipped_byte_is_detected_or_harmless() {
    let (disk, index, counts) = small_log();
    let mut detected = 0;
    for name in disk.names() {
        let length = disk.change(&name, |bytes| bytes.len());
        for at in 0..length {
            // Bytes that were never written need no thorough check: some of them are enough.
            let is_unwritten = disk.change(&name, |bytes| bytes[at..].iter().take(64).all(|&byte| byte == 0));
            if is_unwritten && at % 509 != 0 {
                continue;
            }
            let flip = 1 << (at % 8);
            disk.change(&name, |bytes| bytes[at] ^= flip);
            detected += usize::from(check(&format!("`{name}` byte {at}"), &disk, &index, &counts));
            disk.change(&name, |bytes| bytes[at] ^= flip);
        }
    }
    assert!(detected > 5_000, "{detected} flips were detected");
}

/// What was carried forward, what is forgotten and where the front is are as safe as commits are.
#[test]
fn every_flipped_byte_of_a_log_that_was_cut_is_detected_or_harmless() {
    let (disk, index, counts) = super::reclaiming::cut_log();
    let mut detected = 0;
    for name in disk.names().into_iter().filter(|name| name.starts_with("log-0")) {
        let length = disk.change(&name, |bytes| bytes.len());
        for at in (0..length).step_by(3) {
            if disk.change(&name, |bytes| bytes[at..].iter().take(64).all(|&byte| byte == 0)) {
                continue;
            }
            disk.change(&name, |bytes| bytes[at] ^= 1 << (at % 8));
            for said in says(&disk, &index, &counts) {
                match said {
                    Ok(said) => {
                        assert!(said == expected(&counts), "`{name}` byte {at}: wrong data was given")
                    }
                    Err(Fault::Corrupt(_)) => detected += 1,
                    Err(other) => panic!("`{name}` byte {at}: {other}"),
                }
            }
            disk.change(&name, |bytes| bytes[at] ^= 1 << (at % 8));
        }
    }
    assert!(detected > 5_000, "{detected} flips were detected");
}

#[test]
fn every_missing_segment_of_a_log_that_was_cut_is_detected() {
    let (disk, index, counts) = super::reclaiming::cut_log();
    // The last segment, which nothing follows, is missed by the index only.
    drop(open(&disk, index.clone()).unwrap());
    let names: Vec<_> = disk.names().into_iter().filter(|name| name.starts_with("log-0")).collect();
    for (place, name) in names.iter().enumerate() {
        let damaged = disk.copy();
        crate::disk::Disk::remove(&damaged, name).unwrap();
        let said = says(&damaged, &index, &counts);
        assert!(matches!(said[0], Err(Fault::Corrupt(_))), "`{name}`: {:?}", said[0]);
        let is_last = place + 1 == names.len();
        assert!(is_last || matches!(said[1], Err(Fault::Corrupt(_))), "`{name}`: {:?}", said[1]);
    }
}

#[test]
fn every_shortened_file_is_detected_or_harmless() {
    let (disk, index, counts) = small_log();
    for name in disk.names() {
        let whole = disk.change(&name, |bytes| bytes.clone());
        let written = whole.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        for length in (0..written).step_by(8) {
            disk.change(&name, |bytes| bytes.truncate(length));
            let what = format!("`{name}` cut to {length}");
            assert!(check(&what, &disk, &index, &counts), "{what} was not detected");
            disk.change(&name, |bytes| bytes.clone_from(&whole));
        }
    }
}

#[test]
fn every_missing_file_is_detected() {
    let (disk, _, counts) = small_log();
    for name in disk.names() {
        let damaged = disk.copy();
        crate::disk::Disk::remove(&damaged, &name).unwrap();
        // The last segment, which nothing follows, is missed by the index only.
        let index = Arc::<FadingIndex>::default();
        drop(open(&disk.copy(), index.clone()).unwrap());
        let said = open(&damaged, index).and_then(|store| observe(&store, &counts));
        assert!(matches!(said, Err(Fault::Corrupt(_))), "`{name}`: {said:?}");
    }
}

/// A prepared segment has no header yet, and one that is cut short may have none any more.
#[test]
fn a_last_segment_without_its_header_is_not_taken_for_an_unused_one() {
    let (disk, _, _) = small_log();
    let last = disk.names().into_iter().filter(|name| name.starts_with("log-0")).max().unwrap();
    for length in [0, 1, 6, 511, 512] {
        let damaged = disk.copy();
        damaged.change(&last, |bytes| bytes.truncate(length));
        let opened = open(&damaged, Arc::<FadingIndex>::default());
        assert!(matches!(opened, Err(Fault::Corrupt(_))), "`{last}` cut to {length} bytes");
    }
}
