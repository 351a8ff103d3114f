//! The wire: request members as AWS shapes with their bounds, and answers written as compact JSON.
//!
//! Here: reading a body without recursion into user data, the constraint violations in AWS's words,
//! ARNs and names in requests, and the shapes that several operations share.
//! Not here: what an operation does with them.

pub(crate) mod arn;
pub(crate) mod configuration;
pub(crate) mod constraint;
pub(crate) mod definition;
pub(crate) mod escape;
pub(crate) mod execution;
pub(crate) mod json;
pub(crate) mod limits;
pub(crate) mod member;
pub(crate) mod page;
pub(crate) mod read;
pub(crate) mod routing;
pub(crate) mod tags;
