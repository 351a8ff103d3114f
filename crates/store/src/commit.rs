//! What a commit carries: one step of one execution.

use bytes::Bytes;

use crate::store::Uid;

/// One step of one execution. Applied whole or not at all.
#[derive(Clone, Debug)]
pub struct Commit {
    pub execution: Uid,
    /// The number of commits before this one (0 for the first). Another number is refused as `Stale`.
    pub sequence: u64,
    /// Present in the first commit only: claims the name.
    pub started: Option<Started>,
    /// Encoded records; opaque here.
    pub records: Bytes,
    /// What the execution owes or awaits after this step.
    pub awaits: Awaits,
    /// Present when the execution has ended with this step. The last commit decides: one without it opens
    /// an ended execution again (redrive).
    pub ended: Option<Ended>,
    /// Present when listings shall say something else of the execution from now on: takes the place of the
    /// start's note.
    pub note: Option<Bytes>,
    /// The whole execution after this step, from which loading can start; opaque here.
    pub checkpoint: Option<Bytes>,
}

/// The start of an execution: its unique name and what listings show of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Started {
    /// Identity of the state machine's incarnation: a new machine with an old name is another one.
    pub machine: u128,
    /// Unique within the machine.
    pub name: Box<str>,
    pub started_ms: i64,
    /// What else a listing must say of the execution (version, alias, redrives); opaque here.
    pub note: Bytes,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ended {
    /// The engine's code for the status; opaque here, never 0 (0 is "open").
    pub status: u8,
    pub stopped_ms: i64,
}

/// What an open execution needs from the engine to go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Awaits {
    /// The earliest moment at which it must be woken, epoch milliseconds.
    pub deadline_ms: Option<i64>,
    /// Something is owed to it or to the world without any deadline (a task to hand out, a call in
    /// flight, a step to continue): it must be loaded at recovery.
    pub owes: bool,
}

/// An execution that is to be forgotten: all that is known of it goes, and its name is free again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forget {
    pub execution: Uid,
    /// How it has ended. One that is open, or has ended otherwise since, is not forgotten (`Stale`).
    pub ended: Ended,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Committed,
    /// The name is taken by this execution; nothing of the commit was kept.
    NameTaken(Uid),
    /// The sequence is not the next one (after a refused start, for example), or the end is not the one that was
    /// to be forgotten; nothing was changed.
    Stale,
}
