//! Faults of the engine: what keeps it from starting or going on.

use store::Fault;

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(transparent)]
    Store(#[from] Fault),
    #[error("the stored catalog cannot be read: {0}")]
    Catalog(String),
    #[error("a stored execution cannot be read: {0}")]
    Record(#[from] execution::DecodeError),
    #[error("a stored execution is pinned to a state machine revision that does not exist")]
    UnknownRevision,
    #[error("a thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
}

/// The engine cannot answer now: it is stopping, or its store has failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unavailable;

/// Why a change of the catalog was not made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotWritten {
    /// The disk is full. Everything is as it was, and the change can be asked for again.
    NoRoom,
    /// The engine is stopping, or its store has failed: the change may be there after the next start.
    Unavailable,
}
