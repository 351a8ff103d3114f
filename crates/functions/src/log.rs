//! What functions say: their lines on the way to a sink, and the last 4 KB of an invocation.
//!
//! INVARIANT: no line is longer than its bound, and a function that shouts costs a fixed amount of memory.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

use crate::limits::{LOG_LINE_BYTES_MAX, LOG_TAIL_BYTES_MAX};

/// Receives every line, on the thread that functions are run from: it must not block for long.
pub type LogSink = Arc<dyn Fn(LogLine) + Send + Sync>;

/// One line of a function's log, as it came: it may hold control characters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogLine {
    /// The name in the configuration.
    pub function: Arc<str>,
    /// None while no invocation runs in the process: it starts, or has answered.
    pub request_id: Option<Arc<str>>,
    pub stream: Stream,
    pub text: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stream {
    Stdout,
    Stderr,
    /// Said about the function, not by it.
    Platform,
}

/// Lines of a pipe.
pub(crate) struct Lines<R> {
    pipe: Option<BufReader<R>>,
    line: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(crate) fn of(pipe: Option<R>) -> Lines<R> {
        Lines { pipe: pipe.map(BufReader::new), line: Vec::new() }
    }

    /// The next line; none for ever once the pipe is closed. Can be dropped without losing anything.
    pub(crate) async fn next(&mut self) -> Option<String> {
        loop {
            let pipe = self.pipe.as_mut()?;
            // A broken pipe is a closed one.
            let bytes = pipe.fill_buf().await.unwrap_or_default();
            if bytes.is_empty() {
                self.pipe = None;
                return (!self.line.is_empty()).then(|| self.take_line());
            }
            // Python's runtime client puts carriage returns between the lines of a stack trace.
            let end = bytes.iter().position(|&byte| matches!(byte, b'\n' | b'\r'));
            let room = LOG_LINE_BYTES_MAX - self.line.len();
            let taken = end.unwrap_or(bytes.len()).min(room);
            self.line.extend_from_slice(&bytes[..taken]);
            let ends_here = end == Some(taken);
            pipe.consume(taken + usize::from(ends_here));
            if (ends_here || self.line.len() == LOG_LINE_BYTES_MAX) && !self.line.is_empty() {
                return Some(self.take_line());
            }
        }
    }

    /// The next line, if it is there already.
    pub(crate) fn at_once(&mut self) -> Option<String> {
        match pin!(self.next()).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(line) => line,
            Poll::Pending => None,
        }
    }

    fn take_line(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned()
    }
}

/// The last lines of one invocation.
#[derive(Default)]
pub(crate) struct Tail(String);

impl Tail {
    pub(crate) fn push(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
        let surplus = self.0.len().saturating_sub(LOG_TAIL_BYTES_MAX);
        let cut = self.0.ceil_char_boundary(surplus);
        self.0.drain(..cut);
    }

    pub(crate) fn take(&mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_lines(bytes: &[u8], expected: &[&str]) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut lines = Lines::of(Some(bytes));
        let found: Vec<String> = runtime.block_on(async {
            let mut found = Vec::new();
            while let Some(line) = lines.next().await {
                found.push(line);
            }
            found
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn a_log_is_cut_into_lines() {
        check_lines(b"one\r\ntwo\n\nthree", &["one", "two", "three"]);
        check_lines(b"[ERROR] Oops\rTraceback\n", &["[ERROR] Oops", "Traceback"]);
        check_lines(b"a\xffb\n", &["a\u{fffd}b"]);
        check_lines(b"", &[]);
    }

    #[test]
    fn a_long_line_comes_in_pieces() {
        let long = "x".repeat(LOG_LINE_BYTES_MAX);
        check_lines(format!("{long}yz\nnext\n").as_bytes(), &[&long, "yz", "next"]);
        check_lines(format!("{long}\nnext\n").as_bytes(), &[&long, "next"]);
    }

    #[test]
    fn the_tail_is_the_last_four_kilobytes() {
        let mut tail = Tail::default();
        tail.push("START");
        tail.push(&"é".repeat(LOG_TAIL_BYTES_MAX));
        let found = tail.take();
        assert!(found.len() <= LOG_TAIL_BYTES_MAX && found.ends_with("é\n"), "{}", found.len());
        assert_eq!(tail.take(), "");
    }
}
