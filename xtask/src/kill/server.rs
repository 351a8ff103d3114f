//! The process under test: started on one data directory, killed without warning, started again.
//!
//! INVARIANT: only the process started here is killed, and none is left behind.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

const READY: &str = "stairway is listening on http://127.0.0.1:";

pub(super) struct Server {
    binary: PathBuf,
    data: PathBuf,
    child: Option<Child>,
    /// Where clients find it; 0 while it is down.
    pub(super) port: Arc<AtomicU16>,
}

impl Server {
    pub(super) fn new(binary: &Path, data: &Path) -> Server {
        Server { binary: binary.to_owned(), data: data.to_owned(), child: None, port: Arc::default() }
    }

    /// Starts on the data as it is; how long it took to listen.
    pub(super) fn start(&mut self) -> Result<Duration> {
        fs::create_dir_all(&self.data)?;
        let begun = Instant::now();
        let mut child = Command::new(&self.binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(&self.data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", self.binary.display()))?;
        let stderr = child.stderr.take().context("stderr is piped")?;
        self.child = Some(child);
        let mut lines = BufReader::new(stderr).lines();
        let mut said = Vec::new();
        for line in lines.by_ref().map_while(|line| line.ok()) {
            if let Some(port) = line.trim().strip_prefix(READY) {
                self.port.store(port.parse().context("the ready line ends with the port")?, Ordering::SeqCst);
                // Whatever it says later is shown, so that it never waits for a reader.
                thread::spawn(move || {
                    lines.map_while(|line| line.ok()).for_each(|line| println!("  server: {line}"))
                });
                return Ok(begun.elapsed());
            }
            said.push(line);
        }
        bail!("the server ended before it listened: {}", said.join("\n"))
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    pub(super) fn kill(&mut self) -> Result<()> {
        self.port.store(0, Ordering::SeqCst);
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A failed run must not leave its server behind; that it is gone already is fine.
        _ = self.kill();
    }
}
