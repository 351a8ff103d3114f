//! An execution that has moved: its commits were written again, so that the front of the log can be cut off.
//!
//! Here: what the entry behind these commits says, and its bytes. Not here: when executions are carried forward,
//! and which (`reclaim`).
//!
//! ```text
//! moved   flags · uid · machine, name, start, note · [deadline] · [status, stop]
//!         · count · distance to the first of them · distance to the last, its length · bytes of all
//! ```
//! INVARIANT: all commits up to `count` stand from `begin` on, and the last of them leads back to the first. What
//! the execution awaits, and whether it has ended, is that of this last one; later ones stand elsewhere.

use std::sync::Arc;

use store::{Awaits, Ended, Started, Uid};

use crate::entry::{Pointer, put_started, started, when};
use crate::varint::{Reader, put_number, put_signed};

const ENDED: u8 = 1;
const DEADLINE: u8 = 2;
const OWES: u8 = 4;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Moved {
    pub(crate) execution: Uid,
    pub(crate) started: Arc<Started>,
    pub(crate) awaits: Awaits,
    pub(crate) ended: Option<Ended>,
    /// Position of the first commit.
    pub(crate) begin: u64,
    pub(crate) last: Pointer,
    pub(crate) count: u64,
    pub(crate) log_bytes: u64,
}

impl Moved {
    /// Writes it at a position.
    pub(crate) fn put(&self, out: &mut Vec<u8>, position: u64) {
        let Moved { execution, started, awaits, ended, begin, last, count, log_bytes } = self;
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        out.push(
            flag(ended.is_some(), ENDED)
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
        put_number(out, *count);
        put_number(out, position - begin);
        put_number(out, position - last.position);
        put_number(out, u64::from(last.length));
        put_number(out, *log_bytes);
    }

    /// Reads it at a position.
    pub(crate) fn read(reader: &mut Reader<'_>, position: u64) -> Option<Moved> {
        let flags = reader.byte()?;
        let execution = Uid(reader.array()?);
        let origin = execution.started_ms();
        let started = Arc::new(started(reader, origin)?);
        let deadline_ms = when(flags & DEADLINE, || Some(reader.signed()?.wrapping_add(origin)))?;
        let ended = when(flags & ENDED, || {
            Some(Ended { status: reader.byte()?, stopped_ms: reader.signed()?.wrapping_add(origin) })
        })?;
        let count = reader.number()?;
        let begin = position.checked_sub(reader.number()?)?;
        let last = Pointer {
            position: position.checked_sub(reader.number()?)?,
            length: u32::try_from(reader.number()?).ok()?,
        };
        let awaits = Awaits { deadline_ms, owes: flags & OWES != 0 };
        let log_bytes = reader.number()?;
        Some(Moved { execution, started, awaits, ended, begin, last, count, log_bytes })
    }
}
