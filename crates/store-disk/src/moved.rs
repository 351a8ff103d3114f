//! An execution that has moved: all of it in one place, so that the front of the log can be cut off.
//!
//! Here: what such an entry says, and its bytes behind length and checksum (`entry`).
//! Not here: when executions are carried forward, and which (`reclaim`).
//!
//! ```text
//! moved   flags · uid · machine, name, start, note · [deadline] · [status, stop] · [number, checkpoint]
//!         · count · count x records
//! ```
//! INVARIANT: it holds the execution's commits from the first one on. What it awaits, and whether it has ended,
//! is that of the last commit in it; later ones stand elsewhere.

use std::sync::Arc;

use bytes::Bytes;
use store::{Awaits, Ended, Started, Uid};

use crate::entry::{put_started, started, when};
use crate::varint::{Reader, put_bytes, put_number, put_signed};

const ENDED: u8 = 1;
const CHECKPOINT: u8 = 2;
const DEADLINE: u8 = 4;
const OWES: u8 = 8;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Moved {
    pub(crate) execution: Uid,
    pub(crate) started: Arc<Started>,
    pub(crate) awaits: Awaits,
    pub(crate) ended: Option<Ended>,
    /// The last one, and the number of the commit that carried it.
    pub(crate) checkpoint: Option<(u64, Bytes)>,
    /// Of each commit, the first one first.
    pub(crate) records: Vec<Bytes>,
}

impl Moved {
    pub(crate) fn count(&self) -> u64 {
        self.records.len() as u64
    }

    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        let Moved { execution, started, awaits, ended, checkpoint, records } = self;
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        out.push(
            flag(ended.is_some(), ENDED)
                | flag(checkpoint.is_some(), CHECKPOINT)
                | flag(awaits.deadline_ms.is_some(), DEADLINE)
                | flag(awaits.owes, OWES),
        );
        out.extend_from_slice(&execution.0);
        let origin = execution.started_ms();
        put_started(out, started, origin);
        if let Some(deadline_ms) = awaits.deadline_ms {
            put_signed(out, deadline_ms.wrapping_sub(origin));
        }
        if let Some(Ended { status, stopped_ms }) = ended {
            out.push(*status);
            put_signed(out, stopped_ms.wrapping_sub(origin));
        }
        if let Some((number, checkpoint)) = checkpoint {
            put_number(out, *number);
            put_bytes(out, checkpoint);
        }
        put_number(out, records.len() as u64);
        for one in records {
            put_bytes(out, one);
        }
    }

    pub(crate) fn read(body: &Bytes) -> Option<Moved> {
        let mut reader = Reader::over(body);
        let flags = reader.byte()?;
        let execution = Uid(reader.array()?);
        let origin = execution.started_ms();
        let started = Arc::new(started(&mut reader, origin)?);
        let deadline_ms = when(flags & DEADLINE, || Some(reader.signed()?.wrapping_add(origin)))?;
        let awaits = Awaits { deadline_ms, owes: flags & OWES != 0 };
        let ended = when(flags & ENDED, || {
            Some(Ended { status: reader.byte()?, stopped_ms: reader.signed()?.wrapping_add(origin) })
        })?;
        let checkpoint = when(flags & CHECKPOINT, || Some((reader.number()?, reader.shared()?)))?;
        let mut records = Vec::new();
        for _ in 0..reader.number()? {
            records.push(reader.shared()?);
        }
        let moved = Moved { execution, started, awaits, ended, checkpoint, records };
        (reader.is_at_end() && !moved.records.is_empty()).then_some(moved)
    }
}
