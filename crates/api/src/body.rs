//! Request bodies: read whole, with a bound on size and time.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body;

use crate::error::ApiError;

/// LIMIT: how many times the bytes that are allowed are still read of a body that is too large, so that its
/// sender, who only then looks for an answer, gets the refusal instead of a broken connection.
const DRAINED_TIMES_MAX: usize = 8;
/// LIMIT: time for the whole body, against senders that trickle.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);

/// LIMIT: `bytes_max` follows from the quotas (`quotas`).
pub(crate) async fn read_body<B>(body: B, bytes_max: usize) -> Result<Bytes, ApiError>
where
    B: Body<Data = Bytes> + Unpin,
{
    // A body that is already here costs no timer: the timeout is armed when the first read has to wait.
    tokio::time::timeout(BODY_TIME_MAX, collect(body, bytes_max)).await.unwrap_or(Err(ApiError::BodyTooSlow))
}

async fn collect<B>(mut body: B, bytes_max: usize) -> Result<Bytes, ApiError>
where
    B: Body<Data = Bytes> + Unpin,
{
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(drain(body, 0, bytes_max).await);
    }
    // Most bodies arrive in one piece, and that piece is the body.
    let Some(first) = next_piece(&mut body).await? else { return Ok(Bytes::new()) };
    if first.len() > bytes_max {
        return Err(drain(body, first.len(), bytes_max).await);
    }
    if body.is_end_stream() {
        return Ok(first);
    }
    let mut whole = BytesMut::from(first);
    while let Some(piece) = next_piece(&mut body).await? {
        if whole.len() + piece.len() > bytes_max {
            return Err(drain(body, whole.len() + piece.len(), bytes_max).await);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

async fn next_piece<B>(body: &mut B) -> Result<Option<Bytes>, ApiError>
where
    B: Body<Data = Bytes> + Unpin,
{
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ApiError::BodyBroken)?;
        if let Ok(piece) = frame.into_data() {
            return Ok(Some(piece));
        }
    }
    Ok(None)
}

async fn drain<B>(mut body: B, mut read: usize, bytes_max: usize) -> ApiError
where
    B: Body<Data = Bytes> + Unpin,
{
    while read <= DRAINED_TIMES_MAX * bytes_max
        && let Ok(Some(piece)) = next_piece(&mut body).await
    {
        read += piece.len();
    }
    ApiError::BodyTooLarge(bytes_max)
}

#[cfg(test)]
mod tests;
