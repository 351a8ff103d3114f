//! One life of the worker command: a process group with three pipes, as messages.
//!
//! Here: starting `sh -c CMD`, its lines in and out, its end. Not here: what lines mean (`protocol`),
//! what follows from its end (`lives`).
//! INVARIANT: the command has a process group of its own, so that Ctrl-C at the terminal stops the
//! execution first, and so that nothing it started outlives it.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::timeout;

/// LIMIT: bytes of one line of a worker: an output of 256 KiB with every character escaped fits.
const LINE_BYTES_MAX: usize = 2 * 1_048_576;
/// What the command wrote before it ended is read for this long when something it started still holds
/// its stdout open.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What happens in a life; `life` tells late messages of an earlier one apart.
#[derive(Debug)]
pub(super) enum Sign {
    Stdout(Line),
    Stderr(Line),
    /// It can no longer answer, or no longer be asked: a pipe was closed while it runs.
    Mute,
    Over(String),
}

#[derive(Debug)]
pub(super) enum Line {
    Text(String),
    TooLong,
    NotUtf8,
}

pub(super) struct Process {
    group: Option<Pid>,
    stdin: Option<UnboundedSender<String>>,
}

impl Process {
    /// Must be called inside a `LocalSet`.
    pub(super) fn start(command: &str, signs: impl Fn(Sign) + Clone + 'static) -> std::io::Result<Process> {
        let mut child = Command::new("sh")
            .args(["-c", command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let (stdin, lines) = unbounded_channel();
        if let Some(pipe) = child.stdin.take() {
            spawn_local(write_lines(pipe, lines, signs.clone()));
        }
        if let Some(pipe) = child.stderr.take() {
            let said = signs.clone();
            spawn_local(read_lines(pipe, move |line| said(Sign::Stderr(line))));
        }
        let stdout = child.stdout.take().map(|pipe| spawn_local(read_answers(pipe, signs.clone())));
        spawn_local(see_to_the_end(child, stdout, signs));
        Ok(Process { group, stdin: Some(stdin) })
    }

    /// Queues a line for its stdin. The queue is as long as the caller's open tasks.
    pub(super) fn say(&self, line: String) {
        if let Some(stdin) = &self.stdin {
            // A closed pipe shows itself as `Sign::Mute`.
            let _ = stdin.send(line);
        }
    }

    /// Closes its stdin once what was said is written: the polite end.
    pub(super) fn close_stdin(&mut self) {
        self.stdin = None;
    }

    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // It may have ended by itself in this moment.
            let _ = kill_process_group(group, signal);
        }
    }
}

async fn write_lines(mut pipe: ChildStdin, mut lines: UnboundedReceiver<String>, signs: impl Fn(Sign)) {
    while let Some(line) = lines.recv().await {
        if pipe.write_all(line.as_bytes()).await.is_err() {
            return signs(Sign::Mute);
        }
    }
}

async fn read_answers(pipe: impl AsyncRead + Unpin, signs: impl Fn(Sign)) {
    read_lines(pipe, |line| signs(Sign::Stdout(line))).await;
    signs(Sign::Mute);
}

async fn see_to_the_end(mut child: Child, stdout: Option<JoinHandle<()>>, signs: impl Fn(Sign)) {
    let how = match child.wait().await {
        Ok(status) => end_in_words(status),
        Err(error) => format!("could not be waited for: {error}"),
    };
    if let Some(stdout) = stdout {
        let _ = timeout(LAST_WORDS, stdout).await;
    }
    signs(Sign::Over(how));
}

fn end_in_words(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(126), _) => "ended with exit code 126 (not executable)".to_owned(),
        (Some(127), _) => "ended with exit code 127 (command not found)".to_owned(),
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}

/// Gives every line until the pipe is closed; the last needs no line break.
async fn read_lines(pipe: impl AsyncRead + Unpin, mut each: impl FnMut(Line)) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    let mut too_long = false;
    while let Ok(bytes) = pipe.fill_buf().await {
        let end = bytes.iter().position(|&byte| byte == b'\n');
        let taken = end.map_or(bytes.len(), |end| end + 1);
        let at_eof = bytes.is_empty();
        if line.len() + taken > LINE_BYTES_MAX {
            too_long = true;
            line.clear();
        }
        if !too_long {
            line.extend_from_slice(&bytes[..end.unwrap_or(bytes.len())]);
        }
        pipe.consume(taken);
        if end.is_some() || (at_eof && (too_long || !line.is_empty())) {
            each(match (std::mem::take(&mut too_long), String::from_utf8(std::mem::take(&mut line))) {
                (true, _) => Line::TooLong,
                (false, Ok(text)) => Line::Text(text),
                (false, Err(_)) => Line::NotUtf8,
            });
        }
        if at_eof {
            return;
        }
    }
}
