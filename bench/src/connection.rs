//! One kept-alive connection: a request's bytes out, one answer in.
//!
//! The parser knows what a load client needs and no more: the status line, `content-length`, and the one
//! header that says how an execution ended. Anything else it does not understand is an error.
//! INVARIANT: one request at a time, so that nothing follows an answer.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// LIMIT: bytes of an answer; the largest payload of AWS is 256 KiB, twice in an answer, escaped.
const ANSWER_BYTES_MAX: usize = 2 << 20;
const STATUS_HEADER: &[u8] = b"x-stairway-execution-status";

pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    /// What the answer's head says of the execution.
    pub(crate) execution: Option<Execution>,
    pub(crate) body: &'a [u8],
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Execution {
    Running,
    Succeeded,
    EndedOtherwise,
}

/// The head of an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Head {
    status: u16,
    execution: Option<Execution>,
    head_bytes: usize,
    body_bytes: usize,
}

impl Connection {
    pub(crate) async fn open(addr: SocketAddr) -> Result<Connection> {
        let stream = TcpStream::connect(addr).await.with_context(|| format!("cannot connect to {addr}"))?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, buffer: vec![0; 4096] })
    }

    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        let head = loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            ensure!(read > 0, "the server closed the connection before its answer ended");
            filled += read;
            let head = parse(&self.buffer[..filled])?;
            let expected = head.map_or(filled + 1, |head| head.head_bytes.saturating_add(head.body_bytes));
            ensure!(expected <= ANSWER_BYTES_MAX, "an answer of {expected} bytes is too long");
            match head {
                Some(head) if filled >= expected => break head,
                Some(_) | None if expected > self.buffer.len() => {
                    self.buffer.resize(expected.max(filled * 2), 0)
                }
                Some(_) | None => {}
            }
        };
        let end = head.head_bytes + head.body_bytes;
        ensure!(filled == end, "{} bytes follow the answer", filled - end);
        let body = &self.buffer[head.head_bytes..end];
        Ok(Answer { status: head.status, execution: head.execution, body })
    }
}

impl Answer<'_> {
    pub(crate) fn check_ok(&self) -> Result<()> {
        if self.status != 200 {
            bail!("the server answered {}: {}", self.status, String::from_utf8_lossy(self.body));
        }
        Ok(())
    }

    /// The text of a member whose value holds no escapes; `key` is the member with its colon and quotes.
    pub(crate) fn text(&self, key: &str) -> Option<&[u8]> {
        // Names of members come early in the answers that are asked here.
        let start = self.body.windows(key.len()).position(|window| window == key.as_bytes())? + key.len();
        let rest = &self.body[start..];
        Some(&rest[..rest.iter().position(|byte| *byte == b'"')?])
    }
}

/// None while the head is not complete.
fn parse(bytes: &[u8]) -> Result<Option<Head>> {
    let mut head = Head { status: 0, execution: None, head_bytes: 0, body_bytes: 0 };
    let mut length = None;
    loop {
        let rest = &bytes[head.head_bytes..];
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
        let line = rest[..end].strip_suffix(b"\r").context("a line of the head does not end with CRLF")?;
        let first = head.head_bytes == 0;
        head.head_bytes += end + 1;
        if first {
            head.status = status_of(line)?;
        } else if line.is_empty() {
            head.body_bytes = length.context("expected a content-length, found none")?;
            return Ok(Some(head));
        } else if let Some(value) = value_of(line, b"content-length") {
            length = Some(number(value)?);
        } else if let Some(value) = value_of(line, STATUS_HEADER) {
            head.execution = Some(match value {
                b"RUNNING" => Execution::Running,
                b"SUCCEEDED" => Execution::Succeeded,
                _ => Execution::EndedOtherwise,
            });
        }
    }
}

fn status_of(line: &[u8]) -> Result<u16> {
    let code = line.strip_prefix(b"HTTP/1.1 ").and_then(|rest| rest.get(..3));
    let code = code.and_then(|code| number(code).ok()).and_then(|code| u16::try_from(code).ok());
    code.with_context(|| format!("expected a status line, found `{}`", String::from_utf8_lossy(line)))
}

/// The value when the line is the header of this name.
fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (found, value) = line.split_at_checked(name.len())?;
    let value = value.strip_prefix(b":")?;
    found.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

fn number(digits: &[u8]) -> Result<usize> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    text.and_then(|text| text.parse().ok())
        .with_context(|| format!("expected a number, found `{}`", String::from_utf8_lossy(digits)))
}

#[cfg(test)]
mod tests;
