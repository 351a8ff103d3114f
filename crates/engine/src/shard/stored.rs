//! What a commit tells the store of an execution beyond its records, and how that is read again.

use bytes::Bytes;
use execution::{Execution, Origin, Through};
use planted::Bug;
use store::Awaits;

use crate::error::EngineError;

pub(crate) fn awaits_of(value: &Execution) -> Awaits {
    if value.ended().is_some() {
        return Awaits::default();
    }
    let owes = value.can_continue() || value.outstanding().next().is_some();
    let deadline_ms = value.deadline_ms().filter(|_| !planted::is_on(Bug::DeadlineIsNotStored));
    Awaits { deadline_ms, owes }
}

/// What a listing tells of an execution beside its name: the number of its revision, and the version that
/// it was started through, if it was.
pub(crate) fn note_of(origin: &Origin) -> Bytes {
    with_through(origin.revision.to_be_bytes().to_vec(), origin).into()
}

/// None when the note is damaged.
pub(crate) fn read_note(note: &[u8]) -> Option<(u32, Option<Through>)> {
    let (revision, through) = note.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*revision), read_through(through).ok()?))
}

/// Older bytes end where the version would begin.
fn with_through(bytes: Vec<u8>, origin: &Origin) -> Vec<u8> {
    match &origin.through {
        Some(through) => {
            postcard::to_extend(through, bytes).expect("a version in memory can be written to memory")
        }
        None => bytes,
    }
}

fn read_through(bytes: &[u8]) -> postcard::Result<Option<Through>> {
    if bytes.is_empty() { Ok(None) } else { postcard::from_bytes(bytes).map(Some) }
}

/// A checkpoint as the engine stores it: the origin, then the execution.
pub(crate) fn checkpoint_bytes(origin: &Origin, value: &Execution) -> Bytes {
    let bytes = postcard::to_allocvec(origin).expect("an origin in memory can be written to memory");
    let mut bytes = with_through(bytes, origin);
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
    Ok((read_origin(origin).map_err(|error| EngineError::Catalog(error.to_string()))?, checkpoint))
}

fn read_origin(bytes: &[u8]) -> postcard::Result<Origin> {
    let (origin, through) = postcard::take_from_bytes::<Origin>(bytes)?;
    Ok(Origin { through: read_through(through)?, ..origin })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(through: Option<Through>) -> Origin {
        Origin { machine: 7, revision: 2, name: "n".into(), trace_header: None, through }
    }

    /// Written before there were versions.
    const OLD_ORIGIN: &[u8] = &[7, 2, 1, b'n', 0];

    #[test]
    fn what_was_stored_before_versions_reads_as_started_through_none() {
        assert_eq!(read_origin(OLD_ORIGIN).unwrap(), origin(None));
        assert_eq!(read_note(&[0, 0, 0, 2]), Some((2, None)));
    }

    #[test]
    fn version_and_alias_are_kept_in_note_and_checkpoint() {
        let through = Through { version: 300, alias: Some("PROD".into()) };
        let started = origin(Some(through.clone()));
        assert_eq!(read_note(&note_of(&started)), Some((2, Some(through))));
        let bytes = with_through(postcard::to_allocvec(&started).unwrap(), &started);
        assert_eq!(bytes, [OLD_ORIGIN, &[0xac, 0x02, 1, 4, b'P', b'R', b'O', b'D']].concat());
        assert_eq!(read_origin(&bytes).unwrap(), started);
    }
}
