//! A small HTTP/1.1 client: one connection, kept alive, opened again when the server comes back.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// Longer than any long poll.
const PATIENCE: Duration = Duration::from_secs(75);

pub(super) struct Connection {
    port: Arc<AtomicU16>,
    stream: Option<BufReader<TcpStream>>,
}

/// What the server said.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

/// A call without an answer.
#[derive(Debug)]
pub(super) enum Lost {
    /// There was nobody to send it to: surely not done.
    NotSent(anyhow::Error),
    /// Nobody knows whether it was done.
    BrokenOff(anyhow::Error),
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lost::NotSent(error) => write!(f, "the call was not sent: {error}"),
            Lost::BrokenOff(error) => write!(f, "the call broke off: {error}"),
        }
    }
}

impl std::error::Error for Lost {}

impl Answer {
    /// The AWS name of a refusal; none when all went well.
    pub(super) fn error(&self) -> Option<&str> {
        (self.status != 200).then(|| self.body["__type"].as_str().unwrap_or("an error without a name"))
    }
}

impl Connection {
    pub(super) fn new(port: Arc<AtomicU16>) -> Connection {
        Connection { port, stream: None }
    }

    /// One AWS operation.
    pub(super) fn call(&mut self, operation: &str, request: &Value) -> Result<Answer, Lost> {
        let body = request.to_string();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n\
             X-Amz-Target: AWSStepFunctions.{operation}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.exchange(&head, &body)
    }

    pub(super) fn get(&mut self, path: &str) -> Result<Answer, Lost> {
        self.exchange(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"), "")
    }

    fn exchange(&mut self, head: &str, body: &str) -> Result<Answer, Lost> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.open().map_err(Lost::NotSent)?,
        };
        let sent = stream.get_mut().write_all(format!("{head}{body}").as_bytes());
        sent.map_err(|error| Lost::BrokenOff(error.into()))?;
        let answer = read_answer(&mut stream).map_err(Lost::BrokenOff)?;
        self.stream = Some(stream);
        Ok(answer)
    }

    fn open(&self) -> Result<BufReader<TcpStream>> {
        let port = self.port.load(Ordering::SeqCst);
        ensure!(port != 0, "the server is down");
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(BufReader::new(stream))
    }
}

fn read_answer(stream: &mut impl BufRead) -> Result<Answer> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.with_context(|| format!("expected a status line, found `{}`", line.trim_end()))?;
    let mut length = None;
    loop {
        line.clear();
        ensure!(stream.read_line(&mut line)? > 0, "the head of the answer broke off");
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse::<usize>()?);
        }
    }
    let Some(length) = length else { bail!("expected a content-length") };
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body)? };
    Ok(Answer { status, body })
}
