//! The HTTP of a connection, without an engine behind it.

use std::cell::Cell;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::body::read_body;
use crate::error::ApiError;
use crate::reply::{HttpResponse, Reply, ReplyBody, RequestIds, respond};

/// What a client reads when it sends `request`, all of which it can send.
async fn check(request: &[u8]) -> String {
    let (sent, answer) = answered(request, Then::Wait).await;
    assert!(sent, "closed while the client was sending: {answer}");
    answer
}

/// What a client does when it has sent its request.
#[derive(PartialEq)]
enum Then {
    Wait,
    CloseItsHalf,
}

/// Whether `request` could be sent to its end, and what was read.
async fn answered(request: &[u8], then: Then) -> (bool, String) {
    connected(async |mut client: TcpStream| {
        let sent = client.write_all(request).await.is_ok();
        if then == Then::CloseItsHalf {
            let _ = client.shutdown().await;
        }
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer).await;
        (sent, String::from_utf8(answer).unwrap())
    })
    .await
}

/// What `client` makes of its connection to a server that answers with the size of each body.
async fn connected<T>(client: impl AsyncFnOnce(TcpStream) -> T) -> T {
    let (stop, stages) = watch::channel(Stage::Serving);
    let stopping = Stopping(stages);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (socket, _) = listener.accept().await.unwrap();
    let ids = RequestIds::new(7);
    let server = connection::serve(socket, &stopping, |request: Request<Incoming>| {
        let id = ids.draw();
        async move { respond(size_of_body(request).await, id) }
    });
    let (made, ()) = tokio::join!(client(stream), server);
    drop(stop);
    made
}

async fn size_of_body(request: Request<Incoming>) -> Result<Reply, ApiError> {
    let body = read_body(request.into_body(), 1_000_000).await?;
    Ok(Reply::json(body.len().to_string().into_bytes()))
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("closed without an answer")
}

#[tokio::test]
async fn request_is_answered_with_the_headers_of_every_answer() {
    let answer =
        check(b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
            .await;
    assert_eq!(status(&answer), "200");
    assert!(answer.contains("x-amzn-requestid: "), "{answer}");
    assert!(answer.ends_with("\r\n\r\n2"), "{answer}");
}

#[tokio::test]
async fn requests_in_one_packet_are_answered_in_order() {
    let one = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n1";
    let two = "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n22";
    let answer = check(format!("{one}{two}").as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1 200").count(), 2, "{answer}");
    assert!(answer.ends_with("\r\n\r\n2"), "{answer}");
}

#[tokio::test]
async fn what_is_not_http_is_answered_with_400() {
    for request in [
        &b"nonsense\r\n\r\n"[..],
        b"POST / HTTP/1.1\r\nHost localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"POST / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"POST /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ] {
        let answer = check(request).await;
        assert_eq!(status(&answer), "400", "{}: {answer}", String::from_utf8_lossy(request));
    }
}

#[tokio::test]
async fn head_with_too_many_headers_is_refused() {
    let headers = (0..200).map(|index| format!("X-{index}: v\r\n")).collect::<String>();
    let answer = check(format!("POST / HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").as_bytes()).await;
    assert_eq!(status(&answer), "431", "{answer}");
}

#[tokio::test]
async fn client_that_is_refused_can_send_its_head_to_the_end_and_read_why() {
    let head = format!("POST / HTTP/1.1\r\nHost: localhost\r\nX-Long: {}", "v".repeat(200_000));
    let answer = connected(async |mut client: TcpStream| {
        client.write_all(head.as_bytes()).await.unwrap();
        client.readable().await.unwrap();
        for piece in [head.as_bytes(), b"\r\n\r\n"] {
            tokio::task::yield_now().await;
            client.write_all(piece).await.unwrap();
        }
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        answer
    })
    .await;
    assert_eq!(status(&answer), "431", "{answer}");
}

/// The server closes while the client still sends, which may cost the client the answer.
#[tokio::test]
async fn head_that_does_not_end_is_not_read_to_its_end() {
    let header = format!("X-Long: {}\r\n", "v".repeat(8 << 20));
    let request = format!("POST / HTTP/1.1\r\nHost: localhost\r\n{header}\r\n");
    let (sent, answer) = answered(request.as_bytes(), Then::Wait).await;
    assert!(!sent);
    assert!(matches!(status(&answer), "431" | "closed without an answer"), "{answer}");
}

#[tokio::test]
async fn body_over_the_bound_gets_its_refusal() {
    let body = vec![b'x'; 2 << 20];
    let head = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let answer = check(&[head.as_bytes(), &body].concat()).await;
    assert_eq!(status(&answer), "413");
    assert!(answer.contains("RequestEntityTooLargeException"), "{answer}");
}

#[tokio::test]
async fn chunked_body_over_the_bound_gets_its_refusal() {
    let chunk = [format!("{:x}\r\n", 1 << 20).as_bytes(), &vec![b'x'; 1 << 20], b"\r\n"].concat();
    let head =
        b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    let answer = check(&[&head[..], &chunk, &chunk, b"0\r\n\r\n"].concat()).await;
    assert_eq!(status(&answer), "413");
}

#[tokio::test]
async fn body_that_ends_early_gets_no_success() {
    let request = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{}";
    let (_, answer) = answered(request, Then::CloseItsHalf).await;
    assert_ne!(status(&answer), "200", "{answer}");
}

/// A request that is being answered when the server begins to end still gets its answer.
#[tokio::test]
async fn running_request_is_finished_when_the_server_ends() {
    let (stop, stages) = watch::channel(Stage::Serving);
    let stopping = Stopping(stages);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (socket, _) = listener.accept().await.unwrap();
    let asked = Cell::new(0);
    let server = connection::serve(socket, &stopping, |_: Request<Incoming>| {
        asked.set(asked.get() + 1);
        stop.send_replace(Stage::Finishing);
        let ending = stopping.clone();
        async move {
            ending.begun().await;
            let answer: HttpResponse =
                Response::new(ReplyBody::Whole(Full::new(Bytes::from_static(b"finished"))));
            answer
        }
    });
    let client = async {
        client.write_all(b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let (answer, ()) = tokio::join!(client, server);
    assert!(answer.ends_with("finished"), "{answer}");
    assert_eq!(asked.get(), 1);
}
