//! How often a process asks the disk to sync, counted by the kernel through `perf stat`.
//!
//! Counting costs the process a little, so it has a run of its own whose rate nobody looks at.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

const EVENTS: &str = "syscalls:sys_enter_fdatasync,syscalls:sys_enter_fsync";
/// `perf` says nothing when it has begun to count.
const ATTACHED_AFTER: Duration = Duration::from_millis(300);

pub(crate) struct SyncCount {
    perf: Child,
}

impl SyncCount {
    /// An error says why syncs cannot be counted here.
    pub(crate) fn begin(pid: u32) -> Result<SyncCount> {
        let tried = Command::new("perf").args(["stat", "-e", EVENTS, "--", "true"]).output();
        let tried = tried.context("`perf` does not start")?;
        ensure!(tried.status.success(), "`perf stat` may not count system calls here");
        let perf = Command::new("perf")
            .args(["stat", "-x", ",", "-e", EVENTS, "-p", &pid.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        thread::sleep(ATTACHED_AFTER);
        Ok(SyncCount { perf })
    }

    pub(crate) fn end(self) -> Result<u64> {
        let pid = Pid::from_raw(i32::try_from(self.perf.id())?).context("a child has an id")?;
        kill_process(pid, Signal::INT)?;
        let output = self.perf.wait_with_output()?;
        parse(&String::from_utf8_lossy(&output.stderr))
    }
}

/// The sum of `COUNT,UNIT,EVENT,...` lines.
fn parse(said: &str) -> Result<u64> {
    let counts: Vec<u64> = said
        .lines()
        .filter(|line| line.contains("sync"))
        .filter_map(|line| line.split(',').next()?.parse().ok())
        .collect();
    ensure!(!counts.is_empty(), "expected counts from `perf stat`, found `{}`", said.trim());
    Ok(counts.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_all_events_are_added() {
        let said =
            "12,,syscalls:sys_enter_fdatasync,500,100.00,,\n3,,syscalls:sys_enter_fsync,500,100.00,,\n";
        assert_eq!(parse(said).unwrap(), 15);
        assert!(parse("Error: no permission\n").is_err());
    }
}
