//! What a request carries beside its bytes, for those who send it.
//!
//! Here: marks that the protocols put into the extensions of a request, because only the model knows them.
//! Not here: sending, signing, endpoints.
//! INVARIANT: a request's URI is relative; host and scheme come from the endpoint.

use std::collections::BTreeMap;

use serde_json::Value;

/// Goes before the endpoint's host name, dot included: `runtime.` or `123456789012.`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostPrefix(pub String);

/// The body is not part of the signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnsignedBody;

/// The request is sent without a signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unsigned;

/// Values of the input that the endpoint depends on, by the names that the endpoint's rules have for them.
///
/// With `Bucket` in here the path begins with the bucket, as the model of S3 says; the endpoint says where
/// it goes instead.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct EndpointParameters(pub BTreeMap<String, Value>);
