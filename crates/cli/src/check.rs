//! The parts of `stairway check`: a file with its findings, and the three ways to write them down.

pub(crate) mod file;
pub(crate) mod json;
pub(crate) mod sarif;
#[cfg(test)]
mod tests;
pub(crate) mod text;
