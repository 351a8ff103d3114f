//! What a request says of itself beside its bytes, as extensions of `http::Request`.
//!
//! Whoever builds a request (`protocol`) puts these in, because only the model knows them; whoever sends it
//! (`client`) reads them.
//! INVARIANT: the URI of a built request is relative: path and query, as the model of the service has them.

use std::collections::BTreeMap;

use crate::endpoint::Value;

/// Goes before the host of the endpoint, its dot included: `data-` or `123456789012.`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostPrefix(pub String);

/// The body is not part of the signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnsignedBody;

/// The operation is called without a signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unsigned;

/// Values of the input that the endpoint depends on, by the names that the endpoint's rules have for them.
///
/// With `Bucket` in here the path begins with the bucket, as the model of S3 says; the client removes it
/// and the endpoint says where it goes instead.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct EndpointParameters(pub BTreeMap<String, Value>);

/// How many attempts were made for an answer: an extension of the response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attempts(pub u32);
