//! A built request gets its address: the endpoint's URL before its path, the endpoint's headers, its
//! signing scope.
//!
//! INVARIANT: nothing of the input can change the host, but as labels before that of the endpoint.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Request, Uri};

use super::SendError;
use crate::endpoint::{
    AuthScheme, EndpointContext, EndpointFault, Partitions, ServiceFacts, Value, is_valid_host_label, resolve,
};
use crate::http::{EndpointParameters, HostPrefix};
use crate::settings::Settings;
use crate::sign::{Dialect, percent_decode};

pub(super) struct Addressed {
    pub(super) request: Request<Bytes>,
    pub(super) signing_name: String,
    pub(super) signing_region: String,
    pub(super) dialect: Dialect,
}

pub(super) fn addressed(
    facts: &ServiceFacts,
    request: &Request<Bytes>,
    region: &str,
    account_id: Option<&str>,
    settings: &Settings,
    partitions: &Partitions,
) -> Result<Addressed, SendError> {
    let configured = settings.endpoint_url(&facts.service_id);
    let context = EndpointContext {
        region,
        use_fips: settings.use_fips(),
        use_dual_stack: settings.use_dual_stack(),
        configured: configured.as_deref(),
        account_id,
    };
    let nothing = BTreeMap::new();
    let input = request.extensions().get::<EndpointParameters>().map_or(&nothing, |parameters| &parameters.0);
    let endpoint = resolve(&facts.rules, &context, input, partitions)?;
    let scheme = supported(&endpoint.auth_schemes)?;
    // A configured endpoint names its host; AWS's hosts take the prefix.
    let prefix = request.extensions().get::<HostPrefix>().filter(|_| configured.is_none());
    let uri = joined(&endpoint.url, prefix, request.uri(), input.get("Bucket"))?;
    let mut addressed = Request::builder().method(request.method()).uri(uri).body(request.body().clone())?;
    *addressed.headers_mut() = request.headers().clone();
    for (name, value) in &endpoint.headers {
        addressed
            .headers_mut()
            .append(HeaderName::try_from(name).map_err(http::Error::from)?, header(value)?);
    }
    let or = |value: Option<&String>, other: &str| value.map_or(other, String::as_str).to_owned();
    Ok(Addressed {
        request: addressed,
        signing_name: or(scheme.and_then(|scheme| scheme.signing_name.as_ref()), &facts.signing_name),
        signing_region: or(scheme.and_then(|scheme| scheme.signing_region.as_ref()), region),
        dialect: match scheme.is_some_and(|scheme| scheme.disable_double_encoding)
            || &*facts.signing_name == "s3"
        {
            true => Dialect::S3,
            false => Dialect::Standard,
        },
    })
}

/// The first scheme that we can sign with; None where the rules leave it to the service.
fn supported(schemes: &[AuthScheme]) -> Result<Option<&AuthScheme>, EndpointFault> {
    match (schemes.iter().find(|scheme| scheme.name == "sigv4"), schemes.first()) {
        (None, Some(other)) => Err(EndpointFault::AuthScheme(other.name.clone())),
        (found, _) => Ok(found),
    }
}

fn joined(
    url: &str,
    prefix: Option<&HostPrefix>,
    relative: &Uri,
    bucket: Option<&Value>,
) -> Result<Uri, SendError> {
    let fault = || EndpointFault::Url(url.to_owned());
    let base: Uri = url.parse().map_err(|_| fault())?;
    let host = base.authority().filter(|authority| !authority.as_str().contains('@')).ok_or_else(fault)?;
    let scheme = base.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https")).ok_or_else(fault)?;
    if base.query().is_some() {
        return Err(fault().into());
    }
    let authority = match prefix {
        None => host.to_string(),
        Some(HostPrefix(prefix)) => {
            let labels = format!("{prefix}x");
            if !is_valid_host_label(&labels, true) {
                return Err(EndpointFault::HostPrefix(prefix.clone()).into());
            }
            format!("{prefix}{host}")
        }
    };
    let path_and_query = relative.path_and_query().map_or("/", PathAndQuery::as_str);
    let rest = match bucket {
        Some(Value::Text(bucket)) => without_bucket(path_and_query, bucket),
        _ => path_and_query,
    };
    let path = base.path().trim_end_matches('/');
    // Only a bucket that the endpoint has already leaves nothing, or a query, to follow a path.
    let slash = if rest.starts_with('/') || !path.is_empty() { "" } else { "/" };
    let text = format!("{path}{slash}{rest}");
    let uri = Uri::builder().scheme(scheme).authority(authority).path_and_query(text);
    Ok(uri.build()?)
}

/// What follows the first segment, if that names the bucket: the endpoint has it already.
fn without_bucket<'a>(path_and_query: &'a str, bucket: &str) -> &'a str {
    let after = path_and_query.strip_prefix('/').unwrap_or(path_and_query);
    let end = after.find(['/', '?']).unwrap_or(after.len());
    if percent_decode(&after[..end]) == bucket.as_bytes() { &after[end..] } else { path_and_query }
}

fn header(value: &str) -> Result<HeaderValue, SendError> {
    Ok(HeaderValue::try_from(value).map_err(http::Error::from)?)
}
