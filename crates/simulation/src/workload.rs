//! What a run asks of the engine: machines, the data they run on, and the answers of workers.

pub mod machine;
pub mod payload;

pub use machine::Machine;
