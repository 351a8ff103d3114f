//! The transport against servers on loopback that behave and that do not.

#![expect(clippy::unwrap_used, reason = "helpers of tests are outside of what clippy calls a test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws::environment::Environment;
use aws::transport::{Cause, Outcome, Patience, Proxies, Transport, TransportConfig, TransportError};
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const HELLO: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

/// A server that gives each connection to `serve`; its address and how many connections came.
async fn server<F, S>(serve: S) -> (String, Arc<AtomicUsize>)
where
    S: Fn(TcpStream) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let accepted = Arc::new(AtomicUsize::new(0));
    let count = accepted.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve(stream));
        }
    });
    (address, accepted)
}

/// Reads one request head (and the small body that came with it): the text.
async fn request_of(stream: &mut TcpStream) -> Option<String> {
    let mut text = Vec::new();
    loop {
        let mut piece = [0; 1024];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return None,
            Ok(length) => text.extend_from_slice(&piece[..length]),
        }
        if text.windows(4).any(|end| end == b"\r\n\r\n") {
            return Some(String::from_utf8(text).unwrap());
        }
    }
}

async fn answer_always(mut stream: TcpStream, answer: &'static [u8]) {
    while request_of(&mut stream).await.is_some() {
        stream.write_all(answer).await.unwrap();
    }
}

fn transport(environment: &Environment) -> Transport {
    let agent = HeaderValue::from_static("test");
    Transport::new(TransportConfig::from_environment(environment, agent).unwrap()).unwrap()
}

async fn send(
    transport: &Transport,
    uri: &str,
    patience: &Patience,
) -> Result<Response<Bytes>, TransportError> {
    let request = Request::builder().method("POST").uri(uri).body(Bytes::from_static(b"{}")).unwrap();
    transport.send(request, patience).await
}

#[track_caller]
fn check_failure(failed: Result<Response<Bytes>, TransportError>, outcome: Outcome, part: &str) {
    let error = failed.unwrap_err();
    assert_eq!(error.outcome, outcome, "{error}");
    assert!(error.to_string().contains(part), "{error}");
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request() {
    let (address, accepted) = server(|stream| answer_always(stream, HELLO)).await;
    let transport = transport(&Environment::default());
    for _ in 0..5 {
        let answer = send(&transport, &format!("http://{address}/a?b"), &Patience::default()).await.unwrap();
        assert_eq!((answer.status().as_u16(), &answer.body()[..]), (200, &b"hello"[..]));
        // The task of the connection sees the end of the answer.
        tokio::task::yield_now().await;
    }
    assert_eq!(accepted.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_kept_connection_that_the_server_closed_is_replaced() {
    let (address, accepted) = server(|mut stream| async move {
        if request_of(&mut stream).await.is_some() {
            stream.write_all(HELLO).await.unwrap();
        }
    })
    .await;
    let transport = transport(&Environment::default());
    for _ in 0..5 {
        send(&transport, &format!("http://{address}/"), &Patience::default()).await.unwrap();
        // Until the end of the connection has come through loopback.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(accepted.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn what_nobody_listens_to_was_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let transport = transport(&Environment::default());
    let failed = send(&transport, &format!("http://{address}/"), &Patience::default()).await;
    check_failure(failed, Outcome::NotSent, "no connection to 127.0.0.1");
    let failed = send(&transport, "http://no-such-name.invalid/", &Patience::default()).await;
    check_failure(failed, Outcome::NotSent, "no-such-name.invalid");
    check_failure(send(&transport, "/path", &Patience::default()).await, Outcome::NotSent, "absolute");
}

#[tokio::test]
async fn a_request_that_was_read_and_not_answered_is_in_doubt() {
    let (address, _) = server(|mut stream| async move { _ = request_of(&mut stream).await }).await;
    let failed =
        send(&transport(&Environment::default()), &format!("http://{address}/"), &Patience::default()).await;
    check_failure(failed, Outcome::Unknown, "the connection broke");
}

#[tokio::test]
async fn silence_is_in_doubt() {
    for answer in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel"] {
        let (address, _) = server(move |mut stream| async move {
            _ = request_of(&mut stream).await;
            stream.write_all(answer).await.unwrap();
            std::future::pending::<()>().await;
        })
        .await;
        let transport = transport(&Environment::default());
        let short = Duration::from_millis(50);
        for patience in [
            Patience { read: short, ..Patience::default() },
            Patience { exchange: Some(short), ..Patience::default() },
        ] {
            let failed = send(&transport, &format!("http://{address}/"), &patience).await;
            check_failure(failed, Outcome::Unknown, "did not answer in time");
        }
    }
}

#[tokio::test]
async fn what_fails_before_tls_stands_was_not_sent() {
    // It answers in plain text what should be TLS; the other one says nothing at all.
    let (plain, _) = server(|mut stream| async move { _ = stream.write_all(HELLO).await }).await;
    let transport = transport(&Environment::default());
    let failed = send(&transport, &format!("https://{plain}/"), &Patience::default()).await;
    check_failure(failed, Outcome::NotSent, "no trusted connection to 127.0.0.1");
    let (silent, _) = server(|stream| async move {
        let _held = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let patience = Patience { connect: Duration::from_millis(50), ..Patience::default() };
    let failed = send(&transport, &format!("https://{silent}/"), &patience).await;
    check_failure(failed, Outcome::NotSent, "no connection to 127.0.0.1 in time");
}

#[tokio::test]
async fn answers_have_a_bound() {
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    for answer in [HELLO, chunked] {
        let (address, _) = server(move |stream| answer_always(stream, answer)).await;
        let transport = transport(&Environment::default());
        let uri = format!("http://{address}/");
        let patience = Patience { answer_bytes_max: 4, ..Patience::default() };
        check_failure(send(&transport, &uri, &patience).await, Outcome::Unknown, "longer than 4 bytes");
        let patience = Patience { answer_bytes_max: 5, ..Patience::default() };
        assert_eq!(send(&transport, &uri, &patience).await.unwrap().body(), "hello");
    }
}

#[tokio::test]
async fn a_proxy_gets_the_whole_uri_and_its_password() {
    let (address, _) = server(|mut stream| async move {
        let request = request_of(&mut stream).await.unwrap();
        assert!(request.starts_with("POST http://far.example/a?b HTTP/1.1\r\n"), "{request}");
        for line in ["host: far.example", "user-agent: test", "proxy-authorization: Basic YTpi"] {
            assert!(request.contains(&format!("{line}\r\n")), "{request}");
        }
        stream.write_all(HELLO).await.unwrap();
    })
    .await;
    let environment = Environment::from([("http_proxy", format!("http://a:b@{address}").as_str())]);
    let answer = send(&transport(&environment), "http://far.example/a?b", &Patience::default()).await;
    assert_eq!(answer.unwrap().body(), "hello");
}

#[tokio::test]
async fn a_proxy_that_opens_no_tunnel_is_a_request_not_sent() {
    let (address, _) = server(|mut stream| async move {
        let request = request_of(&mut stream).await.unwrap();
        assert!(request.starts_with("CONNECT far.example:443 HTTP/1.1\r\n"), "{request}");
        stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await.unwrap();
    })
    .await;
    let environment = Environment::from([("HTTPS_PROXY", format!("http://{address}").as_str())]);
    let failed = send(&transport(&environment), "https://far.example/", &Patience::default()).await;
    check_failure(failed, Outcome::NotSent, "the proxy refused the connection: HTTP/1.1 407");
}

#[test]
fn a_transport_outlives_a_runtime() {
    let (address, _) = {
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                sender.send(server(|stream| answer_always(stream, HELLO)).await).unwrap();
                std::future::pending::<()>().await;
            });
        });
        receiver.recv().unwrap()
    };
    let transport = transport(&Environment::default());
    for _ in 0..2 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = runtime.block_on(send(&transport, &format!("http://{address}/"), &Patience::default()));
        assert_eq!(answer.unwrap().body(), "hello");
    }
}

#[test]
fn a_ca_bundle_that_is_not_there_is_refused() {
    let environment = Environment::from([("AWS_CA_BUNDLE", "no/such/file")]);
    let refused = TransportConfig::from_environment(&environment, HeaderValue::from_static("test"));
    assert!(matches!(refused, Err(Cause::CaBundle(_))));
    assert!(format!("{:?}", Proxies::default()).contains("Proxies"));
}
