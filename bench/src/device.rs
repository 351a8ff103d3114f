//! What reaches the block device below a folder: bytes and flushes, as the kernel counts them.
//!
//! The device's own counters, because `/proc/PID/io` counts pages made dirty, which for a log of small
//! appends is many times the truth. They count everybody's writes: a busy machine makes them too large.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use rustix::fs::{major, minor, stat, syncfs};

const SECTOR_BYTES: u64 = 512;

pub(crate) struct Device {
    pub(crate) name: String,
    folder: fs::File,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Written {
    pub(crate) bytes: u64,
    pub(crate) flushes: u64,
}

impl Device {
    /// None where no device of its own is below the folder: tmpfs, overlays, network.
    pub(crate) fn below(folder: &Path) -> Result<Option<Device>> {
        let dev = stat(folder)?.st_dev;
        let (major, minor) = (major(dev), minor(dev));
        let Ok(place) = fs::canonicalize(format!("/sys/dev/block/{major}:{minor}")) else { return Ok(None) };
        // Flushes are counted for the whole disk only.
        let whole = if place.join("partition").exists() { place.parent().unwrap_or(&place) } else { &place };
        let name = whole.file_name().context("a block device has a name")?.to_string_lossy().into_owned();
        Ok(Some(Device { name, folder: fs::File::open(folder)? }))
    }

    /// Counts as of now, after everything that is still only in memory was written.
    pub(crate) fn written(&self) -> Result<Written> {
        syncfs(&self.folder)?;
        let text = fs::read_to_string("/proc/diskstats")?;
        parse(&text, &self.name).with_context(|| format!("/proc/diskstats has no counts for {}", self.name))
    }
}

/// Fields as in the kernel's `Documentation/admin-guide/iostats.rst`.
fn parse(diskstats: &str, name: &str) -> Option<Written> {
    let fields = diskstats.lines().map(|line| line.split_ascii_whitespace().collect::<Vec<_>>());
    let device = fields.into_iter().find(|fields| fields.get(2) == Some(&name))?;
    let sectors: u64 = device.get(9)?.parse().ok()?;
    // Kernels before 5.5 do not count flushes.
    let flushes = device.get(18).and_then(|field| field.parse().ok()).unwrap_or(0);
    Some(Written { bytes: sectors * SECTOR_BYTES, flushes })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATS: &str = "   7  0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n \
        254  0 vda 173640 36261 18721018 243313 20901 68124 12318872 71346 0 37424 316830 10121 139 772968 2037 2164 132\n";

    #[test]
    fn bytes_and_flushes_are_read_from_their_fields() {
        let expected = Written { bytes: 12_318_872 * 512, flushes: 2164 };
        assert_eq!(parse(STATS, "vda"), Some(expected));
        assert_eq!(parse(STATS, "sda"), None);
    }
}
