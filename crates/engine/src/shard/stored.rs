//! What a commit tells the store of an execution beyond its records, and how that is read again.

use bytes::Bytes;
use execution::{Execution, Origin, Redriven, Through};
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

/// What a listing tells of an execution beside its name.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Note {
    /// The number of its revision.
    pub(crate) revision: u32,
    /// The version that it was started through, if it was.
    pub(crate) through: Option<Through>,
    pub(crate) redriven: Option<Redriven>,
}

/// Stands where the version would, if none does and something follows: versions count from 1.
const NO_VERSION: Through = Through { version: 0, alias: None };

pub(crate) fn note_of(origin: &Origin, redriven: Option<Redriven>) -> Bytes {
    let note = origin.revision.to_be_bytes().to_vec();
    let Some(redriven) = redriven else { return with_through(note, origin).into() };
    let through = origin.through.as_ref().unwrap_or(&NO_VERSION);
    let note = postcard::to_extend(&(through, redriven), note);
    note.expect("a note in memory can be written to memory").into()
}

/// None when the note is damaged.
pub(crate) fn read_note(note: &[u8]) -> Option<Note> {
    let (revision, rest) = note.split_first_chunk::<4>()?;
    let revision = u32::from_be_bytes(*revision);
    if rest.is_empty() {
        return Some(Note { revision, through: None, redriven: None });
    }
    let (through, rest): (Through, _) = postcard::take_from_bytes(rest).ok()?;
    // Older notes end here.
    let redriven = if rest.is_empty() { None } else { Some(postcard::from_bytes(rest).ok()?) };
    Some(Note { revision, through: Some(through).filter(|through| *through != NO_VERSION), redriven })
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
        assert_eq!(read_note(&[0, 0, 0, 2]), Some(Note { revision: 2, through: None, redriven: None }));
    }

    #[test]
    fn redrives_are_noted_with_a_version_and_without() {
        let redriven = Some(Redriven { count: 3, at_ms: -1 });
        for through in [None, Some(Through { version: 1, alias: None })] {
            let note = Note { revision: 2, through: through.clone(), redriven };
            assert_eq!(read_note(&note_of(&origin(through), redriven)), Some(note));
        }
        assert_eq!(read_note(&[0, 0, 0, 2, 0, 0, 3]), None, "cut short");
    }

    #[test]
    fn version_and_alias_are_kept_in_note_and_checkpoint() {
        let through = Through { version: 300, alias: Some("PROD".into()) };
        let started = origin(Some(through.clone()));
        let note = Note { revision: 2, through: Some(through), redriven: None };
        assert_eq!(read_note(&note_of(&started, None)), Some(note));
        let bytes = with_through(postcard::to_allocvec(&started).unwrap(), &started);
        assert_eq!(bytes, [OLD_ORIGIN, &[0xac, 0x02, 1, 4, b'P', b'R', b'O', b'D']].concat());
        assert_eq!(read_origin(&bytes).unwrap(), started);
    }
}
