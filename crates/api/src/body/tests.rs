use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::Full;
use hyper::body::{Frame, SizeHint};

use super::*;

const BODY_BYTES_MAX: usize = 1_000;

/// A body that arrives in pieces.
struct Pieces {
    pieces: VecDeque<Bytes>,
    announced: u64,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.pieces.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}

fn pieces(sizes: &[usize], announced: u64) -> Pieces {
    Pieces { pieces: sizes.iter().map(|size| Bytes::from(vec![b'x'; *size])).collect(), announced }
}

#[tokio::test(start_paused = true)]
async fn body_in_one_piece_is_not_copied() {
    let piece = Bytes::from_static(b"{}");
    let read = read_body(Full::new(piece.clone()), BODY_BYTES_MAX).await.unwrap();
    assert_eq!(read.as_ptr(), piece.as_ptr());
}

#[tokio::test(start_paused = true)]
async fn pieces_are_joined_in_order() {
    let body = Pieces { pieces: ["{", "\"a\":", "1}"].map(Bytes::from).into(), announced: 7 };
    assert_eq!(read_body(body, BODY_BYTES_MAX).await.unwrap(), "{\"a\":1}");
    assert_eq!(read_body(pieces(&[], 0), BODY_BYTES_MAX).await.unwrap(), "");
}

#[tokio::test(start_paused = true)]
async fn body_of_the_largest_size_passes_and_one_byte_more_does_not() {
    assert_eq!(read_body(pieces(&[BODY_BYTES_MAX], 0), BODY_BYTES_MAX).await.unwrap().len(), BODY_BYTES_MAX);
    assert_eq!(
        read_body(pieces(&[BODY_BYTES_MAX, 1], 0), BODY_BYTES_MAX).await,
        Err(ApiError::BodyTooLarge(BODY_BYTES_MAX))
    );
    assert_eq!(
        read_body(pieces(&[BODY_BYTES_MAX + 1], 0), BODY_BYTES_MAX).await,
        Err(ApiError::BodyTooLarge(BODY_BYTES_MAX))
    );
}

#[tokio::test(start_paused = true)]
async fn announced_size_is_enough_to_refuse() {
    let announced = BODY_BYTES_MAX as u64 + 1;
    assert_eq!(
        read_body(pieces(&[1, 1], announced), BODY_BYTES_MAX).await,
        Err(ApiError::BodyTooLarge(BODY_BYTES_MAX))
    );
}

#[tokio::test(start_paused = true)]
async fn refused_body_is_drained_only_so_far() {
    let mut endless = pieces(&[BODY_BYTES_MAX; 20], u64::MAX);
    assert!(matches!(read_body(&mut endless, BODY_BYTES_MAX).await, Err(ApiError::BodyTooLarge(_))));
    assert!(!endless.pieces.is_empty());
}
