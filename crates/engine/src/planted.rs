//! Bugs planted on purpose, so that the simulator can show that it finds such bugs. They exist only in
//! builds with the feature `planted-bugs`, which nothing that ships turns on.

/// A bug that can be planted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bug {
    /// Answers leave before their commit is durable.
    ReplyBeforeCommit,
    /// Recovery forgets the deadlines of sleeping executions.
    TimerLostAtRecovery,
    /// Effects leave although their commit was refused.
    EffectOfRolledBackBatch,
}

#[cfg(feature = "planted-bugs")]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Plants a bug in everything that runs on this thread, or takes it out.
#[cfg(feature = "planted-bugs")]
pub fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}

#[cfg(feature = "planted-bugs")]
pub(crate) fn is_on(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

#[cfg(not(feature = "planted-bugs"))]
pub(crate) const fn is_on(_bug: Bug) -> bool {
    false
}
