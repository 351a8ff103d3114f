//! The body of an answer: whole or in chunks, with the trailers of a stream that failed on its way.
//!
//! INVARIANT: no more than the bound is kept, whatever is sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::{HeaderMap, Request};

use super::ERROR_TYPE;
use crate::failure::document;
use crate::limits::{DRAINED_BYTES_MAX, RESPONSE_BYTES_MAX};

const ERROR_BODY: &str = "lambda-runtime-function-error-body";
/// LIMIT: characters of a text that is no error document and is repeated in one.
const EXCERPT_CHARS: usize = 1_024;

pub(super) struct Received {
    pub(super) bytes: Bytes,
    /// There was more than is kept.
    pub(super) is_too_large: bool,
    trailers: HeaderMap,
}

pub(super) async fn receive(request: Request<Incoming>) -> Result<Received, hyper::Error> {
    let mut body = request.into_body();
    let (mut bytes, mut trailers) = (BytesMut::new(), HeaderMap::new());
    let mut total = 0;
    while let Some(frame) = body.frame().await {
        let frame = match frame?.into_data() {
            Ok(data) => {
                total += data.len();
                if total <= RESPONSE_BYTES_MAX {
                    bytes.extend_from_slice(&data);
                } else if total > DRAINED_BYTES_MAX {
                    break;
                }
                continue;
            }
            Err(frame) => frame,
        };
        if let Ok(found) = frame.into_trailers() {
            trailers = found;
        }
    }
    Ok(Received { bytes: bytes.freeze(), is_too_large: total > RESPONSE_BYTES_MAX, trailers })
}

impl Received {
    /// The error document of a stream that failed after it had begun.
    pub(super) fn trailing_error(&self) -> Option<Bytes> {
        let error_type = String::from_utf8_lossy(self.trailers.get(ERROR_TYPE)?.as_bytes());
        let body = self.trailers.get(ERROR_BODY).and_then(|body| STANDARD.decode(body.as_bytes()).ok());
        Some(body.map_or_else(|| document(&error_type, ""), Bytes::from))
    }

    pub(super) fn excerpt(&self) -> String {
        String::from_utf8_lossy(&self.bytes).chars().take(EXCERPT_CHARS).collect()
    }
}
