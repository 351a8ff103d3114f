//! A request body becomes a request: one pass, no recursion that the sender controls.

use serde::Deserialize;

use super::limits::BODY_DEPTH_MAX;
use super::member::Structure;
use crate::error::ApiError;

pub(crate) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, ApiError> {
    if is_too_deep(body) {
        return Err(ApiError::Serialization(format!(
            "the request body is nested deeper than {BODY_DEPTH_MAX} levels"
        )));
    }
    match serde_json::from_slice::<Structure<T>>(body) {
        Ok(Structure(request)) => Ok(request),
        Err(error) => Err(ApiError::Serialization(told(&error))),
    }
}

/// A wrong type is told without its place, as AWS does; a syntax error with it.
fn told(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if !error.is_data() {
        return format!("the request body is not JSON: {text}");
    }
    match text.rfind(" at line ") {
        Some(place) => text[..place].to_owned(),
        None => text,
    }
}

/// Members that nobody asked for are skipped without recursion, but also without a bound: so the bound
/// is checked before. Few bodies have enough brackets to need the exact count.
fn is_too_deep(body: &[u8]) -> bool {
    // Pieces whose count fits into a byte: many bytes are then compared at once.
    let opening = |piece: &[u8]| piece.iter().map(|byte| u8::from(matches!(byte, b'[' | b'{'))).sum::<u8>();
    let opening: usize = body.chunks(usize::from(u8::MAX)).map(|piece| usize::from(opening(piece))).sum();
    opening > BODY_DEPTH_MAX && depth(body) > BODY_DEPTH_MAX
}

fn depth(body: &[u8]) -> usize {
    let (mut level, mut deepest) = (0usize, 0usize);
    let (mut in_string, mut escaped) = (false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                level += 1;
                deepest = deepest.max(level);
            }
            b']' | b'}' => level = level.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests;
