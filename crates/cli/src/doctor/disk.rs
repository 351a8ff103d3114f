//! The disk of a data directory: which file system it is, how long a sync takes, how much is free.
//!
//! INVARIANT: the one file that is written here is removed again.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use store_disk::Options;

use super::{Finding, State};

const FILE_SYSTEM: &str = "file system";
const SYNC: &str = "sync";
const ROOM: &str = "room";

/// What is written before each sync that is measured: about what a quiet server writes.
const SYNCED_BYTES: usize = 4 << 10;
/// A device needs longer than this to make anything durable, even one with a battery.
const IMPLAUSIBLE: Duration = Duration::from_micros(10);
/// An answer waits for one sync or two.
const SLOW: Duration = Duration::from_millis(50);

/// The directory, or the nearest one above it that is there.
pub(super) fn existing(directory: &Path) -> PathBuf {
    let whole = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    whole.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("/")).to_owned()
}

pub(crate) fn file_system(directory: &Path) -> Finding {
    match rustix::fs::statfs(existing(directory)) {
        Ok(found) => judge_file_system(found.f_type as u64 & 0xffff_ffff),
        Err(error) => Finding::new(State::Failed, FILE_SYSTEM, format!("cannot be asked: {error}")),
    }
}

/// By the numbers of statfs(2).
pub(super) fn judge_file_system(kind: u64) -> Finding {
    let (state, told) = match kind {
        0xef53 => (State::Ok, "ext4".into()),
        0x5846_5342 => (State::Ok, "xfs".into()),
        0x9123_683e => (State::Ok, "btrfs".into()),
        0x2fc1_2fc1 => (State::Ok, "zfs".into()),
        0xf2f5_2010 => (State::Ok, "f2fs".into()),
        0x0102_1994 | 0x8584_58f6 => {
            let told =
                "it is in memory: everything is lost when the machine ends; put the data directory on a disk";
            (State::Warning, told.into())
        }
        0x794c_7630 => {
            let told =
                "overlay: what a container writes to its own layer is lost with it; mount a volume there";
            (State::Warning, told.into())
        }
        0x6969 | 0xff53_4d42 | 0xfe53_4d42 | 0x0102_1997 | 0x00c3_6400 => {
            let told = "it is on another machine (NFS, SMB, 9P or Ceph): whether a sync is kept there, and a lock \
                        holds, is that machine's word; use a local disk";
            (State::Warning, told.into())
        }
        0x6573_5546 => {
            let told = "FUSE: whether a sync reaches a disk is known to the program behind it only; use a local disk";
            (State::Warning, told.into())
        }
        other => (State::Ok, format!("of a kind that is not known here ({other:#x})")),
    };
    Finding::new(state, FILE_SYSTEM, told)
}

/// Measures syncs, one after the other.
pub(crate) fn syncs(directory: &Path, count: u32) -> Finding {
    let folder = existing(directory);
    match measure(&folder, count) {
        Ok(mut times) => judge_syncs(&mut times),
        Err(error) => {
            let told = format!("a file in `{}` cannot be written and synced: {error}", folder.display());
            Finding::new(State::Failed, SYNC, told)
        }
    }
}

fn measure(folder: &Path, count: u32) -> io::Result<Vec<Duration>> {
    let path = folder.join(format!("stairway-doctor-{}", std::process::id()));
    let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
    let measured = measure_in(&file, count);
    std::fs::remove_file(&path)?;
    measured
}

fn measure_in(file: &File, count: u32) -> io::Result<Vec<Duration>> {
    let mut times = Vec::new();
    for turn in 0..count {
        let begun = Instant::now();
        // Over what was written before: a log is filled with zeros before it is written.
        file.write_all_at(&[turn as u8; SYNCED_BYTES], 0)?;
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    Ok(times)
}

pub(super) fn judge_syncs(times: &mut [Duration]) -> Finding {
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 100).or(times.last()).copied().unwrap_or_default();
    let (middle, late) = (at(50), at(99));
    let milliseconds = |time: Duration| format!("{:.3} ms", time.as_secs_f64() * 1_000.0);
    let measured = format!("{} syncs, p50 {}, p99 {}", times.len(), milliseconds(middle), milliseconds(late));
    if middle < IMPLAUSIBLE {
        let told = format!(
            "{measured}: quicker than any device keeps anything; what is told to be on disk is lost with the power"
        );
        return Finding::new(State::Warning, SYNC, told);
    }
    if late > SLOW {
        let told =
            format!("{measured}: every answer waits that long; use a quicker disk, or one with less to do");
        return Finding::new(State::Warning, SYNC, told);
    }
    Finding::new(State::Ok, SYNC, measured)
}

pub(crate) fn room(directory: &Path) -> Finding {
    match rustix::fs::statvfs(existing(directory)) {
        Ok(found) => judge_room(found.f_bavail.saturating_mul(found.f_frsize)),
        Err(error) => Finding::new(State::Failed, ROOM, format!("cannot be asked: {error}")),
    }
}

pub(super) fn judge_room(free_bytes: u64) -> Finding {
    let reserve_bytes = Options::default().room_reserve_bytes;
    let mebibytes = |bytes: u64| format!("{} MiB", bytes >> 20);
    let (free, reserve) = (mebibytes(free_bytes), mebibytes(reserve_bytes));
    if free_bytes < reserve_bytes {
        let told = format!("{free} are free, and below {reserve} new executions are refused; make room");
        return Finding::new(State::Failed, ROOM, told);
    }
    if free_bytes < 8 * reserve_bytes {
        let told = format!("{free} are free; below {reserve} new executions are refused");
        return Finding::new(State::Warning, ROOM, told);
    }
    Finding::new(State::Ok, ROOM, format!("{free} are free"))
}
