//! The web console's files under `/console/`, and the way there.
//!
//! Here: which file a browser means, and the headers that keep a page to itself. Not here: the files
//! (`console-assets`), and what the console asks for once it runs: the same operations as anybody, and a few
//! answers that only read (`endpoint`).
//! INVARIANT: a file is the same for everybody and says nothing of what the server holds.

use bytes::Bytes;
use console_assets::Asset;
use http_body_util::Full;
use hyper::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName,
    HeaderValue, IF_NONE_MATCH, LOCATION, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{HeaderMap, Method, Response, StatusCode};

use crate::reply::{HttpResponse, ReplyBody};

pub(crate) mod endpoint;
pub(crate) mod events;
mod executions;
mod history;
mod overview;
mod query;
mod resources;

/// What a request for the console is answered with.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Wanted {
    /// The way from where a browser begins.
    Redirect,
    File(Asset),
}

/// Nothing from elsewhere, nothing inline but the attributes in which components keep their sizes.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// None when the request is about something else.
pub(crate) fn wanted(method: &Method, path: &str, headers: &HeaderMap) -> Option<Wanted> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    if path == "/" {
        return is_browser(headers).then_some(Wanted::Redirect);
    }
    match path.strip_prefix("/console")? {
        "" => Some(Wanted::Redirect),
        "/" | "/index.html" => Some(Wanted::File(console_assets::page())),
        inner => {
            let asset = inner.strip_prefix('/').and_then(console_assets::asset);
            // Every other address is one of the console's own pages; they all begin with the same file.
            let page = || (inner.starts_with('/') && is_browser(headers)).then(console_assets::page);
            asset.or_else(page).map(Wanted::File)
        }
    }
}

/// Whether somebody wants to look at a page, and no program at data.
fn is_browser(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

pub(crate) fn respond(wanted: Wanted, headers: &HeaderMap) -> HttpResponse {
    let mut response = match wanted {
        Wanted::Redirect => redirect(),
        Wanted::File(asset) if is_known(headers, asset.etag) => unchanged(&asset),
        Wanted::File(asset) => file(&asset),
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    response
}

fn redirect() -> HttpResponse {
    let mut response = with_body(StatusCode::FOUND, b"");
    response.headers_mut().insert(LOCATION, HeaderValue::from_static("/console/"));
    response
}

/// Compressed whatever the request accepts: all browsers read gzip, and `curl` has `--compressed`.
fn file(asset: &Asset) -> HttpResponse {
    let mut response = with_body(StatusCode::OK, asset.bytes);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    if asset.is_gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    keep(headers, asset);
    response
}

fn unchanged(asset: &Asset) -> HttpResponse {
    let mut response = with_body(StatusCode::NOT_MODIFIED, b"");
    keep(response.headers_mut(), asset);
    response
}

/// How long a browser may use the file without asking again.
fn keep(headers: &mut HeaderMap, asset: &Asset) {
    let cached = if asset.is_immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cached));
    headers.insert(ETAG, HeaderValue::from_static(asset.etag));
    // `/` answers a browser in one way and a program in another.
    headers.insert(VARY, HeaderValue::from_static("accept"));
}

fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    known.split(',').any(|one| one.trim().trim_start_matches("W/") == etag)
}

fn with_body(status: StatusCode, body: &'static [u8]) -> HttpResponse {
    let mut response = Response::new(ReplyBody::Whole(Full::new(Bytes::from_static(body))));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests;
