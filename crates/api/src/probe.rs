//! What watches over the server may ask without a key: is it there, does it take work.
//!
//! - `GET /health`: the process answers.
//! - `GET /ready`: it takes requests. It listens only when all executions are recovered, and a store that
//!   fails ends the process, so what is left to say is that it has begun to end (503).
//!
//! INVARIANT: the answer says nothing of what the server holds.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Response, StatusCode};

use crate::reply::{HttpResponse, ReplyBody};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Probe {
    Health,
    Ready,
}

impl Probe {
    pub(crate) fn wanted(method: &Method, path: &str) -> Option<Probe> {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return None;
        }
        match path {
            "/health" => Some(Probe::Health),
            "/ready" => Some(Probe::Ready),
            _ => None,
        }
    }

    pub(crate) fn respond(self, is_serving: bool) -> HttpResponse {
        let (status, body) = match (self, is_serving) {
            (Probe::Health, _) => (StatusCode::OK, r#"{"status":"ok"}"#),
            (Probe::Ready, true) => (StatusCode::OK, r#"{"status":"ready"}"#),
            (Probe::Ready, false) => (StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"stopping"}"#),
        };
        let mut response = Response::new(ReplyBody::Whole(Full::new(Bytes::from_static(body.as_bytes()))));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

#[cfg(test)]
mod tests;
