//! Reading an answer to its end, within a bound and with patience for each piece.

use bytes::{Bytes, BytesMut};
use http::Response;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::time::{Instant, timeout_at};

use super::error::Cause;
use super::{Patience, earliest};

pub(super) async fn collect(
    response: Response<Incoming>,
    patience: &Patience,
    end: Option<Instant>,
) -> Result<Response<Bytes>, Cause> {
    let limit = patience.answer_bytes_max;
    let (head, mut body) = response.into_parts();
    if body.size_hint().lower() > limit as u64 {
        return Err(Cause::AnswerTooLong { limit });
    }
    let mut whole = BytesMut::new();
    loop {
        let piece_by = earliest(Instant::now() + patience.read, end);
        let piece = timeout_at(piece_by, body.frame()).await.map_err(|_| Cause::ReadTimeout)?;
        let Some(piece) = piece else { break };
        // Trailers end an answer and say nothing that a caller asks for.
        let Ok(data) = piece.map_err(Cause::Connection)?.into_data() else { continue };
        if whole.len() + data.len() > limit {
            return Err(Cause::AnswerTooLong { limit });
        }
        whole.extend_from_slice(&data);
    }
    Ok(Response::from_parts(head, whole.freeze()))
}
