//! What a commit tells the store of an execution beyond its records, and how that is read again.

use bytes::Bytes;
use execution::{Execution, Origin};
use store::Awaits;

use crate::error::EngineError;

pub(crate) fn awaits_of(value: &Execution) -> Awaits {
    if value.ended().is_some() {
        return Awaits::default();
    }
    let owes = value.can_continue() || value.outstanding().next().is_some();
    Awaits { deadline_ms: value.deadline_ms(), owes }
}

/// A checkpoint as the engine stores it: the origin, then the execution.
pub(crate) fn checkpoint_bytes(origin: &Origin, value: &Execution) -> Bytes {
    let mut bytes = postcard::to_allocvec(origin).expect("an origin in memory can be written to memory");
    let mut framed = (bytes.len() as u32).to_be_bytes().to_vec();
    framed.append(&mut bytes);
    framed.extend(value.checkpoint());
    framed.into()
}

/// Origin and execution in a stored checkpoint.
pub(crate) fn split_checkpoint(bytes: &[u8]) -> Result<(Origin, &[u8]), EngineError> {
    let damaged = || EngineError::Catalog("a checkpoint is cut short".into());
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(damaged)?;
    let (origin, checkpoint) =
        rest.split_at_checked(u32::from_be_bytes(*length) as usize).ok_or_else(damaged)?;
    let origin = postcard::from_bytes(origin).map_err(|error| EngineError::Catalog(error.to_string()))?;
    Ok((origin, checkpoint))
}
