//! Answers as HTTP responses: the headers that every one carries, and request ids.

use std::cell::Cell;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use tokio::sync::mpsc;

use crate::domain::ExecutionStatus;
use crate::error::ApiError;

pub(crate) type HttpResponse = Response<ReplyBody>;

/// The bytes of an answer.
pub(crate) enum ReplyBody {
    Whole(Full<Bytes>),
    /// Piece by piece, until whoever tells has no more to tell.
    Stream(mpsc::Receiver<Bytes>),
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            ReplyBody::Whole(body) => Pin::new(body).poll_frame(context),
            ReplyBody::Stream(told) => {
                told.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            ReplyBody::Whole(body) => body.is_end_stream(),
            ReplyBody::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            ReplyBody::Whole(body) => body.size_hint(),
            ReplyBody::Stream(_) => SizeHint::default(),
        }
    }
}

/// The answer of an operation that did what it was asked.
pub(crate) struct Reply {
    pub(crate) body: Vec<u8>,
    /// Extension: a start says what became of the execution by the time the start was durable.
    pub(crate) execution_status: Option<ExecutionStatus>,
    pub(crate) content_type: HeaderValue,
}

impl Reply {
    pub(crate) fn json(body: Vec<u8>) -> Reply {
        Reply { body, execution_status: None, content_type: AWS_JSON }
    }

    pub(crate) fn metrics(text: String) -> Reply {
        Reply { content_type: PROMETHEUS_TEXT, ..Reply::json(text.into_bytes()) }
    }

    pub(crate) fn empty() -> Reply {
        Reply::json(b"{}".to_vec())
    }
}

const AWS_JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");
const PROMETHEUS_TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const EXECUTION_STATUS: HeaderName = HeaderName::from_static("x-stairway-execution-status");

pub(crate) fn respond(result: Result<Reply, ApiError>, id: RequestId) -> HttpResponse {
    let (status, body, execution_status, content_type) = match result {
        Ok(reply) => (StatusCode::OK, reply.body, reply.execution_status, reply.content_type),
        Err(ref error) => (error.status(), error.body(), None, AWS_JSON),
    };
    let mut response = Response::new(ReplyBody::Whole(Full::new(Bytes::from(body))));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id.header());
    headers.insert(CONTENT_TYPE, content_type);
    if let Some(status) = execution_status {
        headers.insert(EXECUTION_STATUS, HeaderValue::from_static(status.as_str()));
    }
    if matches!(status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Draws request ids: unique, not secret. One per HTTP thread, seeded by the operating system.
pub(crate) struct RequestIds {
    seed: u128,
    drawn: Cell<u64>,
}

#[derive(Clone, Copy)]
pub(crate) struct RequestId(u128);

impl RequestIds {
    pub(crate) fn new(seed: u128) -> RequestIds {
        RequestIds { seed, drawn: Cell::new(0) }
    }

    pub(crate) fn draw(&self) -> RequestId {
        let count = self.drawn.get();
        self.drawn.set(count + 1);
        let high = mix((self.seed >> 64) as u64 ^ count);
        let low = mix(self.seed as u64 ^ high);
        RequestId(u128::from(high) << 64 | u128::from(low))
    }
}

/// SplitMix64's finisher: a permutation, so different counts give different ids.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

impl RequestId {
    fn header(self) -> HeaderValue {
        HeaderValue::from_bytes(&self.text()).unwrap_or(HeaderValue::from_static("-"))
    }

    /// The form of a UUID of version 4.
    fn text(self) -> [u8; 36] {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut bytes = self.0.to_be_bytes();
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let mut text = [b'-'; 36];
        let mut place = 0;
        for (index, byte) in bytes.into_iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                place += 1;
            }
            text[place] = HEX[usize::from(byte >> 4)];
            text[place + 1] = HEX[usize::from(byte & 0xf)];
            place += 2;
        }
        text
    }
}

#[cfg(test)]
mod tests;
