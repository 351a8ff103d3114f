//! Entries: what the payload of a frame says. Claims of slots, batches of commits, and what gives room back.
//!
//! Here: the bytes of each. Not here: frames around them, the bytes of an execution that has moved (`moved`), or
//! what records mean.
//! Each commit has a checksum of its own, so that it can be read alone and still be trusted, and points
//! back to the commit before it of the same execution: a history is a walk along these pointers.
//!
//! ```text
//! claim   1 · first slot · end slot · epoch
//! batch   2 · epoch · count · count x commit
//! again   3 · commit: one of before, written once more; the one before is that written again before it
//! moved   4 · an execution that has moved (`moved`)
//! gone    5 · count · count x uid: these are forgotten
//! front   6 · number of the segment that is the first from here on · epoch so far
//! commit  length u32 · checksum u32 · flags · uid · sequence · [distance, length of the one before]
//!         · [machine, name, start, note] · [deadline] · [status, stop] · [later note] · [checkpoint] · records
//! ```
//! Times are written as distances from the start that the uid says: one or two bytes instead of six.

use std::sync::Arc;

use bytes::Bytes;
use store::{Awaits, Commit, Ended, Epoch, Fence, Started, Uid};

use crate::frame::{self, PADDING, checksum};
use crate::moved::Moved;
use crate::varint::{Reader, put_bytes, put_number, put_signed};

const CLAIM: u8 = 1;
const BATCH: u8 = 2;
const AGAIN: u8 = 3;
const MOVED: u8 = 4;
const GONE: u8 = 5;
const FRONT: u8 = 6;

const STARTED: u8 = 1;
const ENDED: u8 = 2;
const CHECKPOINT: u8 = 4;
const DEADLINE: u8 = 8;
const OWES: u8 = 16;
const FOLLOWS: u8 = 32;
const NOTE: u8 = 64;

/// Before the body of a commit: its length and its checksum.
const COMMIT_HEADER: usize = 8;

/// Where a commit stands in the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Pointer {
    pub(crate) position: u64,
    /// With its own header.
    pub(crate) length: u32,
}

/// A commit as it stands in the log.
#[derive(Clone, Debug)]
pub(crate) struct Logged {
    pub(crate) execution: Uid,
    pub(crate) sequence: u64,
    pub(crate) previous: Option<Pointer>,
    pub(crate) started: Option<Arc<Started>>,
    pub(crate) awaits: Awaits,
    pub(crate) ended: Option<Ended>,
    pub(crate) note: Option<Bytes>,
    pub(crate) checkpoint: Option<Bytes>,
    pub(crate) records: Bytes,
}

pub(crate) enum Entry {
    Claim(Fence),
    Commit(Pointer, Logged),
    Again(Pointer, Logged),
    /// With its position, as the next one.
    Moved(u64, Moved),
    Gone(u64, Vec<Uid>),
    Front(Front),
}

/// Where the log begins: what stands before is not needed any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Front {
    /// The number of the first segment that must be there.
    pub(crate) segment: u64,
    /// The highest epoch so far: the claims that said so may be gone.
    pub(crate) epoch: u64,
}

pub(crate) fn put_claim(out: &mut Vec<u8>, fence: &Fence) {
    out.push(CLAIM);
    put_number(out, u64::from(fence.slots.start));
    put_number(out, u64::from(fence.slots.end));
    put_number(out, fence.epoch.0);
}

pub(crate) fn put_batch_header(out: &mut Vec<u8>, epoch: Epoch, count: usize) {
    out.push(BATCH);
    put_number(out, epoch.0);
    put_number(out, count as u64);
}

/// Writes a commit of before once more.
pub(crate) fn put_again(
    out: &mut Vec<u8>,
    base: u64,
    commit: &Commit,
    previous: Option<Pointer>,
    salt: u64,
) -> Pointer {
    out.push(AGAIN);
    put_commit(out, base, commit, previous, salt)
}

pub(crate) fn put_moved(out: &mut Vec<u8>, base: u64, moved: &Moved) -> u64 {
    out.push(MOVED);
    let position = base + out.len() as u64;
    moved.put(out, position);
    position
}

pub(crate) fn put_gone(out: &mut Vec<u8>, executions: &[Uid]) {
    out.push(GONE);
    put_number(out, executions.len() as u64);
    for Uid(uid) in executions {
        out.extend_from_slice(uid);
    }
}

pub(crate) fn put_front(out: &mut Vec<u8>, front: Front) {
    out.push(FRONT);
    put_number(out, front.segment);
    put_number(out, front.epoch);
}

/// Writes a commit at the end of a buffer whose first byte has the position `base` in the log.
pub(crate) fn put_commit(
    out: &mut Vec<u8>,
    base: u64,
    commit: &Commit,
    previous: Option<Pointer>,
    salt: u64,
) -> Pointer {
    let start = out.len();
    let position = base + start as u64;
    out.extend_from_slice(&[0; COMMIT_HEADER]);
    put_body(out, position, commit, previous);
    // LIMIT: 4 GiB for a commit; the engine's own limits are a thousandth of it.
    let length = u32::try_from(out.len() - start).expect("a commit is smaller than 4 GiB");
    let sum = checksum(salt, &out[start + COMMIT_HEADER..]);
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    out[start + 4..start + COMMIT_HEADER].copy_from_slice(&sum.to_le_bytes());
    Pointer { position, length }
}

fn put_body(out: &mut Vec<u8>, position: u64, commit: &Commit, previous: Option<Pointer>) {
    let Commit { execution, sequence, started, records, awaits, ended, note, checkpoint } = commit;
    let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
    out.push(
        flag(started.is_some(), STARTED)
            | flag(ended.is_some(), ENDED)
            | flag(checkpoint.is_some(), CHECKPOINT)
            | flag(awaits.deadline_ms.is_some(), DEADLINE)
            | flag(awaits.owes, OWES)
            | flag(previous.is_some(), FOLLOWS)
            | flag(note.is_some(), NOTE),
    );
    out.extend_from_slice(&execution.0);
    put_number(out, *sequence);
    if let Some(previous) = previous {
        put_number(out, position - previous.position);
        put_number(out, u64::from(previous.length));
    }
    let origin = execution.started_ms();
    if let Some(started) = started {
        put_started(out, started, origin);
    }
    if let Some(deadline_ms) = awaits.deadline_ms {
        put_signed(out, deadline_ms.wrapping_sub(origin));
    }
    if let Some(Ended { status, stopped_ms }) = ended {
        out.push(*status);
        put_signed(out, stopped_ms.wrapping_sub(origin));
    }
    if let Some(note) = note {
        put_bytes(out, note);
    }
    if let Some(checkpoint) = checkpoint {
        put_bytes(out, checkpoint);
    }
    out.extend_from_slice(records);
}

pub(crate) fn put_started(out: &mut Vec<u8>, started: &Started, origin: i64) {
    let Started { machine, name, started_ms, note } = started;
    out.extend_from_slice(&machine.to_be_bytes());
    put_bytes(out, name.as_bytes());
    put_signed(out, started_ms.wrapping_sub(origin));
    put_bytes(out, note);
}

/// Reads a commit that was written alone at a pointer. None if the bytes are not what was written.
pub(crate) fn read_commit(bytes: &Bytes, at: Pointer, salt: u64) -> Option<Logged> {
    let mut reader = Reader::over(bytes);
    let (found, logged) = commit(&mut reader, at.position, salt)?;
    (found == at && reader.is_at_end()).then_some(logged)
}

fn commit(reader: &mut Reader<'_>, position: u64, salt: u64) -> Option<(Pointer, Logged)> {
    let length = u32::from_le_bytes(reader.array()?);
    let sum = u32::from_le_bytes(reader.array()?);
    let body = reader.shared_of((length as usize).checked_sub(COMMIT_HEADER)?)?;
    if frame::checksum(salt, &body) != sum {
        return None;
    }
    Some((Pointer { position, length }, logged(&body, position)?))
}

fn logged(body: &Bytes, position: u64) -> Option<Logged> {
    let mut reader = Reader::over(body);
    let flags = reader.byte()?;
    let execution = Uid(reader.array()?);
    let origin = execution.started_ms();
    Some(Logged {
        execution,
        sequence: reader.number()?,
        previous: when(flags & FOLLOWS, || {
            let position = position.checked_sub(reader.number()?)?;
            Some(Pointer { position, length: u32::try_from(reader.number()?).ok()? })
        })?,
        started: when(flags & STARTED, || started(&mut reader, origin).map(Arc::new))?,
        awaits: Awaits {
            deadline_ms: when(flags & DEADLINE, || Some(reader.signed()?.wrapping_add(origin)))?,
            owes: flags & OWES != 0,
        },
        ended: when(flags & ENDED, || {
            Some(Ended { status: reader.byte()?, stopped_ms: reader.signed()?.wrapping_add(origin) })
        })?,
        note: when(flags & NOTE, || Some(Bytes::copy_from_slice(reader.copied()?)))?,
        checkpoint: when(flags & CHECKPOINT, || reader.shared())?,
        records: reader.rest(),
    })
}

/// A part that stands there only if its flag is set; None only if it should stand there and does not.
pub(crate) fn when<T>(flag: u8, read: impl FnOnce() -> Option<T>) -> Option<Option<T>> {
    if flag == 0 { Some(None) } else { read().map(Some) }
}

pub(crate) fn started(reader: &mut Reader<'_>, origin: i64) -> Option<Started> {
    Some(Started {
        machine: u128::from_be_bytes(reader.array()?),
        name: std::str::from_utf8(reader.copied()?).ok()?.into(),
        started_ms: reader.signed()?.wrapping_add(origin),
        note: Bytes::copy_from_slice(reader.copied()?),
    })
}

/// Reads a whole payload, whose first byte has the position `base` in the log. None if it makes no sense.
pub(crate) fn read_payload(payload: &Bytes, base: u64, salt: u64) -> Option<Vec<Entry>> {
    let mut reader = Reader::over(payload);
    let mut entries = Vec::new();
    while !reader.is_at_end() {
        match reader.byte()? {
            CLAIM => entries.push(Entry::Claim(claim(&mut reader)?)),
            BATCH => {
                let _epoch = reader.number()?;
                for _ in 0..reader.number()? {
                    let position = base + reader.at() as u64;
                    let (pointer, logged) = commit(&mut reader, position, salt)?;
                    entries.push(Entry::Commit(pointer, logged));
                }
            }
            AGAIN => {
                let position = base + reader.at() as u64;
                let (pointer, logged) = commit(&mut reader, position, salt)?;
                entries.push(Entry::Again(pointer, logged));
            }
            MOVED => {
                let position = base + reader.at() as u64;
                entries.push(Entry::Moved(position, Moved::read(&mut reader, position)?));
            }
            GONE => {
                let position = base + reader.at() as u64;
                let mut executions = Vec::new();
                for _ in 0..reader.number()? {
                    executions.push(Uid(reader.array()?));
                }
                entries.push(Entry::Gone(position, executions));
            }
            FRONT => {
                let (segment, epoch) = (reader.number()?, reader.number()?);
                entries.push(Entry::Front(Front { segment, epoch }));
            }
            PADDING => break,
            _ => return None,
        }
    }
    Some(entries)
}

fn claim(reader: &mut Reader<'_>) -> Option<Fence> {
    let start = u16::try_from(reader.number()?).ok()?;
    let end = u16::try_from(reader.number()?).ok()?;
    Some(Fence { slots: start..end, epoch: Epoch(reader.number()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: u64 = 5;

    fn full(execution: Uid) -> Commit {
        Commit {
            execution,
            sequence: 3,
            started: Some(Started {
                machine: 1 << 100,
                name: "name".into(),
                started_ms: 1_700_000_000_123,
                note: Bytes::from_static(b"note"),
            }),
            records: Bytes::from_static(b"records"),
            awaits: Awaits { deadline_ms: Some(1_700_000_060_000), owes: true },
            ended: Some(Ended { status: 2, stopped_ms: i64::MIN }),
            note: Some(Bytes::from_static(b"later")),
            checkpoint: Some(Bytes::from_static(b"checkpoint")),
        }
    }

    fn bare(execution: Uid) -> Commit {
        let full = full(execution);
        Commit { started: None, awaits: Awaits::default(), ended: None, note: None, checkpoint: None, ..full }
    }

    fn check(commit: &Commit, previous: Option<Pointer>) {
        let mut out = b"before".to_vec();
        let pointer = put_commit(&mut out, 1_000, commit, previous, SALT);
        assert_eq!(pointer.position, 1_006);
        let bytes = Bytes::from(out.split_off(6));
        let logged = read_commit(&bytes, pointer, SALT).unwrap();
        assert_eq!((logged.execution, logged.sequence), (commit.execution, commit.sequence));
        assert_eq!(logged.previous, previous);
        assert_eq!(logged.started.as_deref(), commit.started.as_ref());
        assert_eq!((logged.awaits, logged.ended), (commit.awaits, commit.ended));
        assert_eq!((&logged.note, &logged.checkpoint), (&commit.note, &commit.checkpoint));
        assert_eq!(logged.records, commit.records);
        for at in 0..bytes.len() {
            let mut flipped = bytes.to_vec();
            flipped[at] ^= 1;
            assert!(read_commit(&flipped.into(), pointer, SALT).is_none(), "byte {at}");
        }
    }

    #[test]
    fn commits_come_back_and_flips_are_seen() {
        let execution = Uid::new(1_023, 1_700_000_000_000, u64::MAX);
        check(&full(execution), Some(Pointer { position: 17, length: 300 }));
        check(&full(execution), None);
        check(&bare(execution), Some(Pointer { position: 1_005, length: 1 }));
        check(&bare(execution), None);
    }

    #[test]
    fn a_one_state_execution_costs_little_over_its_records() {
        let execution = Uid::new(5, 1_700_000_000_000, 77);
        let ended = Ended { status: 1, stopped_ms: 1_700_000_000_001 };
        let commit =
            Commit { sequence: 0, checkpoint: None, note: None, ended: Some(ended), ..full(execution) };
        let mut out = Vec::new();
        put_commit(&mut out, 0, &Commit { awaits: Awaits::default(), ..commit.clone() }, None, SALT);
        assert_eq!(out.len() - commit.records.len(), 56);
    }

    #[test]
    fn what_gives_room_back_comes_back() {
        let execution = Uid::new(3, 1_700_000_000_000, 9);
        let whole = Moved {
            execution,
            started: Arc::new(full(execution).started.unwrap()),
            awaits: Awaits { deadline_ms: Some(-4), owes: true },
            ended: Some(Ended { status: 3, stopped_ms: 5 }),
            begin: 900,
            last: Pointer { position: 950, length: 50 },
            count: 7,
            log_bytes: 100,
        };
        let bare = Moved { awaits: Awaits::default(), ended: None, ..whole.clone() };
        let gone = [Uid::new(1, 2, 3), Uid::new(4, 5, 6)];
        let front = Front { segment: 300, epoch: 7 };
        let mut out = Vec::new();
        let previous = Some(Pointer { position: 17, length: 300 });
        let again = put_again(&mut out, 1_000, &full(execution), previous, SALT);
        let positions = [&whole, &bare].map(|moved| put_moved(&mut out, 1_000, moved));
        put_gone(&mut out, &gone);
        put_front(&mut out, front);
        out.push(PADDING);
        let out = Bytes::from(out);
        let entries = read_payload(&out, 1_000, SALT).unwrap();
        let [Entry::Again(at, logged), Entry::Moved(one, first), Entry::Moved(other, second), rest @ ..] =
            &entries[..]
        else {
            panic!("a commit and two executions were written");
        };
        assert_eq!((*at, logged.previous, logged.sequence), (again, previous, 3));
        assert_eq!(([*one, *other], first, second), (positions, &whole, &bare));
        let [Entry::Gone(_, uids), Entry::Front(found)] = rest else { panic!("and two more") };
        assert_eq!((&uids[..], *found), (&gone[..], front));
        let alone = out.slice(1..1 + again.length as usize);
        assert_eq!(read_commit(&alone, again, SALT).unwrap().execution, execution);
    }

    /// Version 1 as it was first written: bytes on a user's disk must be readable for ever.
    #[test]
    fn the_encoding_is_what_it_was() {
        let execution = Uid::new(2, 3, 4);
        let mut out = Vec::new();
        put_claim(&mut out, &Fence { slots: 0..1_024, epoch: Epoch(300) });
        put_batch_header(&mut out, Epoch(300), 1);
        put_commit(&mut out, 50, &bare(execution), Some(Pointer { position: 7, length: 9 }), SALT);
        let hex: String = out.iter().map(|byte| format!("{byte:02x}")).collect();
        let claim = "01008008ac02";
        let header = "02ac0201";
        let sums = "23000000de92b2c9";
        let body = "20000200000000000300000000000000040335097265636f726473";
        assert_eq!(hex, [claim, header, sums, body].concat());
    }
}
