//! Succeed: ends its block with success.

#[derive(Debug)]
pub struct Succeed;
