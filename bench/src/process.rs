//! A server under load: started on its processors, looked at through `/proc`, ended by its id.
//!
//! INVARIANT: only a process that was started here is ended, and none is left behind.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::param::clock_ticks_per_second;
use rustix::process::{Pid, Signal, kill_process};

use crate::cpus;

/// What the server and the empty handler say on stderr, before their address, when they listen.
pub(crate) const READY: &str = "is listening on http://";
/// How long a clean end may take.
const END: Duration = Duration::from_secs(20);
/// A server that works off what a run left behind gets this long.
const SETTLE: Duration = Duration::from_secs(3);
const SETTLE_LOOK: Duration = Duration::from_millis(100);

pub(crate) struct Process {
    child: Child,
    pub(crate) addr: SocketAddr,
}

impl Process {
    /// With the variables of this process, and these.
    pub(crate) fn start(
        on: &[usize],
        program: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Result<Process> {
        let mut child = Command::new("taskset")
            .args(["-c", &cpus::list(on)])
            .arg(program)
            .args(arguments)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start `taskset` (it comes with util-linux)")?;
        let stderr = child.stderr.take().context("stderr is piped")?;
        let mut process = Process { child, addr: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let mut lines = BufReader::new(stderr).lines();
        let mut said = Vec::new();
        for line in lines.by_ref().map_while(|line| line.ok()) {
            if let Some((_, addr)) = line.split_once(READY) {
                process.addr = addr.trim().parse().context("the ready line ends with the address")?;
                // Whatever it says later is shown, so that it never waits for a reader.
                thread::spawn(move || {
                    lines.map_while(|line| line.ok()).for_each(|line| eprintln!("  server: {line}"))
                });
                return Ok(process);
            }
            said.push(line);
        }
        bail!("{} ended before it listened: {}", program.display(), said.join("; "))
    }

    /// `taskset` becomes the program, so this is the program's.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Processor time of all its threads since it began.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let text = self.read("stat")?;
        let ticks = cpu_ticks(&text).context("/proc/PID/stat has the times")?;
        Ok(Duration::from_secs(1).mul_f64(ticks as f64 / clock_ticks_per_second() as f64))
    }

    pub(crate) fn resident_bytes(&self) -> Result<u64> {
        field(&self.read("status")?, "VmRSS:").map(|kib| kib * 1024).context("/proc/PID/status has VmRSS")
    }

    /// What of its memory is there, and the same with what it shares counted by its share.
    pub(crate) fn memory_bytes(&self) -> Result<(u64, u64)> {
        let text = self.read("smaps_rollup")?;
        let bytes = |name: &str| field(&text, name).map(|kib| kib * 1024);
        bytes("Rss:").zip(bytes("Pss:")).context("/proc/PID/smaps_rollup has Rss and Pss")
    }

    /// What it asked to be written: more than the device sees.
    pub(crate) fn written_bytes(&self) -> Result<u64> {
        field(&self.read("io")?, "write_bytes:").context("/proc/PID/io has write_bytes")
    }

    /// Waits until it does nothing any more, at most a while: what it still has to do belongs to the run.
    pub(crate) fn settle(&self) -> Result<()> {
        let until = Instant::now() + SETTLE;
        let mut before = self.cpu()?;
        while Instant::now() < until {
            thread::sleep(SETTLE_LOOK);
            let now = self.cpu()?;
            if now - before <= SETTLE_LOOK / 10 {
                break;
            }
            before = now;
        }
        Ok(())
    }

    /// Asks it to end, and makes it end when it does not.
    pub(crate) fn end(mut self) -> Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?).context("a child has an id")?;
        kill_process(pid, Signal::TERM)?;
        let until = Instant::now() + END;
        while self.child.try_wait()?.is_none() {
            if Instant::now() >= until {
                bail!("process {} did not end within {} s of SIGTERM", self.child.id(), END.as_secs());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    fn read(&self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.child.id());
        fs::read_to_string(&path).with_context(|| format!("cannot read {path}: did the server end?"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A run that failed must not leave its server behind; that it is gone already is fine.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// utime + stime of `/proc/PID/stat`; the name before them may hold blanks and brackets.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace().skip(11).map(|field| field.parse::<u64>().ok());
    Some(fields.next()?? + fields.next()??)
}

fn field(text: &str, name: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    value.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 1 0 100 0 0";
        assert_eq!(cpu_ticks(stat), Some(300));
    }

    #[test]
    fn fields_are_found_by_their_name() {
        assert_eq!(field("VmPeak:\t 9 kB\nVmRSS:\t   1234 kB\n", "VmRSS:"), Some(1234));
        assert_eq!(field("rchar: 1\n", "write_bytes:"), None);
    }
}
