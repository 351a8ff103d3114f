//! Inputs that nobody meant, against what must hold for all of them.
//!
//! Here: what is fed (`target`), what it may cost (`measure`), where inputs come from (`corpus`,
//! `mutation`, `words`), and the search that keeps what is new or dear (`campaign`). Everything runs on
//! the stable toolchain: instead of counting branches, the search looks at what an input is answered and
//! at what it costs, which is what the bounds are about.
//! Not here: the building and the loop over all targets (`cargo xtask fuzz`).
//! INVARIANT: a run is repeated exactly by its seed, its time aside.

pub mod campaign;
pub mod corpus;
pub mod measure;
mod mutation;
mod random;
pub mod target;
mod words;
