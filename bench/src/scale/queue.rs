//! The queue that workflows hand their task tokens to: SQS's SendMessage, as far as it is asked here.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustix::net::{AddressFamily, SocketType};
use tokio::runtime::Builder;
use tokio::task::LocalSet;

type Tokens = Arc<Mutex<Vec<Box<[u8]>>>>;

pub(super) struct Queue {
    addr: SocketAddr,
    tokens: Tokens,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendMessage {
    message_body: String,
}

#[derive(serde::Deserialize)]
struct Message {
    token: String,
}

/// LIMIT: connections that wait to be accepted. With fewer, those of a burst are dropped and time out.
const BACKLOG: i32 = 4_096;

fn listen() -> Result<TcpListener> {
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
    rustix::net::bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0)))?;
    rustix::net::listen(&socket, BACKLOG)?;
    let listener = TcpListener::from(socket);
    listener.set_nonblocking(true)?;
    Ok(listener)
}

impl Queue {
    /// Serves until the process ends.
    pub(super) fn start() -> Result<Queue> {
        let listener = listen()?;
        let (addr, tokens) = (listener.local_addr()?, Tokens::default());
        let kept = Arc::clone(&tokens);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        thread::spawn(move || LocalSet::new().block_on(&runtime, serve(listener, kept)));
        Ok(Queue { addr, tokens })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Waits until so many tokens have come.
    pub(super) fn await_count(&self, count: usize, patience: Duration) -> Result<()> {
        let until = Instant::now() + patience;
        loop {
            let found = self.tokens().len();
            if found >= count {
                return Ok(());
            }
            ensure!(Instant::now() < until, "expected {count} tokens in the queue, found {found}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Some of the tokens, as far apart as they can be; none is given twice.
    pub(super) fn take_spread(&self, count: usize) -> Vec<Box<[u8]>> {
        let mut tokens = self.tokens();
        let step = (tokens.len() / count.max(1)).max(1);
        let taken = tokens.iter_mut().step_by(step).take(count).map(std::mem::take);
        taken.filter(|token| !token.is_empty()).collect()
    }

    fn tokens(&self) -> std::sync::MutexGuard<'_, Vec<Box<[u8]>>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(listener: TcpListener, tokens: Tokens) -> Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let (socket, _) = listener.accept().await?;
        let tokens = Arc::clone(&tokens);
        let answer = service_fn(move |request| answer(request, Arc::clone(&tokens)));
        tokio::task::spawn_local(async move {
            // How a connection ends is the server's affair.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), answer).await;
        });
    }
}

async fn answer(request: Request<Incoming>, tokens: Tokens) -> Result<Response<Full<Bytes>>> {
    let body = request.into_body().collect().await?.to_bytes();
    let message: SendMessage = serde_json::from_slice(&body).context("a SendMessage has a MessageBody")?;
    let message: Message = serde_json::from_str(&message.message_body).context("a message has a token")?;
    tokens.lock().unwrap_or_else(PoisonError::into_inner).push(message.token.into_bytes().into());
    let answer = r#"{"MessageId":"00000000-0000-0000-0000-000000000000","MD5OfMessageBody":"00000000000000000000000000000000"}"#;
    Ok(Response::new(Full::new(Bytes::from_static(answer.as_bytes()))))
}
