//! Rows: what is known of an execution without reading its records.
//!
//! Here: the row in memory and its bytes in the index.
//! Not here: keys (`index`), which version of a row may be read (`recent`).

use std::sync::Arc;

use bytes::Bytes;
use store::{Awaits, Ended, Listing, Started, Uid};

use crate::entry::{Front, Logged, Pointer};
use crate::frame::Link;
use crate::index::STATUS_OPEN;
use crate::moved::Moved;
use crate::recover::Mark;
use crate::varint::{Reader, put_bytes, put_number, put_signed};

/// An execution as of one of its commits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    /// How many commits there are.
    pub(crate) sequence: u64,
    pub(crate) last: Pointer,
    pub(crate) awaits: Awaits,
    pub(crate) ended: Option<Ended>,
    pub(crate) started: Arc<Started>,
    /// Where the first commits stand, if they were carried forward.
    pub(crate) moved: Option<MovedTo>,
    /// How much of the log is about the execution: an estimate, for those who decide what is worth carrying.
    pub(crate) log_bytes: u64,
}

/// Where an execution was carried, with how many of its commits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct MovedTo {
    /// Position of the entry that says so.
    pub(crate) at: u64,
    /// Position of the first commit that was written again.
    pub(crate) begin: u64,
    /// The last one.
    pub(crate) last: Pointer,
    pub(crate) count: u64,
}

impl MovedTo {
    pub(crate) fn of(at: u64, moved: &Moved) -> Self {
        MovedTo { at, begin: moved.begin, last: moved.last, count: moved.count }
    }
}

impl Row {
    /// The row after a commit that was read from the log. None if it begins with no start.
    pub(crate) fn after(before: Option<&Row>, at: Pointer, logged: &Logged) -> Option<Row> {
        let started = before.map(|row| &row.started).or(logged.started.as_ref())?.clone();
        let started = noted(started, logged.note.as_ref());
        let Logged { sequence, awaits, ended, .. } = *logged;
        let log_bytes = before.map_or(0, |row| row.log_bytes) + u64::from(at.length);
        let moved = before.and_then(|row| row.moved);
        Some(Row { sequence: sequence + 1, last: at, awaits, ended, started, moved, log_bytes })
    }

    /// The row after its first commits were carried, as the entry at a position says.
    pub(crate) fn carried(&self, at: u64, moved: &Moved) -> Row {
        let is_whole = moved.count == self.sequence;
        let later_bytes = if is_whole { 0 } else { self.log_bytes };
        Row {
            last: if is_whole { moved.last } else { self.last },
            moved: Some(MovedTo::of(at, moved)),
            log_bytes: moved.log_bytes + later_bytes,
            ..self.clone()
        }
    }

    /// The row of an execution of which all stands in one place.
    pub(crate) fn of_moved(at: u64, moved: &Moved) -> Row {
        let Moved { awaits, ended, last, log_bytes, count: sequence, .. } = *moved;
        let (started, moved) = (moved.started.clone(), Some(MovedTo::of(at, moved)));
        Row { sequence, last, awaits, ended, started, moved, log_bytes }
    }

    /// The position from which on this row is durable.
    pub(crate) fn position(&self) -> u64 {
        self.last.position.max(self.moved.map_or(0, |moved| moved.at))
    }

    pub(crate) fn listing(&self, execution: Uid) -> Listing {
        let Started { machine, name, started_ms, note } = Started::clone(&self.started);
        Listing { execution, machine, name, started_ms, note, ended: self.ended }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let Started { machine, name, started_ms, note } = &*self.started;
        let mut out = Vec::with_capacity(64 + name.len() + note.len());
        put_number(&mut out, self.sequence);
        put_number(&mut out, self.last.position);
        put_number(&mut out, u64::from(self.last.length));
        put_awaits(&mut out, self.awaits);
        out.push(self.ended.map_or(STATUS_OPEN, |ended| ended.status));
        put_signed(&mut out, self.ended.map_or(0, |ended| ended.stopped_ms));
        out.extend_from_slice(&machine.to_be_bytes());
        put_bytes(&mut out, name.as_bytes());
        put_signed(&mut out, *started_ms);
        put_bytes(&mut out, note);
        put_number(&mut out, self.log_bytes);
        if let Some(MovedTo { at, begin, last, count }) = self.moved {
            for number in [at, begin, last.position, u64::from(last.length), count] {
                put_number(&mut out, number);
            }
        }
        out
    }

    pub(crate) fn decode(bytes: &Bytes) -> Option<Row> {
        let mut reader = Reader::over(bytes);
        let mut row = Row {
            sequence: reader.number()?,
            last: Pointer { position: reader.number()?, length: u32::try_from(reader.number()?).ok()? },
            awaits: awaits(&mut reader)?,
            ended: {
                let (status, stopped_ms) = (reader.byte()?, reader.signed()?);
                (status != STATUS_OPEN).then_some(Ended { status, stopped_ms })
            },
            started: Arc::new(Started {
                machine: u128::from_be_bytes(reader.array()?),
                name: std::str::from_utf8(reader.copied()?).ok()?.into(),
                started_ms: reader.signed()?,
                note: Bytes::copy_from_slice(reader.copied()?),
            }),
            moved: None,
            log_bytes: 0,
        };
        if reader.is_at_end() {
            // Format 1 ended here.
            row.log_bytes = row.sequence.saturating_mul(u64::from(row.last.length));
            return Some(row);
        }
        row.log_bytes = reader.number()?;
        if !reader.is_at_end() {
            let (at, begin) = (reader.number()?, reader.number()?);
            let last = Pointer { position: reader.number()?, length: u32::try_from(reader.number()?).ok()? };
            row.moved = Some(MovedTo { at, begin, last, count: reader.number()? });
        }
        reader.is_at_end().then_some(row)
    }
}

pub(crate) fn encode_awaits(awaits: Awaits) -> Vec<u8> {
    let mut out = Vec::new();
    put_awaits(&mut out, awaits);
    out
}

pub(crate) fn decode_awaits(bytes: &[u8]) -> Option<Awaits> {
    awaits(&mut Reader::over(&Bytes::copy_from_slice(bytes)))
}

/// What listings say of an execution after a commit with a note of its own, or none.
pub(crate) fn noted(started: Arc<Started>, note: Option<&Bytes>) -> Arc<Started> {
    match note {
        Some(note) => Arc::new(Started { note: note.clone(), ..Started::clone(&started) }),
        None => started,
    }
}

fn put_awaits(out: &mut Vec<u8>, Awaits { deadline_ms, owes }: Awaits) {
    out.push(u8::from(owes) | if deadline_ms.is_some() { 2 } else { 0 });
    if let Some(deadline_ms) = deadline_ms {
        put_signed(out, deadline_ms);
    }
}

fn awaits(reader: &mut Reader<'_>) -> Option<Awaits> {
    let flags = reader.byte()?;
    let deadline_ms = if flags & 2 == 0 { None } else { Some(reader.signed()?) };
    Some(Awaits { deadline_ms, owes: flags & 1 != 0 })
}

/// How far the index has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Progress {
    /// The log that the index belongs to.
    pub(crate) salt: u64,
    /// Everything before its end is in the index; some of what is after it may be.
    pub(crate) mark: Mark,
    /// The first segment that must be there, and the highest epoch so far. An index of format 1 says segment 0:
    /// it lacks the rows of ends.
    pub(crate) front: Front,
}

impl Progress {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let Mark { end, link, last_frame } = self.mark;
        let Front { segment, epoch } = self.front;
        for number in [self.salt, end, link.number, u64::from(link.chain), last_frame, epoch, segment] {
            put_number(&mut out, number);
        }
        out
    }

    pub(crate) fn decode(bytes: &Bytes) -> Option<Progress> {
        let mut reader = Reader::over(bytes);
        let salt = reader.number()?;
        let end = reader.number()?;
        let link = Link { number: reader.number()?, chain: u32::try_from(reader.number()?).ok()? };
        let mark = Mark { end, link, last_frame: reader.number()? };
        let epoch = reader.number()?;
        let segment = if reader.is_at_end() { 0 } else { reader.number()? };
        Some(Progress { salt, mark, front: Front { segment, epoch } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_progress_come_back() {
        let started = Started {
            machine: u128::MAX,
            name: "näme".into(),
            started_ms: -1,
            note: Bytes::from_static(b"note"),
        };
        let last = Pointer { position: u64::MAX, length: u32::MAX };
        let awaits = Awaits { deadline_ms: Some(i64::MIN), owes: true };
        let started = Arc::new(started);
        let open = Row { sequence: 1, last, awaits, ended: None, started, moved: None, log_bytes: 7 };
        let ended = Some(Ended { status: 255, stopped_ms: i64::MAX });
        let over = Row { ended, awaits: Awaits::default(), ..open.clone() };
        let to = MovedTo { at: 20, begin: 5, last: Pointer { position: 9, length: 2 }, count: 1 };
        let moved = Row { moved: Some(to), ..over.clone() };
        for row in [open, over, moved] {
            assert_eq!(Row::decode(&row.encode().into()), Some(row.clone()));
        }
        let mark = Mark { end: 5, link: Link { number: 1 << 40, chain: u32::MAX }, last_frame: 3 };
        let front = Front { segment: 300, epoch: 9 };
        let progress = Progress { salt: u64::MAX, mark, front };
        assert_eq!(Progress::decode(&progress.encode().into()), Some(progress));
    }

    #[test]
    fn what_format_1_wrote_is_read() {
        let started = Started { machine: 1, name: "n".into(), started_ms: 3, note: Bytes::new() };
        let last = Pointer { position: 50, length: 40 };
        let row = Row {
            sequence: 3,
            last,
            awaits: Awaits::default(),
            ended: None,
            started: Arc::new(started),
            moved: None,
            log_bytes: 120,
        };
        let mut bytes = row.encode();
        assert_eq!(bytes.pop(), Some(120), "the last number is new");
        assert_eq!(Row::decode(&bytes.into()), Some(row));
        let front = Front { segment: 0, epoch: 9 };
        let progress = Progress { salt: 5, mark: Mark::default(), front };
        let mut bytes = progress.encode();
        assert_eq!(bytes.pop(), Some(0), "the last number is new");
        assert_eq!(Progress::decode(&bytes.into()), Some(progress));
    }
}
