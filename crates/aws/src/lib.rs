//! AWS by model: what a call of any operation of any AWS service looks like, from data instead of code.
//!
//! Here: the service models, requests and responses in all of AWS's protocols, and the dialect of parameters
//! and results that Step Functions speaks with them. The model file is generated from a pinned release of
//! botocore by `cargo xtask models`; NOTICE says what comes from there.
//! INVARIANT: nothing here knows executions, states or tasks.

pub mod http;
pub mod model;
pub mod protocol;
pub mod sdk;
