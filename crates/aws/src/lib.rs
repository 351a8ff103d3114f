//! AWS by model: any operation of any AWS service, from data instead of code.
//!
//! Here: the service models, requests and responses in all of AWS's protocols, the dialect of parameters and
//! results that Step Functions speaks with them, and everything between a request and its answer: endpoints,
//! credentials, signatures, the connection, attempts. The model file is generated from a pinned release of
//! botocore by `cargo xtask models`; NOTICE says what comes from there.
//! INVARIANT: nothing here knows executions, states or tasks. A secret is in a signature or in a request that
//! needs it, never in a text that is shown.

pub mod client;
pub mod credentials;
pub mod endpoint;
pub mod environment;
pub mod http;
pub mod model;
pub mod protocol;
pub mod retry;
pub mod sdk;
pub mod settings;
pub mod sign;
pub mod transport;
mod xml;
