//! The parser over bytes, and a connection against answers that arrive in pieces.

use tokio::net::TcpListener;

use super::*;

const ANSWER: &str = "HTTP/1.1 200 OK\r\nx-amzn-requestid: 1\r\nX-Stairway-Execution-Status: SUCCEEDED\r\n\
                      Content-Length: 20\r\n\r\n{\"executionArn\":\"a\"}";

fn parsed(head: &str) -> Result<Option<Head>, String> {
    parse(head.as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn head_tells_status_lengths_and_execution() {
    let body = ANSWER.len() - 20;
    let expected =
        Head { status: 200, execution: Some(Execution::Succeeded), head_bytes: body, body_bytes: 20 };
    assert_eq!(parsed(ANSWER), Ok(Some(expected)));
    let plain = "HTTP/1.1 404 Not Found\r\ncontent-length:0\r\n\r\n";
    let expected = Head { status: 404, execution: None, head_bytes: plain.len(), body_bytes: 0 };
    assert_eq!(parsed(plain), Ok(Some(expected)));
}

#[test]
fn every_shorter_head_is_incomplete() {
    let head = ANSWER.len() - 20;
    for length in 0..head {
        assert_eq!(parsed(&ANSWER[..length]), Ok(None), "{length} bytes");
    }
}

#[test]
fn each_status_of_an_execution_is_told_apart() {
    let of = |status| {
        let head =
            format!("HTTP/1.1 200 OK\r\nx-stairway-execution-status: {status}\r\ncontent-length: 0\r\n\r\n");
        parsed(&head).unwrap().unwrap().execution
    };
    assert_eq!(of("RUNNING"), Some(Execution::Running));
    assert_eq!(of("SUCCEEDED"), Some(Execution::Succeeded));
    assert_eq!(of("FAILED"), Some(Execution::EndedOtherwise));
}

#[test]
fn what_is_not_understood_is_an_error() {
    let refused = |head| parsed(head).unwrap_err();
    assert_eq!(refused("HTTP/1.1 200 OK\r\n\r\n"), "expected a content-length, found none");
    assert_eq!(refused("HTTP/2 200\r\n"), "expected a status line, found `HTTP/2 200`");
    assert_eq!(refused("HTTP/1.1 20\r\n"), "expected a status line, found `HTTP/1.1 20`");
    assert_eq!(refused("HTTP/1.1 200 OK\r\ncontent-length: +1\r\n"), "expected a number, found `+1`");
    assert_eq!(refused("HTTP/1.1 200 OK\n"), "a line of the head does not end with CRLF");
}

/// What a client makes of an answer that arrives in these pieces.
async fn received(pieces: Vec<Vec<u8>>) -> Result<(u16, Vec<u8>), String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.set_nodelay(true).unwrap();
        let mut request = [0; 1];
        socket.read_exact(&mut request).await.unwrap();
        for piece in pieces {
            socket.write_all(&piece).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let client = async {
        let mut connection = Connection::open(addr).await.unwrap();
        let answer = connection.exchange(b"?").await.map_err(|error| error.to_string())?;
        Ok((answer.status, answer.body.to_vec()))
    };
    tokio::join!(client, server).0
}

#[tokio::test]
async fn answer_in_pieces_and_larger_than_the_buffer_is_whole() {
    let body = vec![b'x'; 100_000];
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    let whole = [head.as_bytes(), &body].concat();
    let pieces = whole.chunks(7_001).map(<[u8]>::to_vec).collect();
    assert_eq!(received(pieces).await, Ok((200, body)));
}

#[tokio::test]
async fn answer_that_breaks_off_or_goes_on_is_an_error() {
    let broken = received(vec![ANSWER.as_bytes()[..ANSWER.len() - 1].to_vec()]).await;
    assert_eq!(broken.unwrap_err(), "the server closed the connection before its answer ended");
    let more = received(vec![format!("{ANSWER}!").into_bytes()]).await;
    assert_eq!(more.unwrap_err(), "1 bytes follow the answer");
}

#[test]
fn text_is_what_stands_between_the_quotes() {
    let answer = Answer { status: 200, execution: None, body: br#"{"taskToken":"abc","input":"{}"}"# };
    assert_eq!(answer.text("\"taskToken\":\""), Some(&b"abc"[..]));
    assert_eq!(answer.text("\"executionArn\":\""), None);
}
