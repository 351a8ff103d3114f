//! Requests of the API: a line with the method and the address, lines of headers, an empty line, the body.
//!
//! The answer is taken if it is there at once; otherwise the engine was asked, and the rest is its business.
//! INVARIANT: the engine behind it has one machine and one activity, whatever was asked before.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use anyhow::Result;
use api::ApiConfig;
use bytes::Bytes;
use engine::{Config, Engine};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::header::{HeaderName, HeaderValue};
use store::MemoryStore;
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

use super::kind_of;

/// Requests to one engine: what they left behind goes with it.
const REQUESTS_OF_ONE: u32 = 500;

/// What every engine knows, so that an address can lead somewhere.
const KNOWN: [(&str, &str); 2] = [
    (
        "CreateStateMachine",
        r#"{"name":"known","roleArn":"arn:aws:iam::000000000000:role/r","definition":"{\"StartAt\":\"P\",\"States\":{\"P\":{\"Type\":\"Pass\",\"End\":true}}}"}"#,
    ),
    ("CreateActivity", r#"{"name":"known"}"#),
];

pub struct Door {
    runtime: Runtime,
    room: RefCell<Room>,
    fed: Cell<u32>,
}

/// An engine, and the API before it.
struct Room {
    engine: Engine,
    door: api::Door,
    tasks: LocalSet,
}

impl Door {
    pub(super) fn open() -> Result<Door> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let room = RefCell::new(Room::new(&runtime)?);
        Ok(Door { runtime, room, fed: Cell::new(0) })
    }

    pub(super) fn feed(&self, input: &[u8]) -> String {
        let Some(request) = read(input) else { return "no request".to_owned() };
        let room = self.room.borrow();
        room.tasks.block_on(&self.runtime, async {
            let mut answer = pin!(room.door.handle(request));
            let polled = std::future::poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await;
            let Poll::Ready(response) = polled else { return "the engine was asked".to_owned() };
            let (head, body) = response.into_parts();
            let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            format!("{} {}", head.status, kind_of_answer(&body))
        })
    }

    /// Called between inputs, so that what it costs is nobody's.
    pub fn refresh(&self) -> Result<()> {
        self.fed.set(self.fed.get() + 1);
        if self.fed.get().is_multiple_of(REQUESTS_OF_ONE) {
            let old = self.room.replace(Room::new(&self.runtime)?);
            old.engine.shutdown()?;
        }
        Ok(())
    }
}

impl Room {
    fn new(runtime: &Runtime) -> Result<Room> {
        let engine = Engine::start(Arc::new(MemoryStore::new()), Config::default())?;
        let tasks = LocalSet::new();
        let door = tasks.block_on(runtime, async {
            let door = api::Door::new(engine.clone(), &ApiConfig::default(), 7);
            for (operation, body) in KNOWN {
                let target = format!("POST /\nhost: localhost\ncontent-type: application/x-amz-json-1.0\nx-amz-target: AWSStepFunctions.{operation}\n\n{body}");
                if let Some(request) = read(target.as_bytes()) {
                    door.handle(request).await;
                }
            }
            door
        });
        Ok(Room { engine, door, tasks })
    }
}

/// None where even HTTP would not let it through.
fn read(input: &[u8]) -> Option<Request<Full<Bytes>>> {
    let end = input.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = end.map_or((input, &[][..]), |end| (&input[..end], &input[end + 2..]));
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = std::str::from_utf8(lines.next()?).ok()?;
    let (method, address) = first.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(address);
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        request = request.header(name, value);
    }
    request.body(Full::new(Bytes::copy_from_slice(body))).ok()
}

fn kind_of_answer(body: &[u8]) -> String {
    let Ok(body) = serde_json::from_slice::<serde_json::Value>(body) else { return String::new() };
    let part = |name: &str| body.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    format!("{} {}", part("__type"), kind_of(part("message")))
}
