//! The simulator: one seed decides everything that happens to an engine, and a checker says whether the
//! contract held.
//!
//! Here: a disk that forgets, a clock that stands still, random machines, callers and workers, the run
//! that drives the real engine and the real store move by move, and the checker.
//! Not here: how the engine or the store do what they do. Nothing that ships depends on this crate.
//! INVARIANT: a run is single-threaded and asks no clock and no chance but its own: same seed, same run.

pub mod checker;
pub mod clock;
pub mod coverage;
pub mod disk;
pub mod durable;
pub mod fleet;
pub mod index;
pub mod random;
pub mod run;
pub mod services;
pub mod shrink;
pub mod trace;
pub mod witness;
pub mod workload;
pub mod zoo;

pub use checker::Violation;
pub use fleet::{Fleet, Summary};
pub use planted::Bug;
pub use run::{Auditor, Failure, Report, Setup, run};
pub use shrink::shrink;
